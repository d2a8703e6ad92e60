"""Reading sound."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from vggsound_omni.errors import UserError
from vggsound_omni.protocol import Audio

from ._container import opened, scaled, sound, time_zero

_HOLE = 0.05
"""Seconds: a jump of the timestamps beyond this is a hole, filled with silence; less is rounding (1 ms in WebM)."""
_FRAME = 4096
"""Samples: no codec pads its last frame by more."""


def read_audio(path: Path, *, mono: bool = True, seconds: float | None = None) -> Audio:
    """Decodes a file's sound at its own rate, on the clock of its picture.

    Sample k is what is heard k / sample_rate seconds after the first picture (or, without one, after the first sound):
    the encoder's delay is cut, a later start is silence. Lossless kinds are exact, ``samples / 2 ** (bits - 1)``; lossy
    ones may overshoot 1.0 and are not clipped.

    Args:
        path: a file in any usual container.
        mono: the mean over channels, rounded once.
        seconds: only so much from the start.

    Returns:
        (1 or channels, samples).

    Raises:
        UserError: the file cannot be read, is truncated, or has no sound.
    """
    with opened(path) as container:
        stream = sound(container)
        if stream is None:
            raise UserError(f"{path}: has no sound.")
        reader = _Reader(path, container, stream)
        for frame in container.decode(stream):
            reader.add(frame, mono=mono)
            if seconds is not None and reader.position >= seconds * reader.rate:
                break
        length = reader.length()
    if not reader.pieces:
        raise UserError(f"{path}: has a sound stream without a single sample.")
    if seconds is not None:
        length = min(length, round(seconds * reader.rate))
    return Audio(samples=np.concatenate(reader.pieces, axis=1)[:, :length], sample_rate=reader.rate)


class _Reader:
    """Puts decoded frames where their timestamps say."""

    def __init__(self, path: Path, container: InputContainer, stream: av.AudioStream) -> None:
        self.path = path
        self.pieces: list[npt.NDArray[np.float32]] = []
        self.rate = 0
        self.position = 0
        """Samples so far, counted from time zero; negative while frames are cut."""
        self._container = container
        self._stream = stream
        self._picture = time_zero(container)
        self._zero = self._picture
        self._channels = 0

    def add(self, frame: av.AudioFrame, *, mono: bool) -> None:
        """Appends one frame, after silence where the timestamps leave a hole."""
        samples = _samples(frame)
        first = not self.rate
        if first:
            self.rate, self._channels = frame.sample_rate, len(samples)
            self.position = min(0, self._start(frame))
        if (frame.sample_rate, len(samples)) != (self.rate, self._channels):
            raise UserError(
                f"{self.path}: its sound changes from {self._channels} channels at {self.rate} Hz to "
                f"{len(samples)} at {frame.sample_rate} Hz; encode it anew with one format."
            )
        if mono:
            samples = samples.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
        hole = self._start(frame) - self.position
        if hole > (0 if first else _HOLE * self.rate) and self._believable(hole):
            self._append(np.zeros((len(samples), hole), np.float32))
        self._append(samples)

    def length(self) -> int:
        """How many samples to keep: MP4 and Ogg declare an exact end, behind which the last frame is padding."""
        stream = self._stream
        exact = self._container.format.name == "ogg" or self._container.format.name.startswith("mov")
        if not exact or not stream.duration or stream.time_base is None:
            return self.position
        lead = 0.0 if self._picture is None else float((stream.start_time or 0) * stream.time_base) - self._picture
        declared = round((float(stream.duration * stream.time_base) + lead) * self.rate)
        return declared if 0 < self.position - declared < _FRAME else self.position

    def _start(self, frame: av.AudioFrame) -> int:
        """The sample at which a frame starts by its timestamp; the next one where it has none."""
        if frame.pts is None or frame.time_base is None:
            return self.position
        time = float(frame.pts * frame.time_base)
        if self._zero is None:
            self._zero = time
        return round((time - self._zero) * self.rate)

    def _believable(self, hole: int) -> bool:
        """A broken timestamp must not make hours of silence."""
        return self._container.duration is not None and hole <= self._container.duration * self.rate / av.time_base

    def _append(self, samples: npt.NDArray[np.float32]) -> None:
        before_zero = min(max(0, -self.position), samples.shape[1])
        self.position += samples.shape[1]
        if before_zero < samples.shape[1]:
            self.pieces.append(samples[:, before_zero:])


def _samples(frame: av.AudioFrame) -> npt.NDArray[np.float32]:
    """(channels, samples) in [-1, 1]."""
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    return scaled(raw)

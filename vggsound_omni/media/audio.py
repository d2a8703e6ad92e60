"""Reads sound."""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from vggsound_omni.errors import UserError
from vggsound_omni.protocol import Audio

from ._bounds import MOST_SOUND_BYTES
from ._container import RefusedError, decoded, opened, samples_of, sound, time_zero, unsound
from ._flac import flac_by_checksum

_HOLE = 0.05
"""Seconds. A larger jump of the timestamps is a gap, filled with silence; a smaller one is rounding (1 ms in WebM)."""
_FRAME = 4096  # samples; no codec pads its last frame by more


def read_audio(path: Path, *, mono: bool = True, seconds: float | None = None) -> Audio:
    """Decodes a file's sound at its own rate, on the clock of its picture.

    Sample k is heard k / sample_rate seconds after the first picture, or after the first sound if there is no picture.
    The encoder's delay is cut; sound that starts later is preceded by silence. Lossless formats are exact,
    ``samples / 2 ** (bits - 1)``; lossy ones may exceed 1.0 and are not clipped.

    Args:
        path: a file in any usual container.
        mono: whether to average the channels, with a single rounding.
        seconds: how much to read from the start; the rest is not decoded.

    Returns:
        (1 or channels, samples), all finite and within a million times full scale.

    Raises:
        UserError: the file cannot be read, is truncated, has no sound, takes more than 2 GiB decoded, or has NaN or
            infinite samples.
    """
    try:
        samples, rate = _decoded(path, seconds)
    except UserError:
        exact = flac_by_checksum(path) if path.is_file() else None
        if exact is None:
            raise
        samples, rate = exact
        samples = samples if seconds is None else samples[:, : round(seconds * rate)]
    if mono and len(samples) > 1:
        samples = samples.mean(axis=0, keepdims=True, dtype=np.float64).astype(np.float32)
    return Audio(samples=samples, sample_rate=rate)


def _decoded(path: Path, seconds: float | None) -> tuple[npt.NDArray[np.float32], int]:
    with opened(path) as container:
        stream = sound(container)
        if stream is None:
            raise RefusedError("has no sound.")
        reader = _Reader(container, stream, seconds)
        for frame in decoded(container, stream):
            reader.add(frame)
            if reader.full:
                break
        return reader.samples(), reader.rate


class _Reader:
    """Assembles decoded frames by their timestamps."""

    def __init__(self, container: InputContainer, stream: av.AudioStream, seconds: float | None) -> None:
        self.rate = 0
        self._pieces: list[npt.NDArray[np.float32]] = []
        self._position = 0  # samples so far, counted from time zero; negative while frames are cut
        self._bytes = 0
        self._seconds = seconds
        self._container = container
        self._stream = stream
        self._picture = time_zero(container)
        self._zero = self._picture
        self._channels = 0

    @property
    def full(self) -> bool:
        """Whether enough has been read."""
        return self._seconds is not None and self._position >= self._seconds * self.rate

    def add(self, frame: av.AudioFrame) -> None:
        """Appends a frame, preceded by silence if the timestamps leave a gap."""
        samples = samples_of(frame)
        first = not self.rate
        if first:
            self.rate, self._channels = frame.sample_rate, len(samples)
            self._position = min(0, self._start(frame))
        if (frame.sample_rate, len(samples)) != (self.rate, self._channels):
            raise RefusedError(
                f"its sound changes from {self._channels} channels at {self.rate} Hz to "
                f"{len(samples)} at {frame.sample_rate} Hz; re-encode it with one format."
            )
        hole = self._start(frame) - self._position
        if hole > (0 if first else _HOLE * self.rate) and self._believable(hole):
            self._add_silence(len(samples), hole)
        self._append(samples)

    def samples(self) -> npt.NDArray[np.float32]:
        """Returns all samples, cut to the requested length.

        Raises:
            RefusedError: there are none, or some are NaN, infinite or far too large.
        """
        if not self._pieces:
            raise RefusedError("has a sound stream without a single sample.")
        samples = np.concatenate(self._pieces, axis=1)
        if wrong := int(np.count_nonzero(unsound(samples))):
            raise RefusedError(
                f"{wrong:,} samples of its sound are NaN, infinite, or more than a million times full scale; "
                "write or download it again."
            )
        length = self._length()
        if self._seconds is not None:
            length = min(length, round(self._seconds * self.rate))
        return samples[:, :length]

    def _length(self) -> int:
        """Returns how many samples to keep: MP4 and Ogg declare an exact end, after which the last frame is padding."""
        stream = self._stream
        exact = self._container.format.name == "ogg" or self._container.format.name.startswith("mov")
        if not exact or not stream.duration or stream.time_base is None:
            return self._position
        lead = 0.0 if self._picture is None else float((stream.start_time or 0) * stream.time_base) - self._picture
        declared = round((float(stream.duration * stream.time_base) + lead) * self.rate)
        return declared if 0 < self._position - declared < _FRAME else self._position

    def _start(self, frame: av.AudioFrame) -> int:
        """Returns the sample at which a frame starts according to its timestamp; the next one if it has none."""
        if frame.pts is None or frame.time_base is None:
            return self._position
        time = float(frame.pts * frame.time_base)
        if self._zero is None:
            self._zero = time
        return round((time - self._zero) * self.rate)

    def _believable(self, hole: int) -> bool:
        """Whether a gap fits within the file's duration: a broken timestamp must not add hours of silence."""
        return self._container.duration is not None and hole <= self._container.duration * self.rate / av.time_base

    def _add_silence(self, channels: int, count: int) -> None:
        if self._seconds is not None:
            count = min(count, max(0, math.ceil(self._seconds * self.rate) - self._position))
        heard = count - min(max(0, -self._position), count)
        self._take(4 * channels * heard)
        self._position += count
        if heard:
            self._pieces.append(np.zeros((channels, heard), np.float32))

    def _append(self, samples: npt.NDArray[np.float32]) -> None:
        before_zero = min(max(0, -self._position), samples.shape[1])
        self._take(samples.nbytes)
        self._position += samples.shape[1]
        if before_zero < samples.shape[1]:
            self._pieces.append(samples[:, before_zero:])

    def _take(self, count: int) -> None:
        self._bytes += count
        if self._bytes > MOST_SOUND_BYTES:
            raise RefusedError(
                f"its sound takes more than {MOST_SOUND_BYTES >> 30} GiB ({self._bytes / 4 / self.rate / 60:,.0f} "
                "minutes over all channels); cut it into clips."
            )

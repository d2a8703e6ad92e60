"""Decodes a whole clip once and measures it, for the checks of a suite's clips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from ._container import RefusedError, opened, packets, picture, samples_of, sound, time_zero, unsound
from ._spans import Spans

_LOOKS_A_SECOND = 2.5  # pictures compared per second
_CHANGE = 1.0  # mean difference in grey levels (of 255) from which pictures count as different; coding stays below
_GRID = 64  # pixels compared along each side, at most


@dataclass(frozen=True, kw_only=True)
class PictureSurvey:
    """The decoded picture of a clip."""

    seconds: float  # from the first picture to the end of the last
    frames: int
    frame_rate: float  # frames per second, on average
    width: int  # pixels, as coded
    height: int  # pixels, as coded
    moving: float  # share, in [0, 1], of steps of 0.4 s over which the picture changes; 0 for a photograph


@dataclass(frozen=True, kw_only=True)
class SoundSurvey:
    """The decoded sound of a clip."""

    start: float  # seconds after the first picture (0 if there is none); negative if the sound begins first
    end: float  # seconds, on the same clock
    sample_rate: int  # Hz
    channels: int
    peak: float  # magnitude of the largest sample; 1.0 is full scale
    rms: float  # root mean square over samples and channels
    finite: bool  # whether all samples are finite and within a million times full scale


@dataclass(frozen=True, kw_only=True)
class ClipSurvey:
    """The measurements of a clip."""

    picture: PictureSurvey | None
    sound: SoundSurvey | None


def survey(path: Path) -> ClipSurvey:
    """Decodes every packet of a clip on one core, in memory that does not grow with its length.

    Raises:
        UserError: the file is missing, empty, truncated, damaged, or not media.
    """
    with opened(path) as container:
        video, audio = picture(container), sound(container)
        zero = time_zero(container)
        looker = _Looker(video, zero) if video is not None else None
        listener = _Listener(zero) if audio is not None else None
        spans = Spans()
        if video is not None:
            video.thread_type = "NONE"  # clips are surveyed in parallel, so more threads would not help
        surveyed = {stream.index for stream in (video, audio) if stream is not None}
        for packet in packets(container):
            spans.add(packet)
            for frame in packet.decode() if packet.stream_index in surveyed else ():
                if looker is not None and isinstance(frame, av.VideoFrame):
                    looker.add(frame)
                elif listener is not None and isinstance(frame, av.AudioFrame):
                    listener.add(frame)
        spans.check(path, container, video, audio)
        if looker is not None and not looker.frames:
            raise RefusedError("none of its pictures can be decoded; write or download it again.")
        if listener is not None and not listener.count:
            listener = None
        if listener is not None and spans.miscounted:
            listener.count_from_start()
        return ClipSurvey(
            picture=None if looker is None else looker.found(), sound=None if listener is None else listener.found()
        )


class _Looker:
    """Compares pictures 0.4 s apart."""

    def __init__(self, stream: av.VideoStream, zero: float | None) -> None:
        self.frames = 0
        self._step = 1 / float(stream.average_rate or 25)
        self._zero = zero
        self._end = 0.0
        self._size = (0, 0)
        self._last: npt.NDArray[np.int16] | None = None
        self._looked = -1
        self._steps = self._changes = 0

    def add(self, frame: av.VideoFrame) -> None:
        time = self._end if frame.time is None else frame.time - (self._zero or 0.0)
        held = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else self._step
        self.frames += 1
        self._end = max(self._end, time + held)
        self._size = frame.width, frame.height
        look = int(max(0.0, time) * _LOOKS_A_SECOND)
        if look > self._looked:
            self._looked = look
            self._compare(frame)

    def _compare(self, frame: av.VideoFrame) -> None:
        plain = frame.format.name.startswith("yuv") and frame.format.components[0].bits == 8
        plane = (frame if plain else frame.reformat(format="gray")).planes[0]
        lines = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        now = lines[:: max(1, plane.height // _GRID), :: max(1, plane.width // _GRID)].astype(np.int16)
        if self._last is not None and self._last.shape == now.shape:
            self._steps += 1
            self._changes += bool(np.abs(now - self._last).mean() >= _CHANGE)
        self._last = now

    def found(self) -> PictureSurvey:
        return PictureSurvey(
            seconds=self._end,
            frames=self.frames,
            frame_rate=self.frames / self._end if self._end > 0 else 1 / self._step,
            width=self._size[0],
            height=self._size[1],
            moving=self._changes / self._steps if self._steps else 0.0,
        )


class _Listener:
    """Measures level and extent of decoded sound."""

    def __init__(self, zero: float | None) -> None:
        self.count = 0  # samples per channel
        self._zero = zero
        self._start = self._end = 0.0
        self._rate = self._channels = 0
        self._peak = self._energy = 0.0
        self._finite = True

    def add(self, frame: av.AudioFrame) -> None:
        samples = samples_of(frame)
        time = self._end if frame.time is None else frame.time - (self._zero or 0.0)
        if not self.count:
            # If there is no picture, time begins with the sound; an AAC encoder's delay comes before it and is cut.
            self._start = time if self._zero is not None else 0.0
            self._zero = frame.time if self._zero is None else self._zero
            time = self._start
        self._rate, self._channels = frame.sample_rate, frame.layout.nb_channels
        self.count += frame.samples
        self._end = time + frame.samples / frame.sample_rate
        if samples.size:
            self._finite = self._finite and not unsound(samples).any()
            self._peak = max(self._peak, float(np.abs(samples).max()))
            with np.errstate(invalid="ignore"):
                self._energy += float(np.square(samples, dtype=np.float64).sum())

    def count_from_start(self) -> None:
        """Takes the number of samples for the length, where the file's clock is broken."""
        self._start, self._end = 0.0, self.count / self._rate

    def found(self) -> SoundSurvey:
        return SoundSurvey(
            start=self._start,
            end=self._end,
            sample_rate=self._rate,
            channels=self._channels,
            peak=self._peak,
            rms=float(np.sqrt(self._energy / (self.count * self._channels))),
            finite=self._finite,
        )

"""Makes media files of any kind for the tests, with the codecs that real ones come with."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

SECONDS = 4.0
CLICK = 2.0
"""Seconds: where the click is heard and the flash is seen."""
FPS = 25


@dataclass(frozen=True)
class Kind:
    """How a file is coded."""

    suffix: str
    sound: str | None = None
    picture: str | None = None
    form: str | None = None
    """FFmpeg's name of the container, where the suffix does not say it."""
    movflags: str = ""

    def __str__(self) -> str:
        return "-".join(filter(None, (self.suffix, self.picture, self.sound, self.movflags.strip("+"))))


KINDS = [
    Kind("mp4", "aac", "libx264", movflags="+faststart"),
    Kind("mp4", "aac", "libx264"),
    Kind("m4a", "aac", form="ipod"),
    Kind("mov", "aac", "libx264"),
    Kind("mp4", "libmp3lame", "libx264"),
    Kind("mp3", "libmp3lame"),
    Kind("opus", "libopus", form="ogg"),
    Kind("webm", "libopus", "libvpx"),
    Kind("mkv", "aac", "libx264", form="matroska"),
    Kind("mkv", "flac", "libx264", form="matroska"),
    Kind("wav", "pcm_s16le"),
    Kind("flac", "flac"),
    Kind("avi", "pcm_s16le", "libx264"),
]
_SAMPLE_FORMATS = {"libopus": "flt", "flac": "s16", "pcm_s16le": "s16"}


def click(rate: int, seconds: float = SECONDS, at: float = CLICK) -> npt.NDArray[np.float32]:
    """(1, samples): silence, and a short ringing that starts at one moment."""
    samples = np.zeros((1, round(seconds * rate)), np.float32)
    ring = click_shape(rate)
    samples[0, round(at * rate) :][: len(ring)] = ring
    return samples


def click_shape(rate: int) -> npt.NDArray[np.float32]:
    """What the click looks like, to find it again."""
    t = np.arange(rate // 100) / rate
    return (0.8 * np.exp(-t * 800) * np.cos(2 * np.pi * 3000 * t)).astype(np.float32)


def when(samples: npt.NDArray[np.float32], rate: int) -> float:
    """Seconds at which the click is found, by correlation."""
    return int(np.abs(np.correlate(samples[0], click_shape(rate), "valid")).argmax()) / rate


def flash(count: int = round(SECONDS * FPS), at: int = round(CLICK * FPS)) -> list[npt.NDArray[np.uint8]]:
    """Black pictures, the one at ``at`` white."""
    return [np.full((48, 64, 3), 255 * (k == at), np.uint8) for k in range(count)]


def code(
    path: Path,
    kind: Kind,
    samples: npt.NDArray[np.float32] | None = None,
    rate: int = 48_000,
    pictures: list[npt.NDArray[np.uint8]] | None = None,
    times: list[float] | None = None,
    sound_start: float = 0.0,
    picture_start: float = 0.0,
    turned: float = 0.0,
) -> Path:
    """Codes a click and a flash, or what is given.

    Args:
        path: the folder; the file is named after the kind.
        times: presentation times of the pictures, multiples of 1 ms; steady at 25 a second if None.
        turned: degrees by which a player has to turn the picture, counterclockwise.
    """
    path = path / f"{kind}.{kind.suffix}"
    options = {"movflags": kind.movflags} if kind.movflags else {}
    with av.open(str(path), "w", format=kind.form, options=options) as container:
        video: av.VideoStream | None = None
        if kind.picture:
            pictures = flash() if pictures is None else pictures
            fast = {"deadline": "realtime", "cpu-used": "8"} if kind.picture == "libvpx" else {"preset": "veryfast"}
            stream = container.add_stream(kind.picture, rate=1000 if times else FPS, options=fast)
            assert isinstance(stream, av.VideoStream)
            video = stream
            video.height, video.width = pictures[0].shape[:2]
            video.pix_fmt = "yuv420p"
            video.codec_context.thread_count = 1
            if turned:
                video.set_display_rotation(turned)
        audio = _sound_stream(container, kind.sound, rate) if kind.sound else None
        if video is not None and pictures is not None:
            clock = Fraction(1, 1000)
            for k, pixels in enumerate(pictures):
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts = round(((times[k] if times else k / FPS) + picture_start) * 1000)
                frame.time_base = clock
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        if audio is not None:
            _sound(container, audio, click(rate) if samples is None else samples, rate, sound_start)
    return path


def _sound_stream(container: av.container.OutputContainer, codec: str, rate: int) -> av.AudioStream:
    stream = container.add_stream(codec, rate=rate, layout="mono")
    assert isinstance(stream, av.AudioStream)
    stream.codec_context.format = _SAMPLE_FORMATS.get(codec, "fltp")
    return stream


def _sound(
    container: av.container.OutputContainer,
    stream: av.AudioStream,
    samples: npt.NDArray[np.float32],
    rate: int,
    start: float,
) -> None:
    name = _SAMPLE_FORMATS.get(stream.codec_context.name, "fltp")
    step = stream.codec_context.frame_size or 1024
    for first in range(0, samples.shape[1], step):
        piece = samples[:, first : first + step]
        whole = np.ascontiguousarray(np.rint(piece * 2**15), np.int16)
        values = whole if name == "s16" else np.ascontiguousarray(piece)
        frame = av.AudioFrame.from_ndarray(values, format=name, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, first + round(start * rate), Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))

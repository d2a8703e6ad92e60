"""A clip as the pipeline has it: its files, never its truth, labels or caption; and what of it goes to a server."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from PIL import Image

from vggsound_omni.media import read_audio, read_frames, resample, write_mp4
from vggsound_omni.soundatlas.servers import Picture, Sound, Video

RATE = 16_000
"""Hz of the sound that models are given."""
PICTURES, PIXELS = 8, 336
"""Pictures of a clip that a model sees, and the side of each."""
VIDEO_FPS = 2.0
"""Frames a second of a video that a model is shown."""
LONGEST = 60.0
"""Seconds of a clip that are captioned."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """Files of one clip."""

    id: str
    audio: Path
    video: Path | None
    duration: float  # seconds, as listed
    fault: str | None = None  # why its files cannot be used


def samples_of(clip: Clip) -> npt.NDArray[np.float32]:
    """Returns the sound, mono at 16 kHz: (samples,).

    Raises:
        UserError: the file cannot be read, or has no sound.
    """
    audio = read_audio(clip.audio, seconds=LONGEST)
    return np.asarray(resample(audio.samples, audio.sample_rate, RATE)[0], np.float32)


def sound_part(samples: npt.NDArray[np.float32]) -> Sound:
    """Returns a sound as a part of a question: WAV with 16 bits."""
    coded = io.BytesIO()
    with wave.open(coded, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return Sound(data=coded.getvalue(), seconds=len(samples) / RATE)


def picture_parts(clip: Clip) -> tuple[Picture, ...]:
    """Returns pictures of the clip in order of time, without its sound; none if it has no picture.

    Raises:
        UserError: the file cannot be read.
    """
    if clip.video is None:
        return ()
    seconds = min(clip.duration, LONGEST)
    frames = read_frames(clip.video, PICTURES / seconds, PIXELS, seconds)
    return tuple(Picture(data=_jpeg(frame)) for frame in frames[:PICTURES])


def video_part(clip: Clip) -> Video | None:
    """Returns the picture of the clip as a video without sound, two frames a second; None if it has no picture.

    Raises:
        UserError: the file cannot be read.
    """
    if clip.video is None:
        return None
    seconds = min(clip.duration, LONGEST)
    frames = read_frames(clip.video, VIDEO_FPS, PIXELS, seconds)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "silent.mp4"
        write_mp4(path, frames, VIDEO_FPS, None)
        return Video(data=path.read_bytes(), seconds=len(frames) / VIDEO_FPS)


def _jpeg(frame: npt.NDArray[np.uint8]) -> bytes:
    coded = io.BytesIO()
    Image.fromarray(frame).save(coded, "JPEG", quality=85)
    return coded.getvalue()

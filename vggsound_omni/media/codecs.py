"""Passes a clip through a lossy codec and back, as files of that kind are made and read."""

from __future__ import annotations

import tempfile
from enum import Enum
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import numpy.typing as npt

from vggsound_omni.protocol import Audio

from .audio import read_audio
from .resample import resample
from .write import write_sound


class _Coder(NamedTuple):
    encoder: str  # FFmpeg's name
    suffix: str  # of a container that records the coder's delay, so that what is read back begins where the clip began
    rate: int  # Hz at which it codes


class Codec(Enum):
    """The codecs that FFmpeg as bundled with PyAV can write."""

    MP3 = _Coder("libmp3lame", ".mp3", 16_000)
    MP3_48 = _Coder("libmp3lame", ".mp3", 48_000)
    """LAME takes 320 kbit/s from 32 kHz on."""
    AAC = _Coder("aac", ".m4a", 16_000)
    OPUS = _Coder("libopus", ".ogg", 48_000)


def coded(samples: npt.NDArray[np.float32], rate: int, codec: Codec, kilobits: float) -> npt.NDArray[np.float32]:
    """Codes and decodes (samples,) at ``rate`` Hz.

    Args:
        samples: a mono clip.
        rate: Hz; resampled to the codec's and back if they differ.
        codec: which.
        kilobits: bit rate in kbit/s.

    Returns:
        (about samples,), aligned with what went in to the sample.
    """
    coder = codec.value
    audio = Audio(samples=resample(samples[None], rate, coder.rate), sample_rate=coder.rate)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clip{coder.suffix}"
        with av.open(str(path), "w") as container:
            stream = container.add_stream(coder.encoder, rate=coder.rate, layout="mono")
            if not isinstance(stream, av.AudioStream):
                raise TypeError(f"{coder.encoder} makes no sound.")
            stream.bit_rate = round(1000 * kilobits)
            write_sound(container, stream, audio)
        decoded = read_audio(path, seconds=len(samples) / rate + 1)
    return resample(decoded.samples, decoded.sample_rate, rate)[0]

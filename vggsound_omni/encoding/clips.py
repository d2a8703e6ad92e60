"""What a pretrained encoder is given of one file, as a profile wants it: channels, cut, mean, frames."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from vggsound_omni.encoders.encoder import AudioFace, VideoFace
from vggsound_omni.encoders.pretrained.frames import read_field_frames
from vggsound_omni.encoders.pretrained.networks import Profile
from vggsound_omni.encoders.pretrained.preprocessing import prepare
from vggsound_omni.errors import UserError
from vggsound_omni.media import read_audio, sinc_resample

AV_BENCHMARK_SECONDS = 8.0
"""What av-benchmark scores of a clip."""
_WITH_CHANNELS = ("imagebind", "ms-clap")
"""Encoders that av-benchmark gives whole files with all their channels."""
_WHOLE = ("audiobox",)
"""Encoders that it gives whole files, mono."""


def sound(encoder: AudioFace, path: Path, profile: Profile, seconds: float | None) -> Tensor:
    """A batch of one, (1, samples) or (1, channels, samples), at the encoder's rate.

    Args:
        encoder: a pretrained one, made with the same profile.
        path: the file.
        profile: whose choices.
        seconds: only so much from the start, in the omni profile; None takes the whole file. av-benchmark takes 8 s, or
            for some encoders the whole file.

    Raises:
        UserError: the file cannot be read, has no sound, or samples that are not finite.
    """
    published = profile == "av-benchmark"
    name = encoder.card.name
    heard = read_audio(path, mono=not published, seconds=None if published else seconds)
    samples = torch.from_numpy(heard.samples)
    if not samples.isfinite().all():
        raise UserError(f"{path}: has samples that are not finite numbers.")
    if published and name in _WITH_CHANNELS:
        return sinc_resample(samples, heard.sample_rate, encoder.sample_rate)[None]
    cut = AV_BENCHMARK_SECONDS if published and name not in _WHOLE else None
    remove_dc: bool = getattr(encoder, "remove_dc", False)
    return prepare(samples, heard.sample_rate, encoder.sample_rate, cut, remove_dc=remove_dc)[None]


def picture(encoder: VideoFace, path: Path, profile: Profile, seconds: float | None) -> Tensor:
    """A batch of one, (1, time, height, width, 3) uint8 with a short side of 224 pixels; otherwise like :func:`sound`.

    Raises:
        UserError: the file cannot be read or has no picture.
    """
    upright: bool = getattr(encoder, "upright", True)
    cut = AV_BENCHMARK_SECONDS if profile == "av-benchmark" else seconds
    (frames,) = read_field_frames(path, [encoder.fps], cut, upright=upright)
    return frames[None]

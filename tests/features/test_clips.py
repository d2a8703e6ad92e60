"""Files as pretrained encoders get them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from vggsound_omni.encoders.pretrained.networks import Profile
from vggsound_omni.errors import UserError
from vggsound_omni.features import clips as clips_module
from vggsound_omni.features.clips import Clips

from .shared import Ear


def write_noise(path: Path) -> None:
    """Two seconds in stereo."""
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal((32_000, 2)), 16_000)


def test_a_file_is_decoded_once_for_all_encoders(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_noise(path)
    clips = Clips("omni", 1.5)
    first = clips.sound(Ear(), path)
    assert first.shape == (1, 24_000)
    path.unlink()
    assert torch.equal(clips.sound(Ear("other"), path), first)
    assert clips.sound(Ear("slow", 8000), path).shape == (1, 12_000)


def test_what_does_not_fit_in_memory_is_decoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    write_noise(path)
    monkeypatch.setattr(clips_module, "_KEPT_BYTES", 4 * 23_999)
    clips = Clips("omni", 1.5)
    first = clips.sound(Ear(), path)
    assert torch.equal(clips.sound(Ear(), path), first)
    path.unlink()
    with pytest.raises(UserError, match=r"a\.wav"):
        clips.sound(Ear(), path)


@pytest.mark.parametrize(("profile", "seconds"), [("omni", None), ("av-benchmark", 8.0)])
def test_a_file_that_is_wanted_whole_has_a_longest_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: Profile, seconds: float | None
) -> None:
    path = tmp_path / "a.wav"
    write_noise(path)
    monkeypatch.setattr(clips_module, "_LONGEST", 1.5)
    with pytest.raises(UserError, match=r"a\.wav: is longer than 0 minutes, and it is encoded whole; cut it"):
        Clips(profile, seconds).sound(Ear(), path)
    assert Clips("omni", 1.0).sound(Ear(), path).shape == (1, 16_000)

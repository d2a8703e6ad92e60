"""The copy that a generator is given holds the picture and no sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.media import copy_picture, probe, read_frames, write_mp4, write_wav
from vggsound_omni.protocol import Audio


def test_every_frame_is_kept_and_no_sound(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frames = np.repeat(rng.integers(0, 256, (50, 8, 8, 3), dtype=np.uint8), 8, axis=1).repeat(8, axis=2)
    tone = Audio(samples=(np.sin(np.arange(32_000) / 9) / 2).astype(np.float32)[np.newaxis], sample_rate=16_000)
    write_mp4(tmp_path / "clip.mp4", frames, 25, tone)
    assert probe(tmp_path / "clip.mp4").audio is not None
    (tmp_path / "silent").mkdir()
    copy = copy_picture(tmp_path / "clip.mp4", tmp_path / "silent")
    info = probe(copy)
    assert info.audio is None
    assert info.video is not None
    assert info.video.frames == 50
    assert info.video.frame_rate == 25
    assert np.array_equal(read_frames(copy, 25), read_frames(tmp_path / "clip.mp4", 25))


def test_a_sound_file_has_no_picture_to_copy(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", Audio(samples=np.zeros((1, 100), np.float32), sample_rate=8000), "PCM_16")
    with pytest.raises(UserError, match="holds no picture"):
        copy_picture(tmp_path / "a.wav", tmp_path)

"""Files appear whole, read back as written, and are the same for the same input."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.media import probe, read_audio, read_frames, write_flac, write_mp4, write_wav
from vggsound_omni.protocol import Audio

from .coding import CLICK, FPS, SECONDS, click, flash, when

MOVING = """
import sys
from pathlib import Path
import numpy as np
from vggsound_omni.media import write_mp4
from vggsound_omni.protocol import Audio

y, x = np.mgrid[:160, :160]
frames = np.stack([np.hypot(x - 40 - k, y - 80) % 64 * 4 for k in range(60)]).astype(np.uint8)
sound = np.sin(np.arange(38_400) / 9)[None].astype(np.float32) / 2
write_mp4(Path(sys.argv[1]), np.repeat(frames[..., None], 3, axis=-1), 25, Audio(samples=sound, sample_rate=16_000))
"""


def sounding(rate: int = 48_000) -> Audio:
    return Audio(samples=click(rate), sample_rate=rate)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 37_800])
@pytest.mark.parametrize("channels", [1, 2])
def test_mp4_keeps_click_and_flash_in_place(tmp_path: Path, rate: int, channels: int) -> None:
    path = tmp_path / "x.mp4"
    audio = Audio(samples=np.repeat(click(rate), channels, axis=0), sample_rate=rate)
    write_mp4(path, np.stack(flash()), FPS, audio)
    back, frames = read_audio(path, mono=False), read_frames(path, FPS)
    assert back.samples.shape == (channels, round(SECONDS * back.sample_rate))
    assert back.sample_rate == (rate if rate != 37_800 else 48_000)
    assert abs(when(back.samples, back.sample_rate) - CLICK) < 0.0002
    assert len(frames) == round(SECONDS * FPS)
    assert int(frames.mean(axis=(1, 2, 3)).argmax()) == round(CLICK * FPS)


def test_mp4_has_its_index_first_and_the_right_codecs(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    write_mp4(path, np.stack(flash()), 30_000 / 1001, sounding())
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    info = probe(path)
    assert info.video is not None
    assert info.audio is not None
    assert info.video.frame_rate == pytest.approx(30_000 / 1001, abs=1e-9)
    assert info.audio.codec == "aac"


@pytest.mark.parametrize(
    "colour", [(200, 30, 30), (30, 200, 30), (30, 30, 200), (255, 255, 255), (0, 0, 0), (90, 160, 120)]
)
def test_mp4_keeps_colours(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    path = tmp_path / "x.mp4"
    write_mp4(path, np.tile(np.array(colour, np.uint8), (5, 48, 64, 1)), FPS, None)
    assert np.abs(read_frames(path, FPS).astype(int) - colour).max() <= 4


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (30, 96, 128, 3), np.uint8)
    audio = Audio(samples=rng.uniform(-1, 1, (1, 48_000)).astype(np.float32), sample_rate=48_000)
    for name in ("a", "b"):
        write_mp4(tmp_path / f"{name}.mp4", frames, FPS, audio)
        write_flac(tmp_path / f"{name}.flac", audio)
        write_wav(tmp_path / f"{name}.wav", audio, "FLOAT")
    for suffix in ("mp4", "flac", "wav"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_mp4_does_not_depend_on_what_memory_held(tmp_path: Path) -> None:
    found = set()
    for value in ("1", "85", "170"):  # glibc fills every block with a byte made of it, when given out and when freed
        path = tmp_path / f"{value}.mp4"
        subprocess.run([sys.executable, "-c", MOVING, path], env=os.environ | {"MALLOC_PERTURB_": value}, check=True)
        found.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(found) == 1


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_flac(tmp_path / "x.flac", sounding())
    before = (tmp_path / "x.flac").read_bytes()
    with pytest.raises(Exception):  # noqa: B017, PT011 - each codec has its own
        write_flac(tmp_path / "x.flac", Audio(samples=np.zeros((1, 100), np.float32), sample_rate=-1))
    with pytest.raises(ValueError, match="finite"):
        write_flac(tmp_path / "x.flac", Audio(samples=np.full((1, 100), np.nan, np.float32), sample_rate=48_000))
    assert (tmp_path / "x.flac").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.flac"]


@pytest.mark.parametrize("shape", [(0, 48, 64, 3), (5, 47, 64, 3), (5, 48, 63, 3), (5, 48, 64, 4), (48, 64, 3)])
def test_mp4_refuses_pictures_that_it_cannot_hold(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="frames must be"):
        write_mp4(tmp_path / "x.mp4", np.zeros(shape, np.uint8), FPS, None)
    assert not list(tmp_path.iterdir())

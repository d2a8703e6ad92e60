"""Files that are not as a network would like them: a defined result, or a failure of that file with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import Tensor

from tests.media.coding import Kind, code
from vggsound_omni.encoders.encoder import KITS, EncoderCard, Kit, Outputs
from vggsound_omni.encoders.pretrained.kits import audio_input, video_input
from vggsound_omni.encoders.pretrained.rule import manifest_of, write_rule_checkpoint
from vggsound_omni.encoders.registry import ENCODERS, build_encoder
from vggsound_omni.features.files import FileFeatures, encode_files

HEARING = ("vggish", "panns")


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    folder = tmp_path_factory.mktemp("hearing")
    paths = {name: write_rule_checkpoint(name, folder / manifest_of(name).file) for name in HEARING}
    yield paths
    for path in paths.values():
        path.unlink()


def noise(seconds: float, rate: int, channels: int = 1) -> NDArray[np.float32]:
    """(samples, channels), the same in every channel."""
    samples = 0.1 * np.random.default_rng(0).standard_normal((round(seconds * rate), 1))
    return np.repeat(samples, channels, 1).astype(np.float32)


def encoded(name: str, checkpoint: Path, kit: Kit, folder: Path) -> FileFeatures:
    encoder = build_encoder(ENCODERS[name], checkpoint, kit=kit)
    return encode_files(encoder, [folder], Console(quiet=True))


@pytest.mark.parametrize("kit", KITS)
@pytest.mark.parametrize("name", HEARING)
def test_sounds(name: str, kit: Kit, checkpoints: dict[str, Path], tmp_path: Path) -> None:
    sounds = {
        "plain": (noise(1.2, 16_000), 16_000),
        "stereo": (noise(1.2, 16_000, 2), 16_000),
        "surround": (noise(1.2, 16_000, 6), 16_000),
        "silent": (np.zeros((19_200, 1), np.float32), 16_000),
        "telephone": (noise(1.2, 8_000), 8_000),
        "opposed": (noise(1.2, 16_000, 2) * np.array([1, -1], np.float32), 16_000),
        "short": (noise(0.05, 16_000), 16_000),
        "none": (np.zeros((0, 1), np.float32), 16_000),
        "holes": (np.where(np.arange(19_200) == 7, np.nan, noise(1.2, 16_000)[:, 0])[:, None], 16_000),
        "endless": (np.where(np.arange(19_200) == 7, np.inf, noise(1.2, 16_000)[:, 0])[:, None], 16_000),
    }
    for stem, (samples, rate) in sounds.items():
        soundfile.write(tmp_path / f"{stem}.wav", samples, rate, subtype="FLOAT")
    found = encoded(name, checkpoints[name], kit, tmp_path)
    assert set(found.failures) == {"short", "none", "holes", "endless"}
    assert "0.050 s are too short" in found.failures["short"]
    assert "NaN, infinite" in found.failures["holes"]
    assert "NaN, infinite" in found.failures["endless"]
    vectors = {key.partition("/")[0]: array for key, array in found.arrays.items() if key.endswith("/embedding")}
    assert set(vectors) == set(sounds) - set(found.failures)
    assert all(np.isfinite(vector).all() for vector in vectors.values())
    for same in ("stereo", "surround"):  # the mean of equal channels is each of them
        np.testing.assert_allclose(vectors[same], vectors["plain"], atol=1e-4 * np.abs(vectors["plain"]).max())
    np.testing.assert_array_equal(vectors["opposed"], vectors["silent"])


@pytest.mark.soak
def test_ten_minutes_are_heard_whole_and_as_av_benchmark_does_8_s(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", noise(600, 8_000), 8_000)
    whole, cut = (encoded("vggish", checkpoints["vggish"], kit, tmp_path).arrays for kit in KITS)
    assert whole["long/embedding"].shape == (624, 128)  # (600 - 0.025) s / 0.96 s, the rest dropped
    assert cut["long/embedding"].shape == (8, 128)


class Colour:
    """The mean colour of what it sees, and of what it hears the level: an encoder small enough for every file."""

    def __init__(self, kit: Kit) -> None:
        self.audio_input, self.video_input = audio_input(kit, 16_000), video_input(kit, 4.0)

    card = EncoderCard(
        name="colour", kind="mean", encoder_set="pretrained", checkpoint_sha256="0" * 64, parameters=0,
        trained_on="nothing", licence="MIT",
    )  # fmt: skip

    def audio(self, samples: Tensor) -> Outputs:
        """(batch, 1)."""
        return {"embedding": samples.square().mean(-1, keepdim=True)}

    def video(self, frames: Tensor | Sequence[Tensor]) -> Outputs:
        """(batch, 5): frames, long and short side, red and blue."""
        assert isinstance(frames, Tensor)
        facts = [*frames.shape[1:4], *frames.float().mean((0, 1, 2, 3))[[0, 2]].tolist()]
        return {"embedding": torch.tensor([facts])}


RED = (200, 20, 20)


def red(count: int, height: int, width: int) -> list[NDArray[np.uint8]]:
    return [np.full((height, width, 3), RED, np.uint8)] * count


@pytest.mark.parametrize("kit", KITS)
def test_pictures(kit: Kit, tmp_path: Path) -> None:
    mp4, webm = Kind("mp4", None, "libx264"), Kind("webm", None, "libvpx")
    media = tmp_path / "media"
    media.mkdir()
    files = {
        "one": code(tmp_path, mp4, pictures=red(1, 48, 64)).rename(media / "one.mp4"),
        "portrait": code(tmp_path, mp4, pictures=red(50, 96, 64)).rename(media / "portrait.mp4"),
        "odd": code(tmp_path, webm, pictures=red(50, 47, 63)).rename(media / "odd.webm"),
        "uneven": code(tmp_path, mp4, pictures=red(4, 48, 64), times=[0.0, 0.3, 0.4, 1.96]).rename(
            media / "uneven.mp4"
        ),
        "half": media / "half.mp4",
    }
    files["half"].write_bytes(files["portrait"].read_bytes()[:400])
    found = encode_files(Colour(kit), [media], Console(quiet=True))
    assert set(found.failures) == {"half", "one"}
    assert "is truncated" in found.failures["half"]
    assert "is a still picture" in found.failures["one"]
    facts = {key.partition("/")[0]: array for key, array in found.arrays.items()}
    frames = {stem: array[:3].tolist() for stem, array in facts.items()}
    assert frames == {
        "portrait": [8, 336, 224],
        "odd": [8, 224, 300],
        "uneven": [8, 224, 298],
    }
    for array in facts.values():
        np.testing.assert_allclose(array[3:], [RED[0], RED[2]], atol=8)

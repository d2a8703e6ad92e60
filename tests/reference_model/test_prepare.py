"""Scenes as training examples, encoded by the networks that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reference_model.components import Components
from reference_model.generator import WEIGHTS
from reference_model.training.prepare import mixed, prepare
from reference_model.training.shards import Shards
from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.data import Shard, render_shard

SCENES, MIXTURES = 6, 12


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepare")
    shard = Shard(keys=tuple(("train", "main", number) for number in range(SCENES)), folder=folder / "scenes")
    render_shard(shard)
    prepare(folder, "train", Clips([shard]), MIXTURES, Components.load(WEIGHTS), seed=0)
    return folder


def test_every_scene_and_mixture_is_an_example(data: Path) -> None:
    plain, mixtures = Shards(data / "train"), Shards(data / "train-offscreen")
    assert (len(plain), len(mixtures)) == (SCENES, MIXTURES)
    for name, array in plain.arrays.items():
        assert array.shape[1:] == mixtures.arrays[name].shape[1:]
        assert np.isfinite(array).all()
    assert 0.5 < plain.arrays["latents"].std() < 2, "latents are scaled"


def test_where_the_first_scene_stands_still_only_the_second_is_heard_and_told(data: Path) -> None:
    plain, mixtures = Shards(data / "train"), Shards(data / "train-offscreen")
    sounds, texts, pictures = (np.asarray(plain.arrays[name], np.float32) for name in ("latents", "text", "sync"))
    still = 0
    for row in range(MIXTURES):
        sound, text, sync = (np.asarray(mixtures.arrays[name][row], np.float32) for name in ("latents", "text", "sync"))
        alone = np.abs(sounds - sound).mean((1, 2)) < 0.05
        seen = np.abs(pictures - sync).mean((1, 2)) < 0.02
        told = np.abs(texts - text).mean((1, 2, 3)) < 0.02
        assert (alone == told).all()
        assert alone.sum() <= 1
        assert seen.sum() == (0 if alone.any() else 1), "the picture moves as its own where the first scene is heard"
        assert not (seen & alone).any(), "the second is not shown"
        still += int(alone.any())
    assert 0 < still < MIXTURES


def test_the_second_is_as_much_louder_as_asked_and_nothing_clips() -> None:
    first, second = np.random.default_rng(0).standard_normal((2, 3, 1000)).astype(np.float32)
    sound = mixed(0.01 * first, second, np.array([-6.0, 0.0, 6.0]))
    for row, gain in enumerate((0.5, 1.0, 2.0)):
        by_first, by_second = np.linalg.lstsq(np.stack((first[row], second[row]), 1), sound[row], rcond=None)[0]
        assert by_first == pytest.approx(0.01, rel=1e-3)
        ratio = by_second * second[row].std() / (by_first * first[row].std())
        assert ratio == pytest.approx(gain, rel=0.05)
    assert np.abs(mixed(10 * first, second, np.zeros(3))).max() <= 1

"""Scenes as training examples, encoded by the networks that ship."""

from __future__ import annotations

import json
import shutil
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from reference_model.components import Components
from reference_model.conditioning.captions import KINDS
from reference_model.generator import WEIGHTS
from reference_model.training.prepare import mixed, prepare_mixtures, prepare_scenes, read_told
from reference_model.training.shards import ARRAYS, Shards
from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.data import Shard, render
from vggsound_omni.errors import UserError
from vggsound_omni.suites.foleyworld import CLASSES
from vggsound_omni.suites.foleyworld.composition import is_held

SCENES, MIXTURES = 6, 12


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Shard:
    folder = tmp_path_factory.mktemp("scenes") / "main"
    made = Shard(keys=tuple(("train", "main", number) for number in range(SCENES)), folder=folder)
    render(made)
    return made


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, shard: Shard) -> Path:
    folder, components = tmp_path_factory.mktemp("prepare"), Components.load(WEIGHTS)
    prepare_scenes(folder / "train", [shard], components, poor=True)
    prepare_mixtures(folder / "train-offscreen", [shard], MIXTURES, components, seed=0)
    return folder


def arrays(folder: Path, name: str, captions: int = len(KINDS)) -> np.ndarray:
    """All rows of an array of a set with one part, and of its first captions."""
    (part,) = folder.iterdir()
    found = np.asarray(np.load(part / f"{name}.npy"), np.float32)
    return found[:, :captions] if name in ("text", "words") else found


def test_every_scene_and_mixture_is_an_example(data: Path, shard: Shard) -> None:
    plain, mixtures = Shards(data / "train"), Shards(data / "train-offscreen")
    assert (len(plain), len(mixtures)) == (SCENES, MIXTURES)
    for folder, captions in ((data / "train", 2 * len(KINDS)), (data / "train-offscreen", len(KINDS))):
        for name in ARRAYS:
            found = arrays(folder, name, 99)
            assert np.isfinite(found).all()
            assert name not in ("text", "words") or found.shape[1] == captions
    assert 0.5 < arrays(data / "train", "latents").std() < 2, "latents are scaled"
    assert plain.facts["labels"] == [list(one.labels) for one in shard.scenes]
    for row, labels in enumerate(mixtures.facts["labels"]):
        assert labels == sorted(set(labels)), row


def test_what_is_there_is_not_made_again_but_for_other_encoders(
    data: Path, shard: Shard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, components = tmp_path / "train", Components.load(WEIGHTS)
    shutil.copytree(data / "train", folder)
    latents = folder / "main" / "latents.npy"
    before = latents.stat().st_mtime_ns
    prepare_scenes(folder, [shard], components, poor=True)
    assert latents.stat().st_mtime_ns == before
    monkeypatch.setitem(vars(components), "digest", "another")
    prepare_scenes(folder, [shard], components, poor=True)
    assert latents.stat().st_mtime_ns > before


def test_captions_from_elsewhere_take_the_place_of_the_worlds(shard: Shard, tmp_path: Path) -> None:
    components, scenes = Components.load(WEIGHTS), Clips([shard]).scenes
    file = tmp_path / "captions.jsonl"
    rows = [
        {"id": scene.id, "caption": f"A dog barks {n} times.", "duration": 8.0} for n, scene in enumerate(scenes[:3])
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {**rows[0], "id": "another"}]))
    told = read_told(file, [shard])
    prepare_scenes(tmp_path / "train", [shard], components, poor=True, told=told)
    assert Shards(tmp_path / "train").facts["labels"] == [list(scene.labels) for scene in scenes[:3]], (
        "others are left out"
    )
    text, _ = components.read([str(row["caption"]) for row in rows])
    own, words = arrays(tmp_path / "train", "text"), arrays(tmp_path / "train", "words")
    for row in range(3):
        for kind in range(len(KINDS)):
            count = int(words[row, kind])
            np.testing.assert_allclose(own[row, kind, :count], text[row, :count].numpy(), atol=0.02)
    part = next((tmp_path / "train").iterdir()) / "latents.npy"
    before = part.stat().st_mtime_ns
    prepare_scenes(tmp_path / "train", [shard], components, poor=True, told=told)
    assert part.stat().st_mtime_ns == before
    prepare_scenes(tmp_path / "train", [shard], components, poor=True, told={**told, scenes[0].id: "Rain falls."})
    assert part.stat().st_mtime_ns > before, "other captions"
    prepare_mixtures(tmp_path / "mixtures", [shard], 4, components, seed=0, told=told)
    classes = {name for scene in scenes[:3] for name in scene.labels}
    assert all(set(labels) <= classes for labels in Shards(tmp_path / "mixtures").facts["labels"])
    with pytest.raises(UserError, match="no two of the 1 scenes with a caption can be mixed"):
        prepare_mixtures(tmp_path / "none", [shard], 4, components, seed=0, told={scenes[0].id: "Rain falls."})
    file.write_text(json.dumps({**rows[0], "id": "another"}) + "\n")
    with pytest.raises(UserError, match="a caption of none of the scenes"):
        read_told(file, [shard])


def test_mixtures_have_no_pair_of_classes_that_train_never_has(data: Path) -> None:
    for labels in Shards(data / "train-offscreen").facts["labels"]:
        assert not any(is_held(CLASSES[a], CLASSES[b]) for a, b in combinations(labels, 2)), labels


def test_where_the_first_scene_stands_still_only_the_second_is_heard_and_told(data: Path) -> None:
    sounds, words, pictures = (arrays(data / "train", name) for name in ("latents", "words", "sync"))
    still = 0
    for row in range(MIXTURES):
        sound, count, sync = (arrays(data / "train-offscreen", name)[row] for name in ("latents", "words", "sync"))
        alone = np.abs(sounds - sound).mean((1, 2)) < 0.05
        seen = np.abs(pictures - sync).mean((1, 2)) < 0.02
        told = (words == count).all(1)
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

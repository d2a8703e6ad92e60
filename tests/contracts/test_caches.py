"""What caches are keyed by: declared versions and content. An edit of source text invalidates nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vggsound_omni
from vggsound_omni.encoders.encoder import AudioInput, EncoderCard, TextEncoder, VideoEncoder
from vggsound_omni.encoders.registry import ENCODERS, load_encoder
from vggsound_omni.features import CacheKeys, keys
from vggsound_omni.media import write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.suites import Item, open_suite
from vggsound_omni.suites.foleyworld.record import CODING_VERSION
from vggsound_omni.suites.foleyworld.scene import WORLD_VERSION
from vggsound_omni.suites.foleyworld.suite import FoleyWorld
from vggsound_omni.suites.suite import MusicTruth, track_hash
from vggsound_omni.tracks import load_track, track_names

SHIPPED = [spec for spec in ENCODERS.values() if spec.encoder_set == "foleyworld"]


def identities() -> dict[str, dict[str, str]]:
    """Everything of this installation by which something is found again."""
    suite = open_suite("foleyworld")
    assert isinstance(suite, FoleyWorld)
    tracks = {name: load_track(name) for name in track_names()}
    chosen = {name: track.select(suite.items(), suite.name) for name, track in tracks.items()}
    return {
        "keys": {name: key for spec in SHIPPED for name, key in keys_of(spec.name).items()},
        "renders": {"folder": str(suite.folder)},
        "tracks": {name: track_hash(suite, items) for name, items in chosen.items()},
    }


def keys_of(name: str, version: int | None = None) -> dict[str, str]:
    """The keys of an encoder for one signal, by modality; if it declared another version, with that."""
    spec = ENCODERS[name]
    encoder = load_encoder(spec if version is None else replace(spec, version=version))
    found = {"audio": CacheKeys(encoder, "audio", encoder.audio_input)}
    if isinstance(encoder, VideoEncoder):
        found["video"] = CacheKeys(encoder, "video", encoder.video_input)
    if isinstance(encoder, TextEncoder):
        found["text"] = CacheKeys(encoder, "text", None)
    assert set(found) == set(spec.modalities)
    return {f"{name} {modality}": str(made.key("signal")) for modality, made in found.items()}


@pytest.fixture(scope="module")
def ours() -> dict[str, dict[str, str]]:
    return identities()


class Copy:
    """The package, to be edited."""

    def __init__(self, folder: Path) -> None:
        self.package = folder / "vggsound_omni"
        source = Path(vggsound_omni.__file__).parent
        shutil.copytree(source, self.package, ignore=shutil.ignore_patterns("__pycache__", "parity", "shipped"))
        shutil.copytree(source.parent / "tracks", folder / "tracks")
        shutil.copytree(Path(__file__).parent, folder / "tests" / "contracts", ignore=shutil.ignore_patterns("*.pyc"))
        (folder / "tests" / "__init__.py").touch()
        self._folder = folder

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces what must stand there once."""
        file = self.package / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def ask(self, expression: str) -> Any:
        """Evaluates an expression over this file's names in a process that imports the copy."""
        code = f"import json\nfrom tests.contracts.test_caches import *\nprint(json.dumps({expression}))"
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            env=os.environ | {"PYTHONPATH": str(self._folder), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


def test_no_edit_that_moves_no_number_invalidates_anything(ours: dict[str, dict[str, str]], tmp_path: Path) -> None:
    """A comment in every file; a new encoder, metric and track; more items in a stratum, all at once."""
    copy = Copy(tmp_path)
    for path in copy.package.rglob("*.py"):
        path.write_text(path.read_text(encoding="utf-8") + "\n# A comment.\n", encoding="utf-8")
    copy.edit(
        "encoders/registry.py",
        "        SYNCHFORMER,\n    ),",
        '        SYNCHFORMER,\n        replace(PANNS, name="new", roles=("new",)),\n    ),',
    )
    copy.edit("metrics/registry.py", "(KL, FD, ", '(replace(KL, key="new"), KL, FD, ')
    copy.edit(
        "suites/foleyworld/program.py",
        '"test": {"main": 384, "natural": 96, "conflict": 96, "bgm": 64}',
        '"test": {"main": 384, "natural": 96, "conflict": 96, "bgm": 65}',
    )
    track = (tmp_path / "tracks" / "t2a.toml").read_text(encoding="utf-8")
    (tmp_path / "tracks" / "new.toml").write_text(track.replace('"t2a"', '"new"', 1), encoding="utf-8")
    told = '{"place": vggsound_omni.__file__, "new": [len(ENCODERS), "new" in track_names()]}'
    theirs = copy.ask(f"identities() | {told}")
    assert Path(theirs["place"]).is_relative_to(tmp_path)
    assert theirs["new"] == [len(ENCODERS) + 1, True]
    assert theirs["keys"] == ours["keys"]
    assert theirs["renders"] == ours["renders"]
    grown, new = theirs["tracks"].pop("bgm"), theirs["tracks"].pop("new")
    assert theirs["tracks"] == {name: value for name, value in ours["tracks"].items() if name != "bgm"}
    assert grown != ours["tracks"]["bgm"], "the track whose items became more"
    assert new == ours["tracks"]["t2a"], "what is told apart are items, not what a track is called"


@pytest.mark.parametrize(
    ("path", "constant", "value"),
    [("scene.py", "WORLD_VERSION", WORLD_VERSION), ("record.py", "CODING_VERSION", CODING_VERSION)],
)
def test_a_raised_version_of_the_world_renders_and_identifies_anew(
    path: str, constant: str, value: int, ours: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    copy = Copy(tmp_path)
    copy.edit(f"suites/foleyworld/{path}", f"{constant} = {value}\n", f"{constant} = {value + 1}\n")
    asked = 'track_hash(FoleyWorld(), load_track("offscreen").select(FoleyWorld().items(), ""))'
    folder, offscreen = copy.ask(f"[str(FoleyWorld().folder), {asked}]")
    assert folder != ours["renders"]["folder"]
    assert offscreen != ours["tracks"]["offscreen"]


@pytest.mark.parametrize("name", [spec.name for spec in SHIPPED])
def test_a_raised_version_of_an_encoder_encodes_anew(name: str, ours: dict[str, dict[str, str]]) -> None:
    raised = keys_of(name, ENCODERS[name].version + 1)
    assert all(key != ours["keys"][modality] for modality, key in raised.items())


def test_a_raised_version_of_the_store_encodes_everything_anew(
    ours: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "STORE_VERSION", keys.STORE_VERSION + 1)
    name = SHIPPED[0].name
    assert not set(keys_of(name).values()) & set(ours["keys"].values())


@pytest.mark.parametrize("spec", ENCODERS.values(), ids=lambda spec: spec.name)
def test_the_key_of_every_encoder_holds_its_declared_version(spec: Any) -> None:
    """Also of those whose weights are not here: a key is made of the card and the input alone."""

    class Card:
        def __init__(self, version: int, checkpoint: str) -> None:
            self.card = EncoderCard(
                name=spec.name, kind="", encoder_set=spec.encoder_set, checkpoint_sha256=checkpoint * 64,
                version=version, parameters=0, trained_on="", licence="",
            )  # fmt: skip

    heard = AudioInput(sample_rate=16_000)
    made = {
        CacheKeys(Card(version, checkpoint), "audio", heard).key("signal")
        for version in (spec.version, spec.version + 1)
        for checkpoint in "01"
    }
    assert len(made) == 4


CHANGES: dict[str, Callable[[Item], Item]] = {
    "caption": lambda item: replace(item, caption="another"),
    "duration": lambda item: replace(item, duration=7.0),
    "label": lambda item: replace(item, labels=("dog barking",)),
    "provenance": lambda item: replace(item, provenance={}),
    "truth": lambda item: replace(item, truth=None),
    "music": lambda item: replace(item, truth=replace(item.truth, music=MusicTruth(style="piano", level_db=0.0))),  # type: ignore[type-var]
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_item_changes_its_tracks_alone(change: str, ours: dict[str, dict[str, str]]) -> None:
    suite = FoleyWorld()
    items = list(suite.items())
    place = next(k for k, item in enumerate(items) if item.stratum.startswith("natural"))
    assert asdict(CHANGES[change](items[place])) != asdict(items[place])
    items[place] = CHANGES[change](items[place])
    for name in ("t2a", "offscreen"):
        same = track_hash(suite, load_track(name).select(items, "")) == ours["tracks"][name]
        assert same == (name == "t2a")


def test_the_order_of_items_and_a_missing_one_change_a_track(ours: dict[str, dict[str, str]]) -> None:
    suite = FoleyWorld()
    items = load_track("bgm").select(suite.items(), "")
    hashes = {track_hash(suite, some) for some in (items, items[::-1], items[1:])}
    assert len(hashes) == 3
    assert ours["tracks"]["bgm"] in hashes


def test_other_media_change_the_tracks_that_hold_them_alone(tmp_path: Path) -> None:
    rows = ["id,caption,audio,stratum"]
    for number, stratum in enumerate(("main", "main", "natural")):
        write(tmp_path / f"{number}.wav", number)
        rows.append(f"item{number},a sound,{number}.wav,{stratum}")
    (tmp_path / "clips.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    def now() -> str:
        suite = open_suite(f"manifest:{tmp_path / 'clips.csv'}")
        return track_hash(suite, load_track("t2a").select(suite.items(), suite.name))

    before = now()
    write(tmp_path / "2.wav", 9)
    with (tmp_path / "clips.csv").open("a") as file:
        file.write("item3,another,,bgm\n")
    assert now() == before, "elsewhere in the suite"
    write(tmp_path / "1.wav", 9)
    assert now() != before


def write(path: Path, seed: int) -> None:
    noise = np.random.default_rng(seed).uniform(-0.3, 0.3, (1, 8_000)).astype(np.float32)
    write_wav(path, Audio(samples=noise, sample_rate=8_000), "PCM_16")

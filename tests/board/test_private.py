"""A private split: what leaves the keeper, what comes back, and what is told when something does not match."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from vggsound_omni.board import private, site
from vggsound_omni.board.tree import strangers
from vggsound_omni.cli.board import command
from vggsound_omni.errors import UserError
from vggsound_omni.media import probe, write_flac
from vggsound_omni.protocol import Audio
from vggsound_omni.suites import open_suite
from vggsound_omni.suites.foleyworld import program, record, suite
from vggsound_omni.suites.foleyworld.salts import PRIVATE, commitment
from vggsound_omni.suites.foleyworld.suite import private_suite
from vggsound_omni.suites.manifest import ManifestSuite

CARD = """
name = "hiss"
version = "1"
summary = "Noise."
tasks = ["t2a"]
licence = "MIT"
open_weights = true
training_data = []
overlap = "None."
parameters = 0
"""


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A leaderboard with a split of two scenes a stratum, its salt, and its requests."""
    patch = pytest.MonkeyPatch()
    counts = dict.fromkeys(program.COUNTS[PRIVATE], 2)
    for module in (program, record, suite):
        patch.setitem(module.COUNTS, PRIVATE, counts)
    suite._drawn.cache_clear()
    root = tmp_path_factory.mktemp("keeper")
    (root / "board" / "results").mkdir(parents=True)
    (root / "card.toml").write_text(CARD, encoding="utf-8")
    assert board(root, "private", "new", "2027-1", "--salt-file", "salt").exit_code == 0
    asked = board(root, "private", "requests", "2027-1", "--salt-file", "salt", "--out", str(root / "asked"))
    assert asked.exit_code == 0, asked.output
    yield root
    suite._drawn.cache_clear()
    patch.undo()


def board(root: Path, *arguments: str) -> Result:
    given = [str(root / one) if one in ("salt", "wrong", "card.toml") else one for one in arguments]
    return CliRunner().invoke(command, [*given, "--from", str(root / "board")], catch_exceptions=True)


def requests(root: Path, track: str) -> list[dict[str, object]]:
    text = (root / "asked" / track / "requests.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_the_commitment_is_the_hash_of_a_salt_that_only_its_owner_can_read(keeper: Path) -> None:
    salt = private.read_salt(keeper / "salt")
    split = private.read_split(keeper / "board", "2027-1")
    assert split.sha256 == commitment(salt)
    assert split.salt is None
    assert stat.S_IMODE((keeper / "salt").stat().st_mode) == 0o600
    assert salt.decode() not in (keeper / "board" / "private" / "2027-1" / "split.json").read_text()
    assert list(strangers(keeper / "board")) == []


def test_requests_hold_what_a_model_is_asked_and_nothing_else(keeper: Path) -> None:
    fields = {"t2a": {"caption"}, "v2a": {"video"}, "vt2a": {"caption", "video"}}
    for track, own in fields.items():
        found = requests(keeper, track)
        assert len(found) == 2
        assert {frozenset(one) for one in found} == {frozenset({"id", "duration", "seed"} | own)}
    files = {path.relative_to(keeper / "asked").parts[-1] for path in (keeper / "asked").rglob("*") if path.is_file()}
    assert {Path(name).suffix for name in files} == {".jsonl", ".mp4"}
    assert all(probe(path).audio is None for path in (keeper / "asked").rglob("*.mp4"))


def test_no_id_is_that_of_a_scene_and_tracks_cannot_be_laid_side_by_side(keeper: Path) -> None:
    scenes = {item.id for item in private_suite(private.read_salt(keeper / "salt")).items()}
    by_track = [{str(one["id"]) for one in requests(keeper, track)} for track in ("t2a", "v2a", "vt2a")]
    assert not scenes & set[str]().union(*by_track)
    assert len(set[str]().union(*by_track)) == sum(map(len, by_track))
    public = {item.caption for item in open_suite("foleyworld").items()}
    assert not public & {str(one["caption"]) for one in requests(keeper, "vt2a")}
    assert [str(one["id"]) for one in requests(keeper, "t2a")] == sorted(by_track[0])


def test_requests_can_be_read_as_a_manifest(keeper: Path) -> None:
    found = ManifestSuite(keeper / "asked" / "vt2a" / "requests.jsonl")
    assert [item.id for item in found.items()] == [one["id"] for one in requests(keeper, "vt2a")]
    assert all(found.media(item).video is not None for item in found.items())


def answer(root: Path, track: str) -> Path:
    folder = root / f"sounds-{track}"
    folder.mkdir(exist_ok=True)
    for one in requests(root, track):
        noise = np.random.default_rng(int(str(one["seed"]))).normal(0, 0.1, (1, 128_000)).clip(-1, 1)
        write_flac(folder / f"{one['id']}.flac", Audio(samples=noise.astype(np.float32), sample_rate=16_000))
    return folder


def rescore(root: Path, *more: str, sounds: Path | None = None) -> Result:
    given = ["--salt-file", "salt", "--track", "t2a", "--card", "card.toml", "--generated-by", "A. Name", *more]
    return board(root, "rescore", "--private", "2027-1", "--sounds", str(sounds or answer(root, "t2a")), *given)


def test_sounds_that_come_back_are_scored_and_published_once(keeper: Path) -> None:
    done = rescore(keeper)
    assert done.exit_code == 0, done.output
    path = keeper / "board" / "private" / "2027-1" / "t2a" / "hiss@1.json"
    row = private.PrivateRow.model_validate_json(path.read_text())
    assert row.counts.scored == 2
    assert row.scores["kl"].value is not None
    text = path.read_text()
    assert not [one for one in requests(keeper, "t2a") if str(one["id"]) in text or str(one["caption"]) in text]
    assert list(strangers(keeper / "board")) == []
    (keeper / "board" / "print.toml").unlink(missing_ok=True)
    site.build(keeper / "board", keeper / "site")
    page = (keeper / "site" / "private.html").read_text()
    assert "hiss 1" in page
    assert row.sha256 in page
    again = rescore(keeper)
    assert isinstance(again.exception, UserError)
    assert "published already" in str(again.exception)


def test_recordings_are_not_an_answer(keeper: Path) -> None:
    split, salt = private.read_split(keeper / "board", "2027-1"), private.read_salt(keeper / "salt")
    world = private.opened(split, salt)
    folder = keeper / "stolen"
    folder.mkdir()
    for item in world.items():
        audio = world.media(item).audio
        name = private._request_id(salt, "t2a", item)
        assert audio is not None
        (folder / f"{name}.wav").write_bytes(audio.read_bytes())
    found = rescore(keeper, sounds=folder)
    assert isinstance(found.exception, UserError)
    assert "own recordings" in str(found.exception)


def test_what_does_not_match_is_one_sentence(keeper: Path) -> None:
    (keeper / "wrong").write_text("0123456789abcdef0123456789abcdef\n")
    (keeper / "empty").mkdir(exist_ok=True)
    for found, why in (
        (rescore(keeper, "--salt-file", "wrong"), "does not match the commitment"),
        (board(keeper, "private", "requests", "2027-2", "--salt-file", "salt", "--out", "x"), "there are: 2027-1"),
        (board(keeper, "private", "new", "2027-1", "--salt-file", "salt"), "already"),
        (
            board(keeper, "private", "requests", "2027-1", "--salt-file", "salt", "--out", str(keeper / "asked")),
            "empty",
        ),
        (rescore(keeper, sounds=keeper / "empty"), "holds no sound"),
        (rescore(keeper, "--track", "t2b"), "t2b"),
        (board(keeper, "rescore", "--private", "2027-1", "--sounds", "x"), "--salt-file, --track"),
    ):
        assert isinstance(found.exception, UserError), found.output
        assert why in str(found.exception)


def test_a_short_salt_is_refused(tmp_path: Path) -> None:
    (tmp_path / "salt").write_text("secret\n")
    with pytest.raises(UserError, match="at least 16"):
        private.new_split(tmp_path, "a", tmp_path / "salt")


def test_a_retired_split_publishes_the_salt_that_was_committed_to(tmp_path: Path) -> None:
    split = private.new_split(tmp_path, "old", tmp_path / "salt")
    gone = private.retire(tmp_path, "old", private.read_salt(tmp_path / "salt"))
    assert commitment(bytes.fromhex(gone.salt or "")) == split.sha256
    with pytest.raises(UserError, match="was retired"):
        private.retire(tmp_path, "old", private.read_salt(tmp_path / "salt"))

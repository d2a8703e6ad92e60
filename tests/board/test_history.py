"""Rows of a suite that is gone stay as they were published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from vggsound_omni.board import history
from vggsound_omni.board.tree import strangers
from vggsound_omni.errors import UserError
from vggsound_omni.suites import open_suite

LEADERBOARD = Path(__file__).parents[2] / "leaderboard"
TRACK = "foleyworld@1/vt2a"


def test_the_rows_of_foleyworld_1_are_kept() -> None:
    assert list(history.findings(LEADERBOARD)) == []
    assert {place.split("/")[1] for place in history.rows(LEADERBOARD)} == {"t2a", "v2a", "vt2a", "offscreen", "bgm"}
    assert {row.suite.version for row in history.rows(LEADERBOARD).values()} == {"1"}


def test_the_suite_itself_is_told_to_be_gone() -> None:
    with pytest.raises(UserError, match="FoleyWorld 2") as told:
        open_suite("foleyworld@1")
    assert str(told.value).count(".") == 1, "one sentence"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A leaderboard with the history of one track."""
    (tmp_path / "results").mkdir()
    shutil.copytree(LEADERBOARD / "history" / TRACK, tmp_path / "history" / TRACK)
    lines = (LEADERBOARD / "history" / history.SUMS).read_text().splitlines(keepends=True)
    (tmp_path / "history" / history.SUMS).write_text("".join(line for line in lines if TRACK in line))
    return tmp_path


def test_a_whole_copy_is_in_order(copy: Path) -> None:
    assert list(history.findings(copy)) == []
    assert list(strangers(copy)) == []


def other_checkpoint(row: dict[str, dict[str, dict[str, str]]]) -> None:
    row["scores"]["kl"]["checkpoint_sha256"] = "0" * 64


def other_items(row: dict[str, dict[str, str]]) -> None:
    row["suite"]["items_sha256"] = "0" * 64


@pytest.mark.parametrize(
    ("change", "what"), [(other_checkpoint, "checkpoint of kl"), (other_items, "hash of items"), (None, "not what")]
)
def test_a_changed_row_is_told(copy: Path, change: Callable[..., None] | None, what: str) -> None:
    path = copy / "history" / TRACK / "noise@2.json"
    row = json.loads(path.read_text())
    if change:
        change(row)
    path.write_text(json.dumps(row))
    found = list(history.findings(copy))
    assert any("noise@2.json" in sentence and what in sentence for sentence in found), found
    assert any("history does not change" in sentence for sentence in found)


def test_a_row_that_is_gone_or_was_never_there_is_told(copy: Path) -> None:
    folder = copy / "history" / TRACK
    (folder / "noise@2.json").rename(folder / "hiss@2.json")
    found = list(history.findings(copy))
    assert any("noise@2.json" in sentence and "is gone" in sentence for sentence in found)
    assert any("hiss@2.json" in sentence and "history does not change" in sentence for sentence in found)


def test_a_damaged_file_is_one_sentence(copy: Path) -> None:
    (copy / "history" / TRACK / "noise@2.json").write_text('{"a"')
    found = [sentence for sentence in history.findings(copy) if "noise@2.json" in sentence]
    assert len(found) == 2, "it cannot be read, and so what the sums list is not there"

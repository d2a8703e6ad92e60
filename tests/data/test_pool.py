"""A file may hang, eat memory or end its process: that costs one answer."""

from __future__ import annotations

import multiprocessing
import signal
import time
from pathlib import Path

import pytest

from vggsound_omni.data import checks
from vggsound_omni.data.journal import Journal
from vggsound_omni.data.local_clips import Clip
from vggsound_omni.data.pool import Bounds, Ended, each
from vggsound_omni.suites.places import Place

from .behaving import behave
from .conftest import IDS, Collection
from .test_journal import place

QUICK = Bounds(busy=1, seconds=3.0, memory=1 << 30)


def test_every_piece_of_work_has_one_answer_whatever_the_others_do() -> None:
    given = ["a", "spin", "b", "die", "eat", "sleep", "c", "raise", "d"]
    began = time.monotonic()
    found = dict(each(behave, given, 3, QUICK))
    assert sorted(found) == sorted(given)
    assert {how: found[how] for how in "abcd"} == {how: how for how in "abcd"}
    assert found["eat"] == "no memory"
    assert found["die"] == Ended(late=False, code=139)
    assert found["spin"] in (Ended(late=True, code=-signal.SIGXCPU), Ended(late=True, code=None))  # the first to notice
    assert found["sleep"] == Ended(late=True, code=None)
    assert isinstance(found["raise"], Ended)
    assert time.monotonic() - began < 30


def test_work_that_is_left_early_leaves_no_process(tmp_path: Path) -> None:
    results = each(behave, ["a", "sleep", "sleep"], 3, QUICK)
    assert next(results) == ("a", "a")
    results.close()
    assert not multiprocessing.active_children()


class Hanging(Place):
    """A file on which the decoder never ends."""

    @property
    def suffix(self) -> str:
        return ""

    def sha256(self) -> str:
        while True:
            pass


def test_a_clip_that_hangs_the_decoder_is_told_and_not_remembered(collection: Collection, tmp_path: Path) -> None:
    clips = {item_id: Clip(video=place(collection, item_id)) for item_id in IDS}
    clips[IDS[2]] = Clip(video=place(collection, IDS[2], Hanging))
    journal = Journal(tmp_path / "checks.jsonl", QUICK)
    facts = journal.checked(clips.items(), jobs=2)
    assert {item_id for item_id, found in facts.items() if found.error} == {IDS[2]}
    assert "keeps the decoder busy for more than 1 s" in (facts[IDS[2]].error or "")
    assert len((tmp_path / "checks.jsonl").read_text("utf-8").splitlines()) == len(IDS) - 1


@pytest.mark.parametrize("error", [IndexError, MemoryError, OverflowError])
def test_whatever_a_library_raises_is_a_fact_of_the_clip(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fails(path: Path) -> None:
        raise error(path)

    monkeypatch.setattr(checks, "survey", fails)
    found = checks.check(Clip(video=place(collection, IDS[0])))
    assert found.error
    assert str(collection.clips) not in found.error

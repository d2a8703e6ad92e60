"""Checks of many clips survive whatever a clip does to the process that decodes it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path

from vggsound_omni.data.journal import Journal
from vggsound_omni.data.local_clips import Clip
from vggsound_omni.suites.places import Place

from .conftest import IDS, Collection


@dataclass(frozen=True, kw_only=True, order=True)
class Deadly(Place):
    """A file that ends the process in which it is read, as a decoder's fault would."""

    def __getattribute__(self, name: str) -> object:
        if name == "member" and parent_process() is not None:
            os._exit(139)
        return super().__getattribute__(name)


def place(collection: Collection, item_id: str, kind: type[Place] = Place) -> Place:
    path = collection.clips / f"{item_id}.mp4"
    return kind(path=str(path), size=path.stat().st_size)


def test_a_clip_that_ends_its_process_is_told_and_the_others_are_measured(
    collection: Collection, tmp_path: Path
) -> None:
    clips = {item_id: Clip(video=place(collection, item_id)) for item_id in IDS}
    clips[IDS[2]] = Clip(video=place(collection, IDS[2], Deadly))
    facts = Journal(tmp_path / "checks.jsonl").checked(clips.items(), jobs=2)
    assert sorted(facts) == list(IDS)
    assert {item_id for item_id, found in facts.items() if found.error} == {IDS[2]}
    assert "ends the decoder's process" in (facts[IDS[2]].error or "")
    assert all(facts[item_id].picture_seconds == 8.0 for item_id in IDS if item_id != IDS[2])


def test_processes_and_one_process_measure_the_same(collection: Collection, tmp_path: Path) -> None:
    clips = [(item_id, Clip(video=place(collection, item_id))) for item_id in IDS]
    one, two = (Journal(tmp_path / f"{jobs}.jsonl").checked(clips, jobs=jobs) for jobs in (1, 2))
    assert one == two
    assert Journal(tmp_path / "2.jsonl").checked(clips, jobs=2) == two

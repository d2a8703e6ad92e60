"""Which track of today an old hash of the whole suite stands for."""

from __future__ import annotations

import json
from importlib import resources

from vggsound_omni.runs.plan import make_plan
from vggsound_omni.suites import items_hash, open_suite
from vggsound_omni.suites.foleyworld.program import COUNTS
from vggsound_omni.suites.foleyworld.scene import WORLD_VERSION

TRACKS = ("t2a", "v2a", "vt2a", "offscreen", "bgm")  # those that there were when results held a suite's hash


def test_the_tracks_of_foleyworld_1_are_known_by_the_old_hash() -> None:
    """A later world is another suite, whose results never held a suite's hash."""
    if WORLD_VERSION != 1:
        return
    found: dict[str, dict[str, str]] = {}
    for split in COUNTS:
        name = "foleyworld" if split == "test" else f"foleyworld:{split}"
        tracks = found.setdefault(items_hash(open_suite(name).items()), {})
        for track in TRACKS:
            tracks[track] = make_plan(name, track).items_sha256
            tracks[f"{track}, limited"] = make_plan(name, track, 1).items_sha256
    text = resources.files("vggsound_omni.suites").joinpath("history.json").read_text(encoding="utf-8")
    assert json.loads(text) == found

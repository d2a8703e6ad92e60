"""Which track of FoleyWorld 1 an old hash of the whole suite stands for."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

from vggsound_omni.suites.history import suite_of_track, track_of_suite

LEADERBOARD = Path(__file__).parents[2] / "leaderboard"


def test_the_tracks_of_foleyworld_1_are_known_by_the_hash_that_its_rows_hold() -> None:
    text = resources.files("vggsound_omni.suites").joinpath("history.json").read_text(encoding="utf-8")
    known = json.loads(text)
    rows = sorted((LEADERBOARD / "history" / "foleyworld@1").rglob("*.json"))
    found = {(json.loads(row.read_text())["suite"].get("items_sha256"), row.parent.name) for row in rows}
    assert {track for _, track in found} == {"t2a", "v2a", "vt2a", "offscreen", "bgm"}
    for suite, track in found:
        assert track_of_suite(suite, track) == known[suite][track] != suite
        assert suite_of_track(known[suite][track], track) == suite

"""What stands above a spectrogram: every event of the truth, hit or missed, and what is heard beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vggsound_omni.metrics.events import NEAR
from vggsound_omni.present.report.timeline import Heard, Timeline, timeline
from vggsound_omni.suites.suite import MusicTruth, SoundEvent, Truth
from vggsound_omni.tracks import load_track

SECONDS = 8.0


def act(name: str, onset: float, **changes: object) -> SoundEvent:
    return replace(SoundEvent(sound_class=name, onset=onset, end=onset + 0.3, impact=True), **changes)  # type: ignore[arg-type]


def drawn(truth: Truth, heard: Heard | None, track: str = "vt2a") -> Timeline:
    found = timeline(truth, heard, load_track(track), SECONDS)
    assert found is not None
    return found


def verdicts(found: Timeline) -> dict[str, list[str]]:
    return {lane.name: [bar.verdict for bar in lane.bars] for lane in found.lanes}


def test_an_act_is_hit_within_a_fifth_of_a_second_where_the_picture_shows_it() -> None:
    truth = Truth(events=(act("knock", 1.0), act("knock", 3.0), act("knock", 5.0)))
    found = drawn(truth, {"knock": [(1.0 + NEAR - 0.01, 1.5), (3.0 + NEAR + 0.01, 3.5), (5.0, 5.2)]})
    assert verdicts(found) == {"knock": ["hit", "missed", "hit"]}
    assert [tick.right for tick in found.lanes[0].ticks] == [True, False, True]
    assert (found.hits, found.wanted, found.extra) == (2, 3, 1)
    assert found.words == "2 of 3 events hit, 1 heard beside them"
    assert [bar.left for bar in found.lanes[0].bars] == [12.5, 37.5, 62.5], "percent of 8 s"


@pytest.mark.parametrize(("track", "changes"), [("t2a", {}), ("vt2a", {"on_screen": False})])
def test_where_nobody_could_know_when_it_is_enough_that_it_is_heard_as_often(
    track: str, changes: dict[str, bool]
) -> None:
    truth = Truth(events=(act("knock", 1.0, **changes), act("knock", 3.0, **changes)))
    assert verdicts(drawn(truth, {"knock": [(6.0, 6.2)]}, track)) == {"knock": ["hit", "missed"]}
    assert drawn(truth, {"knock": [(6.0, 6.2), (7.0, 7.1), (7.5, 7.6)]}, track).extra == 1


def test_a_texture_is_hit_by_half_of_its_span() -> None:
    rain = act("rain", 2.0, end=6.0, discrete=False)
    assert verdicts(drawn(Truth(events=(rain,)), {"rain": [(2.0, 5.0)]})) == {"rain": ["hit"]}
    late = drawn(Truth(events=(rain,)), {"rain": [(5.0, 8.0)]})
    assert (verdicts(late), late.extra) == ({"rain": ["missed"]}, 1)


def test_what_must_not_be_heard_has_a_lane_and_silent_acts_are_no_events() -> None:
    truth = Truth(events=(act("knock", 1.0),), silent=(act("bell", 2.0),), forbidden=("bell",))
    found = drawn(truth, {"knock": [(1.0, 1.2)], "bell": [(2.0, 2.5)], "dog": [(4.0, 4.5)]})
    assert {lane.name: lane.remark for lane in found.lanes} == {
        "knock": "", "bell": "must not be heard", "dog": "not wanted",
    }  # fmt: skip
    assert verdicts(found)["bell"] == ["silent"]
    assert (found.hits, found.wanted, found.extra) == (1, 1, 2)


def test_music_is_there_or_not() -> None:
    truth = Truth(music=MusicTruth(style="waltz", level_db=-3.0))
    assert verdicts(drawn(truth, {"music": [(0.0, 8.0)]})) == {"music": ["hit"]}
    assert verdicts(drawn(truth, {})) == {"music": ["missed"]}


def test_without_an_ear_nothing_is_judged() -> None:
    found = drawn(Truth(events=(act("knock", 1.0),)), None)
    assert (verdicts(found), found.words) == ({"knock": ["unknown"]}, "1 event")
    assert timeline(Truth(), {}, load_track("vt2a"), SECONDS) is None

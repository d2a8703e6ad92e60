"""Which metrics apply follows from what they need, what the track gives and what the suite holds."""

from __future__ import annotations

from typing import Any

import pytest

from vggsound_omni.metrics import Estimate, Metric, compared, encoded, samples, truth
from vggsound_omni.metrics.metric import Need
from vggsound_omni.runs.applicability import notes, why_not
from vggsound_omni.suites.suite import Item, Truth
from vggsound_omni.tracks import Track, load_track

SOUND = encoded("tagger", "embedding", "generated")
RECORDING = encoded("tagger", "embedding", "reference")
PICTURE = encoded("ib", "embedding", "video")
CAPTION = encoded("ms_clap", "embedding", "text")


def metric(*needs: Need) -> Metric:
    def compute(*columns: Any) -> Estimate:
        raise AssertionError

    return Metric(
        key="mine", title="Mine", unit="", better=None, per_item=True, summary="What?", needs=needs, compute=compute
    )


def item(**more: Any) -> Item:
    fields: dict[str, Any] = {"id": "a", "stratum": "main", "duration": 8.0, "caption": "a sound"} | more
    return Item(**fields)


def track(task: str = "vt2a", **more: Any) -> Track:
    fields: dict[str, Any] = {"name": "mine", "title": "Mine", "order": 9, "where": {}, "window": 8.0} | more
    return Track(task=task, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("needs", [(SOUND,), (SOUND, RECORDING), (SOUND, PICTURE), (SOUND, CAPTION), (compared("ds"),)])
def test_what_is_there_is_scored(needs: tuple[Need, ...]) -> None:
    assert why_not(metric(*needs), track(), [item()]) is None


@pytest.mark.parametrize(
    ("needs", "task", "lacking", "reason"),
    [
        ((SOUND, PICTURE), "t2a", {}, "no video is given"),
        ((compared("ds"),), "t2a", {}, "no video is given"),
        ((SOUND, PICTURE), "v2a", {"has_video": False}, "the suite has no video"),
        ((compared("ds"),), "vt2a", {"has_video": False}, "the suite has no video"),
        ((SOUND, RECORDING), "t2a", {"has_audio": False}, "the suite has no reference recordings"),
        ((samples("reference"),), "t2a", {"has_audio": False}, "the suite has no reference recordings"),
        ((SOUND, CAPTION), "v2a", {"caption": None}, "the suite has no captions"),
        ((SOUND, CAPTION), "v2a", {"caption": ""}, "the suite has no captions"),
        ((SOUND, truth("events")), "t2a", {}, "the truth of the suite's items is not known"),
    ],
)  # fmt: skip
def test_what_lacks_has_its_reason(needs: tuple[Need, ...], task: str, lacking: dict[str, Any], reason: str) -> None:
    lacks = item(**lacking)
    assert why_not(metric(*needs), track(task), [lacks, lacks]) == reason
    if lacking:
        assert why_not(metric(*needs), track(task), [lacks, item()]) is None, "one item that has it is enough to try"


def test_the_text_of_a_track_that_does_not_give_it_is_still_compared_with() -> None:
    """On v2a the sound is compared with the held-back caption, and the score says so."""
    assert why_not(metric(SOUND, CAPTION), track("v2a"), [item()]) is None
    assert notes(metric(SOUND, CAPTION), load_track("v2a")) == [
        "against the held-back caption, which the generator did not see"
    ]
    assert notes(metric(SOUND), load_track("v2a")) == []


def test_known_truth_of_one_item_makes_truth_apply() -> None:
    items = [item(), item(id="b", truth=Truth())]
    assert why_not(metric(SOUND, truth("events")), track(), items) is None


def test_a_track_rules_out_whatever_looks_at_a_side() -> None:
    ruled = track(not_applicable={"video": "it is dark"}, notes={"reference": "an old one", "video": "never read"})
    for needs in ((SOUND, PICTURE), (compared("ds"),)):
        assert why_not(metric(*needs), ruled, [item()]) == "it is dark"
    assert why_not(metric(SOUND, RECORDING), ruled, [item()]) is None
    assert notes(metric(SOUND, RECORDING), ruled) == ["an old one"]
    assert why_not(metric(SOUND), track(not_applicable={"generated": "nobody listens"}), [item()]) == "nobody listens"


def test_the_reason_of_the_track_comes_before_that_of_the_suite() -> None:
    offscreen = load_track("offscreen")
    assert why_not(metric(compared("ds")), offscreen, [item(has_video=False)]) == "the source is not in the picture"

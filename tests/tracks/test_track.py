"""Tracks as their files say."""

from __future__ import annotations

import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.suites.suite import Item
from vggsound_omni.tracks.track import METRICS, load_track, track_names


def item(name: str, stratum: str = "main", caption: str | None = "a sound", *, has_video: bool = True) -> Item:
    return Item(id=name, stratum=stratum, duration=8.0, caption=caption, has_video=has_video)


def test_there_are_five_tracks_in_the_order_of_the_field() -> None:
    assert track_names() == ["t2a", "v2a", "vt2a", "offscreen", "bgm"]


@pytest.mark.parametrize("name", ["t2a", "v2a", "vt2a", "offscreen", "bgm"])
def test_every_metric_applies_or_has_a_reason_not_to(name: str) -> None:
    track = load_track(name)
    assert track.name == name
    assert set(track.metrics) | set(track.not_applicable) == set(METRICS)
    assert all(reason for reason in track.not_applicable.values())


def test_synchrony_and_picture_do_not_apply_without_a_picture_of_the_source() -> None:
    assert {name for name in track_names() if "ds" in load_track(name).not_applicable} == {"t2a", "offscreen"}
    assert {name for name in track_names() if "ib" in load_track(name).not_applicable} == {"t2a", "offscreen"}


def test_an_unknown_track_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match='"offscren": did you mean "offscreen"'):
        load_track("offscren")


def test_a_track_takes_its_strata_only() -> None:
    items = [item("a"), item("b", "natural"), item("c", "bgm")]
    assert [i.id for i in load_track("offscreen").select(items, "s")] == ["b"]
    assert [i.id for i in load_track("t2a").select(items, "s")] == ["a"]


def test_a_suite_without_its_strata_is_told_which_it_has() -> None:
    with pytest.raises(UserError, match=r"takes the strata bgm; the suite's strata: main"):
        load_track("bgm").select([item("a")], "s")


@pytest.mark.parametrize(
    ("track", "bad"),
    [("t2a", item("x", caption=None)), ("vt2a", item("x", caption="")), ("v2a", item("x", has_video=False))],
)
def test_an_item_without_what_the_track_gives_is_named(track: str, bad: Item) -> None:
    with pytest.raises(UserError, match='Item "x"'):
        load_track(track).select([item("a"), bad], "s")


def test_what_a_track_does_not_give_may_be_missing() -> None:
    assert load_track("v2a").select([item("x", caption=None)], "s")
    assert load_track("t2a").select([item("x", has_video=False)], "s")

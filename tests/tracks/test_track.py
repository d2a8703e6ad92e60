"""Tracks as their files say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.metrics import METRICS
from vggsound_omni.runs.applicability import why_not
from vggsound_omni.suites import open_suite
from vggsound_omni.suites.suite import Item, MusicTruth, SoundEvent, Truth
from vggsound_omni.tracks import TRACKS, Track, load_track, read_track, track_names


def item(name: str, stratum: str = "main", caption: str | None = "a sound", **more: Any) -> Item:
    fields: dict[str, Any] = {"id": name, "stratum": stratum, "duration": 8.0, "caption": caption} | more
    return Item(**fields)


def event(sound_class: str, *, on_screen: bool = True) -> SoundEvent:
    return SoundEvent(sound_class=sound_class, onset=1.0, end=2.0, on_screen=on_screen)


def track(**more: Any) -> Track:
    fields: dict[str, Any] = {"name": "mine", "title": "Mine", "order": 9, "task": "t2a", "where": {}, "window": 8.0}
    return Track(**(fields | more))


def test_the_fields_five_tracks_come_in_their_order() -> None:
    fields = ["t2a", "v2a", "vt2a", "offscreen", "bgm"]
    assert [name for name in track_names() if name in fields] == fields


@pytest.mark.parametrize("name", track_names())
def test_what_ranks_on_a_track_is_a_metric_that_applies_there(name: str) -> None:
    found = load_track(name)
    items = found.select(open_suite("foleyworld").items(), "foleyworld")
    assert found.headline
    needed = (*found.headline, *found.ranks_from)
    assert [why_not(METRICS[key], found, items) for key in needed] == [None] * len(needed)
    assert not any(METRICS[key].attacked for key in found.ranks_from)


def test_synchrony_and_picture_do_not_apply_without_a_picture_of_the_source() -> None:
    items = [item("a")]
    for key in ("ds", "ib"):
        without = {name for name in track_names() if why_not(METRICS[key], load_track(name), items)}
        assert without & {"t2a", "v2a", "vt2a", "offscreen", "bgm"} == {"t2a", "offscreen"}


def test_an_unknown_track_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match='"offscren": did you mean "offscreen"'):
        load_track("offscren")


def test_a_track_takes_its_strata_only() -> None:
    items = [item("a"), item("b", "natural"), item("c", "bgm")]
    assert [i.id for i in load_track("offscreen").select(items, "s")] == ["b"]
    assert [i.id for i in load_track("t2a").select(items, "s")] == ["a"]


def test_a_track_chooses_by_what_is_true_of_an_item() -> None:
    events = event("dog barking"), event("raining", on_screen=False)
    music = MusicTruth(style="piano", level_db=-6.0)
    items = [
        item("unknown"),
        item("one", truth=Truth(events=events[:1])),
        item("two", truth=Truth(events=events)),
        item("music", truth=Truth(events=events, music=music)),
        item("short", truth=Truth(events=events), duration=2.0),
    ]

    def taken(**where: Any) -> list[str]:
        return [i.id for i in track(where=where).select(items, "s")]

    assert taken() == ["unknown", "one", "two", "music", "short"]
    assert taken(sources={"min": 2}) == ["two", "music", "short"], "what is not known is not met"
    assert taken(sources={"min": 2}, visible_sources=1, music=False) == ["two", "short"]
    assert taken(music=True) == ["music"]
    assert taken(duration={"min": 1, "max": 4}) == ["short"]
    assert taken(stratum="main", sources={"max": 1}) == ["one"]


def test_a_suite_without_its_strata_is_told_which_it_has() -> None:
    with pytest.raises(UserError, match=r"takes stratum bgm; the suite's strata: main"):
        load_track("bgm").select([item("a")], "s")
    with pytest.raises(UserError, match=r"takes stratum main or bgm, sources min 2 and max 3; the suite's strata: odd"):
        track(where={"stratum": ["main", "bgm"], "sources": {"min": 2, "max": 3}}).select([item("a", "odd")], "s")


@pytest.mark.parametrize(
    ("name", "bad"),
    [("t2a", item("x", caption=None)), ("vt2a", item("x", caption="")), ("v2a", item("x", has_video=False))],
)
def test_an_item_without_what_the_track_gives_is_left_out_and_said(name: str, bad: Item) -> None:
    found, items = load_track(name), [item("a"), bad]
    assert [i.id for i in found.select(items, "s")] == ["a"]
    (sentence,) = found.left_out(items)
    assert re.fullmatch(r"1 of 2 items of the suite has no (video|caption), which track \w+ gives, .*: x\.", sentence)
    with pytest.raises(UserError, match=r"left out: x\. Nothing is left"):
        found.select([bad], "s")
    assert not found.left_out([item("a"), item("b", "bgm", has_video=False)]), "another track's"


def test_what_a_track_does_not_give_may_be_missing() -> None:
    assert load_track("v2a").select([item("x", caption=None)], "s")
    assert load_track("t2a").select([item("x", has_video=False)], "s")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"task": "a2v"}, 'unknown task "a2v"'),
        ({"window": 0.0}, "window is 0.0 s; it must be positive"),
        ({"where": {"strata": "main"}}, 'Unknown fact "strata": did you mean "stratum"'),
        ({"notes": {"vido": "x"}}, 'Unknown side "vido": did you mean "video"'),
        ({"not_applicable": {"ds": "x"}}, 'Unknown side "ds"'),
        ({"ranks_from": {"coverage": "0.2"}}, "ranks_from has '0.2' for coverage; it must be a number"),
    ],
)
def test_a_track_that_contradicts_itself_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=f"Track mine: .*{sentence}"):
        track(**change)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name = ", r"mine\.toml: "),
        ('name = "mine"', r"mine\.toml: order, task, title, where missing\."),
        ('name = "mine"\nmetrics = ["kl"]', r'Unknown key in mine\.toml "metrics"'),
    ],
)
def test_a_file_that_is_no_track_is_one_sentence(content: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(content)
    with pytest.raises(UserError, match=sentence):
        read_track(tmp_path / "mine.toml")


def test_a_file_says_all_of_a_track(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\ntitle = "Mine"\norder = 9\ntask = "vt2a"\nheadline = ["kl"]\n'
        "[where]\nsources = { min = 2 }\n[ranks_from]\ncoverage = 0.5\n"
        '[not_applicable]\nvideo = "it is dark"\n[notes]\ntext = "in French"\n'
    )
    found = read_track(tmp_path / "mine.toml")
    expected = track(
        task="vt2a",
        window=None,
        headline=("kl",),
        where={"sources": {"min": 2}},
        ranks_from={"coverage": 0.5},
        not_applicable={"video": "it is dark"},
        notes={"text": "in French"},
    )
    assert found == expected
    assert "mine" not in TRACKS

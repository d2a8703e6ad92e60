"""Scenes: what a seed decides, and what every scene obeys."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.suites.over import over
from vggsound_omni.errors import UserError
from vggsound_omni.suites.foleyworld import CLASSES, COUNTS, DURATION, FPS, SPLITS, STRATA, places, scene
from vggsound_omni.suites.foleyworld.backdrops import BACKDROPS
from vggsound_omni.suites.foleyworld.composition import allowed, held_cell, is_held
from vggsound_omni.suites.foleyworld.program import CELLS, solo
from vggsound_omni.suites.foleyworld.room import ROOMS
from vggsound_omni.suites.foleyworld.scene import Scene, Source
from vggsound_omni.suites.foleyworld.suite import FoleyWorld, private_suite
from vggsound_omni.tracks import load_track

any_scene = st.builds(
    scene, st.sampled_from(SPLITS), st.sampled_from(STRATA), st.integers(min_value=0, max_value=10_000)
)
SALT = b"sixteen bytes or more"


@cache
def drawn(split: str, stratum: str, count: int) -> list[Scene]:
    return [scene(split, stratum, i) for i in range(count)]


def seen(found: Scene) -> list[Source]:
    return [source for source in found.sources if source.on_screen]


@given(any_scene)
@settings(max_examples=80, deadline=None)
def test_acts_lie_inside_the_clip_and_those_that_are_seen_on_its_frames(found: Scene) -> None:
    for source in found.sources:
        for event in source.events:
            if source.on_screen:
                assert abs(event.onset * FPS - round(event.onset * FPS)) < 1e-6
            assert event.duration > 0
            assert 0 < event.onset < event.end <= DURATION + 1e-6
            assert 0 <= event.strength <= 1
            assert 0 <= event.variation <= 1
        for before, after in pairwise(source.events):
            assert after.onset - before.onset >= 2 / FPS - 1e-3
            assert before.end <= after.onset + 1e-3
            if CLASSES[source.sound_class].timing.contiguous:
                assert before.end == pytest.approx(after.onset, abs=1e-3)


@given(any_scene)
@settings(max_examples=80, deadline=None)
def test_something_is_heard_each_class_by_one_source_and_where_it_can_be(found: Scene) -> None:
    assert found.heard
    heard = [source.sound_class for source in found.heard]
    assert len(set(heard)) == len(heard)
    assert found.room.name in places.PLACES[found.setting.backdrop].rooms
    assert ROOMS[found.room.name].outdoors == BACKDROPS[found.setting.backdrop].outdoors
    for source in found.sources:
        c = CLASSES[source.shown_as or source.sound_class]
        assert (places.seen if source.on_screen else places.heard)(c, found.setting.backdrop)
        kinds = CLASSES[source.sound_class].words.materials
        if source.on_screen and source.shown_as is None and kinds:
            where = kinds[source.style.material].places
            assert where is None or found.setting.backdrop in where


def test_no_one_walks_on_snow_in_a_corridor_and_no_sea_breaks_in_a_park() -> None:
    for found in drawn("train", "main", 400):
        for source in seen(found):
            if source.sound_class == "footsteps" and source.style.material == 2:
                assert BACKDROPS[found.setting.backdrop].outdoors
            if source.sound_class == "sea waves":
                assert found.setting.backdrop in ("beach", "harbour")
            if source.sound_class == "fire crackling":
                assert BACKDROPS[found.setting.backdrop].outdoors


def test_main_has_one_source_several_or_one_of_two_alike() -> None:
    for found in drawn("test", "main", 200):
        kinds = Counter(source.sound_class for source in seen(found))
        assert (len(found.heard) > 1) == (found.cell == "several")
        assert max(kinds.values()) == (2 if found.cell == "alike" else 1)
        if found.cell == "alike":
            assert len(found.heard) == 1
            assert not found.forbidden
    sides = Counter(
        found.heard[0].x < 0.5 for found in drawn("test", "main", 384) if found.cell == "alike" and found.heard
    )
    assert min(sides.values()) >= 15


def test_off_screen_crosses_three_pictures_with_two_captions_and_nothing_heard_is_seen() -> None:
    for found in drawn("test", "natural", 96):
        assert not any(source.on_screen for source in found.heard)
        picture = found.cell.split("-")[0]
        assert (found.setting.still_life is not None) == (picture == "motif")
        assert [bool(source.events) for source in seen(found)] == {"motif": [], "rest": [False], "acting": [True]}[
            picture
        ]
        assert len(found.forbidden) == (picture != "motif")


def test_in_conflict_the_sound_of_one_class_is_performed_to_the_acts_of_another() -> None:
    for found in drawn("test", "conflict", 96):
        (source,) = found.sources
        wanted, shown = CLASSES[source.sound_class], CLASSES[str(source.shown_as)]
        assert found.labels == (wanted.name,)
        assert found.forbidden == (shown.name,)
        assert not wanted.lasting
        assert not shown.lasting
        assert source.on_screen
        if found.cell != "random":
            assert (wanted.family == shown.family) == (found.cell == "family")
            assert places.heard(wanted, found.setting.backdrop)
        assert found.music is None
    pairs = Counter((found.labels, found.forbidden) for found in drawn("test", "conflict", 96))
    assert len(pairs) >= 60
    assert len({found.labels for found in drawn("test", "conflict", 96)}) >= 15


def test_the_splits_have_their_cells_and_any_first_few_items_hold_all() -> None:
    items = FoleyWorld().items()
    assert Counter(item.stratum.partition("/")[0] for item in items) == COUNTS["test"]
    offscreen, conflict = (load_track(name).select(items, "foleyworld") for name in ("offscreen", "conflict"))
    assert (len(offscreen), len(conflict)) == (96, 96)
    assert set(Counter(item.stratum for item in offscreen).values()) == {16}
    assert set(Counter(item.stratum for item in offscreen[:24]).values()) == {4}
    assert set(Counter(item.stratum for item in conflict[:24]).values()) == {8}
    for name in ("t2a", "v2a", "vt2a"):
        chosen = load_track(name).select(items, "foleyworld")
        assert len(chosen) == 384
        assert {item.stratum for item in chosen[:20]} == {f"main/{cell}" for cell in CELLS["main"]}


def test_the_test_split_deals_the_classes_evenly() -> None:
    heard = Counter(label for found in drawn("test", "main", 384) for label in found.labels)
    assert set(heard) == set(CLASSES)
    assert min(heard.values()) >= 10
    assert max(heard.values()) <= 50


def test_levels_span_twenty_decibels_by_class_and_both_of_two_are_heard() -> None:
    natural = [c.level_db for c in CLASSES.values()]
    assert max(natural) - min(natural) >= 20
    for found in drawn("train", "main", 300):
        for source in found.heard:
            assert -30 <= source.gain_db <= 0
            assert abs(source.gain_db - CLASSES[source.sound_class].level_db) <= 5
        for one, other in combinations(found.heard, 2):
            assert abs(one.gain_db - other.gain_db) <= 10.001
        assert found.room.noise_db <= min(source.gain_db for source in found.heard) - 15


def test_no_one_keeps_time_but_clocks_and_players() -> None:
    for found in drawn("train", "main", 300):
        for source in found.heard:
            timing = CLASSES[source.sound_class].timing
            gaps = [round(b.onset - a.onset, 3) for a, b in pairwise(source.events)]
            if len(gaps) >= 8 and timing.jitter >= 0.1 and not timing.contiguous:
                assert len(set(gaps)) >= 3


def test_pairs_and_materials_at_a_pitch_are_held_out_of_train() -> None:
    def pairs(scenes: list[Scene]) -> list[bool]:
        return [
            is_held(CLASSES[a.sound_class], CLASSES[b.sound_class])
            for found in scenes
            for a, b in combinations(found.heard, 2)
        ]

    def cells(scenes: list[Scene]) -> list[bool]:
        return [
            not allowed(CLASSES[s.sound_class], s.style.material, s.style.pitch)
            for found in scenes
            for s in found.sources
            if held_cell(CLASSES[s.sound_class])
        ]

    train = [*drawn("train", "main", 400), *drawn("train", "natural", 200), *drawn("train", "bgm", 100)]
    test = [*drawn("test", "main", 384), *drawn("test", "natural", 96)]
    assert not any(pairs(train))
    assert not any(cells(train))
    assert not any(
        is_held(CLASSES[found.labels[0]], CLASSES[found.forbidden[0]]) for found in drawn("train", "conflict", 200)
    )
    assert sum(pairs(test)) >= 0.25 * len(pairs(test))
    assert sum(cells(test)) >= 0.15 * len(cells(test))


def test_the_same_seed_gives_the_same_scene_and_any_other_does_not() -> None:
    assert scene("test", "main", 5) == scene("test", "main", 5)
    for other in (scene("test", "main", 6), scene("train", "main", 5), scene("private", "main", 5, SALT)):
        assert scene("test", "main", 5).sources != other.sources
        assert scene("test", "main", 5).id != other.id
    assert scene("private", "main", 5, SALT) == scene("private", "main", 5, SALT)
    assert scene("private", "main", 5, SALT).sources != scene("private", "main", 5, SALT + b".").sources


def test_ids_are_hashes_without_a_word() -> None:
    found = [one for stratum, count in COUNTS["test"].items() for one in drawn("test", stratum, count)]
    assert len({one.id for one in found}) == len(found)
    assert all(re.fullmatch(r"fw-[0-9a-f]{16}", one.id) for one in found)


def test_a_private_split_holds_128_items_a_track_that_no_other_salt_gives() -> None:
    items = private_suite(SALT).items()
    for name in ("t2a", "v2a", "vt2a", "offscreen", "conflict", "bgm"):
        assert len(load_track(name).select(items, "private")) == 128
    assert not {item.id for item in FoleyWorld().items()} & {item.id for item in items}
    assert private_suite(SALT).folder != private_suite(SALT + b".").folder


@over(
    ("split", "salt", "told"),
    [
        ("tset", None, 'did you mean "test"'),
        ("private", None, "drawn from a salt"),
        ("private", b"short", "needs at least 16"),
        ("test", SALT, "takes no salt"),
    ],
)
def test_an_unknown_split_and_a_salt_that_does_not_fit_are_told_in_a_sentence(
    split: str, salt: bytes | None, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        scene(split, "main", 0, salt)


def test_the_suite_has_no_private_split_without_a_salt() -> None:
    with pytest.raises(UserError, match="take one of validation, test"):
        FoleyWorld("private")


def test_truth_is_json_and_lists_every_event_by_onset() -> None:
    found = scene("test", "main", 3)
    truth = json.loads(json.dumps(found.truth()))
    onsets = [event["onset"] for event in truth["events"]]
    assert onsets == sorted(onsets)
    assert len(onsets) == sum(len(source.events) for source in found.heard)
    assert {event["class"] for event in truth["events"]} == set(found.labels)


def test_items_say_what_must_not_be_heard_and_which_acts_are_silent() -> None:
    for item in FoleyWorld().items():
        assert item.truth is not None
        heard = {event.sound_class for event in item.truth.events}
        assert heard == set(item.labels)
        assert not heard & set(item.truth.forbidden)
        acting = item.stratum.startswith("natural/acting")
        assert bool(item.truth.silent) == acting
        if item.stratum.startswith("conflict"):
            assert len(item.truth.forbidden) == 1
            assert all(event.performed and event.discrete and not event.on_screen for event in item.truth.events)
            assert {contact.sound_class for contact in item.truth.contacts} <= set(item.truth.forbidden)


def test_the_two_scenes_that_name_the_problem_are_in_the_test_split() -> None:
    mosquito, explosion = scene("test", "natural", 0), scene("test", "natural", 1)
    assert (mosquito.labels, mosquito.setting.still_life) == (("mosquito buzzing",), "student reading")
    assert (explosion.labels, explosion.setting.still_life) == (("volcano explosion",), "coffee table")
    assert {mosquito.cell, explosion.cell} == {"motif-said", "motif-unsaid"}


@over("name", list(CLASSES))
def test_a_solo_scene_has_its_class_alone(name: str) -> None:
    found = solo(name, 0)
    assert found.labels == (name,)
    assert len(found.sources) == 1
    assert found.music is None

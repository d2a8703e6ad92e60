"""Scenes: what a seed decides, and what every scene obeys."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.suites.over import over
from vggsound_omni.suites.foleyworld import CLASSES, COUNTS, DURATION, FPS, SPLITS, STRATA, scene
from vggsound_omni.suites.foleyworld.program import scene_id, solo
from vggsound_omni.suites.foleyworld.scene import Scene

any_scene = st.builds(
    scene, st.sampled_from(list(SPLITS)), st.sampled_from(list(STRATA)), st.integers(min_value=0, max_value=10_000)
)


@given(any_scene)
@settings(max_examples=200, deadline=None)
def test_events_lie_on_the_frame_grid_and_inside_the_clip(drawn: Scene) -> None:
    for source in drawn.sources:
        for event in source.events:
            assert abs(event.onset * FPS - round(event.onset * FPS)) < 1e-9
            assert event.duration > 0
            assert 0 < event.onset < event.end <= DURATION
            assert 0 <= event.strength <= 1
            assert 0 <= event.variation <= 1
        for before, after in pairwise(source.events):
            assert after.onset - before.onset >= 3 / FPS - 1e-9
            assert before.end <= after.onset + 1e-9
            if CLASSES[source.sound_class].timing.contiguous:
                assert before.end == pytest.approx(after.onset)


@given(any_scene)
@settings(max_examples=200, deadline=None)
def test_something_is_heard_and_no_class_twice(drawn: Scene) -> None:
    assert drawn.heard
    classes = [source.sound_class for source in drawn.sources]
    assert len(set(classes)) == len(classes)
    seen = [source for source in drawn.heard if source.on_screen]
    if drawn.stratum == "natural":
        assert not seen
    else:
        assert 1 <= len(seen) <= 2
    assert (drawn.music is not None) or drawn.stratum != "bgm"
    if drawn.stratum == "bgm":
        assert drawn.music is not None
        assert -12 <= drawn.music.gain_db <= 0


@given(any_scene)
@settings(max_examples=100, deadline=None)
def test_captions_name_every_source_and_say_what_is_out_of_frame(drawn: Scene) -> None:
    for text in (drawn.captions.dense, drawn.captions.paraphrase):
        assert text[0].isupper()
        assert text.endswith(".")
        assert "  " not in text
        for source in drawn.heard:
            c = CLASSES[source.sound_class]
            subjects = [subject.format(material=c.materials[source.style.material]) for subject in c.subject]
            assert any(subject in text.lower() for subject in subjects), (source.sound_class, text)
    hidden = any(not source.on_screen for source in drawn.heard)
    assert hidden == any(words in drawn.captions.dense.lower() for words in ("out of frame", "off screen"))
    assert hidden == ("out of view" in drawn.captions.paraphrase.lower())
    assert drawn.captions.dense != drawn.captions.paraphrase
    assert drawn.captions.label == ", ".join(drawn.labels)


def test_the_same_seed_gives_the_same_scene_and_another_does_not() -> None:
    assert scene("test", "main", 5) == scene("test", "main", 5)
    assert scene("test", "main", 5) != scene("test", "main", 6)
    assert scene("test", "main", 5).sources != scene("train", "main", 5).sources


def test_truth_is_json_and_lists_every_event_by_onset() -> None:
    drawn = scene("test", "main", 3)
    truth = json.loads(json.dumps(drawn.truth()))
    onsets = [event["onset"] for event in truth["events"]]
    assert onsets == sorted(onsets)
    assert len(onsets) == sum(len(source.events) for source in drawn.sources)
    assert {event["class"] for event in truth["events"]} == set(drawn.labels)


def test_the_two_scenes_that_name_the_problem_are_in_the_test_split() -> None:
    mosquito, explosion = scene("test", "natural", 0), scene("test", "natural", 1)
    assert mosquito.id == "fw-test-natural-mosquito-student"
    assert mosquito.labels == ("mosquito buzzing",)
    assert mosquito.setting.still_life == "student reading"
    assert explosion.id == "fw-test-natural-coffee-explosion"
    assert explosion.labels == ("volcano explosion",)
    assert explosion.setting.still_life == "coffee table"
    assert "coffee" in explosion.captions.dense or "table" in explosion.captions.dense


def test_the_test_split_has_its_strata_and_deals_the_classes_evenly() -> None:
    assert COUNTS["test"] == {"main": 384, "natural": 96, "bgm": 64}
    scenes = [scene("test", "main", i) for i in range(384)]
    assert len({s.id for s in scenes}) == 384
    heard = Counter(label for s in scenes for label in s.labels)
    assert set(heard) == set(CLASSES)
    assert min(heard.values()) >= 13
    assert max(heard.values()) <= 50
    two = sum(len([s for s in drawn.heard if s.on_screen]) == 2 for drawn in scenes)
    assert 0.25 < two / 384 < 0.45


def test_no_two_scenes_of_the_benchmark_share_a_caption_too_often() -> None:
    captions = Counter(scene("test", "main", i).captions.dense for i in range(384))
    assert captions.most_common(1)[0][1] <= 6
    assert len(captions) > 330


@over("name", list(CLASSES))
def test_a_solo_scene_has_its_class_alone(name: str) -> None:
    drawn = solo(name, 0)
    assert drawn.labels == (name,)
    assert len(drawn.sources) == 1
    assert drawn.music is None


def test_ids_are_stable() -> None:
    assert scene_id("train", "main", 123) == "fw-train-main-0123"
    assert scene_id("train", "natural", 0) == "fw-train-natural-0000"

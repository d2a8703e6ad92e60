"""Truth metrics: each follows the damage that it should see and no other, and bad input is told."""

from __future__ import annotations

import time

import mir_eval
import numpy as np
import pytest

from vggsound_omni.metrics import METRICS, MetricError, Tags
from vggsound_omni.metrics.matching import errors, matched, overlap
from vggsound_omni.stats.correlation import spearman
from vggsound_omni.suites import Truth
from vggsound_omni.suites.suite import MusicTruth

from .heard import (
    NAMES,
    Damage,
    Detection,
    act,
    added,
    damaged,
    dropped,
    estimate,
    gained,
    louder,
    perfect,
    shifted,
    swapped,
    truths,
    turned,
    value,
)

KEYS = ("event_f1", "av_f1", "onset_f1", "hits", "timing", "count", "order", "leak", "level")
BARKS = Truth(events=tuple(act("dog barking", t) for t in (1.0, 2.0, 3.0, 4.0)))
BEST = {key: 1.0 if METRICS[key].better == "higher" else 0.0 for key in KEYS}
GRADED: dict[str, list[Damage]] = {
    "dropped": [dropped(x) for x in (0.15, 0.3, 0.45, 0.6, 0.75, 1.0)],
    "added": [added(x) for x in (0.2, 0.4, 0.6, 0.8, 1.0)],
    "shifted": [shifted(x) for x in (0.02, 0.04, 0.08, 0.12, 0.16, 0.22, 0.3)],
    "swapped": [swapped(x) for x in (0.2, 0.4, 0.6, 0.8, 1.0)],
    "turned": [turned(x) for x in (0.2, 0.4, 0.6, 0.8, 1.0)],
    "louder": [louder(x) for x in (1, 2, 4, 8, 16)],
    "gained": [gained(x) for x in (-20, -6, 6)],
}
SEES = {
    "dropped": {"event_f1", "av_f1", "onset_f1", "hits", "count", "leak", "level"},
    "added": {"event_f1", "av_f1", "onset_f1", "count"},
    "shifted": {"timing"},
    "swapped": {"event_f1", "av_f1", "count", "order", "leak", "level"},
    "turned": {"av_f1", "onset_f1", "hits", "timing", "order"},
    "louder": {"level"},
    "gained": set(),
}
STEPS = {("shifted", key) for key in ("onset_f1", "hits", "av_f1")}
"""A shift costs these nothing up to their tolerance, and all beyond it: values of two steps have no ranks."""
EITHER = {("dropped", "order"), ("dropped", "timing")}
"""What is left of a clip may begin in another order, and has fewer errors."""
VALUES = {
    (name, key): [estimate(METRICS[key], damaged(one), truths()).value for one in damages]
    for name, damages in GRADED.items()
    for key in KEYS
}


@pytest.mark.parametrize("key", KEYS)
def test_a_perfect_ear_reaches_the_best_value(key: str) -> None:
    heard = [perfect(truth) for truth in truths()]
    assert estimate(METRICS[key], heard, truths()).value == pytest.approx(BEST[key], abs=1e-3)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("damage", GRADED)
def test_it_follows_the_damage_it_should_see_and_no_other(damage: str, key: str) -> None:
    values = VALUES[damage, key]
    worse = [BEST[key], *values] if METRICS[key].better == "lower" else [-BEST[key], *(-one for one in values)]
    if key in SEES[damage]:
        assert (spearman(range(len(worse)), worse) or 0) >= 0.95
        assert abs(values[-1] - BEST[key]) > 0.05
    elif (damage, key) in STEPS:
        limit = 0.2 if key == "av_f1" else 0.05
        seconds = (0.02, 0.04, 0.08, 0.12, 0.16, 0.22, 0.3)
        for one, shift in zip(values, seconds, strict=True):
            assert (one >= 0.999) if shift <= limit else (one < 0.6)
    elif (damage, key) not in EITHER:
        assert values == pytest.approx([BEST[key]] * len(values), abs=1e-3)


@pytest.mark.parametrize("key", KEYS)
def test_silence_is_worst(key: str) -> None:
    metric = METRICS[key]
    silent = estimate(metric, [()] * len(truths()), truths())
    worst = metric.bounds[0 if metric.better == "higher" else 1]
    if key == "count":
        worst = 5.0  # the acts of every clip with one source
    assert silent.value == worst


@pytest.mark.parametrize(
    ("key", "heard", "expected"),
    [
        ("hits", [1.0, 2.04, 3.2], 2 / 4),
        ("onset_f1", [1.0, 2.04, 3.2], 2 * 2 / (4 + 3)),
        ("onset_f1", [1.0, 1.01, 2.0], 2 * 2 / (4 + 3)),
        ("timing", [1.01, 2.03, 3.1], 30.0),
        ("timing", [1.0], 250.0),
        ("event_f1", [5.0, 6.0, 7.0], 2 * 3 / (4 + 3)),
        ("av_f1", [1.19, 2.0, 3.3], 2 * 2 / (4 + 3)),
        ("count", [1.0, 5.0], 2.0),
    ],
)
def test_values_of_four_barks(key: str, heard: list[float], expected: float) -> None:
    found = tuple(Detection("dog barking", t, t + 0.2, -6) for t in heard)
    assert value(METRICS[key], found, BARKS) == pytest.approx(expected, abs=0.01)


def test_acts_count_up_to_six_and_textures_once() -> None:
    many = Truth(events=(*(act("dog barking", 0.3 * k) for k in range(20)), act("raining", 1, 5, discrete=False)))
    seven = (*perfect(many)[:7], *perfect(many)[-1:])
    assert value(METRICS["event_f1"], seven, many) == 1
    assert value(METRICS["event_f1"], perfect(many)[:20], many) == pytest.approx(2 * 6 / (7 + 6))
    half = tuple(one for k, one in enumerate(perfect(many)) if k % 2 or one.name == "raining")
    # ten of twenty acts, at three tenths of six each, and the rain; heard are six and one
    assert value(METRICS["av_f1"], half, many) == pytest.approx(2 * (10 * 6 / 20 + 1) / (7 + 7))


def test_a_texture_is_at_its_time_if_half_of_either_is_of_both() -> None:
    rain = Truth(events=(act("raining", 1, 3, discrete=False), act("raining", 3, 5, discrete=False)))
    for start, end, expected in ((1.0, 5.0, 1.0), (1.0, 3.1, 1.0), (1.0, 2.9, 0.0), (0.0, 8.0, 1.0), (3.0, 8.0, 0.0)):
        heard = (Detection("raining", start, end, -6),)
        assert value(METRICS["av_f1"], heard, rain) == expected
        assert value(METRICS["event_f1"], heard, rain) == 1


def test_what_is_off_screen_and_not_performed_has_no_time() -> None:
    late = (Detection("dog barking", 7.0, 7.2, -6),)
    for more, expected in (({"on_screen": False}, 1.0), ({"on_screen": False, "performed": True}, 0.0)):
        both = Truth(events=(act("cat meowing", 1.0), act("dog barking", 2.0, **more)))
        heard = (*late, Detection("cat meowing", 1.0, 1.2, -6))
        assert value(METRICS["av_f1"], heard, both) == pytest.approx(0.5 + expected / 2)


def test_a_leak_takes_all_of_av_f1_and_music_that_nobody_asked_for_a_part_of_event_f1() -> None:
    strict = Truth(events=BARKS.events, forbidden=("cat meowing",))
    leaking = (*perfect(strict), Detection("cat meowing", 5, 5.2, -20))
    assert value(METRICS["av_f1"], leaking, strict) == 0
    assert value(METRICS["leak"], leaking, strict) == 1
    music = (*perfect(strict), Detection("music", 0, 8, -6))
    assert value(METRICS["event_f1"], music, strict) == pytest.approx(2 * 4 / (4 + 5))
    wanted = Truth(events=BARKS.events, music=MusicTruth(style="strings", level_db=-6))
    assert value(METRICS["event_f1"], perfect(BARKS), wanted) == pytest.approx(2 * 4 / (5 + 4))


def test_a_class_that_the_ear_does_not_know_is_named_and_left_out() -> None:
    odd = Truth(events=(*BARKS.events, act("bagpipes", 5.0)), forbidden=("theremin",))
    found = estimate(METRICS["event_f1"], [perfect(BARKS)], [odd])
    assert found.value == 1
    assert found.warnings == ("The ear does not know bagpipes, theremin, which are left out.",)
    near = Truth(events=(*BARKS.events, act("dog bark", 5.0)))
    (told,) = estimate(METRICS["event_f1"], [perfect(BARKS)], [near]).warnings
    assert told == "The ear does not know dog bark (did you mean dog barking?), which is left out."
    alone = Truth(events=(act("bagpipes", 5.0),))
    both = estimate(METRICS["event_f1"], [perfect(BARKS), perfect(BARKS)], [BARKS, alone])
    assert both.per_item is not None
    assert np.isnan(both.per_item).tolist() == [False, True]
    with pytest.raises(MetricError, match=r"^The ear does not know bagpipes, which is left out\.$"):
        estimate(METRICS["event_f1"], [()], [alone])


@pytest.mark.parametrize("key", KEYS)
def test_truth_without_events_has_no_score(key: str) -> None:
    with pytest.raises(MetricError, match=r"It is about clips .*, and there are none"):
        estimate(METRICS[key], [perfect(BARKS)], [Truth()])


def test_clips_without_a_score_are_told() -> None:
    found = estimate(METRICS["hits"], [perfect(BARKS)] * 2, [BARKS, Truth(events=(act("raining", 1, discrete=False),))])
    assert found.n == 1
    assert found.warnings == (
        "It is about clips in which all that sounds are single acts that the picture shows: 1 of 2.",
    )


def test_a_clip_shorter_than_its_truth_lacks_what_it_does_not_reach_and_a_window_cuts_the_truth() -> None:
    half = tuple(one for one in perfect(BARKS) if one.end <= 2.5)
    assert value(METRICS["hits"], half, BARKS) == 0.5
    short = BARKS.until(2.1)
    assert [event.end for event in short.events] == [1.2, 2.1]
    assert value(METRICS["hits"], half, short) == 1
    assert BARKS.until(4.2) is BARKS


@pytest.mark.parametrize("shape", [(1, 4), (1, 64, 3), (2, 64, 4)])
def test_events_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(MetricError, match="have the shape"):
        METRICS["event_f1"].compute(Tags(np.zeros(shape), NAMES), [BARKS])
    with pytest.raises(MetricError, match="have the shape"):
        METRICS["hits"].compute(np.zeros(shape), [BARKS])


def test_pairs_are_those_of_mir_eval_and_nearest() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        true, found = (np.unique(np.round(rng.uniform(0, 3, rng.integers(1, 20)), 2)) for _ in range(2))
        precision, recall = (matched(true, found, 0.05) / len(one) for one in (found, true))
        theirs = mir_eval.onset.f_measure(true, found, window=0.05 + 1e-5)
        assert (precision, recall) == pytest.approx(theirs[1:])
        off = errors(true, found, 0.25)
        assert len(off) == matched(true, found, 0.25)
        assert off.max(initial=0) <= 0.25 + 1e-5
    assert errors(np.array([1.0, 1.1]), np.array([1.08, 1.2]), 0.25).tolist() == pytest.approx([0.08, 0.1])
    assert overlap([(0, 2), (1, 3)], [(2, 4)]) == pytest.approx(1 / 4)
    assert overlap([], []) == 0


def test_all_metrics_of_384_clips_take_less_than_five_seconds() -> None:
    many = [truths()[k % len(truths())] for k in range(384)]
    heard = [perfect(truth) for truth in many]
    began = time.process_time()
    for key in KEYS:
        estimate(METRICS[key], heard, many)
    assert time.process_time() - began < 5

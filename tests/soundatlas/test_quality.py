"""The handoff's worth, on pairs whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from vggsound_omni.soundatlas.drafts import Draft, Event
from vggsound_omni.soundatlas.quality import (
    Caption,
    Known,
    Pair,
    counted,
    curve,
    f1,
    named,
    ordered,
    quality,
    specificity,
)
from vggsound_omni.suites.suite import SoundEvent, Truth

TRUTH = frozenset({"dog barking", "raining"})
GOOD, BAD = TRUTH, frozenset({"thunder"})


def pairs(informed: bool) -> list[Pair]:
    """Half of the juniors are wrong; the score knows which, or is a lot."""
    rng = np.random.default_rng(0)
    wrong = rng.permutation([True, False] * 100)
    score = np.where(wrong, 0.2, 0.8) if informed else np.full(200, 0.5)
    noise = rng.normal(0, 0.05, 200)
    return [
        Pair(truth=TRUTH, junior=BAD if w else GOOD, senior=GOOD, junior_cost=1.0, senior_cost=9.0, score=float(s + n))
        for w, s, n in zip(wrong, score, noise, strict=True)
    ]


def test_f1_of_named_sources() -> None:
    assert f1(GOOD, TRUTH) == 1
    assert f1(BAD, TRUTH) == f1(named(None), TRUTH) == 0
    assert f1(frozenset({"raining"}), TRUTH) == pytest.approx(2 / 3)
    assert f1(named(None), frozenset()) == 1


def test_a_score_that_knows_beats_the_lot_and_one_that_does_not_does_not() -> None:
    _, half, all_of_them = curve(pairs(informed=True), (0.0, 0.5, 1.0))
    assert (half.escalated, half.f1, half.cost) == (0.5, 1.0, 5.5)
    assert half.random_f1 == pytest.approx(0.75)
    assert half.gain[0] == pytest.approx(0.25)
    assert half.gain[1] > 0.2
    assert all_of_them.gain == pytest.approx((0, 0, 0))
    (lot,) = curve(pairs(informed=False), (0.5,))
    assert lot.gain[1] < 0 < lot.gain[2]


KNOWN = Known.of(
    Truth(
        events=(
            SoundEvent(sound_class="dog barking", onset=0.5, end=0.7),
            SoundEvent(sound_class="raining", onset=1.2, end=8.0, discrete=False),
            SoundEvent(sound_class="dog barking", onset=2.0, end=2.2),
            SoundEvent(sound_class="thunder", onset=1.4, end=3.0),
        )
    )
)


def draft(*events: Event) -> Draft:
    return Draft(events=events, sentence="x")


def test_counts_and_order_are_against_truth() -> None:
    assert KNOWN.counts == {"dog barking": 2, "thunder": 1}, "rain is not counted"
    right = draft(
        Event(what="dog barking", times=2, start=0.4),
        Event(what="raining", start=1.0),
        Event(what="thunder", times=3, start=1.5),
    )
    assert counted(right, KNOWN) == (1, 2)
    assert ordered(right, KNOWN) == (2, 2), "rain and thunder begin too close together to have an order"
    assert ordered(draft(Event(what="raining", start=0.0), Event(what="dog barking", start=1.0)), KNOWN) == (0, 2)
    twice = draft(Event(what="dog barking", times=1), Event(what="dog barking", times=1))
    assert counted(twice, KNOWN) == (1, 2)
    assert ordered(twice, KNOWN) == (0, 2)


def test_specific_captions_fit_no_other_clip() -> None:
    truths = [frozenset({name}) for name in "abcd"]
    assert specificity(truths, truths) == 1
    assert specificity([frozenset("abcd")] * 4, truths) == 0.5
    assert specificity(truths[1:] + truths[:1], truths) == pytest.approx(1 / 3)


def test_quality_is_that_of_the_captions_kept() -> None:
    good = Caption(draft=draft(*(Event(what=name) for name in KNOWN.classes)), cost=1.0)
    found = quality([good, Caption(draft=None, cost=3.0)], [KNOWN, KNOWN])
    assert (found.kept, found.cost, found.precision, found.recall, found.f1) == (0.5, 2.0, 1.0, 1.0, 1.0)
    assert (found.counts, found.order) == (0.0, 0.0)
    with pytest.raises(ValueError, match="there is none"):
        quality([Caption(draft=None, cost=0.0)], [KNOWN])

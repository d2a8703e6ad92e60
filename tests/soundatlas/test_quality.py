"""The handoff's worth, on pairs whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from vggsound_omni.soundatlas.quality import Pair, curve, f1, named

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

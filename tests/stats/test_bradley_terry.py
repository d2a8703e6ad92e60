"""Strengths from paired comparisons: against closed forms, and against what was planted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vggsound_omni.stats.bradley_terry import Comparisons, chances, strengths, win_share


def comparisons(rows: list[tuple[int, int, int]], **more: Any) -> Comparisons:
    """Rows of left, right, outcome; every answer is of a listener and an item of its own."""
    left, right, outcome = np.array(rows).T
    alone = np.arange(len(rows))
    fields: dict[str, Any] = {"systems": int(max(left.max(), right.max())) + 1, "listener": alone, "item": alone}
    return Comparisons(left=left, right=right, outcome=outcome, **(fields | more))


def test_two_systems_without_ties_differ_by_the_log_odds_of_their_wins() -> None:
    half = [(0, 1, 1)] * 300 + [(0, 1, -1)] * 100
    found = strengths(comparisons([*half, *((1, 0, -outcome) for _, _, outcome in half)]))
    difference, error = found.difference(0, 1)
    assert difference == pytest.approx(np.log(3), rel=0.002)  # the prior takes a little
    assert error == pytest.approx(np.sqrt(1 / 600 + 1 / 200), rel=0.01)  # of log-odds, by the delta method
    assert found.bias == pytest.approx(0, abs=1e-6)


def test_ties_among_equals_are_as_often_as_the_model_says() -> None:
    rows = [(0, 1, outcome) for outcome in [1] * 200 + [0] * 400 + [-1] * 200]
    found = strengths(comparisons(rows))
    assert chances(np.zeros(1), found.tie)[0] == pytest.approx([0.25, 0.5, 0.25], abs=0.001)
    assert win_share(0.0, found.tie) == pytest.approx(0.5)


def test_a_preference_for_the_left_is_no_strength() -> None:
    rows = [(0, 1, 1)] * 70 + [(0, 1, -1)] * 30 + [(1, 0, 1)] * 70 + [(1, 0, -1)] * 30
    found = strengths(comparisons(rows))
    assert found.difference(0, 1)[0] == pytest.approx(0, abs=1e-6)
    assert found.bias == pytest.approx(np.log(7 / 3), rel=0.02)


def test_strengths_do_not_depend_on_which_side_is_called_left() -> None:
    rng = np.random.default_rng(0)
    rows = [(a, b, int(rng.choice([1, 1, 0, -1]))) for a, b in [(0, 1), (1, 2), (2, 0)] * 40]
    one, other = strengths(comparisons(rows)), strengths(comparisons([(b, a, -o) for a, b, o in rows]))
    np.testing.assert_allclose(one.strength, other.strength, atol=1e-8)
    np.testing.assert_allclose(one.covariances, other.covariances, atol=1e-8)
    assert one.bias == pytest.approx(-other.bias)


def test_one_that_never_loses_has_a_finite_strength() -> None:
    found = strengths(comparisons([(0, 1, 1), (1, 0, -1)] * 50))
    assert np.isfinite(found.strength).all()
    assert found.difference(0, 1)[0] > 3


def test_answers_given_twice_by_the_same_listener_on_the_same_item_make_nothing_more_certain() -> None:
    rng = np.random.default_rng(1)
    rows = [(0, 1, int(outcome)) for outcome in rng.choice([1, 1, 0, -1], 200)]
    who, what = np.arange(200) % 20, np.arange(200) % 25
    once = strengths(comparisons(rows, listener=who, item=what))
    twice = strengths(comparisons(rows * 2, listener=np.tile(who, 2), item=np.tile(what, 2)))
    independent = strengths(comparisons(rows * 2))
    assert twice.difference(0, 1)[1] == pytest.approx(once.difference(0, 1)[1], rel=0.02)
    assert independent.difference(0, 1)[1] < 0.8 * once.difference(0, 1)[1]


def test_nothing_to_fit_is_refused() -> None:
    nothing = np.zeros(0, np.int64)
    with pytest.raises(ValueError, match="two systems"):
        strengths(Comparisons(systems=2, left=nothing, right=nothing, outcome=nothing, listener=nothing, item=nothing))

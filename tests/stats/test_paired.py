"""Tests of paired differences against enumeration by hand, other programs and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vggsound_omni.stats import paired

RNG = np.random.default_rng
differences = st.lists(st.integers(-20, 20), min_size=1, max_size=10).map(lambda d: np.array(d, float))
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12).map(np.array)


def flip(d: list[float] | np.ndarray) -> float:
    return float(paired.sign_flip(np.asarray(d, float)[:, None], RNG(0))[0])


def test_few_items_are_tested_exactly() -> None:
    assert flip([1, 2, 3]) == 2 / 8  # only +++ and --- are as far out
    assert flip([1, 2, -3]) == 1.0
    assert flip([-1, 2, 3]) == 4 / 8
    assert flip([5]) == 1.0, "one item says nothing"
    assert flip([0, 0, 0]) == 1.0


@settings(deadline=None)
@given(differences, st.sampled_from([-1.0, 1e-9, 3.0, 1e9]))
def test_neither_unit_nor_order_of_systems_nor_equal_items_matter(d: np.ndarray, scale: float) -> None:
    assert flip(d * scale) == flip(d)
    assert flip([*d, 0.0]) == flip(d)


def test_random_patterns_agree_with_all_patterns() -> None:
    for seed in range(5):
        d = RNG(seed).normal(0.5, 1, paired.EXACT)
        exact, drawn = flip(d), flip([*d, 0.0])  # one item more and patterns are drawn
        assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact / paired.DRAWS) + 1e-4)


def test_the_number_of_draws_does_not_stop_small_p_values_and_the_bound_is_one() -> None:
    for items in (40, 60, 200):
        p, exact = flip(np.ones(items)), 2.0 ** (1 - items)
        assert exact <= p < 1 / (paired.DRAWS + 1) / 100


def test_hypotheses_on_the_same_items_are_tested_as_if_alone() -> None:
    d = RNG(0).normal(0.2, 1, (50, 3))
    together = paired.sign_flip(d, RNG(1))
    assert together == pytest.approx([paired.sign_flip(column[:, None], RNG(1))[0] for column in d.T])


@pytest.mark.parametrize("items", [5, 14, 15, 60, 500])
def test_wilcoxon_agrees_with_scipy(items: int) -> None:
    d = RNG(items).normal(0.3, 1, items)
    exact = items <= paired.EXACT
    theirs = stats.wilcoxon(d, method="exact" if exact else "approx", correction=False).pvalue
    assert paired.wilcoxon(d) == pytest.approx(theirs, rel=1e-12)


def test_wilcoxon_with_ties_and_zeros_is_exact_where_others_approximate() -> None:
    assert paired.wilcoxon(np.array([1.0, 1.0, 1.0])) == 2 / 8
    assert paired.wilcoxon(np.array([1.0, 1.0, -1.0])) == 1.0
    # |d| = 0, 1, 2 have ranks 1, 2, 3 and the zero counts for neither side: sums 5, 1, -1, -5.
    assert paired.wilcoxon(np.array([0.0, 1.0, 2.0])) == 2 / 4
    tied = np.repeat([1.0, 2.0, -1.0, 0.0], 20)
    assert paired.wilcoxon(tied) == pytest.approx(
        stats.wilcoxon(tied, zero_method="pratt", method="approx").pvalue, rel=1e-12
    )


def test_holm_of_the_textbook() -> None:
    assert paired.holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@settings(deadline=None)
@given(p_values)
def test_holm_rejects_what_its_steps_reject(p: np.ndarray) -> None:
    adjusted, rejected, order = paired.holm(p), set(), np.argsort(p, kind="stable")
    for step, index in enumerate(order):
        if p[index] * (len(p) - step) > 0.05:
            break
        rejected.add(int(index))
    assert set(np.flatnonzero(adjusted <= 0.05)) == rejected
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(p * len(p), 1)).all()
    assert (np.diff(adjusted[order]) >= 0).all()


@settings(deadline=None)
@given(differences)
def test_effects_turn_with_the_order_of_systems(d: np.ndarray) -> None:
    assert paired.rank_biserial(-d) == pytest.approx(-paired.rank_biserial(d))
    assert paired.share_higher(-d) == pytest.approx(1 - paired.share_higher(d))
    one, other = paired.standardised(d), paired.standardised(-d)
    assert (one is None) == (other is None) == (np.ptp(d) == 0)
    if one is not None and other is not None:
        assert one == pytest.approx(-other)


def test_effects_of_a_clear_and_of_no_difference() -> None:
    assert (paired.rank_biserial(np.array([1.0, 2.0])), paired.share_higher(np.array([1.0, 2.0]))) == (1.0, 1.0)
    assert (paired.rank_biserial(np.zeros(3)), paired.share_higher(np.zeros(3))) == (0.0, 0.5)
    assert paired.standardised(np.array([1.0, 3.0])) == pytest.approx(2 / np.sqrt(2))
    # Ranks 1, 2, 3 with the smallest against: (5 - 1) / 6.
    assert paired.rank_biserial(np.array([-1.0, 5.0, 9.0])) == pytest.approx(4 / 6)

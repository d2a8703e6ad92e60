"""Paired differences: interval, p-value and finding never contradict, and errors are as rare as said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from vggsound_omni.stats import paired
from vggsound_omni.stats.paired import LEVEL, Contributions, Differences, differences

RNG = np.random.default_rng
KINDS = ("normal", "heavy", "skewed", "steps", "constant")


def system(numbers: np.ndarray, *, first: int = 0, **changes: Any) -> Contributions:
    """A system that has the items from number ``first`` on."""
    ids = tuple(f"i{k:04}" for k in range(first, first + len(numbers)))
    return Contributions(ids=ids, numbers=np.asarray(numbers, float), **changes)


def pair(one: np.ndarray, other: np.ndarray | None = None, **changes: Any) -> Differences:
    return differences([system(one, **changes), system(np.zeros(len(one)) if other is None else other)])


def noise(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    return {
        "normal": rng.normal(size=n),
        "heavy": rng.standard_t(2, n),
        "skewed": rng.lognormal(0, 1.5, n),
        "steps": rng.choice([0.0, 0.0, 0.2, 1.0], n),
        "constant": np.full(n, rng.choice([0.0, 0.3])),
    }[kind]


@st.composite
def tables(draw: st.DrawFn) -> Differences:
    """Any few systems on one metric, with missing items, biases and a floor."""
    rng = RNG(draw(st.integers(0, 2**32)))
    members = []
    for _ in range(draw(st.integers(2, 5))):
        numbers = noise(draw(st.sampled_from(KINDS)), draw(st.integers(2, 90)), rng)
        scale, shift = draw(st.sampled_from([1e-6, 1.0, 1e6])), draw(st.sampled_from([0.0, 0.1, 0.5, 3.0]))
        bias, uncertain = (draw(st.sampled_from([0.0, 0.2, 1.0])) * scale for _ in range(2))
        first = draw(st.integers(0, 10))
        members.append(system(scale * (numbers + shift), first=first, bias=bias, uncertain=uncertain))
    tests = draw(st.sampled_from([None, 500]))
    return differences(members, floor=draw(st.sampled_from([None, 0.0])), tests=tests)


@settings(deadline=None, max_examples=150)
@given(tables())
def test_interval_p_value_and_finding_never_contradict(found: Differences) -> None:
    low, high = found.limits()
    decided = found.decided
    assert (np.isnan(low) == ~decided).all()
    assert (np.isnan(high) == ~decided).all()
    assert not (found.apart & ~decided).any()
    outside = (low > 0) | (high < 0)
    sure = np.abs(found.p_adjusted - LEVEL) > 1e-9
    assert (found.apart == outside)[decided & sure].all()
    assert ((low <= found.difference) & (found.difference <= high))[decided].all()
    assert ((low <= found.raw) & (found.raw <= high))[decided].all()
    assert (np.sign(found.difference) == np.sign(found.raw))[found.apart].all(), "with the bias and without it"
    assert (np.abs(found.difference) > found.uncertain)[found.apart].all()
    narrow, wide = found.limits(2 * LEVEL)
    assert ((low <= narrow) & (wide <= high))[decided].all()


@settings(deadline=None)
@given(st.sampled_from(KINDS), st.integers(20, 60), st.sampled_from([-1.0, 1e-9, 3.0, 1e9]), st.integers(0, 99))
def test_neither_unit_nor_order_of_systems_matters(kind: str, n: int, scale: float, seed: int) -> None:
    d = noise(kind, n, RNG(seed)) + 0.2
    one, other = pair(d), pair(scale * d)
    assert other.p_value == pytest.approx(one.p_value)
    ends = sorted(scale * end[0] for end in one.limits())
    assert [end[0] for end in other.limits()] == pytest.approx(ends, nan_ok=True)
    turned = differences([system(np.zeros(n)), system(d)])
    assert turned.limits()[0] == pytest.approx(-one.limits()[1], nan_ok=True)


@pytest.mark.parametrize("n", [20, 61, 400])
def test_symmetric_differences_have_students_test_and_interval(n: int) -> None:
    half = RNG(n).normal(0.0, 1.0, n // 2)
    d = np.concatenate([half, -half, np.zeros(n % 2)]) + 0.4
    found, theirs = pair(d), stats.ttest_1samp(d, 0.0)
    # The skewness is 0, so both tests are Student's.
    assert found.p_value[0] == pytest.approx(theirs.pvalue, rel=1e-6)
    assert [end[0] for end in found.limits()] == pytest.approx(list(theirs.confidence_interval(0.95)), rel=1e-6)


def test_only_common_items_count() -> None:
    rng = RNG(0)
    one, other = rng.normal(1, 1, 50), rng.normal(0, 1, 60)
    found = differences([system(one), system(other, first=10)])
    alone = pair(one[10:], other[:40])
    assert found.n[0] == 40
    assert found.difference == pytest.approx(alone.difference)
    assert found.limits()[0] == pytest.approx(alone.limits()[0])


def test_too_few_items_show_nothing_and_a_few_extreme_ones_decide_nothing() -> None:
    assert pair(np.ones(19)).few[0]
    assert pair(np.ones(20)).apart[0]
    assert pair(np.ones(20)).p_value[0] == 2.0**-19, "no less than all signs being equal by chance"
    assert differences([system(np.ones(20)), system(np.zeros(20))], tests=10**6).few[0]
    extreme = np.concatenate([RNG(0).normal(0.5, 0.1, 40), [900.0]])
    found = pair(extreme)
    assert found.lopsided[0]
    assert not found.apart[0]


def test_what_only_the_bias_shows_or_hides_is_no_finding() -> None:
    d = RNG(0).normal(0, 1, 100)
    assert pair(d - d.mean() + 5).apart[0]
    assert not pair(d - d.mean() + 5, bias=5.0).apart[0], "without its bias the value is that of the other"
    assert not pair(d - d.mean(), bias=5.0).apart[0]
    assert not pair(d - d.mean() + 5, bias=10.0).apart[0], "opposite signs"
    assert not pair(d - d.mean() + 5, uncertain=4.9).apart[0]
    assert pair(d - d.mean() + 5, uncertain=4.5).apart[0]


def test_a_distance_below_its_floor_is_not_better_than_at_it() -> None:
    d = np.linspace(-1, 1, 50)
    members = [system(94 + d), system(0.01 * d), system(-80 + d)]
    assert differences(members).higher().sum() == 3
    higher = differences(members, floor=0.0).higher()
    assert higher[0].tolist() == [False, True, True]
    assert not higher[1, 2]


def test_the_level_is_shared_by_all_pairs() -> None:
    rng = RNG(1)
    shared = rng.normal(size=60)
    members = [system(shared + rng.normal(0, 1, 60)) for _ in range(5)]
    found = differences(members)
    assert found.tests == 10
    assert found.p_adjusted == pytest.approx(np.minimum(10 * found.p_value, 1))
    one = differences(members[:2], tests=10)
    assert one.limits()[0][0] == pytest.approx(found.limits()[0][0])


def wrong(draws: int, make: object, n: int) -> int:
    assert callable(make)
    return sum(bool(differences([system(x) for x in make(n)]).apart.any()) for _ in range(draws))


def test_equal_systems_differ_in_at_most_five_of_a_hundred_tables() -> None:
    rng = RNG(0)

    def twelve(n: int) -> list[np.ndarray]:
        items = rng.exponential(3, n)
        return [items + rng.exponential(1, n) for _ in range(12)]

    # Within chance: 99 % of tables of a true 5 % have fewer.
    assert 0 < wrong(200, twelve, 100) <= 18


@pytest.mark.parametrize("n", [24, 50, 200])
def test_skewed_differences_without_a_mean_are_found_as_rarely_as_said(n: int) -> None:
    """A log-normal score against its mean: Student's test and sign flips find 7 to 14 % here."""
    rng = RNG(n)
    found = wrong(600, lambda n: [rng.lognormal(0, 1, n), np.full(n, np.exp(0.5))], n)
    assert 0 < found <= 0.05 * 600 + 3 * np.sqrt(0.05 * 0.95 * 600)


def test_it_finds_what_students_test_finds() -> None:
    rng = RNG(0)
    made = [rng.normal(0.3, 1, 100) for _ in range(300)]
    ours = np.mean([pair(d).apart[0] for d in made])
    theirs = float(np.mean([stats.ttest_1samp(d, 0).pvalue <= LEVEL for d in made]))
    assert theirs - 0.05 < ours <= theirs


@pytest.mark.parametrize("items", [20, 60, 500])
def test_wilcoxon_agrees_with_scipy(items: int) -> None:
    d = RNG(items).normal(0.3, 1, items)
    theirs = stats.wilcoxon(d, method="approx", correction=False).pvalue
    assert paired.wilcoxon(d) == pytest.approx(theirs, rel=1e-12)


def test_wilcoxon_keeps_zeros_as_pratt_does() -> None:
    tied = np.repeat([1.0, 2.0, -1.0, 0.0], 20)
    theirs = stats.wilcoxon(tied, zero_method="pratt", method="approx").pvalue
    assert paired.wilcoxon(tied) == pytest.approx(theirs, rel=1e-12)
    assert paired.wilcoxon(np.zeros(5)) == 1.0


few = st.lists(st.integers(-20, 20), min_size=1, max_size=10).map(lambda d: np.array(d, float))


@settings(deadline=None)
@given(few)
def test_effects_turn_with_the_order_of_systems(d: np.ndarray) -> None:
    assert paired.rank_biserial(-d) == pytest.approx(-paired.rank_biserial(d))
    assert paired.share_higher(-d) == pytest.approx(1 - paired.share_higher(d))


def test_effects_of_a_clear_and_of_no_difference() -> None:
    assert (paired.rank_biserial(np.array([1.0, 2.0])), paired.share_higher(np.array([1.0, 2.0]))) == (1.0, 1.0)
    assert (paired.rank_biserial(np.zeros(3)), paired.share_higher(np.zeros(3))) == (0.0, 0.5)
    # Ranks 1, 2, 3 with the smallest against: (5 - 1) / 6.
    assert paired.rank_biserial(np.array([-1.0, 5.0, 9.0])) == pytest.approx(4 / 6)

"""Intervals hold the truth as often as they say, and agree with the bootstrap."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from vggsound_omni.metrics import Estimate, frechet, inception, kad, mean_of_clips
from vggsound_omni.metrics.gaussian import distance_of_rows
from vggsound_omni.stats.intervals import by_influence, by_two_influences, of_mean, of_shares, standard_error, within

F64 = NDArray[np.float64]
Pair = tuple[F64, F64]


def pair(rng: np.random.Generator, n: int, d: int, *, shift: float = 0.5, scale: float = 1.3) -> Pair:
    """References of unit variance in d dimensions and a set that is shifted along the first and wider in all."""
    x = rng.standard_normal((n, d))
    y = scale * (0.5 * x + 0.75**0.5 * rng.standard_normal((n, d)))
    y[:, 0] += shift
    return x, y


def truth(d: int, *, shift: float = 0.5, scale: float = 1.3) -> float:
    """Fréchet distance of the two Gaussians that :func:`pair` draws from."""
    return shift**2 + d * (scale - 1) ** 2


def held(estimates: list[Estimate], at: float) -> float:
    return float(np.mean([e.interval is not None and e.interval[0] <= at <= e.interval[1] for e in estimates]))


def test_without_skewness_the_interval_is_students() -> None:
    scores = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    expected = stats.t.interval(0.95, 4, loc=3, scale=stats.sem(scores))
    assert mean_of_clips(scores).interval == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40), st.floats(-100, 100), st.floats(0.1, 100))
def test_intervals_move_and_stretch_with_the_scores(scores: list[float], shift: float, factor: float) -> None:
    values = np.array(scores)
    if np.ptp(values) < 1e-3:
        return
    low, high = mean_of_clips(values).interval or (np.nan, np.nan)
    assert low <= values.mean() <= high
    moved = mean_of_clips(factor * values + shift).interval
    assert moved == pytest.approx((factor * low + shift, factor * high + shift), rel=1e-6, abs=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(5, 60))
def test_mirrored_scores_have_the_mirrored_interval(seed: int, n: int) -> None:
    scores = np.random.default_rng(seed).exponential(size=n)
    low, high = mean_of_clips(scores).interval or (np.nan, np.nan)
    assert mean_of_clips(-scores).interval == pytest.approx((-high, -low), rel=1e-9)


def test_two_independent_sets_add_their_variances() -> None:
    one, other = np.random.default_rng(0).standard_normal((2, 50))
    low, high = by_two_influences(1.0, one - one.mean(), other - other.mean())
    test = stats.ttest_ind(one, other, equal_var=False).confidence_interval()
    assert high - low == pytest.approx(test.high - test.low, rel=1e-9)


@pytest.mark.parametrize("draw", [np.random.Generator.standard_normal, np.random.Generator.standard_exponential])
def test_means_are_held_in_95_of_100_draws(draw: Callable[[np.random.Generator, int], F64]) -> None:
    rng = np.random.default_rng(1)
    estimates = [mean_of_clips(draw(rng, 60)) for _ in range(1500)]
    expected = 1.0 if draw is np.random.Generator.standard_exponential else 0.0
    assert 0.93 <= held(estimates, expected) <= 0.97


def test_skewed_means_are_held_more_often_than_by_student() -> None:
    rng = np.random.default_rng(2)
    draws = [rng.lognormal(size=60) for _ in range(800)]
    ours = held([mean_of_clips(scores) for scores in draws], np.exp(0.5))
    students = np.mean(
        [abs(scores.mean() - np.exp(0.5)) <= stats.t.ppf(0.975, 59) * stats.sem(scores) for scores in draws]
    )
    assert ours > students + 0.01


@pytest.mark.parametrize(("n", "d"), [(400, 16), (200, 16)])
def test_the_distance_of_two_known_gaussians_is_held(n: int, d: int) -> None:
    rng = np.random.default_rng(3)
    estimates = [frechet.evaluate(*pair(rng, n, d)) for _ in range(150)]
    assert 0.89 <= held(estimates, truth(d)) <= 0.99  # 95 % of 150 draws are 89 to 99 in all but one of 1,000 cases


@pytest.mark.parametrize(("n", "d"), [(100, 4), (400, 16)])
def test_the_bias_given_is_what_few_clips_add(n: int, d: int) -> None:
    rng = np.random.default_rng(4)
    estimates = [frechet.evaluate(*pair(rng, n, d)) for _ in range(100)]
    error = np.std([e.value for e in estimates]) / len(estimates) ** 0.5
    added = np.mean([e.value for e in estimates]) - truth(d)
    given_ = np.mean([e.bias or 0.0 for e in estimates])
    assert given_ == pytest.approx(added, abs=3 * error + 0.15 * added)


def bootstrapped(score: Callable[[NDArray[np.int64]], float], n: int, draws: int, seed: int) -> float:
    """Standard deviation of a score over sets of clips drawn with replacement."""
    rng = np.random.default_rng(seed)
    return float(np.std([score(rng.integers(n, size=n)) for _ in range(draws)]))


def test_a_bootstrap_of_20000_draws_agrees_on_fd() -> None:
    n = 300
    x, y = pair(np.random.default_rng(5), n, 4)
    estimate = frechet.evaluate(x, y)
    assert estimate.influence is not None
    spread = bootstrapped(lambda clips: distance_of_rows(x[clips], y[clips]), n, 20_000, 6)
    assert standard_error(estimate.influence) == pytest.approx(spread, rel=0.1)


def test_a_bootstrap_agrees_on_fad_whose_rows_are_patches() -> None:
    rng = np.random.default_rng(7)
    n = 300
    x, y = (z[:, None] + 0.5 * rng.standard_normal((n, 3, 4)) for z in pair(rng, n, 4))
    estimate = frechet.evaluate(x, y)
    assert estimate.influence is not None

    def score(clips: NDArray[np.int64]) -> float:
        return distance_of_rows(x[clips].reshape(-1, 4), y[clips].reshape(-1, 4))

    assert standard_error(estimate.influence) == pytest.approx(bootstrapped(score, n, 3000, 8), rel=0.1)


def test_a_bootstrap_agrees_on_kad() -> None:
    n = 120
    x, y = pair(np.random.default_rng(9), n, 4, shift=1.0)
    estimate = kad.evaluate(x, y)
    assert estimate.influence is not None
    width = estimate.facts["bandwidth"]
    xx, yy, xy = (
        np.exp(-np.square(a[:, None] - b[None]).sum(-1) / (2 * width**2)) for a, b in ((x, x), (y, y), (x, y))
    )

    def score(clips: NDArray[np.int64]) -> float:
        """Without pairs of a clip with itself, of which a draw with replacement has more."""
        rows, columns = np.meshgrid(clips, clips, indexing="ij")
        others = rows != columns
        return 100 * float(
            xx[rows, columns][others].mean() + yy[rows, columns][others].mean() - 2 * xy[rows, columns].mean()
        )

    assert standard_error(estimate.influence) == pytest.approx(bootstrapped(score, n, 2000, 10), rel=0.15)


def test_a_bootstrap_agrees_on_is() -> None:
    rng = np.random.default_rng(11)
    logits = 6 * np.eye(8)[rng.choice(8, 400, p=np.arange(1, 9) / 36)] + rng.standard_normal((400, 8))
    part = inception.scored(logits)
    spread = bootstrapped(lambda clips: inception.score(logits[clips]), 400, 3000, 12)
    assert standard_error(part.influence) == pytest.approx(spread, rel=0.15)


def test_the_bias_is_taken_off_the_interval_and_left_in_the_value() -> None:
    influence = np.array([-1.0, 1.0, -1.0, 1.0])
    low, high = by_influence(5.0, influence, bias=2.0)
    assert (low + high) / 2 == pytest.approx(3.0)


def heavy(rng: np.random.Generator, n: int, patches: int, *, correlation: float, shift: float) -> Pair:
    """Two sets of clips of patches in 32 dimensions, each clip stretched by a factor of its own (t, 8 degrees)."""
    sides = [rng.standard_normal((n, patches, 32)) + rng.standard_normal((n, 1, 32)) for _ in "xy"]
    sizes = [np.sqrt(6 / rng.chisquare(8, n))[:, None, None] for _ in "xy"]
    x = sides[0] * sizes[0]
    y = (correlation * sides[0] + (1 - correlation**2) ** 0.5 * sides[1]) * sizes[0 if correlation else 1]
    y[..., 0] += shift
    return x, y


def doubts(estimate: Estimate) -> bool:
    return any("by more than we can correct" in text for text in estimate.warnings)


@pytest.mark.parametrize(("correlation", "shift"), [(0.5, 0.4), (0.0, 0.0)])
@pytest.mark.parametrize("patches", [1, 4])
def test_where_few_heavy_tailed_clips_mislead_a_frechet_distance_nothing_is_claimed(
    patches: int, correlation: float, shift: float
) -> None:
    """At 40 clips in 32 dimensions it has no estimate or a warning."""
    rng = np.random.default_rng(13)
    found = [frechet.evaluate(*heavy(rng, 40, patches, correlation=correlation, shift=shift)) for _ in range(60)]
    assert np.mean([bool(e.no_estimate) or doubts(e) for e in found]) > 0.9


def test_many_clips_are_not_warned_of() -> None:
    rng = np.random.default_rng(14)
    found = [frechet.evaluate(*heavy(rng, 1500, 2, correlation=0.5, shift=0.4)) for _ in range(5)]
    assert not any(doubts(e) for e in found)


@pytest.mark.parametrize(("n", "warned"), [(20, True), (80, True), (6000, False)])
def test_inception_scores_of_few_clips_are_warned_of(n: int, warned: bool) -> None:
    rng = np.random.default_rng(15)
    logits = 4 * np.eye(8)[rng.integers(0, 8, n)] + rng.standard_normal((n, 8))
    assert doubts(inception.evaluate(logits)) == warned


def test_the_bias_of_is_is_what_few_clips_lack() -> None:
    rng = np.random.default_rng(16)

    def drawn(n: int) -> F64:
        return 4 * np.eye(8)[rng.integers(0, 8, n)] + rng.standard_normal((n, 8))

    truth_of_is = inception.score(drawn(100_000))
    found = [inception.evaluate(drawn(60)) for _ in range(200)]
    values, estimates = np.array([(e.value, e.estimate) for e in found]).T
    error = values.std() / len(found) ** 0.5
    assert values.mean() < truth_of_is - 5 * error
    assert estimates.mean() == pytest.approx(truth_of_is, abs=3 * error)


def test_shares_have_wilsons_interval_as_scipy_gives_it_and_never_leave_0_to_1() -> None:
    for count, n in ((8, 10), (0, 10), (10, 10), (50, 384), (1, 2)):
        theirs = stats.binomtest(count, n).proportion_ci(method="wilson")
        assert of_shares(count / n, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_the_interval_of_a_mean_is_cut_at_its_range_and_nowhere_else() -> None:
    errors = np.array([0.0, 1.0] * 5)  # acts too many; Student's begins at 0.12 for n = 10, below 0 for few that err
    rare = np.array([0.0] * 5 + [3.0])
    assert of_mean(errors, bounds=(0.0, 12.0)) == of_mean(errors)
    low, high = of_mean(rare)
    assert low < 0
    assert of_mean(rare, bounds=(0.0, 12.0)) == (0.0, high)
    assert of_mean(3 - rare, bounds=(None, 3.0)) == pytest.approx((3 - high, 3.0))
    assert within((0.9, 1.1), 1 + 1e-9, (0.0, 1.0)) == (0.9, 1 + 1e-9), "it holds the estimate"


def test_intervals_of_shares_hold_the_truth_where_students_does_not() -> None:
    rng = np.random.default_rng(0)
    for truth, n in ((0.05, 30), (0.5, 12), (0.97, 60)):
        held = [low <= truth <= high for low, high in (of_shares(rng.binomial(n, truth) / n, n) for _ in range(2000))]
        assert 0.925 <= np.mean(held) <= 0.985

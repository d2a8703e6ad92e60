"""Mean scores by the mixed model."""

from __future__ import annotations

import numpy as np
import pytest

from vggsound_omni.listening.people import Population, scored_study
from vggsound_omni.stats.intervals import F64
from vggsound_omni.stats.opinion import Scores, mean_scores


def test_without_effects_it_is_the_plain_mean() -> None:
    """A balanced table with no variance of listeners or items beyond that of noise."""
    rng = np.random.default_rng(0)
    system, listener, item = np.repeat([0, 1], 50), np.tile(np.arange(10), 10), np.tile(np.repeat(np.arange(5), 10), 2)
    data = Scores(systems=2, system=system, score=rng.normal(3 + system, 1.0), listener=listener, item=item)
    found = mean_scores(data)
    y = data.rescaled()
    assert found.mean == pytest.approx([y[system == 0].mean(), y[system == 1].mean()], abs=0.03)
    assert found.variances[-1] == pytest.approx(1.0, abs=0.4)


def standardised(values: F64, variance: float) -> F64:
    """Values of exactly this variance about 0 in each column, so that no luck of the draw is mistaken for bias."""
    apart = values - values.mean(axis=0)
    return apart * np.sqrt(variance / np.square(apart).sum(axis=0) * (len(apart) - 1))


def test_variances_of_a_large_study_are_found() -> None:
    """Normal scores with planted variances of listeners, items, tastes, clips and noise.

    The tolerance is wide because taking out listeners' scales takes out some of their tastes, too.
    """
    rng = np.random.default_rng(3)
    listeners, items = 20, 20
    listener, item = (grid.ravel() for grid in np.meshgrid(np.arange(listeners), np.arange(items), indexing="ij"))
    system = (listener + item) % 3
    planted = [0.5, 0.3, 0.25, 0.2, 0.4]
    shapes = [(listeners,), (items,), (listeners, 3), (items, 3), (len(system),)]
    of_listener, of_item, taste, clip, noise = (
        standardised(rng.normal(size=shape), variance) for shape, variance in zip(shapes, planted, strict=True)
    )
    score = 3 + system + of_listener[listener] + of_item[item] + taste[listener, system] + clip[item, system] + noise
    found = mean_scores(Scores(systems=3, system=system, score=score, listener=listener, item=item))
    assert found.mean == pytest.approx([3, 4, 5], abs=0.6)
    assert np.diff(found.mean) == pytest.approx([1, 1], abs=0.35)
    assert found.variances == pytest.approx(planted, rel=0.6)


def test_a_planted_order_is_recovered() -> None:
    people = Population(strengths=np.array([0.0, 0.9, -0.9]))
    found = mean_scores(scored_study(people, 24, 20, 12, 0))
    assert list(np.argsort(found.mean)) == [2, 0, 1]
    difference, error = found.difference(1, 2)
    assert abs(difference - 1.8) < 4 * error


@pytest.mark.parametrize(("trials", "most"), [(12, 2.5), (120, 1.3)])
def test_the_more_scores_the_more_of_a_listeners_scale_is_taken_out(trials: int, most: float) -> None:
    """Half of the listeners use four times as much of the scale as the others.

    By the formula with a prior of 5 scores, a ratio of 2.0 is left after 12 scores, and of 1.15 after 120.
    """
    rng = np.random.default_rng(2)
    listener, item = np.repeat(np.arange(8), trials), np.tile(np.arange(trials), 8)
    system = item % 2
    wide = listener % 2 == 0
    plain = system - 0.5 + rng.normal(0, 0.5, len(system))
    score: F64 = 3 + np.where(wide, 2.0, 0.5) * plain
    data = Scores(systems=2, system=system, score=score, listener=listener, item=item)

    def ratio(of: F64) -> float:
        spread = np.array([of[listener == who].std() for who in range(8)])
        return float(spread[::2].mean() / spread[1::2].mean())

    assert ratio(data.score) > 3
    assert 1 < ratio(data.rescaled()) < most
    means = [data.rescaled()[listener == who].mean() for who in range(8)]
    assert means == pytest.approx([data.score[listener == who].mean() for who in range(8)])


def test_scores_that_do_not_vary_have_intervals_of_no_width() -> None:
    index = np.arange(20)
    data = Scores(systems=2, system=index % 2, score=np.full(20, 3.0), listener=index // 4, item=index % 4)
    found = mean_scores(data)
    assert found.mean == pytest.approx([3.0, 3.0])
    assert found.difference(0, 1) == pytest.approx((0.0, 0.0), abs=1e-4)


def test_a_system_without_a_score_is_refused() -> None:
    index = np.arange(20)
    data = Scores(systems=3, system=index % 2, score=np.tile([1.0, 5.0], 10), listener=index // 4, item=index % 4)
    with pytest.raises(ValueError, match="a score of every system"):
        mean_scores(data)


@pytest.mark.crosscheck
def test_it_is_the_model_of_statsmodels() -> None:
    """Crossed variance components in one group, by statsmodels' MixedLM."""
    pandas = pytest.importorskip("pandas")
    models = pytest.importorskip("statsmodels.regression.mixed_linear_model")
    data = scored_study(Population(strengths=np.array([0.6, 0.0, -0.6])), 20, 12, 12, 3)
    table = pandas.DataFrame(
        {"y": data.rescaled(), "s": data.system, "l": data.listener, "i": data.item, "whole": np.ones(len(data.score))}
    )
    parts = {"a_l": "0 + C(l)", "b_i": "0 + C(i)", "c_ls": "0 + C(l):C(s)", "d_is": "0 + C(i):C(s)"}
    fitted = models.MixedLM.from_formula("y ~ 0 + C(s)", table, groups="whole", re_formula="0", vc_formula=parts).fit(
        method="lbfgs"
    )
    found = mean_scores(data)
    assert found.mean == pytest.approx(fitted.fe_params.to_numpy(), abs=2e-3)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(fitted.bse_fe.to_numpy(), rel=0.02)
    assert found.variances == pytest.approx([*fitted.vcomp, fitted.scale], abs=0.01)

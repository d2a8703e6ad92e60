"""The analysis finds what was planted, and its intervals hold it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, t

from tests.listening.studies import study
from vggsound_omni.listening.people import Population, planted
from vggsound_omni.stats.bradley_terry import strengths, win_share


def test_a_planted_order_is_recovered() -> None:
    people = Population(strengths=np.array([0.0, 1.4, -1.4, 0.7]))
    found = strengths(study(people, 40, 40, 14, 0))
    assert list(np.argsort(found.strength)) == [2, 0, 3, 1]


def test_without_tastes_what_is_planted_is_what_is_found() -> None:
    worth = np.array([0.9, 0.1, -1.0])
    np.testing.assert_allclose(planted(Population(strengths=worth, taste=0, clip=0)).strength, worth, atol=1e-4)


@pytest.mark.soak
def test_tastes_pull_strengths_together_as_a_large_study_shows() -> None:
    people = Population(strengths=np.array([1.0, -1.0]), taste=0.8, clip=0.8)
    truth = planted(people)
    found = strengths(study(people, 1500, 1500, 12, 0))
    assert truth.strength[0] < 0.9
    assert found.strength == pytest.approx(truth.strength, abs=4 * found.standard_errors()[0])
    assert found.tie == pytest.approx(truth.tie, abs=0.1)
    assert win_share(2 * found.strength[0], found.tie) == pytest.approx(
        win_share(2 * truth.strength[0], truth.tie), abs=0.02
    )


@pytest.mark.soak
def test_intervals_hold_the_planted_strengths() -> None:
    """In 60 studies of 20 listeners; benchmarks/listening.py has 200 of each of several designs."""
    people = Population(strengths=np.array([0.8, 0.0, -0.8]))
    truth = planted(people).strength
    held = 0
    for seed in range(60):
        found = strengths(study(people, 30, 20, 14, seed))
        held += abs(found.strength[0] - truth[0]) <= t.ppf(0.975, found.freedom) * found.standard_errors()[0]
    assert binom.cdf(held, 60, 0.92) > 0.01

"""Running averages whose width is chosen afterwards."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from reference_model.training.ema import RunningAverages, coefficients, combined, exponent

STEPS = 400


def profile(width: float) -> np.ndarray:
    """How much each step counts in the average of a number that is 1 at that step."""
    average = RunningAverages({"w": torch.zeros(STEPS, dtype=torch.float64)}, [width])
    for step in range(1, STEPS + 1):
        average.update({"w": torch.nn.functional.one_hot(torch.tensor(step - 1), STEPS).double()}, step)
    return average.averages[0]["w"].numpy()


@pytest.mark.parametrize("width", [0.05, 0.1, 0.2])
def test_an_average_is_as_wide_as_it_says(width: float) -> None:
    weights = profile(width)
    assert weights.sum() == pytest.approx(1)
    assert all(a < b for a, b in pairwise(weights))
    places = np.arange(STEPS)
    mean = (weights * places).sum()
    deviation = np.sqrt((weights * (places - mean) ** 2).sum())
    assert deviation / STEPS == pytest.approx(width, rel=0.03)


def test_the_exponents_in_print() -> None:
    """Karras et al., 2024, section 3.1: gamma of 6.94 is a width of 0.10, 16.97 of 0.05."""
    assert exponent(0.10) == pytest.approx(6.94, abs=0.01)
    assert exponent(0.05) == pytest.approx(16.97, abs=0.01)


@pytest.mark.parametrize("width", [0.0, 0.3])
def test_a_width_that_no_profile_has_is_refused(width: float) -> None:
    with pytest.raises(ValueError, match="relative width must be between"):
        exponent(width)


def test_a_width_between_the_two_is_made_of_snapshots() -> None:
    kept = RunningAverages({"w": torch.zeros(STEPS, dtype=torch.float64)}, [0.05, 0.1])
    snapshots, places = [], []
    for step in range(1, STEPS + 1):
        kept.update({"w": torch.nn.functional.one_hot(torch.tensor(step - 1), STEPS).double()}, step)
        if step % 50 == 0:
            for gamma, average in zip(kept.exponents, kept.averages, strict=True):
                snapshots.append({"w": average["w"].clone()})
                places.append((float(step), gamma))
    for width in (0.05, 0.07, 0.1, 0.15):
        made = combined(snapshots, coefficients(places, (STEPS, exponent(width))))["w"].numpy()
        assert np.abs(made - profile(width)).sum() < 0.06

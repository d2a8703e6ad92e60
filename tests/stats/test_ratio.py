"""The interval of a ratio holds the ratio, and there is none if the bottom may be 0."""

from __future__ import annotations

import numpy as np

from vggsound_omni.stats.ratio import fieller


def centred(numbers: np.ndarray) -> np.ndarray:
    return numbers - numbers.mean()


def test_it_holds_the_ratio_in_95_percent_of_draws() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        shared = rng.normal(size=30)
        top = 1.5 + shared + rng.normal(size=30)
        bottom = 3.0 + 2 * shared + rng.normal(size=30)
        found = fieller(top.mean(), bottom.mean(), centred(top), centred(bottom))
        held += found is not None and found[0] <= 0.5 <= found[1]
    assert 930 <= held <= 970, "binomial: 0.95 +- 3 standard errors"


def test_a_bottom_near_0_has_none_and_what_it_does_not_know_makes_it_wider() -> None:
    rng = np.random.default_rng(1)
    top, bottom = rng.normal(2, 1, 50), rng.normal(4, 1, 50)
    near = fieller(top.mean(), 0.05, centred(top), centred(bottom))
    assert near is None
    tight = fieller(top.mean(), bottom.mean(), centred(top), centred(bottom))
    wide = fieller(top.mean(), bottom.mean(), centred(top), centred(bottom), further=0.25)
    assert tight is not None
    assert wide is not None
    assert wide[0] < tight[0] < top.mean() / bottom.mean() < tight[1] < wide[1]
    assert fieller(top.mean(), bottom.mean(), centred(top), centred(bottom), further=9.0) is None


def test_equal_parts_are_one_without_doubt() -> None:
    numbers = np.random.default_rng(2).normal(5, 1, 20)
    assert np.allclose(fieller(5.0, 5.0, centred(numbers), centred(numbers)) or (), 1.0, atol=1e-6)

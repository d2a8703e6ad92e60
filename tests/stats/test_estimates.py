"""An interval holds its estimate whatever the arrays are, and what cannot be had is refused with a reason."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vggsound_omni.metrics import Estimate, fd_inf, frechet, inception, kad, mean_of_clips
from vggsound_omni.stats.intervals import standard_error

F64 = NDArray[np.float64]
Draw = tuple[F64, F64, np.random.Generator]

METRICS: dict[str, Callable[[F64, F64, np.random.Generator], Estimate]] = {
    "mean": lambda x, _, __: mean_of_clips(x[:, 0]),
    "FD": lambda x, y, _: frechet.evaluate(x, y),
    "FAD": lambda x, y, _: frechet.evaluate(np.stack([x, y], 1), np.stack([y, 2 * x], 1)),
    "FD, two sizes": lambda x, y, _: frechet.evaluate(x, y[:-1]),
    "FD-inf": fd_inf.evaluate,
    "KAD": lambda x, y, _: kad.evaluate(x, y),
    "KAD, stored": lambda x, y, _: kad.evaluate(x, y, 2.0),
    "IS": lambda x, _, __: inception.evaluate(x),
}


@st.composite
def draws(draw: st.DrawFn) -> Draw:
    """Sets that are equal, close, far, skewed, heavy-tailed, with doubles and constant features, few or many."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, d = draw(st.integers(20, 70)), draw(st.integers(2, 24))
    x = rng.standard_normal((n, d))
    match draw(st.sampled_from(["equal", "close", "far", "heavy", "skewed", "doubled", "constant", "order"])):
        case "equal":
            y = x.copy()
        case "close":
            y = x + draw(st.floats(1e-9, 0.1)) * rng.standard_normal((n, d))
        case "far":
            y = draw(st.floats(0.1, 30)) * rng.standard_normal((n, d)) + draw(st.floats(-100, 100))
        case "heavy":
            y = rng.standard_t(2, (n, d))
        case "skewed":
            y = rng.lognormal(0, 2, (n, d))
        case "doubled":
            y = np.repeat(rng.standard_normal((n // 2 + 1, d)), 2, axis=0)[:n]
        case "constant":
            y = np.full((n, d), float(rng.standard_normal()))
        case _:
            y = rng.permutation(x)
    return x, y, rng


@pytest.mark.parametrize("name", METRICS)
@given(draws())
@settings(deadline=None, max_examples=40)
def test_an_interval_holds_its_estimate(name: str, drawn: Draw) -> None:
    found = METRICS[name](*drawn)
    if found.estimate is None:
        assert found.no_estimate
        assert found.no_estimate.endswith(".")
        assert found.interval is None
        return
    assert found.interval is not None
    assert found.interval[0] <= found.estimate <= found.interval[1]
    if found.floor is not None:
        assert found.interval[0] >= found.floor
    assert found.uncertain is None or found.uncertain >= 0
    assert abs(found.bias or 0.0) <= abs(found.value) / 2 or name.startswith("KAD")


def test_an_estimate_that_contradicts_itself_cannot_be_made() -> None:
    with pytest.raises(ValueError, match=r"from 2 to 3 does not hold the estimate 1\.0"):
        Estimate(value=1.0, n=5, interval=(2.0, 3.0))
    with pytest.raises(ValueError, match="does not hold the estimate None"):
        Estimate(value=1.0, n=5, interval=(0.0, 3.0), no_estimate="It is too small.")
    assert Estimate(value=1.0, n=5, bias=2.0, floor=0.0).estimate == 0.0


def wide(n: int, d: int, *, shift: float = 0.0) -> tuple[F64, F64]:
    x, y = np.random.default_rng(n + d).standard_normal((2, n, d))
    return x, y + shift


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (frechet.evaluate(*wide(30, 40, shift=3.0)), "30 rows for 40 features, too few for a covariance"),
        (frechet.evaluate(*wide(19, 2, shift=9.0)), "There are 19 clips, and an estimate needs 20"),
        (kad.evaluate(*wide(19, 2, shift=9.0)), "There are 19 clips, and an estimate needs 20"),
        (frechet.evaluate(*wide(100, 20)), "more than half of the value"),
        (fd_inf.evaluate(*wide(60, 20, shift=3.0), np.random.default_rng(0)), "too few for a straight line"),
        (fd_inf.evaluate(*(lambda x: (x, np.roll(x, 1, 0)))(wide(400, 8)[0]), np.random.default_rng(0)), None),
    ],
)
def test_what_cannot_be_estimated_has_a_value_and_a_reason(found: Estimate, why: str | None) -> None:
    if why is None:  # one set in another order: FD is 0, and so is what it tends to
        assert (found.value, found.estimate, found.interval) == (0.0, 0.0, (0.0, 0.0))
        return
    assert np.isfinite(found.value)
    assert found.estimate is None
    assert why in (found.no_estimate or "")


def test_kad_of_pairs_is_unbiased_and_0_of_recordings_against_themselves() -> None:
    """Clips that resemble their own recordings lower kadtk's number, which meets each clip with its own recording."""
    rng = np.random.default_rng(5)
    x = rng.standard_normal((40, 6))
    itself = kad.evaluate(x, x)
    assert itself.value < -1
    assert (itself.estimate, itself.interval) == (0.0, (0.0, 0.0))
    found = []
    for _ in range(300):
        x, noise = rng.standard_normal((2, 30, 6))
        found.append(kad.evaluate(x, 0.9 * x + 0.19**0.5 * noise))
    estimates, values = np.array([(e.estimate, e.value) for e in found]).T
    error = estimates.std() / len(found) ** 0.5
    assert abs(estimates.mean()) < 3 * error
    assert values.mean() < -20 * error


@pytest.mark.parametrize("changed", [0.0, 0.3])
def test_recordings_in_another_order_have_no_kad_even_if_they_were_changed(changed: float) -> None:
    x, noise = np.random.default_rng(7).standard_normal((2, 100, 16))
    found = kad.evaluate(x, np.roll(x, 1, 0) + changed * noise, 5.0)
    assert found.value - (found.bias or 0.0) < 0
    assert (found.estimate, found.interval) == (None, None)
    assert "recordings in another order" in (found.no_estimate or "")
    assert kad.evaluate(x, noise, 5.0).estimate is not None, "independent draws of one distribution"


def test_fd_inf_says_how_far_the_bend_of_its_line_may_take_it() -> None:
    """Heavy tails bend the line upward, by about as much as is said; normal features do not."""
    rng = np.random.default_rng(8)
    excess, told = [], []
    for _ in range(60):
        x, y = rng.standard_normal((2, 100, 8)) * np.sqrt(3 / rng.chisquare(5, (2, 100, 1)))
        found = fd_inf.evaluate(x, y * 1.5, rng)
        excess.append(found.value - 8 * 0.5**2)
        told.append(found.uncertain or 0.0)
    assert np.mean(excess) < 2 * np.mean(told)
    assert min(told) > 0
    exact = np.array([1 / 100, 1 / 50, 1 / 33, 1 / 25])
    assert fd_inf.bend(exact, 3 + 2 * exact + 5 * exact**2) == pytest.approx(3.0)
    assert fd_inf.evaluate(x, x, rng).uncertain == 0


def test_the_bandwidth_of_the_run_is_part_of_kads_interval_and_the_suites_is_not() -> None:
    """The influence on the median agrees with its spread over draws, and KAD's with the derivative by the width."""
    rng = np.random.default_rng(6)

    def drawn() -> F64:
        return np.maximum(rng.standard_normal((120, 20)), 0) * rng.exponential(size=(120, 1))

    widths, errors = [], []
    for _ in range(150):
        x = drawn()
        widths.append(kad.bandwidth(x))
        errors.append(standard_error(kad.influence_on_bandwidth(x, widths[-1])))
    assert np.mean(errors) == pytest.approx(np.std(widths), rel=0.2)
    x, y = drawn(), drawn() * 1.5
    width, step = kad.bandwidth(x), 1e-5
    low, high = (kad.KernelSums.of(x, y, width + h).unbiased() for h in (-step, step))
    assert kad.KernelSums.of(x, y, width).slope() == pytest.approx((high - low) / (2 * step), rel=1e-5)
    own, stored = kad.evaluate(x, y), kad.evaluate(x, y, width)
    assert own.estimate == stored.estimate
    assert own.influence is not None
    assert stored.influence is not None
    expected = 100 * kad.KernelSums.of(x, y, width).slope() * kad.influence_on_bandwidth(x, width)
    assert own.influence - stored.influence == pytest.approx(expected)

"""Laws of the two set metrics that small sets do not inflate."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vggsound_omni.metrics import fd_inf, frechet, kad

from . import brute
from .brute import F64

law = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


@law
@given(st.integers(2, 14), st.integers(2, 14), st.integers(1, 5), seeds)
def test_kad_is_its_double_loop(n: int, m: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, d)), rng.standard_normal((m, d)) + 0.5
    found = kad.evaluate(x, y)
    assert found.value == pytest.approx(brute.kad(x, y), rel=1e-9, abs=1e-9)
    assert found.facts["bandwidth"] == pytest.approx(brute.bandwidth(x), rel=1e-12)


@law
@given(seeds, st.floats(1e-3, 1e3))
def test_kad_has_no_unit_and_no_origin(seed: int, scale: float) -> None:
    """The bandwidth scales with the references; order, rotation and a far common shift change nothing."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((12, 4)), 1.3 * rng.standard_normal((9, 4))
    rotation, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    moved = kad.evaluate(scale * (rng.permutation(x) @ rotation + 1e6), scale * (rng.permutation(y) @ rotation + 1e6))
    assert moved.value == pytest.approx(kad.evaluate(x, y).value, rel=1e-6, abs=1e-6)


def test_kad_is_unbiased_where_fd_is_not() -> None:
    """Of one distribution, 200 draws of 20 clips: mean KAD is 0 within its standard error, every FD far above 0."""
    rng = np.random.default_rng(3)
    pairs = rng.standard_normal((200, 2, 20, 8))
    values = np.array([kad.evaluate(x, y).value for x, y in pairs])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(200)
    assert (values < 0).any()
    assert min(frechet.evaluate(x, y).value for x, y in pairs) > 0.5


@pytest.mark.parametrize("clips", [(5000, 5000), (700, 5000)])
def test_large_sets_in_float32_have_the_sums_of_float64(
    monkeypatch: pytest.MonkeyPatch, clips: tuple[int, int]
) -> None:
    rng = np.random.default_rng(5)
    x, y = (rng.standard_normal((n, 16)) + 50 for n in clips)
    exact = kad.KernelSums.of(x, y, 5.0)
    monkeypatch.setattr(kad, "_EXACT", 600)
    blocks = kad.KernelSums.of(x, y, 5.0)
    assert 100 * blocks.squared_mmd() == pytest.approx(100 * exact.squared_mmd(), abs=1e-5)
    for name in ("xx", "yy", "xy", "yx"):
        np.testing.assert_allclose(getattr(blocks, name), getattr(exact, name), rtol=1e-5)
    assert blocks.slopes == pytest.approx(exact.slopes, rel=1e-5)


def test_the_ruler_of_a_large_set_is_that_of_some_evenly_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    x = rng.standard_normal((900, 4))
    monkeypatch.setattr(kad, "_EXACT", 300)
    width, influence = kad.bandwidth(x), kad.influence_on_bandwidth(x, kad.bandwidth(x))
    used = np.flatnonzero(influence)
    assert len(used) == 300
    assert used[0] == 0
    assert used[-1] == 899
    assert set(np.diff(used)) == {3, 4}
    assert width == pytest.approx(brute.bandwidth(x[used]), rel=1e-12)


def test_kads_ruler_is_the_reference_set() -> None:
    """A generated set far away has no say in the bandwidth, so twice as far is no nearer."""
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((30, 3)), rng.standard_normal((30, 3))
    near, far = kad.evaluate(x, y + 1), kad.evaluate(x, y + 3)
    assert near.facts["bandwidth"] == far.facts["bandwidth"]
    assert 0 < near.value < far.value < 200


def test_kad_in_blocks_is_kad_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the median, found by histograms when not all distances are held; ties are not lost."""
    rng = np.random.default_rng(5)
    for x in (rng.standard_normal((60, 3)), rng.integers(0, 2, (61, 3)).astype(float), np.eye(40)):
        y = rng.standard_normal((50, x.shape[1]))
        monkeypatch.setattr(kad, "_BLOCK", 1 << 22)
        whole = kad.evaluate(x, y)
        monkeypatch.setattr(kad, "_BLOCK", 7)
        parts = kad.evaluate(x, y)
        assert parts.facts["bandwidth"] == pytest.approx(whole.facts["bandwidth"], rel=1e-9)
        assert parts.value == pytest.approx(whole.value, rel=1e-9)


def test_kad_holds_no_more_than_some_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1,500 clips, whose distances would fill 18 MB."""
    monkeypatch.setattr(kad, "_BLOCK", 1 << 16)
    x, y = np.random.default_rng(6).standard_normal((2, 1500, 2))
    tracemalloc.start()
    kad.evaluate(x, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6e6


def gaussian_sets(n: int, d: int, draws: int) -> Iterator[tuple[F64, F64]]:
    """Pairs of sets of one distribution, at true distance 0."""
    rng = np.random.default_rng(7)
    yield from (rng.standard_normal((2, n, d)) for _ in range(draws))  # type: ignore[misc] # two rows unpack


def test_fd_inf_takes_away_what_small_sets_add() -> None:
    """240 clips in 16 dimensions, true distance 0: FD is 0.5 too high, FD-inf by less than a tenth of that."""
    estimates = [fd_inf.evaluate(x, y, np.random.default_rng(0)) for x, y in gaussian_sets(240, 16, 8)]
    bias = np.mean([estimate.facts["fd"] for estimate in estimates])
    assert bias > 0.4
    assert abs(np.mean([estimate.value for estimate in estimates])) < bias / 10
    assert not any(estimate.warnings for estimate in estimates)


def test_fd_inf_keeps_a_true_distance() -> None:
    shift = np.full(8, 0.5)
    estimates = [fd_inf.evaluate(x, y + shift, np.random.default_rng(0)) for x, y in gaussian_sets(400, 8, 8)]
    assert np.mean([estimate.value for estimate in estimates]) == pytest.approx(2.0, abs=0.1)


def test_fd_inf_of_identical_sets_is_0_and_straight() -> None:
    x = np.random.default_rng(1).standard_normal((50, 6))
    found = fd_inf.evaluate(x, x, np.random.default_rng(0))
    assert abs(found.value) < 1e-6
    assert found.facts["standard_error"] < 1e-6


def test_fd_inf_is_reproducible_and_says_which_generator_it_hangs_on() -> None:
    ((x, y),) = gaussian_sets(80, 4, 1)
    first, again, other = (fd_inf.evaluate(x, y, np.random.default_rng(seed)).value for seed in (0, 0, 1))
    assert first == again
    assert first != other
    assert first == pytest.approx(other, abs=0.1)


def test_fd_inf_warns_where_the_line_is_bent_and_has_no_estimate_where_it_is_none() -> None:
    (bent,) = (fd_inf.evaluate(*pair, np.random.default_rng(0)) for pair in gaussian_sets(76, 16, 1))
    assert "biased upward" in bent.warnings[0]
    ((x, y),) = gaussian_sets(40, 64, 1)
    found = fd_inf.evaluate(x, y, np.random.default_rng(0))
    assert found.value > 0, "the truth is 0"
    assert "about 10 rows for 64 features" in (found.no_estimate or "")


def test_fd_inf_parts_are_clips_and_not_rows() -> None:
    """Eight equal patches a clip say no more than one: the law of 1 / clips is the same."""
    ((x, y),) = gaussian_sets(60, 4, 1)
    x_patches, y_patches = (np.repeat(z[:, None], 8, axis=1) for z in (x, y))
    found = fd_inf.evaluate(x_patches, y_patches, np.random.default_rng(0))
    single = fd_inf.evaluate(x, y, np.random.default_rng(0))
    assert found.facts["slope"] == pytest.approx(single.facts["slope"], rel=0.3)
    assert found.facts["smallest_part"] == 15


def test_the_line_is_least_squares_with_its_standard_error() -> None:
    from scipy.stats import linregress

    x, y = np.array([1.0, 2, 3, 4]), np.array([1.0, 2.5, 2.7, 4.9])
    expected = linregress(x, y)
    assert fd_inf.line(x, y) == pytest.approx((expected.intercept, expected.slope, expected.intercept_stderr))

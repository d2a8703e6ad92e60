"""Laws of the Fréchet distance and of the moments and rows under it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vggsound_omni.metrics import ClipRows, Moments, fd_inf, frechet
from vggsound_omni.metrics.gaussian import Gaussian, distance, distance_of_rows

from . import brute
from .brute import F64

law = settings(deadline=None, max_examples=40)
shapes = st.tuples(st.integers(2, 40), st.integers(2, 40), st.integers(1, 24), st.integers(0, 2**32 - 1))


def drawn(shape: tuple[int, int, int, int]) -> tuple[F64, F64, np.random.Generator]:
    """Two correlated sets of n and m rows in d dimensions, more or fewer rows than dimensions."""
    n, m, d, seed = shape
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)), 1.5 * rng.standard_normal((m, d)) + 0.5, rng


def fd(x: F64, y: F64) -> float:
    return frechet.evaluate(x, y).value


@law
@given(shapes, st.floats(1e-3, 1e3))
def test_identical_sets_are_at_distance_0_in_any_order(shape: tuple[int, int, int, int], scale: float) -> None:
    x, _, rng = drawn(shape)
    x *= scale
    assert fd(x, rng.permutation(x)) <= 1e-12 * np.square(x).sum() + 1e-15
    assert fd(x / scale, x / scale) < 1e-6


@law
@given(shapes)
def test_symmetric_and_positive(shape: tuple[int, int, int, int]) -> None:
    x, y, _ = drawn(shape)
    assert fd(x, y) > 0
    assert fd(x, y) == pytest.approx(fd(y, x), rel=1e-9)


@law
@given(shapes)
def test_order_rotation_and_a_common_shift_change_nothing(shape: tuple[int, int, int, int]) -> None:
    x, y, rng = drawn(shape)
    rotation, _ = np.linalg.qr(rng.standard_normal((shape[2], shape[2])))
    shift = 10 * rng.standard_normal(shape[2])
    assert fd(rng.permutation(x), rng.permutation(y)) == pytest.approx(fd(x, y), rel=1e-9)
    assert fd(x @ rotation + shift, y @ rotation + shift) == pytest.approx(fd(x, y), rel=1e-9)


@law
@given(shapes, st.floats(1e-3, 1e3))
def test_scales_with_the_square_of_the_features(shape: tuple[int, int, int, int], a: float) -> None:
    x, y, _ = drawn(shape)
    assert fd(a * x, a * y) == pytest.approx(a**2 * fd(x, y), rel=1e-9)


@law
@given(shapes)
def test_a_shift_of_one_set_alone_costs_its_square(shape: tuple[int, int, int, int]) -> None:
    x, _, rng = drawn(shape)
    shift = 1 + rng.random(shape[2])
    assert fd(x, x + shift) == pytest.approx(shift @ shift, rel=1e-9)


@pytest.mark.parametrize(("n", "m", "d"), [(300, 400, 6), (200, 150, 64), (65, 64, 64), (30, 40, 64), (30, 400, 64)])
def test_agrees_with_the_definition_where_that_can_be_computed(n: int, m: int, d: int) -> None:
    x, y, _ = drawn((n, m, d, 5))
    assert fd(x, y) == pytest.approx(brute.frechet(x, y), rel=1e-6)


@law
@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_two_gaussians_with_common_axes_have_the_closed_form(d: int, seed: int) -> None:
    """|gap|^2 + sum (s_x - s_y)^2, whatever the axes."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.standard_normal((d, d)))
    sx, sy, gap = rng.uniform(0.1, 3, d), rng.uniform(0.1, 3, d), rng.standard_normal(d)
    one = Moments(11, np.zeros(d), 10 * axes.T @ np.diag(sx**2) @ axes)
    other = Moments(6, gap, 5 * axes.T @ np.diag(sy**2) @ axes)
    found = distance(Gaussian.of_moments(one), Gaussian.of_moments(other))
    assert found == pytest.approx(gap @ gap + np.square(sx - sy).sum(), rel=1e-9)


def test_constant_features_have_a_distance() -> None:
    """Silent references, or a network that gives the same for every clip, at more and at fewer rows than dimensions."""
    for n, d in ((30, 4), (30, 40)):
        x, _, _ = drawn((n, n, d, 7))
        same = np.ones((n, d))
        for one, other, expected in ((same, same, 0.0), (same, same + 1, float(d)), (x, same, fd(x, same))):
            found = frechet.evaluate(one, other)
            assert found.value == pytest.approx(expected)
            assert found.estimate is None or (found.interval and found.interval[0] <= found.estimate)
            fd_inf.evaluate(one, other, np.random.default_rng(0))
    spread = np.square(x - x.mean(axis=0)).sum() / (n - 1) + np.square(x.mean(axis=0) - 1).sum()
    assert fd(x, same) == pytest.approx(spread), "the trace, and the gap of the means"


def test_a_distance_within_rounding_is_0() -> None:
    x, _, _ = drawn((200, 200, 6, 8))
    near = frechet.evaluate(x, x * (1 + 1e-5))
    assert (near.value, near.estimate, near.interval) == (0.0, 0.0, (0.0, 0.0))
    assert fd(x, x * 1.01) > 0


def test_both_routes_meet_at_as_many_rows_as_dimensions() -> None:
    """The small cross-Gram and the root of the covariance say the same of a rank-deficient set."""
    x, y, _ = drawn((20, 40, 24, 1))
    by_rows = Gaussian.of_rows(x)
    by_moments = Gaussian.of_moments(Moments.of(x))
    assert distance(by_rows, Gaussian.of_rows(y)) == pytest.approx(distance(by_moments, Gaussian.of_rows(y)), rel=1e-7)
    assert by_rows.rank() == by_moments.rank() == 19


def test_rank_deficiency_with_many_rows_costs_no_accuracy() -> None:
    """Dead and doubled features, as rectified embeddings have: the distance is that of the living ones."""
    x, y, _ = drawn((200, 300, 6, 2))
    wide = [np.hstack([z, z[:, :2], np.zeros((len(z), 3))]) for z in (x, y)]
    estimate = frechet.evaluate(*wide)
    doubled = np.diag([2.0, 2, 1, 1, 1, 1]) ** 0.5
    assert estimate.value == pytest.approx(fd(x @ doubled, y @ doubled), rel=1e-9)
    assert (estimate.facts["rank_reference"], estimate.facts["rank_generated"]) == (6, 6)
    assert fd(wide[0], wide[0]) < 1e-6


@pytest.mark.parametrize("weak", [1e-1, 1e-2, 2e-3, 1e-4])
def test_a_difference_in_weak_directions_is_not_lost_beside_strong_ones(weak: float) -> None:
    """30 directions of deviation 1, the same in both sets, and 30 weak ones that differ by half; by every route."""
    rng = np.random.default_rng(4)
    axes, _ = np.linalg.qr(rng.standard_normal((60, 60)))
    rows = rng.standard_normal((200, 60))
    rows = np.linalg.qr(rows - rows.mean(axis=0))[0] * 199**0.5  # mean 0, covariance 1
    x, y = (rows * np.repeat([1.0, deviation], 30) @ axes for deviation in (weak, 1.5 * weak))
    assert distance_of_rows(x, y) == pytest.approx(30 * (0.5 * weak) ** 2, rel=1e-5)


def test_a_mean_far_from_0_costs_no_accuracy() -> None:
    x, y, _ = drawn((100, 100, 5, 3))
    assert fd(x + 1e6, y + 1e6) == pytest.approx(fd(x, y), rel=1e-7)


@law
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_moments_of_blocks_are_those_of_all_rows(sizes: list[int], seed: int) -> None:
    """A block of a single row included, whose own covariance does not exist."""
    rng = np.random.default_rng(seed)
    blocks = [rng.standard_normal((size, 4)) + 100 for size in sizes]
    rows = np.concatenate([*blocks, blocks[0]])
    total = Moments.streamed([*blocks, blocks[0]])
    assert total.count == len(rows)
    assert total.mean == pytest.approx(rows.mean(axis=0), rel=1e-12)
    assert total.covariance == pytest.approx(np.cov(rows, rowvar=False), rel=1e-8, abs=1e-10)


def test_rows_of_clips_are_taken_by_clip() -> None:
    clips = [np.full((count, 2), float(i)) for i, count in enumerate((3, 1, 2))]
    taken = ClipRows.of(clips, "features").take(np.array([2, 0, 2]))
    assert taken.rows[:, 0].tolist() == [2, 2, 0, 0, 0, 2, 2]
    assert taken.counts.tolist() == [2, 3, 2]


def test_patches_in_an_array_or_a_list_are_the_same_rows() -> None:
    x, y, _ = drawn((24, 40, 4, 6))
    in_array = frechet.evaluate(x.reshape(8, 3, 4), y.reshape(10, 4, 4))
    in_list = frechet.evaluate(list(x.reshape(8, 3, 4)), list(y.reshape(10, 4, 4)))
    assert in_array.value == in_list.value == fd(x, y)
    assert (in_array.n, in_array.facts["rows_generated"]) == (10, 40)


def test_importing_metrics_loads_neither_scipy_nor_torch() -> None:
    code = "import sys, vggsound_omni.metrics; print(sorted({'scipy', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

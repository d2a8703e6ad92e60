"""Laws of the metrics that are means over clips, and of their interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vggsound_omni.metrics import aesthetics, cosine, desync, mean_of_clips
from vggsound_omni.metrics.desync import OFFSETS

from .brute import F64

law = settings(deadline=None, max_examples=60)
vectors = arrays(np.float64, (4, 6), elements=st.integers(-999, 999).map(float)).filter(
    lambda a: bool(a.any(axis=1).all())
)


def certain(offsets: list[list[float]]) -> F64:
    """Logits of a synchroniser that is sure of these seconds, (clips, windows, 21)."""
    return np.array([[10.0 * np.isclose(OFFSETS, seconds) for seconds in clip] for clip in offsets])


def test_the_grid_is_that_of_synchformer() -> None:
    assert np.linspace(-2, 2, 21) == pytest.approx(OFFSETS)


@law
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=8))
def test_ds_is_the_mean_of_known_offsets_without_sign(classes: list[tuple[int, int]]) -> None:
    offsets = [[OFFSETS[a], OFFSETS[b]] for a, b in classes]
    found = desync.evaluate(certain(offsets))
    assert found.value == pytest.approx(np.abs(offsets).mean())
    assert found.per_item == pytest.approx(np.abs(offsets).mean(axis=1))
    assert found.facts["signed"] == pytest.approx(np.mean(offsets))


def test_early_and_late_do_not_cancel() -> None:
    found = desync.evaluate(certain([[-0.4, 0.4]]))
    assert found.value == pytest.approx(0.4)
    assert found.facts["signed"] == pytest.approx(0)


def test_ds_takes_the_likeliest_class_and_not_the_expectation() -> None:
    logits = certain([[0.6, 0.6]])
    logits[..., 0] = 9.9
    assert desync.evaluate(logits).value == pytest.approx(0.6)


def test_ds_of_guessing_is_1_05_s() -> None:
    assert desync.evaluate(certain([[seconds] for seconds in OFFSETS])).value == pytest.approx(22 / 21)


def test_ds_is_in_the_seconds_of_the_encoder_that_gave_the_logits() -> None:
    lags = [round(-2 + 0.04 * k, 2) for k in range(101)]
    logits = np.zeros((1, 2, 101))
    logits[0, :, [lags.index(0.08), lags.index(-0.04)]] = np.eye(2)
    assert desync.evaluate(logits, lags).value == pytest.approx(0.06)
    guessing = np.eye(101)[:, None, :]
    assert desync.evaluate(guessing, lags).value == pytest.approx(102 / 101)


def test_ds_says_where_the_synchroniser_is_undecided() -> None:
    logits = np.concatenate([certain([[0.0, 0.0]]), np.zeros((1, 2, 21))])
    assert desync.evaluate(logits).warnings == ("The synchroniser's logits are constant for 1 of 2 clips.",)


@law
@given(vectors, st.floats(1e-3, 1e3))
def test_cosine_of_one_direction_is_1_of_the_opposite_minus_1(a: F64, scale: float) -> None:
    assert cosine.evaluate(a, scale * a).value == pytest.approx(1)
    assert cosine.evaluate(a, -scale * a).value == pytest.approx(-1)


@law
@given(vectors, vectors)
def test_cosine_is_symmetric_and_within_1(a: F64, b: F64) -> None:
    assert (np.abs(cosine.per_clip(a, b)) <= 1).all()
    assert cosine.per_clip(a, b) == pytest.approx(cosine.per_clip(b, a))


def test_cosine_of_a_right_angle_is_0_and_of_60_degrees_a_half() -> None:
    found = cosine.evaluate(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 2.0], [1.0, 3.0**0.5]]))
    assert found.per_item == pytest.approx([0, 0.5])
    assert found.value == pytest.approx(0.25)


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_cosine_is_exact_for_lengths_whose_square_is_no_number(size: float) -> None:
    assert cosine.evaluate(np.array([[size, size]]), np.array([[size, 0.0]])).value == pytest.approx(0.5**0.5)


def test_aesthetics_is_the_mean_of_an_axis() -> None:
    found = aesthetics.evaluate(np.array([4.0, 7.0, 7.0]))
    assert (found.value, found.n) == (6.0, 3)
    assert found.per_item is not None
    assert found.per_item.tolist() == [4, 7, 7]


def test_students_interval_holds_the_true_mean_19_times_in_20() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for scores in 3 + 2 * rng.standard_normal((2000, 6)):
        interval = mean_of_clips(scores).interval
        assert interval is not None
        held += interval[0] <= 3 <= interval[1]
    assert 0.935 < held / 2000 < 0.965


def test_one_clip_has_no_interval() -> None:
    assert mean_of_clips(np.array([2.0])).interval is None

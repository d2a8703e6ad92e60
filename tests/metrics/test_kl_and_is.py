"""Laws of KL and of the inception score."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vggsound_omni.metrics import inception, kl

from .brute import F64

law = settings(deadline=None, max_examples=60)
clips = st.integers(1, 6).flatmap(
    lambda n: st.tuples(*[arrays(np.float64, (n, 5), elements=st.floats(-300, 300)) for _ in range(2)])
)
many = arrays(np.float64, (23, 7), elements=st.floats(-50, 50))


@law
@given(clips)
def test_kl_is_never_negative_and_0_of_a_clip_with_itself(pair: tuple[F64, F64]) -> None:
    p, q = pair
    assert (kl.per_clip(p, q) >= 0).all()
    assert np.isfinite(kl.per_clip(p, q)).all()
    assert kl.evaluate(p, p).value == 0


@law
@given(clips, st.floats(-100, 100))
def test_kl_does_not_see_a_shift_common_to_all_logits(pair: tuple[F64, F64], shift: float) -> None:
    p, q = pair
    assert kl.per_clip(p, q + shift) == pytest.approx(kl.per_clip(p, q), rel=1e-6, abs=1e-9)


def test_kl_of_two_classes_in_closed_form() -> None:
    """p = (3/4, 1/4) against q = (1/2, 1/2)."""
    found = kl.evaluate(np.log([[3.0, 1.0]]), np.zeros((1, 2)))
    assert found.value == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert found.interval is None


@law
@given(many)
def test_is_lies_between_1_and_the_classes(logits: F64) -> None:
    assert 1 - 1e-12 <= inception.evaluate(logits).value <= 7 + 1e-9


def test_is_of_confident_clips_counts_their_classes() -> None:
    """200 certain clips over 4 classes in equal shares: 4, and less in splits of 20 that hold unequal shares."""
    logits = 100 * np.eye(6)[np.arange(200) % 4]
    found = inception.evaluate(logits)
    assert found.value == pytest.approx(4)
    assert 3.5 < found.facts["split"] < 4
    assert found.facts["split_std"] > 0


def test_is_of_undecided_clips_is_1() -> None:
    assert inception.evaluate(np.tile([3.0, 1.0, 2.0], (20, 1))).value == pytest.approx(1)


def test_splits_of_is_depend_on_the_order_of_rows_and_not_on_any_global_generator() -> None:
    logits = 3 * np.random.default_rng(0).standard_normal((50, 8))
    found = inception.evaluate(logits)
    np.random.seed(1)  # noqa: NPY002 - shows that it has no effect
    assert inception.evaluate(logits).facts["split"] == found.facts["split"]
    reversed_rows = inception.evaluate(logits[::-1])
    assert reversed_rows.facts["split"] != pytest.approx(found.facts["split"])
    assert reversed_rows.value == pytest.approx(found.value)

"""The field's known ways to a wrong number, as far as they are arithmetic; docs/metrics.md tells the stories."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import vggsound_omni.metrics as room
from vggsound_omni.metrics import METRICS, Moments, cosine, desync, frechet, inception, kl

from . import brute

RNG = np.random.default_rng(11)


def test_kl_goes_from_the_reference_to_the_generated() -> None:
    """A generated clip that misses a class of the reference is worse than one that adds a class."""
    one, both = np.log([[0.98, 0.01, 0.01]]), np.log([[0.495, 0.495, 0.01]])
    assert kl.evaluate(both, one).value == pytest.approx(1.593, abs=5e-4)
    assert kl.evaluate(one, both).value == pytest.approx(0.630, abs=5e-4)


def test_kl_has_no_floor_under_a_heavy_mistake() -> None:
    """With 1e-6 added to the generated side, as some kits do, no clip could cost more than 13.8 nats."""
    assert kl.evaluate(np.array([[40.0, 0.0]]), np.array([[0.0, 40.0]])).value == pytest.approx(40)


def test_kl_is_of_softmax_and_not_of_sigmoids() -> None:
    """The sum of p log(p / q) over sigmoids goes below 0 when every logit rises; the softmax does not see it."""
    logits = RNG.standard_normal((5, 20))
    sigmoid = [1 / (1 + np.exp(-z)) for z in (logits, logits + 1.5)]
    assert (sigmoid[0] * np.log(sigmoid[0] / sigmoid[1])).sum() < 0
    assert kl.evaluate(logits, logits + 1.5).value == pytest.approx(0, abs=1e-12)


def test_a_clip_too_short_for_a_patch_does_not_vanish() -> None:
    patches = [RNG.standard_normal((8, 4)), RNG.standard_normal((0, 4))]
    with pytest.raises(room.MetricError, match="clip 1 have no rows"):
        frechet.evaluate(patches, patches)


def test_n_is_clips_where_rows_are_patches() -> None:
    found = frechet.evaluate(RNG.standard_normal((5, 8, 4)), RNG.standard_normal((6, 8, 4)))
    assert (found.n, found.facts["rows_generated"], found.facts["clips_reference"]) == (6, 48, 5)


def test_one_value_is_not_a_pooled_scalar() -> None:
    """A distance over all activations as one scalar distribution does not see features change places; ours does."""
    x = RNG.standard_normal((200, 3)) * [1, 2, 3] + [0, 5, 9]
    assert frechet.evaluate(x, x[:, ::-1]).value > 100


def test_lost_clips_are_refused_and_not_paired_anew() -> None:
    logits = RNG.standard_normal((6, 4))
    with pytest.raises(room.MetricError, match="must be pairs"):
        kl.evaluate(logits, np.delete(logits, 2, axis=0))


def test_the_distance_is_never_negative_and_never_a_sentinel() -> None:
    """The general root gives small negative distances, or -1 on failure, for sets with few rows."""
    for seed in range(20):
        x = np.random.default_rng(seed).standard_normal((6, 40))
        assert 0 <= frechet.evaluate(x, x + 1e-9).value < 1e-6


def test_no_general_matrix_root_is_called() -> None:
    folder = Path(room.__file__).parent
    for path in folder.glob("*.py"):
        assert not re.search(r"\bsqrtm\b", path.read_text(encoding="utf-8")), path.name


def test_a_single_row_does_not_poison_a_merge() -> None:
    """Merging covariances file by file gives NaN where a file has one window; merging scatters does not."""
    rows = RNG.standard_normal((9, 3))
    merged = Moments.of(rows[:1]).merge(Moments.of(rows[1:2])).merge(Moments.of(rows[2:]))
    assert merged.covariance == pytest.approx(np.cov(rows, rowvar=False))


def test_few_clips_in_many_dimensions_inflate_fd_and_say_so() -> None:
    """One distribution of total variance 1 in 128 dimensions: at 100 clips FD is several times that of 1000."""
    scale = np.arange(1, 129) ** -0.5
    scale /= np.linalg.norm(scale)
    reference = RNG.standard_normal((3000, 128)) * scale
    few, many = (frechet.evaluate(reference, RNG.standard_normal((n, 128)) * scale) for n in (100, 1000))
    assert few.value == pytest.approx(0.229, abs=0.03)
    assert many.value == pytest.approx(0.022, abs=0.004)
    assert "Too few clips for a full covariance" in few.warnings[0]
    assert many.no_estimate is not None
    assert "more than half of the value" in many.no_estimate, "which is 0 in truth"


def test_both_windows_count_in_ds() -> None:
    logits = np.zeros((1, 2, 21))
    logits[0, 0, 10], logits[0, 1, 20] = 1, 1
    assert desync.evaluate(logits).value == pytest.approx(1.0)


def test_cosines_are_not_times_100() -> None:
    x = RNG.standard_normal((4, 8))
    assert cosine.evaluate(x, x).value == pytest.approx(1)


def test_the_splits_of_other_kits_stand_beside_is_of_all_clips() -> None:
    logits = RNG.standard_normal((25, 4))
    found = inception.evaluate(logits)
    assert found.value == pytest.approx(brute.inception_of(logits, np.arange(25)))
    assert found.facts["split"] == pytest.approx(brute.inception_of_splits(logits))
    assert (found.facts["clips_per_split"], found.n) == (2, 25)


def test_distances_fall_and_likenesses_rise() -> None:
    better = {key: metric.better for key, metric in METRICS.items()}
    lower, higher = ("kl", "fd", "fad", "ds", "kad", "fd_inf"), ("is", "pq", "ce", "cu", "ms_clap", "la_clap", "ib")
    assert {better[key] for key in lower} == {"lower"}
    assert {better[key] for key in higher} == {"higher"}
    assert better["pc"] is None, "neither a simple nor a complex sound is the better one"


def test_what_scores_single_clips_needs_but_one() -> None:
    assert {metric.minimum for metric in METRICS.values() if metric.per_item} == {1}
    assert METRICS["is"].minimum == 20

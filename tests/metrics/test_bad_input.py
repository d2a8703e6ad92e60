"""What cannot be scored is refused with the reason; what is doubtful is scored and said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vggsound_omni.metrics import (
    ClipRows,
    Estimate,
    MetricError,
    Moments,
    aesthetics,
    cosine,
    desync,
    fd_inf,
    frechet,
    inception,
    kad,
    kl,
)

RNG = np.random.default_rng(0)
GOOD = RNG.standard_normal((24, 4))
SYNC = RNG.standard_normal((24, 2, 21))

Evaluate = Callable[[Any], Estimate]
ON_GENERATED: dict[str, tuple[Evaluate, Any]] = {
    "kl": (lambda bad: kl.evaluate(GOOD, bad), GOOD),
    "is": (inception.evaluate, GOOD),
    "fd": (lambda bad: frechet.evaluate(GOOD, bad), GOOD),
    "fd of patches": (lambda bad: frechet.evaluate(GOOD.reshape(8, 3, 4), bad), GOOD.reshape(8, 3, 4)),
    "fd_inf": (lambda bad: fd_inf.evaluate(GOOD, bad, np.random.default_rng(0)), GOOD),
    "kad": (lambda bad: kad.evaluate(GOOD, bad), GOOD),
    "cosine": (lambda bad: cosine.evaluate(GOOD, bad), GOOD),
    "ds": (desync.evaluate, SYNC),
    "aesthetics": (aesthetics.evaluate, GOOD[:, 0]),
}


@pytest.fixture(params=ON_GENERATED)
def metric(request: pytest.FixtureRequest) -> tuple[Evaluate, Any]:
    return ON_GENERATED[request.param]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused_with_their_place(metric: tuple[Evaluate, Any], value: float) -> None:
    evaluate, good = metric
    bad = good.copy()
    bad[5] = value
    with pytest.raises(MetricError, match=r"NaN or infinite values in 1 of \d+ rows, first in row 5\."):
        evaluate(bad)


def test_no_clips_are_refused(metric: tuple[Evaluate, Any]) -> None:
    evaluate, good = metric
    with pytest.raises(MetricError):
        evaluate(good[:0])


def test_another_shape_is_refused(metric: tuple[Evaluate, Any]) -> None:
    evaluate, good = metric
    with pytest.raises(MetricError, match=r"shape|classes|dimensions"):
        evaluate(good[None, None])


@pytest.mark.parametrize("kind", [np.float16, np.int64, np.complex128, bool, object])
def test_half_precision_and_other_types_are_refused(metric: tuple[Evaluate, Any], kind: type) -> None:
    evaluate, good = metric
    with pytest.raises(MetricError, match="float64 or float32"):
        evaluate(good.real.astype(kind))


def test_float32_is_computed_in_float64(metric: tuple[Evaluate, Any]) -> None:
    evaluate, good = metric
    single = good.astype(np.float32)
    assert evaluate(single).value == evaluate(single.astype(np.float64)).value


def test_input_is_left_as_it_was(metric: tuple[Evaluate, Any]) -> None:
    evaluate, good = metric
    before = good.copy()
    evaluate(good)
    assert (good == before).all()


REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("IS needs at least 20 clips; there are 19.", lambda: inception.evaluate(GOOD[:19])),
    (
        "A Fréchet distance needs at least 2 clips in each set; the generated set has 1.",
        lambda: frechet.evaluate(GOOD, GOOD[:1]),
    ),
    (
        "A Fréchet distance needs at least 2 clips in each set; the reference set has 1.",
        lambda: frechet.evaluate(GOOD.reshape(1, 24, 4), GOOD.reshape(8, 3, 4)),  # 24 patches of one clip
    ),
    ("FD-inf needs at least 20 clips; there are 19.", lambda: fd_inf.evaluate(GOOD[:19], GOOD[:19], RNG)),
    (
        "FD-inf needs the same clips on both sides; there are 24 and 20.",
        lambda: fd_inf.evaluate(GOOD, GOOD[:20], RNG),
    ),
    ("KAD needs at least 2 clips in the generated set; there is 1.", lambda: kad.evaluate(GOOD, GOOD[:1])),
    ("KAD has no bandwidth: most of the reference features are equal.", lambda: kad.evaluate(0 * GOOD, GOOD)),
    (
        "DS needs clips of at least 4.8 s; these are too short for a window.",
        lambda: desync.evaluate(np.empty((3, 0, 21))),
    ),
    (
        "The synchroniser's logits have 20 classes for 21 offsets.",
        lambda: desync.evaluate(SYNC[..., 1:]),
    ),
    (
        "The embeddings of the generated audio are zero in 1 of 24 rows, first in row 3; a cosine needs a direction.",
        lambda: cosine.evaluate(GOOD, np.where(np.arange(24)[:, None] == 3, 0, GOOD)),
    ),
    (
        "The reference logits have the shape (24, 4) and the generated logits (23, 4); they must be pairs.",
        lambda: kl.evaluate(GOOD, GOOD[:23]),
    ),
    (
        "The features have 4 dimensions in the reference set and 3 in the generated one: they are not of one encoder.",
        lambda: frechet.evaluate(GOOD, GOOD[:, :3]),
    ),
    (
        "The generated features of clip 1 have no rows: it is too short for a patch.",
        lambda: frechet.evaluate(list(GOOD.reshape(8, 3, 4)), [GOOD[:3], GOOD[:0], GOOD[3:6]]),
    ),
    (
        "The generated features of clip 1 have the shape (3, 2); (patches, dimensions) is needed.",
        lambda: frechet.evaluate(GOOD, [GOOD[:3], GOOD[:3, :2]]),
    ),
    ("There are no generated logits: the set is empty.", lambda: kl.evaluate(GOOD, GOOD[:0])),
    ("KL needs at least 2 classes; the logits have 1.", lambda: kl.evaluate(GOOD[:, :1], GOOD[:, :1])),
    ("IS needs at least 2 classes; the logits have 1.", lambda: inception.evaluate(GOOD[:, :1])),
    ("A covariance needs at least 2 rows; there is 1.", lambda: Moments.of(GOOD[:1]).covariance),
    ("There are no rows of features.", lambda: Moments.streamed([GOOD[:0]])),
    (
        "A Fréchet distance needs at least 2 clips in each set; the generated set has 0.",
        lambda: frechet.evaluate(GOOD, []),
    ),
]


@pytest.mark.parametrize(("sentence", "act"), REFUSED, ids=[sentence for sentence, _ in REFUSED])
def test_the_reason_is_one_sentence(sentence: str, act: Callable[[], object]) -> None:
    with pytest.raises(MetricError) as caught:
        act()
    assert str(caught.value) == sentence


def test_rank_deficiency_is_reported() -> None:
    wide = RNG.standard_normal((10, 32))
    found = frechet.evaluate(GOOD @ np.ones((4, 32)) + RNG.standard_normal((24, 32)), wide)
    assert found.facts["rank_generated"] == 9
    assert (
        found.warnings.count(
            "Too few clips for a full covariance: compare only with values at the same numbers of clips."
        )
        == 1
    )
    assert found.facts["rank_generated"] == 9


def test_constant_features_are_reported() -> None:
    found = frechet.evaluate(GOOD, GOOD * [1, 1, 1, 0] + [0, 0, 0, 0.3])
    assert found.warnings[0] == "1 of 4 features are constant in the generated set."
    assert found.facts["rank_generated"] == 3


@pytest.mark.parametrize("value", [0.0, 0.3, 1e6])
def test_a_generator_that_always_gives_the_same_is_reported(value: float) -> None:
    """As silence for every item: the distance is what the references spread, and the reader is told."""
    found = frechet.evaluate(GOOD - GOOD.mean(axis=0) + value, np.full((24, 4), value))
    assert found.value == pytest.approx(np.trace(np.cov(GOOD, rowvar=False)), rel=1e-6)
    assert found.facts["rank_generated"] == 0
    assert found.warnings == ("The generated features are the same for every clip.",)


def test_equal_rows_are_reported_by_the_others_too() -> None:
    same = np.tile(GOOD[:1], (24, 1))
    for found in (
        kl.evaluate(GOOD, same),
        inception.evaluate(same),
        kad.evaluate(GOOD, same),
        cosine.evaluate(GOOD, same),
    ):
        assert "the same for every clip" in found.warnings[0]


def test_good_input_has_no_warnings() -> None:
    for evaluate, good in ON_GENERATED.values():
        few = evaluate in (ON_GENERATED[key][0] for key in ("fd_inf", "is", "kad"))  # 24 clips are few to them
        assert evaluate(good).warnings == () or few
    assert ClipRows.of(GOOD, "features").clips == 24

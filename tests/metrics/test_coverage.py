"""Coverage: counted by hand, its interval held against its spread over draws, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from vggsound_omni.metrics import MetricError
from vggsound_omni.metrics.coverage import evaluate
from vggsound_omni.metrics.estimate import F64
from vggsound_omni.stats.intervals import standard_error

NEVER = np.nan


def rows(*clips: list[int]) -> F64:
    found = np.full((len(clips), 40), NEVER)
    for row, numbers in zip(found, clips, strict=True):
        row[: len(numbers)] = numbers
    return found


RECORDINGS = rows(list(range(15)), list(range(10, 25)), [], *([[k] for k in range(30, 50)]))


def test_it_is_a_ratio_of_what_is_near_to_any_clip() -> None:
    made = rows([0, 1, 99], [1], [], *([[0]] * 20))
    found = evaluate(RECORDINGS, made)
    assert (found.facts["examples_generated"], found.facts["examples_reference"]) == (3, 45)
    assert found.value == found.estimate == pytest.approx(3 / 45), "example 99, which no recording is near, counts"
    assert evaluate(RECORDINGS, RECORDINGS).value == 1
    assert evaluate(RECORDINGS, RECORDINGS).interval == (1, 1)
    nothing = evaluate(RECORDINGS, np.full_like(made, NEVER))
    assert nothing.value == 0
    assert nothing.interval is not None
    assert nothing.interval[0] == 0


def test_the_influence_of_a_clip_is_what_its_absence_changes() -> None:
    rng = np.random.default_rng(0)
    one, other = (rng.integers(0, 60, (30, 4)).astype(np.float64) for _ in range(2))
    found = evaluate(one, other)
    assert found.influence is not None
    counts = [
        [len(np.unique(np.delete(side, k, axis=0))) for k in range(30)] + [len(np.unique(side))]
        for side in (other, one)
    ]
    fall = [np.array(row[-1]) - np.array(row[:-1]) for row in counts]
    expected = 29 * (fall[0] - found.value * fall[1]) / counts[1][-1]
    np.testing.assert_allclose(found.influence, expected - expected.mean(), atol=1e-12)


@pytest.mark.parametrize("clips", [24, 384])
@pytest.mark.parametrize("paired", [False, True])
def test_its_interval_holds_what_it_is_on_average(clips: int, paired: bool) -> None:
    """Of clips that are near some examples more often than others; made clips are near fewer of them."""
    chances = 0.5 / np.arange(1, 401)
    rng = np.random.default_rng(clips)

    def drawn() -> tuple[F64, F64]:
        one = rng.random((clips, 400)) < chances
        other = (one if paired else rng.random((clips, 400)) < chances) & (np.arange(400) % 3 > 0)
        return tuple(np.where(side, np.arange(400.0), NEVER) for side in (one, other))  # type: ignore[return-value]

    found = [evaluate(*drawn()) for _ in range(200)]
    truth = float(np.mean([one.value for one in found]))
    held = np.mean([one.interval[0] <= truth <= one.interval[1] for one in found if one.interval])
    assert 0.93 <= held <= 1.0
    errors = [standard_error(one.influence) for one in found if one.influence is not None]
    assert 0.9 < np.mean(errors) / np.std([one.value for one in found]) < 1.5


@pytest.mark.parametrize(
    ("reference", "generated", "sentence"),
    [
        (RECORDINGS[:, 0], RECORDINGS, r"The reference examples have the shape \(23,\)"),
        (RECORDINGS, RECORDINGS[:0], r"The generated examples have the shape \(0, 40\)"),
        (RECORDINGS, RECORDINGS[:5], "There are 5 generated clips and 23 references; pairs are needed."),
        (RECORDINGS, RECORDINGS + 0.5, "The generated examples hold what is no example's number."),
        (RECORDINGS - 1, RECORDINGS, "The reference examples hold what is no example's number."),
        (RECORDINGS, RECORDINGS + np.inf, "The generated examples hold what is no example's number."),
        (RECORDINGS[2:4], RECORDINGS[2:4], "The recordings sound like 1 of the examples that the ear knows; Coverage"),
    ],
)
def test_what_cannot_be_scored_is_refused(reference: F64, generated: F64, sentence: str) -> None:
    with pytest.raises(MetricError, match=sentence):
        evaluate(reference, generated)


def test_few_clips_have_a_value_and_no_estimate() -> None:
    found = evaluate(RECORDINGS[:10], RECORDINGS[:10])
    assert found.value == 1
    assert found.estimate is None
    assert found.interval is None
    assert found.no_estimate == "There are 10 clips, and an estimate needs 20."
    assert evaluate(RECORDINGS[:2].reshape(1, -1), RECORDINGS[:1]).influence is None

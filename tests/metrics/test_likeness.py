"""Likeness: a share counted by hand, what has no score, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from vggsound_omni.metrics import MetricError
from vggsound_omni.metrics.likeness import evaluate

RECORDINGS = np.array([[1, 1], [2, 1], [0, 0], [3, 0], [1, 0]], np.float32)
"""Classes of acts heard in each, and of how many of them one sounds like an example."""


def test_a_clip_has_the_share_of_its_classes_that_sound_like_examples() -> None:
    made = np.array([[4, 1], [2, 2], [1, 1], [0, 0], [3, 0]], np.float32)
    found = evaluate(RECORDINGS, made)
    np.testing.assert_array_equal(found.per_item, [0.25, 1, np.nan, 0, 0])
    assert found.value == pytest.approx(1.25 / 4)
    assert found.n == 4
    assert found.warnings == ("It is about clips in whose recordings an act is heard: 4 of 5.",)
    assert found.interval is not None
    assert found.interval[0] < found.value < found.interval[1]


def test_silence_sounds_like_nothing_and_a_recording_need_not_sound_like_an_example() -> None:
    assert evaluate(RECORDINGS, np.zeros((5, 2))).value == 0
    assert evaluate(RECORDINGS, RECORDINGS).value == pytest.approx((1 + 0.5 + 0 + 0) / 4)


@pytest.mark.parametrize(
    ("reference", "generated", "why"),
    [
        (RECORDINGS[:3], RECORDINGS, "There are 5 generated clips and 3 references; pairs are needed"),
        (np.zeros((4, 2)), np.ones((4, 2)), "The ear hears no act in any recording"),
        (RECORDINGS, np.ones((5, 3)), r"of the generated clips have the shape \(5, 3\); \(clips, 2\) is needed"),
        (np.ones(5), RECORDINGS, r"of the recordings have the shape \(5,\)"),
        (np.empty((0, 2)), np.empty((0, 2)), "and a clip"),
        (RECORDINGS, np.add(RECORDINGS, [0, 4]), "Of the generated clips, the ear must tell counts, the second no"),
        (RECORDINGS, RECORDINGS - 1, "must tell counts"),
        (RECORDINGS, RECORDINGS + 0.5, "must tell counts"),
        (RECORDINGS * np.nan, RECORDINGS, "Of the recordings, the ear must tell counts"),
    ],
)
def test_what_it_cannot_count_is_refused(reference: np.ndarray, generated: np.ndarray, why: str) -> None:
    with pytest.raises(MetricError, match=why):
        evaluate(reference, generated)

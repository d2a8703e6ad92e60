"""Likeness: a share counted by hand, what has no score, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vggsound_omni.metrics import MetricError
from vggsound_omni.metrics.estimate import Floats
from vggsound_omni.metrics.likeness import evaluate
from vggsound_omni.suites.suite import SoundEvent, Truth

BARK = SoundEvent(sound_class="dog barking", onset=1.0, end=1.2)
ACTS = Truth(events=(BARK,))
RAIN = Truth(events=(replace(BARK, sound_class="raining", discrete=False),))
TRUTHS = (ACTS, ACTS, RAIN, Truth(), ACTS, Truth(events=(*RAIN.events, BARK)))
HEARD = np.array([[4, 1], [2, 2], [1, 1], [1, 0], [0, 0], [3, 0]], np.float32)
"""Classes of acts heard in each, and of how many of them one sounds like an example."""


def test_a_clip_has_the_share_of_its_classes_that_sound_like_examples() -> None:
    found = evaluate(HEARD, TRUTHS)
    np.testing.assert_array_equal(found.per_item, [0.25, 1, np.nan, np.nan, 0, 0])
    assert found.value == pytest.approx(1.25 / 4)
    assert found.n == 4
    assert found.warnings == ("It is about clips in which something acts: 4 of 6.",)
    assert found.interval is not None
    assert found.interval[0] < found.value < found.interval[1]


def test_silence_sounds_like_nothing() -> None:
    assert evaluate(np.zeros((6, 2)), TRUTHS).value == 0


@pytest.mark.parametrize(
    ("heard", "truths", "why"),
    [
        (HEARD[:3], TRUTHS, r"have the shape \(3, 2\); \(6 clips, 2\) is needed"),
        (np.ones((6, 3)), TRUTHS, r"have the shape \(6, 3\)"),
        (np.ones(6), TRUTHS, r"have the shape \(6,\)"),
        (HEARD[:2], (RAIN, Truth()), "It is about clips in which something acts, and there are none"),
        (np.empty((0, 2)), (), "and there are none"),
        (np.add(HEARD, [0, 4]), TRUTHS, "must tell counts of classes, the second no larger than the first"),
        (HEARD - 1, TRUTHS, "must tell counts"),
        (HEARD + 0.5, TRUTHS, "must tell counts"),
        (HEARD * np.nan, TRUTHS, "must tell counts"),
    ],
)
def test_what_it_cannot_count_is_refused(heard: Floats, truths: tuple[Truth, ...], why: str) -> None:
    with pytest.raises(MetricError, match=why):
        evaluate(heard, truths)

"""What scoring knows of a judge: an audio language model, wherever it runs, that answers questions about sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vggsound_omni.metrics import Ratings, Verdicts

JUDGED_RATE = 16_000
"""Hz of the sounds that a judge is given."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What should be heard in one item."""

    events: tuple[str, ...] = ()  # classes of its truth, or its labels
    caption: str | None = None  # in their place, where neither is known


class Judge(Protocol):
    """Answers with probabilities; asks no question twice."""

    name: str  # of the model, in the identity of scores
    sha256: str  # over everything that verdicts depend on: model, prompts, calibration
    rubric_sha256: str  # over everything that ratings depend on: model, prompt, questions
    keys: tuple[str, ...]  # of the user's own questions

    def verdicts(self, sounds: Sequence[npt.NDArray[np.float32]], said: Sequence[Said]) -> Verdicts:
        """Says of each sound, (samples,) at :data:`JUDGED_RATE`, whether what should be heard is.

        Raises:
            MetricError: there is no answer, or no budget for one.
        """

    def ratings(self, sounds: Sequence[npt.NDArray[np.float32]]) -> Ratings:
        """Answers the user's own questions about each sound.

        Raises:
            MetricError: there is no answer, or no budget for one.
        """

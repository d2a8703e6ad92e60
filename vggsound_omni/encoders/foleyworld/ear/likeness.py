"""Which examples an act sounds like: recorded acts of its class that it lies as near to as their own neighbours do.

Trees ask for a few features at a time, so that a burst which has those right passes for a class. Here all features of
the ear count together. One clever burst lies near a few examples at most; whoever wants to be near many has to make
what they are, in all their kinds (Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for Generative Models").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from vggsound_omni.stats.distances import squares

from .spectra import Floats

WIDEST = 8.0
"""Standard deviations to which features are cut, so that none decides alone."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """Examples of acts, in a space in which no direction counts for much more than others."""

    centre: Floats  # (features,)
    scale: Floats  # (features,)
    turn: Floats  # (features, features)
    acts: npt.NDArray[np.int16]  # (examples,): index into ACTS
    points: npt.NDArray[np.float16]  # (examples, features)
    reach: Floats  # (examples,): squared distance to a neighbour of the class

    def placed(self, features: Floats) -> Floats:
        """(rows, features) as :meth:`.Heard.around_onsets` has them to (rows, features) of the space."""
        scaled = np.clip((features - self.centre) / self.scale, -WIDEST, WIDEST)
        return np.asarray(scaled.astype(np.float32) @ self.turn)

    def near(self, features: Floats, acts: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Returns the numbers of the examples that any act sounds like, ascending.

        Args:
            features: of acts, (rows, features).
            acts: their classes, (rows,).
        """
        found = [np.empty(0, np.intp)]
        for act in np.unique(acts):
            own = np.flatnonzero(self.acts == act)
            apart = squares(self.points[own].astype(np.float32), self.placed(features[acts == act]))
            found.append(own[(apart < self.reach[own, None]).any(axis=1)])
        return np.concatenate(found)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Returns the arrays to be stored, by name."""
        return {f"likeness.{field.name}": getattr(self, field.name) for field in fields(self)}

    @classmethod
    def stored(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Likeness:
        """Takes it from stored arrays."""
        return cls(**{field.name: arrays[f"likeness.{field.name}"] for field in fields(cls)})

"""The ear as an encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.foleyworld.bundled import Bundled
from vggsound_omni.suites.foleyworld import CLASSES
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

from .onsets import STRICT, flux, pick
from .spec import SPEC

MOST_ONSETS, MOST_EVENTS = 128, 64
"""Rows of the outputs."""


class EarEncoder(Bundled):
    """Tells what happens in a sound and when."""

    classes: tuple[str, ...] = (*CLASSES, "music")

    def __init__(self, device: str = "cpu") -> None:  # noqa: ARG002 - arrays and trees stay on the CPU
        super().__init__(SPEC.name, "ear", {"sample_rate": SAMPLE_RATE})

    def audio(self, samples: Tensor) -> Outputs:
        """Hears (batch, n).

        Returns:
            ``onsets`` (batch, 128, 2): second and strength in dB of whatever begins, in order of time; ``events``
            (batch, 64, 4): index into :attr:`classes`, onset and end in seconds, level in dB. Further rows are NaN; of
            more onsets the strongest are told, of more events the loudest.
        """
        sound = np.asarray(samples.cpu(), np.float32)
        onsets = pick(flux(sound), STRICT)
        events = [np.empty((0, 4), np.float32) for _ in sound]
        return {"onsets": _rows(onsets, MOST_ONSETS, by=1), "events": _rows(events, MOST_EVENTS, by=3)}


def _rows(found: Sequence[npt.NDArray[np.float32]], most: int, by: int) -> Tensor:
    """Puts rows of several clips into one tensor, those beyond ``most`` with the lowest value in a column left out."""
    width = found[0].shape[1] if found else by + 1
    result = np.full((len(found), most, width), np.nan, np.float32)
    for place, rows in zip(result, found, strict=True):
        kept = rows[np.sort(np.argsort(-rows[:, by], kind="stable")[:most])]
        place[: len(kept)] = kept
    return torch.from_numpy(result)

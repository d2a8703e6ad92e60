"""The ear as an encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from safetensors.numpy import load_file
from torch import Tensor

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.foleyworld.bundled import Bundled
from vggsound_omni.errors import UserError
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

from .events import Limits, Trees, assigned, likened, opinions, told
from .hearing import SHORTEST, Heard
from .likeness import Likeness
from .names import NAMES
from .spec import SPEC
from .spectra import Floats

MOST_ONSETS, MOST_EVENTS, MOST_EXAMPLES = 128, 64, 256
"""Rows of the outputs."""
_BATCH = 16
"""Clips that are heard at once."""


class EarEncoder(Bundled):
    """Tells what happens in a sound and when. No gradient leads through it."""

    classes: tuple[str, ...] = NAMES

    def __init__(self, device: str = "cpu") -> None:  # noqa: ARG002 - trees stay on the CPU
        super().__init__(SPEC.name, "ear", {"sample_rate": SAMPLE_RATE})
        arrays = load_file(self._path)
        self.trees, self.likeness = Trees.stored(arrays), Likeness.stored(arrays)
        self._limits = Limits(**self.facts["limits"])

    def audio(self, samples: Tensor) -> Outputs:
        """Hears (batch, n).

        Returns:
            ``onsets`` (batch, 128, 2): second and strength in dB of whatever begins, in order of time; ``events``
            (batch, 64, 4): index into :attr:`classes`, onset and end in seconds, level in dB of full scale, one row
            for each act, or for each span of a texture or of music; ``examples`` (batch, 256): numbers of the examples
            (:mod:`.likeness`) that its acts sound like, ascending; ``likeness`` (batch, 2): in how many classes acts
            are heard, and of how many of these one sounds like an example. Further rows are NaN; of more onsets the
            strongest are told, of more events the loudest, of more examples the first.

        Raises:
            UserError: a sample is not finite.
        """
        sound = np.asarray(samples.detach().cpu(), np.float32)
        if not np.isfinite(sound).all():
            raise UserError("The ear was given samples that are NaN or infinite; give it finite sound.")
        length = sound.shape[1]
        sound = np.pad(sound, ((0, 0), (0, max(SHORTEST - length, 0))))
        onsets: list[Floats] = []
        events: list[Floats] = []
        examples = np.full((len(sound), MOST_EXAMPLES), np.nan, np.float32)
        likeness = np.zeros((len(sound), 2), np.float32)
        for first in range(0, len(sound), _BATCH):
            heard = Heard(sound[first : first + _BATCH])
            onsets += heard.onsets
            said = opinions(self.trees, heard)
            acts = assigned(heard, said, self._limits)
            events += told(heard, said, acts, self._limits)
            for place, found in enumerate(likened(said, acts, self.likeness), first):
                examples[place, : len(found.examples)] = found.examples[:MOST_EXAMPLES]
                likeness[place] = found.classes, found.alike
        return {
            "onsets": _rows(onsets, MOST_ONSETS, by=1),
            "events": _rows(events, MOST_EVENTS, by=3),
            "examples": torch.from_numpy(examples),
            "likeness": torch.from_numpy(likeness),
        }


def _rows(found: Sequence[Floats], most: int, by: int) -> Tensor:
    """Puts rows of several clips into one tensor, those beyond ``most`` with the lowest value in a column left out."""
    result = np.full((len(found), most, by + 1), np.nan, np.float32)
    for place, rows in zip(result, found, strict=True):
        kept = rows[np.sort(np.argsort(-rows[:, by], kind="stable")[:most])]
        place[: len(kept)] = kept
    return torch.from_numpy(result)

"""Real codecs in training: every scene once more, as MP3 or Opus at a drawn bit rate leaves it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vggsound_omni.media.codecs import Codec, coded
from vggsound_omni.suites.foleyworld import SAMPLE_RATE

CLEAN = 96.0
"""kbit/s from which on a mono clip at 16 kHz counts as untouched."""
LEAST = {Codec.MP3: 8.0, Codec.OPUS: 6.0}
"""kbit/s, the lowest rate of each codec, at which a clip counts as ruined."""


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What a scene went through."""

    codec: str  # name of the codec
    kilobits: float  # kbit/s

    @property
    def severity(self) -> float:
        """Returns 0 for a rate at which nothing is lost, 1 for the codec's lowest; even in octaves between."""
        least = LEAST[Codec[self.codec]]
        return min(max(math.log2(CLEAN / self.kilobits) / math.log2(CLEAN / least), 0.0), 1.0)


def treated(samples: npt.NDArray[np.float32], rng: np.random.Generator) -> tuple[npt.NDArray[np.float32], Treatment]:
    """Codes a clip at a drawn rate, even in octaves from the codec's lowest to 128 kbit/s.

    Args:
        samples: (n,) at FoleyWorld's rate.
        rng: draws codec and rate.

    Returns:
        (n,) samples, and what was done.
    """
    codec = list(LEAST)[rng.integers(len(LEAST))]
    steps = [kilobits for kilobits in (6, 8, 16, 24, 32, 40, 48, 64, 80, 96, 112, 128) if kilobits >= LEAST[codec]]
    kilobits = float(steps[rng.integers(len(steps))])
    found = coded(samples, SAMPLE_RATE, codec, kilobits)[: len(samples)]
    return np.pad(found, (0, len(samples) - len(found))), Treatment(codec=codec.name, kilobits=kilobits)

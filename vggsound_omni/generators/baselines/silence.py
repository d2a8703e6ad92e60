"""The floor: nothing at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vggsound_omni.protocol import Audio, ModelCard, Request

from .lengths import sample_count

_SAMPLE_RATE = 16_000


class Silence:
    """Answers with zeros. Its card declares that, so the rule ``silent`` does not apply."""

    card = ModelCard(name="silence", parameters=0, extra={"silent": True})

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns mono zeros of the requested length, 16 kHz."""
        return [
            Audio(
                samples=np.zeros((1, sample_count(request.duration, _SAMPLE_RATE)), np.float32),
                sample_rate=_SAMPLE_RATE,
            )
            for request in requests
        ]

"""The pairs of sound and text as encoders."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.foleyworld.bundled import HEARING, Bundled
from vggsound_omni.encoders.foleyworld.words import numbers

from .network import AudioText


class AudioTextEncoder(Bundled):
    """Encodes sound and text to unit vectors in one space."""

    def __init__(self, name: str, device: str = "cpu") -> None:
        super().__init__(f"foleyworld-{name}", name, HEARING)
        self._words: dict[str, int] = self.facts["words"]
        self._network = self._load(AudioText(self.facts["architecture"], len(self._words) + 2), device)
        self._device = device

    def outputs(self, samples: Tensor) -> Outputs:
        """Encodes (batch, samples) to ``embedding`` (batch, 128)."""
        return {"embedding": self._network.hear(self._network.front_end.spectra(samples))}

    @torch.inference_mode()
    def text(self, texts: Sequence[str]) -> Outputs:
        """Encodes texts to ``embedding`` (texts, 128)."""
        return {"embedding": self._network.read(numbers(texts, self._words).to(self._device)).cpu()}

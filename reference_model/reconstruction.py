"""An upper bound for the reference model: recordings passed through its autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from reference_model.components import load_autoencoder
from reference_model.generator import WEIGHTS
from reference_model.rates import SAMPLE_RATE
from vggsound_omni.generators.baselines.oracle import Oracle
from vggsound_omni.media import sinc_resample
from vggsound_omni.protocol import Audio, Request
from vggsound_omni.suites.suite import Suite


class Reconstruction(Oracle):
    """Answers each item with its own recording, encoded to latents and decoded: an upper bound for a latent model.

    Args:
        suite: the suite being run.
        encoders: folder of the autoencoder.

    Raises:
        UserError: there is no autoencoder in that folder.
    """

    def __init__(self, suite: Suite, encoders: Path = WEIGHTS) -> None:
        super().__init__(suite)
        self._autoencoder = load_autoencoder(Path(encoders))
        parameters = sum(p.numel() for p in self._autoencoder.parameters())
        self.card = replace(Oracle.card, name="autoencoder", parameters=parameters, training_data=("FoleyWorld train",))

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns mono sound at 16 kHz."""
        return [self._rebuilt(audio) for audio in super().generate(requests)]

    @torch.inference_mode()
    def _rebuilt(self, audio: Audio) -> Audio:
        mono = torch.from_numpy(audio.samples).mean(0, keepdim=True)
        samples = sinc_resample(mono, audio.sample_rate, SAMPLE_RATE)
        found = self._autoencoder.decode(self._autoencoder.encode(samples))[:, : samples.shape[1]]
        return Audio(samples=found.clamp(-1, 1).numpy(), sample_rate=SAMPLE_RATE)

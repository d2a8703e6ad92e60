"""What all encoders that ship with the package share."""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import AudioInput, EncoderCard, Outputs, VideoInput
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

from . import frontend
from .weights import WEIGHTS, facts, load

Network = TypeVar("Network", bound=nn.Module)
HEARING = {"sample_rate": SAMPLE_RATE, "window": frontend.WINDOW, "hop": frontend.HOP, "mels": frontend.MELS}
"""What the outputs for sound depend on, as a card states it."""
SEEING = {"fps": frontend.FRAME_FPS, "pixels": frontend.FRAME_PIXELS}
"""The same for pictures."""
PICTURES = VideoInput(fps=frontend.FRAME_FPS, pixels=frontend.FRAME_PIXELS)


class Bundled:
    """An encoder that ships with its weights."""

    audio_input = AudioInput(sample_rate=SAMPLE_RATE)

    def __init__(self, name: str, weights: str, front_end: dict[str, Any]) -> None:
        """Reads the card.

        Args:
            name: of the encoder.
            weights: name of its file.
            front_end: what its outputs depend on.
        """
        self._path = WEIGHTS / f"{weights}.safetensors"
        self.facts = facts(self._path)
        self.card = EncoderCard(
            name=name,
            kind=self.facts["kind"],
            encoder_set="foleyworld",
            checkpoint_sha256=self.facts["checkpoint_sha256"],
            parameters=self.facts["parameters"],
            trained_on=self.facts["trained_on"],
            licence="Apache-2.0",
            held_out=self.facts["held_out"],
            front_end=front_end,
            published=True,  # the facts could not have been read otherwise
        )

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """Encodes (batch, samples): see :meth:`outputs`."""
        return {name: value.cpu() for name, value in self.outputs(samples).items()}

    def outputs(self, samples: Tensor) -> Outputs:
        """Encodes (batch, samples) on the network's device, with a gradient where one is wanted."""
        raise NotImplementedError

    def _load(self, network: Network, device: str) -> Network:
        """Fills a network with the weights and moves it to the device."""
        load(self._path, network)
        return network.to(device)

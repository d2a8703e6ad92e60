"""The pair of sound and picture as an encoder."""

from __future__ import annotations

import torch
from torch import Tensor

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.foleyworld.bundled import HEARING, PICTURES, SEEING, Bundled
from vggsound_omni.encoders.foleyworld.frontend import log_mel

from .network import AudioVideo
from .spec import SPEC


class AudioVideoEncoder(Bundled):
    """Encodes sound and picture to unit vectors in one space."""

    video_input = PICTURES

    def __init__(self, device: str = "cpu") -> None:
        super().__init__(SPEC.name, "audiovisual", HEARING | SEEING)
        self._network = self._load(AudioVideo(), device)

    def outputs(self, samples: Tensor) -> Outputs:
        """Encodes (batch, samples) to ``embedding`` (batch, 128)."""
        return {"embedding": self._network.hear(log_mel(samples))}

    @torch.inference_mode()
    def video(self, frames: Tensor) -> Outputs:
        """Encodes (batch, time, 64, 64, 3) uint8 at 12.5 frames a second to ``embedding`` (batch, 128)."""
        return {"embedding": self._network.see(frames).cpu()}

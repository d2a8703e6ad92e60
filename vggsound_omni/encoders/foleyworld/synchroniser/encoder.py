"""The synchroniser as an encoder."""

from __future__ import annotations

import torch
from torch import Tensor

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.foleyworld.bundled import HEARING, PICTURES, SEEING, Bundled
from vggsound_omni.encoders.foleyworld.frontend import FRAME_FPS, MEL_RATE, log_mel
from vggsound_omni.errors import UserError

from .network import LAGS, WINDOW, SynchroniserNetwork
from .spec import SPEC


class SynchroniserEncoder(Bundled):
    """Estimates how far sound and picture are apart, from the first and the last 4.8 s of both.

    Its name ends in what :meth:`compare` reads: all lags. An earlier ``foleyworld-synchroniser`` had the same weights
    and read every fifth; scores by the two do not compare.
    """

    offsets = LAGS
    video_input = PICTURES

    def __init__(self, device: str = "cpu") -> None:
        super().__init__(SPEC.name, "synchroniser", HEARING | SEEING | {"seconds": WINDOW})
        self._network = self._load(SynchroniserNetwork(), device)
        self._device = device

    def outputs(self, samples: Tensor) -> Outputs:
        """Encodes (batch, samples) to ``windows`` (batch, 2, d, time). UserError below 4.8 s."""
        mel = log_mel(samples)
        return {"windows": torch.stack([self._network.hear(w) for w in _ends(mel, MEL_RATE)], 1)}

    @torch.inference_mode()
    def video(self, frames: Tensor) -> Outputs:
        """Encodes (batch, time, 64, 64, 3) uint8 to ``windows`` (batch, 2, d, time). UserError below 4.8 s."""
        return {"windows": torch.stack([self._network.see(w) for w in _ends(frames, FRAME_FPS)], 1).cpu()}

    @torch.inference_mode()
    def compare(self, audio: Outputs, video: Outputs) -> Tensor:
        """Compares ``windows`` of both: logits (batch, 2, 101), one for each of :attr:`offsets`."""
        return self.compared(audio, video).cpu()

    def compared(self, audio: Outputs, video: Outputs) -> Tensor:
        """The same on the network's device, with a gradient where one is wanted."""
        heard, seen = (outputs["windows"].to(self._device) for outputs in (audio, video))
        return torch.stack([self._network.compare(heard[:, k], seen[:, k]) for k in range(2)], 1)


def _ends(x: Tensor, rate: float) -> tuple[Tensor, Tensor]:
    """Returns the first and the last 4.8 s of (batch, time, ...)."""
    length = round(WINDOW * rate)
    if x.shape[1] < length:
        raise UserError(f"{x.shape[1] / rate:.2f} s are too short; the synchroniser compares {WINDOW} s.")
    return x[:, :length], x[:, -length:]

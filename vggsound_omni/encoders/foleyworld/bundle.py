"""The trained networks as encoders, with the faces that scoring asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import EncoderCard, Outputs
from vggsound_omni.errors import UserError
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

from . import frontend
from .aesthetics import AXES, Aesthetics
from .clips import TAGS
from .contrastive import AudioText, AudioVideo
from .synchroniser import LAGS, WINDOW, SynchroniserNetwork
from .tagger import Tagger
from .weights import WEIGHTS, facts, load
from .words import numbers

Network = TypeVar("Network", bound=nn.Module)
_HEARING = {"sample_rate": SAMPLE_RATE, "window": frontend.WINDOW, "hop": frontend.HOP, "mels": frontend.MELS}
_SEEING = {"fps": frontend.FRAME_FPS, "pixels": frontend.FRAME_PIXELS}


class _Bundled:
    """What all bundled encoders share."""

    sample_rate = SAMPLE_RATE
    fps = frontend.FRAME_FPS
    pixels = frontend.FRAME_PIXELS

    def __init__(self, name: str, front_end: dict[str, Any], reading: str = "") -> None:
        """Reads the card.

        Args:
            name: of the weights.
            front_end: what its numbers depend on.
            reading: what is made of the network's output, where that has changed since it was trained; ends the name.
        """
        self._path = WEIGHTS / f"{name}.safetensors"
        self.facts = facts(self._path)
        self.card = EncoderCard(
            name=f"foleyworld-{name}{reading}",
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

    def _filled(self, network: Network, device: str) -> Network:
        load(self._path, network)
        return network.to(device)


class TaggerEncoder(_Bundled):
    """Logits of :data:`.clips.TAGS`, a clip embedding, and an embedding for every 0.96 s."""

    def __init__(self, device: str = "cpu") -> None:
        super().__init__("tagger", _HEARING)
        self.classes = TAGS
        self._network = self._filled(Tagger(), device)

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``logits`` (batch, 29), ``embedding`` (batch, 128) and ``patches`` (batch, n, 128)."""
        logits, embedding, patches = self._network(frontend.log_mel(samples))
        return {"logits": logits.cpu(), "embedding": embedding.cpu(), "patches": patches.cpu()}


class AudioTextEncoder(_Bundled):
    """Unit vectors of sound and text in one space."""

    def __init__(self, name: str, device: str = "cpu") -> None:
        super().__init__(name, _HEARING)
        self._words: dict[str, int] = self.facts["words"]
        self._network = self._filled(AudioText(self.facts["architecture"], len(self._words) + 2), device)
        self._device = device

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``embedding`` (batch, 128)."""
        return {"embedding": self._network.hear(frontend.log_mel(samples)).cpu()}

    @torch.inference_mode()
    def text(self, texts: Sequence[str]) -> Outputs:
        """Texts to ``embedding`` (texts, 128)."""
        return {"embedding": self._network.read(numbers(texts, self._words).to(self._device)).cpu()}


class AudioVideoEncoder(_Bundled):
    """Unit vectors of sound and picture in one space."""

    def __init__(self, device: str = "cpu") -> None:
        super().__init__("audiovisual", _HEARING | _SEEING)
        self._network = self._filled(AudioVideo(), device)

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``embedding`` (batch, 128)."""
        return {"embedding": self._network.hear(frontend.log_mel(samples)).cpu()}

    @torch.inference_mode()
    def video(self, frames: Tensor) -> Outputs:
        """(batch, time, 64, 64, 3) uint8 at 12.5 frames a second to ``embedding`` (batch, 128)."""
        return {"embedding": self._network.see(frames).cpu()}


class SynchroniserEncoder(_Bundled):
    """How far sound and picture are apart, from the first and the last 4.8 s of both.

    Its name ends in what :meth:`compare` reads: all lags. An earlier ``foleyworld-synchroniser`` had the same weights
    and read every fifth; scores by the two do not compare.
    """

    offsets = LAGS

    def __init__(self, device: str = "cpu") -> None:
        super().__init__("synchroniser", _HEARING | _SEEING | {"seconds": WINDOW}, reading="-lags")
        self._network = self._filled(SynchroniserNetwork(), device)
        self._device = device

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``windows`` (batch, 2, d, time). Shorter than 4.8 s raises UserError."""
        mel = frontend.log_mel(samples)
        return {"windows": torch.stack([self._network.hear(w) for w in _ends(mel, frontend.MEL_RATE)], 1).cpu()}

    @torch.inference_mode()
    def video(self, frames: Tensor) -> Outputs:
        """(batch, time, 64, 64, 3) uint8 to ``windows`` (batch, 2, d, time). Shorter than 4.8 s raises UserError."""
        return {"windows": torch.stack([self._network.see(w) for w in _ends(frames, self.fps)], 1).cpu()}

    @torch.inference_mode()
    def compare(self, audio: Outputs, video: Outputs) -> Tensor:
        """``windows`` of both to logits (batch, 2, 101), one for each of :attr:`offsets`."""
        heard, seen = (outputs["windows"].to(self._device) for outputs in (audio, video))
        return torch.stack([self._network.compare(heard[:, k], seen[:, k]) for k in range(2)], 1).cpu()


class AestheticsEncoder(_Bundled):
    """PQ, PC, CU and CE, each from 1 to 10."""

    def __init__(self, device: str = "cpu") -> None:
        super().__init__("aesthetics", _HEARING)
        self._network = self._filled(Aesthetics(), device)

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to ``pq``, ``pc``, ``cu`` and ``ce``, (batch,) each."""
        return dict(zip(AXES, self._network(frontend.log_mel(samples)).cpu().T, strict=True))


def _ends(x: Tensor, rate: float) -> tuple[Tensor, Tensor]:
    """The first and the last 4.8 s of (batch, time, ...)."""
    length = round(WINDOW * rate)
    if x.shape[1] < length:
        raise UserError(f"{x.shape[1] / rate:.2f} s are too short; the synchroniser compares {WINDOW} s.")
    return x[:, :length], x[:, -length:]

"""The base model's encoders, loaded from published checkpoints: Flan-T5, CLIP's image encoder, Synchformer.

The first two are folders in the format of transformers (``google/flan-t5-base``; a CLIP ViT-H/14 with projection).
Synchformer is the published file, loaded by this project's port. Nothing is downloaded here.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor
from torch.nn import functional as F

from reference_model.rates import LATENT_RATE
from vggsound_omni.errors import UserError
from vggsound_omni.media._torchaudio import torchaudio  # noqa: F401 - transformers imports it as it is

LONGEST: Final = 128  # text tokens; longer texts are cut
SYNC_RATE: Final = 24
"""Synchronisation features per second. Eight per segment, one segment every 0.32 s, are 25; the system counts 24."""
_CLIP_MEAN: Final = (0.48145466, 0.4578275, 0.40821073)
_CLIP_DEVIATION: Final = (0.26862954, 0.26130258, 0.27577711)


class SegmentEncoder(Protocol):
    """Synchformer's video encoder."""

    def seen(self, frames: Tensor) -> Tensor:
        """Encodes (b, k, height, width, 3) at 25 frames/s to (b, segments, 8, w)."""


class FlanT5:
    """Encodes text to tokens with a T5 encoder.

    Args:
        folder: folder of its weights and tokeniser.
        device: torch device.

    Raises:
        UserError: the folder holds no such network.
    """

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        from transformers import AutoTokenizer, T5EncoderModel

        self._tokeniser = _loaded(AutoTokenizer, folder, "a tokeniser")
        self._network = _loaded(T5EncoderModel, folder, "a T5 encoder").to(device).eval()
        self._device = device

    @torch.inference_mode()
    def read(self, texts: Sequence[str]) -> tuple[Float[Tensor, "b t w"], Bool[Tensor, "b t"]]:
        """Encodes texts to tokens and a mask; a text of more than :data:`LONGEST` tokens is cut, with a warning."""
        found = self._tokeniser(list(texts), padding=True, return_tensors="pt", return_attention_mask=True)
        ids, present = found["input_ids"], found["attention_mask"].bool()
        for text, row in zip(texts, ids, strict=True):
            if int((row != self._tokeniser.pad_token_id).sum()) > LONGEST:
                end = self._tokeniser.decode(row[:LONGEST], skip_special_tokens=True)[-30:]
                warnings.warn(f'{LONGEST} tokens of "{text[:30]}..." are read, up to "...{end}".', stacklevel=2)
        ids, present = ids[:, :LONGEST].to(self._device), present[:, :LONGEST].to(self._device)
        tokens = self._network(input_ids=ids, attention_mask=present.long()).last_hidden_state
        return tokens * present[..., None], present


class ClipFrames:
    """Encodes frames to visual tokens: one unit-length CLIP embedding per frame.

    Args:
        folder: folder of its weights.
        device: torch device.
        at_once: frames per call of the network.

    Raises:
        UserError: the folder holds no such network.
    """

    def __init__(self, folder: Path, device: str = "cpu", at_once: int = 64) -> None:
        from transformers import CLIPVisionModelWithProjection

        self._network = _loaded(CLIPVisionModelWithProjection, folder, "a CLIP picture tower").to(device).eval()
        self.pixels = int(self._network.config.image_size)
        self._device, self._at_once = device, at_once

    @torch.inference_mode()
    def see(self, frames: UInt8[Tensor, "k height width 3"]) -> Float[Tensor, "k w"]:
        """Encodes square frames at ``VISUAL_FPS``, scaled (bicubic, antialiased) if they have another size."""
        mean, deviation = (
            torch.tensor(row, device=self._device)[:, None, None] for row in (_CLIP_MEAN, _CLIP_DEVIATION)
        )
        found = []
        for some in frames.split(self._at_once):
            x = some.to(self._device).permute(0, 3, 1, 2).float()
            if x.shape[-2:] != (self.pixels, self.pixels):
                x = F.interpolate(x, (self.pixels, self.pixels), mode="bicubic", antialias=True).clamp(0, 255)
            found.append(self._network(pixel_values=(x / 255 - mean) / deviation).image_embeds)
        return F.normalize(torch.cat(found), dim=-1)


def synchrony(encoder: SegmentEncoder, frames: UInt8[Tensor, "k height width 3"], latents: int) -> Float[Tensor, "n w"]:
    """Returns one synchronisation feature per latent: Synchformer's last one before it; the final one is repeated.

    Args:
        encoder: Synchformer.
        frames: at 25 frames/s.
        latents: number of features.
    """
    features = encoder.seen(frames[None])[0].flatten(0, 1)
    places = (torch.arange(latents) * SYNC_RATE / LATENT_RATE).long().clamp(max=len(features) - 1)
    return features[places.to(features.device)]


def _loaded(kind: Any, folder: Path, what: str) -> Any:  # noqa: ANN401 - transformers' classes share no type
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder} with {what}; place the published files there.")
    try:
        return kind.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(f"{folder} does not hold {what}: {str(error).splitlines()[0]}") from error

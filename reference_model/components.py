"""The trained networks around the transformer: autoencoder, text encoder, video encoder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar

import torch
from jaxtyping import Bool, Float, UInt8
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from reference_model.autoencoder import Autoencoder
from reference_model.autoencoder.files import NAME as AUTOENCODER
from reference_model.autoencoder.files import encoder_content, read_config
from reference_model.conditioning import Conditions, familiar
from reference_model.conditioning import text as text_module
from reference_model.conditioning import video as video_module
from reference_model.conditioning.familiar import Familiar
from reference_model.conditioning.text import TextEncoder
from reference_model.conditioning.video import VideoEncoder
from vggsound_omni.errors import UserError

Network = TypeVar("Network", bound=nn.Module)

FILES = ("autoencoder", "text", "video")  # stems of the safetensors files in a folder


@dataclass(frozen=True, kw_only=True)
class Components:
    """The nano's autoencoder, text encoder and video encoder, in evaluation mode, float32."""

    autoencoder: Autoencoder
    text: TextEncoder
    video: VideoEncoder
    pictures: Familiar
    folder: Path

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Self:
        """Loads ``autoencoder``, ``text``, ``video`` and ``pictures`` from ``folder``, each a ``.safetensors`` file.

        Raises:
            UserError: a file is missing or belongs to another network.
        """
        _expect(folder, (*FILES, Path(familiar.NAME).stem))
        with safe_open(folder / "text.safetensors", "pt") as file:
            vocabulary = json.loads((file.metadata() or {}).get("vocabulary", "{}"))
        return cls(
            autoencoder=load_autoencoder(folder, device),
            text=_filled(TextEncoder(text_module.NANO, vocabulary), folder / "text.safetensors", device),
            video=_filled(VideoEncoder(video_module.NANO), folder / "video.safetensors", device),
            pictures=Familiar.load(folder),
            folder=folder,
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that makes training examples: of the autoencoder, the encoder alone."""
        digest = hashlib.sha256(encoder_content(self.folder / AUTOENCODER))
        for name in FILES[1:]:
            digest.update((self.folder / f"{name}.safetensors").read_bytes())
        return digest.hexdigest()

    @property
    def parameters(self) -> int:
        """Number of parameters of the three networks."""
        return sum(p.numel() for network in (self.autoencoder, self.text, self.video) for p in network.parameters())

    @torch.inference_mode()
    def read(self, texts: Sequence[str]) -> tuple[Float[Tensor, "b t w"], Bool[Tensor, "b t"]]:
        """Encodes texts to tokens, with a mask that is True for real tokens; a text without words has none."""
        return self.text(self.text.numbers(texts).to(self.text.position.device))

    @torch.inference_mode()
    def see(
        self, frames: UInt8[Tensor, "b k 64 64 3"], latents: int
    ) -> tuple[Float[Tensor, "b f w"], Float[Tensor, "b n s"]]:
        """Encodes frames to visual tokens and one synchronisation feature per latent (zeros after the last frame)."""
        visual, sync = self.video(frames.to(self.text.position.device))
        return visual, F.pad(sync, (0, 0, 0, max(0, latents - sync.shape[1])))[:, :latents]

    def conditions(
        self,
        texts: Sequence[str | None],
        frames: Sequence[UInt8[Tensor, "_ 64 64 3"] | None],
        seconds: float,
        latents: int,
    ) -> Conditions:
        """Returns the conditions of b requests of one duration; each may lack its text or its video."""
        tokens, present = self.read([text or "" for text in texts])
        parts = []
        for row, pictures in enumerate(frames):
            if pictures is None:
                visual = tokens.new_zeros(1, 0, self.video.config.width)
                sync = tokens.new_zeros(1, latents, self.video.config.sync_width)
            else:
                visual, sync = self.see(pictures[None], latents)
            parts.append(
                Conditions(
                    text=tokens[row : row + 1],
                    text_mask=present[row : row + 1],
                    visual=visual,
                    visual_mask=present.new_ones(visual.shape[:2]),
                    sync=sync,
                    start=torch.zeros(1, device=tokens.device),
                    seconds=torch.full((1,), seconds, device=tokens.device),
                )
            )
        return Conditions.join(parts)


def load_autoencoder(folder: Path, device: str = "cpu") -> Autoencoder:
    """Loads the nano's autoencoder, in evaluation mode, float32.

    Raises:
        UserError: the file is missing or belongs to another network.
    """
    _expect(folder, ("autoencoder",))
    path = folder / AUTOENCODER
    return _filled(Autoencoder(read_config(path)), path, device)


def _expect(folder: Path, names: Sequence[str]) -> None:
    missing = [f"{name}.safetensors" for name in names if not (folder / f"{name}.safetensors").is_file()]
    if missing:
        raise UserError(f"{folder} has no {' and no '.join(missing)}.")


def _filled(network: Network, path: Path, device: str) -> Network:
    try:
        network.load_state_dict(load_file(path, device=device))
    except (RuntimeError, OSError, ValueError) as error:
        sentence = str(error).splitlines()[0]
        raise UserError(f"{path} does not hold weights of {type(network).__name__}: {sentence}") from error
    return network.to(device).eval().requires_grad_(requires_grad=False)

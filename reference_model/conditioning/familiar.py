"""Whether a picture is of the world that the nano's video encoder was trained on.

Some statistics of a frame (means and deviations of its colours, of steps between neighbouring pixels, and of the
encoder's first layers) are about normally distributed over that world's frames. A picture that lies further from their
mean than the furthest held-out one is of another world (the Mahalanobis distance over layers: Lee et al., "A Simple
Unified Framework for Detecting Out-of-Distribution Samples", 2018).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

import torch
from jaxtyping import Float, UInt8
from safetensors.torch import load_file, save_file
from torch import Tensor

from vggsound_omni.io import replacing

from .video import VideoEncoder

NAME: Final = "pictures.safetensors"  # in the folder of the encoders
FRAMES: Final = 4  # of a video, evenly spread
LAYERS: Final = 2  # of the encoder; later ones tell classes rather than worlds
_LEAST: Final = 1e-2  # added to the variances of standardised statistics: some directions hardly vary


@dataclass(frozen=True, kw_only=True)
class Familiar:
    """The distribution of a world's pictures, as one video encoder sees them."""

    mean: Float[Tensor, " d"]
    whitening: Float[Tensor, "d d"]  # makes deviations from the mean uncorrelated, of variance 1 at most
    limit: float  # distance beyond which a picture is of another world

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Loads what :meth:`save` wrote."""
        found = load_file(folder / NAME)
        return cls(mean=found["mean"], whitening=found["whitening"], limit=float(found["limit"]))

    def save(self, folder: Path) -> None:
        """Writes the file into the folder of the encoders."""
        with replacing(folder / NAME) as path:
            save_file(
                {"mean": self.mean, "whitening": self.whitening.contiguous(), "limit": torch.tensor(self.limit)}, path
            )

    def distance(self, encoder: VideoEncoder, frames: UInt8[Tensor, "k 64 64 3"]) -> float:
        """Returns how far a video's frames lie from the world's, on average, in standard deviations."""
        deviations = (look(encoder, frames) - self.mean) @ self.whitening
        return float(deviations.square().mean(1).sqrt().mean())

    def knows(self, encoder: VideoEncoder, frames: UInt8[Tensor, "k 64 64 3"]) -> bool:
        """Returns whether a video is of the world."""
        return self.distance(encoder, frames) <= self.limit


@torch.inference_mode()
def look(encoder: VideoEncoder, frames: UInt8[Tensor, "k 64 64 3"]) -> Float[Tensor, "frames d"]:
    """Returns the statistics of some still frames of a video."""
    chosen = frames[torch.linspace(0, len(frames) - 1, FRAMES).round().long()]
    stills = (chosen.to(next(encoder.parameters()).device).float() / 128 - 1).permute(0, 3, 1, 2)
    steps = (stills.diff(dim=2), stills.diff(dim=3))
    found = [stills.mean((2, 3)), stills.std((2, 3)), *(step.abs().mean((2, 3)) for step in steps)]
    x = torch.cat((stills, torch.zeros_like(stills)), dim=1)  # nothing has changed since the frame before
    for layer in encoder.frames[:LAYERS]:
        x = layer(x)
        found += [x.mean((2, 3)), x.std((2, 3))]
    return torch.cat(found, dim=1).float().cpu()


def fit(
    encoder: VideoEncoder,
    videos: Iterable[UInt8[Tensor, "k 64 64 3"]],
    held_out: Iterable[UInt8[Tensor, "k 64 64 3"]],
) -> Familiar:
    """Measures the distribution of some videos' frames, and sets the limit by others.

    Args:
        encoder: in evaluation mode.
        videos: several hundred.
        held_out: others of the same world.
    """
    seen = torch.cat([look(encoder, frames) for frames in videos]).double()
    mean, scale = seen.mean(0), seen.std(0) + 1e-6
    variances, directions = torch.linalg.eigh(torch.cov(((seen - mean) / scale).T))
    whitening = directions / scale[:, None] * (variances + _LEAST).rsqrt()
    found = Familiar(mean=mean.float(), whitening=whitening.float(), limit=0.0)
    return replace(found, limit=max(found.distance(encoder, frames) for frames in held_out))

"""Whether a picture is of the world that the nano's video encoder was trained on.

Means of the encoder's convolutional channels, over frame and layer, are about normally distributed over that world's
pictures. A picture that lies further from their mean than any held-out one is of another world (Mahalanobis distance
over layers: Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples", 2018).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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
MARGIN: Final = 1.25  # by which the furthest held-out picture may be exceeded
_LEAST: Final = 1e-4  # added to variances: some channels never vary


@dataclass(frozen=True, kw_only=True)
class Familiar:
    """The distribution of a world's pictures, as one video encoder sees them."""

    mean: Float[Tensor, " d"]
    whitening: Float[Tensor, "d d"]  # makes deviations from the mean uncorrelated, of variance 1
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
        """Returns how far a video lies from the world's, as a root mean square in standard deviations."""
        deviation = (look(encoder, frames) - self.mean) @ self.whitening
        return float(deviation.square().mean().sqrt())

    def knows(self, encoder: VideoEncoder, frames: UInt8[Tensor, "k 64 64 3"]) -> bool:
        """Returns whether a video is of the world."""
        return self.distance(encoder, frames) <= self.limit


@torch.inference_mode()
def look(encoder: VideoEncoder, frames: UInt8[Tensor, "k 64 64 3"]) -> Float[Tensor, " d"]:
    """Returns the means of all channels of all layers over some still frames of a video."""
    chosen = frames[torch.linspace(0, len(frames) - 1, FRAMES).round().long()]
    stills = chosen.to(next(encoder.parameters()).device).float() / 128 - 1
    x, found = torch.cat((stills, torch.zeros_like(stills)), dim=-1).permute(0, 3, 1, 2), []
    for layer in encoder.frames:
        x = layer(x)
        found.append(x.mean((0, 2, 3)))
    return torch.cat(found).float().cpu()


def fit(
    encoder: VideoEncoder,
    videos: Iterable[UInt8[Tensor, "k 64 64 3"]],
    held_out: Iterable[UInt8[Tensor, "k 64 64 3"]],
) -> Familiar:
    """Measures the distribution of some videos, and sets the limit by others.

    Args:
        encoder: in evaluation mode.
        videos: several hundred.
        held_out: others of the same world.
    """
    seen = torch.stack([look(encoder, frames) for frames in videos]).double()
    mean = seen.mean(0)
    variances, directions = torch.linalg.eigh(torch.cov(seen.T))
    scale = (variances + _LEAST * variances.max()).rsqrt()
    found = Familiar(mean=mean.float(), whitening=(directions * scale).float(), limit=0.0)
    furthest = max(found.distance(encoder, frames) for frames in held_out)
    return Familiar(mean=found.mean, whitening=found.whitening, limit=MARGIN * furthest)

"""How far a reconstructed spectrogram is from its own."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

_KNEE_HZ = 700.0
"""Of the mel scale: frequencies count as much as they take of it."""


def reconstruction(
    found: Float[Tensor, "b s f"], true: Float[Tensor, "b s f"], highest_hz: float
) -> dict[str, Float[Tensor, ""]]:
    """The spectral loss (Arik et al., Multi-head Convolutional Neural Networks, 2019), each frequency by the mel scale.

    Args:
        found: scaled log magnitudes.
        true: those of the sound.
        highest_hz: of the last of f frequencies; the first is 0.

    Returns:
        ``log_magnitude``, the mean absolute distance of both; ``convergence``, ``|M - M_found| / |M|`` where M are
        their exponentials (magnitudes compressed by the scale), mean over the batch.
    """
    hertz = torch.linspace(0, highest_hz, true.shape[2], device=true.device)
    share = 1 / (hertz + _KNEE_HZ)
    share = share / share.mean()
    missing = ((found.exp() - true.exp()).square() * share).sum((1, 2))
    whole = (true.exp().square() * share).sum((1, 2))
    return {
        "log_magnitude": ((found - true).abs() * share).mean(),
        "convergence": (missing / whole).sqrt().mean(),
    }


def divergence(mean: Float[Tensor, "b n c"], deviation: Float[Tensor, "b n c"]) -> Float[Tensor, ""]:
    """Kullback-Leibler divergence of the posterior from a standard normal, nats a latent channel."""
    return 0.5 * (mean.square() + deviation.square() - 1 - 2 * deviation.log()).mean()

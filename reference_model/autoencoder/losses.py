"""Losses of the spectral autoencoder."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

_KNEE_HZ = 700.0  # of the mel scale; frequencies are weighted by their share of that scale


def reconstruction(
    median: Float[Tensor, "b s f"], spread: Float[Tensor, "b s f"], true: Float[Tensor, "b s f"], highest_hz: float
) -> dict[str, Float[Tensor, ""]]:
    """Returns the spectral loss (Arik et al., Multi-head Convolutional Neural Networks, 2019), weighted by mel scale.

    Args:
        median: reconstructed scaled log magnitudes.
        spread: how far from it they are expected, in the mean; above 0.
        true: scaled log magnitudes of the sound.
        highest_hz: the last of the f frequencies; the first is 0.

    Returns:
        ``log_magnitude``, the mean absolute difference; ``convergence``, ``|M - M_found| / |M|`` averaged over the
        batch, where M are the exponentials (magnitudes, compressed by the scale); and ``spread``, the negative
        log-likelihood of the differences under Laplace's distribution, in nats, which leaves the median alone.
    """
    hertz = torch.linspace(0, highest_hz, true.shape[2], device=true.device)
    share = 1 / (hertz + _KNEE_HZ)
    share = share / share.mean()
    missing = ((median.exp() - true.exp()).square() * share).sum((1, 2))
    whole = (true.exp().square() * share).sum((1, 2))
    off = (median - true).abs()
    return {
        "log_magnitude": (off * share).mean(),
        "convergence": (missing / whole).sqrt().mean(),
        "spread": ((off.detach() / spread + (2 * spread).log()) * share).mean(),
    }


def divergence(mean: Float[Tensor, "b n c"], deviation: Float[Tensor, "b n c"]) -> Float[Tensor, ""]:
    """Returns the Kullback-Leibler divergence of the posterior from a standard normal, in nats per latent channel."""
    return 0.5 * (mean.square() + deviation.square() - 1 - 2 * deviation.log()).mean()

"""How far a reconstruction is from its sound."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

WINDOWS = (64, 128, 256, 512, 1024, 2048)
"""Samples of the Hann windows; each moves by a quarter."""
_FLOOR = 3e-4
"""Of a magnitude: about the quietest room. What lies below is not worth learning, and would outweigh what is heard."""


def reconstruction(found: Float[Tensor, "b t"], sound: Float[Tensor, "b t"]) -> dict[str, Float[Tensor, ""]]:
    """The multi-resolution spectral loss (Yamamoto et al., Parallel WaveGAN, 2020, section 2.2), and the waveform's.

    Over all windows the mean of: the spectral convergence ``|S - S_found| / |S|``, and the mean distance of
    ``log S``. The mean distance of samples keeps the phase.

    Returns:
        ``convergence``, ``log_magnitude`` and ``waveform``.
    """
    convergence, log_magnitude = [], []
    for size in WINDOWS:
        window = torch.hann_window(size, device=sound.device)
        spectra = torch.stft(torch.cat((found, sound)), size, size // 4, window=window, return_complex=True)
        mine, true = (spectra.real.square() + spectra.imag.square() + _FLOOR**2).sqrt().div(size**0.5).chunk(2)
        convergence.append((mine - true).norm(dim=(1, 2)) / (true.norm(dim=(1, 2)) + 0.1))
        log_magnitude.append(((mine + _FLOOR).log() - (true + _FLOOR).log()).abs().mean(dim=(1, 2)))
    return {
        "convergence": torch.stack(convergence).mean(),
        "log_magnitude": torch.stack(log_magnitude).mean(),
        "waveform": (found - sound).abs().mean(),
    }


def divergence(mean: Float[Tensor, "b n c"], deviation: Float[Tensor, "b n c"]) -> Float[Tensor, ""]:
    """Kullback-Leibler divergence of the posterior from a standard normal, nats a latent channel."""
    return 0.5 * (mean.square() + deviation.square() - 1 - 2 * deviation.log()).mean()

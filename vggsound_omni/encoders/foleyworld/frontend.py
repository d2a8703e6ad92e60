"""What the networks see: log-mel spectrograms and small frames. One place for every rate and size."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

WINDOW = 512
"""Samples of a Fourier window, 32 ms."""
HOP = 320
"""Samples from one to the next, 20 ms."""
MELS = 64
MEL_RATE = SAMPLE_RATE / HOP
"""Spectra a second."""
FRAME_FPS = 12.5
"""Frames a second; each stands for four spectra."""
FRAME_PIXELS = 64
"""Height and width."""
_LOWEST, _HIGHEST = 40.0, 8000.0
"""Hz, edges of the mel filters."""


def log_mel(samples: Tensor) -> Tensor:
    """(batch, samples) at 16 kHz to (batch, spectra, mels), natural logarithm of power, scaled to about unit variance.

    Periodic Hann windows, centred with reflection; triangular filters on the HTK mel scale.
    """
    window = torch.hann_window(WINDOW, device=samples.device)
    spectrum = torch.stft(samples, WINDOW, HOP, window=window, center=True, pad_mode="reflect", return_complex=True)
    power = spectrum.real.square() + spectrum.imag.square()
    mel = torch.log(torch.einsum("bft,mf->btm", power, _filters().to(samples.device)) + 1e-5)
    return (mel[:, : samples.shape[1] // HOP] + 4) / 4


@cache
def _filters() -> Tensor:
    """(mels, frequencies), triangles of height 1."""
    edges_mel = torch.linspace(_mel(_LOWEST), _mel(_HIGHEST), MELS + 2, dtype=torch.float64)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    frequency = torch.linspace(0, SAMPLE_RATE / 2, WINDOW // 2 + 1, dtype=torch.float64)
    rising = (frequency - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - frequency) / (edges[2:] - edges[1:-1])[:, None]
    return torch.minimum(rising, falling).clamp(min=0).float()


def _mel(hertz: float) -> float:
    return 2595 * float(torch.log10(torch.tensor(1 + hertz / 700, dtype=torch.float64)))

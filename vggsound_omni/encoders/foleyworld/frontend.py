"""What the networks see: spectrograms and small frames. One place for every rate and size.

There are two spectrograms, which have nothing in common but their shape, so that what fools a network through one of
them need not fool another through the other: logarithms on the mel scale from windows of 32 ms, and roots on the Bark
scale from windows of 64 ms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
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
"""Hz, edges of the filters."""
_LONG_WINDOW = 1024
"""Samples of a Fourier window of the second spectrogram, 64 ms."""
_ROOT, _LEAST_POWER = 0.15, 1e-5


def log_mel(samples: Tensor) -> Tensor:
    """(batch, samples) at 16 kHz to (batch, spectra, mels), natural logarithm of power, scaled to about unit variance.

    Periodic Hann windows, centred with reflection; triangular filters on the HTK mel scale.
    """
    window = torch.hann_window(WINDOW, device=samples.device)
    spectrum = torch.stft(samples, WINDOW, HOP, window=window, center=True, pad_mode="reflect", return_complex=True)
    power = spectrum.real.square() + spectrum.imag.square()
    mel = torch.log(torch.einsum("bft,mf->btm", power, _filters().to(samples.device)) + 1e-5)
    return (mel[:, : samples.shape[1] // HOP] + 4) / 4


def root_bark(samples: Tensor) -> Tensor:
    """(batch, samples) at 16 kHz to (batch, spectra, bands), power to the 0.15, scaled to about unit variance.

    Periodic Hann windows of 64 ms, centred with reflection; triangular filters on the Bark scale (Traunmüller, 1990).
    """
    size, window = _LONG_WINDOW, torch.hann_window(_LONG_WINDOW, device=samples.device)
    spectrum = torch.stft(samples, size, HOP, window=window, center=True, pad_mode="reflect", return_complex=True)
    power = spectrum.real.square() + spectrum.imag.square()
    bands = torch.einsum("bft,mf->btm", power, _bark_filters().to(samples.device)).clamp(min=_LEAST_POWER) ** _ROOT
    return (bands[:, : samples.shape[1] // HOP] - 1) * 2


def _louder_log(mel_btm: Tensor, decibels_b: Tensor) -> Tensor:
    return (mel_btm + decibels_b[:, None, None] / 10 * math.log(10) / 4).clamp(min=(math.log(1e-5) + 4) / 4)


def _louder_root(bands_btm: Tensor, decibels_b: Tensor) -> Tensor:
    factor = 10 ** (decibels_b / 10 * _ROOT)[:, None, None]
    return ((bands_btm / 2 + 1) * factor).clamp(min=_LEAST_POWER**_ROOT).sub(1).mul(2)


@dataclass(frozen=True)
class FrontEnd:
    """A spectrogram that networks of one kind see."""

    name: str
    spectra: Callable[[Tensor], Tensor]  # (batch, samples) to (batch, spectra, 64)
    louder: Callable[[Tensor, Tensor], Tensor]  # (batch, spectra, 64) and (batch,) dB to the same of a louder sound
    nothing: float  # the least value, where there is no sound


LOG_MEL = FrontEnd("log-mel", log_mel, _louder_log, (math.log(1e-5) + 4) / 4)
ROOT_BARK = FrontEnd("root-bark", root_bark, _louder_root, (_LEAST_POWER**_ROOT - 1) * 2)


@cache
def _bark_filters() -> Tensor:
    """(bands, frequencies), triangles of height 1."""
    edges_bark = torch.linspace(_bark(_LOWEST), _bark(_HIGHEST), MELS + 2, dtype=torch.float64)
    edges = 1960 * (edges_bark + 0.53) / (26.28 - edges_bark)
    return _triangles(edges, _LONG_WINDOW)


def _bark(hertz: float) -> float:
    return 26.81 * hertz / (1960 + hertz) - 0.53


@cache
def _filters() -> Tensor:
    """(mels, frequencies), triangles of height 1."""
    edges_mel = torch.linspace(_mel(_LOWEST), _mel(_HIGHEST), MELS + 2, dtype=torch.float64)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    return _triangles(edges, WINDOW)


@torch.inference_mode(mode=False)
def _triangles(edges: Tensor, window: int) -> Tensor:
    frequency = torch.linspace(0, SAMPLE_RATE / 2, window // 2 + 1, dtype=torch.float64)
    rising = (frequency - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - frequency) / (edges[2:] - edges[1:-1])[:, None]
    return torch.minimum(rising, falling).clamp(min=0).float()


def _mel(hertz: float) -> float:
    return 2595 * float(torch.log10(torch.tensor(1 + hertz / 700, dtype=torch.float64)))

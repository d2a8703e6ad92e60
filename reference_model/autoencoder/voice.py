"""Sound from magnitudes: tones get phases by the fast Griffin-Lim algorithm, noise is white noise that is shaped.

A magnitude spectrogram whose hop is a quarter of the window determines its sound almost completely (Griffin and Lim,
1984; Perraudin et al., A fast Griffin-Lim algorithm, 2013). Noise needs no phases that fit: those of white noise do.
"""

from __future__ import annotations

import torch
from jaxtyping import Complex, Float
from torch import Generator, Tensor
from torch.nn import functional as F

from .phases import continued

OVERLAP = 4
"""Hops in a window."""
_MOMENTUM = 0.99 / 1.99  # share of the step before that is taken off
_LEAST = 1e-8  # magnitude below which a phase is arbitrary


def voiced(
    tone: Float[Tensor, "s f"], noise: Float[Tensor, "s f"], window: Float[Tensor, " w"], iterations: int, seed: int
) -> Float[Tensor, " t"]:
    """Returns the sound of spectra whose windows are centred on hops, the first on the start, the last on the end.

    Args:
        tone: magnitudes of what has a phase, at w / 2 + 1 frequencies.
        noise: standard deviations of what is complex noise.
        window: a periodic Hann window of w samples.
        iterations: of the fast Griffin-Lim algorithm.
        seed: of the white noise, which also gives the phases of the first spectrum.
    """
    length = (len(tone) - 1) * (len(window) // OVERLAP)
    white = torch.randn(length, generator=Generator().manual_seed(seed)).to(tone.device)
    excitation = spectra(white, window) / window.square().sum().sqrt()
    found = continued(tone, excitation[0].angle(), len(window) // OVERLAP) * tone
    last: Tensor | None = None
    for _ in range(iterations):
        again = spectra(_sound(found, window, length), window)
        found = _scaled(again if last is None else torch.sub(again, last, alpha=_MOMENTUM), tone)
        last = again
    return _sound(found + excitation * noise, window, length)


def spectra(sound: Float[Tensor, "*b t"], window: Float[Tensor, " w"]) -> Complex[Tensor, "*b s f"]:
    """Returns the spectra of windows centred on every hop from start to end, with zeros around."""
    half = len(window) // 2
    return torch.fft.rfft(F.pad(sound, (half, half)).unfold(-1, len(window), len(window) // OVERLAP) * window)


def _sound(found: Complex[Tensor, "s f"], window: Float[Tensor, " w"], length: int) -> Float[Tensor, " t"]:
    """Returns the sound whose spectra are nearest, by least squares."""
    parts = (torch.fft.irfft(found, len(window)) * window).unflatten(1, (OVERLAP, -1))
    weights = window.square().unflatten(0, (OVERLAP, -1)).expand(len(found), -1, -1)
    start = len(window) // 2
    return (_overlapped(parts) / _overlapped(weights).clamp(min=_LEAST))[start : start + length]


def _overlapped(parts: Float[Tensor, "s k h"]) -> Float[Tensor, " t"]:
    """Adds windows, cut into hops, where they overlap."""
    count = parts.shape[1]
    return torch.stack([F.pad(parts[:, k], (0, 0, k, count - 1 - k)) for k in range(count)]).sum(0).flatten()


def _scaled(found: Complex[Tensor, "s f"], to: Float[Tensor, "s f"]) -> Complex[Tensor, "s f"]:
    """Gives spectra other magnitudes; in real numbers, since complex ones are multiplied several times as slowly."""
    factor = to / (found.abs() + _LEAST)
    return torch.view_as_complex(torch.view_as_real(found) * torch.stack((factor, factor), -1))

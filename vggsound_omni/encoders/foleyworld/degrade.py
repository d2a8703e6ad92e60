"""Graded damage to clean sound, the yardstick of the aesthetics regressor."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Generator, Tensor

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

Damage = Callable[[Tensor, float, Generator], Tensor]
"""(samples,) and a severity in [0, 1] to (samples,)."""


def noise(samples: Tensor, severity: float, generator: Generator) -> Tensor:
    """White noise, 45 to 0 dB below the sound."""
    added = torch.randn(samples.shape, generator=generator)
    return samples + added * _rms(samples) * 10 ** ((-45 + 45 * severity) / 20)


def clipping(samples: Tensor, severity: float, generator: Generator) -> Tensor:  # noqa: ARG001
    """Cut off at full peak down to 3 % of it, and brought back to level."""
    peak = float(samples.abs().max()) * 0.03**severity
    cut = samples.clamp(-peak, peak)
    return cut * (_rms(samples) / _rms(cut))


def band_limit(samples: Tensor, severity: float, generator: Generator) -> Tensor:  # noqa: ARG001
    """Nothing above 8 kHz down to 500 Hz."""
    highest = 8000 * (500 / 8000) ** severity
    spectrum = torch.fft.rfft(samples)
    frequency = torch.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    return torch.fft.irfft(spectrum * torch.sigmoid((highest - frequency) / (0.03 * highest)), len(samples))


def codec(samples: Tensor, severity: float, generator: Generator) -> Tensor:  # noqa: ARG001
    """Coarse quantisation of a windowed spectrum, as a transform coder starved of bits leaves it.

    Steps of the magnitude grow from 1 % to the whole of the loudest bin of each half octave; what lies below half a
    step is lost.
    """
    window = torch.hann_window(512)
    spectrum = torch.stft(samples, 512, 128, window=window, return_complex=True)
    magnitude = spectrum.abs()
    edges = [0, *(round(4 * 2 ** (k / 2)) for k in range(13)), 257]
    step = torch.empty_like(magnitude)
    for low, high in pairwise(edges):
        step[low:high] = magnitude[low:high].amax(0, keepdim=True) * (0.01 * 100**severity)
    coarse = torch.round(magnitude / step.clamp(min=1e-9)) * step
    return torch.istft(spectrum * (coarse / magnitude.clamp(min=1e-9)), 512, 128, window=window, length=len(samples))


def reverberation(samples: Tensor, severity: float, generator: Generator) -> Tensor:
    """A long hall, from 20 dB below the direct sound to 12 dB above it."""
    length = int(2.0 * SAMPLE_RATE)
    tail = torch.randn(length, generator=generator) * torch.exp(-torch.arange(length) / (0.35 * SAMPLE_RATE))
    size = len(samples) + length
    wet = torch.fft.irfft(torch.fft.rfft(samples, size) * torch.fft.rfft(tail, size), size)[: len(samples)]
    wet *= _rms(samples) / _rms(wet) * 10 ** ((-20 + 32 * severity) / 20)
    mixed = samples + wet
    return mixed * (_rms(samples) / _rms(mixed))


def dropouts(samples: Tensor, severity: float, generator: Generator) -> Tensor:
    """Holes of 20 to 80 ms, none to half of the time."""
    kept = torch.ones_like(samples)
    lost = 0.0
    while lost < 0.5 * severity * len(samples) / SAMPLE_RATE:
        start, length = torch.rand(2, generator=generator).tolist()
        seconds = 0.02 + 0.06 * length
        first = int(start * len(samples))
        kept[first : first + int(seconds * SAMPLE_RATE)] = 0
        lost += seconds
    return samples * kept


DAMAGES: dict[str, Damage] = {
    "noise": noise,
    "clipping": clipping,
    "band limit": band_limit,
    "codec": codec,
    "reverberation": reverberation,
    "dropouts": dropouts,
}


@dataclass(frozen=True, kw_only=True)
class Damaged:
    """A sound and how badly it was treated."""

    samples: Tensor
    severity: float
    """0 to 1; 0 is untouched."""
    kind: str


def damaged(samples: Tensor, generator: Generator) -> Damaged:
    """One drawn kind of damage at a drawn severity; one clip in eight is left as it is."""
    draw, kind, severity = torch.rand(3, generator=generator).tolist()
    name = list(DAMAGES)[math.floor(kind * len(DAMAGES))]
    if draw < 1 / 8:
        return Damaged(samples=samples, severity=0.0, kind=name)
    return Damaged(samples=DAMAGES[name](samples, severity, generator), severity=severity, kind=name)


def _rms(samples: Tensor) -> float:
    return float(samples.square().mean().sqrt()) + 1e-9

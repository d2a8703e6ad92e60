"""Graded damage to clean sound, the yardstick of the aesthetics regressor.

Severity runs from what can just be heard (above 0) to what ruins a clip (1).
"""

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
    """White noise, from 35 dB below the sound to 5 dB above it."""
    added = torch.randn(samples.shape, generator=generator)
    return samples + added * _rms(samples) * 10 ** ((-35 + 40 * severity) / 20)


def clipping(samples: Tensor, severity: float, generator: Generator) -> Tensor:  # noqa: ARG001
    """Cut off at half of the peak down to 2 % of it, and brought back to level."""
    peak = float(samples.abs().max()) * 0.5 * 0.04**severity
    cut = samples.clamp(-peak, peak)
    return cut * (_rms(samples) / _rms(cut))


def band_limit(samples: Tensor, severity: float, generator: Generator) -> Tensor:
    """Nothing above 7.4 kHz down to 400 Hz, with an edge of 1 to 8 % of that."""
    highest = 7400 * (400 / 7400) ** severity
    edge = highest * 0.01 * 8 ** float(torch.rand((), generator=generator))
    spectrum = torch.fft.rfft(samples)
    frequency = torch.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    return torch.fft.irfft(spectrum * torch.sigmoid((highest - frequency) / edge), len(samples))


def codec(samples: Tensor, severity: float, generator: Generator) -> Tensor:  # noqa: ARG001
    """Coarse quantisation of a windowed spectrum, as a transform coder starved of bits leaves it.

    Steps of the magnitude grow from 8 % to 1.5 times of the loudest bin of each half octave; what lies below half a
    step is lost.
    """
    window = torch.hann_window(512)
    spectrum = torch.stft(samples, 512, 128, window=window, return_complex=True)
    magnitude = spectrum.abs()
    edges = [0, *(round(4 * 2 ** (k / 2)) for k in range(13)), 257]
    step = torch.empty_like(magnitude)
    for low, high in pairwise(edges):
        step[low:high] = magnitude[low:high].amax(0, keepdim=True) * (0.08 * 18.75**severity)
    coarse = torch.round(magnitude / step.clamp(min=1e-9)) * step
    return torch.istft(spectrum * (coarse / magnitude.clamp(min=1e-9)), 512, 128, window=window, length=len(samples))


def reverberation(samples: Tensor, severity: float, generator: Generator) -> Tensor:
    """A long hall, from 10 dB below the direct sound to 15 dB above it."""
    length = int(2.0 * SAMPLE_RATE)
    tail = torch.randn(length, generator=generator) * torch.exp(-torch.arange(length) / (0.35 * SAMPLE_RATE))
    size = len(samples) + length
    wet = torch.fft.irfft(torch.fft.rfft(samples, size) * torch.fft.rfft(tail, size), size)[: len(samples)]
    wet *= _rms(samples) / _rms(wet) * 10 ** ((-10 + 25 * severity) / 20)
    mixed = samples + wet
    return mixed * (_rms(samples) / _rms(mixed))


def dropouts(samples: Tensor, severity: float, generator: Generator) -> Tensor:
    """Holes of 20 to 80 ms, 3 % to half of the time."""
    kept = torch.ones_like(samples)
    lost = 0.0
    while lost < (0.03 + 0.47 * severity) * len(samples) / SAMPLE_RATE:
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


def treat(kind: str, samples: Tensor, severity: float, generator: Generator) -> Tensor:
    """One kind of damage; at severity 0 the sound as it is."""
    return DAMAGES[kind](samples, severity, generator) if severity > 0 else samples


def damaged(samples: Tensor, generator: Generator) -> Damaged:
    """One drawn kind of damage at a drawn severity; one clip in eight is left as it is."""
    draw, kind, severity = torch.rand(3, generator=generator).tolist()
    name = list(DAMAGES)[math.floor(kind * len(DAMAGES))]
    if draw < 1 / 8:
        severity = 0.0
    return Damaged(samples=treat(name, samples, severity, generator), severity=severity, kind=name)


def _rms(samples: Tensor) -> float:
    return float(samples.square().mean().sqrt()) + 1e-9

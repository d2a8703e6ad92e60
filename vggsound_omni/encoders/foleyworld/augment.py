"""Changes to spectrograms that leave their meaning alone, and sounds that mean nothing."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from vggsound_omni.suites.foleyworld.scene import DURATION, SAMPLE_RATE

from .frontend import FrontEnd


def loudness(spectra_btm: Tensor, generator: Generator, front_end: FrontEnd, decibels: float = 15.0) -> Tensor:
    """Louder or softer by up to so many dB."""
    return front_end.louder(spectra_btm, (torch.rand(len(spectra_btm), generator=generator) * 2 - 1) * decibels)


def band_limited(spectra_btm: Tensor, generator: Generator, front_end: FrontEnd, share: float = 0.2) -> Tensor:
    """Some sounds without their treble, from a drawn band between the 40th and the last on."""
    result = spectra_btm.clone()
    draws = torch.rand(len(result), 2, generator=generator)
    for row, (drawn, where) in zip(result, draws.tolist(), strict=True):
        if drawn < share:
            row[:, round(40 + where * (result.shape[2] - 40)) :] = front_end.nothing
    return result


def drawn(spectra_btm: Tensor, generator: Generator, front_end: FrontEnd) -> Tensor:
    """All of these changes: level, band, blanks."""
    limited = band_limited(loudness(spectra_btm, generator, front_end), generator, front_end)
    return masked(limited, generator)


def out_of_world(count: int, generator: Generator) -> Tensor:
    """(count, samples) of sounds that no class of FoleyWorld makes.

    Noise that falls by 0 to 6 dB an octave, steady, gated or swelling; tones that stay or glide, alone or in threes;
    trains of clicks. From the edge of silence to loud.
    """
    length = round(DURATION * SAMPLE_RATE)
    second = torch.arange(length) / SAMPLE_RATE
    made = []
    for _ in range(count):
        kind, rate, slope, low, high, level = torch.rand(6, generator=generator).tolist()
        if kind < 0.6:
            spectrum = torch.fft.rfft(torch.randn(length, generator=generator))
            sound = torch.fft.irfft(spectrum * torch.arange(1, spectrum.shape[0] + 1) ** -slope, length)
            if kind > 0.3:
                swell = (1 + torch.sin(2 * math.pi * (0.5 + 8 * rate) * second)) / 2
                sound = sound * (swell if kind > 0.45 else (swell > high).float())
        elif kind < 0.9:
            first, last = (60 * 100**end for end in (low, high if kind > 0.75 else low))
            hertz = first + (last - first) * second / DURATION
            phase = 2 * math.pi * torch.cumsum(hertz, 0) / SAMPLE_RATE
            sound = sum((torch.sin(phase * ratio) for ratio in (1.0, 1.37 + slope, 2.11 + rate)), torch.zeros(length))
            sound = sound if slope < 0.5 else torch.sin(phase)
        else:
            sound = torch.zeros(length)
            sound[:: round(SAMPLE_RATE / (1 + 200 * rate))] = 1.0
        made.append(sound / sound.square().mean().sqrt().clamp(min=1e-9) * 10 ** (-4.5 + 4 * level))
    return torch.stack(made).clamp(-1, 1)


def masked(mel_btm: Tensor, generator: Generator) -> Tensor:
    """One band of up to 8 mels and one stretch of up to 0.6 s blanked in each (Park et al., "SpecAugment", 2019)."""
    result = mel_btm.clone()
    _, t, m = mel_btm.shape
    draws = torch.rand(len(mel_btm), 4, generator=generator)
    for row, (a, b, c, d) in zip(result, draws.tolist(), strict=True):
        low, start = int(a * (m - 8)), int(c * max(t - 30, 1))
        row[:, low : low + int(b * 8)] = row.mean()
        row[start : start + int(d * 30)] = row.mean()
    return result

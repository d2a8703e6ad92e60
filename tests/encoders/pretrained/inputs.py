"""Sounds of the golden cases, by formula: (channels, samples) at 48 kHz, computed in float64, float32 at last."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
Samples = NDArray[np.float64]


def _time(seconds: float) -> Samples:
    return np.arange(int(RATE * seconds), dtype=np.float64) / RATE


def _noise(seed: int, size: int) -> Samples:
    return np.random.Generator(np.random.PCG64(seed)).standard_normal(size)


def _log_chirp(t: Samples, seconds: float, f0: float, f1: float) -> Samples:
    ratio = np.log(f1 / f0)
    chirp: Samples = np.sin(2 * np.pi * f0 * seconds / ratio * (np.exp(t / seconds * ratio) - 1.0))
    return chirp


def chirp_noise_8s() -> Samples:
    """Mono: a chirp from 50 Hz to 7 kHz at 0.3, and noise at 0.03."""
    t = _time(8)
    return (0.3 * _log_chirp(t, 8.0, 50.0, 7000.0) + 0.03 * _noise(1, t.size))[None]


def clicks_8s() -> Samples:
    """Mono: a decaying 3 kHz ping every 0.5 s, on an offset of 0.02."""
    u = np.mod(_time(8), 0.5)
    return (0.02 + 0.5 * np.exp(-u / 0.01) * np.cos(2 * np.pi * 3000.0 * u))[None]


def tone_3s() -> Samples:
    """Mono: 440 Hz and 1320 Hz with a tremolo of 4 Hz."""
    t = _time(3)
    tremolo = 0.75 + 0.25 * np.sin(2 * np.pi * 4.0 * t)
    return (tremolo * (0.3 * np.sin(2 * np.pi * 440.0 * t) + 0.1 * np.sin(2 * np.pi * 1320.0 * t)))[None]


def silence_8s() -> Samples:
    """Mono: zeros."""
    return np.zeros((1, 8 * RATE))


def stereo_10s() -> Samples:
    """Left: a falling chirp and noise. Right: 220 Hz and gated noise."""
    t = _time(10)
    left = 0.3 * _log_chirp(t, 10.0, 7000.0, 80.0) + 0.02 * _noise(3, t.size)
    gate = (np.mod(t, 1.0) < 0.3).astype(np.float64)
    right = 0.2 * np.sin(2 * np.pi * 220.0 * t) + 0.15 * gate * _noise(4, t.size)
    return np.stack([left, right])


def short_1s() -> Samples:
    """Mono: noise under a raised cosine."""
    t = _time(1)
    envelope = 0.5 - 0.5 * np.cos(2 * np.pi * t)
    return (0.2 * envelope * _noise(2, t.size))[None]


CASES = {
    "chirp_noise_8s": chirp_noise_8s,
    "clicks_8s": clicks_8s,
    "tone_3s": tone_3s,
    "silence_8s": silence_8s,
    "stereo_10s": stereo_10s,
    "short_1s": short_1s,
}


def make_case(name: str) -> tuple[NDArray[np.float32], int]:
    """(channels, samples), and the rate in Hz."""
    return np.ascontiguousarray(CASES[name]().astype(np.float32)), RATE

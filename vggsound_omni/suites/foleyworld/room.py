"""Reverberation and background noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import signal

from .scene import SAMPLE_RATE, Room

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RoomKind:
    """The acoustics of a kind of place."""

    rt60: tuple[float, float]  # seconds, range
    wet_db: tuple[float, float]  # level of reverberation relative to the direct sound, range
    phrases: tuple[str, str]  # how captions speak of it, or empty
    outdoors: bool


ROOMS: dict[str, RoomKind] = {
    "dry room": RoomKind(rt60=(0.15, 0.3), wet_db=(-22, -16), phrases=("", ""), outdoors=False),
    "room": RoomKind(rt60=(0.3, 0.6), wet_db=(-16, -10), phrases=("", "in a room"), outdoors=False),
    "hall": RoomKind(
        rt60=(1.2, 2.4), wet_db=(-12, -6), phrases=("in a large hall", "in an echoing hall"), outdoors=False
    ),
    "corridor": RoomKind(
        rt60=(0.7, 1.2), wet_db=(-12, -7), phrases=("in a corridor", "in a bare corridor"), outdoors=False
    ),
    "outdoors": RoomKind(rt60=(0.1, 0.3), wet_db=(-30, -24), phrases=("", "outdoors"), outdoors=True),
}

NOISES: dict[str, tuple[float, float]] = {
    "hiss": (0.0, 20.0),
    "room tone": (1.0, 40.0),
    "wind": (1.6, 60.0),
    "distant traffic": (2.0, 50.0),
}
"""Background noises: exponent of the spectral slope (power falls as 1 / f**exponent) and the corner in Hz below which
it is flat."""


def impulse_response(room: Room) -> Samples:
    """Returns the reverberation of a room without the direct sound.

    Gaussian noise under an exponential decay, high bands decaying faster as air and walls absorb them, preceded by a
    handful of early reflections (Moorer, "About this reverberation business", 1979). Its energy is 1.
    """
    rng = np.random.default_rng(room.seed)
    length = int(min(room.rt60 * 1.2, 2.5) * SAMPLE_RATE)
    t = np.arange(length) / SAMPLE_RATE
    low, high = rng.standard_normal((2, length))
    tail = signal.lfilter([0.2], [1, -0.8], low) * 10 ** (-3 * t / room.rt60)
    tail += 0.3 * high * 10 ** (-3 * t / (0.5 * room.rt60))
    first = int(rng.uniform(0.004, 0.015) * SAMPLE_RATE)
    tail[:first] = 0
    early = rng.integers(first, max(int(0.06 * SAMPLE_RATE), first + 1), 6)
    tail[early] += rng.uniform(1, 3, 6) * rng.choice([-1, 1], 6) * 10 ** (-3 * t[early] / room.rt60)
    return tail / np.sqrt(np.sum(tail**2))


def reverberate(dry: Samples, room: Room) -> Samples:
    """Adds the room's reverberation to a dry sound; the length stays."""
    wet = signal.fftconvolve(dry, impulse_response(room))[: len(dry)]
    return dry + wet * 10 ** (room.wet_db / 20)


def background(room: Room, length: int) -> Samples:
    """Returns ``length`` samples of the room's background noise at its level (RMS, dB relative to full scale)."""
    exponent, corner = NOISES[room.noise]
    rng = np.random.default_rng([room.seed, 1])
    spectrum = np.fft.rfft(rng.standard_normal(length))
    frequency = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    spectrum *= np.maximum(frequency, corner) ** (-exponent / 2)
    spectrum[frequency < 15] = 0
    noise = np.fft.irfft(spectrum, length)
    # Wind and traffic come and go, slowly.
    swell = 1 + 0.5 * np.interp(np.linspace(0, 7, length), np.arange(8), rng.uniform(-1, 1, 8)) * (exponent > 1)
    noise *= swell
    return noise * (10 ** (room.noise_db / 20) / np.sqrt(np.mean(noise**2)))

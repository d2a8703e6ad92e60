"""What a place adds to its sounds: reverberation, noise that never stops, small life, and the microphone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy import ndimage, signal

from .scene import SAMPLE_RATE, Room

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RoomKind:
    """The acoustics of a kind of place."""

    rt60: tuple[float, float]  # seconds, range
    wet_db: tuple[float, float]  # level of reverberation relative to the direct sound, range
    outdoors: bool


ROOMS: dict[str, RoomKind] = {
    "dry room": RoomKind(rt60=(0.15, 0.3), wet_db=(-18, -12), outdoors=False),
    "room": RoomKind(rt60=(0.3, 0.6), wet_db=(-14, -8), outdoors=False),
    "hall": RoomKind(rt60=(1.2, 2.4), wet_db=(-12, -6), outdoors=False),
    "corridor": RoomKind(rt60=(0.7, 1.2), wet_db=(-12, -7), outdoors=False),
    "outdoors": RoomKind(rt60=(0.5, 1.4), wet_db=(-17, -9), outdoors=True),
}

_LOW_HZ, _HIGH_HZ = 500.0, 2500.0
"""Below, walls absorb little; above, they and the air absorb much."""
_CEILING = 0.93
"""Of full scale: the limiter lets no peak beyond it."""
_BLOCK = 32
"""Samples for which the limiter's gain is one."""
_STEP = 160
"""Samples between the points of slow curves."""


def impulse_response(room: Room) -> Samples:
    """Returns the reverberation of a room without the direct sound.

    Gaussian noise under an exponential decay, high bands decaying faster as air and walls absorb them, preceded by a
    handful of early reflections (Moorer, "About this reverberation business", 1979). Outdoors the ground, then walls
    and trees farther off. Its energy is 1.
    """
    rng = np.random.default_rng(room.seed)
    length = int(min(room.rt60 * 1.2, 2.5) * SAMPLE_RATE)
    t = np.arange(length) / SAMPLE_RATE
    tail = np.zeros(length)
    outdoors = ROOMS[room.name].outdoors
    for low, high, share, gain in ((0.0, _LOW_HZ, 1.1, 1.0), (_LOW_HZ, _HIGH_HZ, 1.0, 0.9), (_HIGH_HZ, 0, 0.7, 0.8)):
        band = rng.standard_normal(length)
        if low:
            band -= _lowpass(band, low)
        if high:
            band = _lowpass(band, high)
        tail += gain * band * 10 ** (-3 * t / (share * room.rt60))
    first = int(rng.uniform(0.002, 0.006) * SAMPLE_RATE)
    tail[:first] = 0
    latest = 0.25 if outdoors else 0.06
    early = np.append(first, rng.integers(first, max(min(int(latest * SAMPLE_RATE), length), first + 1), 7))
    tail[early] += rng.uniform(1, 3, 8) * rng.choice([-1, 1], 8) * 10 ** (-3 * t[early] / room.rt60)
    if outdoors:
        tail[first] += 4.0  # the ground
    return tail / np.sqrt(np.sum(tail**2))


def reverberate(dry: Samples, room: Room) -> Samples:
    """Adds the room's reverberation to a dry sound, as the microphone takes it down; the length stays."""
    wet = impulse_response(room) * 10 ** (room.wet_db / 20)
    wet[0] += 1.0  # the direct sound
    # In single precision: its noise lies 40 dB below that of 16 bits.
    response = _microphone(room).filter(wet).astype(np.float32)
    return np.asarray(signal.oaconvolve(dry.astype(np.float32), response)[: len(dry)], np.float64)


def background(room: Room, length: int) -> Samples:
    """Returns ``length`` samples of the room's background at its level (RMS, dB relative to full scale).

    Noise and what stirs in it, as the microphone takes it down, and the microphone's own hiss.
    """
    noise = NOISES[room.noise]
    microphone = _microphone(room)
    rng = np.random.default_rng([room.seed, 1])
    frequency = np.linspace(0, SAMPLE_RATE / 2, 1000)
    shape = np.maximum(frequency, noise.corner) ** (-noise.exponent / 2) * microphone.gain(frequency)
    shape = np.hypot(shape / np.sqrt(np.mean(shape**2)), 10 ** ((microphone.hiss_db - room.noise_db) / 20))
    bins = length // 2 + 1
    fine = np.interp(np.linspace(0, len(shape) - 1, bins), np.arange(len(shape)), shape).astype(np.float32)
    fine[: 20 * length // SAMPLE_RATE] = 0
    steady = scipy.fft.irfft(_complex(rng, bins) * fine, length)
    steady *= _swell(noise.swell * _slow(rng, length, 1.2), length) / np.sqrt(np.mean(steady**2))
    steady = steady + microphone.filter(0.5 * noise.life(rng, length) + _handling(rng, length))
    return steady * (10 ** (room.noise_db / 20) / np.sqrt(np.mean(steady**2)))


def limit(samples: Samples) -> Samples:
    """Turns the gain down 4 ms before a peak beyond the ceiling, and up again over 0.2 s; the rest stays as it is."""
    if np.max(np.abs(samples), initial=0.0) <= _CEILING:
        return samples
    blocks = -(-len(samples) // _BLOCK)
    peaks = np.abs(np.pad(samples, (0, blocks * _BLOCK - len(samples)))).reshape(blocks, _BLOCK).max(1)
    need = np.log(np.maximum(peaks / _CEILING, 1.0))
    # A block's gain is that of its neighbours as well, so that no interpolated gain is too high for a peak.
    need = ndimage.maximum_filter1d(need, 5, origin=-1)
    recovery = np.exp(-_BLOCK / (0.1 * SAMPLE_RATE))
    state = 0.0
    for k, value in enumerate(need.tolist()):
        need[k] = state = max(value, state * recovery)
    return samples * np.interp(np.arange(len(samples)), (np.arange(blocks) + 0.5) * _BLOCK, np.exp(-need))


@dataclass(frozen=True)
class Microphone:
    """A microphone by its filters: numerators and denominators. None of them sounds before its input."""

    stages: tuple[tuple[Samples, Samples], ...]
    hiss_db: float  # its own noise, dB relative to full scale

    def filter(self, samples: Samples) -> Samples:
        """Returns the samples as the microphone takes them down."""
        for b, a in self.stages:
            samples = signal.lfilter(b, a, samples)
        return samples

    def gain(self, frequency: Samples) -> Samples:
        """Returns how loud it takes down each frequency (Hz)."""
        z = np.exp(-2j * np.pi * frequency / SAMPLE_RATE)
        total = np.ones(len(frequency))
        for b, a in self.stages:
            total *= np.abs(np.polynomial.polynomial.polyval(z, b) / np.polynomial.polynomial.polyval(z, a))
        return total


def _microphone(room: Room) -> Microphone:
    """A capsule that takes treble down up to 4 dB louder; one in three cuts the lowest frequencies."""
    rng = np.random.default_rng([room.seed, 2])
    low = rng.uniform(90, 200) if rng.random() < 1 / 3 else rng.uniform(25, 60)
    treble, corner = 10 ** (rng.uniform(0, 4) / 20), rng.uniform(1500, 4500)
    w, v = np.tan(np.pi * low / SAMPLE_RATE), np.tan(np.pi * corner / SAMPLE_RATE)
    stages = (
        (np.array((1.0, -1.0)) / (1 + w), np.array((1.0, (w - 1) / (1 + w)))),
        (np.array((treble + v, v - treble)) / (1 + v), np.array((1.0, (v - 1) / (1 + v)))),
    )
    return Microphone(stages, float(rng.uniform(-78, -66)))


@dataclass(frozen=True, kw_only=True)
class Noise:
    """A background: noise that is always there, and what stirs in it."""

    exponent: float  # power falls as 1 / f**exponent
    corner: float  # Hz, below which it is flat
    swell: float  # nepers by which it comes and goes
    outdoors: bool
    life: Callable[[np.random.Generator, int], Samples]  # about as loud as the noise


def _lowpass(samples: Samples, frequency: float) -> Samples:
    w = np.exp(-2 * np.pi * frequency / SAMPLE_RATE)
    return np.asarray(signal.lfilter([1 - w], [1, -w], samples))


def _complex(rng: np.random.Generator, length: int) -> npt.NDArray[np.complex64]:
    """Returns the spectrum of Gaussian noise."""
    return rng.standard_normal(2 * length, np.float32).view(np.complex64)


def _slow(rng: np.random.Generator, length: int, rate: float) -> Samples:
    """Returns a slow random curve of about unit variance with ``rate`` turning points a second, 100 points a second."""
    knots = np.arange(int(length / SAMPLE_RATE * rate) + 3)
    return np.asarray(np.interp(_coarse(length) * rate, knots, rng.standard_normal(len(knots))))


def _coarse(length: int) -> Samples:
    """Returns the times in seconds at which slow curves are drawn."""
    return np.asarray(np.arange(length // _STEP + 2) * (_STEP / SAMPLE_RATE), np.float64)


def _swell(curve: Samples, length: int) -> Samples:
    """Returns a slow curve of nepers as a gain for each sample."""
    return _fine(np.exp(curve), length)


def _fine(curve: Samples, length: int) -> Samples:
    return np.interp(np.arange(length), np.arange(len(curve)) * _STEP, curve)


def _band(rng: np.random.Generator, length: int, low: float, high: float) -> Samples:
    """Returns noise between two frequencies, with an RMS of 1."""
    down, up = (np.exp(-2 * np.pi * f / SAMPLE_RATE) for f in (high, low))
    noise = rng.standard_normal(length, np.float32)
    samples = signal.lfilter(
        np.array((1.0, -1.0)) * (1 - down), np.convolve((1.0, -down), (1.0, -up)), noise.astype(float)
    )
    return np.asarray(samples / np.sqrt(np.mean(samples**2)))


def _bumps(rng: np.random.Generator, length: int, count: int, low: float, high: float, width: float) -> Samples:
    """Returns a few soft swells of noise, each some ``width`` seconds long."""
    t = _coarse(length)
    envelope = np.zeros(len(t))
    for _ in range(count):
        middle, half = rng.uniform(0, length / SAMPLE_RATE), width * rng.uniform(0.6, 1.6)
        envelope += rng.uniform(0.3, 1) * np.exp(-(((t - middle) / half) ** 2))
    return _fine(envelope, length) * _band(rng, length, low, high)


def _handling(rng: np.random.Generator, length: int) -> Samples:
    """The one who records shifts their grip, or cloth brushes the microphone: up to twice in a clip."""
    total = np.zeros(length)
    for _ in range(int(rng.integers(3))):
        start = int(rng.uniform(0, 0.95) * length)
        n = min(int(rng.uniform(0.1, 0.35) * SAMPLE_RATE), length - start)
        shape = np.hanning(n + 2)[1:-1] * _swell(0.5 * _slow(rng, n, 40), n)
        low, high = ((40, 160), (700, 4000))[int(rng.integers(2))]
        total[start : start + n] += rng.uniform(0.5, 2.5) * shape * _band(rng, n, low, high)
    return total


def _mains(rng: np.random.Generator, length: int) -> Samples:
    """A refrigerator or a lamp hums."""
    cycle = np.arange(SAMPLE_RATE // 50) / SAMPLE_RATE
    gain, phase = rng.uniform(0, 1, 6), rng.uniform(0, 6, 6)
    orders = np.array((2, 3, 4, 6, 8, 10))
    hum = np.sum(gain / orders * np.sin(2 * np.pi * 50 * orders * cycle[:, None] + phase), axis=1)
    return np.resize(hum, length)


def _voices(rng: np.random.Generator, length: int) -> Samples:
    """People talk behind a wall: syllables without words."""
    syllables = np.clip(_slow(rng, length, 7), 0, None) * np.clip(0.6 + _slow(rng, length, 0.8), 0, None)
    return 2 * _fine(syllables, length) * _band(rng, length, rng.uniform(180, 350), rng.uniform(500, 900))


NOISES: dict[str, Noise] = {
    "room tone": Noise(exponent=1.1, corner=40, swell=0.05, outdoors=False, life=_mains),
    "ventilation": Noise(
        exponent=1.0, corner=150, swell=0.08, outdoors=False, life=lambda rng, n: _band(rng, n, 180, 420)
    ),
    "murmur": Noise(exponent=1.2, corner=60, swell=0.1, outdoors=False, life=_voices),
    "street outside": Noise(
        exponent=1.7, corner=60, swell=0.2, outdoors=False, life=lambda rng, n: _bumps(rng, n, 2, 60, 400, 1.2)
    ),
    "wind": Noise(
        exponent=1.5, corner=60, swell=0.45, outdoors=True, life=lambda rng, n: _bumps(rng, n, 4, 30, 200, 0.5)
    ),
    "distant traffic": Noise(
        exponent=1.4, corner=80, swell=0.2, outdoors=True, life=lambda rng, n: _bumps(rng, n, 3, 150, 1500, 1.2)
    ),
    "leaves": Noise(
        exponent=0.9, corner=200, swell=0.3, outdoors=True, life=lambda rng, n: _bumps(rng, n, 6, 1200, 5000, 0.5)
    ),
}
"""Background noises."""

"""Graded damage to a clip, each with a severity in a physical unit.

A corruption changes one mono clip. Its randomness depends only on its key and the clip's id, and is the same at every
severity: the gaps of 5 % dropouts are among those of 40 %. Clips that change places are in :mod:`.swaps`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from vggsound_omni.generators.baselines.noise import speech_shaped_noise
from vggsound_omni.media import resample
from vggsound_omni.media.codecs import Codec, coded
from vggsound_omni.suites.foleyworld.music import STYLES, synthesise_music
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE as MUSIC_RATE
from vggsound_omni.suites.foleyworld.scene import Music

Samples = npt.NDArray[np.float32]
"""(samples,), a mono clip."""
Alter = Callable[[Samples, int, float, np.random.Generator], Samples]
"""Takes a clip, its rate in Hz, a severity and a random generator; returns a clip of equal length."""
Kind = Literal["graded", "inaudible", "baseline"]

_PIECE = 0.05
"""Seconds of a dropout."""
_SEAM = 0.005
"""Seconds of fade at both ends before a clip is shifted, so that the seam does not click."""


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """A way to damage a clip."""

    key: str
    title: str
    unit: str  # of the severities
    severities: tuple[float, ...]  # from the mildest to the worst
    alter: Alter
    what: str  # what is done, in a sentence
    kind: Kind = "graded"

    def apply(self, item_id: str, samples: Samples, rate: int, severity: float) -> Samples:
        """Damages the clip of an item; the same call gives the same samples."""
        seed = hashlib.sha256(f"{self.key}:{item_id}".encode()).digest()[:8]
        altered = self.alter(samples, rate, severity, np.random.default_rng(int.from_bytes(seed, "big")))
        return np.ascontiguousarray(altered, np.float32)


def time_shift(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:
    """Shifts circularly by ±severity seconds, the sign drawn at random."""
    sign = 1 if rng.random() < 0.5 else -1
    ramp = np.minimum(1.0, np.arange(len(samples)) / max(1.0, _SEAM * rate))
    return np.roll(samples * ramp * ramp[::-1], sign * round(severity * rate)).astype(np.float32)


def white_noise(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Adds white noise at that signal-to-noise ratio in dB."""
    return samples + (rng.standard_normal(len(samples)) * _rms(samples) * _amplitude(-severity)).astype(np.float32)


def band_limit(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Removes what is above that frequency in Hz (Butterworth of order 8, forwards and backwards)."""
    from scipy import signal

    if severity >= 0.49 * rate:
        return samples
    return np.asarray(signal.sosfiltfilt(signal.butter(8, severity, fs=rate, output="sos"), samples), np.float32)


def clipping(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Clips the peaks by that many dB, without a change of level."""
    limit = float(np.abs(samples).max(initial=0.0)) * _amplitude(-severity)
    return samples.clip(-limit, limit)


def attenuation(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Lowers the level by that many dB."""
    return samples * np.float32(_amplitude(-severity))


def music(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:
    """Mixes in music by FoleyWorld's composer, at that level in dB relative to the clip."""
    style = STYLES[str(rng.choice(list(STYLES)))]
    piece = Music(style=style.name, gain_db=0.0, tempo=rng.uniform(*style.tempo), seed=int(rng.integers(2**31)))
    played = synthesise_music(piece, -(-len(samples) * MUSIC_RATE // rate)).astype(np.float32)
    played = np.resize(resample(played, MUSIC_RATE, rate), len(samples))
    return samples + played * np.float32(_rms(samples) / _rms(played) * _amplitude(severity))


def dropouts(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:
    """Silences random pieces of 50 ms, that share of the time."""
    length = max(1, round(_PIECE * rate))
    pieces = rng.permutation(-(-len(samples) // length))
    lost = np.isin(np.arange(len(samples)) // length, pieces[: round(severity * len(pieces))])
    return np.where(lost, np.float32(0), samples)


def repetition(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Repeats the first seconds over and over."""
    return np.resize(samples[: max(1, round(severity * rate))], len(samples))


def decimation(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Resamples to that rate in Hz without a low-pass filter, and back by linear interpolation."""
    if severity >= rate:
        return samples
    there = np.arange(len(samples))
    taken = np.arange(0, len(samples), rate / severity)
    return np.interp(there, taken, np.interp(taken, there, samples)).astype(np.float32)


def truncation(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Silences the end, that share of the time."""
    return np.where(np.arange(len(samples)) < len(samples) * (1 - severity), samples, np.float32(0))


def one_sample(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Delays by that many samples."""
    return np.pad(samples, (int(severity), 0))[: len(samples)]


def round_trip(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Resamples to that rate in Hz and back, as well as can be done."""
    return _fitted(resample(resample(samples, rate, int(severity)), int(severity), rate), len(samples))


def dither(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Dithers (triangular) and rounds to that many bits."""
    step = 2.0 ** (1 - severity)
    noise = rng.random(len(samples)) - rng.random(len(samples))
    return (np.rint(samples / step + noise) * step).astype(np.float32)


def only_noise(samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Replaces the clip by the noise of the baseline ``noise``."""
    return speech_shaped_noise(len(samples), rate, rng)


def codec(codec: Codec, samples: Samples, rate: int, severity: float, rng: np.random.Generator) -> Samples:  # noqa: ARG001
    """Encodes and decodes at that many kbit/s."""
    return _fitted(coded(samples, rate, codec, severity), len(samples))


NOISE = Corruption(
    key="noise_only", title="noise instead", unit="", severities=(1.0,), alter=only_noise, kind="baseline",
    what="Speech-shaped noise instead of the clip, as the baseline noise gives.",
)  # fmt: skip
# Mostly off the grids of FoleyWorld's onsets (0.04 s) and of a synchroniser's classes (0.2 s), to expose what is right
# only on a grid.
SHIFT = Corruption(
    key="time_shift", title="time shift", unit="s", severities=(0.02, 0.05, 0.09, 0.15, 0.25, 0.35, 0.4, 0.8, 2.0),
    alter=time_shift, what="The clip shifted circularly in time, late or early; nothing is lost.",
)  # fmt: skip
CORRUPTIONS: tuple[Corruption, ...] = (
    SHIFT,
    Corruption(
        key="added_noise", title="added noise", unit="dB SNR", severities=(40, 30, 20, 10, 0), alter=white_noise,
        what="White noise added.",
    ),
    Corruption(
        key="band_limit", title="band limit", unit="Hz", severities=(4000, 2000, 1000, 500), alter=band_limit,
        what="Everything above that frequency removed.",
    ),
    Corruption(
        key="clipping", title="clipping", unit="dB over", severities=(6, 12, 18, 24, 30), alter=clipping,
        what="Driven that far beyond full scale, cut off, and brought back to level.",
    ),
    Corruption(
        key="mp3", title="MP3", unit="kbit/s", severities=(64, 32, 16, 8), alter=partial(codec, Codec.MP3),
        what="Encoded by LAME at 16 kHz.",
    ),
    Corruption(
        key="aac", title="AAC", unit="kbit/s", severities=(64, 32, 16, 8), alter=partial(codec, Codec.AAC),
        what="Encoded by FFmpeg's AAC encoder at 16 kHz; asked for 8 kbit/s it gives 11.",
    ),
    Corruption(
        key="opus", title="Opus", unit="kbit/s", severities=(64, 32, 16, 6), alter=partial(codec, Codec.OPUS),
        what="Encoded by libopus at 48 kHz.",
    ),
    Corruption(
        key="gain", title="gain", unit="dB quieter", severities=(3, 6, 12, 20), alter=attenuation,
        what="The level lowered.",
    ),
    Corruption(
        key="music", title="music mixed in", unit="dB", severities=(-24, -12, -6, 0, 6), alter=music,
        what="Music mixed in, at that level relative to the clip.",
    ),
    Corruption(
        key="dropouts", title="dropouts", unit="share of time", severities=(0.05, 0.1, 0.2, 0.4), alter=dropouts,
        what="Gaps of 50 ms.",
    ),
    Corruption(
        key="repetition", title="repetition", unit="s loop", severities=(4, 2, 1, 0.5), alter=repetition,
        what="The first seconds repeated over and over.",
    ),
    Corruption(
        key="decimation", title="bad resampling", unit="Hz", severities=(12000, 8000, 4000, 2000), alter=decimation,
        what="Resampled to that rate and back without any filter: aliases.",
    ),
    Corruption(
        key="truncation", title="truncation", unit="share cut", severities=(0.1, 0.25, 0.5, 0.75), alter=truncation,
        what="The end silenced.",
    ),
    Corruption(
        key="gain_01", title="gain 0.1 dB", unit="dB quieter", severities=(0.1,), alter=attenuation, kind="inaudible",
        what="The level lowered by less than anyone hears.",
    ),
    Corruption(
        key="one_sample", title="1 sample late", unit="samples", severities=(1,), alter=one_sample, kind="inaudible",
        what="Later by one sample.",
    ),
    Corruption(
        key="round_trip", title="resampled well", unit="Hz", severities=(48_000,), alter=round_trip, kind="inaudible",
        what="Resampled to 48 kHz and back by soxr.",
    ),
    Corruption(
        key="dither", title="16-bit dither", unit="bits", severities=(16,), alter=dither, kind="inaudible",
        what="Dithered and rounded to 16 bits.",
    ),
    Corruption(
        key="mp3_320", title="MP3 320 kbit/s", unit="kbit/s", severities=(320,), alter=partial(codec, Codec.MP3_48),
        kind="inaudible", what="Encoded by LAME at 48 kHz and 320 kbit/s.",
    ),
)  # fmt: skip
"""Graded, then inaudible."""


def _amplitude(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) + 1e-12


def _fitted(samples: Samples, length: int) -> Samples:
    return np.pad(samples, (0, max(0, length - len(samples))))[:length]

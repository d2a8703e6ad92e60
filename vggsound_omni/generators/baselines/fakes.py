"""Fakes: sounds that the ear takes for a class, of a few shaped bursts that hold nothing of FoleyWorld's synthesis.

A recipe is a point in a cube: the spectrum of a burst of noise, a tone within it, how both begin, decay and waver, and
how often bursts follow each other where the class lasts. :mod:`benchmarks.attack` found one for each class by trying.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from vggsound_omni.suites.foleyworld import SAMPLE_RATE
from vggsound_omni.suites.suite import Truth

Floats = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

_KNOTS_HZ = np.geomspace(100, 7600, 7)
"""Where the level of a burst's noise is set."""
PARTS = len(_KNOTS_HZ) + 13
"""Numbers of a recipe, each from 0 to 1."""
_LONGEST = SAMPLE_RATE
"""Samples of a burst."""
_PARTIALS = 8
_KINDS = 4
"""Bursts of one sound that differ, as each has noise of its own."""
_BEHIND_DB = -50.0
"""Noise behind all, as rooms have."""


@cache
def recipes() -> dict[str, F64]:
    """Returns the recipe of each class, and of music."""
    text = files(__package__).joinpath("fakes.json").read_text(encoding="utf-8")
    return {name: np.array(recipe) for name, recipe in json.loads(text)["recipes"].items()}


def composed(
    truth: Truth,
    count: int,
    rng: np.random.Generator,
    gains_db: Mapping[str, float],
    using: Mapping[str, F64] = MappingProxyType({}),
) -> Floats:
    """Returns fakes of all that a truth tells of, (count,), peak 0.5 at most.

    Args:
        truth: what, and when.
        count: samples.
        rng: of the noise in them.
        gains_db: further level of classes, and of music.
        using: other recipes than those that are stored, by class.
    """
    known = {**recipes(), **using}
    made = 10 ** (_BEHIND_DB / 20) * rng.standard_normal(count)
    for name in sorted({event.sound_class for event in truth.events}):
        own = [event for event in truth.events if event.sound_class == name]
        recipe, level = known[name], own[0].level_db + gains_db.get(name, 0.0)
        if own[0].discrete:
            made += 10 ** (level / 20) * acts(recipe, [event.onset for event in own], count, rng)
        else:
            made += 10 ** (level / 20) * lasting(recipe, own[0].onset, own[-1].end, count, rng)
    if truth.music is not None:
        level = truth.music.level_db + gains_db.get("music", 0.0)
        made += 10 ** (level / 20) * lasting(known["music"], 0.0, count / SAMPLE_RATE, count, rng)
    return 0.5 * _even(made)


def acts(recipe: F64, onsets: Sequence[float], count: int, rng: np.random.Generator) -> Floats:
    """Returns bursts at these seconds, (count,), peak 1 at most."""
    made = np.zeros(count + _LONGEST)
    bursts = [_burst(recipe, rng) for _ in onsets[:_KINDS]]
    for k, onset in enumerate(onsets):
        first = round(onset * SAMPLE_RATE)
        if 0 <= first < count:
            made[first : first + _LONGEST] += bursts[k % _KINDS]
    return _even(made[:count])


def lasting(recipe: F64, start: float, end: float, count: int, rng: np.random.Generator) -> Floats:
    """Returns bursts that follow each other at random, over noise, from ``start`` to ``end`` seconds, (count,)."""
    rate, under = _log(recipe[-3], 0.5, 60.0), 10 ** (_between(recipe[-2], -60, 0) / 20)
    gaps = rng.gamma(2, 0.5 / rate, int(2 * rate * (end - start)) + 4)
    times = start - 0.5 + np.cumsum(gaps)
    made = np.zeros(count + 2 * _LONGEST)
    bursts = [_burst(recipe, rng) for _ in range(_KINDS)]
    for k, time in enumerate(times[times < end]):
        first = _LONGEST + round(time * SAMPLE_RATE)
        if 0 <= first < count + _LONGEST:
            made[first : first + _LONGEST] += bursts[k % _KINDS] * rng.uniform(0.5, 1)
    made = made[_LONGEST : _LONGEST + count]
    made += under * np.abs(made).max() * _even(_noise(recipe, count, rng)).astype(np.float64)
    fade = np.clip(np.minimum(np.arange(count) / SAMPLE_RATE - start, end - np.arange(count) / SAMPLE_RATE) / 0.1, 0, 1)
    return _even(made * fade)


def _burst(recipe: F64, rng: np.random.Generator) -> F64:
    tone, pitch, glide, falloff, stretch, rise, fall, ring, waver, depth, *_, spread = recipe[len(_KNOTS_HZ) :]
    t = np.arange(_LONGEST) / SAMPLE_RATE
    noise = _noise(recipe, _LONGEST, rng)
    hertz = _log(pitch, 60, 3000) * 2 ** (spread * rng.uniform(-1, 1))
    bend = 2 ** (_between(glide, -1.5, 1.5) * np.minimum(t / 0.3, 1))
    phase = 2 * np.pi * np.cumsum(hertz * bend) / SAMPLE_RATE
    tones = np.zeros(_LONGEST)
    for k in range(1, _PARTIALS + 1):
        at = k ** _between(stretch, 0.8, 1.6)
        if hertz * at < 0.45 * SAMPLE_RATE:
            tones += 10 ** (-_between(falloff, 0, 24) * np.log2(k) / 20) * np.sin(at * phase)
    ringing = tones * np.exp(-t / _log(ring, 0.01, 1.5)) * 10 ** (_between(tone, -40, 20) / 20)
    made = noise / max(float(noise.std()), 1e-9) * np.exp(-t / _log(fall, 0.003, 0.8)) + ringing
    made *= np.minimum(t / _log(rise, 0.001, 0.2), 1) * np.minimum((t[-1] - t) / 0.05, 1)
    made *= 1 - depth * (0.5 + 0.5 * np.cos(2 * np.pi * _log(waver, 2, 60) * t))
    return np.asarray(made / max(float(np.abs(made).max()), 1e-9))


def _noise(recipe: F64, count: int, rng: np.random.Generator) -> F64:
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    levels = np.interp(np.log(np.maximum(hertz, 20)), np.log(_KNOTS_HZ), -50 * (1 - recipe[: len(_KNOTS_HZ)]))
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * 10 ** (levels / 20), count)


def _even(samples: F64) -> Floats:
    return (samples / max(float(np.abs(samples).max()), 1e-9)).astype(np.float32)


def _between(share: float, low: float, high: float) -> float:
    return low + share * (high - low)


def _log(share: float, low: float, high: float) -> float:
    return float(low * (high / low) ** share)

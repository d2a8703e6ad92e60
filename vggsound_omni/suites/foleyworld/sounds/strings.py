"""Strings as sums of their partials, tuned to scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..scene import Event
from .modal import Array
from .noise import seconds
from .sound import Samples

SCALES = ((0, 2, 4, 7, 9, 12, 14, 16), (0, 2, 3, 5, 7, 8, 10, 12), (0, 2, 4, 5, 7, 9, 11, 12))
"""Semitones above the tonic: pentatonic, minor, major."""


def hertz(tonic: float, scale: tuple[int, ...], variation: float) -> float:
    """Returns the frequency of the degree of a scale that ``variation`` picks; the tonic in semitones (A4 is 69)."""
    step = scale[min(int(variation * len(scale)), len(scale) - 1)]
    return float(440 * 2 ** ((round(tonic) + step - 69) / 12))


def partials(fundamental: float, stiffness: float, most: int) -> tuple[Array, Array]:
    """Numbers and frequencies of a stiff string's partials, n f sqrt(1 + B n^2) (Fletcher 1964); at most ``most``."""
    n = np.arange(1.0, 1 + min(most, int(7900 / fundamental)))
    return n, n * fundamental * np.sqrt(1 + stiffness * n**2)


def released(samples: Samples, at: float, t60: float) -> Samples:
    """Damped from ``at`` seconds on, by 60 dB in ``t60`` seconds."""
    return samples * 10 ** (-3 * np.maximum(seconds(len(samples)) - at, 0) / t60)


def body(rng: np.random.Generator, main: Array, above: float, depth_db: float) -> Callable[[Array], Array]:
    """Returns the gain over frequency of an instrument's body.

    Single modes, ``main`` in Hz, stand out; ``above`` a frequency they lie so close that what is heard is a random
    ripple, ``depth_db`` deep (Woodhouse, "Plucked guitar transients", 2004).
    """
    main = main * rng.uniform(0.94, 1.06, len(main))
    knots = np.geomspace(0.5 * above, 8000, 70)
    ripple = rng.normal(0, depth_db, len(knots)) * np.minimum(knots / above, 1.0)

    def gain(frequency: Array) -> Array:
        peaks = 1.8 * np.sum(1 / (1 + ((frequency[:, None] - main) / (0.08 * main)) ** 2), axis=1)
        return np.asarray((0.7 + peaks) * 10 ** (np.interp(frequency, knots, ripple, left=0.0) / 20))

    return gain


def let_ring(events: Sequence[Event], strings: Sequence[int], longest: float) -> list[Event]:
    """Returns the events with the time that each note sounds: until its string is played again, at most ``longest``."""
    held = []
    for i, (event, string) in enumerate(zip(events, strings, strict=True)):
        again = (later.onset for later, other in zip(events[i + 1 :], strings[i + 1 :], strict=True) if other == string)
        held.append(replace(event, duration=min(next(again, np.inf) - event.onset, longest)))
    return held

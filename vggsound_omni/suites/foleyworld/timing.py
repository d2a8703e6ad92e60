"""When the acts of a source happen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .classes import SoundClass, Timing
from .scene import DURATION, FPS, Event

_FIRST, _LAST = 0.2, DURATION - 0.6
"""Seconds between which onsets lie, unless a lasting sound fills the clip."""
CLIP = (_FIRST, _LAST)
_SHORTEST = 3 / FPS
"""Seconds from onset to onset, at least: a picture needs two frames between."""
_BEATS = (1.0, 1.0, 1.0, 0.5, 0.5, 2.0)
"""Lengths of notes in a tune, in beats, as often as they stand here."""
_CHANGING = 0.12
"""Share of sources whose acts become faster, slower, stronger or weaker."""


def draw_events(
    rng: np.random.Generator,
    timing: Timing,
    window: tuple[float, float] = CLIP,
    until: float = DURATION,
    *,
    on_grid: bool = True,
) -> tuple[Event, ...]:
    """Draws the acts of one source.

    Args:
        rng: decides.
        timing: of its class.
        window: seconds between which onsets lie.
        until: second by which the last act ends.
        on_grid: onsets lie on the grid of video frames, as those that are seen must; otherwise on milliseconds.
    """
    unit = 1 / FPS if on_grid else 0.001
    onsets = _spans(rng, timing, window) if timing.contiguous else _acts(rng, timing, window)
    onsets = np.maximum(np.round(onsets / unit), 1) * unit
    ends = np.append(onsets[1:], until)
    if timing.contiguous:
        onsets, ends = onsets[:-1], onsets[1:]
    else:
        lengths = np.round(rng.uniform(*timing.length, len(onsets)) / unit) * unit
        ends = np.minimum(onsets + lengths, ends)
    strengths = _strengths(rng, len(onsets), changing=not timing.contiguous and len(onsets) >= 6)
    # Tunes and beats repeat; what falls or is knocked does not.
    pattern = rng.uniform(0, 1, int(rng.choice([4, 8])))
    variations = pattern[np.arange(len(onsets)) % len(pattern)] if timing.rhythm else rng.uniform(0, 1, len(onsets))
    played = rng.random(len(onsets)) >= timing.rests
    played[0] = True
    return tuple(
        Event(onset=_round(onset), duration=_round(end - onset), strength=_round(strength), variation=_round(variation))
        for onset, end, strength, variation, heard in zip(onsets, ends, strengths, variations, played, strict=True)
        if heard
    )


def _acts(rng: np.random.Generator, timing: Timing, window: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Onsets of single acts, in seconds: as many as the class has, or fit."""
    count = int(rng.integers(timing.count[0], timing.count[1] + 1))
    gap = float(np.exp(rng.uniform(*np.log(timing.gap))))
    gaps = gap * _unevenness(rng, timing, count - 1)
    if count >= 6 and not timing.rhythm and rng.random() < _CHANGING:
        gaps = gaps * np.geomspace(1, float(rng.choice([0.4, 2.5])), count - 1)
    after = np.concatenate(([0.0], np.cumsum(np.maximum(gaps, _SHORTEST))))
    after = after[after <= window[1] - window[0]]
    return window[0] + float(rng.uniform(0, window[1] - window[0] - after[-1])) + after


def _unevenness(rng: np.random.Generator, timing: Timing, count: int) -> npt.NDArray[np.float64]:
    """Gaps relative to the rate: each deviates by itself, and a rate drifts, as no one keeps time for ever."""
    if timing.rhythm:
        return rng.choice(_BEATS, count)
    own = rng.standard_normal(count)
    drift = np.zeros(count)
    for k in range(1, count):
        drift[k] = 0.8 * drift[k - 1] + 0.6 * rng.standard_normal()
    # Some are steadier than others.
    jitter = timing.jitter * rng.uniform(0.4, 1.4)
    return np.clip(1 + jitter * (0.8 * own + 0.6 * drift), 0.3, 2.5)


def _spans(rng: np.random.Generator, timing: Timing, window: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Borders between the events of a lasting sound; half of those that have the clip to themselves fill it."""
    start, stop = window
    if window == CLIP and rng.random() < 0.5:
        start, stop = 0.0, DURATION
    else:
        length = rng.uniform(0.45, 1.0) * (stop - start)
        start += rng.uniform(0, stop - start - length)
        stop = start + length
    gap = float(np.exp(rng.uniform(*np.log(timing.gap))))
    count = max(round((stop - start) / gap), 1)
    shares = np.clip(1 + timing.jitter * rng.standard_normal(count), 0.4, 1.8)
    return start + (stop - start) * np.concatenate(([0.0], np.cumsum(shares) / shares.sum()))


def _strengths(rng: np.random.Generator, count: int, *, changing: bool) -> npt.NDArray[np.float64]:
    base = rng.uniform(0.35, 0.95)
    around = base + 0.08 * rng.standard_normal(count)
    if changing and rng.random() < _CHANGING:
        rising = float(rng.choice([-1, 1]))
        around = 0.62 + rising * np.linspace(-0.3, 0.3, count) + 0.05 * rng.standard_normal(count)
    return np.clip(around, 0.25, 1.0)


def shared(first: SoundClass, second: SoundClass) -> Timing:
    """Returns a timing that would do for either class, for acts of the one that are performed by the other."""
    a, b = first.timing, second.timing
    gap = (max(a.gap[0], b.gap[0]), min(a.gap[1], b.gap[1]))
    if gap[0] >= gap[1]:  # no rate is usual for both: that of the picture
        gap = a.gap
    count = (max(a.count[0], b.count[0]), min(a.count[1], b.count[1]))
    if count[0] > count[1]:
        count = (min(a.count[0], b.count[1]), b.count[1])
    return replace(a, count=count, gap=gap, length=b.length, rhythm=False, rests=0.0, jitter=max(a.jitter, 0.05))


def _round(value: float) -> float:
    """Rounds to four decimals, so that a scene reads the same from JSON."""
    return round(float(value), 4)

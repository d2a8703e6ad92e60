"""When something begins, by signal processing alone: peaks of the spectral flux.

Bands are compared with the loudest that they and their neighbours were a moment ago, so that vibrato and decay are no
onsets (Boeck and Widmer, "Maximum filter vibrato suppression for onset detection", 2013). Of two onsets close together
the weaker one is masked by the stronger one before it, as in the ear. Thresholds were set once on validation
recordings, as are those of :data:`STRICT`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

from .spectra import Floats, band_power

_WINDOW, _HOP, _BANDS = 320, 80, 40
"""Samples of a window (20 ms) and from one to the next (5 ms); bands."""
_LAG, _MEMORY = 4, 16
"""Windows back to the nearest one that a band is compared with, and how many more before it."""
_FLOOR_DB = -45.0
"""What lies so far below the loudest passages is not heard."""
_QUIET = 1e-9
"""Power of the loudest passages (of full scale) up to which a clip is silent."""
_AROUND = 20
"""Windows to either side over which the flux is usual."""
_APART = 6
"""Windows to either side in which an onset is the strongest, 30 ms."""
_DEVIATIONS = 3.0
"""By so many median deviations an onset stands out of the flux around it."""
_EARLY = 0.005
"""Seconds by which a window of 20 ms peaks late."""


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What counts as an onset."""

    rise_db: float  # mean rise of all bands, beyond the usual
    masked: float  # share of a stronger onset's rise ...
    fades: float  # ... which falls by e in so many seconds; what lies below is masked


STRICT = Threshold(rise_db=1.0, masked=0.8, fades=0.15)
"""For the onsets that are told."""
LOOSE = Threshold(rise_db=0.3, masked=0.4, fades=0.05)
"""For candidates, which are to be named."""


def flux(samples: Floats) -> Floats:
    """(batch, samples) to the mean rise of all bands in dB, (batch, windows); 0 where a clip is silent."""
    power = band_power(samples, _WINDOW, _HOP, _BANDS)
    level = power.mean(2)
    loudest = np.sort(level, axis=1)[:, -max(level.shape[1] // 8, 1) :].mean(1)
    power /= np.maximum(loudest, _QUIET)[:, None, None]
    power += np.float32(10 ** (_FLOOR_DB / 10))
    decibels = 10 * np.log10(power, out=power)
    before = ndimage.maximum_filter1d(decibels, 3, axis=2)
    before = ndimage.maximum_filter1d(before, _MEMORY + 1, axis=1, origin=_MEMORY // 2)
    rise = np.zeros_like(level)
    rise[:, _LAG:] = np.maximum(decibels[:, _LAG:] - before[:, :-_LAG], 0).mean(2)
    rise[loudest <= _QUIET] = 0
    return np.asarray(ndimage.gaussian_filter1d(rise, 2, axis=1))


def pick(rises: Floats, thresholds: Sequence[Threshold]) -> tuple[list[Floats], ...]:
    """Picks onsets: by threshold, for each clip (onsets, 2), seconds and the rise in dB, in order of time."""
    usual = ndimage.median_filter(rises, (1, 2 * _AROUND + 1))
    deviation = ndimage.median_filter(np.abs(rises - usual)[:, ::2], (1, 2 * _AROUND + 1)).repeat(2, axis=1)
    beyond = rises - usual - _DEVIATIONS * deviation[:, : rises.shape[1]]
    beyond[rises != ndimage.maximum_filter1d(rises, 2 * _APART + 1, axis=1)] = 0
    return tuple(
        [_unmasked(np.flatnonzero(own > one.rise_db), rise, one) for own, rise in zip(beyond, rises, strict=True)]
        for one in thresholds
    )


def _unmasked(windows: npt.NDArray[np.intp], rise: Floats, threshold: Threshold) -> Floats:
    seconds = windows * (_HOP / SAMPLE_RATE)
    found: list[tuple[float, float]] = []
    for at, strength in zip(seconds.tolist(), rise[windows].tolist(), strict=True):
        mask = max((s * np.exp((t - at) / threshold.fades) for t, s in found[-20:]), default=0.0)
        if strength > threshold.masked * mask:
            found.append((at, strength))
    rows = np.array(found, np.float32).reshape(-1, 2)
    rows[:, 0] = np.maximum(rows[:, 0] - _EARLY, 0)
    return rows

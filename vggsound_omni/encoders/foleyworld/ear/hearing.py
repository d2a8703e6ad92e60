"""Hand-made features of a clip, of what begins in it, and of its quarter seconds.

All levels are relative to the loudest passages of the clip and have a floor below them, so that neither its level nor
faint noise matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy.fft

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

from .onsets import LOOSE, STRICT, flux, pick
from .spectra import Floats, band_power

HOP = 160
"""Samples from one spectrum to the next, 10 ms."""
RATE = SAMPLE_RATE // HOP
SEGMENT = 25
"""Spectra in a segment, a quarter of a second."""
SHORTEST = SAMPLE_RATE
"""Samples to which shorter sounds are prolonged by silence."""
_WINDOW, _BANDS = 512, 40
_FLOOR_DB = -45.0
_QUIET = 1e-9
"""Power of full scale up to which a clip is silent."""
_FINE, _FINE_HOP = 1024, 320
"""Samples of the windows that tell tones from noise, and from one to the next."""
_PARTS_HZ = (100, 500, 1000, 2000, 4000, 7600)
"""Edges of the bands whose flatness is measured."""
_LAGS = (10, 267)
"""Samples between which the period of a tone lies: 60 to 1600 Hz."""
_WAVERS_HZ = (0.4, 1, 2, 4, 8, 12, 18, 26, 50)
"""Edges of the bands in which a level may waver."""
_AROUND = ((-8, -2), (0, 2), (2, 5), (5, 10), (10, 20), (20, 40))
"""Spectra from an onset between which levels are averaged."""
_TONES_AROUND = ((0, 5), (5, 15), (15, 35))


@dataclass(frozen=True)
class Heard:
    """What hand-made features tell of a batch of sounds, (batch, samples)."""

    samples: Floats

    @cached_property
    def power(self) -> Floats:
        """(batch, spectra, bands)."""
        return band_power(self.samples, _WINDOW, HOP, _BANDS)

    @cached_property
    def loudest(self) -> Floats:
        """(batch,): power of the loudest passages, an eighth of the clip."""
        level = np.sort(self.power.mean(2), axis=1)
        return level[:, -max(level.shape[1] // 8, 1) :].mean(1)

    @property
    def silent(self) -> npt.NDArray[np.bool_]:
        """(batch,): whether there is nothing to hear."""
        return self.loudest <= _QUIET

    @cached_property
    def levels(self) -> Floats:
        """(batch, spectra, bands) in dB over the floor."""
        relative = self.power / np.maximum(self.loudest, _QUIET)[:, None, None]
        return np.asarray(10 * np.log10(relative + 10 ** (_FLOOR_DB / 10)) - _FLOOR_DB, np.float32)

    @cached_property
    def tones(self) -> Floats:
        """(batch, spectra / 2, 8): flatness of five bands in dB; how periodic; pitch and peak in octaves over 60 Hz."""
        padded = np.pad(self.samples, ((0, 0), (_FINE // 2, _FINE // 2)))
        slices = np.lib.stride_tricks.sliding_window_view(padded, _FINE, axis=1)[:, ::_FINE_HOP]
        shape = np.hanning(_FINE + 1)[:-1].astype(np.float32)
        edges = [round(hertz * _FINE / SAMPLE_RATE) for hertz in _PARTS_HZ]
        found = np.empty((*slices.shape[:2], 8), np.float32)
        for row, parts, loudest in zip(found, slices, self.loudest, strict=True):
            spectrum = scipy.fft.rfft(parts * shape, axis=1)
            power = spectrum.real**2 + spectrum.imag**2
            power += np.float32(max(loudest, _QUIET) * 10 ** (_FLOOR_DB / 10) * np.sum(shape**2) / 2)
            for k, (low, high) in enumerate(pairwise(edges)):
                part = power[:, low:high]
                row[:, k] = 10 * (np.log10(part).mean(1) - np.log10(part.mean(1)))
            power[:, : edges[0]] *= 0.1  # rumble has no pitch
            likeness = scipy.fft.irfft(np.sqrt(power), axis=1)
            likeness = likeness[:, : _LAGS[1]] / np.maximum(likeness[:, :1], 1e-12)
            best = likeness[:, _LAGS[0] :].argmax(1) + _LAGS[0]
            row[:, 5] = likeness[np.arange(len(best)), best]
            row[:, 6] = np.log2(SAMPLE_RATE / best / 60)
            row[:, 7] = np.log2(np.maximum(power.argmax(1), 1) * (SAMPLE_RATE / _FINE / 60))
        return found

    @cached_property
    def _picked(self) -> tuple[list[Floats], list[Floats]]:
        strict, loose = pick(flux(self.samples), (STRICT, LOOSE))
        return strict, loose

    @property
    def onsets(self) -> list[Floats]:
        """Onsets of each clip, (onsets, 2)."""
        return self._picked[0]

    @property
    def candidates(self) -> list[Floats]:
        """Whatever may be an onset, for each clip, (candidates, 2)."""
        return self._picked[1]

    @cached_property
    def clips(self) -> Floats:
        """(batch, features) of the whole clips."""
        spread = _quantiles(self.levels, (0.1, 0.5, 0.9, 0.98))
        tones = _quantiles(self.tones, (0.1, 0.5, 0.9))
        loud = self.levels.mean(2)[:, ::2][:, : self.tones.shape[1]]
        order = np.argsort(-loud, axis=1)[:, : max(loud.shape[1] // 5, 1), None]
        loud_tones = np.take_along_axis(self.tones[:, : loud.shape[1]], order, axis=1)
        waver = _wavering(_groups(self.levels), RATE)
        rhythm = np.array([_rhythm(a, b) for a, b in zip(self.onsets, self.candidates, strict=True)], np.float32)
        parts = (spread, self.levels.std(1), tones, loud_tones.mean(1), loud_tones.std(1), waver, rhythm)
        return np.concatenate([np.reshape(part, (len(self.samples), -1)) for part in parts], axis=1, dtype=np.float32)

    def around_onsets(self) -> list[Floats]:
        """Features of every candidate, for each clip (candidates, features)."""
        return [self._around(k) for k in range(len(self.samples))]

    def _around(self, k: int) -> Floats:
        times, rises = self.candidates[k].T
        pairs = self.levels[k].reshape(-1, _BANDS // 2, 2).mean(2)
        at = np.round(times * RATE).astype(np.int64)
        means = np.stack([_means(pairs, at, *part) for part in _AROUND], axis=1)  # (candidates, parts, bands)
        before, *after = np.moveaxis(means, 1, 0)
        attack, early, late = after[0], after[1], after[3]
        timbre = np.maximum(attack, early) - np.maximum(attack, early).mean(1, keepdims=True)
        tones = np.stack([_means(self.tones[k], at // 2, a // 2, max(b // 2, 1)) for a, b in _TONES_AROUND], axis=1)
        gaps = np.diff(times, prepend=times[:1] - 2, append=times[-1:] + 2)
        ratio = rises / max(float(rises.max(initial=0)), 1e-6)
        neighbours = np.pad(ratio, 1)
        quantiles = _quantiles(pairs[None], (0.1, 0.5, 0.95)).reshape(1, -1)
        context = np.repeat(np.concatenate([quantiles, [_rhythm(self.onsets[k], self.candidates[k])]], 1), len(at), 0)
        scalars = np.stack((rises, ratio, gaps[:-1], gaps[1:], neighbours[:-2], neighbours[2:], times), axis=1)
        parts = (
            means,
            early - before,
            late - before,
            late - early,
            after[4] - attack,
            timbre,
            tones,
            scalars,
            context,
        )
        flat = [part.reshape(len(at), int(np.prod(part.shape[1:]))) for part in parts]
        return np.concatenate(flat, axis=1, dtype=np.float32)

    def segments(self) -> Floats:
        """(batch, segments, features) of every quarter of a second, the last one shortened."""
        pairs = self.levels.reshape(*self.levels.shape[:2], -1, 2).mean(3)
        batch, count = len(pairs), max(self.samples.shape[1] // (HOP * SEGMENT), 1)
        at = np.arange(count) * SEGMENT
        groups = _groups(self.levels)
        rows = []
        for k in range(batch):
            near, wide = _means(pairs[k], at, 0, SEGMENT), _means(pairs[k], at, -50, 50 + SEGMENT)
            square = np.maximum(_means(pairs[k] ** 2, at, 0, SEGMENT) - near**2, 0)
            wide_square = np.maximum(_means(pairs[k] ** 2, at, -50, 50 + SEGMENT) - wide**2, 0)
            tones = self.tones[k]
            sides = [_means(tones, at // 2, low, high) for low, high in ((-12, 0), (0, 13), (13, 25))]
            spans = np.stack([groups[k].take(np.arange(a - 38, a + 63), axis=0, mode="clip") for a in at])
            quantiles = _quantiles(pairs[k][None], (0.1, 0.5, 0.95)).reshape(1, -1).repeat(count, 0)
            rhythm = np.repeat([_rhythm(self.onsets[k], self.candidates[k])], count, 0)
            parts = (
                near, np.sqrt(square), wide, np.sqrt(wide_square), *sides, _wavering(spans, RATE).reshape(count, -1),
                quantiles, rhythm,
            )  # fmt: skip
            rows.append(np.concatenate(parts, axis=1, dtype=np.float32))
        return np.stack(rows)


def _groups(levels: Floats) -> Floats:
    """(..., bands) to (..., 8), means of five bands."""
    return np.asarray(levels.reshape(*levels.shape[:-1], 8, -1).mean(-1))


def _quantiles(tracks: Floats, shares: tuple[float, ...]) -> Floats:
    """(batch, time, tracks) to (batch, shares, tracks), without interpolation."""
    ordered = np.sort(tracks, axis=1)
    return ordered[:, [round(share * (tracks.shape[1] - 1)) for share in shares]]


def _wavering(tracks: Floats, rate: float) -> Floats:
    """(batch, time, tracks) to (batch, bands, tracks): power in dB of how a level wavers, by its rate."""
    shape = np.hanning(tracks.shape[1])[:, None].astype(np.float32)
    spectrum = np.abs(scipy.fft.rfft((tracks - tracks.mean(1, keepdims=True)) * shape, axis=1)) ** 2
    spectrum /= np.sum(shape**2)
    edges = np.round(np.array(_WAVERS_HZ) / rate * tracks.shape[1]).astype(int)
    bands = [spectrum[:, low : max(high, low + 1)].mean(1) for low, high in pairwise(edges)]
    return np.asarray(10 * np.log10(np.stack(bands, axis=1) + 0.1))


def _rhythm(strict: npt.NDArray[np.float32], loose: npt.NDArray[np.float32]) -> list[float]:
    """Counts of onsets and candidates, mean and spread of the rise, median interval and its spread."""
    if len(strict) < 2:
        return [len(strict), len(loose), float(strict[:, 1].sum()), 0.0, 9.0, 0.0]
    gaps = np.diff(strict[:, 0])
    median = float(np.median(gaps))
    spread = float(np.median(np.abs(gaps - median))) / median
    return [len(strict), len(loose), float(strict[:, 1].mean()), float(strict[:, 1].std()), median, spread]


def _means(tracks: Floats, at: npt.NDArray[np.int64], start: int, stop: int) -> Floats:
    """Means of (time, tracks) from ``start`` to ``stop`` after each of ``at``; at least one step within the clip."""
    sums = np.concatenate((np.zeros((1, tracks.shape[1])), np.cumsum(tracks, axis=0, dtype=np.float64)))
    low = np.clip(at + start, 0, len(tracks) - 1)
    high = np.clip(at + stop, low + 1, len(tracks))
    return np.asarray((sums[high] - sums[low]) / (high - low)[:, None], np.float32)

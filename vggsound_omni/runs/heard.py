"""Detects sounds that are recordings: the item's own, which no honest generator can produce, or another item's.

Two sounds are compared by the largest magnitude of their normalised cross-correlation below 4 kHz, at lags of up to
half a second, computed with one Fourier transform each. Level, polarity, sample rate, a short delay and coding at usual
rates leave it near 1; two different sounds of one class rarely exceed 0.3. Copies whose phases are lost are not found:
vocoded, stretched, shifted by more than half a second, or under louder noise. docs/runs.md lists what was tried.

Recordings of other items are looked for among all of them, so by a fingerprint: some of the samples, which coding
without loss and another level leave alike. They are no fraud, but a set of them is no set of independent draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import fft

from vggsound_omni.protocol import Audio

OWN = 0.6  # correlation with its own recording above which a sound is suspected of being a copy
OTHERS = 0.3  # a suspect that correlates this much with other recordings too is not a copy
OTHERS_ASKED = 8  # other recordings that a suspect is compared with
_POINTS = 1024  # samples in a fingerprint
_ROWS = 256  # sounds that are compared at once
_SAME = 0.9999  # product of two fingerprints above which their sounds are one
_LIKE = 0.99  # product of what is left of two fingerprints in few dimensions above which it is worth while to look
_DIMENSIONS = 64
_LAG = 0.5  # seconds
_BAND = 20.0, 4000.0  # Hz: above drift and most hum, and within what the lowest usual sample rate keeps


class Spectrum(NamedTuple):
    """The spectrum of a sound within the band, with bins 1 / ``seconds`` Hz apart."""

    bins: npt.NDArray[np.complex64]  # of unit length, or all zeros if the sound is silent in the band
    seconds: int


def spectrum(audio: Audio, seconds: float) -> Spectrum:
    """Returns the spectrum of the mean over channels.

    Args:
        audio: the sound, at any sample rate.
        seconds: how much of it is used, from the start; only spectra with equal values can be compared.
    """
    # Whole seconds are a whole number of samples at any rate, so the bins have the same frequencies at all rates.
    padded = math.ceil(seconds + _LAG)
    samples = audio.samples[:, : round(seconds * audio.sample_rate)]
    mono = samples[0] if len(samples) == 1 else samples.mean(axis=0, dtype=np.float32)
    low, high = (round(hertz * padded) for hertz in _BAND)
    found = fft.rfft(mono, padded * audio.sample_rate)[low:high]
    length = math.sqrt(float(np.vdot(found, found).real))
    bins = np.zeros(high, np.complex64)
    if length > 0:
        np.divide(found, np.float32(length), out=bins[low : low + len(found)])
    return Spectrum(bins, padded)


def correlation(one: Spectrum, other: Spectrum) -> float:
    """Returns the largest magnitude of the correlation at lags of up to half a second, in [0, 1].

    Raises:
        ValueError: the spectra are of different durations.
    """
    if one.seconds != other.seconds:
        raise ValueError(f"Spectra of {one.seconds} s and {other.seconds} s cannot be compared.")
    size = 2 * len(one.bins)
    lags = fft.irfft(one.bins * other.bins.conj(), size) * len(one.bins)
    reach = round(_LAG * size / one.seconds)
    return float(np.abs(np.concatenate([lags[: reach + 1], lags[-reach:]])).max())


def alone(sound: Spectrum, others: Sequence[Spectrum]) -> bool:
    """Whether a sound correlates with none of these other recordings."""
    return all(correlation(sound, other) < OTHERS for other in others)


def fingerprint(audio: Audio, seconds: float) -> npt.NDArray[np.float32]:
    """Returns (1024,): samples of the mean over channels, evenly spread, of unit length; zeros if it is silent there.

    Args:
        audio: the sound.
        seconds: over how much of it they are spread, from the start; the sound is followed by silence.
    """
    where = (np.arange(_POINTS) * (seconds * audio.sample_rate / _POINTS)).astype(np.int64)
    found = np.zeros(_POINTS, np.float32)
    there = where < audio.samples.shape[1]
    found[there] = audio.samples[:, where[there]].mean(axis=0)
    length = float(np.linalg.norm(found))
    return found / np.float32(length) if length > 0 else found


def borrowed(
    sounds: Mapping[str, npt.NDArray[np.float32]], recordings: Mapping[str, npt.NDArray[np.float32]]
) -> set[str]:
    """Returns the items whose sound is the recording of another item and not their own.

    Args:
        sounds: fingerprints, by item.
        recordings: likewise.
    """
    if not sounds or not recordings:
        return set()
    own = {i for i in sounds if i in recordings and abs(float(sounds[i] @ recordings[i])) > _SAME}
    ids, found = [i for i in sounds if i not in own], set[str]()
    if not ids:
        return found
    # Two that are one are also one in any few dimensions, where all pairs of 100,000 clips take seconds.
    theirs = np.stack(list(recordings.values()))
    few = np.random.default_rng(0).standard_normal((theirs.shape[1], _DIMENSIONS), np.float32)
    others = _unit(theirs @ few).T
    for start in range(0, len(ids), _ROWS):
        some = ids[start : start + _ROWS]
        alike = np.abs(_unit(np.stack([sounds[i] for i in some]) @ few) @ others) > _LIKE
        for item_id, row in zip(some, alike, strict=True):
            if row.any() and (np.abs(theirs[row] @ sounds[item_id]) > _SAME).any():
                found.add(item_id)
    return found


def _unit(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)

"""Whether a sound is its own reference recording: what no honest generator can give.

Two sounds are compared by the largest magnitude of their normalised cross-correlation within half a second, below
4 kHz, as found by one Fourier transform each. Level, polarity, sample rate, a short delay and coding at usual rates
leave it near 1; two different sounds of one class seldom pass 0.3. A copy in which phases are lost (vocoded, stretched,
shifted by more than half a second, or under louder noise) is not found: docs/runs.md says what was tried.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import fft

from vggsound_omni.protocol import Audio

OWN = 0.6
"""From here on a sound is as its own recording."""
OTHERS = 0.3
"""A sound that is this close to other recordings too is only like all of them."""
OTHERS_ASKED = 8
"""Other recordings that a suspect is compared with."""
_LAG = 0.5
"""Seconds."""
_BAND = 20.0, 4000.0
"""Hz: above hum and drift, below what the lowest usual sample rate keeps."""


class Spectrum(NamedTuple):
    """A sound in the band, at a bin every 1 / ``seconds`` Hz, of length one; all zeros where it is silent there."""

    bins: npt.NDArray[np.complex64]
    seconds: int


def spectrum(audio: Audio, seconds: float) -> Spectrum:
    """The spectrum of the mean over channels.

    Args:
        audio: any sample rate.
        seconds: how much is compared, from the start; spectra compare if this is equal.
    """
    # Whole seconds make a whole number of samples at any rate, so bins of all rates have the same frequencies.
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
    """The largest magnitude of the correlation within half a second, in [0, 1].

    Raises:
        ValueError: the spectra are of different lengths.
    """
    if one.seconds != other.seconds:
        raise ValueError(f"spectra of {one.seconds} s and {other.seconds} s do not compare.")
    size = 2 * len(one.bins)
    lags = fft.irfft(one.bins * other.bins.conj(), size) * len(one.bins)
    reach = round(_LAG * size / one.seconds)
    return float(np.abs(np.concatenate([lags[: reach + 1], lags[-reach:]])).max())


def alone(sound: Spectrum, others: Sequence[Spectrum]) -> bool:
    """Whether a sound that is like its own recording is like none of these others."""
    return all(correlation(sound, other) < OTHERS for other in others)

"""Level and technical faults of a signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vggsound_omni.protocol import Audio

CLIPPED = 0.999  # a sample of at least this magnitude counts as clipped
SILENT_DBFS = -60.0  # a signal with a lower peak is silent


@dataclass(frozen=True, kw_only=True)
class SignalFacts:
    """Level and faults of one signal, over all its channels."""

    duration: float  # seconds
    peak_dbfs: float | None  # dB relative to full scale (1.0); None if every sample is zero
    rms_dbfs: float | None  # the same for the root mean square; -3.01 for a full-scale sine
    clipped: float  # share of samples of magnitude 0.999 or more, in [0, 1]
    silent: bool  # whether the peak is below -60 dBFS
    dc_offset: float  # signed mean of the channel whose mean is furthest from zero


def describe(audio: Audio) -> SignalFacts:
    """Measures a signal; an empty one is silent."""
    samples = audio.samples
    if not samples.size:
        return SignalFacts(duration=0.0, peak_dbfs=None, rms_dbfs=None, clipped=0.0, silent=True, dc_offset=0.0)
    magnitude = np.abs(samples)
    peak = float(magnitude.max())
    peak_dbfs = _decibels(peak)
    offsets = samples.mean(axis=-1, dtype=np.float64)
    return SignalFacts(
        duration=audio.duration,
        peak_dbfs=peak_dbfs,
        rms_dbfs=_decibels(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))),
        clipped=float(np.mean(magnitude >= CLIPPED)),
        silent=peak_dbfs is None or peak_dbfs < SILENT_DBFS,
        dc_offset=float(offsets[np.abs(offsets).argmax()]),
    )


def _decibels(amplitude: float) -> float | None:
    return 20.0 * float(np.log10(amplitude)) if amplitude else None

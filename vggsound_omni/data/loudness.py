"""Loudness and true peak by ITU-R BS.1770-4."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter, resample_poly

Samples = npt.NDArray[np.float64]
"""(channels, samples) within [-1, 1]; at most two channels, which weigh 1 each."""


def loudness(samples: Samples, rate: int) -> float:
    """Returns integrated loudness in LUFS; -inf if all is below the gate of -70 LUFS, or shorter than 0.4 s.

    BS.1770-4, annex 1: K-weighting, mean square over blocks of 0.4 s that overlap by 75 %, an absolute gate and a
    relative one 10 LU below the mean of what passed the first.
    """
    weighted = samples.astype(np.float64)
    for b, a in k_weighting(rate):
        weighted = lfilter(b, a, weighted, axis=-1)
    block, step = round(0.4 * rate), round(0.1 * rate)
    if weighted.shape[-1] < block:
        return -np.inf
    energy = np.concatenate([[0.0], np.cumsum(np.square(weighted).sum(axis=0))])
    starts = np.arange(0, weighted.shape[-1] - block + 1, step)
    power = (energy[starts + block] - energy[starts]) / block
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not power.size:
        return -np.inf
    power = power[power > power.mean() / 10]
    return float(-0.691 + 10 * np.log10(power.mean()))


def k_weighting(rate: int) -> list[tuple[Samples, Samples]]:
    """Returns the two biquads (b, a) of K-weighting at any rate.

    The standard gives coefficients for 48 kHz only. These are the bilinear transforms of the analogue filters behind
    them: a shelf of +4.0 dB at 1681.97 Hz and a high-pass at 38.135 Hz (B. De Man, "Evaluation of implementations of
    the EBU R128 loudness measurement", AES 2018).
    """
    k, q = np.tan(np.pi * 1681.974450955533 / rate), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    norm = 1 + k / q + k * k
    shelf_b = np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]) / norm
    shelf_a = np.array([1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm])
    k, q = np.tan(np.pi * 38.13547087602444 / rate), 0.5003270373238773
    norm = 1 + k / q + k * k
    pass_a = np.array([1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm])
    return [(shelf_b, shelf_a), (np.array([1.0, -2.0, 1.0]), pass_a)]


def true_peak(samples: Samples) -> float:
    """Returns the true peak (annex 2), full scale being 1: the largest magnitude at four times the rate."""
    return float(np.abs(resample_poly(samples, 4, 1, axis=-1)).max(initial=0.0))

"""What the ear sees of a sound: power in bands over time."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.fft

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

Floats = npt.NDArray[np.float32]

LOWEST, HIGHEST = 40.0, 7600.0
"""Hz, edges of the bands."""


def band_power(samples: Floats, window: int, hop: int, bands: int) -> Floats:
    """(batch, samples) at 16 kHz to power (batch, 1 + samples // hop, bands); spectrum k is centred on sample k * hop.

    Hann windows, zeros beyond both ends; triangular filters of unit sum on the mel scale.
    """
    padded = np.pad(samples, ((0, 0), (window // 2, window // 2)))
    slices = np.lib.stride_tricks.sliding_window_view(padded, window, axis=1)[:, ::hop]
    shape = np.hanning(window + 1)[:-1].astype(np.float32)
    filters = _filters(window, bands)
    found = np.empty((*slices.shape[:2], bands), np.float32)
    for row, parts in zip(found, slices, strict=True):
        spectrum = scipy.fft.rfft(parts * shape, axis=1)
        row[:] = (spectrum.real**2 + spectrum.imag**2) @ filters
    return found * np.float32(2 / np.sum(shape**2))


@cache
def _filters(window: int, bands: int) -> Floats:
    """(frequencies, bands)."""
    edges = 700 * (10 ** (np.linspace(_mel(LOWEST), _mel(HIGHEST), bands + 2) / 2595) - 1)
    frequency = np.linspace(0, SAMPLE_RATE / 2, window // 2 + 1)[:, None]
    rising = (frequency - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - frequency) / np.diff(edges)[1:]
    triangles = np.maximum(np.minimum(rising, falling), 0)
    # A band narrower than the grid of frequencies takes the nearest one.
    empty = triangles.sum(0) == 0
    nearest = np.argmin(np.abs(frequency - edges[1:-1]), axis=0)
    triangles[nearest[empty], np.flatnonzero(empty)] = 1.0
    return (triangles / triangles.sum(0)).astype(np.float32)


def _mel(hertz: float) -> float:
    return 2595 * float(np.log10(1 + hertz / 700))

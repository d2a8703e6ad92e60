"""First phases for the Griffin-Lim algorithm: every peak of a spectrum goes on as a sinusoid.

From phases that are drawn, a tone gets slips that iterations do not mend. The frequency of a peak lies within its bin
where a parabola through three log magnitudes has its top; its phase advances by that, and the bins around it follow it
(Beauregard, Harish and Wyse, Single Pass Spectrogram Inversion, 2015).
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Complex, Float
from torch import Tensor

_LEAST = 1e-6  # magnitude of nothing
_FLAT = 1e-6  # curvature below which a parabola has no top


def continued(magnitudes: Float[Tensor, "s f"], first: Float[Tensor, " f"], hop: int) -> Complex[Tensor, "s f"]:
    """Returns phases (of magnitude 1) of spectra whose windows are symmetric.

    Args:
        magnitudes: at f frequencies from 0 to half the sampling rate.
        first: phases of the first spectrum, in radians.
        hop: samples from one spectrum to the next.
    """
    count, bins = magnitudes.shape
    of_bins = np.arange(bins)
    level = np.log(magnitudes.numpy(force=True) + _LEAST)
    left, middle, right = level[:, :-2], level[:, 1:-1], level[:, 2:]
    peak, offset = np.zeros((count, bins), bool), np.zeros((count, bins))
    peak[:, 1:-1] = (middle > left) & (middle >= right)
    offset[:, 1:-1] = np.clip((left - right) / 2 / np.minimum(left - 2 * middle + right, -_FLAT), -0.5, 0.5)
    below = np.maximum.accumulate(np.where(peak, of_bins, -bins), axis=1)
    above = np.minimum.accumulate(np.where(peak, of_bins, 2 * bins)[:, ::-1], axis=1)[:, ::-1]
    own = np.where(of_bins - below <= above - of_bins, below, above)
    own = np.where((own < 0) | (own >= bins), of_bins, own)
    # In cycles. A window begins half its length before its centre, so bins side by side are half a cycle apart.
    advance = hop / (2 * (bins - 1)) * (own + np.take_along_axis(offset, own, axis=1)) + (of_bins - own) / 2
    cycles = np.empty((count, bins))
    cycles[0] = first.numpy(force=True) / (2 * np.pi)
    for step in range(1, count):
        cycles[step] = cycles[step - 1, own[step]] + advance[step]
    angle = torch.from_numpy(2 * np.pi * (cycles % 1)).float().to(magnitudes.device)
    return torch.polar(torch.ones_like(angle), angle)

"""Correlation coefficients of two arrays of one length."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .intervals import F64


def spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Returns Spearman's rank correlation; None if one of the two does not vary."""
    from scipy.stats import spearmanr

    if np.ptp(np.asarray(x)) == 0 or np.ptp(np.asarray(y)) == 0:
        return None
    return round(float(spearmanr(x, y).statistic), 9)  # 0.8 must not come out as 0.7999999999999999


def kendall_tau_b(x: F64, y: F64) -> float:
    """Returns Kendall's tau-b of (n,) and (n,), neither constant."""
    from scipy.stats import kendalltau

    return float(kendalltau(x, y, variant="b", method="asymptotic").statistic)


def pearson(x: F64, y: F64) -> float:
    """Returns Pearson's correlation of (n,) and (n,), neither constant."""
    x, y = x - x.mean(), y - y.mean()
    return float(x @ y / math.sqrt(float(x @ x) * float(y @ y)))

"""The golden sounds as the audio encoders are given them, and how far outputs are from the publisher's."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vggsound_omni.encoders.encoder import AudioInput
from vggsound_omni.encoders.preparation import prepare

from .inputs import RATE, make_case


def wave(case: dict[str, Any], rate: int, *, remove_dc: bool) -> Tensor:
    """(1, n) of a case of ``cases.json``, as its input contract says."""
    names = [case["input"]] if isinstance(case["input"], str) else case["input"]
    samples = np.concatenate([make_case(name)[0] for name in names], axis=1)
    wanted = AudioInput(sample_rate=rate, remove_dc=remove_dc, seconds=case.get("cut_seconds"))
    return prepare(torch.from_numpy(samples), RATE, wanted)[None]


def apart(ours: Tensor, theirs: NDArray[Any]) -> float:
    """The largest absolute difference of two arrays of one shape."""
    assert ours.shape == theirs.shape
    return float(np.abs(ours.double().numpy() - theirs).max())


def noise(seconds: float, rate: int, rows: int = 1, seed: int = 0) -> Tensor:
    """(rows, n) of white noise at -20 dBFS."""
    return 0.1 * torch.randn(rows, int(seconds * rate), generator=torch.Generator().manual_seed(seed))

"""Two resamplers: soxr for sound that people hear or keep, torchaudio's kernel for the input of encoders."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import soxr

if TYPE_CHECKING:
    import torch


def resample(samples: npt.NDArray[np.float32], from_rate: int, to_rate: int) -> npt.NDArray[np.float32]:
    """Resamples with soxr at its "VHQ" setting (linear phase, aligned: time 0 stays time 0).

    Args:
        samples: (..., samples).
        from_rate: Hz.
        to_rate: Hz.

    Returns:
        (..., about samples * to_rate / from_rate), float32.
    """
    if from_rate == to_rate:
        return samples
    flat = np.ascontiguousarray(samples.reshape(-1, samples.shape[-1]).T)
    resampled = soxr.resample(flat, from_rate, to_rate, quality="VHQ")
    return np.ascontiguousarray(resampled.T, np.float32).reshape(*samples.shape[:-1], -1)


class SincResampler:
    """Resamples bit for bit as ``torchaudio.functional.resample`` does by default, but makes the kernel only once.

    The field's networks are trained and evaluated with this kernel (Hann-windowed sinc, width 6, rolloff 0.99).
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        import torch

        from ._torchaudio import torchaudio

        # float32 gives the same kernel as the functional form; the transform's own default differs by about 1e-5.
        self._resample = torchaudio.transforms.Resample(from_rate, to_rate, dtype=torch.float32)

    def __call__(self, waveform: torch.Tensor) -> torch.Tensor:
        """Resamples float32 (..., samples) on any device to (..., ceil(samples * to_rate / from_rate))."""
        resampled: torch.Tensor = self._resample.to(waveform.device)(waveform)
        return resampled


@lru_cache(maxsize=64)
def _sinc_resampler(from_rate: int, to_rate: int, device: str) -> SincResampler:  # noqa: ARG001 - a kernel a device
    return SincResampler(from_rate, to_rate)


def sinc_resample(waveform: torch.Tensor, from_rate: int, to_rate: int) -> torch.Tensor:
    """Resamples with a :class:`SincResampler`, cached for each pair of rates."""
    return _sinc_resampler(from_rate, to_rate, str(waveform.device))(waveform)

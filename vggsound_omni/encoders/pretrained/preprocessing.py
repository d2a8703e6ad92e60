"""From a file's samples to what a network is given: one mono signal at the network's rate, or a reason why not."""

from __future__ import annotations

from torch import Tensor

from vggsound_omni.errors import UserError
from vggsound_omni.media import sinc_resample


def prepare(samples: Tensor, rate: int, target_rate: int, seconds: float | None, *, remove_dc: bool) -> Tensor:
    """The mean over channels, with or without its own mean, resampled, then cut.

    With ``remove_dc`` and 8 s this is what av-benchmark gives VGGish, PANNs, PaSST and LAION-CLAP: the mean of the
    whole file is taken off at the file's own rate, so what lies behind the cut counts too. The omni profile leaves the
    mean, so that a clip's features depend on nothing outside of it.

    Args:
        samples: (..., channels, n) float32.
        rate: Hz of the samples.
        target_rate: Hz of the result.
        seconds: only so much from the start, ``int(target_rate * seconds)`` samples at most; None: all. Never padded.
        remove_dc: whether the mean over the whole signal is subtracted.

    Returns:
        (..., samples) float32 on the same device.
    """
    mono = samples.mean(-2)
    if remove_dc:
        mono = mono - mono.mean(-1, keepdim=True)
    resampled = sinc_resample(mono, rate, target_rate)
    return resampled if seconds is None else resampled[..., : int(target_rate * seconds)]


def check(samples: Tensor, network: str, rate: int, least: int) -> None:
    """Refuses what a network has no value for.

    Args:
        samples: (batch, n).
        network: its name in a sentence.
        rate: Hz.
        least: samples that it needs.

    Raises:
        UserError: too short, or a sample is not finite.
    """
    length = samples.shape[-1]
    if length < least:
        raise UserError(f"{length / rate:.3f} s are too short; {network} hears {least / rate:.3f} s at least.")
    if not samples.isfinite().all():
        raise UserError(f"The sound has samples that are not finite numbers; {network} has no value for it.")

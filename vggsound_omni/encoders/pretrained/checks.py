"""What no network can encode."""

from __future__ import annotations

from torch import Tensor

from vggsound_omni.errors import UserError


def check(samples: Tensor, network: str, rate: int, least: int) -> None:
    """Refuses sound that a network cannot encode.

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

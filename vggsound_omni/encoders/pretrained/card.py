"""The card of a pretrained encoder: what all of them say of their checkpoint and their choices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vggsound_omni.encoders.digest import checkpoint_sha256
from vggsound_omni.encoders.encoder import EncoderCard

from .catalogue import CATALOGUE


def pretrained_card(
    name: str,
    kind: str,
    trained_on: str,
    checkpoint: Path,
    networks: Sequence[nn.Module],
    *,
    profile: str,
    dtype: torch.dtype,
    **front_end: Any,  # noqa: ANN401 - whatever is JSON
) -> EncoderCard:
    """The card of an encoder of the set "pretrained".

    Args:
        name: its key in :data:`.CATALOGUE`, which knows the licence.
        kind: see :class:`.EncoderCard`.
        trained_on: see there.
        checkpoint: the file of its weights.
        networks: all that are loaded; their numbers are counted.
        profile: whose choices.
        dtype: of the networks' bodies.
        front_end: rates, windows and sizes that its numbers depend on.
    """
    sha256, expected = checkpoint_sha256(checkpoint), CATALOGUE[name].checkpoint.sha256
    return EncoderCard(
        name=name,
        kind=kind,
        encoder_set="pretrained",
        checkpoint_sha256=sha256,
        published=None if expected is None else sha256 == expected,
        parameters=sum(p.numel() for network in networks for p in network.parameters()),
        trained_on=trained_on,
        licence=CATALOGUE[name].licence,
        front_end={"profile": profile, "dtype": str(dtype).removeprefix("torch."), **front_end},
    )

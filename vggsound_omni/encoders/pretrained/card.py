"""The card of a pretrained encoder: what all of them say of their checkpoint and their choices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vggsound_omni.encoders.encoder import EncoderCard
from vggsound_omni.encoders.fetch.digest import checkpoint_sha256
from vggsound_omni.io import compute_sha256

from .catalogue import CATALOGUE
from .checkpoint import is_published


def pretrained_card(
    name: str,
    kind: str,
    trained_on: str,
    checkpoint: Path,
    networks: Sequence[nn.Module],
    *,
    profile: str,
    dtype: torch.dtype,
    beside: Sequence[Path] = (),
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
        beside: other files that decide its numbers, a vocabulary for instance; those that are there are hashed, and the
            features of one are not those of another.
        front_end: rates, windows and sizes that its numbers depend on.
    """
    files = {path.name: compute_sha256(path) for path in beside if path.is_file()}
    return EncoderCard(
        name=name,
        kind=kind,
        encoder_set="pretrained",
        checkpoint_sha256=checkpoint_sha256(checkpoint),
        published=is_published(name, checkpoint),
        parameters=sum(p.numel() for network in networks for p in network.parameters()),
        trained_on=trained_on,
        licence=CATALOGUE[name].licence,
        front_end={
            "profile": profile,
            "dtype": str(dtype).removeprefix("torch."),
            **({"beside": files} if files else {}),
            **front_end,
        },
    )

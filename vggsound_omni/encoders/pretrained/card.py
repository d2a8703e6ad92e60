"""The card of a pretrained encoder: what all of them say of their checkpoint and their choices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vggsound_omni.encoders.encoder import EncoderCard, EncoderSpec, Kit
from vggsound_omni.encoders.fetch.digest import checkpoint_sha256
from vggsound_omni.io import compute_sha256

from .checkpoint import is_published


def pretrained_card(
    spec: EncoderSpec,
    kind: str,
    trained_on: str,
    checkpoint: Path,
    networks: Sequence[nn.Module],
    *,
    kit: Kit,
    dtype: torch.dtype,
    beside: Sequence[Path] = (),
    **front_end: Any,  # noqa: ANN401 - whatever is JSON
) -> EncoderCard:
    """Returns the card of an encoder with published weights.

    Args:
        spec: of the encoder.
        kind: see :class:`.EncoderCard`.
        trained_on: see there.
        checkpoint: the file of its weights.
        networks: all that are loaded; their numbers are counted.
        kit: whose choices.
        dtype: of the networks' bodies.
        beside: other files that decide its numbers, a vocabulary for instance; those that are there are hashed, and the
            features of one are not those of another.
        front_end: rates, windows and sizes that its numbers depend on.
    """
    assert spec.weights is not None
    files = {path.name: compute_sha256(path) for path in beside if path.is_file()}
    return EncoderCard(
        name=spec.name,
        kind=kind,
        encoder_set=spec.encoder_set,
        checkpoint_sha256=checkpoint_sha256(checkpoint),
        published=is_published(spec, checkpoint),
        parameters=sum(p.numel() for network in networks for p in network.parameters()),
        trained_on=trained_on,
        licence=spec.weights.licence,
        front_end={
            "kit": kit,
            "dtype": str(dtype).removeprefix("torch."),
            **({"beside": files} if files else {}),
            **front_end,
        },
    )

"""Features that were never encoded, and metrics and encoders to read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vggsound_omni.encoders.encoder import EncoderCard, EncoderSpec
from vggsound_omni.features.extract import Binding, Column, Extracted, Sources
from vggsound_omni.features.signals import SoundReader, SoundSource
from vggsound_omni.metrics import Estimate, Metric, mean_of_clips
from vggsound_omni.metrics.metric import Need
from vggsound_omni.protocol import Side
from vggsound_omni.suites.bandwidths import Bandwidth
from vggsound_omni.suites.suite import Item, Truth
from vggsound_omni.tracks import Track

IDS = ("a", "b", "c")
TRACK = Track(name="mine", title="Mine", order=9, task="vt2a", where={}, window=1.0, notes={"text": "in French"})


def spec(name: str, *roles: str, **more: Any) -> EncoderSpec:
    return EncoderSpec(name=name, encoder_set="made", roles=roles, modalities=("audio",), factory="none:none", **more)


def card(name: str, checkpoint: str = "0") -> EncoderCard:
    return EncoderCard(
        name=name,
        kind="made",
        encoder_set="made",
        checkpoint_sha256=checkpoint * 64,
        parameters=0,
        trained_on="nothing",
        licence="none",
    )


def items(ids: Sequence[str] = IDS, **more: Any) -> list[Item]:
    return [Item(**({"id": i, "stratum": "main", "duration": 1.0, "caption": "a sound"} | more)) for i in ids]  # type: ignore[arg-type]


def metric(*needs: Need, compute: Callable[..., Estimate] | None = None, **more: Any) -> Metric:
    """A metric; unless told how, an item's score is the sum of its first column."""
    fields: dict[str, Any] = {"key": "mine", "title": "Mine", "unit": "apples", "better": "lower", "per_item": True}
    return Metric(
        summary="What?",
        needs=needs,
        compute=compute or (lambda column, *_: mean_of_clips(np.array([float(np.sum(one)) for one in column]))),
        **(fields | more),
    )


def bind(metric: Metric, **encoders: EncoderSpec) -> Binding:
    return Binding(metric=metric, encoders=encoders)


def extracted(
    columns: Mapping[tuple[str, Side], Mapping[str, Sequence[float]]],
    *,
    output: str = "embedding",
    failures: Mapping[str, str] | None = None,
    generated: Mapping[str, SoundSource] | None = None,
    reference: Mapping[str, Path] | None = None,
    truth: Mapping[str, Truth] | None = None,
    bandwidths: Mapping[str, Bandwidth] | None = None,
    **more: Any,
) -> Extracted:
    """What encoders would have given."""
    return Extracted(
        columns={
            key: Column(
                features={i: {output: np.array(row, np.float32)} for i, row in rows.items()}, failures=failures or {}
            )
            for key, rows in columns.items()
        },
        sources=Sources(
            generated=generated or {}, reference=reference or {}, truth=truth or {}, bandwidths=bandwidths or {}
        ),
        window=1.0,
        reader=SoundReader(),
        cards={name: card(name) for name, _ in columns} | more.pop("cards", {}),
        **more,
    )

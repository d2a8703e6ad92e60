"""From features to scores: which encoder and which arrays each metric takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch

from vggsound_omni.encoders.encoder import EncoderCard, Synchroniser
from vggsound_omni.metrics import METRICS, Estimate, MetricError, aesthetics, cosine, desync, fd_inf, frechet, inception, kad, kl
from .result import Score
from vggsound_omni.tracks import Track

Arrays = Mapping[str, np.ndarray]
"""An encoder's outputs for one item, by name."""
Features = Mapping[str, Arrays]
"""By item id."""

_PAIRS = 64
"""Sounds and pictures that are compared at once; their features are large."""

ROLES: dict[str, str] = {
    "kl": "tagger",
    "fd": "tagger",
    "fad": "tagger",
    "is": "tagger",
    "kad": "tagger",
    "fd_inf": "tagger",
    "pq": "aesthetics",
    "ce": "aesthetics",
    "cu": "aesthetics",
    "pc": "aesthetics",
    "ms_clap": "ms_clap",
    "la_clap": "la_clap",
    "ib": "ib",
    "ds": "ds",
}
"""The encoder that each metric needs, by the roles of :mod:`.encoders.registry`."""
PATCHES = "patches"
"""The role that hears FAD's patches in sets where the tagger does not."""
SECOND_TAGGER = "second_tagger"
EXTRA = {"kl_passt": "kl", "fd_passt": "fd"}
"""Metrics that a second tagger scores as well, where a set has one: key, and what it is in :data:`METRICS`."""


@dataclass(frozen=True, kw_only=True)
class RoleFeatures:
    """All that one encoder made of the items of a run; empty where a side was not encoded."""

    card: EncoderCard
    generated: Features
    reference: Features = field(default_factory=dict)
    video: Features = field(default_factory=dict)
    text: Features = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why an item has no features, by id."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Those among them of which a file could not be decoded, whatever the encoder."""
    synchroniser: Synchroniser | None = None
    """The encoder itself, where a metric must compare sound and picture with it."""


class Scored(NamedTuple):
    """Every metric over one set of items."""

    scores: dict[str, Score]
    """By metric key."""
    items: dict[str, dict[str, float]]
    """Scores of single items, by id and metric key."""
    influence: dict[str, dict[str, float]]
    """Influence of single items on metrics that score no single item, by id and metric key."""


def scores(track: Track, ids: Sequence[str], encoded: Mapping[str, RoleFeatures | str]) -> Scored:
    """Every metric over one set of items.

    Args:
        track: says which metrics apply.
        ids: the items scored, the same for all metrics.
        encoded: by role; a sentence instead of features says why there is no such encoder.
    """
    ids = sorted(ids)  # IS depends on the order
    found: dict[str, Score] = {}
    items: dict[str, dict[str, float]] = {item_id: {} for item_id in ids}
    influence: dict[str, dict[str, float]] = {item_id: {} for item_id in ids}
    for key, base, role in _asked(encoded):
        info = METRICS[base]
        if base in track.not_applicable:
            found[key] = Score(status="not_applicable", reason=track.not_applicable[base])
            continue
        try:
            if not ids:
                raise MetricError("No item has valid audio.")  # noqa: TRY301 - one way to say "not computed"
            if isinstance(role, str):
                raise MetricError(role)  # noqa: TRY301
            estimate = _EVALUATE[base](role, ids)
        except MetricError as error:
            found[key] = Score(status="not_computed", reason=str(error))
            continue
        notes = [track.notes[base]] if base in track.notes else []
        found[key] = Score(
            status="computed",
            reason=" ".join([*notes, *estimate.warnings]) or None,
            value=estimate.value,
            interval=estimate.interval,
            bias=estimate.bias,
            unit=info.unit,
            direction=info.direction,
            n=estimate.n,
            metric_id=f"{base.replace('_', '-')}-{role.card.name}",
            encoder=role.card.name,
            checkpoint_sha256=role.card.checkpoint_sha256,
        )
        single, numbers = (items, estimate.per_clip) if info.per_clip else (influence, estimate.influence)
        for item_id, number in zip(ids, numbers if numbers is not None else (), strict=numbers is not None):
            single[item_id][key] = float(number)
    return Scored(found, items, influence)


def _asked(
    encoded: Mapping[str, RoleFeatures | str],
) -> Iterator[tuple[str, str, RoleFeatures | str]]:
    """Key, the metric that it is, and what it is computed from."""
    for key in METRICS:
        own = PATCHES if key == "fad" and PATCHES in encoded else ROLES[key]
        yield key, key, encoded.get(own, "No encoder was asked.")
    if SECOND_TAGGER in encoded:
        for key, base in EXTRA.items():
            yield key, base, encoded[SECOND_TAGGER]


def _rows(features: Features, ids: Sequence[str], output: str, what: str, encoded: RoleFeatures) -> np.ndarray:
    return np.stack(_each(features, ids, output, what, encoded))


def _each(features: Features, ids: Sequence[str], output: str, what: str, encoded: RoleFeatures) -> list[np.ndarray]:
    """One output of every item, in order.

    Raises:
        MetricError: an item lacks it; the same items must be scored by every metric.
    """
    missing = [item_id for item_id in ids if item_id not in features]
    if missing:
        because = encoded.failures.get(missing[0])
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise MetricError(f'Item "{missing[0]}"{more} has no {what}' + (f": {because}" if because else "."))
    return [features[item_id][output] for item_id in ids]


def _two(e: RoleFeatures, ids: Sequence[str], output: str) -> tuple[np.ndarray, np.ndarray]:
    return _rows(e.reference, ids, output, "reference", e), _rows(e.generated, ids, output, "sound", e)


def _kl(e: RoleFeatures, ids: Sequence[str]) -> Estimate:
    return kl.evaluate(*_two(e, ids, "logits"))


def _fd(e: RoleFeatures, ids: Sequence[str]) -> Estimate:
    return frechet.evaluate(*_two(e, ids, "embedding"))


def _fad(e: RoleFeatures, ids: Sequence[str]) -> Estimate:
    return frechet.evaluate(
        _each(e.reference, ids, "patches", "reference", e), _each(e.generated, ids, "patches", "sound", e)
    )


def _is(e: RoleFeatures, ids: Sequence[str]) -> Estimate:
    return inception.evaluate(_rows(e.generated, ids, "logits", "sound", e))


def _kad(e: RoleFeatures, ids: Sequence[str]) -> Estimate:
    return kad.evaluate(*_two(e, ids, "embedding"))


def _fd_inf(e: RoleFeatures, ids: Sequence[str]) -> Estimate:
    return fd_inf.evaluate(*_two(e, ids, "embedding"), np.random.default_rng(0))


def _axis(key: str) -> Callable[[RoleFeatures, Sequence[str]], Estimate]:
    return lambda e, ids: aesthetics.evaluate(_rows(e.generated, ids, key, "sound", e))


def _clap(e: RoleFeatures, ids: Sequence[str]) -> Estimate:
    return cosine.evaluate(
        _rows(e.text, ids, "embedding", "caption", e), _rows(e.generated, ids, "embedding", "sound", e)
    )


def _ib(e: RoleFeatures, ids: Sequence[str]) -> Estimate:
    return cosine.evaluate(
        _rows(e.video, ids, "embedding", "video", e), _rows(e.generated, ids, "embedding", "sound", e)
    )


def _ds(e: RoleFeatures, ids: Sequence[str]) -> Estimate:
    assert e.synchroniser is not None, "the role of DS is a synchroniser"
    heard = _each(e.generated, ids, "windows", "sound of 4.8 s", e)
    seen = _each(e.video, ids, "windows", "video of 4.8 s", e)
    logits = [
        e.synchroniser.compare(
            *({"windows": torch.from_numpy(np.stack(side[k : k + _PAIRS]))} for side in (heard, seen))
        )
        for k in range(0, len(ids), _PAIRS)
    ]
    return desync.evaluate(torch.cat(logits).numpy(), e.synchroniser.offsets)


_EVALUATE: dict[str, Callable[[RoleFeatures, Sequence[str]], Estimate]] = {
    "kl": _kl,
    "fd": _fd,
    "fad": _fad,
    "is": _is,
    "kad": _kad,
    "fd_inf": _fd_inf,
    **{key: _axis(key) for key in aesthetics.AXES},
    "ms_clap": _clap,
    "la_clap": _clap,
    "ib": _ib,
    "ds": _ds,
}

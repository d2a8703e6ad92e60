"""Which metrics this program computes, by which networks, and what it calls their numbers.

A number under another name than today's, or by other weights, is of an older version of its metric, and compares with
none of today's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from vggsound_omni.encoders.choice import ships
from vggsound_omni.encoders.registry import encoder_sets, load_encoder
from vggsound_omni.features.extract import Binding, bindings
from vggsound_omni.runs.measure import Identity, identity
from vggsound_omni.runs.result import Score

from .submission import Submission


def checkable() -> list[str]:
    """Returns the encoder sets whose networks ship with the program, so that the board can score with them."""
    return [name for name in encoder_sets() if ships(name)]


@lru_cache(maxsize=8)
def bound(encoder_set: str) -> Mapping[str, Binding]:
    """Returns the metrics of an encoder set by key; empty for a set whose networks do not ship.

    What a judge says is left out: a board cannot ask it again.
    """
    ours = bindings(encoder_set) if encoder_set in checkable() else []
    return {one.metric.key: one for one in ours if not one.metric.needs_judge}


@lru_cache(maxsize=8)
def identities(encoder_set: str) -> Mapping[str, Identity]:
    """Returns what scoring writes beside each number, by metric key, if all networks that the metric needs exist."""
    found = {key: one for key, one in bound(encoder_set).items() if set(one.metric.roles) <= set(one.encoders)}
    specs = {spec.name: spec for one in found.values() for spec, _ in one.uses()}
    cards = {name: load_encoder(spec).card for name, spec in specs.items()}
    return {key: identity(one, cards) for key, one in found.items()}


def is_older(score: Score, key: str, encoder_set: str) -> bool:
    """Returns whether a number is of an older version of its metric, or by other weights of the same network."""
    today = identities(encoder_set).get(key)
    if score.value is None or today is None:
        return False
    return (score.metric_id, score.checkpoint_sha256) != (today.metric_id, today.checkpoint_sha256)


def older_keys(row: Submission) -> list[str]:
    """Returns the metrics of a row that are of an older version (:func:`is_older`), in the order of its scores."""
    return [key for key, score in row.scores.items() if is_older(score, key, row.encoder_set)]

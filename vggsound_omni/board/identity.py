"""What each metric is called today, by which network: what older rows hold under another name is history."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from vggsound_omni.encoders.registry import SETS, load_encoder
from vggsound_omni.metrics.catalogue import METRICS
from vggsound_omni.runs.measure import ROLES
from vggsound_omni.runs.result import Score

from .submission import Submission


class Identity(NamedTuple):
    """What scoring writes beside a number."""

    metric_id: str
    encoder: str
    checkpoint_sha256: str


@lru_cache(maxsize=8)
def identities(encoder_set: str) -> Mapping[str, Identity]:
    """By metric key, what this program writes; empty for a set whose networks do not ship with it."""
    if encoder_set not in SETS:
        return {}
    cards = {role: load_encoder(encoder_set, role).card for role in SETS[encoder_set]}
    return {
        key: Identity(f"{key.replace('_', '-')}-{cards[role].name}", cards[role].name, cards[role].checkpoint_sha256)
        for key in METRICS
        if (role := ROLES[key]) in cards
    }


def is_older(score: Score, key: str, encoder_set: str) -> bool:
    """Whether a number is of an earlier reading of its metric, which compares with none of today's."""
    today = identities(encoder_set).get(key)
    return score.value is not None and today is not None and score.metric_id != today.metric_id


def older_keys(row: Submission) -> list[str]:
    """The metrics of a row that are of an earlier reading, in the order of its scores."""
    return [key for key, score in row.scores.items() if is_older(score, key, row.suite.encoder_set)]

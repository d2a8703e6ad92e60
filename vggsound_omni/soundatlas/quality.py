"""How good captions are against truth, and what the handoff is worth at its cost; no score that filters is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .drafts import Draft

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What junior and senior make of one clip."""

    truth: frozenset[str]  # classes that sound
    junior: frozenset[str]  # classes that it names
    senior: frozenset[str]
    junior_cost: float
    senior_cost: float
    score: float  # of the junior's draft and the sound


@dataclass(frozen=True, kw_only=True)
class Point:
    """One threshold of the handoff, and a random choice of as many clips."""

    threshold: float
    escalated: float  # share of clips
    cost: float  # mean over clips
    precision: float
    recall: float
    f1: float  # mean over clips
    random_f1: float  # expected with as many clips, chosen by lot
    gain: tuple[float, float, float]  # of F1 over the lot: estimate, and its 95 % interval over clips


def named(draft: Draft | None) -> frozenset[str]:
    """Returns what a draft names."""
    return frozenset() if draft is None else frozenset(event.what for event in draft.events)


def f1(found: frozenset[str], truth: frozenset[str]) -> float:
    """Returns the harmonic mean of precision and recall of named sources; 0 if nothing is named."""
    return 2 * len(found & truth) / (len(found) + len(truth)) if found or truth else 1.0


def curve(pairs: Sequence[Pair], shares: Sequence[float], draws: int = 2000, seed: int = 0) -> list[Point]:
    """Returns quality against cost where the clips with the lowest scores go to the senior, against a lot.

    A lot that takes a share s of the clips has the expected F1 of (1 - s) juniors and s seniors.

    Args:
        pairs: a clip each.
        shares: of clips that go to the senior.
        draws: of clips with replacement, for the interval.
        seed: of the draws.
    """
    score = np.array([pair.score for pair in pairs])
    junior, senior = (np.array([f1(getattr(p, who), p.truth) for p in pairs]) for who in ("junior", "senior"))
    rng = np.random.default_rng(seed)
    chosen = rng.integers(len(pairs), size=(draws, len(pairs)))
    return [_point(pairs, share, score, junior, senior, chosen) for share in shares]


def _point(
    pairs: Sequence[Pair],
    share: float,
    score: Floats,
    junior: Floats,
    senior: Floats,
    chosen: npt.NDArray[np.int64],
) -> Point:
    threshold = float(np.quantile(score, share)) if share > 0 else float("-inf")
    up = score < threshold if share < 1 else np.ones(len(score), bool)
    taken = float(up.mean())
    gain = np.where(up, senior, junior) - (1 - taken) * junior - taken * senior
    low, high = np.quantile(gain[chosen].mean(axis=1), [0.025, 0.975])
    said = [pair.senior if one else pair.junior for pair, one in zip(pairs, up, strict=True)]
    right = sum(len(one & pair.truth) for one, pair in zip(said, pairs, strict=True))
    cost = [p.junior_cost + (p.senior_cost if one else 0.0) for p, one in zip(pairs, up, strict=True)]
    return Point(
        threshold=threshold,
        escalated=taken,
        cost=float(np.mean(cost)),
        precision=right / max(1, sum(map(len, said))),
        recall=right / max(1, sum(len(pair.truth) for pair in pairs)),
        f1=float(np.where(up, senior, junior).mean()),
        random_f1=float(((1 - taken) * junior + taken * senior).mean()),
        gain=(float(gain.mean()), float(low), float(high)),
    )

"""How good captions are against truth, and what the handoff is worth at its cost; no score that filters is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from vggsound_omni.suites.suite import Truth

from .drafts import Draft

Floats = npt.NDArray[np.float64]


MOST = 12
"""Acts that a caption can be expected to count, at most."""
APART = 0.5
"""Seconds from which on two beginnings have an order."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is true of one clip and a caption can say."""

    classes: frozenset[str]
    counts: dict[str, int]  # of classes with single acts, up to :data:`MOST`
    begins: dict[str, float]  # seconds

    @classmethod
    def of(cls, truth: Truth) -> Known:
        """Reads it off a truth."""
        acts = Counter(event.sound_class for event in truth.events if event.discrete)
        begins: dict[str, float] = {}
        for event in sorted(truth.events, key=lambda event: event.onset):
            begins.setdefault(event.sound_class, event.onset)
        return cls(
            classes=frozenset(begins),
            counts={name: count for name, count in acts.items() if count <= MOST},
            begins=begins,
        )


@dataclass(frozen=True, kw_only=True)
class Caption:
    """What became of one clip."""

    draft: Draft | None  # None: no caption was kept
    cost: float


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How good a set of captions is. Of clips without a caption only cost and share are counted."""

    kept: float  # share of clips with a caption
    cost: float  # mean over clips
    precision: float  # of named sources, over all captions
    recall: float
    f1: float  # mean over captions
    interval: tuple[float, float]  # of F1: 95 %, bootstrap over clips
    counts: float  # share of sources with up to twelve acts whose number is said, and right
    order: float  # share of pairs of sources that begin apart whose order is told right
    specificity: float  # share of other clips that a caption fits worse than its own, ties half


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


def counted(draft: Draft, known: Known) -> tuple[int, int]:
    """Returns of how many sources the number of acts is right, and how many there are."""
    said: Counter[str] = Counter()
    for event in draft.events:
        said[event.what] += event.times or 0
    return sum(said[name] == count for name, count in known.counts.items()), len(known.counts)


def ordered(draft: Draft, known: Known) -> tuple[int, int]:
    """Returns of how many pairs of sources the order is right, and how many begin apart; a missing one is wrong."""
    told: dict[str, float] = {}
    for event in draft.events:
        told[event.what] = min(event.start, told.get(event.what, event.start))
    sources = sorted(known.begins, key=lambda name: known.begins[name])
    pairs = [(a, b) for a, b in combinations(sources, 2) if known.begins[b] - known.begins[a] >= APART]
    return sum(a in told and b in told and told[a] < told[b] for a, b in pairs), len(pairs)


def specificity(said: Sequence[frozenset[str]], truths: Sequence[frozenset[str]]) -> float:
    """Returns of how many other clips the truth fits a caption worse than that of its own, by F1, ties half."""
    fits = np.array([[f1(one, truth) for truth in truths] for one in said])
    apart = fits.diagonal()[:, None] - fits
    wins = (apart > 0) + 0.5 * (apart == 0)
    np.fill_diagonal(wins, 0.0)
    return float(wins.sum() / max(1, wins.size - len(wins)))


def quality(captions: Sequence[Caption], known: Sequence[Known], draws: int = 2000, seed: int = 0) -> Quality:
    """Returns how good captions are.

    Args:
        captions: of clips.
        known: what is true of these clips.
        draws: of captions with replacement, for the interval.
        seed: of the draws.

    Raises:
        ValueError: there is no caption.
    """
    there = [(one.draft, truth) for one, truth in zip(captions, known, strict=True) if one.draft is not None]
    if not there:
        raise ValueError("quality is that of captions, and there is none")
    names = [named(draft) for draft, _ in there]
    truths = [truth.classes for _, truth in there]
    right = sum(len(one & truth) for one, truth in zip(names, truths, strict=True))
    each = np.array([f1(one, truth) for one, truth in zip(names, truths, strict=True)])
    drawn = np.random.default_rng(seed).integers(len(each), size=(draws, len(each)))
    low, high = np.quantile(each[drawn].mean(axis=1), [0.025, 0.975])
    counts, orders = (np.sum([of(draft, truth) for draft, truth in there], axis=0) for of in (counted, ordered))
    return Quality(
        kept=len(there) / len(captions),
        cost=float(np.mean([one.cost for one in captions])),
        precision=right / max(1, sum(map(len, names))),
        recall=right / max(1, sum(map(len, truths))),
        f1=float(each.mean()),
        interval=(float(low), float(high)),
        counts=float(counts[0] / max(1, counts[1])),
        order=float(orders[0] / max(1, orders[1])),
        specificity=specificity(names, truths),
    )


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

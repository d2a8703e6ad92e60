"""From what the trees say to events: which classes are heard, whose onsets are whose, from when to when, how loud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

from .forest import Forest
from .hearing import HOP, SEGMENT, Heard
from .likeness import Likeness
from .names import ACTS, NAMES, SPANS
from .spectra import Floats

Acts = list[tuple[int, int]]
"""Of a clip: candidates, each with the index into ACTS of what it is the onset of, in order of time."""
_APART = 0.08
"""Seconds from onset to onset of one class, at least."""
_FAINTEST = 0.02
"""Probability from which a candidate may stand for a class that is heard and has no other."""
_SURE = 4.0
"""Log-odds of a segment are cut to this, so that no single one decides."""
_BLOCK = 5
"""Blocks of 10 ms over which power is averaged."""
_LONGEST, _FADED_DB = 1.5, 20.0
"""Seconds after its onset, and dB below its peak, at which an act has ended at the latest."""
_TAIL = 40
"""Blocks after an onset that tell nothing of what sounds besides."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Thresholds, set once on the validation split; and levels, on the train split."""

    acts: float  # probability from which a class of acts is heard
    spans: float  # the same for what lasts
    onset: float  # from which a candidate is an onset of one of the classes heard
    borrowed: float  # share of what speaks for other classes that counts for those heard
    levels: Sequence[float] = (0.0,) * len(NAMES)  # dB by which what is measured lies above the level of a source


@dataclass(frozen=True, kw_only=True)
class Trees:
    """The forests."""

    acts: Forest  # of candidates: classes of acts, or nothing
    spans: Forest  # of segments: what lasts
    heard: Forest  # of clips: what is heard at all

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Returns all arrays by name."""
        return self.acts.arrays("acts") | self.spans.arrays("spans") | self.heard.arrays("heard")

    @classmethod
    def stored(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Trees:
        """Takes forests from stored arrays."""
        return cls(**{name: Forest.stored(name, arrays) for name in ("acts", "spans", "heard")})


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What the trees say of one clip."""

    around: Floats  # (candidates, features): what they are judged by
    acts: Floats  # (candidates, acts + 1): probabilities, the last that it is none
    spans: Floats  # (segments, spans): log-odds
    heard: Floats  # (names,): probabilities


def act_probabilities(forest: Forest, features: Floats) -> Floats:
    """(candidates, features) to (candidates, acts + 1)."""
    sums = forest.sums(features)
    odds = np.exp(sums - sums.max(1, keepdims=True))
    return np.asarray(odds / odds.sum(1, keepdims=True))


def span_log_odds(forest: Forest, features: Floats) -> Floats:
    """(clips, segments, features) to (clips, segments, spans)."""
    return forest.sums(features.reshape(-1, features.shape[-1])).reshape(*features.shape[:2], -1)


def summary(acts: Floats, spans: Floats) -> Floats:
    """(features,): what candidates and segments of a clip say together, for the trees that hear the whole."""
    ordered = -np.sort(-np.pad(acts[:, :-1], ((0, 3), (0, 0))), axis=0)
    levels = -np.sort(-np.clip(spans, -_SURE, _SURE), axis=0)
    parts = (acts[:, :-1].sum(0), *ordered[:3], levels[0], levels[len(levels) // 4], levels[len(levels) // 2])
    return np.concatenate(parts, dtype=np.float32)


def opinions(trees: Trees, heard: Heard) -> list[Opinion]:
    """Returns what the trees say of a batch."""
    around = heard.around_onsets()
    acts = act_probabilities(trees.acts, np.concatenate(around))
    by_clip = np.split(acts, np.cumsum([len(own) for own in around])[:-1])
    spans = span_log_odds(trees.spans, heard.segments())
    summaries = np.stack([summary(own, span) for own, span in zip(by_clip, spans, strict=True)])
    sums = trees.heard.sums(np.concatenate((heard.clips, summaries), axis=1))
    probabilities = 1 / (1 + np.exp(-np.clip(sums, -30, 30)))
    probabilities[heard.silent] = 0
    return [
        Opinion(around=own, acts=a, spans=s, heard=p)
        for own, a, s, p in zip(around, by_clip, spans, probabilities, strict=True)
    ]


def assigned(heard: Heard, said: Sequence[Opinion], limits: Limits) -> list[Acts]:
    """Returns the acts of each clip: candidates that are onsets of classes heard."""
    return [_assigned(rows[:, 0], one, limits) for rows, one in zip(heard.candidates, said, strict=True)]


def told(heard: Heard, said: Sequence[Opinion], acts: Sequence[Acts], limits: Limits) -> list[Floats]:
    """Returns the events of each clip, (events, 4), by onset: class, onset, end, level in dB."""
    return [
        _events(heard.samples[k], heard.candidates[k], one, own, limits)
        for k, (one, own) in enumerate(zip(said, acts, strict=True))
    ]


class Likened(NamedTuple):
    """What the acts of one clip sound like."""

    classes: int  # classes whose acts are heard
    alike: int  # of these, classes of which an act sounds like an example
    examples: npt.NDArray[np.intp]  # their numbers, ascending


def likened(said: Sequence[Opinion], acts: Sequence[Acts], likeness: Likeness) -> list[Likened]:
    """Returns what the acts of each clip sound like."""
    found = []
    for one, own in zip(said, acts, strict=True):
        rows = np.array(own, np.intp).reshape(-1, 2)
        near = likeness.near(one.around[rows[:, 0]], rows[:, 1])
        found.append(Likened(len(np.unique(rows[:, 1])), len(np.unique(likeness.acts[near])), near))
    return found


def _events(samples: Floats, candidates: Floats, said: Opinion, acts: Acts, limits: Limits) -> Floats:
    times = candidates[:, 0]
    power = _block_power(samples)
    blocks = np.round(times * (SAMPLE_RATE / HOP)).astype(int)
    rows = []
    for k, act in acts:
        following = min((float(times[j]) for j, other in acts if other == act and j > k), default=np.inf)
        end, level = _extent(power, blocks[k], min(following, times[k] + _LONGEST))
        rows.append((NAMES.index(ACTS[act]), times[k], end, level))
    free = np.ones(len(power), bool)
    for k, _ in acts:
        free[blocks[k] : blocks[k] + _TAIL] = False
    seconds = len(samples) / SAMPLE_RATE
    for k, name in enumerate(SPANS):
        if said.heard[NAMES.index(name)] >= limits.spans:
            first, stop = _best_span(said.spans[:, k])
            start, end = first * SEGMENT, min(stop * SEGMENT, len(power))
            inside = power[start:end][free[start:end]]
            inside = inside if len(inside) >= SEGMENT else power[start:end]
            last = seconds if stop == len(said.spans) else end * HOP / SAMPLE_RATE
            rows.append((NAMES.index(name), start * HOP / SAMPLE_RATE, last, _decibels(float(np.mean(inside)))))
    found = np.array(rows, np.float32).reshape(-1, 4)
    found[:, 3] -= np.asarray(limits.levels, np.float32)[found[:, 0].astype(int)]
    return found[np.argsort(found[:, 1], kind="stable")]


def _assigned(times: Floats, said: Opinion, limits: Limits) -> Acts:
    classes = [k for k, name in enumerate(ACTS) if said.heard[NAMES.index(name)] >= limits.acts]
    if not classes or not len(times):
        return []
    own = said.acts[:, classes]
    total = own.sum(1)
    others = 1 - said.acts[:, -1] - total
    best = own.argmax(1)
    onset = total + limits.borrowed * others >= limits.onset
    found = {int(k): classes[best[k]] for k in np.flatnonzero(onset)}
    for place, name in enumerate(classes):
        if name not in found.values():
            strongest = int(own[:, place].argmax())
            if own[strongest, place] >= _FAINTEST:
                found[strongest] = name
    kept: list[tuple[int, int]] = []
    for k in sorted(found):
        near = [j for j, name in kept[-4:] if name == found[k] and times[k] - times[j] < _APART]
        if not near:
            kept.append((k, found[k]))
    return kept


def _best_span(log_odds: Floats) -> tuple[int, int]:
    """The run of segments with the largest sum of log-odds."""
    sums = np.concatenate(([0.0], np.cumsum(np.clip(log_odds, -_SURE, _SURE))))
    lowest = np.minimum.accumulate(sums[:-1])
    stop = int(np.argmax(sums[1:] - lowest)) + 1
    return int(np.argmin(sums[:stop])), stop


def _block_power(samples: Floats) -> Floats:
    """(blocks,): mean square of 50 ms from each 10 ms on."""
    squares = np.concatenate(([0.0], np.cumsum(samples.astype(np.float64) ** 2)))
    starts = np.arange(0, max(len(samples) - _BLOCK * HOP, 0) + 1, HOP)
    stops = np.minimum(starts + _BLOCK * HOP, len(samples))
    return np.asarray((squares[stops] - squares[starts]) / (stops - starts), np.float32)


def _extent(power: Floats, at: int, latest: float) -> tuple[float, float]:
    """Until when an act sounds, in seconds, and its level: how far it rises over what was there before."""
    at = min(at, len(power) - 1)
    before = float(np.mean(power[max(at - 8, 0) : max(at - 5, 1)]))
    stop = min(max(round(latest * SAMPLE_RATE / HOP), at + _BLOCK), len(power))
    excess = np.maximum(power[at : max(stop, at + 1)] - before, 1e-12)
    peak = int(excess[:30].argmax())
    faded = np.flatnonzero(excess[peak:] < excess[peak] * 10 ** (-_FADED_DB / 10))
    end = at + peak + (int(faded[0]) if len(faded) else len(excess) - peak)
    return end * HOP / SAMPLE_RATE, _decibels(float(excess[peak]))


def _decibels(power: float) -> float:
    return float(10 * np.log10(max(power, 1e-12)))

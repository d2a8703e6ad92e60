"""Metrics of truth where the truth is told wrongly by known amounts: each follows what it should see, and nothing else.

The sounds stay, and so does what the ear hears of them, so this costs no rendering and works for any suite with truth.
An event too many in the truth is, to a metric, one too few in the sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from vggsound_omni.metrics import Metric
from vggsound_omni.stats.correlation import spearman
from vggsound_omni.stats.intervals import F64
from vggsound_omni.suites.suite import Item, SoundEvent, Truth

from .outcomes import Finding, Verdict, by_resamples
from .truth import Scores

Rng = np.random.Generator
Names = Sequence[str]
FOLLOWS = 0.95
"""Least Spearman correlation of a metric with a mistake that it should see."""
STAYS = 1e-9
"""Most by which it moves with one that it should not see."""
_DRAWS = 60
"""Resamples of the items."""
_LATER = 0.45
"""Seconds after an act at which the truth tells of one more."""
TIMING = frozenset({"hits", "onset_f1", "timing"})


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One way to tell the truth wrongly."""

    key: str
    title: str
    severities: tuple[float, ...]
    told: Callable[[Truth, float, Rng, Names], Truth]  # the same random numbers at every severity; names of all acts
    sees: frozenset[str]  # keys of metrics that must follow it
    still: frozenset[str]  # keys of those that must not move; the others may


def _lacking(truth: Truth, share: float, rng: Rng, _: Names) -> Truth:
    """Leaves acts out; the first stays."""
    kept = rng.random(len(truth.events)) >= share
    return replace(truth, events=tuple(e for k, e in enumerate(truth.events) if kept[k] or k == 0 or not e.discrete))


def _invented(truth: Truth, share: float, rng: Rng, _: Names) -> Truth:
    """Tells of acts that are not."""
    chosen = rng.random(len(truth.events)) < share
    more = [_moved(e, _LATER) for k, e in enumerate(truth.events) if chosen[k] and e.discrete]
    return replace(truth, events=_ordered((*truth.events, *more)))


def _jittered(truth: Truth, seconds: float, rng: Rng, _: Names) -> Truth:
    """Moves each event by a normal deviate."""
    by = seconds * rng.standard_normal(len(truth.events))
    return replace(truth, events=_ordered([_moved(e, s) for e, s in zip(truth.events, by, strict=True)]))


def _turned(truth: Truth, share: float, rng: Rng, _: Names) -> Truth:
    """In a share of the clips, tells of everything from the last onset back to the first."""
    if rng.random() >= share or not truth.events:
        return truth
    both = truth.events[0].onset + truth.events[-1].onset
    return replace(truth, events=_ordered([_moved(e, both - 2 * e.onset) for e in truth.events]))


def _renamed(truth: Truth, share: float, rng: Rng, names: Names) -> Truth:
    """In a share of the clips, calls all acts by the name of one that is neither there nor forbidden."""
    there = {*truth.forbidden, *(event.sound_class for event in truth.events)}
    others = [name for name in names if name not in there]
    if rng.random() >= share or not others:
        return truth
    name = others[int(rng.integers(len(others)))]
    events = tuple(replace(e, sound_class=name) if e.discrete else e for e in truth.events)
    return replace(truth, events=events)


def _louder(truth: Truth, decibels: float, _: Rng, __: Names) -> Truth:
    """Tells of more level off screen, and of more music."""
    events = tuple(
        e if e.on_screen or e.performed else replace(e, level_db=e.level_db + decibels) for e in truth.events
    )
    music = truth.music and replace(truth.music, level_db=truth.music.level_db + decibels)
    return replace(truth, events=events, music=music)


def _moved(event: SoundEvent, seconds: float) -> SoundEvent:
    return replace(event, onset=max(event.onset + seconds, 0.0), end=max(event.end + seconds, 0.0))


def _ordered(events: Sequence[SoundEvent]) -> tuple[SoundEvent, ...]:
    return tuple(sorted(events, key=lambda event: (event.onset, event.sound_class)))


_SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
MISTAKES = (
    Mistake(
        key="lacking",
        title="acts left out",
        severities=_SHARES,
        told=_lacking,
        sees=frozenset({"event_f1", "av_f1", "onset_f1", "count"}),
        still=frozenset(),
    ),
    Mistake(
        key="invented",
        title="acts that are not",
        severities=_SHARES,
        told=_invented,
        sees=frozenset({"event_f1", "av_f1", "onset_f1", "hits", "count"}),
        still=frozenset({"leak", "likeness"}),
    ),
    Mistake(
        key="jittered",
        title="acts moved",
        severities=(0.05, 0.09, 0.13, 0.18, 0.24),
        told=_jittered,
        sees=frozenset({"av_f1", *TIMING}),
        still=frozenset({"event_f1", "count", "leak", "level", "likeness"}),
    ),
    Mistake(
        key="backwards",
        title="time turned",
        severities=_SHARES,
        told=_turned,
        sees=frozenset({"order", "av_f1", *TIMING}),
        still=frozenset({"event_f1", "count", "leak", "level", "likeness"}),
    ),
    Mistake(
        key="louder",
        title="levels raised",
        severities=(3.0, 6.0, 9.0, 12.0, 15.0),
        told=_louder,
        sees=frozenset({"level"}),
        still=frozenset({"event_f1", "av_f1", "count", "order", "leak", "likeness", *TIMING}),
    ),
    Mistake(
        key="renamed",
        title="acts misnamed",
        severities=_SHARES,
        told=_renamed,
        sees=frozenset({"event_f1", "av_f1", "count", "leak"}),
        still=TIMING | {"likeness"},
    ),
)


def mistold(items: Sequence[Item], mistake: Mistake, severity: float) -> dict[str, Truth]:
    """Returns the truth of items, by id, told wrongly; what is drawn depends on an item's id alone."""
    there = [event for item in items if item.truth is not None for event in item.truth.events if event.discrete]
    names = sorted({event.sound_class for event in there})
    return {
        item.id: mistake.told(item.truth, severity, np.random.default_rng(crc32(item.id.encode())), names)
        for item in items
        if item.truth is not None
    }


def findings(
    metrics: Sequence[Metric], items: Sequence[Item], scores: Mapping[tuple[str, float], Scores]
) -> Iterator[Finding]:
    """Yields whether each metric follows the mistakes that it should see and stays under those that it should not.

    Args:
        metrics: of truth.
        items: with truth.
        scores: of single items, by mistake and severity; under ("", 0.0) by the truth as it is.
    """
    for metric in metrics:
        sees = [one for one in MISTAKES if metric.key in one.sees]
        still = [one for one in MISTAKES if metric.key in one.still]
        concerned = {"", *(one.key for one in (*sees, *still))}
        columns = {
            place: np.array([single.get(item.id, {}).get(metric.key, np.nan) for item in items])
            for place, single in scores.items()
            if place[0] in concerned
        }
        there = np.flatnonzero(np.all([~np.isnan(column) for column in columns.values()], axis=0))
        if len(there) and (sees or still):
            yield _finding(metric, sees, still, {place: column[there] for place, column in columns.items()})


def _finding(
    metric: Metric, sees: Sequence[Mistake], still: Sequence[Mistake], columns: Mapping[tuple[str, float], F64]
) -> Finding:
    clean, clips = columns["", 0.0], len(columns["", 0.0])
    sign = 1 if metric.better == "lower" else -1

    def follows(mistake: Mistake, chosen: NDArray[np.intp]) -> float:
        worse = [sign * columns[mistake.key, severity][chosen].mean() for severity in mistake.severities]
        return spearman([0.0, *mistake.severities], [sign * clean[chosen].mean(), *worse]) or 0.0

    moves = {
        one.key: max(float(np.abs(columns[one.key, severity] - clean).max()) for severity in one.severities)
        for one in still
    }
    everything = np.arange(clips)
    ranks = {one.key: follows(one, everything) for one in sees}
    stays = all(move <= STAYS for move in moves.values())
    right = stays and all(rank >= FOLLOWS for rank in ranks.values())
    verdict: Verdict = (
        "pass" if right else "fail" if not stays else _not_by_chance(lambda c: [follows(m, c) for m in sees], clips)
    )
    told = [f"{one.title} {ranks[one.key]:+.2f}" for one in sees] + [
        f"{one.title} {moves[one.key]:.2g}" for one in still
    ]
    return Finding(
        key=f"mistold_{metric.key}",
        title="truth told wrongly",
        metric=metric.key,
        numbers={
            **{f"spearman_{key}": rank for key, rank in ranks.items()},
            **{f"moved_{key}": move for key, move in moves.items()},
            "clips": float(clips),
        },
        verdict=verdict,
        sentence=f"{metric.title} follows what it should see, by Spearman, and stays under the rest: {', '.join(told)} "
        f"({clips} clips).",
    )


def _not_by_chance(ranks: Callable[[NDArray[np.intp]], Sequence[float]], clips: int) -> Verdict:
    """Judges a metric that does not follow: it fails if it does not in 95 % of the resamples of the clips either."""
    rng = np.random.default_rng(0)
    followed = [min(ranks(rng.integers(0, clips, clips))) >= FOLLOWS for _ in range(_DRAWS)]
    return "fail" if by_resamples(float(np.mean(followed))) == "fail" else "unsure"

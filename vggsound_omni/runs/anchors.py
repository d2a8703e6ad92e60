"""Chance and ceiling: what the recordings, and sounds that know nothing of an item, score by the same metrics.

The ceiling is what the items' own recordings score; of a distance between sets, where that is 0 whatever the number of
items, it is the distance of one half of the recordings to the other. Chance is the best of silence, of noise, and of
recordings of other items, where it matters whose recording it is: for a metric that sees the set alone, or the sound
alone, these are real sound, and no chance.

Features come from the same pass as those of the scored sounds, and are kept in the same store.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from rich.console import Console

from vggsound_omni.features import sound_hash
from vggsound_omni.features.extract import Binding, Extracted
from vggsound_omni.features.signals import Signal, SoundSource
from vggsound_omni.generators.baselines.noise import Noise
from vggsound_omni.generators.baselines.silence import Silence
from vggsound_omni.metrics import Metric, without_bias
from vggsound_omni.metrics.metric import Judged
from vggsound_omni.progress import Progress
from vggsound_omni.protocol import Request
from vggsound_omni.stats.intervals import F64, quantile, standard_error
from vggsound_omni.stats.ratio import fieller
from vggsound_omni.suites.suite import Item
from vggsound_omni.tracks import Track

from .measure import Measured, measure
from .result import Anchor, Anchors, Score

NOISES = 8
"""Different noises, which items share: to a network that knows sounds, one is like another."""
_HALVINGS = 3
"""Random halves that a distance between recordings is averaged over."""
_RECORDING = "recording"


@dataclass(frozen=True)
class Reading:
    """A metric over some sounds on a set of items: what a share is computed from."""

    estimate: float
    items: Mapping[str, float]  # by id: its score, or its influence on the set's, up to a constant; empty for halves
    interval: tuple[float, float] | None = None
    uncertain: float = 0.0  # how far the bias that was taken off may be off
    further: float = 0.0  # variance of the estimate that does not come from these items

    @cached_property
    def ids(self) -> list[str]:
        """The items' ids in order."""
        return sorted(self.items)

    @cached_property
    def centred(self) -> F64:
        """(items,) less their mean, in the order of ``ids``."""
        return _less_mean(self.items, self.ids)


def reading(metric: Metric, score: Score, items: Mapping[str, float]) -> Reading | None:
    """Returns a score as a reading; None if it has no value.

    Chance and a distance between halves are read where a score would have no estimate: of chance the bias is a small
    part, and of halves it is nearly all, but of a distance that is known to be 0.

    Args:
        metric: cuts the estimate at its floor.
        score: of all items.
        items: see :class:`Reading`.
    """
    if score.value is None:
        return None
    estimate = without_bias(score.value, score.bias, metric.floor) if score.estimate is None else score.estimate
    return Reading(estimate, items, score.interval, score.uncertain or 0.0)


def paired(metric: Metric) -> bool:
    """Returns whether it matters to a metric which item a sound belongs to."""
    known = metric.needs_truth or metric.needs_labels or any(isinstance(need, Judged) for need in metric.needs)
    return known or (metric.per_item and metric.sides != {"generated"})


def judged(
    metric: Metric, score: Reading, chances: Mapping[str, Reading], ceiling: tuple[str, Reading] | None
) -> Anchors:
    """Returns where a score lies between chance and ceiling.

    Args:
        metric: by its direction and needs.
        score: of the system.
        chances: by name; the best of them counts.
        ceiling: what the recordings score, with its name.
    """
    sign = -1.0 if metric.better == "lower" else 1.0
    best = max(chances.items(), key=lambda one: sign * one[1].estimate, default=None)
    found = Anchors(
        ceiling=_anchor(*ceiling) if ceiling else None,
        chance=_anchor(*best) if best else None,
        above=metric.better is not None
        and ceiling is not None
        and "reference" not in metric.sides
        and _beyond(sign, score, ceiling[1]),
    )
    if metric.better is None:
        return found.model_copy(update={"no_share": "Neither direction is better."})
    if ceiling is None or best is None:
        missing = "what the recordings score" if ceiling is None else "a chance level"
        return found.model_copy(update={"no_share": f"It has no share without {missing}."})
    share = _share(sign, score, best[1], ceiling[1])
    if share is None:
        return found.model_copy(update={"no_share": "Here the recordings are not shown to be better than chance."})
    return found.model_copy(update={"share": share[0], "share_interval": share[1]})


def _anchor(name: str, reading: Reading) -> Anchor:
    return Anchor(by=name, estimate=reading.estimate, interval=reading.interval)


def _share(sign: float, score: Reading, chance: Reading, ceiling: Reading) -> tuple[float, tuple[float, float]] | None:
    """Returns the share of the way from chance to ceiling with its interval; None if the two are not apart."""
    way, ids = ceiling.estimate - chance.estimate, _shared(score, chance)
    ids = [i for i in ids if i in ceiling.items] if ceiling.items and ids != ceiling.ids else ids
    if sign * way <= chance.uncertain + ceiling.uncertain or len(ids) < 2:
        return None
    floor, roof = _centred(chance, ids), _centred(ceiling, ids) if ceiling.items else 0.0
    gone = score.estimate - chance.estimate
    found = fieller(gone, way, _centred(score, ids) - floor, roof - floor, ceiling.further)
    if found is None:
        return None
    share = gone / way
    unknown = score.uncertain + abs(1 - share) * chance.uncertain + abs(share) * ceiling.uncertain
    return share, (found[0] - unknown / abs(way), found[1] + unknown / abs(way))


def _beyond(sign: float, score: Reading, ceiling: Reading) -> bool:
    """Returns whether a score is shown to be better than the ceiling, by Student's paired test."""
    ids = _shared(score, ceiling)
    if len(ids) < 2:
        return False
    apart = standard_error(_centred(score, ids) - _centred(ceiling, ids))
    least = quantile(len(ids) - 1) * apart + score.uncertain + ceiling.uncertain
    return sign * (score.estimate - ceiling.estimate) > max(least, 1e-9 * abs(ceiling.estimate))


def _shared(one: Reading, other: Reading) -> list[str]:
    return one.ids if one.ids == other.ids else [i for i in one.ids if i in other.items]


def _centred(reading: Reading, ids: list[str]) -> F64:
    return reading.centred if ids == reading.ids else _less_mean(reading.items, ids)


def _less_mean(items: Mapping[str, float], ids: Sequence[str]) -> F64:
    numbers = np.fromiter(map(items.__getitem__, ids), float, len(ids))
    return numbers - numbers.mean()


class AnchorSounds:
    """The sounds that a track's items are anchored by: their recordings, silence, and a few noises."""

    def __init__(self, recordings: Mapping[str, Path | None], durations: Sequence[float]) -> None:
        """Takes the recording of each item scored, by id, and how many seconds of each item are.

        Silence and noise last as long as the median item.
        """
        files = {item_id: path for item_id, path in recordings.items() if path is not None}
        self._recordings = set(files)
        seconds = statistics.median_low(durations) if durations else 1.0
        self.sources: dict[str, SoundSource] = {_id(_RECORDING, item_id): path for item_id, path in files.items()}
        self.sources[_id("silence")] = partial(_answer, Silence(), seconds, 0)
        self.sources |= {_id("noise", k): partial(_answer, Noise(), seconds, k) for k in range(NOISES)}

    def silence(self, ids: Sequence[str]) -> dict[str, str]:
        """Returns, for :meth:`Extracted.swapped`, the id of the sound that each item gets."""
        return dict.fromkeys(ids, _id("silence"))

    def noise(self, ids: Sequence[str]) -> dict[str, str]:
        """Likewise."""
        return {i: _id("noise", k % NOISES) for k, i in enumerate(_ring(ids))}

    def oracle(self, ids: Sequence[str]) -> dict[str, str] | None:
        """Likewise; None if an item has no recording."""
        return {i: _id(_RECORDING, i) for i in ids} if self._recordings.issuperset(ids) else None

    def shuffled(self, ids: Sequence[str]) -> dict[str, str] | None:
        """Likewise: the recording of another of these items; None if one has none, or there is no other."""
        ring = _ring(ids)
        if len(ring) < 2 or not self._recordings.issuperset(ids):
            return None
        return {i: _id(_RECORDING, donor) for i, donor in zip(ring, [*ring[1:], ring[0]], strict=True)}

    def halved(self, ids: Sequence[str], seed: int) -> dict[str, str] | None:
        """Likewise, but for one half of the items only, each of which gets a recording of the other half."""
        ring = _ring(ids, seed)
        half = len(ring) // 2
        if half < 2 or not self._recordings.issuperset(ids):
            return None
        return {i: _id(_RECORDING, other) for i, other in zip(ring[:half], ring[half : 2 * half], strict=True)}


def _id(*parts: object) -> str:
    """Returns the id of a sound, which is the id of no item: those are names of files, and hold no slash."""
    return "/".join(["", *map(str, parts)])


def _ring(ids: Sequence[str], seed: int = 0) -> list[str]:
    """Returns the ids in an order that depends on nothing else."""
    return sorted(ids, key=lambda i: hashlib.sha256(f"{seed}\n{i}".encode()).digest())


def _answer(baseline: Noise | Silence, seconds: float, seed: int) -> Signal:
    """Returns what a baseline answers to a request of this duration."""
    (audio,) = baseline.generate([Request(id="", task="t2a", duration=seconds, text=None, video=None, seed=seed)])
    return Signal(audio.samples[0], audio.sample_rate, sound_hash(audio.samples[0], audio.sample_rate))


def anchors(
    sounds: AnchorSounds,
    bound: Sequence[Binding],
    track: Track,
    items: Sequence[Item],
    ids: Sequence[str],
    extracted: Extracted,
    measured: Measured,
    console: Console,
) -> dict[str, Anchors]:
    """Returns chance, ceiling, and the share of the way between them, of every metric that has an estimate, by key.

    Args:
        sounds: encoded in ``extracted`` as generated sounds.
        bound: metrics with their encoders.
        track: see :func:`~vggsound_omni.runs.measure.measure`.
        items: likewise.
        ids: of the items scored.
        extracted: what the metrics read.
        measured: what they made of the system's sounds.
        console: where progress is shown.
    """
    wanted = [one for one in bound if measured.scores[one.metric.key].estimate is not None]
    ranked = [one for one in wanted if one.metric.better is not None]
    of_sets = [one for one in wanted if one.metric.is_distance]
    jobs: list[tuple[str, Sequence[Binding], dict[str, str] | None]] = [
        ("oracle", [one for one in wanted if one not in of_sets], sounds.oracle(ids)),
        *(("halves", of_sets, sounds.halved(ids, seed)) for seed in range(_HALVINGS)),
        ("silence", ranked, sounds.silence(ids)),
        ("noise", ranked, sounds.noise(ids)),
        ("shuffled", [one for one in ranked if paired(one.metric)], sounds.shuffled(ids)),
    ]
    found: dict[str, dict[str, list[Reading]]] = {}  # by metric and kind
    with Progress("Finding chance and ceiling", len(jobs), console) as bar:
        for kind, whom, whose in jobs:
            if whose:
                there = measure(whom, track, items, list(whose), extracted.swapped(whose))
                for metric in (one.metric for one in whom):
                    if got := reading(metric, there.scores[metric.key], _items(metric, there)):
                        found.setdefault(metric.key, {}).setdefault(kind, []).append(got)
            bar.advance()
    return {one.metric.key: _judged(one.metric, measured, found.get(one.metric.key, {})) for one in wanted}


def _judged(metric: Metric, measured: Measured, found: Mapping[str, Sequence[Reading]]) -> Anchors:
    own = reading(metric, measured.scores[metric.key], _items(metric, measured))
    assert own is not None, "it has an estimate"
    kind = "halves" if metric.is_distance else "oracle"
    ceiling = (kind, _averaged(found[kind])) if kind in found else None
    return judged(
        metric, own, {name: found[name][0] for name in ("silence", "noise", "shuffled") if name in found}, ceiling
    )


def _averaged(readings: Sequence[Reading]) -> Reading:
    """Returns the average of a distance over several random halves."""
    if len(readings) == 1:
        return readings[0]
    estimates = np.array([one.estimate for one in readings])
    return Reading(
        float(estimates.mean()),
        items={},
        uncertain=max(one.uncertain for one in readings),
        further=float(estimates.var(ddof=1)),
    )


def _items(metric: Metric, measured: Measured) -> dict[str, float]:
    by_item = measured.items if metric.per_item else measured.influence
    return {i: numbers[metric.key] for i, numbers in by_item.items() if metric.key in numbers}

"""The audit: damage the references of a suite by known amounts and see whether each metric notices.

Every sound, altered or not, goes through the engine in one pass, so that each network is loaded once; a metric's value
under a treatment is then its value with other sounds in the items' places.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from rich.console import Console

from vggsound_omni.analysis.words import number
from vggsound_omni.devices import check_device
from vggsound_omni.errors import UserError
from vggsound_omni.features.extract import Binding, Extracted, bindings, extract
from vggsound_omni.metrics import Metric, ordered
from vggsound_omni.metrics.metric import Baseline
from vggsound_omni.progress import Progress
from vggsound_omni.runs.environment import environment
from vggsound_omni.runs.measure import Measured, applying, measure
from vggsound_omni.runs.result import SuiteIdentity
from vggsound_omni.runs.score import ScoreOptions, check_options, chosen_set, sources_of
from vggsound_omni.stats.intervals import F64
from vggsound_omni.suites import Suite, open_suite
from vggsound_omni.suites.suite import Item, track_hash
from vggsound_omni.tracks import Track, load_track

from .altered import altered, sound_id
from .corruptions import CORRUPTIONS, NOISE, SHIFT, Corruption
from .expectations import known_failures
from .mistold import MISTAKES, findings, mistold
from .outcomes import Audit, Cell, Finding, Treatment, Yardstick
from .swaps import ACROSS, WITHIN, Labels, Swap, in_pairs, sources
from .truth import OF_CLASSES, Scores, classes_against, known, share_against_ib, shift_against_ds
from .verdicts import judge, resampled, worsening, yardstick

_TRACK = "vt2a"
"""Its window is scored, and its items if the suite has them."""
_RARE = 6
"""Items below which nothing is said of a metric that is about few of them."""
_CLEAN = "reference"
Placing = Mapping[str, str]
"""By item id: the id of the sound that stands in its place."""


@dataclass(frozen=True)
class _Findings:
    """What metrics made of the references under every treatment."""

    values: dict[str, list[dict[str, float]]]  # by treatment, severity by severity: by metric
    single: dict[str, list[dict[str, dict[str, float]]]]
    """The same, of single items, by id and metric; if a metric scores no single item, the value plus the item's
    influence on it."""
    absent: dict[str, str] = field(default_factory=dict)  # why a metric has no value under some treatment
    encoders: dict[str, str] = field(default_factory=dict)  # checkpoints by name

    def add(self, treatment: str, place: int, measured: Measured) -> None:
        """Adds some metrics under one severity of one treatment."""
        for key, score in measured.scores.items():
            if score.value is None:
                self.absent[key] = score.reason or ""
            else:
                self.values[treatment][place][key] = score.value
        single, values = self.single[treatment][place], self.values[treatment][place]
        for item_id, scores in measured.items.items():
            single.setdefault(item_id, {}).update(scores)
        for item_id, moves in measured.influence.items():
            single.setdefault(item_id, {}).update({key: values[key] + move for key, move in moves.items()})

    def column(self, treatment: str, place: int, key: str, ids: Sequence[str]) -> F64:
        """Returns what each item adds to a metric, whose mean is its value; NaN for items that it does not score."""
        single = self.single[treatment][place]
        return np.array([single.get(item_id, {}).get(key, np.nan) for item_id in ids])


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """What is audited on what."""

    suite: Suite
    track: Track
    items: Sequence[Item]
    options: ScoreOptions
    console: Console

    def heard(self, group: Sequence[Binding], items: Sequence[Item], corruptions: Sequence[Corruption]) -> Extracted:
        """Returns what the metrics of a group read of some items and of their altered sounds."""
        self.suite.check(items)
        files = {item.id: self.suite.media(item).audio for item in items}
        there: dict[str, Path] = {item_id: path for item_id, path in files.items() if path is not None}
        return extract(
            applying(group, self.track, items),
            sources_of(self.suite, list(items), altered(there, corruptions, self.track.window)),
            window=self.track.window,
            console=self.console,
            kit=self.options.kit,
            precision=self.options.precision,
            weights=self.options.weights,
            device=self.options.device,
            batch_size=self.options.batch_size,
        )

    def single(self, group: Sequence[Binding], items: Sequence[Item]) -> Scores:
        """Returns the scores of the references of some items."""
        extracted = self.heard(group, items, ())
        return measure(group, self.track, items, [item.id for item in items], extracted).items


def audit(
    suite: str | Suite,
    console: Console,
    *,
    options: ScoreOptions | None = None,
    limit: int | None,
    corruptions: Sequence[Corruption] = CORRUPTIONS,
    metrics: Iterable[Metric] | None = None,
) -> Audit:
    """Audits metrics on the reference audio of a suite.

    The same call again takes from the feature store what was computed before.

    Args:
        suite: as ``--suite`` takes it, or a suite.
        console: where progress is shown.
        options: which encoders, and how they run.
        limit: number of items; None takes all.
        corruptions: of single clips. The noise baseline and swaps are always done.
        metrics: None takes all.

    Raises:
        UserError: no such suite or encoders, none of the encoders is here, or fewer than two items have a recording.
    """
    began = time.monotonic()
    options = options or ScoreOptions()
    check_device(options.device)
    suite, track = open_suite(suite) if isinstance(suite, str) else suite, load_track(_TRACK)
    encoder_set = chosen_set(options, suite).encoder_set
    check_options(options, encoder_set)
    subject = _Subject(suite=suite, track=track, items=_items(suite, track, limit), options=options, console=console)
    labels: Labels = {item.id: frozenset(item.labels) for item in subject.items}
    swaps = [ACROSS, WITHIN] if any(labels.values()) else [ACROSS]  # without classes, all clips are of different ones
    bound = bindings(encoder_set, metrics)
    placings = _placings(labels, swaps, (NOISE, *corruptions))
    found = _measured(subject, bound, (NOISE, *corruptions), placings)
    found.absent.update(_rare([binding.metric for binding in bound], found))

    everything: list[Corruption | Swap] = [NOISE, *swaps, *corruptions]
    treatments = [_described(one) for one in everything]
    audited = [binding.metric for binding in bound if binding.metric.key not in found.absent]
    if not audited:
        raise UserError(
            f"No metric can be audited with the {encoder_set} encoders: {next(iter(found.absent.values()))}"
        )
    yardsticks, blind = _yardsticks(audited, found)
    return Audit(
        suite=SuiteIdentity(name=suite.name, version=suite.version),
        items_sha256=track_hash(suite, subject.items),
        encoder_set=encoder_set,
        kit=options.kit,
        encoders=found.encoders,
        items=[item.id for item in subject.items],
        corruptions=treatments,
        yardsticks=yardsticks,
        cells=_cells(treatments, audited, yardsticks, found, placings, encoder_set),
        truth=list(_truth(subject, bound, found, labels, swaps, corruptions, limit)) if known(subject.items) else [],
        absent={key: found.absent[key] for key in ordered(found.absent)},
        blind=blind,
        environment=environment(),
        seconds=round(time.monotonic() - began, 1),
    )


def _items(suite: Suite, track: Track, limit: int | None) -> list[Item]:
    """Returns the items of the track that have a recording, or all such items if the suite has none of the track."""
    there = [item for item in suite.items() if item.has_audio]
    chosen = in_pairs([item for item in there if track.takes(item)] or there, limit)
    if len(chosen) < 2:
        raise UserError(f"An audit needs at least 2 items with reference audio; {suite.name} gives {len(chosen)}.")
    return chosen


def _placings(labels: Labels, swaps: Sequence[Swap], corruptions: Sequence[Corruption]) -> dict[str, list[Placing]]:
    """Returns whose sound each item gets, by treatment and severity."""
    return {
        _CLEAN: [{item_id: item_id for item_id in labels}],
        **{swap.key: [sources(swap, labels, share) for share in swap.severities] for swap in swaps},
        **{
            one.key: [{item_id: sound_id(item_id, one, severity) for item_id in labels} for severity in one.severities]
            for one in corruptions
        },
    }


def _measured(
    subject: _Subject,
    bound: Sequence[Binding],
    corruptions: Sequence[Corruption],
    placings: Mapping[str, Sequence[Placing]],
) -> _Findings:
    """Computes every metric under every treatment, network by network."""
    found = _Findings(
        values={key: [{} for _ in places] for key, places in placings.items()},
        single={key: [{} for _ in places] for key, places in placings.items()},
    )
    ids = [item.id for item in subject.items]
    for group in _by_network(bound):
        try:
            extracted = subject.heard(group, subject.items, corruptions)
        except UserError as error:
            if not any(spec.weights for binding in group for spec, _ in binding.uses()):
                raise
            found.absent.update((binding.metric.key, str(error)) for binding in group)
            continue
        found.encoders.update((name, card.checkpoint_sha256) for name, card in extracted.cards.items())
        titles = ", ".join(binding.metric.title for binding in group)
        with Progress(f"Scoring {titles}", sum(map(len, placings.values())), subject.console) as bar:
            for key, places in placings.items():
                for place, whose in enumerate(places):
                    found.add(key, place, measure(group, subject.track, subject.items, ids, extracted.swapped(whose)))
                    bar.advance()
    return found


def _by_network(bound: Sequence[Binding]) -> Iterator[list[Binding]]:
    """Yields metrics that share their large networks, whose features are dropped before the next group's are made."""
    groups: dict[frozenset[str], list[Binding]] = {}
    for binding in bound:
        groups.setdefault(frozenset(spec.name for spec, _ in binding.uses() if spec.large), []).append(binding)
    yield from groups.values()


def _described(one: Corruption | Swap) -> Treatment:
    return Treatment(
        key=one.key,
        title=one.title,
        kind=one.kind,
        unit=one.unit,
        severities=list(one.severities),
        what=one.what,
    )


def _rare(metrics: Sequence[Metric], found: _Findings) -> dict[str, str]:
    """Returns why nothing can be said of the metrics that are about few of the items, by metric."""
    single = found.single[_CLEAN][0].values()
    least = min(_RARE, len(single))
    numbers = {
        metric.key: sum(not math.isnan(clip.get(metric.key, math.nan)) for clip in single)
        for metric in metrics
        if metric.only is not None
    }
    return {
        key: f"It is about {number} of the {len(single)} items, and an audit of it needs {least}."
        for key, number in numbers.items()
        if number < least
    }


def _yardsticks(metrics: Sequence[Metric], found: _Findings) -> tuple[dict[str, Yardstick], dict[str, str]]:
    """Returns the unit of each metric's effects, and what is wrong with those whose unit has no length."""
    clean, single = found.values[_CLEAN][0], found.single[_CLEAN][0].values()
    yardsticks: dict[str, Yardstick] = {}
    blind: dict[str, str] = {}
    for metric in metrics:
        baselines: dict[Baseline, float] = {
            "shuffled": found.values[ACROSS.key][-1][metric.key],
            "noise": found.values[NOISE.key][0][metric.key],
        }
        clips = [clip[metric.key] for clip in single if metric.key in clip]
        unit = yardstick(metric, clean[metric.key], clips, baselines)
        if unit.distance > 0:
            yardsticks[metric.key] = unit
        else:
            blind[metric.key] = (
                f"{metric.title} does not distinguish the references ({number(unit.reference)}) from {unit.baseline}."
            )
    return yardsticks, blind


def _cells(
    treatments: Sequence[Treatment],
    metrics: Sequence[Metric],
    yardsticks: Mapping[str, Yardstick],
    found: _Findings,
    placings: Mapping[str, Sequence[Placing]],
    encoder_set: str,
) -> list[Cell]:
    documented, ids = known_failures(encoder_set), list(placings[_CLEAN][0])
    baselines = {"shuffled": (ACROSS.key, -1), "noise": (NOISE.key, 0)}
    cells = []
    for treatment in treatments:
        for metric in metrics:
            if (unit := yardsticks.get(metric.key)) is None:
                continue
            clean = found.column(_CLEAN, 0, metric.key, ids)
            altered = [
                found.column(treatment.key, place, metric.key, _followed(metric, whose, ids))
                for place, whose in enumerate(placings[treatment.key])
            ]
            baseline = baselines.get(unit.baseline)
            spread = worsening(metric, found.column(*baseline, metric.key, ids), clean) if baseline else None
            cells.append(
                judge(
                    treatment,
                    metric,
                    [values[metric.key] for values in found.values[treatment.key]],
                    unit,
                    documented,
                    draws=resampled([worsening(metric, column, clean) for column in altered], spread, unit.distance),
                )
            )
    return cells


def _followed(metric: Metric, whose: Placing, ids: Sequence[str]) -> Sequence[str]:
    """Returns, for each clip, the item whose score to compare with its own from before.

    A metric that hears the sound alone scores a clip the same wherever it is: it is followed to its new place.
    """
    places = {sound: item_id for item_id, sound in whose.items()}
    return [places[i] for i in ids] if metric.hears_alone and places.keys() == set(ids) else ids


def _truth(
    subject: _Subject,
    bound: Sequence[Binding],
    found: _Findings,
    labels: Labels,
    swaps: Sequence[Swap],
    corruptions: Sequence[Corruption],
    limit: int | None,
) -> Iterator[Finding]:
    """Yields how the metrics that have values compare with what is known of the items."""
    there = [binding for binding in bound if binding.metric.key not in found.absent]
    clean = found.single[_CLEAN][0]
    shift = next((one for one in corruptions if one.key == SHIFT.key), None)
    if shift is not None and any(binding.metric.key == "ds" for binding in there):
        by_shift = dict(zip(shift.severities, found.single[shift.key], strict=True))
        yield from shift_against_ds(subject.items, {0.0: clean, **by_shift})
    swapped = [(sources(swap, labels, 1.0), found.single[swap.key][-1]) for swap in swaps]
    for binding in there:
        if binding.base in OF_CLASSES:
            yield classes_against(binding.metric, labels, swapped)
    truthful = [binding for binding in there if binding.metric.needs_truth]
    others = _others(subject, limit)
    if truthful:
        everything = [*subject.items, *others]
        yield from findings([one.metric for one in truthful], everything, _mistold(subject, truthful, everything))
    if ib := [binding for binding in there if binding.metric.key == "ib"]:
        scores = subject.single(ib, others) if others else {}
        yield from share_against_ib([*subject.items, *others], {**clean, **scores})


def _mistold(subject: _Subject, group: Sequence[Binding], items: Sequence[Item]) -> dict[tuple[str, float], Scores]:
    """Returns the scores of the references by the truth as it is, and as each mistake tells it."""
    heard, ids = subject.heard(group, items, ()), [item.id for item in items]
    truths = {(one.key, severity): mistold(items, one, severity) for one in MISTAKES for severity in one.severities}
    truths["", 0.0] = {item.id: item.truth for item in items if item.truth is not None}
    return {
        place: measure(
            group, subject.track, items, ids, replace(heard, sources=replace(heard.sources, truth=truth))
        ).items
        for place, truth in truths.items()
    }


def _others(subject: _Subject, limit: int | None) -> list[Item]:
    """Returns items of the other strata, a third as many of each: sound from outside the picture, and music."""
    taken = {_whole(item) for item in subject.items}
    there = [item for item in subject.suite.items() if item.has_audio and item.truth is not None]
    count = None if limit is None else limit // 3
    return [
        item
        for name in sorted({_whole(item) for item in there} - taken)
        for item in [one for one in there if _whole(one) == name][:count]
    ]


def _whole(item: Item) -> str:
    """The stratum of which an item's is a part: "main" of "main/one"."""
    return item.stratum.partition("/")[0]

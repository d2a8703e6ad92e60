"""The audit: damage the references of a suite by known amounts and see whether each metric says so."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vggsound_omni.encoders.registry import SETS, load_encoder
from vggsound_omni.errors import UserError
from vggsound_omni.features.encode_run import encode_run
from vggsound_omni.metrics.catalogue import METRICS
from vggsound_omni.present.tables import number
from vggsound_omni.runs.environment import environment
from vggsound_omni.runs.generate import Plan
from vggsound_omni.runs.measure import RoleFeatures, scores
from vggsound_omni.runs.result import SuiteIdentity
from vggsound_omni.suites import Suite, items_hash, open_suite
from vggsound_omni.suites.suite import Item
from vggsound_omni.tracks import Track, load_track

from .corruptions import CORRUPTIONS, NOISE, SHIFT, Corruption
from .expectations import Baseline, known_failures
from .hearing import BATCH, References
from .outcomes import Audit, Cell, Finding, Treatment, Yardstick
from .swaps import ACROSS, WITHIN, Labels, Swap, in_pairs, sources
from .truth import Scores, classes_against, known, share_against_ib, shift_against_ds
from .verdicts import judge, yardstick

_TRACK = "vt2a"
"""Its window is scored, and its strata where the suite has them."""


@dataclass(frozen=True)
class _Measured:
    """Scores of the references under every treatment so far."""

    track: Track
    ids: Sequence[str]
    values: dict[str, list[dict[str, float]]] = field(default_factory=lambda: defaultdict(list))
    """By treatment, severity by severity: values by metric."""
    single: dict[str, list[Scores]] = field(default_factory=lambda: defaultdict(list))
    """The same, of single items."""
    absent: dict[str, str] = field(default_factory=dict)
    """Why a metric has no value under some treatment."""

    def add(self, key: str, features: Mapping[str, RoleFeatures]) -> None:
        """Scores one severity of one treatment."""
        scored = scores(self.track, self.ids, features)
        self.values[key].append({metric: one.value for metric, one in scored.scores.items() if one.value is not None})
        self.single[key].append(scored.items)
        self.absent.update({metric: one.reason or "" for metric, one in scored.scores.items() if one.value is None})


def audit(
    suite_name: str,
    console: Console,
    *,
    encoder_set: str | None = None,
    limit: int | None,
    corruptions: Sequence[Corruption] = CORRUPTIONS,
    device: str = "cpu",
) -> Audit:
    """Audits every metric on the reference audio of a suite.

    The same call again takes from the feature store what was computed before.

    Args:
        suite_name: as ``--suite`` takes it.
        console: where progress is shown.
        encoder_set: which encoders; None takes the suite's own, or the bundled ones where those are not at hand.
        limit: items; None takes all.
        corruptions: of single clips. Baselines, and swaps where items have classes, are always done.
        device: where encoders run.

    Raises:
        UserError: no such suite or encoders, or fewer than two items with reference audio.
    """
    began = time.monotonic()
    suite, track = open_suite(suite_name), load_track(_TRACK)
    encoders = encoder_set or (suite.encoder_set if suite.encoder_set in SETS else "foleyworld")
    items = _items(suite, track, limit)
    labels: Labels = {item.id: frozenset(item.labels) for item in items}
    clean = _encoded(suite, track, items, encoders, device, console)
    faces = [load_encoder(encoders, role, device) for role in clean]
    references = References(_files(suite, items), track.window, faces, clean, device)

    measured = _Measured(track, [item.id for item in items])
    measured.add("reference", clean)
    swaps = [ACROSS, WITHIN] if any(labels.values()) else [ACROSS]  # without classes, all clips are of different ones
    for swap in swaps:
        for share in swap.severities:
            measured.add(swap.key, references.swapped(sources(swap, labels, share)))
    with _bar(console) as bar:
        task = bar.add_task("", total=sum(len(one.severities) for one in (NOISE, *corruptions)))
        for corruption in (NOISE, *corruptions):
            for severity in corruption.severities:
                bar.update(task, description=f"{corruption.title} {severity:g} {corruption.unit}")
                measured.add(corruption.key, references.altered(corruption, severity))
                bar.advance(task)

    everything: list[Corruption | Swap] = [NOISE, *swaps, *corruptions]
    treatments = [_described(one) for one in everything]
    yardsticks, blind, cells = _judged(measured, treatments, encoders)
    findings: list[Finding] = []
    if known(items):
        shift = next((one for one in corruptions if one.key == SHIFT.key), None)
        findings = _truth(measured, items, labels, swaps, shift)
        others = _others(suite, items, limit)
        heard = _encoded(suite, _only(track, "ib"), others, encoders, device, console)
        single = scores(_only(track, "ib"), [item.id for item in others], heard).items
        findings.append(share_against_ib([*items, *others], {**measured.single["reference"][0], **single}))
    return Audit(
        suite=SuiteIdentity(
            name=suite.name, version=suite.version, items_sha256=items_hash(suite.items()), encoder_set=encoders
        ),
        encoders={one.card.name: one.card.checkpoint_sha256 for one in clean.values()},
        items=[item.id for item in items],
        corruptions=treatments,
        yardsticks=yardsticks,
        cells=cells,
        truth=findings,
        absent=measured.absent,
        blind=blind,
        environment=environment(),
        seconds=round(time.monotonic() - began, 1),
    )


def _items(suite: Suite, track: Track, limit: int | None) -> list[Item]:
    """Those of the track's strata that have a reference, or of all strata where the suite has others."""
    there = [item for item in suite.items() if item.has_audio]
    chosen = in_pairs([item for item in there if item.stratum in track.strata] or there, limit)
    if len(chosen) < 2:
        raise UserError(f"An audit needs at least 2 items with reference audio; {suite.name} gives {len(chosen)}.")
    return chosen


def _files(suite: Suite, items: Sequence[Item]) -> dict[str, Path]:
    media = {item.id: suite.media(item).audio for item in items}
    return {item_id: path for item_id, path in media.items() if path is not None}


def _encoded(
    suite: Suite, track: Track, items: Sequence[Item], encoders: str, device: str, console: Console
) -> dict[str, RoleFeatures]:
    """By role: the references as the generated side, and all that they are compared with."""
    suite.check(items)
    plan = Plan(suite=suite, track=track, items=list(items), items_sha256="")
    return encode_run(plan, items, _files(suite, items), encoders, device=device, batch_size=BATCH, console=console)


def _only(track: Track, key: str) -> Track:
    """The track with a single metric."""
    others = [metric for metric in (*track.metrics, *track.not_applicable) if metric != key]
    return replace(track, metrics=(key,), not_applicable=dict.fromkeys(others, "not asked for"))


def _others(suite: Suite, items: Sequence[Item], limit: int | None) -> list[Item]:
    """Items of the other strata, a third as many of each: sound from outside the picture, and music."""
    taken = {item.stratum for item in items}
    strata = sorted({item.stratum for item in suite.items()} - taken)
    count = None if limit is None else limit // 3
    return [item for name in strata for item in [one for one in suite.items() if one.stratum == name][:count]]


def _described(one: Corruption | Swap) -> Treatment:
    return Treatment(
        key=one.key,
        title=one.title,
        kind=one.kind,
        unit=one.unit,
        severities=list(one.severities),
        what=one.what,
    )


def _judged(
    measured: _Measured, treatments: Sequence[Treatment], encoders: str
) -> tuple[dict[str, Yardstick], dict[str, str], list[Cell]]:
    """Of the metrics with values everywhere: yardsticks, what is wrong where one has no length, cells of the others."""
    metrics = [key for key in METRICS if key not in measured.absent]
    baselines: dict[Baseline, dict[str, float]] = {
        "shuffled": measured.values[ACROSS.key][-1],
        "noise": measured.values[NOISE.key][0],
    }
    single = measured.single["reference"][0].values()
    yardsticks = {
        key: yardstick(
            key,
            measured.values["reference"][0][key],
            [clip[key] for clip in single if key in clip],
            {name: values[key] for name, values in baselines.items()},
        )
        for key in metrics
    }
    blind = {
        key: f"{METRICS[key].title} does not tell the references ({number(unit.reference)}) from {unit.baseline}."
        for key, unit in yardsticks.items()
        if unit.distance <= 0
    }
    documented = known_failures(encoders)
    cells = [
        judge(treatment, key, [values[key] for values in measured.values[treatment.key]], yardsticks[key], documented)
        for treatment in treatments
        for key in metrics
        if key not in blind
    ]
    return {key: unit for key, unit in yardsticks.items() if key not in blind}, blind, cells


def _truth(
    measured: _Measured, items: Sequence[Item], labels: Labels, swaps: Sequence[Swap], shift: Corruption | None
) -> list[Finding]:
    findings = []
    if shift is not None:
        by_shift = dict(zip(shift.severities, measured.single[shift.key], strict=True))
        findings.append(shift_against_ds(items, {0.0: measured.single["reference"][0], **by_shift}))
    swapped = [(sources(swap, labels, 1.0), measured.single[swap.key][-1]) for swap in swaps]
    return findings + [classes_against(metric, labels, swapped) for metric in ("kl", "ms_clap", "la_clap")]


def _bar(console: Console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console, transient=True)

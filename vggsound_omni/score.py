"""From the audio in a run folder to its result."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import track as progress_bar

from .encode_run import encode_pretrained, encode_run
from .encoders.pretrained.networks import Precision, Profile
from .encoders.registry import SET_NAMES, SETS
from .environment import environment
from .errors import UserError, unknown_name
from .features import sound_hash
from .media import describe, read_audio
from .precision import GATE_ITEMS, measure_drift
from .protocol import Audio
from .report import write_report
from .results import Counts, Failure, Result, Signal, SuiteIdentity, write_result
from .run_folder import Record, RunFolder
from .runner import make_plan, writing_to
from .scoring import RoleFeatures, scores
from .suites.items import Item


def score(
    path: Path,
    console: Console,
    *,
    encoder_set: str | None = None,
    profile: Profile = "omni",
    precision: Precision = "float32",
    weights: Path | None = None,
    device: str = "cpu",
    batch_size: int = 16,
) -> Result:
    """Computes a run's result anew from its audio and writes ``result.json`` and ``report.html``.

    Args:
        path: the run folder.
        console: where progress is shown.
        encoder_set: which encoders; None takes the suite's own, or the bundled ones where those are not at hand.
        profile: ``av-benchmark`` gives the pretrained encoders what that kit gives them.
        precision: of the pretrained encoders' networks; ``bfloat16`` only if it hardly moves the scores of some items.
        weights: folder with the pretrained encoders' weights; None: where ``omni-bench weights`` puts them.
        device: where they run.
        batch_size: signals given to them at once.

    Raises:
        UserError: not a run folder, the suite it ran on has changed, or no such encoders.
    """
    folder = RunFolder(path)
    asked = folder.asked()
    started = time.monotonic()
    run = folder.read()
    plan = make_plan(asked.suite, asked.track, run["limit"])
    if run["items_sha256"] != plan.items_sha256:
        raise UserError(f"The suite {asked.suite} has changed since the run in {path}; its items hash differs.")
    there = folder.records()
    records = {item.id: there.get(item.id) for item in plan.items}
    signals, failures = _look_at(records, folder, console)
    scored = [item for item in plan.items if item.id in signals]
    encoders = encoder_set or (plan.suite.encoder_set if plan.suite.encoder_set in SETS else "foleyworld")
    if encoders not in SET_NAMES:
        raise unknown_name("encoder set", encoders, SET_NAMES)
    if encoders != "pretrained" and (profile != "omni" or precision != "float32" or weights is not None):
        raise UserError(
            f"The {encoders} encoders have one profile, one precision and their own weights; use --encoders pretrained."
        )
    if encoders != plan.suite.encoder_set:
        console.print(
            f"[yellow]Scored with the {encoders} encoders, which were not made for the sound of "
            f"{escape(plan.suite.name)}: compare these numbers with nothing but other such runs.[/]",
            highlight=False,
        )
    sounds = {item.id: folder.audio_path(item.id) for item in scored}
    features: Mapping[str, RoleFeatures | str]
    drift: dict[str, float] = {}
    if encoders == "pretrained":

        def encoded(items: Sequence[Item], precision: Precision) -> dict[str, RoleFeatures | str]:
            return encode_pretrained(
                plan,
                items,
                {item.id: sounds[item.id] for item in items},
                profile=profile,
                precision=precision,
                weights=weights,
                device=device,
                console=console,
            )

        if precision != "float32":
            some = scored[:GATE_ITEMS]
            ids = [item.id for item in some]
            drift = measure_drift(plan.track, ids, encoded(some, precision), encoded(some, "float32"))
        features = encoded(scored, precision)
    else:
        features = encode_run(plan, scored, sounds, encoders, device=device, batch_size=batch_size, console=console)
    found = scores(plan.track, [item.id for item in scored], features)
    result = Result(
        suite=SuiteIdentity(
            name=plan.suite.name,
            version=plan.suite.version,
            items_sha256=plan.items_sha256,
            encoder_set=encoders,
        ),
        track=asked.track,
        model={"name": asked.model, "arguments": asked.arguments, "card": run["card"]},
        seed=asked.seed,
        profile=profile,
        drift=drift,
        limit=run["limit"],
        counts=Counts(planned=len(plan.items), generated=len(signals), failed=len(failures), scored=len(scored)),
        scores=found.scores,
        strata={
            stratum: scores(plan.track, [item.id for item in scored if item.stratum == stratum], features).scores
            for stratum in sorted({item.stratum for item in scored})
        },
        items=found.items,
        influence=found.influence,
        signals=signals,
        failures=failures,
        environment=environment(),
        timings={
            "generate": round(sum(record.seconds for record in records.values() if record), 3),
            "score": round(time.monotonic() - started, 3),
        },
    )
    with writing_to(path):
        write_report(path, result, plan.suite, plan.items)
        write_result(folder.result, result)
    return result


def _look_at(
    records: Mapping[str, Record | None], folder: RunFolder, console: Console
) -> tuple[dict[str, Signal], list[Failure]]:
    """What is there of every item, by id."""
    signals: dict[str, Signal] = {}
    failures: list[Failure] = []
    for item_id, record in progress_bar(records.items(), "Reading audio", console=console, transient=True):
        if record is None:
            reason = "it was not generated; run the same command again"
            failures.append(Failure(id=item_id, rule="missing", reason=reason))
        elif record.status == "failed":
            failures.append(Failure(id=item_id, rule=record.rule or "", reason=record.reason or ""))
        else:
            audio = _read(record, folder)
            if isinstance(audio, Failure):
                failures.append(audio)
            else:
                signals[item_id] = _signal(audio, record)
    return signals, failures


def _read(record: Record, folder: RunFolder) -> Audio | Failure:
    """The audio of a finished item, if it still is what was generated."""
    assert record.audio is not None, "a finished item has audio"
    try:
        audio = read_audio(folder.path / record.audio, mono=False)
    except UserError as error:
        return Failure(id=record.id, rule="missing", reason=str(error))
    if sound_hash(audio.samples, audio.sample_rate) != record.sha256:
        return Failure(
            id=record.id, rule="changed", reason=f"{record.audio} is not what was generated; delete it and run again."
        )
    return audio


def _signal(audio: Audio, record: Record) -> Signal:
    facts = describe(audio)
    return Signal(
        seconds=audio.duration,
        sample_rate=audio.sample_rate,
        channels=len(audio.samples),
        peak_dbfs=facts.peak_dbfs,
        rms_dbfs=facts.rms_dbfs,
        clipped=facts.clipped,
        sha256=record.sha256 or "",
    )

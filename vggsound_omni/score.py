"""From the audio in a run folder to its result."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from rich.progress import track as progress_bar

from .environment import environment
from .errors import UserError
from .media import describe, read_audio
from .protocol import Audio
from .results import Counts, Failure, Result, Score, Signal, SuiteIdentity, write_result
from .run_folder import Record, RunFolder
from .runner import make_plan, samples_hash, writing_to
from .tracks import METRICS, Track


def score(path: Path, console: Console) -> Result:
    """Computes a run's result anew from its audio and writes ``result.json``.

    Args:
        path: the run folder.
        console: where progress is shown.

    Raises:
        UserError: not a run folder, or the suite it ran on has changed.
    """
    folder = RunFolder(path)
    asked = folder.asked()
    started = time.monotonic()
    run = folder.read()
    plan = make_plan(asked.suite, asked.track, run["limit"])
    if run["items_sha256"] != plan.items_sha256:
        raise UserError(f"The suite {asked.suite} has changed since the run in {path}; its items hash differs.")
    planned = {item.id for item in plan.items}
    records = folder.records()
    signals: dict[str, Signal] = {}
    failures: list[Failure] = []
    for item in progress_bar(plan.items, "Reading audio", console=console, transient=True):
        record = records.get(item.id)
        if record is None:
            failures.append(
                Failure(id=item.id, rule="missing", reason="It was not generated; run the same command again.")
            )
        elif record.status == "failed":
            failures.append(Failure(id=item.id, rule=record.rule or "", reason=record.reason or ""))
        else:
            audio = _read(record, folder)
            if isinstance(audio, Failure):
                failures.append(audio)
            else:
                signals[item.id] = _signal(audio, record)
    result = Result(
        suite=SuiteIdentity(
            name=plan.suite.name,
            version=plan.suite.version,
            items_sha256=plan.items_sha256,
            encoder_set=plan.suite.encoder_set,
        ),
        track=asked.track,
        model={"name": asked.model, "arguments": asked.arguments, "card": run["card"]},
        seed=asked.seed,
        profile=asked.profile,
        limit=run["limit"],
        counts=Counts(planned=len(plan.items), generated=len(signals), failed=len(failures), scored=len(signals)),
        scores=_scores(plan.track),
        strata={},
        items={},
        signals=signals,
        failures=failures,
        environment=environment(),
        timings={
            "generate": round(sum(record.seconds for record in records.values() if record.id in planned), 3),
            "score": round(time.monotonic() - started, 3),
        },
    )
    with writing_to(path):
        write_result(folder.result, result)
    return result


def _read(record: Record, folder: RunFolder) -> Audio | Failure:
    """The audio of a finished item, if it still is what was generated."""
    assert record.audio is not None, "a finished item has audio"
    try:
        audio = read_audio(folder.path / record.audio, mono=False)
    except UserError as error:
        return Failure(id=record.id, rule="missing", reason=str(error))
    if samples_hash(audio) != record.sha256:
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


def _scores(track: Track) -> dict[str, Score]:
    """Every metric, in one of three states. No metric is computed yet: their encoders are not part of this version."""
    return {
        key: Score(status="not_applicable", reason=track.not_applicable[key])
        if key in track.not_applicable
        else Score(status="not_computed", reason="this version has no encoder for it yet")
        for key in METRICS
    }

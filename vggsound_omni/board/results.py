"""Published rows as results, so that the verbs that read runs read them too."""

from __future__ import annotations

import json
from pathlib import Path

from vggsound_omni.runs.result import Failure, Result, SuiteIdentity, read_result

from .reading import read_submission
from .submission import Column, Submission


def read_run(path: Path) -> Result:
    """Reads a run folder, a ``result.json``, or a published row.

    Raises:
        UserError: the file is missing or is none of these.
    """
    return result_of(read_submission(path)) if path.is_file() and _is_row(path) else read_result(path)


def _is_row(path: Path) -> bool:
    """Returns whether a file is a row rather than a result: only rows say who answers for them."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False  # reading it as a result says what is wrong
    return isinstance(raw, dict) and "who" in raw


def result_of(row: Submission) -> Result:
    """Returns what a row holds of the result that it was packed from; facts about single sounds are not published."""
    return Result(
        suite=SuiteIdentity(name=row.suite.name, version=row.suite.version),
        track=row.track,
        items_sha256=row.items_sha256,
        encoder_set=row.encoder_set,
        kit=row.kit,
        model={"name": row.model, "arguments": dict(row.arguments), "card": row.card.model_dump()},
        seed=row.seed,
        limit=None,
        counts=row.counts,
        scores=dict(row.scores),
        strata={stratum: dict(scores) for stratum, scores in row.strata.items()},
        items=_by_id(row.ids, row.items),
        influence=_by_id(row.ids, row.influence),
        signals={},
        failures=[Failure(id=one.id, rule=one.rule, reason=one.reason) for one in row.failures],
        heard=row.heard,
        warnings=row.warnings,
        environment=dict(row.environment),
        timings={},
    )


def _by_id(ids: tuple[str, ...], columns: dict[str, Column]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {item_id: {} for item_id in ids}
    for key, column in columns.items():
        for item_id, number in zip(ids, column, strict=True):
            if number is not None:
                found[item_id][key] = number
    return found

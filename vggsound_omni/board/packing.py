"""From a run folder and a model card to a submission and its sounds."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from ..errors import UserError
from ..files import replacing
from ..media import read_audio
from ..results import Result, read_result
from ..run_folder import RunFolder
from ..tracks import load_track
from .sounds import code, loudness, sample_ids
from .submission import Card, Failed, Sample, Submission, Suite, Who

_DIGITS = 10
"""Significant digits of single scores: far below the 1e-6 to which aggregates are checked, at half the size."""


class Packed(NamedTuple):
    """What is written to the leaderboard."""

    submission: Submission
    sounds: Mapping[str, bytes]
    """Opus files by SHA-256."""


def read_card(path: Path) -> Card:
    """Reads a model card in TOML.

    Raises:
        UserError: no such file, no TOML, or something of :class:`.Card` is missing or wrong.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return Card.model_validate(raw | {key: tuple(raw[key]) for key in ("tasks", "training_data") if key in raw})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"The model card {path} cannot be read: {error}.") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise UserError(f"The model card {path} is not complete: {told}.") from error


def pack(run: Path, card: Card, who: Who, supersedes: str | None = None) -> Packed:
    """Packs a finished run.

    Raises:
        UserError: no result, a trial with a limit, or sounds that cannot be read.
    """
    import hashlib

    result = read_result(run)
    if result.limit is not None:
        raise UserError(f"{run} holds the first {result.limit} items only; the board takes whole tracks.")
    folder, track = RunFolder(run), load_track(result.track)
    sounds: dict[str, bytes] = {}
    samples: dict[str, Sample] = {}
    for item_id in sample_ids(result.suite.items_sha256, sorted(result.signals)):
        audio = read_audio(folder.audio_path(item_id), mono=False)
        coded = code(audio, track.window)
        name = hashlib.sha256(coded).hexdigest()
        sounds[name] = coded
        samples[item_id] = Sample(sha256=name, loudness=loudness(audio))
    return Packed(_submission(result, card, who, supersedes, samples), sounds)


def _submission(
    result: Result, card: Card, who: Who, supersedes: str | None, samples: Mapping[str, Sample]
) -> Submission:
    ids = sorted(result.signals)
    seconds = math.fsum(signal.seconds for signal in result.signals.values())
    generating = result.timings.get("generate")
    packages = result.environment.get("packages")
    facts: dict[str, Any] = {k: v for k, v in result.environment.items() if isinstance(v, (str, int)) or v is None}
    arguments = result.model.get("arguments") or {}
    try:
        return Submission(
            suite=Suite.model_validate(result.suite.model_dump()),
            track=result.track,
            profile=result.profile,
            model=str(result.model.get("name", "")),
            arguments={str(key): str(value) for key, value in arguments.items()},
            card=card,
            who=who,
            day=datetime.now(UTC).strftime("%Y-%m-%d"),
            seed=result.seed,
            supersedes=supersedes,
            counts=result.counts,
            scores=result.scores,
            strata=result.strata,
            ids=tuple(ids),
            items=_columns(result.items, ids),
            influence=_columns(result.influence, ids),
            sounds=tuple(result.signals[item_id].sha256 for item_id in ids),
            failures=tuple(Failed.model_validate(failure.model_dump()) for failure in result.failures),
            samples=dict(samples),
            real_time_factor=round(generating / seconds, 5) if generating is not None and seconds else None,
            environment=facts
            | {f"package {k}": v for k, v in (packages if isinstance(packages, dict) else {}).items()},
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"The run cannot be published: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def _columns(rows: Mapping[str, Mapping[str, float]], ids: list[str]) -> dict[str, tuple[float, ...]]:
    """By metric, for the metrics that every item has."""
    keys = [key for key in rows.get(ids[0], {}) if all(key in rows.get(item_id, {}) for item_id in ids)] if ids else []
    return {key: tuple(float(f"{rows[item_id][key]:.{_DIGITS}g}") for item_id in ids) for key in keys}


def publish(packed: Packed, leaderboard: Path) -> Path:
    """Writes a submission and its sounds; what is there already is never written over.

    Raises:
        UserError: this version of this model is published on this track.
    """
    path = leaderboard / "results" / packed.submission.place
    if path.exists():
        raise UserError(
            f"{packed.submission.place} is published already and does not change; give the card a new version, "
            "and --supersedes the old one."
        )
    for name, content in packed.sounds.items():
        with replacing(leaderboard / "audio" / f"{name}.opus") as temporary:
            temporary.write_bytes(content)
    write_submission(path, packed.submission)
    return path


def write_submission(path: Path, submission: Submission) -> None:
    """Writes the file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(submission.model_dump_json() + "\n", encoding="utf-8")

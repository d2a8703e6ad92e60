"""From a run folder and a model card to a submission and its sounds."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from vggsound_omni.analysis.compare.rule import MOST_FAILED
from vggsound_omni.errors import UserError, first_problem
from vggsound_omni.io import replacing
from vggsound_omni.media import read_audio
from vggsound_omni.metrics import metric_of, ordered
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.result import Result, Score, read_result
from vggsound_omni.tracks import load_track

from .checks import not_of_today, problems, suites
from .identity import checkable
from .owners import Owners
from .reading import RefusedError, read_submission
from .sounds import code, decode, loudness, sample_ids
from .submission import Card, Column, Failed, Sample, Submission, Suite, Who
from .tree import files

_DIGITS = 10  # significant digits of single scores: enough for checks to 1e-6, at half the size


class Packed(NamedTuple):
    """What is written to the leaderboard."""

    submission: Submission
    sounds: Mapping[str, bytes]  # Opus files by SHA-256


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


def refusals(result: Result, owners: Owners, who: Who, name: str) -> list[str]:
    """Returns why the board does not take a result, a sentence each, before anything is copied or coded."""
    found = []
    if result.suite.name not in suites():
        found.append(f'It is of the suite "{result.suite.name}"; the board takes {" and ".join(suites())} only.')
    if result.encoder_set not in checkable():
        found.append(
            f'It is scored by the encoder set "{result.encoder_set}"; the board takes {", ".join(checkable())} only.'
        )
    if result.kit != "omni":
        found.append(f'It is of the kit "{result.kit}"; the board takes "omni" only.')
    if result.without:
        found.append(f"Its generator was not given {', '.join(result.without)}; the board takes whole requests only.")
    if result.limit is not None:
        found.append(f"It holds the first {result.limit} items only; the board takes whole tracks.")
    if result.drift:
        found.append("It is scored in bfloat16; the board takes float32 only.")
    if not result.signals:
        found.append("It has no sound at all.")
    owner = owners.listed(name)
    if owner is not None and owner != who.generated:
        found.append(f'The name "{name}" belongs to "{owner}"; give the card another.')
    baseline = name in owners.baselines and who.generated == owners.maintainers
    if result.heard is not None and result.heard.marked and not baseline:
        found.append(
            f"{result.heard.copies} of {result.heard.compared} sounds are the items' own recordings; "
            "only the maintainers' baselines may answer with them."
        )
    return found


def cautions(result: Result) -> list[str]:
    """Returns what a submitter should know although the board takes the result, a sentence each."""
    failed, planned, most = result.counts.failed, max(result.counts.planned, 1), 100 * MOST_FAILED
    told = f"{failed} of {planned} items failed ({100 * failed / planned:.1f} %)"
    if failed > MOST_FAILED * planned:
        return [f"{told}; above {most:g} % the row has no rank."]
    return [f"{told}; each counts as the worst, and the row has no rank in metrics of the set."] if failed else []


def pack(run: Path, card: Card, who: Who, supersedes: str | None = None, owners: Owners | None = None) -> Packed:
    """Packs a finished run.

    Raises:
        UserError: no result, one that the board does not take, or sounds that cannot be read.
    """
    result, owners = read_result(run), owners or Owners()
    if found := refusals(result, owners, who, card.name):
        raise UserError(f"The board does not take {run}. {' '.join(found)}")
    row = _submission(result, card, who, supersedes, {})
    # The sounds are not there yet; all else is as it will be.
    blank = dict.fromkeys(sample_ids(row.track, row.items_sha256, row.ids), Sample(sha256="0" * 64, loudness=None))
    if wrong := [*problems(row.model_copy(update={"samples": blank}), owners), *not_of_today(row)]:
        raise UserError(f"The board does not take {run}. {' '.join(wrong[:3])}")
    folder, track = RunFolder(run), load_track(result.track)
    sounds: dict[str, bytes] = {}
    samples: dict[str, Sample] = {}
    for item_id in blank:
        audio = read_audio(folder.audio_path(item_id), mono=False)
        coded = code(audio, track.window)
        name = hashlib.sha256(coded).hexdigest()
        sounds[name] = coded
        # Of what is published: coding takes away what lies above 12 kHz, and what two channels have against each other.
        samples[item_id] = Sample(sha256=name, loudness=loudness(decode(coded)))
    return Packed(row.model_copy(update={"samples": samples}), sounds)


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
            items_sha256=result.items_sha256,
            encoder_set=result.encoder_set,
            kit=result.kit,
            model=str(result.model.get("name", "")),
            arguments={str(key): str(value) for key, value in arguments.items()},
            card=card,
            who=who,
            day=datetime.now(UTC).strftime("%Y-%m-%d"),
            seed=result.seed,
            supersedes=supersedes,
            counts=result.counts,
            scores=_checkable(result.scores),
            strata={name: _checkable(scores) for name, scores in result.strata.items()},
            ids=tuple(ids),
            items=_columns(result.items, ids),
            influence=_columns(result.influence, ids),
            sounds=tuple(result.signals[item_id].sha256 for item_id in ids),
            failures=tuple(Failed.model_validate(failure.model_dump()) for failure in result.failures),
            samples=dict(samples),
            heard=result.heard,
            warnings=result.warnings,
            real_time_factor=round(generating / seconds, 5) if generating is not None and seconds else None,
            environment=facts
            | {f"package {k}": v for k, v in (packages if isinstance(packages, dict) else {}).items()},
        )
    except ValidationError as error:
        raise UserError(f"The run cannot be published: {first_problem(error)}.") from error


def _columns(rows: Mapping[str, Mapping[str, float]], ids: list[str]) -> dict[str, Column]:
    """Returns the scores of items by metric, in the order of the ids."""
    return {
        key: tuple(_rounded(rows.get(item_id, {}).get(key)) for item_id in ids)
        for key in ordered(key for scores in rows.values() for key in scores if not _is_judged(key))
    }


def _checkable(scores: Mapping[str, Score]) -> dict[str, Score]:
    """Returns scores without a judge's, which a board could not compute again."""
    return {key: score for key, score in scores.items() if not _is_judged(key)}


def _is_judged(key: str) -> bool:
    metric = metric_of(key)
    return metric is not None and metric.needs_judge


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.{_DIGITS}g}")


def place(packed: Packed, leaderboard: Path) -> Path:
    """Returns where a submission goes.

    Raises:
        UserError: this version of this model is published on this track.
    """
    path = leaderboard / "results" / packed.submission.place
    if path.exists():
        raise UserError(
            f"{packed.submission.place} is published already and does not change; give the card a new version, "
            "and --supersedes the old one."
        )
    return path


def publish(packed: Packed, leaderboard: Path) -> Path:
    """Writes a submission and its sounds; what is there already is never written over.

    Raises:
        UserError: this version of this model is published on this track.
    """
    path = place(packed, leaderboard)
    for name, content in packed.sounds.items():
        with replacing(leaderboard / "audio" / f"{name}.opus") as temporary:
            temporary.write_bytes(content)
    write_submission(path, packed.submission)
    return path


def undo(run: Path, card: Card, leaderboard: Path, published: Path | None = None) -> list[Path]:
    """Takes back what :func:`publish` wrote of a run: the row, and those of its sounds that no other row names.

    Args:
        run: the run folder.
        card: as it was packed with.
        leaderboard: where it was put.
        published: the leaderboard as others see it.

    Returns:
        The files that were removed.

    Raises:
        UserError: there is no such row, it is published, superseded or withdrawn, or is not this run's.
    """
    result = read_result(run)
    where = f"{result.suite.name}/{result.track}/{card.name}@{card.version}.json"
    path = leaderboard / "results" / where
    try:
        row = read_submission(path)
    except RefusedError as error:
        raise UserError(f"{path}: {error} Nothing was taken back.") from None
    if published is not None and (published / "results" / where).exists():
        raise UserError(f"{where} is published in {published}; withdraw it instead: omni-bench board withdraw.")
    fresh = _submission(result, row.card, row.who, row.supersedes, row.samples)
    if row.withdrawn or row.card != card or fresh.model_copy(update={"day": row.day}) != row:
        raise UserError(
            f"{where} is not what this run and card were packed to, or was changed; nothing was taken back."
        )
    others = [read_submission(other) for other in files(leaderboard / "results") if other != path]
    later = [o.label for o in others if (o.track, o.card.name, o.supersedes) == (row.track, card.name, card.version)]
    if later:
        raise UserError(f"{later[0]} supersedes {where}; take that back first.")
    shared = {sample.sha256 for other in others for sample in other.samples.values()}
    names = sorted({sample.sha256 for sample in row.samples.values()} - shared)
    gone = [path, *(leaderboard / "audio" / f"{name}.opus" for name in names)]
    for file in gone:
        file.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent):
        if not any(folder.iterdir()):
            folder.rmdir()
    return gone


def write_submission(path: Path, submission: Submission) -> None:
    """Writes the file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(submission.model_dump_json() + "\n", encoding="utf-8")

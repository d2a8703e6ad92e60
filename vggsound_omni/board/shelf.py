"""A leaderboard on disk: ``results/SUITE/TRACK/MODEL@VERSION.json`` and ``audio/SHA256.opus``, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import UserError
from .checks import problems
from .names import lookalike
from .reading import LARGEST_SOUND, RefusedError, read_bytes, read_submission
from .sounds import decode, loudness
from .submission import Submission

MOST_FILES = 20_000
_LOUDNESS_ERROR = 3.0
"""dB between a sound as scored and as coded: Opus takes what lies above 12 kHz away."""


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """What a leaderboard holds and what is wrong with it."""

    root: Path
    submissions: Mapping[str, Submission]
    """By path below ``results/``."""
    sentences: Sequence[str] = field(default=())
    """Empty where all is well; each begins with the file it is about."""


def validate(root: Path, published: Path | None = None) -> Shelf:
    """Reads and checks a whole leaderboard.

    Args:
        root: the leaderboard.
        published: the leaderboard as it was before; what stood there must stand unchanged, but may be withdrawn.
    """
    submissions, sentences = _read(root)
    for place, submission in submissions.items():
        sentences += [f"{place}: {sentence}" for sentence in problems(submission)]
    sentences += _sounds(root, submissions)
    sentences += _together(submissions)
    if published is not None:
        sentences += _unchanged(submissions, published)
    return Shelf(root=root, submissions=submissions, sentences=tuple(sentences))


def load(root: Path) -> Shelf:
    """Reads a leaderboard that was validated before it was published: files, text and schema are checked again.

    Raises:
        UserError: a file is not taken.
    """
    submissions, sentences = _read(root)
    if sentences:
        raise UserError(" ".join([*sentences[:3], "Run omni-bench validate for all."]))
    return Shelf(root=root, submissions=submissions)


def validate_file(path: Path) -> list[str]:
    """Checks one submission alone, without its sounds."""
    try:
        return [f"{path.name}: {sentence}" for sentence in problems(read_submission(path))]
    except RefusedError as error:
        return [f"{path.name}: {error}"]


def _read(root: Path) -> tuple[dict[str, Submission], list[str]]:
    if not (root / "results").is_dir():
        raise UserError(f"{root} is no leaderboard: it holds no folder results.")
    results, found, sentences = root / "results", {}, []
    for path in _files(results):
        place = path.relative_to(results).as_posix()
        shown = place.encode("ascii", "backslashreplace").decode()[:200]
        try:
            if path.suffix != ".json" or len(path.relative_to(results).parts) != 3:
                raise RefusedError("Only SUITE/TRACK/MODEL@VERSION.json belongs into results.")  # noqa: TRY301
            submission = read_submission(path)
            if submission.place != place:
                raise RefusedError(f"By what it says, it belongs at {submission.place}.")  # noqa: TRY301
            found[place] = submission
        except RefusedError as error:
            sentences.append(f"{shown}: {error}")
    return found, sentences


def _files(folder: Path) -> Iterator[Path]:
    """Every file and link below a folder; no link is followed."""
    todo, count = [folder], 0
    while todo:
        here = todo.pop()
        if not here.is_dir() or here.is_symlink():
            continue
        for path in sorted(here.iterdir()):
            count += 1
            if count > MOST_FILES:
                raise UserError(f"{folder} holds more than {MOST_FILES:,} files.")
            if path.is_dir() and not path.is_symlink():
                todo.append(path)
            else:
                yield path


def _sounds(root: Path, submissions: Mapping[str, Submission]) -> Iterator[str]:
    levels: dict[str, float | None] = {}
    for path in _files(root / "audio"):
        try:
            content = read_bytes(path, LARGEST_SOUND)
            if path.name != f"{hashlib.sha256(content).hexdigest()}.opus" or path.parent != root / "audio":
                raise RefusedError("Its name is not the SHA-256 of its content and .opus.")  # noqa: TRY301
            levels[path.stem] = loudness(decode(content))
        except RefusedError as error:
            yield f"audio/{path.name.encode('ascii', 'backslashreplace').decode()[:120]}: {error}"
    wanted: set[str] = set()
    for place, submission in submissions.items():
        for item_id, sample in submission.samples.items():
            wanted.add(sample.sha256)
            if sample.sha256 not in levels:
                yield f"{place}: The sound of {item_id} is not in audio/."
            elif not _as_loud(sample.loudness, levels[sample.sha256]):
                yield f"{place}: The sound of {item_id} has {levels[sample.sha256]} dB, not {sample.loudness} dB."
    for name in sorted(set(levels) - wanted):
        yield f"audio/{name}.opus: No submission names it."


def _as_loud(said: float | None, measured: float | None) -> bool:
    if said is None or measured is None:
        return (said is None or said < -80) and (measured is None or measured < -80)
    return abs(said - measured) <= _LOUDNESS_ERROR


def _together(submissions: Mapping[str, Submission]) -> Iterator[str]:
    names = {submission.card.name for submission in submissions.values()}
    told = set()
    for place, submission in submissions.items():
        name = submission.card.name
        other = lookalike(name, sorted(names))
        if other and frozenset((name, other)) not in told:
            told.add(frozenset((name, other)))
            yield f'{place}: The name "{name}" can be taken for "{other}".'
        if submission.supersedes and f"{place.rpartition('@')[0]}@{submission.supersedes}.json" not in submissions:
            yield f"{place}: It supersedes version {submission.supersedes}, which is not published."


def _unchanged(submissions: Mapping[str, Submission], published: Path) -> Iterator[str]:
    for place, before in _read(published)[0].items():
        now = submissions.get(place)
        if now is None:
            yield f"{place}: It was published and is gone; withdraw it with a reason instead."
        elif before.withdrawn is not None and now != before:
            yield f"{place}: It was withdrawn, and is changed."
        elif now.model_copy(update={"withdrawn": None}) != before.model_copy(update={"withdrawn": None}):
            yield f"{place}: It was published with another content; publish a new version that supersedes it."

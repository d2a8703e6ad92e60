"""A leaderboard on disk: results and sounds as :mod:`.tree` says where, and what is true of all rows together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.listening import human
from vggsound_omni.tracks import TRACKS

from . import history, rescoring
from .checks import not_of_today, problems
from .names import lookalike
from .owners import FILE as OWNERS
from .owners import Owners, owner_problems, read_owners
from .reading import LARGEST_SOUND, RefusedError, read_bytes, read_submission
from .sounds import decode, loudness
from .submission import Submission
from .table import current
from .tree import changed_by_hand, files, strangers

RECORDINGS = ("oracle", "reference")  # the baseline that answers with an item's own recording, by either of its names
_LOUDNESS_ERROR = 3.0  # dB between a sound as scored and as coded: Opus removes what lies above 12 kHz


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """What a leaderboard holds and what is wrong with it."""

    root: Path
    submissions: Mapping[str, Submission]  # by path below results/
    owners: Owners
    sentences: Sequence[str] = field(default=())  # findings, each beginning with the file it is about


def validate(root: Path, published: Path | None = None, *, account: str | None = None, listen: bool = True) -> Shelf:
    """Reads and checks a whole leaderboard.

    Args:
        root: the leaderboard.
        published: the leaderboard as it was before; what stood there must stand unchanged, but may be withdrawn. Its
            list of owners holds, and only rows that it lacks are scored again. Without it, only rows that are neither
            superseded nor withdrawn must be by today's networks.
        account: who asks for the change on the forge; only with ``published``.
        listen: whether published sounds are scored again, which takes about half a second a row.

    Raises:
        UserError: no leaderboard, or the maintainers' list of owners cannot be read.
    """
    submissions, sentences = _read(root)
    owners = owners_of(published or root)
    before = None if published is None else _read(published)[0]
    sentences += strangers(root)
    sentences += history.findings(root)
    sentences += human.published(root)[1]
    rank, well = {row.place for row in current(submissions)}, []
    for place, row in submissions.items():
        stood = before is not None and place in before
        past = before is None and place not in rank  # a new row may not be: what supersedes it may be withdrawn
        found = problems(row, owners, published=stood or past)
        if before is not None and not stood:
            found += not_of_today(row)
        sentences += [f"{place}: {sentence}" for sentence in found]
        if not found and not stood:
            well.append(place)
    unheard = list(_sounds(root, {**submissions, **history.rows(root)}))
    sentences += unheard
    sentences += _together(submissions, owners)
    sentences += _borrowed(submissions, owners, before)
    sentences += owner_problems(submissions, owners, before, account)
    if published is not None and before is not None:
        sentences += _unchanged(submissions, before)
        sentences += changed_by_hand(root, published)
    if listen:
        # A sound that is not there, or not what it says, was told of already.
        told = {sentence.partition(": ")[0] for sentence in unheard}
        sentences += _listen(root, {p: submissions[p] for p in well if p in rank and p not in told}, owners)
    return Shelf(root=root, submissions=submissions, owners=owners, sentences=tuple(sentences))


def load(root: Path) -> Shelf:
    """Reads a leaderboard that was validated before it was published: files, text and schema are checked again.

    A file that is not taken is left out, with a sentence.

    Raises:
        UserError: it is no leaderboard, or its list of owners cannot be read.
    """
    submissions, sentences = _read(root)
    for place, row in list(submissions.items()):
        if row.track not in TRACKS:
            sentences.append(f"{place}: {unknown_name('track', row.track, TRACKS)}")
            del submissions[place]
    return Shelf(root=root, submissions=submissions, owners=owners_of(root), sentences=tuple(sentences))


def owners_of(root: Path) -> Owners:
    """Reads the maintainers' list of a leaderboard.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return read_owners(root)
    except RefusedError as error:
        raise UserError(f"{root / OWNERS}: {error}") from None


def _listen(root: Path, rows: Mapping[str, Submission], owners: Owners) -> Iterator[str]:
    """Compares what published sounds score with what their rows claim."""
    for place, row in rows.items():
        for sentence in rescoring.published_sounds(
            row, root, baseline=owners.is_baseline(row), line=owners.is_line(row)
        ):
            yield f"{place}: {sentence}"


def validate_file(path: Path) -> list[str]:
    """Checks one submission alone, without its sounds; a leaderboard around it says who owns which names."""
    root = path.absolute().parents[3] if len(path.absolute().parents) > 3 else path.parent
    try:
        return [f"{path.name}: {sentence}" for sentence in problems(read_submission(path), owners_of(root))]
    except RefusedError as error:
        return [f"{path.name}: {error}"]


def _read(root: Path) -> tuple[dict[str, Submission], list[str]]:
    if not (root / "results").is_dir():
        raise UserError(f"{root} is no leaderboard: it holds no folder results.")
    results, found, sentences = root / "results", {}, []
    for path in files(results):
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


def _sounds(root: Path, submissions: Mapping[str, Submission]) -> Iterator[str]:
    levels: dict[str, float | None] = {}
    for path in files(root / "audio"):
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


def _together(submissions: Mapping[str, Submission], owners: Owners) -> Iterator[str]:
    names = {submission.card.name for submission in submissions.values()} | owners.baselines | set(owners.names)
    told = set()
    for place, submission in submissions.items():
        name = submission.card.name
        other = lookalike(name, sorted(names))
        if other and frozenset((name, other)) not in told:
            told.add(frozenset((name, other)))
            yield f'{place}: The name "{name}" can be taken for "{other}".'
        if submission.supersedes and f"{place.rpartition('@')[0]}@{submission.supersedes}.json" not in submissions:
            yield f"{place}: It supersedes version {submission.supersedes}, which is not published."


def _borrowed(
    submissions: Mapping[str, Submission], owners: Owners, before: Mapping[str, Submission] | None
) -> Iterator[str]:
    """Finds rows whose sounds are recordings of the suite, or another model's; only a baseline's may be."""
    # Whose a sound is: the recording's, then a published row's, then the older row's.
    order = sorted(
        submissions.items(),
        key=lambda one: (
            not (one[1].card.name in RECORDINGS and owners.is_baseline(one[1])),
            not owners.is_baseline(one[1]),
            before is not None and one[0] not in before,
            one[1].day,
            one[0],
        ),
    )
    first: dict[str, Submission] = {}
    for place, row in order:
        taken = [first[sound] for sound in row.sounds if sound in first and first[sound].card.name != row.card.name]
        if taken and not owners.is_baseline(row):
            whose = taken[0]
            what = "recordings of the suite" if whose.card.name in RECORDINGS else f"those of {whose.label}"
            yield f"{place}: {len(taken)} of its sounds are {what}; a model makes its own."
        for sound in row.sounds:
            first.setdefault(sound, row)


def _unchanged(submissions: Mapping[str, Submission], published: Mapping[str, Submission]) -> Iterator[str]:
    for place, before in published.items():
        now = submissions.get(place)
        if now is None:
            yield f"{place}: It was published and is gone; withdraw it with a reason instead."
        elif before.withdrawn is not None and now != before:
            yield f"{place}: It was withdrawn, and is changed."
        elif now.model_copy(update={"withdrawn": None}) != before.model_copy(update={"withdrawn": None}):
            yield f"{place}: It was published with another content; publish a new version that supersedes it."

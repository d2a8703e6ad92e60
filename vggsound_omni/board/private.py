"""Private splits of FoleyWorld: the keeper has the salt, and only requests leave the keeper and only sounds come back.

A split lies in ``private/NAME`` of a leaderboard. ``split.json`` holds the commitment, the SHA-256 of the salt,
published before anybody is asked; ``TRACK/MODEL@VERSION.json`` are the rows that the keeper scored. When the split is
retired the salt itself is published, and everyone can check the rows. No program of a stranger ever runs here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing, writing_to
from vggsound_omni.media import copy_picture
from vggsound_omni.progress import Progress
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import Plan, RunOptions, item_seed, make_plan
from vggsound_omni.runs.result import Counts, Score
from vggsound_omni.runs.score import score
from vggsound_omni.suites.foleyworld.salts import FEWEST_BYTES, commitment
from vggsound_omni.suites.foleyworld.suite import FoleyWorld, private_suite
from vggsound_omni.suites.suite import Item
from vggsound_omni.tracks import track_names

from .reading import RefusedError, read_bytes
from .submission import Card, Day, Line, Name, Sha256, Strict, Text

FOLDER = "private"
_SPLIT = "split.json"
_LARGEST = 1 << 20  # bytes of a salt or of a file of a private split
_SEED = 0  # of the run that all requests belong to


class Split(Strict):
    """What is public of a private split."""

    name: Name
    version: Line  # of FoleyWorld
    sha256: Sha256  # of the salt
    day: Day
    retired: Day | None = None
    salt: Text | None = None  # hexadecimal digits, once it is retired


class PrivateRow(Strict):
    """What a model scored on a private split: nothing in it tells of a single item."""

    split: Name
    sha256: Sha256  # of the salt
    track: Name
    card: Card
    by: Line  # who sent the sounds
    day: Day
    encoder_set: Name
    counts: Counts
    scores: Mapping[str, Score]
    strata: Mapping[str, Mapping[str, Score]]
    sounds: Sha256  # over the hashes of all sounds


def new_split(leaderboard: Path, name: str, salt_file: Path) -> Split:
    """Publishes the commitment of a new private split.

    Args:
        leaderboard: its folder.
        name: of the split.
        salt_file: read if it exists; otherwise written, with a salt of 32 random bytes, for its owner's eyes only.

    Raises:
        UserError: there is such a split, or the salt can be guessed.
    """
    path = leaderboard / FOLDER / name / _SPLIT
    if path.exists():
        raise UserError(f'There is a private split "{name}" already, in {path}; choose another name.')
    if not salt_file.exists():
        with writing_to(salt_file.parent):
            handle = os.open(salt_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32) + "\n")
    suite = private_suite(read_salt(salt_file))
    try:
        split = Split(name=name, version=suite.version, sha256=commitment(read_salt(salt_file)), day=_today())
    except ValidationError as error:
        raise UserError(f'"{name}" is no name of a split; use small letters, digits, "-", "_" and ".".') from error
    _write(path, split)
    return split


def read_salt(path: Path) -> bytes:
    """Returns the salt in a file, without white space around it.

    Raises:
        UserError: it cannot be read, or can be guessed.
    """
    try:
        salt = read_bytes(path, _LARGEST).strip()
    except (RefusedError, OSError) as error:
        raise UserError(f"The salt in {path} cannot be read: {error}") from error
    if len(salt) < FEWEST_BYTES:
        raise UserError(f"The salt in {path} has {len(salt)} bytes; a private split needs at least {FEWEST_BYTES}.")
    return salt


def read_split(leaderboard: Path, name: str) -> Split:
    """Returns what is public of a split.

    Raises:
        UserError: there is no such split, or its file is damaged.
    """
    path = leaderboard / FOLDER / name / _SPLIT
    if not path.is_file():
        there = sorted(one.name for one in (leaderboard / FOLDER).glob("*") if one.is_dir())
        raise UserError(
            f'There is no private split "{name}" in {leaderboard}; there are: {", ".join(there) or "none"}.'
        )
    try:
        return Split.model_validate_json(read_bytes(path, _LARGEST))
    except (RefusedError, ValidationError) as error:
        raise UserError(f"{path} is damaged: {str(error).splitlines()[0]}") from error


Rows = tuple[Split, list[tuple[str, list[PrivateRow]]]]
"""A split with its rows by track."""


def readable(leaderboard: Path) -> tuple[list[Rows], list[str]]:
    """Returns every split with its rows, the newest split first, and a sentence for each file that is damaged."""
    found: list[Rows] = []
    problems: list[str] = []
    for folder in sorted((leaderboard / FOLDER).glob("*/")):
        try:
            split = read_split(leaderboard, folder.name)
        except UserError as error:
            problems.append(str(error))
            continue
        tracks = []
        for track in sorted(folder.glob("*/")):
            rows = []
            for path in sorted(track.glob("*.json")):
                try:
                    rows.append(_read_row(path, split))
                except UserError as error:
                    problems.append(str(error))
            if rows:
                tracks.append((track.name, rows))
        found.append((split, tracks))
    return sorted(found, key=lambda one: one[0].day, reverse=True), problems


def _read_row(path: Path, split: Split) -> PrivateRow:
    try:
        row = PrivateRow.model_validate_json(read_bytes(path, _LARGEST))
    except (RefusedError, ValidationError) as error:
        raise UserError(f"{path} is damaged: {str(error).splitlines()[0]}") from error
    if (row.split, row.sha256, row.track) != (split.name, split.sha256, path.parent.name):
        raise UserError(f"{path} is not of the split and track that it lies in.")
    return row


def opened(split: Split, salt: bytes) -> FoleyWorld:
    """Opens the suite of a split.

    Raises:
        UserError: the salt is not the one that was committed to, or the split is of another world.
    """
    if commitment(salt) != split.sha256:
        raise UserError(
            f'The salt does not match the commitment of the split "{split.name}": its SHA-256 is '
            f"{commitment(salt)[:12]}, and {split.sha256[:12]} was published."
        )
    suite = private_suite(salt)
    if suite.version != split.version:
        raise UserError(f'The split "{split.name}" is of FoleyWorld {split.version}; this program has {suite.version}.')
    return suite


def write_requests(split: Split, salt: bytes, out: Path, tracks: Sequence[str], console: Console) -> int:
    """Writes what a model is asked: for each request a text, a silent video, a duration and a seed, and nothing else.

    ``OUT/TRACK/requests.jsonl`` can be read as a manifest. Requests come in the order of their ids, which are different
    on every track, so that the text of one track cannot be laid beside the picture of another.

    Args:
        split: which.
        salt: of the split.
        out: a folder that is empty or does not exist.
        tracks: their names; empty: all that the split has items of.
        console: where progress is shown.

    Returns:
        The number of requests.

    Raises:
        UserError: ``out`` is not empty, or something does not match.
    """
    suite = opened(split, salt)
    if out.exists() and any(out.iterdir()):
        raise UserError(f"{out} is not empty; choose another --out.")
    plans = _plans(suite, tracks)
    suite.check(list({item.id: item for plan in plans for item in plan.items}.values()))
    with writing_to(out), Progress("Writing requests", sum(len(plan.items) for plan in plans), console) as bar:
        for plan in plans:
            videos = out / plan.track.name / "videos"
            videos.mkdir(parents=True)
            lines = []
            for item in sorted(plan.items, key=lambda item: _request_id(salt, plan.track.name, item)):
                lines.append(json.dumps(_request(plan, salt, item, videos), ensure_ascii=False))
                bar.advance()
            with replacing(videos.parent / "requests.jsonl") as path:
                path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            if not any(videos.iterdir()):
                videos.rmdir()
    return sum(len(plan.items) for plan in plans)


def _plans(suite: FoleyWorld, tracks: Sequence[str]) -> list[Plan]:
    found = []
    for name in tracks or track_names():
        try:
            found.append(make_plan(suite, name))
        except UserError:
            if tracks:
                raise
    return found


def _request(plan: Plan, salt: bytes, item: Item, videos: Path) -> dict[str, object]:
    name, task = _request_id(salt, plan.track.name, item), plan.track.task
    found: dict[str, object] = {"id": name}
    if task != "v2a":
        found["caption"] = item.caption
    if task != "t2a":
        source = plan.suite.media(item).video
        assert source is not None, "every scene has a picture"
        found["video"] = f"videos/{copy_picture(source, videos, name).name}"
    seconds = item.duration if plan.track.window is None else min(item.duration, plan.track.window)
    return found | {"duration": seconds, "seed": item_seed(_SEED, name)}


def _request_id(salt: bytes, track: str, item: Item) -> str:
    return hmac.new(salt, f"request\n{track}\n{item.id}".encode(), hashlib.sha256).hexdigest()[:16]


def rescore_private(
    split: Split, salt: bytes, track: str, sounds: Path, card: Card, by: str, console: Console
) -> PrivateRow:
    """Scores the sounds that came back for one track.

    Args:
        split: which.
        salt: of the split.
        track: its name.
        sounds: a folder with a file for each request, called by its id.
        card: of the model.
        by: who sent them.
        console: where progress is shown.

    Raises:
        UserError: the folder holds no sound of the track, or something does not match.
    """
    suite = opened(split, salt)
    plan = make_plan(suite, track)
    if not sounds.is_dir():
        raise UserError(f"{sounds} is no folder; --sounds takes one with a file for each request.")
    there = {path.stem: path for path in sorted(sounds.iterdir()) if path.is_file() and not path.is_symlink()}
    found = {item.id: there.get(_request_id(salt, track, item)) for item in plan.items}
    if not any(found.values()):
        raise UserError(f'{sounds} holds no sound of the split "{split.name}", track {track}.')
    with tempfile.TemporaryDirectory(prefix="omni-bench-private-") as scratch:
        answers, run = Path(scratch) / "answers", Path(scratch) / "run"
        answers.mkdir()
        for item_id, path in found.items():
            if path is not None:
                (answers / f"{item_id}{path.suffix}").symlink_to(path.absolute())
        options = RunOptions(suite=suite, track=plan.track, model=f"dir:{answers}", name=card.name, output=run)
        result = score(run, console, plan=generate(options, console))
        if result.heard is not None and result.heard.marked:
            raise UserError(f"{result.heard.copies} of {result.heard.compared} sounds are the items' own recordings.")
        hashes = "\n".join(sorted(signal.sha256 for signal in result.signals.values()))
        return PrivateRow(
            split=split.name,
            sha256=split.sha256,
            track=track,
            card=card,
            by=by,
            day=_today(),
            encoder_set=result.encoder_set,
            counts=result.counts,
            scores=result.scores,
            strata=result.strata,
            sounds=hashlib.sha256(hashes.encode()).hexdigest(),
        )


def publish_private(leaderboard: Path, row: PrivateRow) -> Path:
    """Writes a row, and returns where.

    Raises:
        UserError: this version of this model has one.
    """
    path = leaderboard / FOLDER / row.split / row.track / f"{row.card.name}@{row.card.version}.json"
    if path.exists():
        raise UserError(f"{path} is published already; give the card a new version.")
    _write(path, row)
    return path


def retire(leaderboard: Path, name: str, salt: bytes) -> Split:
    """Publishes the salt of a split, which ends it: from now on its answers are known to all.

    Raises:
        UserError: it is retired already, or the salt does not match its commitment.
    """
    split = read_split(leaderboard, name)
    if split.retired:
        raise UserError(f'The split "{name}" was retired on {split.retired}.')
    opened(split, salt)
    gone = split.model_copy(update={"retired": _today(), "salt": salt.hex()})
    _write(leaderboard / FOLDER / name / _SPLIT, gone)
    return gone


def _write(path: Path, part: Strict) -> None:
    with writing_to(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(part.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")

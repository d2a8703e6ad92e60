"""Rows of suites that are gone: ``history/SUITE@VERSION/TRACK/MODEL@VERSION.json``, kept as they were published.

Their items cannot be opened any more, so nothing in them is computed again. What identifies them is: the hashes of
items and checkpoints that all rows of a track must share, and ``history/SHA256SUMS``, the hash of every file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from .reading import LARGEST_JSON, RefusedError, read_bytes, read_submission
from .submission import Submission
from .tree import files, shown

FOLDER = "history"
SUMS = "SHA256SUMS"


def rows(root: Path) -> Mapping[str, Submission]:
    """Returns the rows that can be read, by path below ``history/``."""
    found = {}
    for path in files(root / FOLDER):
        if path.suffix == ".json":
            try:
                found[path.relative_to(root / FOLDER).as_posix()] = read_submission(path)
            except RefusedError:
                continue
    return found


def findings(root: Path) -> Iterator[str]:
    """Yields what is wrong with the history of a leaderboard, a sentence each that begins with the file."""
    folder = root / FOLDER
    listed = dict(_sums(folder))
    there = [path for path in files(folder) if path != folder / SUMS]
    for path in there:
        place = path.relative_to(folder).as_posix()
        try:
            content = hashlib.sha256(read_bytes(path, LARGEST_JSON)).hexdigest()
            row = read_submission(path)
        except RefusedError as error:
            yield f"{shown(path, root)}: {error}"
            continue
        if listed.pop(place, None) != content:
            yield f"{shown(path, root)}: It is not what {FOLDER}/{SUMS} says; history does not change."
        if place != f"{row.suite.name}@{row.suite.version}/{row.track}/{row.card.name}@{row.card.version}.json":
            yield f"{shown(path, root)}: It is of {row.suite.name}@{row.suite.version}, track {row.track}."
    for place in sorted(listed):
        yield f"{FOLDER}/{place}: {FOLDER}/{SUMS} lists it, and it is gone."
    yield from _apart(rows(root))


def _sums(folder: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = read_bytes(folder / SUMS, LARGEST_JSON).decode("utf-8").splitlines() if (folder / SUMS).exists() else []
    except (RefusedError, UnicodeDecodeError):
        lines = []
    for line in lines:
        digest, _, place = line.partition("  ")
        yield place, digest


def _apart(found: Mapping[str, Submission]) -> Iterator[str]:
    """Finds rows of one track that are of other items, or that other weights scored, than its first."""
    first: dict[tuple[str, ...], str] = {}
    for place, row in found.items():
        track = place.rpartition("/")[0]
        facts = {"items": row.items_sha256} | {
            f"the checkpoint of {score.metric_id}": score.checkpoint_sha256
            for score in row.scores.values()
            if score.metric_id and score.checkpoint_sha256
        }
        for what, digest in facts.items():
            if first.setdefault((track, what), digest) != digest:
                yield f"{FOLDER}/{place}: The hash of {what} is not that of the other rows of {track}."

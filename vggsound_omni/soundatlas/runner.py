"""Captions many clips: a line for each in a journal, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing

from .clips import Clip
from .pipeline import Atlas, Record
from .servers import BudgetSpentError

_PATIENCE = 20
"""Failures in a row after which a run stops: the fault is then not the clips'."""


@dataclass
class Outcome:
    """How a run went."""

    total: int
    before: int = 0  # decided in an earlier run
    statuses: dict[str, int] = field(default_factory=dict)  # of clips decided now
    budget_spent: bool = False
    last_failure: str = ""
    gave_up: bool = False  # too many failures in a row

    @property
    def undecided(self) -> int:
        """Clips of which nothing is known yet, or whose models gave no answer."""
        decided = sum(count for status, count in self.statuses.items() if status != "failed")
        return self.total - self.before - decided


class Journal:
    """``clips.jsonl`` and ``plan.json`` of a folder, which one process at a time may write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "clips.jsonl"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes out.

        Raises:
            UserError: another process captions into the same folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UserError(f"Another process captions into {self.folder}; wait for it to end.") from error
            yield

    def agree(self, plan: dict[str, Any]) -> None:
        """Writes down what captions are made with, or checks that it is as before.

        Raises:
            UserError: it differs.
        """
        path = self.folder / "plan.json"
        if not path.exists():
            with replacing(path) as temporary:
                temporary.write_text(json.dumps(plan, indent=1), encoding="utf-8")
            return
        before = json.loads(path.read_text(encoding="utf-8"))
        differs = sorted(key for key in before.keys() | plan.keys() if before.get(key) != plan.get(key))
        if differs:
            raise UserError(
                f"{self.folder} was begun otherwise ({', '.join(differs)} changed); take another --out, or go back."
            )

    def records(self) -> dict[str, tuple[int, str]]:
        """Returns where the last line of each clip begins, and its status; a line cut short is taken away."""
        found: dict[str, tuple[int, str]] = {}
        if not self.path.exists():
            return found
        at = 0
        with self.path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    os.truncate(self.path, at)
                    break
                try:
                    record = json.loads(line)
                    found[record["id"]] = (at, record["status"])
                except (ValueError, KeyError, TypeError) as error:
                    raise UserError(f"{self.path}: the line at byte {at} is damaged; delete that line.") from error
                at += len(line)
        return found

    def read(self, ids: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Yields the last record of each of these clips that has one, in their order."""
        places = self.records()
        if not places:
            return
        with self.path.open("rb") as file:
            for one in ids:
                if one in places:
                    file.seek(places[one][0])
                    yield json.loads(file.readline())

    def append(self, records: Iterable[Record]) -> Iterator[Record]:
        """Writes records as they come, and yields them once they are written."""
        with self.path.open("ab") as file:
            for record in records:
                file.write(json.dumps(asdict(record), ensure_ascii=True).encode() + b"\n")
                file.flush()
                yield record


def run(clips: list[Clip], atlas: Atlas, journal: Journal, jobs: int, progress: Callable[[Outcome], object]) -> Outcome:
    """Captions the clips that are not decided yet; those that failed are tried again.

    Args:
        clips: all of them.
        atlas: the pipeline.
        journal: locked by the caller.
        jobs: clips at once.
        progress: called after each clip.
    """
    decided = {one for one, (_, status) in journal.records().items() if status != "failed"}
    waiting = [clip for clip in clips if clip.id not in decided]
    outcome = Outcome(total=len(clips), before=len(clips) - len(waiting))
    in_a_row = 0
    for record in journal.append(_captioned(waiting, atlas, jobs, outcome)):
        outcome.statuses[record.status] = outcome.statuses.get(record.status, 0) + 1
        in_a_row = in_a_row + 1 if record.status == "failed" else 0
        if record.status == "failed":
            outcome.last_failure = record.decisions[-1][1]
        outcome.gave_up = in_a_row >= _PATIENCE
        progress(outcome)
    return outcome


def _captioned(clips: list[Clip], atlas: Atlas, jobs: int, outcome: Outcome) -> Iterator[Record]:
    """Yields records as they are made, with few clips under way at any time."""
    left = iter(clips)
    under_way: set[Future[Record | None]] = set()
    with ThreadPoolExecutor(jobs, thread_name_prefix="caption") as pool:
        while True:
            while len(under_way) < 2 * jobs and not (outcome.budget_spent or outcome.gave_up):
                clip = next(left, None)
                if clip is None:
                    break
                under_way.add(pool.submit(_one, atlas, clip))
            if not under_way:
                return
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                record = future.result()
                if record is None:
                    outcome.budget_spent = True
                else:
                    yield record


def _one(atlas: Atlas, clip: Clip) -> Record | None:
    """Returns what became of a clip; None if the budget does not allow to know."""
    try:
        return atlas.caption(clip)
    except BudgetSpentError:
        return None
    except UserError as error:
        return Record(id=clip.id).end("failed", "media", str(error))

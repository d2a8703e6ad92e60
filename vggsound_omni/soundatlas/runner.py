"""Captions many clips: a line for each in a journal, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing
from vggsound_omni.sharding import Shard, shard_of

from .clips import Clip
from .pipeline import Atlas, Record
from .servers import Budget, BudgetSpentError
from .servers.budget import spent_in

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
    """What was decided, in a folder: ``plan.json``, and ``clips.jsonl``, which one process at a time may write.

    Any number of shards share the folder, each with a file of its own.
    """

    def __init__(self, folder: Path, shard: Shard | None = None) -> None:
        self.folder = folder
        self.shard = shard
        self.path = folder / f"clips{_mark(shard)}.jsonl"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes out; those of other shards only if they are of another number of shards.

        Raises:
            UserError: another process captions into the same folder.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            self._lock(stack, "lock", shared=self.shard is not None)
            if self.shard is not None:
                self._lock(stack, f"lock{_mark(self.shard)}", shared=False)
                for other in sorted(self.folder.glob("lock-*")):
                    if not other.name.endswith(f"-of-{self.shard.count}"):
                        with ExitStack() as passing:
                            self._lock(passing, other.name, shared=False)
            yield

    def _lock(self, stack: ExitStack, name: str, *, shared: bool) -> None:
        file = stack.enter_context((self.folder / name).open("a"))
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"Another process captions into {self.folder}; wait for it to end.") from error

    def budget(self, *, usd: float | None, tokens: int | None) -> Budget:
        """Opens the ledger. A shard may spend its part of what the folder's other ledgers leave.

        Raises:
            UserError: a ledger is damaged.
        """
        own = self.folder / f"ledger{_mark(self.shard)}.jsonl"
        parts = 1 if self.shard is None else self.shard.count
        fellows = f"-of-{parts}.jsonl" if self.shard is not None else "/"
        others = [path for path in self.folder.glob("ledger*.jsonl") if path != own and not path.name.endswith(fellows)]
        gone = [spent_in(path) for path in others]
        usd = None if usd is None else (usd - sum(money for _, money in gone)) / parts
        tokens = None if tokens is None else (tokens - sum(count for count, _ in gone)) // parts
        return Budget(own, usd=usd, tokens=tokens)

    def agree(self, plan: dict[str, Any]) -> None:
        """Writes down what captions are made with, or checks that it is as before.

        Raises:
            UserError: it differs.
        """
        path = self.folder / "plan.json"
        if not path.exists():
            with replacing(path) as temporary:
                temporary.write_text(json.dumps(plan, indent=1), encoding="utf-8")
        before = json.loads(path.read_text(encoding="utf-8"))
        plan = json.loads(json.dumps(plan))
        differs = sorted(key for key in before.keys() | plan.keys() if before.get(key) != plan.get(key))
        if differs:
            raise UserError(
                f"{self.folder} was begun otherwise ({', '.join(differs)} changed); take another --out, or go back."
            )

    def records(self) -> dict[str, tuple[Path, int, str]]:
        """Returns where the last line of each clip stands (file and byte), and its status; of all shards.

        A line of this journal that was cut short is taken away.
        """
        found: dict[str, tuple[Path, int, str]] = {}
        for path in sorted(self.folder.glob("clips*.jsonl")):
            at = 0
            with path.open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        if path == self.path:  # another's may be being written
                            os.truncate(path, at)
                        break
                    try:
                        record = json.loads(line)
                        one, status = record["id"], record["status"]
                    except (ValueError, KeyError, TypeError) as error:
                        raise UserError(f"{path}: the line at byte {at} is damaged; delete that line.") from error
                    if one not in found or status != "failed":
                        found[one] = (path, at, status)
                    at += len(line)
        return found

    def read(self, ids: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Yields the last record of each of these clips that has one, in their order."""
        places = self.records()
        with ExitStack() as stack:
            files = {path: stack.enter_context(path.open("rb")) for path in {path for path, _, _ in places.values()}}
            for one in ids:
                if one in places:
                    path, at, _ = places[one]
                    files[path].seek(at)
                    yield json.loads(files[path].readline())

    def append(self, records: Iterable[Record]) -> Iterator[Record]:
        """Writes records as they come, and yields them once they are written."""
        with self.path.open("ab") as file:
            for record in records:
                file.write(json.dumps(asdict(record), ensure_ascii=True).encode() + b"\n")
                file.flush()
                yield record


def _mark(shard: Shard | None) -> str:
    return "" if shard is None else f"-{shard.label}"


def run(clips: list[Clip], atlas: Atlas, journal: Journal, jobs: int, progress: Callable[[Outcome], object]) -> Outcome:
    """Captions the clips that are not decided yet; those that failed are tried again.

    Args:
        clips: all of them, also those of other shards than the journal's.
        atlas: the pipeline.
        journal: locked by the caller.
        jobs: clips at once.
        progress: called after each clip.
    """
    decided = {one for one, (_, _, status) in journal.records().items() if status != "failed"}
    own = shard_of(clips, journal.shard)
    waiting = [clip for clip in own if clip.id not in decided]
    outcome = Outcome(total=len(own), before=len(own) - len(waiting))
    in_a_row = 0
    for record in journal.append(_captioned(waiting, atlas, jobs, outcome)):
        outcome.statuses[record.status] = outcome.statuses.get(record.status, 0) + 1
        asked = record.decisions[-1][0] != "media"  # a file that cannot be read says nothing of the models
        in_a_row = in_a_row + asked if record.status == "failed" else 0
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
    if clip.fault is not None:
        return Record(id=clip.id).end("failed", "media", clip.fault)
    try:
        return atlas.caption(clip)
    except BudgetSpentError:
        return None
    except UserError as error:
        return Record(id=clip.id).end("failed", "media", str(error))

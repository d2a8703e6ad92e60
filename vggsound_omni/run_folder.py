"""The folder of a run: what was asked, what is done, what failed. It survives being killed at any moment.

``run.json`` is written first and says what was asked. ``items.jsonl`` grows by one line for each finished or failed
item, flushed to disk; the item's audio is whole on disk before its line is. ``result.json`` is written last.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import UserError
from .files import replacing

RUN_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run was asked for. A folder belongs to one of these."""

    suite: str
    track: str
    model: str
    arguments: dict[str, str]
    seed: int
    profile: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """A line of ``items.jsonl``."""

    id: str
    status: str
    """``done`` or ``failed``."""
    seconds: float
    """Wall-clock time of generating it, its share of a batch."""
    audio: str | None = None
    """Path within the folder."""
    sha256: str | None = None
    """Of the decoded samples."""
    rule: str | None = None
    """For a failed item: which rule was broken."""
    reason: str | None = None


class RunFolder:
    """One run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.result = path / "result.json"
        self.log = path / "model.log"
        """What the generator writes to its standard output and error."""
        self._run = path / "run.json"
        self._items = path / "items.jsonl"

    def check(self, asked: Asked, items_sha256: str) -> None:
        """Makes sure that the folder is free, or belongs to a run that asked for the same.

        Raises:
            UserError: it belongs to another run, or to none and is not empty.
        """
        if not self._run.exists():
            if self.path.exists() and any(p.name not in (".lock", self.log.name) for p in self.path.iterdir()):
                raise UserError(f"{self.path} is not empty and holds no run; choose another --output.")
            return
        there = self.read()
        for key, value in asdict(asked).items():
            if there["asked"].get(key) != value:
                raise UserError(
                    f"{self.path} holds a run with {key} {there['asked'].get(key)!r}, not {value!r}; "
                    "choose another --output, or delete that folder."
                )
        if there["items_sha256"] != items_sha256:
            raise UserError(
                f"The suite {asked.suite} has changed since the run in {self.path} began; choose another --output."
            )

    def start(self, asked: Asked, items_sha256: str, limit: int | None, details: dict[str, Any]) -> None:
        """Writes ``run.json`` where there is none; where there is one, notes a changed ``limit`` and nothing else."""
        if self._run.exists():
            run = self.read()
            if run["limit"] == limit:
                return
            run["limit"] = limit
        else:
            run = {
                "version": RUN_VERSION,
                "asked": asdict(asked),
                "items_sha256": items_sha256,
                "limit": limit,
            } | details
        with replacing(self._run) as path:
            path.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def read(self) -> dict[str, Any]:
        """``run.json``.

        Raises:
            UserError: there is none, or it is of a later version.
        """
        try:
            run: dict[str, Any] = json.loads(self._run.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UserError(f"{self.path} holds no run: run.json is missing.") from None
        except json.JSONDecodeError as error:
            raise UserError(f"{self._run} is damaged ({error}); delete the folder and run again.") from error
        if run.get("version", 0) > RUN_VERSION:
            raise UserError(f"{self._run} was written by a later version of this program: update it.")
        return run

    def asked(self) -> Asked:
        """What the run in this folder was asked for."""
        return Asked(**self.read()["asked"])

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from writing to the folder; the lock ends with the process that holds it.

        Raises:
            UserError: another process is at work in it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError(f"Another process is running in {self.path}; wait for it, or stop it.") from None
            yield

    def records(self) -> dict[str, Record]:
        """Finished and failed items by id; a later line of an item replaces an earlier one.

        A last line cut short by a crash is as if it had never been written. A finished item whose audio is gone is not
        finished.
        """
        if not self._items.exists():
            return {}
        lines = self._items.read_bytes().split(b"\n")[:-1]
        records: dict[str, Record] = {}
        for number, line in enumerate(lines, 1):
            try:
                record = Record(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise UserError(f"{self._items}, line {number}, is damaged; delete that line and run again.") from error
            records[record.id] = record
        return {
            item_id: record
            for item_id, record in records.items()
            if record.audio is None or (self.path / record.audio).exists()
        }

    def append(self, records: Sequence[Record]) -> None:
        """Adds lines; they are on disk when this returns."""
        with self._items.open("ab") as file:
            if file.tell() and not self._ends_with_newline():
                file.truncate(self._items.read_bytes().rfind(b"\n") + 1)
            for record in records:
                fields = {key: value for key, value in asdict(record).items() if value is not None}
                file.write(json.dumps(fields, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def audio_path(self, item_id: str) -> Path:
        """Where an item's audio lies, or will."""
        return self.path / "audio" / f"{item_id}.flac"

    def _ends_with_newline(self) -> bool:
        with self._items.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

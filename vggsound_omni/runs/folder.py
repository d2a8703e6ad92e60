"""The folder of a run: its config, finished items and failures. It survives being killed at any moment.

``run.json`` is written first and holds the config. ``items.jsonl`` gets one line for each finished or failed item,
flushed to disk after the item's audio. ``result.json`` is written last. Somebody else may have written the files, so
they are checked when they are read.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing
from vggsound_omni.suites.suite import check_id

from .plan import RunConfig

RUN_VERSION = 2
_SCRATCH = "omni-bench-run-"
_NO_CONFIG = "it holds no valid config"
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True, kw_only=True)
class Record:
    """A line of ``items.jsonl``."""

    id: str
    status: Literal["done", "failed"]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]  # wall-clock time of its share of a batch
    audio: str | None = None  # path within the folder: audio/ID.flac for a finished item
    sha256: Sha256 | None = None  # of the decoded samples
    media: Sha256 | None = None  # of the item's video and recording; None in runs older than this
    code: Sha256 | None = None  # of the model's code, see generators.fingerprint; None if it cannot be known
    rule: str | None = None  # which rule a failed item broke
    reason: str | None = None


_RECORD = TypeAdapter(Record)
_CONFIG = TypeAdapter(RunConfig)


class RunFolder:
    """One run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.result = path / "result.json"
        self.log = path / "model.log"  # the generator's standard output and error
        self._run = path / "run.json"
        self._items = path / "items.jsonl"

    def check(self, config: RunConfig, is_of: Callable[[Mapping[str, Any]], bool]) -> None:
        """Checks that the folder is free, or belongs to a run with the same config and items.

        Args:
            config: the run's config.
            is_of: says whether the content of ``run.json`` is for the same items.

        Raises:
            UserError: the folder belongs to another run, or to none and is not empty.
        """
        if not self._run.exists():
            if self.path.exists() and any(p.name not in (".lock", self.log.name) for p in self.path.iterdir()):
                raise UserError(f"{self.path} is not empty and holds no run; choose another --output.")
            return
        there, held = self.read(), asdict(self.config())
        for key, value in asdict(config).items():
            if held[key] != value:
                raise UserError(
                    f"{self.path} holds a run with {key} {held[key]!r}, not {value!r}; "
                    "choose another --output, or delete that folder."
                )
        if not is_of(there):
            raise UserError(
                f"The suite {config.suite} has changed since the run in {self.path} began; choose another --output."
            )

    def start(
        self, config: RunConfig, items_sha256: str, limit: int | None, name: str | None, details: dict[str, Any]
    ) -> None:
        """Writes ``run.json``; if it exists, updates the limit and the name only."""
        if self._run.exists():
            run = self.read()
            changed = {"limit": limit} | ({"name": name} if name is not None else {})
            if all(run.get(key) == value for key, value in changed.items()):
                return
            run |= changed
        else:
            run = {
                "version": RUN_VERSION,
                "asked": asdict(config),
                "items_sha256": items_sha256,
                "limit": limit,
                "name": name,
                "secret": secrets.token_hex(16),
            } | details
        with replacing(self._run) as path:
            path.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def read(self) -> dict[str, Any]:
        """Reads ``run.json``.

        Raises:
            UserError: it is missing, damaged, or of a later version.
        """
        try:
            run: Any = json.loads(self._run.read_text(encoding="utf-8"))
            if isinstance(run, dict) and isinstance(run.get("version"), int) and run["version"] > RUN_VERSION:
                raise UserError(f"{self._run} was written by a later version of this program: update it.")
            if not isinstance(run, dict) or not isinstance(run.get("items_sha256"), str) or "limit" not in run:
                raise ValueError(_NO_CONFIG)  # noqa: TRY301 - all damage is reported in one place
            if run.get("version") == 1 and isinstance(run.get("asked"), dict):
                run["asked"].pop("profile", None)  # it was always "omni", and generating never depended on it
            _CONFIG.validate_python(run.get("asked"))
        except FileNotFoundError:
            raise UserError(f"{self.path} holds no run: run.json is missing.") from None
        except (ValueError, RecursionError, OSError) as error:
            why = _NO_CONFIG if isinstance(error, ValidationError) else str(error).splitlines()[0]
            raise UserError(f"{self._run} is damaged ({why}); delete the folder and run again.") from error
        return run

    def config(self) -> RunConfig:
        """Returns the config of the run in this folder."""
        return _CONFIG.validate_python(self.read()["asked"])

    def aliases(self, item_ids: Iterable[str]) -> dict[str, str]:
        """Returns, by item id, the opaque names under which the generator sees items; they last as long as the run.

        Names are derived with the run's secret, without which they cannot be linked to items. Runs made before there
        were secrets use their config instead.
        """
        run = self.read()
        secret = str(run.get("secret") or json.dumps(run["asked"], sort_keys=True)).encode()
        return {item_id: hmac.new(secret, item_id.encode(), hashlib.sha256).hexdigest()[:16] for item_id in item_ids}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes from writing to the folder; the lock ends with the process that holds it.

        Raises:
            UserError: another process is working in it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError(f"Another process is running in {self.path}; wait for it, or stop it.") from None
            yield

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Makes a temporary folder, outside this one, for the generator's inputs, and removes one left by a killed run.

        Call it only while holding the lock.
        """
        note = self.path / ".scratch"
        if note.is_file():
            left = Path(note.read_text(encoding="utf-8", errors="replace"))
            ours = left.parent == Path(tempfile.gettempdir()) and re.fullmatch(rf"{_SCRATCH}[\w-]+", left.name)
            if ours and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH) as folder:
            note.write_text(folder, encoding="utf-8")
            yield Path(folder)
        note.unlink(missing_ok=True)

    def records(self) -> dict[str, Record]:
        """Reads finished and failed items, by id; a later line for an item replaces an earlier one.

        A last line cut short by a crash is ignored. A finished item whose audio is missing counts as unfinished.

        Raises:
            UserError: a line is damaged, or names a file other than the item's own.
        """
        if not self._items.exists():
            return {}
        lines = self._items.read_bytes().split(b"\n")[:-1]
        records: dict[str, Record] = {}
        for number, line in enumerate(lines, 1):
            where = f"{self._items}, line {number},"
            try:
                record = _RECORD.validate_json(line)
            except ValidationError as error:
                raise UserError(f"{where} is damaged; delete that line and run again.") from error
            check_id(record.id, where.rstrip(","))
            own = f"audio/{record.id}.flac" if record.status == "done" else None
            if record.audio != own or (record.sha256 is None) != (own is None):
                raise UserError(f"{where} does not name the item's own audio, {own}; delete that line and run again.")
            records[record.id] = record
        return {
            item_id: record
            for item_id, record in records.items()
            if record.audio is None or (self.path / record.audio).exists()
        }

    def append(self, records: Sequence[Record]) -> None:
        """Appends records and flushes them to disk."""
        with self._items.open("ab") as file:
            if file.tell() and not self._ends_with_newline():
                file.truncate(self._items.read_bytes().rfind(b"\n") + 1)
            for record in records:
                fields = {key: value for key, value in asdict(record).items() if value is not None}
                file.write(json.dumps(fields, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def audio_path(self, item_id: str) -> Path:
        """Returns the path of an item's audio, whether or not it exists yet."""
        return self.path / "audio" / f"{item_id}.flac"

    def _ends_with_newline(self) -> bool:
        with self._items.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

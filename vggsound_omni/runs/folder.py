"""The folder of a run: its config, finished items and failures. It survives being killed at any moment.

``run.json`` is written first and holds the config. ``items.jsonl`` gets one line for each finished or failed item,
flushed to disk after the item's audio. ``result.json`` is written last. Somebody else may have written the files, so
they are checked when they are read.

Workers of shards share the folder and need no lock: each appends to a journal of its own,
``items-SHARD-TOKEN.jsonl``, and a file that several may write gets its name once (``os.link``), so that the first of
them wins. Which line of an item counts follows from the lines (``attempt``), never from a clock.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import platform
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from vggsound_omni.errors import UserError
from vggsound_omni.features import sound_hash
from vggsound_omni.features.shards import NO_LOCKS
from vggsound_omni.io import creating, replacing
from vggsound_omni.media import read_audio
from vggsound_omni.sharding import Shard
from vggsound_omni.suites.suite import check_id

from .naming import holds_runs
from .plan import RunConfig

RUN_VERSION = 2
_SCRATCH = "omni-bench-run-"
_TRIES = 100
_FIRST = ("attempt", 0)  # left out of lines, which look as they did before there were attempts
_OURS = re.compile(r"\.lock|\.run\.|\.scratch|model[\w-]*\.log$")  # what stands in a folder before run.json
_NO_CONFIG = "it holds no valid config"
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
MiB = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, kw_only=True)
class Record:
    """A line of ``items.jsonl``."""

    id: str
    status: Literal["done", "failed"]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]  # wall-clock time of its share of a batch
    audio: str | None = None  # path within the folder: audio/ID.flac for a finished item
    sha256: Sha256 | None = None  # of the decoded samples
    media: Sha256 | None = None  # of the item's video and recording; None in runs older than this
    memory: MiB | None = None  # that the model's process and what it started had used at most by then
    gpu_memory: MiB | None = None  # the same on its GPUs, as torch counts
    code: Sha256 | None = None  # of the model's code, see generators.fingerprint; None if it cannot be known
    rule: str | None = None  # which rule a failed item broke
    reason: str | None = None
    attempt: int = 0  # one more than that of any line which the writer knew of the item

    @property
    def order(self) -> tuple[int, bool]:
        """What makes a line count before another of the same item."""
        return self.attempt, self.status == "done"


_RECORD = TypeAdapter(Record)
_CONFIG = TypeAdapter(RunConfig)


class RunFolder:
    """One run on disk; with a shard, as one of the workers that share it sees it."""

    def __init__(self, path: Path, shard: Shard | None = None) -> None:
        self.path, self.shard = path, shard
        label = f"-{shard.label}" if shard else ""
        self.result = path / "result.json"
        self.log = path / f"model{label}.log"  # the generator's standard output and error
        self._run = path / "run.json"
        self._items = path / "items.jsonl"
        self._own = path / f"items{label}-{secrets.token_hex(6)}.jsonl" if shard else self._items

    def check(self, config: RunConfig, is_of: Callable[[Mapping[str, Any]], bool]) -> None:
        """Checks that the folder is free, or belongs to a run with the same config and items.

        Args:
            config: the run's config.
            is_of: says whether the content of ``run.json`` is for the same items.

        Raises:
            UserError: the folder belongs to another run, or to none and is not empty.
        """
        if not self._run.exists():
            if self.path.exists() and not all(_OURS.match(path.name) for path in self.path.iterdir()):
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
        if not self._run.exists():
            run = {
                "version": RUN_VERSION,
                "asked": asdict(config),
                "items_sha256": items_sha256,
                "limit": limit,
                "name": name,
                "secret": secrets.token_hex(16),
            } | details
            with creating(self._run) as path:  # another worker may have been faster: then its secret holds
                _write_run(path, run)
        run = self.read()
        if asdict(config) != asdict(self.config()):
            raise UserError(f"Another run began in {self.path} at the same time; choose another --output.")
        changed = {"limit": limit} | ({"name": name} if name is not None else {})
        if any(run.get(key) != value for key, value in changed.items()):
            with replacing(self._run) as path:
                _write_run(path, run | changed)

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
            sentence = holds_runs(self.path, "run.json") or f"{self.path} holds no run: run.json is missing."
            raise UserError(sentence) from None
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
        """Keeps other processes from the folder, and with a shard from the shard; it ends with the process.

        Where the file system has no locks, nobody is kept out: workers of shards need none.

        Raises:
            UserError: another process is working in it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with ExitStack() as held:
            free = _take(held, self.path / ".lock", fcntl.LOCK_SH if self.shard else fcntl.LOCK_EX)
            if not free:
                raise UserError(f"Another process is running in {self.path}; wait for it, or stop it.")
            if self.shard and not _take(held, self.path / f".lock-{self.shard.label}", fcntl.LOCK_EX):
                raise UserError(f"Another process is working on shard {self.shard} of {self.path}; wait for it.")
            yield

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Makes a temporary folder, outside this one, for the generator's inputs, and removes those of killed runs."""
        for note in self.path.glob(".scratch*"):
            _sweep(note)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH) as folder:
            note = self.path / f".scratch-{Path(folder).name}"
            note.write_text(f"{_machine()}\n{os.getpid()}\n{folder}", encoding="utf-8")
            try:
                yield Path(folder)
            finally:
                note.unlink(missing_ok=True)

    def records(self) -> dict[str, Record]:
        """Reads finished and failed items, by id.

        Of several lines for an item the one of the last attempt counts; in one file, the later line. A last line cut
        short by a crash is ignored. A finished item whose audio is missing counts as unfinished.

        Raises:
            UserError: a line is damaged, or names a file other than the item's own.
        """
        records: dict[str, Record] = {}
        for file, content in self.journals().items():
            own: dict[str, Record] = {}
            for number, line in enumerate(content.split(b"\n")[:-1], 1):
                record = _parsed(line, f"{file}, line {number},")
                own[record.id] = record
            for record in own.values():
                other = records.get(record.id)
                if other is None or self._prefers(record, other):
                    records[record.id] = record
        return {
            item_id: record
            for item_id, record in records.items()
            if record.audio is None or (self.path / record.audio).exists()
        }

    def journals(self) -> dict[Path, bytes]:
        """Reads ``items.jsonl`` and the workers' journals, by path; none that exists at any time is missed."""
        for _ in range(_TRIES):
            try:
                found = {path: path.read_bytes() for path in sorted(self.path.glob("items-*.jsonl"))}
            except FileNotFoundError:  # it has just been merged into items.jsonl
                continue
            return ({self._items: self._items.read_bytes()} if self._items.exists() else {}) | found
        raise UserError(f"The journals in {self.path} change too quickly to be read; try again.")

    def merge(self) -> int:
        """Puts the workers' journals into ``items.jsonl`` and returns how many there were.

        A worker that appends meanwhile keeps its journal.
        """
        read = self.journals()
        own = {path: content for path, content in read.items() if path != self._items}
        if not own:
            return 0
        records = self.records()
        with replacing(self._items) as path:
            path.write_bytes(b"".join(_line(record) for record in records.values()))
        for path, content in own.items():
            with suppress(FileNotFoundError):
                if path.read_bytes() == content:
                    path.unlink()
        return len(own)

    def _prefers(self, record: Record, other: Record) -> bool:
        """Returns whether a line counts before another of the same item, from another journal."""
        if record.order != other.order or record.sha256 == other.sha256:
            return record.order > other.order
        try:  # two workers made the item at once, and its model is not deterministic: what is there decides
            kept = read_audio(self.audio_path(record.id), mono=False)
        except UserError:
            return False
        return record.sha256 == sound_hash(kept.samples, kept.sample_rate)

    def append(self, records: Sequence[Record]) -> None:
        """Appends records and flushes them to disk."""
        with self._own.open("ab") as file:
            if file.tell() and not self._ends_with_newline():
                file.truncate(self._own.read_bytes().rfind(b"\n") + 1)
            file.write(b"".join(_line(record) for record in records))
            file.flush()
            os.fsync(file.fileno())

    def audio_path(self, item_id: str) -> Path:
        """Returns the path of an item's audio, whether or not it exists yet."""
        return self.path / "audio" / f"{item_id}.flac"

    def _ends_with_newline(self) -> bool:
        with self._own.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def _parsed(line: bytes, where: str) -> Record:
    try:
        record = _RECORD.validate_json(line)
    except ValidationError as error:
        raise UserError(f"{where} is damaged; delete that line and run again.") from error
    check_id(record.id, where.rstrip(","))
    own = f"audio/{record.id}.flac" if record.status == "done" else None
    if record.audio != own or (record.sha256 is None) != (own is None):
        raise UserError(f"{where} does not name the item's own audio, {own}; delete that line and run again.")
    return record


def _line(record: Record) -> bytes:
    fields = {key: value for key, value in asdict(record).items() if value is not None and (key, value) != _FIRST}
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def _write_run(path: Path, run: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _take(held: ExitStack, path: Path, kind: int) -> bool:
    """Takes a lock until the stack is left; returns False if another process holds it."""
    lock = held.enter_context(path.open("w"))
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return True


def _machine() -> str:
    """Returns what a process id is unique in: the machine, and on Linux its namespace."""
    with suppress(OSError):
        return f"{platform.node()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - no file that exists
    return platform.node()


def _sweep(note: Path) -> None:
    """Removes the scratch folder that a note names if it is of a process of this machine that is gone."""
    with suppress(OSError, ValueError, OverflowError):
        machine, process, folder = note.read_text(encoding="utf-8", errors="replace").split("\n")
        if machine != _machine() or _alive(int(process)):
            return
        left = Path(folder)
        ours = left.parent == Path(tempfile.gettempdir()) and re.fullmatch(rf"{_SCRATCH}[\w-]+", left.name)
        if ours and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        note.unlink()


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True

"""Entries on disk that several processes can read and append to at once, and that survive a kill at any moment.

A space is a folder of shards. A shard is two append-only files: ``NAME.data`` holds the entries' bytes, and
``NAME.index`` has a line for each entry with its key, position and checksum, after a checksum of the line itself. An
entry's bytes are written before its line, so an entry cut short by a crash does not exist. An entry damaged later fails
its checksum and counts as missing. One lock, held only while appending or removing, serves all spaces. Where the file
system has no locks, and for workers that share it over a network (``alone``), a process appends to shards of its own.
"""

from __future__ import annotations

import errno
import fcntl
import json
import mmap
import os
import secrets
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHARD_BYTES = 64 * 2**20  # a shard of this size is full, and a new one is started; trimming removes whole shards
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)  # what a file system without locks answers
_ALIGNMENT = 64  # bytes
_TOUCH = 3600.0  # seconds; a shard's last use is updated no more often than this

Entry = tuple[Any, bytes]
"""Facts about the bytes, as JSON values, and the bytes."""


@dataclass(frozen=True)
class _Place:
    shard: str
    start: int
    size: int
    checksum: int
    facts: Any


class Shards:
    """One space. Use an object in one thread only; any number of processes may open the same folder."""

    def __init__(self, folder: Path, lock: Path, *, alone: bool = False) -> None:
        self.folder = folder
        self._lock = lock
        self._alone = alone  # whether nothing is appended to shards of other processes
        self._made: list[str] = []  # shards that were begun here
        self._places: dict[str, list[_Place]] = {}
        self._read: dict[str, int] = {}  # bytes of each index that have been read, all of them whole lines
        self._maps: dict[str, mmap.mmap] = {}

    def get(self, keys: Iterable[str]) -> dict[str, tuple[Any, memoryview]]:
        """Returns facts and bytes of the keys that are stored and undamaged; the bytes are a view of the file."""
        wanted = list(keys)
        if any(key not in self._places for key in wanted):
            self._refresh()
        found: dict[str, tuple[Any, memoryview]] = {}
        for key in wanted:
            for place in self._places.get(key, [])[:]:
                content = self._content(place)
                if content is not None:
                    found[key] = place.facts, content
                    break
                self._forget(key, place)
        return found

    def put(self, entries: Mapping[str, Entry]) -> None:
        """Adds entries whose keys are not stored yet.

        It does not flush to disk: if a power cut loses bytes, the checksum reveals it.

        Raises:
            OSError: the folder cannot be written to, or the disk is full.
        """
        with locked(self._lock) as held:
            self._refresh()
            new = {key: entry for key, entry in entries.items() if key not in self._places}
            if not new:
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            shard = self._unfilled(self._made if self._alone or not held else None)
            lines = []
            with (self.folder / f"{shard}.data").open("ab") as data:
                for key, (facts, content) in new.items():
                    data.write(bytes(-data.tell() % _ALIGNMENT))
                    lines.append(_line([key, data.tell(), len(content), zlib.crc32(content), facts]))
                    data.write(content)
            with (self.folder / f"{shard}.index").open("ab") as index:
                # The first newline ends a line that a crash cut short, which then fails its checksum.
                index.write(b"\n" * bool(index.tell()) + b"".join(lines))
            self._refresh()

    def _unfilled(self, among: Sequence[str] | None) -> str:
        """Returns the shard to append to. Names are never reused, because readers may remember a removed shard."""
        for path in sorted(self.folder.glob("*.data")):
            if (among is None or path.stem in among) and path.stat().st_size < SHARD_BYTES:
                return path.stem
        self._made.append(secrets.token_hex(8))
        return self._made[-1]

    def _refresh(self) -> None:
        """Reads index lines that any process has added since the last call."""
        for path in sorted(self.folder.glob("*.index")):
            seen = self._read.get(path.stem, 0)
            try:
                with path.open("rb") as file:
                    file.seek(seen)
                    added = file.read()
            except OSError:  # removed or unreadable; its entries are computed again
                continue
            whole = added[: added.rfind(b"\n") + 1]
            self._read[path.stem] = seen + len(whole)
            for key, *place in parse(whole):
                self._places.setdefault(key, []).append(_Place(path.stem, *place))
        for shard in [shard for shard in self._read if not (self.folder / f"{shard}.index").exists()]:
            self._drop(shard)

    def _content(self, place: _Place) -> memoryview | None:
        if not place.size:  # an empty file cannot be mapped
            return memoryview(b"")
        end = place.start + place.size
        mapped = self._maps.get(place.shard)
        if mapped is None or len(mapped) < end:
            mapped = self._map(place.shard)
            if mapped is None or len(mapped) < end:
                return None
        content = memoryview(mapped)[place.start : end]
        return content if zlib.crc32(content) == place.checksum else None

    def _map(self, shard: str) -> mmap.mmap | None:
        path = self.folder / f"{shard}.data"
        try:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                age = time.time() - os.fstat(file.fileno()).st_mtime
        except (OSError, ValueError):  # removed or empty
            return None
        if age > _TOUCH:
            with suppress(OSError):  # the cache may be read-only
                os.utime(path)
        self._maps[shard] = mapped
        return mapped

    def _forget(self, key: str, place: _Place) -> None:
        self._places[key].remove(place)
        if not self._places[key]:
            del self._places[key]

    def _drop(self, shard: str) -> None:
        del self._read[shard]
        self._maps.pop(shard, None)
        for key, places in list(self._places.items()):
            for place in [place for place in places if place.shard == shard]:
                self._forget(key, place)


def _line(fields: list[Any]) -> bytes:
    content = json.dumps(fields, separators=(",", ":"), ensure_ascii=True).encode()
    return b"%08x %b\n" % (zlib.crc32(content), content)


def parse(lines: bytes) -> Iterator[list[Any]]:
    """Yields the undamaged lines of an index: key, start, size, checksum, facts."""
    for line in lines.split(b"\n"):
        checksum, _, content = line.partition(b" ")
        if checksum == b"%08x" % zlib.crc32(content) and content:
            yield json.loads(content)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Keeps other processes and threads from appending and removing; the lock ends with the process that holds it.

    Yields False if the file system has no locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            yield False
            return
        yield True

"""Where a built suite's media lie on this machine: ``places.json``, of which nothing is trusted.

A folder that a stranger sends can carry one. So every value in it is checked before it is used, a path may lead
anywhere but only to a regular file, and a file is used only if its content has the SHA-256 that the manifest has for
it: whatever ``places.json`` names, what is read is what the manifest promised, or nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from vggsound_omni.errors import UserError
from vggsound_omni.io import cache_dir, content_sha256, reading, replacing

PLACES = "places.json"
PICTURES = (".mp4", ".mkv", ".webm", ".mov", ".avi", ".m4v")
"""Suffixes of files that hold a picture, and usually its sound."""
SOUNDS = (".wav", ".flac", ".m4a", ".mp3", ".ogg", ".opus", ".aac")
_MOST_BYTES = 512 << 20
"""Of ``places.json``: a million items take 200 MB."""
_CHUNK = 1 << 20
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_hashed: dict[tuple[int, ...], str] = {}


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """Where a file lies: on its own, or inside a tar."""

    path: str  # absolute, or relative to the suite's folder; of the file or the tar
    offset: int = 0  # byte at which its content begins
    size: int  # bytes
    member: str = ""  # its name within the tar; empty for a file on its own

    @property
    def name(self) -> str:
        """File name."""
        return (self.member or self.path).rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The ending, in small letters, if it is one of media; else empty."""
        suffix = PurePosixPath(self.name).suffix.lower()
        return suffix if suffix in (*PICTURES, *SOUNDS) else ""

    @property
    def shown(self) -> str:
        """The path as it stands in messages."""
        path = _CONTROL.sub("?", self.path)
        return path if len(path) <= 300 else f"...{path[-200:]}"

    def problem(self) -> str | None:
        """Returns why the file cannot be read, as far as the file system tells; None if it can."""
        try:
            facts = Path(self.path).stat()
        except (OSError, ValueError):
            return f"{self.shown} is not there any more; put it back or build the suite again."
        if not stat.S_ISREG(facts.st_mode):
            return f"{self.shown} is a folder, device or pipe; build the suite again."
        changed = facts.st_size < self.offset + self.size if self.member else facts.st_size != self.size
        return f"{self.shown} has changed since the suite was built; build it again." if changed else None

    def sha256(self) -> str:
        """Returns the SHA-256 of the content; read once in a process as long as the file's node does not change.

        Raises:
            UserError: it cannot be read.
        """
        try:
            if not self.member:
                return content_sha256(Path(self.path))
            facts = Path(self.path).stat()
            node = facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
            key = (*node, self.offset, self.size)
            if key not in _hashed:
                with Path(os.devnull).open("wb") as nothing:
                    _hashed[key] = self.copy_to(nothing)
            return _hashed[key]
        except OSError as error:
            raise UserError(f"{self.shown}: cannot be read ({error.strerror or error}).") from error

    def copy_to(self, target: BinaryIO) -> str:
        """Writes the content piece by piece.

        Returns:
            Its SHA-256.

        Raises:
            UserError: the file is shorter than it should be.
            OSError: it cannot be read, or the target cannot be written to.
        """
        digest = hashlib.sha256()
        for piece in self._pieces():
            target.write(piece)
            digest.update(piece)
        return digest.hexdigest()

    def _pieces(self) -> Iterator[bytes]:
        with _regular(self.path) as file:
            file.seek(self.offset)
            left = self.size
            while left and (piece := file.read(min(left, _CHUNK))):
                yield piece
                left -= len(piece)
        if left:
            raise UserError(f"{self.shown}: ends before the {self.size:,} bytes of {self.name[:80]!a}; write it again.")


def _regular(path: str) -> BinaryIO:
    """Opens a regular file without waiting for the other end of a pipe."""
    file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(f"{path} is not a regular file")
    return file


def read_places(folder: Path) -> dict[str, dict[str, Place]] | None:
    """Reads places by item and kind (``video``, ``audio``); None if the folder has none.

    Raises:
        UserError: the file is not such a list, or holds a value that no build writes.
    """
    path = folder / PLACES
    try:
        with reading(path):
            if not path.exists():
                return None
            if not path.is_file() or path.stat().st_size > _MOST_BYTES:
                raise UserError(
                    f"{path}: is no regular file of at most {_MOST_BYTES >> 20} MiB; build or join the suite again."
                )
            found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: is not valid JSON ({str(error)[:80]!a}); build or join the suite again.") from None
    if not isinstance(found, dict):
        raise UserError(
            f"{path}: is a JSON {type(found).__name__}; an object is expected: build or join the suite again."
        )
    return {item_id: _kinds(files, folder, f"{path}: the item {item_id[:80]!a}") for item_id, files in found.items()}


def _kinds(files: object, folder: Path, where: str) -> dict[str, Place]:
    if not isinstance(files, dict) or not files or not set(files) <= {"video", "audio"}:
        raise UserError(f"{where} is no object with video, audio or both; build or join the suite again.")
    return {kind: _place(record, folder, f"{where}, {kind},") for kind, record in files.items()}


def _place(record: object, folder: Path, where: str) -> Place:
    names = [field.name for field in fields(Place)]
    if not isinstance(record, dict) or sorted(record) != sorted(names):
        raise UserError(f"{where} has other fields than {', '.join(names)}; build or join the suite again.")
    path, member = record["path"], record["member"]
    numbers = (record["offset"], record["size"])
    if not (isinstance(path, str) and path and "\0" not in path and isinstance(member, str)):
        raise UserError(f"{where} has a path or member that is no text; build or join the suite again.")
    if not all(type(number) is int and 0 <= number < 1 << 50 for number in numbers):
        raise UserError(f"{where} has an offset or size that is none; build or join the suite again.")
    return Place(path=str(folder / path), offset=numbers[0], size=numbers[1], member=member)


def cached_copy(place: Place, sha256: str) -> Path:
    """Copies a file inside a tar to the cache, unless it is there with the content of that hash.

    Raises:
        UserError: it cannot be read or copied, its name is not a media file's, or its content is not that of the hash.
    """
    if not place.suffix:
        raise UserError(
            f"{place.shown}: {place.member[:80]!a} in it is no media file by its ending; build the suite again."
        )
    copy = cache_dir() / "data" / f"{sha256}{place.suffix}"
    try:
        if not copy.is_symlink() and copy.is_file() and content_sha256(copy) == sha256:
            return copy
        with replacing(copy) as temporary:
            with temporary.open("wb") as file:
                copied = place.copy_to(file)
            if copied != sha256:
                raise UserError(
                    f"{place.shown}: {place.name[:80]!a} in it is not what the manifest promises; build it again."
                )
    except OSError as error:
        raise UserError(f"{place.shown}: cannot be copied to {copy.parent} ({error.strerror or error}).") from error
    return copy

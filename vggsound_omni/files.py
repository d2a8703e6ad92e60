"""Files written so that a reader, or a crash, never meets half of one; and what identifies a file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Gives a temporary path in the same folder; moves it to ``path`` when the block ends well, removes it otherwise.

    The temporary name keeps the suffix (codecs look at it) and carries the process id, so that several processes may
    write the same file: the last one wins, whole. The content is on disk before the name is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def compute_sha256(path: Path) -> str:
    """The SHA-256 of a file, which is read whole."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

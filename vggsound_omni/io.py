"""Files: written whole or not at all, identified by hash; and where the package's own files and the cache are."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from vggsound_omni.errors import UserError

_PACKAGE = Path(__file__).resolve().parent


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


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turns a full disk or a folder that cannot be written to into a sentence; what is there stays resumable."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"Cannot write to {path}: {error.strerror or error}; mend that and run the same command again to finish."
        ) from error


def compute_sha256(path: Path) -> str:
    """The SHA-256 of a file, which is read whole."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_known: dict[tuple[str, int, int, int, int], str] = {}


def content_sha256(path: Path) -> str:
    """The SHA-256 of a file, read once in a process for as long as nothing that its node tells has changed.

    Besides size and time of change, the node's own time of change is looked at, which programs cannot set.

    Raises:
        OSError: there is no such file, or it is no regular file.
    """
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(f"{path} is not a regular file")
    key = (str(path.resolve()), facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
    if key not in _known:
        _known[key] = compute_sha256(path)
    return _known[key]


def shipped(name: str) -> Path:
    """A folder that comes with the package, such as ``tracks``: beside it in a checkout, inside it in a wheel."""
    inside = _PACKAGE / "shipped" / name
    return inside if inside.exists() else _PACKAGE.parent / name


def cache_dir() -> Path:
    """The folder of everything derived: ``OMNI_BENCH_CACHE``, or the platform's user cache. Not created here."""
    given = os.environ.get("OMNI_BENCH_CACHE")
    return Path(given).expanduser() if given else Path(platformdirs.user_cache_dir("omni-bench", appauthor=False))

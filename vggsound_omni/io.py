"""Files: atomic writing, hashes, and the locations of the package's own files and of the cache."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from vggsound_omni.errors import UserError

_PACKAGE = Path(__file__).resolve().parent


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path in the same folder, and renames it to ``path`` on success or removes it on failure.

    The temporary name keeps the suffix, which codecs look at, and is no other's, so that several processes, of several
    machines, may write the same file: the last one wins. The content is flushed to disk before the file gets its name.
    """
    with _partial(path) as temporary:
        yield temporary
        _flush(temporary)
        temporary.replace(path)


@contextmanager
def creating(path: Path) -> Iterator[Path]:
    """Like :func:`replacing`, but a file that exists stays: of several processes the first one wins."""
    with _partial(path) as temporary:
        yield temporary
        _flush(temporary)
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            if not path.exists():
                temporary.replace(path)


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{secrets.token_hex(4)}.partial{path.suffix}")
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb") as written:
        os.fsync(written.fileno())


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turns an ``OSError``, such as a full disk, into a :class:`UserError` that says how to resume."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"Cannot write to {path}: {error.strerror or error}; fix that and run the same command again to finish."
        ) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns an ``OSError``, such as a missing file, into a :class:`UserError` that names the file."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error


def compute_sha256(path: Path) -> str:
    """Returns the SHA-256 of a file, after reading all of it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_known: dict[tuple[str, int, int, int, int], str] = {}


def content_sha256(path: Path) -> str:
    """Returns the SHA-256 of a file; reads it once per process unless its inode, size, mtime or ctime changes.

    Programs can set mtime, but not ctime.

    Raises:
        OSError: the file does not exist, or is not a regular file.
    """
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(f"{path} is not a regular file")
    key = (str(path.resolve()), facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
    if key not in _known:
        _known[key] = compute_sha256(path)
    return _known[key]


def shipped(name: str) -> Path:
    """Returns a folder that ships with the package, such as ``tracks``: inside a wheel, else next to the package."""
    inside = _PACKAGE / "shipped" / name
    return inside if inside.exists() else _PACKAGE.parent / name


def cache_dir() -> Path:
    """Returns the cache folder: ``OMNI_BENCH_CACHE``, or the platform's user cache. It may not exist."""
    given = os.environ.get("OMNI_BENCH_CACHE")
    return Path(given).expanduser() if given else Path(platformdirs.user_cache_dir("omni-bench", appauthor=False))

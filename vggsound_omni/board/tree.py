"""What may lie in a leaderboard's folder: files of a known name, regular, of bounded size, and nothing else.

``results/SUITE/TRACK/MODEL@VERSION.json`` and ``audio/SHA256.opus`` come from submissions; ``README.md``,
``OWNERS.toml``, ``print.toml``, ``cards/NAME.toml`` and what lies in ``history`` and ``private`` are the maintainers'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from vggsound_omni.errors import UserError

from .owners import FILE as OWNERS
from .owners import LARGEST
from .reading import LARGEST_JSON, RefusedError, read_bytes

MOST_FILES = 20_000
_NAME = r"[a-z0-9][a-z0-9._-]{0,70}"
_BY_HAND = re.compile(
    rf"README\.md|{re.escape(OWNERS)}|print\.toml|cards/{_NAME}\.toml"
    rf"|history/SHA256SUMS|history/{_NAME}@{_NAME}/{_NAME}/{_NAME}@{_NAME}\.json"
    rf"|human/{_NAME}\.json|private/{_NAME}/split\.json|private/{_NAME}/{_NAME}/{_NAME}@{_NAME}\.json"
)
_FOLDERS = re.compile(r"cards|audio|human|results(/[^/]+){0,2}|(history|private)(/[^/]+){0,2}")


def shown(path: Path, root: Path) -> str:
    """Returns a file's path in plain ASCII, as findings name it."""
    return path.relative_to(root).as_posix().encode("ascii", "backslashreplace").decode()[:200]


def files(folder: Path) -> Iterator[Path]:
    """Yields every file and link below a folder; no link is followed.

    Raises:
        UserError: there are too many.
    """
    todo, count = [folder], 0
    while todo:
        here = todo.pop()
        if not here.is_dir() or here.is_symlink():
            continue
        for path in sorted(here.iterdir()):
            count += 1
            if count > MOST_FILES:
                raise UserError(f"{folder} holds more than {MOST_FILES:,} files.")
            if path.is_dir() and not path.is_symlink():
                todo.append(path)
            else:
                yield path


def strangers(root: Path) -> Iterator[str]:
    """Yields a sentence for each file or folder that does not belong into a leaderboard, but for submissions' own."""
    todo, count = [root], 0
    while todo:
        here = todo.pop()
        for path in sorted(here.iterdir()):
            count += 1
            if count > MOST_FILES:
                raise UserError(f"{root} holds more than {MOST_FILES:,} files.")
            place = path.relative_to(root).as_posix()
            if path.is_symlink() and (place in ("audio", "results", "cards") or not _of_submissions(place)):
                yield f"{shown(path, root)}: It is a symbolic link; hand in the file itself."
            elif path.is_dir():
                if _FOLDERS.fullmatch(place):
                    todo.append(path)
                else:
                    yield f"{shown(path, root)}: No such folder belongs into a leaderboard."
            elif _BY_HAND.fullmatch(place):
                try:
                    read_bytes(path, _most(path))
                except RefusedError as error:
                    yield f"{shown(path, root)}: {error}"
            elif not _of_submissions(place):
                yield f"{shown(path, root)}: No such file belongs into a leaderboard."


def _of_submissions(place: str) -> bool:
    return place.startswith(("results/", "audio/"))


def changed_by_hand(root: Path, published: Path) -> Iterator[str]:
    """Yields a sentence for each of the maintainers' files that is not as it was published."""
    for place in sorted(_by_hand(root) | _by_hand(published)):
        one, other = root / place, published / place
        if not one.exists() or not other.exists() or _content(one) != _content(other):
            yield f"{place}: Only the maintainers add, change or remove this file; a submission leaves it as it is."


def _by_hand(root: Path) -> set[str]:
    known = [path.relative_to(root).as_posix() for path in [*root.iterdir(), *_cards(root), *_kept(root)]]
    return {place for place in known if _BY_HAND.fullmatch(place)}


def _most(path: Path) -> int:
    return LARGEST_JSON if path.suffix == ".json" else LARGEST


def _kept(root: Path) -> list[Path]:
    return [path for folder in ("history", "human", "private") for path in files(root / folder)]


def _cards(root: Path) -> list[Path]:
    folder = root / "cards"
    return list(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []


def _content(path: Path) -> bytes | None:
    try:
        return read_bytes(path, _most(path))
    except RefusedError:
        return None

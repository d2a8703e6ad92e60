"""Finds which local file is which clip, in folders of the usual layouts and in WebDataset's tar shards."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.suites.places import PICTURES, SOUNDS, Place

from .problems import Problem
from .shards import members

_PADDED = re.compile(r"(.{11})_(\d{6})")
_SPAN = re.compile(r"(.{11})_(\d+)_(\d+)")


@dataclass(frozen=True, kw_only=True)
class Clip:
    """The local files of one id."""

    video: Place | None = None
    audio: Place | None = None  # a file beside the picture; None: the video's own sound is the reference


def vggsound_id(stem: str) -> str | None:
    """Returns the id that a file name stands for, whichever downloader named it; None if it has no known form.

    ``VIDEO_000020`` (VGGSound's own), ``VIDEO_20_30`` (seconds) and ``VIDEO_20000_30000`` (milliseconds), each with or
    without a prefix that ends in ``_``.
    """
    for form in (_PADDED, _SPAN):
        for match in form.finditer(stem) if form.fullmatch(stem) else _behind_prefix(form, stem):
            start = int(match[2])
            if form is _SPAN and int(match[3]) - start >= 1000:
                start //= 1000
            return f"{match[1]}_{start:06d}"
    return None


def _behind_prefix(form: re.Pattern[str], stem: str) -> Iterator[re.Match[str]]:
    for place in (i + 1 for i, letter in enumerate(stem) if letter == "_"):
        if match := form.fullmatch(stem, place):
            yield match


def find_clips(
    roots: Sequence[Path], listed: Iterable[str], name_of: Callable[[str], str | None]
) -> tuple[dict[str, Clip], list[Problem]]:
    """Assigns files to ids.

    Args:
        roots: folders (searched at any depth), single tar files, or folders with tars.
        listed: the wanted ids.
        name_of: maps a file's stem to the id it stands for.

    Returns:
        Clips by id; problems: files that belong to no listed id, and ids with two pictures or two sounds. Of two, the
        one whose path sorts first is taken, so that every machine takes the same.

    Raises:
        UserError: a root is missing or holds no media.
    """
    wanted = set(listed)
    found: dict[str, dict[str, Place]] = {}
    problems: list[Problem] = []
    for root in roots:
        places = list(_places(root))
        if not places:
            raise UserError(f"{root}: holds no media file and no tar with any.")
        for place, shown in places:
            stem, _, suffix = place.name.rpartition(".")
            kind = "video" if f".{suffix.lower()}" in PICTURES else "audio"
            item_id = stem if stem in wanted else name_of(stem)
            if item_id not in wanted or item_id is None:
                why = f"{shown} is not a listed clip"
                problems.append(Problem(item_id or stem, "unlisted-file", why, left_out=False))
                continue
            files = found.setdefault(item_id, {})
            if files.get(kind) == place:
                continue  # the folder was given twice
            if kind in files:
                why = f"{shown} is a second {kind}; {files[kind].name} is taken"
                problems.append(Problem(item_id, "two-files", why, left_out=False))
            else:
                files[kind] = place
    return {item_id: Clip(**files) for item_id, files in found.items()}, problems


def _places(root: Path) -> Iterator[tuple[Place, str]]:
    """Media below a root in a fixed order, each with its path from there."""
    root = root.absolute()
    if root.is_file():
        yield from ((place, f"{root.name}:{place.member}") for place in _in_tar(root))
        return
    if not root.is_dir():
        raise UserError(f"{root}: there is no such folder.")
    for path in sorted(_files(root)):
        shown = path.relative_to(root).as_posix()
        suffix = path.suffix.lower()
        if not path.is_file():
            continue  # a dangling link or a pipe: the clip has no file
        if suffix in PICTURES or suffix in SOUNDS:
            yield Place(path=str(path), size=path.stat().st_size), shown
        elif suffix == ".tar":
            yield from ((place, f"{shown}:{place.member}") for place in _in_tar(path))


def _in_tar(path: Path) -> Iterator[Place]:
    for member in members(path):
        if member.name.lower().endswith((*PICTURES, *SOUNDS)):
            yield Place(path=str(path), offset=member.offset, size=member.size, member=member.name)


def _files(root: Path) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        facts = Path(folder).stat()
        if (facts.st_dev, facts.st_ino) in seen:
            folders.clear()  # a link back, or two links to one folder
            continue
        seen.add((facts.st_dev, facts.st_ino))
        folders.sort()
        yield from (Path(folder, name) for name in names if name[0] != ".")

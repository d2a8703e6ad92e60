"""Writes the sounds of a package as clips that a suite is built of, with a table of what is said of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing
from vggsound_omni.media import read_audio
from vggsound_omni.media.still import write_still

from .archives import members_of
from .source import Package, Sound

TABLE = "clips.jsonl"


def unpack(package: Package, archive: Path, folder: Path, done: Callable[[int, int], object] = lambda *_: None) -> Path:
    """Writes every sound that is no copy, and its picture as a video of the same length, unless they are there.

    Args:
        package: whose.
        archive: its verified file.
        folder: to write to.
        done: called with the number of sounds written and of all.

    Returns:
        The table of clips, which is written last.

    Raises:
        UserError: the archive cannot be read, or lacks a file.
    """
    table = folder / TABLE
    sounds = package.sounds
    names = {sound.file for sound in sounds} | {sound.picture for sound in sounds} | set(map(_text_of, sounds))
    found = members_of(archive, names - {""})
    rows = [json.dumps(_row(package, sound, found), ensure_ascii=False) + "\n" for sound in sounds]
    if table.is_file() and table.read_text(encoding="utf-8") == "".join(rows):
        return table
    kept = [sound for sound in sounds if not sound.repeats]
    for number, sound in enumerate(kept, 1):
        path = folder / f"{sound.id}{PurePosixPath(sound.file).suffix}"
        with replacing(path) as temporary:
            temporary.write_bytes(found[sound.file])
        if sound.picture:
            write_still(path.with_suffix(".mp4"), found[sound.picture], _seconds(path))
        done(number, len(kept))
    with replacing(table) as temporary:
        temporary.write_text("".join(rows), encoding="utf-8")
    return table


def recordings(package: Package, folder: Path) -> list[Path]:
    """Returns the paths of a package's sounds, fetched and unpacked into a folder if they are not there.

    Raises:
        UserError: the package cannot be had or read.
    """
    unpacked = unpack(package, package.fetch(), folder).parent
    return [unpacked / f"{sound.id}{PurePosixPath(sound.file).suffix}" for sound in package.sounds if not sound.repeats]


def _text_of(sound: Sound) -> str:
    """The file with the caption, which has a line for each language; empty if the caption is known."""
    return "" if sound.caption else str(PurePosixPath(sound.file).with_suffix(".txt"))


def _row(package: Package, sound: Sound, found: Mapping[str, bytes]) -> dict[str, object]:
    lines = (found[text].decode("utf-8", errors="replace") if (text := _text_of(sound)) else sound.caption).splitlines()
    return {
        "id": sound.id,
        "caption": lines[0].strip() if lines else "",
        "labels": list(sound.labels),
        "repeats": sound.repeats,
        "provenance": {
            "source": f"{package.publisher}, in {package.name} {package.version}",
            "licence": package.licence,
            "file": sound.file,
            "caption_from": "package" if text else "this project",
        },
    }


def _seconds(path: Path) -> float:
    try:
        return read_audio(path).duration  # as decoded: one stamp's header says 149 hours
    except UserError:
        return 1.0  # the build says what is wrong with it

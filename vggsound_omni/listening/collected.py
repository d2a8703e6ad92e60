"""Answers as they come in: listeners' files, folders of them, and the database of ``listen serve``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from vggsound_omni.errors import UserError

from .answers import LARGEST, Listener, Sheet, check, parse
from .store import SUFFIX, read_sheets
from .study import Study


def read_answers(paths: Sequence[Path], study: Study) -> list[Listener]:
    """Reads listeners' answers; a folder stands for every ``.json`` in it.

    Raises:
        UserError: a file is missing, damaged, or of another study; an answer is to no trial of its listener, or to not
            all questions; two files are one listener's.
    """
    found: dict[str, str] = {}
    listeners = []
    for where, sheet in _sheets(paths, study):
        listener = check(sheet, study, where)
        if sheet.listener in found:
            raise UserError(f"{found[sheet.listener]} and {where} are of one listener; keep one of them.")
        found[sheet.listener] = where
        listeners.append(listener)
    if not listeners:
        raise UserError("There is no file of answers (.json) there.")
    return listeners


def _sheets(paths: Sequence[Path], study: Study) -> Iterator[tuple[str, Sheet]]:
    for path in paths:
        if path.suffix == SUFFIX:
            yield from ((f"{path}, listener {sheet.listener}", sheet) for sheet in read_sheets(path, study))
            continue
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            yield str(file), parse(_content(file), str(file))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error

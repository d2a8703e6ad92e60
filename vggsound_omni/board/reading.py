"""Reading a file that a stranger made: size first, then kind, then text, then JSON, then schema."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from vggsound_omni.errors import UserError
from vggsound_omni.runs.result import with_estimates
from vggsound_omni.wording import first_invisible

from .submission import SUBMISSION_VERSION, Submission, upgraded

LARGEST_JSON = 8_000_000  # bytes; 15,000 items of 20 metrics take about 7 million
LARGEST_SOUND = 200_000  # bytes; 8 s of stereo at 128 kbit/s take 128 thousand
_MARKUP = re.compile(r"<\s*[A-Za-z/!?]|javascript\s*:|data\s*:\s*text", re.IGNORECASE)
_LOWER_MARKUP = re.compile(_MARKUP.pattern)  # of text in lower case: ten times as fast
_MOST_PROBLEMS = 5
_LARGEST_NUMBER = 1e30  # its cube, times as many items as a file can hold, still fits double precision
_MOST_DIGITS = 18


class RefusedError(UserError):
    """A file is refused; the message is one sentence that does not name it."""


def read_bytes(path: Path, most: int) -> bytes:
    """Returns a regular file's content, never more than ``most`` bytes and never through a link.

    Raises:
        RefusedError: it is a link, no regular file, too large, or cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if path.is_symlink():
            raise RefusedError("It is a symbolic link; hand in the file itself.") from None
        raise RefusedError(f"It cannot be read: {error.strerror}.") from error
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise RefusedError("It is no regular file.")
        if facts.st_size > most:
            raise RefusedError(f"It has {facts.st_size:,} bytes; at most {most:,} are taken.")
        return file.read(most)


def read_submission(path: Path) -> Submission:
    """Reads one submission.

    Raises:
        RefusedError: whatever is wrong with the file, the text, the JSON or its schema.
    """
    content = read_bytes(path, LARGEST_JSON)
    if content[:2] in (b"PK", b"\x1f\x8b") or content[:4] == b"\x28\xb5\x2f\xfd":
        raise RefusedError("It is an archive or compressed; hand in plain JSON.")
    raw = _parse(content)
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if isinstance(version, int) and version > SUBMISSION_VERSION:
        raise RefusedError(f"It has schema version {version}; this program reads up to {SUBMISSION_VERSION}.")
    if not _plain(content):
        for where, text in _texts(raw):
            check_text(where, text)
    if isinstance(raw, dict) and type(version) is int and version == 1:
        content = json.dumps(upgraded(raw)).encode()
    try:
        found = Submission.model_validate_json(content)
    except ValidationError as error:
        faults = error.errors()
        told = [
            f"{'.'.join(map(str, one['loc']))[:120] or 'the whole'}: {one['msg']}" for one in faults[:_MOST_PROBLEMS]
        ]
        more = f"; and {len(faults) - _MOST_PROBLEMS} more" if len(faults) > _MOST_PROBLEMS else ""
        raise RefusedError(f"It does not follow the schema: {'; '.join(told)}{more}.") from None
    strata = {stratum: with_estimates(scores) for stratum, scores in found.strata.items()}
    return found.model_copy(update={"scores": with_estimates(found.scores), "strata": strata})


def check_text(where: str, text: str) -> None:
    """Refuses text that could be taken for code, or that shows as something else.

    Raises:
        RefusedError: markup, a script address, control characters or marks that change the direction of text.
    """
    if _MARKUP.search(text):
        raise RefusedError(f"{where} holds markup or a script; write plain text.")
    odd = first_invisible(text)
    if odd is not None:
        raise RefusedError(f"{where} holds the invisible character U+{ord(odd):04X}.")


def _plain(content: bytes) -> bool:
    """Returns whether :func:`check_text` would take every text of a JSON file: one look in place of thousands.

    In printable ASCII without escapes each text stands as it is, so none has what the whole lacks.
    """
    text = content.replace(b"\n", b"").decode("ascii", "replace")
    return "\\" not in text and text.isascii() and text.isprintable() and not _LOWER_MARKUP.search(text.lower())


def _parse(content: bytes) -> object:
    try:
        found = json.loads(
            content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole
        )
    except UnicodeDecodeError:
        raise RefusedError("It is not UTF-8 text.") from None
    except RecursionError:
        raise RefusedError("It is nested too deeply.") from None
    except ValueError as error:
        raise RefusedError(f"It is not JSON: {str(error).splitlines()[0]}.") from None
    _check_size(found)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise RefusedError(f"The key {key[:60]!r} stands twice in one object.")
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise RefusedError(f"It holds {name}, which is no number of JSON.")


def _check_size(value: object) -> None:
    todo = [value]
    while todo:
        one = todo.pop()
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else (one,)
        numbers = [number for number in inner if type(number) is float]
        if numbers and max(max(numbers), -min(numbers)) > _LARGEST_NUMBER:
            raise RefusedError(f"It holds a number beyond {_LARGEST_NUMBER:g}; no number of a result is as large.")
        todo.extend(part for part in inner if isinstance(part, (dict, list)))


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise RefusedError(f"It holds a whole number of {len(text)} digits; no number of a result has as many.")
    return int(text)


def _texts(value: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Yields every text of a JSON value, keys too, with the path to it."""
    todo: list[tuple[str, object]] = [(where, value)]
    while todo:
        place, one = todo.pop()
        if isinstance(one, str):
            yield place, one
        elif isinstance(one, dict):
            for key, inner in one.items():
                yield f"a key of {place or 'the whole'}", key
                todo.append((f"{place}.{key}".lstrip(".")[:80], inner))
        elif isinstance(one, list):
            todo.extend((place, inner) for inner in one if not isinstance(inner, (int, float)))

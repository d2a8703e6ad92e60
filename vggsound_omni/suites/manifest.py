"""A user's own files as a suite: ``manifest:FILE``, a CSV, TSV or JSONL table with one item a row."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import math
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError
from vggsound_omni.io import content_sha256
from vggsound_omni.media import MediaInfo, probe
from vggsound_omni.progress import with_progress

from .suite import Item, Media, Truth, check_id, check_unique, has_control, has_unseen
from .truth_file import check_within, parse_truth, read_truth, shown, without_doubles

COLUMNS = ("id", "caption", "video", "audio", "labels", "stratum", "duration", "truth")
"""The columns with a meaning; others are kept in ``Item.provenance``."""
SUFFIXES = (".csv", ".tsv", ".jsonl")
"""Of a manifest's file, in lower case."""
MOST_BYTES = 512 << 20
"""Largest table: two million long rows."""
MOST_COLUMNS = 1000
_MOST_PATH = 1000
"""Bytes; a quarter of what Linux allows, with the folder before it."""
DEFAULT_SECONDS = 8.0
"""Duration of an item that has neither media nor a ``duration``."""


@dataclass(frozen=True)
class _Row:
    """One line of the table, checked but for its media."""

    where: str  # file and line, for messages
    item: Item
    media: Media
    has_duration: bool  # otherwise the item's is that of its media, once they are opened


@dataclass
class _Probes:
    """Cache of what is known of each file; every file is opened at most once."""

    found: dict[Path, MediaInfo | UserError] = field(default_factory=dict)

    def fill(self, paths: Sequence[Path]) -> None:
        """Probes files in threads (FFmpeg works outside Python's lock), with a progress bar if it takes long."""
        new = list(dict.fromkeys(path for path in paths if path not in self.found))
        if not new:
            return
        with ThreadPoolExecutor(min(32, 2 * (os.cpu_count() or 1))) as pool:
            futures = [pool.submit(_probe, path) for path in new]
            for _ in with_progress(as_completed(futures), len(new), "Checking media"):
                pass
        self.found.update(zip(new, (future.result() for future in futures), strict=True))


class ManifestSuite:
    """Implements :class:`~vggsound_omni.suites.suite.Suite` for a table of the user's files.

    The constructor reads the table and its files of truth, and no media. ``items()`` opens only the files of rows
    without a ``duration``, once and in parallel: the duration is part of the item, and so of the suite's hash.
    ``check()`` opens the files of the items it is given, unless they were opened before. An unreadable file is an
    error only in ``check()`` and ``media()``, so a table can be listed on a machine that lacks its media.
    """

    encoder_set = "pretrained"

    def __init__(self, path: Path) -> None:
        """Reads the table, and the files of truth that it names.

        Raises:
            UserError: one sentence naming file and line.
        """
        content = _content(path)
        self.name = path.stem
        self.bandwidths = path.with_suffix(".bandwidths.json")
        self.version = hashlib.sha256(content).hexdigest()[:12]
        self._rows = _rows(path, content)
        self._by_id = {row.item.id: row for row in self._rows}
        self._probes = _Probes()
        self._items: list[Item] = []

    def items(self) -> Sequence[Item]:
        """Returns every row, in the table's order.

        Raises:
            UserError: an event of a row's truth lies outside its clip.
        """
        if not self._items:
            unknown = (row.media.video or row.media.audio for row in self._rows if not row.has_duration)
            self._probes.fill([path for path in unknown if path is not None])
            self._items = [self._item(row) for row in self._rows]
        return self._items

    def media(self, item: Item) -> Media:
        """Returns the item's files.

        Raises:
            UserError: a file is missing or cannot be read.
        """
        self.check([item])
        return self._by_id[item.id].media

    def check(self, items: Sequence[Item]) -> None:
        """Opens the files of these items that were not opened yet, in parallel.

        Raises:
            UserError: the first item with a file that is missing, empty, truncated or not media, or that lacks the
                picture or the sound it is listed for; and how many more there are.
        """
        rows = [self._by_id[item.id] for item in items]
        self._probes.fill([path for row in rows for path in (row.media.video, row.media.audio) if path is not None])
        problems = [f"{row.where}: {problem}" for row in rows for problem in self._problems(row)]
        if problems:
            more = f" Further files with problems: {len(problems) - 1}." if len(problems) > 1 else ""
            raise UserError(problems[0] + more)

    def media_version(self, item: Item) -> str:
        """Returns the SHA-256 of the item's files.

        Raises:
            UserError: a file is missing or cannot be read.
        """
        row = self._by_id[item.id]
        files = [(kind, path) for kind, path in vars(row.media).items() if path is not None]
        try:
            return " ".join(f"{kind}:{content_sha256(path)}" for kind, path in files) or "no media"
        except OSError as error:
            raise UserError(f"{row.where}: {error.filename or ''}: {error.strerror or error}.") from error

    def _problems(self, row: _Row) -> Iterator[str]:
        for kind, path in (("video", row.media.video), ("audio", row.media.audio)):
            if path is None:
                continue
            found = self._probes.found[path]
            if isinstance(found, UserError):
                yield f"{kind} {found}"
            elif getattr(found, kind) is None:
                lacking = "picture" if kind == "video" else "sound"
                yield f"{kind} {path}: has no {lacking}; leave the column {kind} empty or name another file."

    def _item(self, row: _Row) -> Item:
        path = row.media.video or row.media.audio
        found = self._probes.found.get(path) if path is not None and not row.has_duration else None
        item = replace(row.item, duration=found.duration) if isinstance(found, MediaInfo) else row.item
        if item.truth is not None and not isinstance(found, UserError):  # a clip of unknown length costs its own item
            check_within(item.truth, item.duration, row.where)
        return item


def _probe(path: Path) -> MediaInfo | UserError:
    try:
        return probe(path)
    except UserError as error:
        return error


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name the CSV, TSV or JSONL file in it.")
    try:
        if not path.stat().st_size <= MOST_BYTES:
            raise UserError(f"{path}: has more than {MOST_BYTES >> 20} MiB; a manifest of that size is split.")
        if not path.is_file():
            raise UserError(f"{path}: is a device or pipe; a CSV, TSV or JSONL file is expected.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such manifest.") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    if not content.strip():
        raise UserError(f"{path}: is empty; a header and at least one row are expected.")
    return content


def open_manifest(file: str) -> ManifestSuite:
    """Opens the table of a suite's name.

    Raises:
        UserError: the name has none, or it cannot be read.
    """
    if not file:
        raise UserError("The suite manifest: needs a file, as in manifest:clips.csv.")
    return ManifestSuite(Path(file))


def _text(path: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8").lstrip("\ufeff")  # some editors write a byte order mark before another's
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(
            f"{path}:{line}: byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8."
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UserError(f"{path}:{line}: has a NUL byte; the file is damaged or no text, so write it again.")
    return text


def _rows(path: Path, content: bytes) -> list[_Row]:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError(f"{path}: a manifest is named .csv, .tsv or .jsonl, not {path.suffix or 'without a suffix'}.")
    reader = _json_lines if suffix == ".jsonl" else _separated
    records = list(reader(path, _text(path, content)))
    if not records:
        raise UserError(f"{path}: has a header but no rows; at least one is expected.")
    _check_columns(f"{path}:1", list(dict.fromkeys(name for _, record in records for name in record)))
    rows = [_row(path, line, record) for line, record in records]
    check_unique((row.item.id, row.where) for row in rows)
    if any("caption" in record for _, record in records) and not any(row.item.caption for row in rows):
        raise UserError(f"{path}: the column caption is blank in every row; fill it in or leave it out.")
    return rows


def _separated(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields rows of CSV (RFC 4180) or of TSV, which has no quotes: a caption may begin with one."""
    if path.suffix.lower() == ".tsv":
        table = csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
    else:
        table = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    line = 1
    try:
        for fields in table:
            where, line = line, table.line_num + 1
            if not fields or fields == [""]:
                continue
            if not header:
                header = [name.strip() for name in fields]
                _check_columns(f"{path}:{where}", header)
            elif len(fields) != len(header):
                raise UserError(
                    f"{path}:{where}: has {len(fields)} fields, the header has {len(header)}; "
                    "put quotes around fields with the separator in them, and leave none out."
                )
            else:
                yield where, dict(zip(header, fields, strict=True))
    except csv.Error as error:
        raise UserError(f"{path}:{line}: is not valid CSV ({error}); check the quotes from there on.") from None


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, object_pairs_hook=without_doubles)
            json.dumps(record, ensure_ascii=False, allow_nan=False).encode()  # NaN and half characters pass the reader
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path}:{number}: is not valid JSON ({error}); one object a line is expected.") from None
        if not isinstance(record, dict):
            raise UserError(f"{path}:{number}: is a JSON {type(record).__name__}; one object a line is expected.")
        yield number, record


def _check_columns(where: str, names: Sequence[str]) -> None:
    if len(names) > MOST_COLUMNS:
        raise UserError(f"{where}: has {len(names):,} columns; at most {MOST_COLUMNS:,} are expected.")
    unseen = next((name for name in names if has_unseen(name)), None)
    if unseen is not None:
        raise UserError(f"{where}: the column {unseen[:40]!a} has characters that cannot be seen; remove them.")
    counted = Counter(names)
    doubled = next((name for name in names if counted[name] > 1), None)
    if doubled is not None:
        raise UserError(f'{where}: the header names the column "{doubled}" twice; rename one of them.')
    for name in names:
        near = difflib.get_close_matches(name.lower(), [c for c in COLUMNS if c not in names], n=1, cutoff=0.85)
        if name not in COLUMNS and near:
            raise UserError(f'{where}: the column "{name}" has no meaning; did you mean "{near[0]}"?')
    if not {"caption", "video", "audio"} & set(names):
        guesses = (difflib.get_close_matches(name.lower(), COLUMNS[1:4], n=1, cutoff=0.5) for name in names)
        near = next((guess for guess in guesses if guess), [])
        hint = f'did you mean "{near[0]}"? ' if near else ""
        raise UserError(
            f"{where}: no header with a column caption, video or audio is found, only "
            f"{', '.join(json.dumps(name[:40], ensure_ascii=False) for name in names[:5])}; {hint}"
            f"The columns are {', '.join(COLUMNS)}."
        )


def _row(path: Path, line: int, record: dict[str, Any]) -> _Row:
    where = f"{path}:{line}"
    texts = {name: _string(where, name, record.get(name)) for name in ("id", "caption", "video", "audio", "stratum")}
    if not (texts["caption"] or texts["video"] or texts["audio"]):
        raise UserError(f"{where}: has neither caption nor video nor audio; fill in one or remove the row.")
    for name in ("video", "audio"):
        _check_path(where, name, texts[name])
    files = {name: path.parent / text if (text := texts[name]) else None for name in ("video", "audio")}
    media = Media(video=files["video"], audio=files["audio"])
    named_after = media.video or media.audio
    item_id = texts["id"] or (named_after.stem if named_after is not None else "")
    check_id(item_id, where)
    listed = {name: texts[name] for name in ("video", "audio") if texts[name]}
    duration = _duration(where, record.get("duration"))
    item = Item(
        id=item_id,
        stratum=texts["stratum"] or "main",
        duration=duration or DEFAULT_SECONDS,
        caption=texts["caption"] or None,
        labels=_labels(where, record.get("labels")),
        has_video=media.video is not None,
        has_audio=media.audio is not None,
        truth=_truth(path, where, record.get("truth")),
        provenance=listed | {name: value for name, value in record.items() if name not in COLUMNS},
    )
    return _Row(where, item, media, duration is not None)


def _check_path(where: str, name: str, text: str) -> None:
    if len(text.encode()) > _MOST_PATH:
        raise UserError(f"{where}: {name} is a path of {len(text):,} characters; no file has such a name.")


def _truth(path: Path, where: str, value: object) -> Truth | None:
    """Reads truth from the object itself, as JSONL may hold it, or from the file that is named."""
    if isinstance(value, dict):
        return parse_truth(value, f"{where}: truth")
    if value is not None and not isinstance(value, str):
        raise UserError(f"{where}: truth is {shown(value)}; the path of a JSON file, or an object, is expected.")
    text = _string(where, "truth", value)
    _check_path(where, "truth", text)
    return read_truth(path.parent / text, where) if text else None


def _string(where: str, name: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UserError(f"{where}: {name} is {shown(value)}; a string is expected.")
    value = value.strip()
    if has_control(value) or (name != "caption" and any(c in "\t\n\r" for c in value)):
        raise UserError(f"{where}: {name} has control characters, as in {shown(value)}; remove them.")
    return value


def _labels(where: str, value: object) -> tuple[str, ...]:
    """Splits strings at ``;``, as labels of VGGSound contain commas; a JSON list works in any format."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{where}: labels begins with [ but is no JSON list ({error}).") from None
    labels = value.split(";") if isinstance(value, str) else [] if value is None else value
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise UserError(f"{where}: labels is {shown(value)}; strings split by ; or a list of them are expected.")
    if any(map(has_control, labels)):
        raise UserError(f"{where}: labels has control characters, as in {shown(value)}; remove them.")
    return tuple(label.strip() for label in labels if label.strip())


def _duration(where: str, value: object) -> float | None:
    if value is None or value == "":
        return None
    try:
        seconds = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise UserError(f"{where}: duration is {shown(value)}; seconds above 0 are expected.")
    return seconds

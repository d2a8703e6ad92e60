"""Reads other people's tables row by row: CSV, TSV, JSON lines, JSON or Parquet, with columns mapped to fields."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.io import reading

from .problems import Problem

_HALF = re.compile("[\ud800-\udfff]")
_SUFFIXES = (".csv", ".tsv", ".jsonl", ".json", ".parquet")


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows that could be read, and those that could not."""

    rows: list[tuple[str, dict[str, Any]]]
    """Each with its place (file and line, without folders) and its values by column."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """Every column that occurs."""
        return list(dict.fromkeys(name for _, row in self.rows for name in row))


def read_table(path: Path, header: Sequence[str] = ()) -> Table:
    """Reads a table. Bad rows become problems; bytes that are not UTF-8 become U+FFFD.

    Args:
        path: the file; its suffix gives the format.
        header: the columns of a CSV without a header.

    Raises:
        UserError: the file cannot be read at all.
    """
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise UserError(f"{path}: a table is named {', '.join(_SUFFIXES)}, not {suffix or 'without a suffix'}.")
    with reading(path):
        content = path.read_bytes()
    if suffix == ".parquet":
        return Table(rows=[(f"{path.name}:{n}", row) for n, row in enumerate(_parquet(path), 1)])
    text = content.decode("utf-8-sig", errors="replace").replace("\0", "\ufffd")
    found = Table(rows=[])
    if suffix in (".csv", ".tsv"):
        _separated(found, path.name, text, header, tab=suffix == ".tsv")
    elif suffix == ".jsonl":
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                _add_json(found, f"{path.name}:{number}", line)
    else:
        _json(found, path, text)
    why = "it is an object without values"
    empty = [Problem(where, "bad-row", why, left_out=True) for where, row in found.rows if not row]
    rows = [(where, row) for where, row in found.rows if row]
    if not rows:
        raise UserError(f"{path}: has no row that can be read.")
    return Table(rows=rows, problems=[*found.problems, *empty])


def _separated(found: Table, name: str, text: str, header: Sequence[str], *, tab: bool) -> None:
    lines = io.StringIO(text, newline="")
    table = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if tab else csv.reader(lines)
    columns = list(header)
    line = 1
    while True:
        where = f"{name}:{line}"
        try:
            fields = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            found.problems.append(Problem(where, "bad-row", f"it is not valid CSV ({error})", left_out=True))
            continue
        finally:
            line = table.line_num + 1
        if not any(value.strip() for value in fields):
            continue
        if not columns:
            columns = [value.strip() for value in fields]
        elif len(fields) != len(columns):
            why = f"it has {len(fields)} fields, not {len(columns)}: {','.join(fields)[:80]!r}"
            found.problems.append(Problem(where, "bad-row", why, left_out=True))
        else:
            found.rows.append((where, dict(zip(columns, fields, strict=True))))


def _add_json(found: Table, where: str, line: str) -> None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        found.problems.append(Problem(where, "bad-row", f"it is not valid JSON ({error})", left_out=True))
        return
    if isinstance(row, dict):
        found.rows.append((where, row))
    else:
        found.problems.append(Problem(where, "bad-row", f"it is a JSON {type(row).__name__}", left_out=True))


def _json(found: Table, path: Path, text: str) -> None:
    """A list of objects, or an object of objects by id."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: is not valid JSON ({error}).") from None
    if isinstance(whole, dict):
        whole = [{"id": key, **value} if isinstance(value, dict) else value for key, value in whole.items()]
    if not isinstance(whole, list):
        raise UserError(f"{path}: is a JSON {type(whole).__name__}; a list of objects is expected.")
    for number, row in enumerate(whole, 1):
        if isinstance(row, dict):
            found.rows.append((f"{path.name}:{number}", row))
        else:
            why = f"it is a JSON {type(row).__name__}, not an object"
            found.problems.append(Problem(f"{path.name}:{number}", "bad-row", why, left_out=True))


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise UserError(f"{path}: is no Parquet file that can be read ({str(error).splitlines()[0]}).") from error


class ColumnMap:
    """Which column of a table holds which of our fields."""

    def __init__(self, fields: Mapping[str, Sequence[str]], given: Mapping[str, str] | None = None) -> None:
        """Takes each field's usual columns, of which the first present is used, and those that the user named.

        Raises:
            UserError: ``given`` names an unknown field.
        """
        for name in given or {}:
            if name not in fields:
                raise unknown_name("field", name, fields)
        self._names = {name: (given[name],) if given and name in given else tuple(fields[name]) for name in fields}
        self._given = set(given or {})

    def of(self, table: Table, path: Path, needed: Sequence[str]) -> dict[str, str]:
        """Returns the column of each field that the table has.

        Raises:
            UserError: the table lacks a required field, or a column that was given.
        """
        there = table.columns
        found = {name: next((c for c in columns if c in there), None) for name, columns in self._names.items()}
        for name in [*needed, *sorted(self._given)]:
            if found[name] is None:
                raise UserError(
                    f"{path}: no column holds the {name} (looked for {', '.join(self._names[name])}); its columns are "
                    f"{', '.join(there[:12])}. Say which with --column {name}=COLUMN."
                )
        return {name: column for name, column in found.items() if column is not None}


def as_text(value: object) -> str:
    """Returns a cell as stripped text; empty for None and NaN. Lone surrogates (JSON has them) become U+FFFD."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return _HALF.sub("\ufffd", value.strip() if isinstance(value, str) else str(value))


def as_flag(value: object) -> bool | None:
    """Returns a cell as a truth value; None if it is empty or says something else."""
    words = {"true": True, "1": True, "yes": True, "y": True, "false": False, "0": False, "no": False, "n": False}
    return words.get(as_text(value).lower().removesuffix(".0"))


def as_labels(value: object) -> tuple[str, ...]:
    """Returns a cell as labels: a list, a JSON list, or text split at ``;`` (labels of VGGSound contain commas)."""
    if isinstance(value, list | tuple):
        parts: list[object] = list(value)
    elif (text := as_text(value)).startswith("["):
        try:
            parts = list(json.loads(text))
        except (ValueError, TypeError):
            parts = [part.strip(" '\"") for part in text.strip("[]").split(",")]
    else:
        parts = [*text.split(";")]
    return tuple(label for part in parts if (label := as_text(part)))

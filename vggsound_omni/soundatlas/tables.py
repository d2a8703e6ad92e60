"""What a run leaves: a table of every decided clip, and a manifest of the captions that were kept."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vggsound_omni.io import replacing

from .clips import Clip
from .runner import Journal

_ROWS = 1000
"""Written at once, so that memory does not grow with the table."""
_TEXTS = ("id", "status", "caption", "route", "context", "author", "model")
_NUMBERS = ("audio_visual", "junior_score", "text_audio")
_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        *((name, pa.float64()) for name in _NUMBERS),
        ("labels", pa.list_(pa.string())),
        ("escalation", pa.list_(pa.string())),
        ("decisions", pa.string()),  # JSON: [step, what and why] in order
        ("draft", pa.string()),  # JSON
        ("usage", pa.string()),  # JSON: by step
    ]
)


def write_tables(clips: Sequence[Clip], journal: Journal, out: Path) -> tuple[Path, int]:
    """Writes ``out`` and, beside it, the manifest: the same name with the ending ``.jsonl``.

    Returns:
        The manifest, and how many captions it has.
    """
    manifest = out.with_suffix(".jsonl")
    by_id = {clip.id: clip for clip in clips}
    kept = 0
    with (
        replacing(out) as table,
        replacing(manifest) as lines,
        lines.open("w", encoding="utf-8") as file,
        pq.ParquetWriter(table, _SCHEMA) as writer,
    ):
        records = journal.read(by_id)
        while rows := list(islice(records, _ROWS)):
            writer.write_table(pa.Table.from_pylist([_row(record) for record in rows], _SCHEMA))
            for record in rows:
                if record["status"] == "kept":
                    kept += 1
                    line = _line(record, by_id[record["id"]], manifest.parent)
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return manifest, kept


def _row(record: dict[str, Any]) -> dict[str, Any]:
    coded = {name: json.dumps(record[name]) for name in ("decisions", "draft", "usage")}
    return {name: record[name] for name in _SCHEMA.names} | coded


def _line(record: dict[str, Any], clip: Clip, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"id": clip.id, "caption": record["caption"]}
    if clip.video is not None:
        found["video"] = _relative(clip.video, folder)
    found |= {"audio": _relative(clip.audio, folder), "labels": record["labels"], "duration": clip.duration}
    return found | {
        "atlas_route": record["route"],
        "atlas_author": record["author"],
        "atlas_model": record["model"],
        "atlas_text_audio": record["text_audio"],
    }


def _relative(path: Path, folder: Path) -> str:
    return os.path.relpath(path.absolute(), folder.absolute())


def read_table(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the rows of a table, with what is JSON in them read."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_ROWS):
            for row in batch.to_pylist():
                yield row | {name: json.loads(row[name]) for name in ("decisions", "draft", "usage")}

"""Annotations of clips: captions, what they describe, on or off screen, who verified them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .problems import Problem
from .tables import ColumnMap, as_flag, as_labels, as_text, read_table
from .texts import mended

FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("id", "video_id", "file", "filename", "name", "youtube_id"),
    "caption": ("caption", "dense_caption", "audio_caption", "text", "prompt"),
    "video_caption": ("video_caption", "visual_caption", "visual_context"),
    "labels": ("labels", "label", "class", "tags"),
    "modality": ("modality", "modality_label"),
    "offscreen": ("offscreen", "off_screen", "is_offscreen"),
    "verified": ("verified", "human_verified", "human_verification"),
    "music": ("music", "music_id", "bgm"),
    "visible": ("visible", "visible_sources"),
    "video": ("video", "video_path"),
    "audio": ("audio", "audio_path"),
    "start": ("start", "start_time", "start_seconds"),
    "order": ("audiocap_id", "order"),
}
"""An annotation's fields, each with the columns it is read from unless ``--column FIELD=COLUMN`` names another."""
_MEDIA = (".mp4", ".mkv", ".webm", ".wav", ".flac", ".m4a")


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One row."""

    id: str
    caption: str  # repaired, in NFC; empty if there is none or it cannot be repaired
    video_caption: str = ""
    labels: tuple[str, ...] = ()
    offscreen: bool | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    """``modality``, ``verified``, ``music``, ``visible`` where the table has them."""
    files: dict[str, str] = field(default_factory=dict)  # ``video`` and ``audio`` where the table names files
    start: str = ""
    order: str = ""


def read_annotations(
    path: Path, columns: Mapping[str, str], needed: Sequence[str] = ("id", "caption")
) -> tuple[list[Annotation], list[Problem]]:
    """Reads a table of annotations: CSV, TSV, JSON lines, JSON or Parquet.

    Args:
        path: the file.
        columns: columns by field, where their names are not in :data:`FIELDS`.
        needed: fields that are required.

    Raises:
        UserError: the table cannot be read, or lacks a column.
    """
    table = read_table(path)
    found = ColumnMap(FIELDS, columns).of(table, path, needed)
    problems = list(table.problems)
    annotations = []
    for where, row in table.rows:
        cells = {name: row.get(column) for name, column in found.items()}
        item_id = _plain_id(as_text(cells.get("id")))
        if not item_id:
            problems.append(Problem(where, "bad-row", "it has no id", left_out=True))
            continue
        texts = {}
        for name in ("caption", "video_caption"):
            texts[name], wrong = mended(as_text(cells.get(name)))
            if wrong:
                # A caption whose letters are lost is no caption, so its item is out.
                lost = name == "caption" and not texts[name]
                problems.append(Problem(item_id, "mojibake", f"{name}: {wrong}", left_out=lost))
        flags = {name: as_flag(cells.get(name)) for name in ("offscreen", "verified") if name in cells}
        facts: dict[str, Any] = {
            name: text for name in ("modality", "music", "visible") if (text := as_text(cells.get(name)))
        }
        if flags.get("verified") is not None:
            facts["verified"] = flags["verified"]
        annotations.append(
            Annotation(
                id=item_id,
                labels=as_labels(cells.get("labels")),
                offscreen=flags.get("offscreen"),
                facts=facts,
                files={name: text for name in ("video", "audio") if (text := as_text(cells.get(name)))},
                start=as_text(cells.get("start")),
                order=as_text(cells.get("order")),
                **texts,
            )
        )
    return annotations, problems


def by_id(annotations: Sequence[Annotation]) -> tuple[dict[str, Annotation], list[Problem]]:
    """Returns the first annotation of each id, and a problem for each further one."""
    found: dict[str, Annotation] = {}
    problems = []
    for annotation in annotations:
        first = found.setdefault(annotation.id, annotation)
        if first is not annotation:
            other = "" if first.caption == annotation.caption else ", with another caption"
            problems.append(
                Problem(annotation.id, "duplicate", f"it is annotated twice{other}; the first stands", left_out=False)
            )
    return found, problems


def _plain_id(text: str) -> str:
    """Returns an id as it is, or the stem of a file name."""
    name = text.replace("\\", "/").rpartition("/")[2]
    return name[: name.rindex(".")] if name.lower().endswith(_MEDIA) else name

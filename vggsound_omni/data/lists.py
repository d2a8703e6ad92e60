"""VGGSound's lists of test clips: CSV ``file,label``, TSV ``id,label``, and the four-column CSV of the whole set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.io import reading

from .problems import Problem
from .tables import Table, as_text, read_table

ID = re.compile(r"[A-Za-z0-9_-]{11}_\d{6}")
"""A clip of VGGSound: the video's name of 11 characters, and the second at which it begins in six digits."""
_MEDIA = re.compile(r"\.(mp4|mkv|webm|wav|flac|m4a)$", re.IGNORECASE)


def read_labels(path: Path) -> tuple[dict[str, str], list[Problem]]:
    """Returns the labels of one list by id, and what is wrong with it.

    The format is recognised by the first row: ``VIDEO_000010.mp4,label`` without a header, ``id<TAB>label`` with one,
    or ``VIDEO,10,label,test`` (of which the rows of the test split are taken).

    Raises:
        UserError: the file is not such a list.
    """
    table = _rows(path)
    labels: dict[str, str] = {}
    problems = list(table.problems)
    for where, row in table.rows:
        values = [as_text(value) for value in row.values()]
        if len(values) == 4:
            if values[3] != "test":
                continue
            values = [f"{values[0]}_{values[1].zfill(6)}", values[2]]
        item_id, label = _MEDIA.sub("", values[0]), values[1] if len(values) > 1 else ""
        if not ID.fullmatch(item_id) or not label or "\ufffd" in label:
            why = f"{values[0]!r} is not an id of VGGSound" if label else f"the id {item_id} has no label"
            problems.append(Problem(where, "bad-row", why, left_out=True))
        elif item_id in labels:
            same = labels[item_id] == label
            why = f"{where} lists it again" + ("" if same else f", as {label!r} instead of {labels[item_id]!r}")
            problems.append(Problem(item_id, "duplicate", why, left_out=False))
        else:
            labels[item_id] = label
    if not labels:
        raise UserError(
            f"{path}: is no list of VGGSound clips; rows such as ---g-f_I2yQ_000001.mp4,people marching are expected."
        )
    return labels, problems


def _rows(path: Path) -> Table:
    with reading(path), path.open("rb") as file:
        first = file.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n")
    cells = first.split("\t" if path.suffix.lower() == ".tsv" else ",")
    headed = not ID.match(cells[0]) and len(cells[0]) != 11
    if headed:
        return read_table(path)
    # A label with a comma has quotes, so counting commas does not help; the second cell of the long form does.
    long = len(cells) >= 4 and cells[1].strip('"').isdigit() and not ID.match(cells[0])
    return read_table(path, ("video", "start", "label", "split") if long else ("file", "label"))


def merge_labels(lists: Sequence[tuple[str, dict[str, str]]]) -> tuple[dict[str, tuple[str, ...]], list[Problem]]:
    """Returns the union of label lists, by id in order, and where they disagree.

    Args:
        lists: names (for messages) and labels by id. Where they differ, the first list's label comes first.

    Returns:
        Labels by id, one unless lists differ; a problem for each id that a list lacks or labels differently.
    """
    merged: dict[str, tuple[str, ...]] = {}
    problems = []
    for item_id in sorted({item_id for _, labels in lists for item_id in labels}):
        found = {name: labels[item_id] for name, labels in lists if item_id in labels}
        merged[item_id] = tuple(dict.fromkeys(found.values()))
        lacking = [name for name, labels in lists if item_id not in labels]
        if lacking:
            problems.append(Problem(item_id, "lists-disagree", f"{', '.join(lacking)} lacks it", left_out=False))
        if len(merged[item_id]) > 1:
            said = ", ".join(f"{name} says {label!r}" for name, label in found.items())
            problems.append(Problem(item_id, "lists-disagree", said, left_out=False))
    return merged, problems

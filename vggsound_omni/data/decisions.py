"""A reviewer's decisions: a file to which every key press adds a line, so that all can be undone and none is lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.io import reading

CHOICES = ("keep", "drop")


def read_decisions(path: Path) -> dict[str, str]:
    """Returns ``keep`` or ``drop`` by id. A later line replaces an earlier one; an undone decision is left out.

    Raises:
        UserError: the file cannot be read, or a line is damaged.
    """
    with reading(path):
        lines = path.read_bytes().split(b"\n")[:-1]  # a last line cut short was never written
    decisions: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            item_id, choice = record["id"], record["decision"]
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path}, line {number}, is damaged; delete that line.") from error
        decisions.pop(item_id, None)
        if choice in CHOICES:
            decisions[item_id] = choice
    return decisions


def append_decision(path: Path, item_id: str, decision: str | None) -> None:
    """Appends a line, which is on disk when this returns; None undoes the last decision."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not (content := path.read_bytes()).endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": item_id, "decision": decision}, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())

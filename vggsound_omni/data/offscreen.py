"""Natural off-screen items: clips whose caption names what sounds and whose picture does not show it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from vggsound_omni.io import compute_sha256, reading

from .decisions import read_decisions
from .entries import Entry
from .problems import Problem
from .tables import ColumnMap, as_text, read_table

SCORES: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "audio_visual": ("audio_visual", "av", "ib", "imagebind"),
    "voice": ("voice", "speech"),
}
"""What a table of scores holds: the cosine of sound and picture, and the tagger's probability of a human voice."""
_PHRASES = re.compile(
    r"\b(off[- ]?screen|out of (?:the )?(?:frame|view|sight|picture)|not (?:seen|visible|shown|in the picture)|unseen|"
    r"off[- ]camera|outside the (?:frame|picture|view)|from elsewhere)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The rule by which items are selected; recorded with the suite."""

    scores: Path  # a table of :data:`SCORES`
    audio_visual_below: float = 0.20
    """Omni2Sound drops captions of clips below 0.20 (ImageBind): there the picture does not show what sounds."""
    voice_below: float = 0.5  # at this probability a background voice is heard, which the published track excludes
    decisions: Path | None = None  # what a reviewer kept and dropped; None: every candidate is taken

    def record(self) -> dict[str, Any]:
        """Returns the rule as JSON, with the hashes of its files."""
        files = {"scores": self.scores, "decisions": self.decisions}
        hashes = {}
        for name, path in files.items():
            if path is not None:
                with reading(path):
                    hashes[name] = compute_sha256(path)
        return {name: value for name, value in asdict(self).items() if name not in files} | hashes


def select(entries: Sequence[Entry], selection: Selection) -> tuple[list[Entry], list[Problem]]:
    """Moves the items that the rule selects to the stratum ``natural``.

    An item that a reviewer dropped or has not decided on stays in ``main``.

    Returns:
        All entries, and problems with scores and decisions.

    Raises:
        UserError: the scores or decisions cannot be read.
    """
    scores, problems = read_scores(selection.scores)
    decisions = None if selection.decisions is None else read_decisions(selection.decisions)
    ids = {entry.id for entry in entries}
    for source, found in (("scored", scores), ("decided on", decisions or {})):
        problems += [
            Problem(item_id, "unknown-id", f"it is {source}, but not in the suite", left_out=False)
            for item_id in sorted(set(found) - ids)
        ]
    chosen = []
    for entry in entries:
        why = refusal(entry, scores.get(entry.id), selection)
        if why is None and decisions is not None and decisions.get(entry.id) != "keep":
            dropped = decisions.get(entry.id) == "drop"
            what = "a reviewer dropped it" if dropped else "it awaits review"
            kind = "dropped" if dropped else "not-selected"
            problems.append(Problem(entry.id, kind, f"{what}; it stays in main", left_out=False))
            why = what
        provenance = dict(entry.provenance)
        if why is None:
            provenance["selected_by"] = {
                "audio_visual": scores[entry.id]["audio_visual"],
                "voice": scores[entry.id]["voice"],
                "unseen": unseen(entry),
                "reviewed": decisions is not None,
            }
        chosen.append(replace(entry, stratum="main" if why else "natural", provenance=provenance))
    return chosen, problems


def refusal(entry: Entry, scores: Mapping[str, float] | None, selection: Selection) -> str | None:
    """Returns why an item is not a candidate; None if it is one."""
    if scores is None:
        return "it has no scores"
    if scores["audio_visual"] >= selection.audio_visual_below:
        return f"its audio-visual score is {scores['audio_visual']:.3f}"
    if scores["voice"] >= selection.voice_below:
        return f"a voice is heard, with a probability of {scores['voice']:.2f}"
    return None if unseen(entry) else "its caption names nothing that the picture does not show"


def unseen(entry: Entry) -> str | None:
    """Returns what a caption names that the picture does not show, as far as words can tell.

    With a list of what is seen (the annotation's ``visible``), a label that the caption names and the list does not;
    else a phrase in the caption, such as "out of frame".
    """
    visible = as_text(entry.provenance.get("visible"))
    if visible:
        named, seen = _stems(entry.caption), _stems(visible)
        for label in entry.labels:
            words = _stems(label)
            if words & named and not words & seen:
                return label
        return None
    match = _PHRASES.search(entry.caption)
    return match[0] if match else None


def read_scores(path: Path) -> tuple[dict[str, dict[str, float]], list[Problem]]:
    """Reads scores by id; rows without two numbers are problems.

    Raises:
        UserError: there is no such table, or it lacks a column.
    """
    table = read_table(path)
    columns = ColumnMap(SCORES).of(table, path, list(SCORES))
    problems = list(table.problems)
    scores: dict[str, dict[str, float]] = {}
    for where, row in table.rows:
        item_id = as_text(row.get(columns["id"]))
        numbers = {name: _number(row.get(columns[name])) for name in ("audio_visual", "voice")}
        if not item_id or not all(math.isfinite(number) for number in numbers.values()):
            problems.append(Problem(item_id or where, "bad-row", f"{where} lacks a score", left_out=False))
        elif item_id in scores:
            problems.append(Problem(item_id, "duplicate", f"{where} scores it again", left_out=False))
        else:
            scores[item_id] = numbers
    return scores, problems


def _stems(text: str) -> set[str]:
    """Returns words cut to five letters, so that "dogs barking" names a dog that barks."""
    return {word.lower()[:5].removesuffix("s") for word in _WORD.findall(text)}


def _number(value: object) -> float:
    try:
        return float(as_text(value))
    except ValueError:
        return math.nan

"""Scores that people gave: a CSV with the columns model, id, score and, if there are several, rater."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vggsound_omni.errors import UserError

COLUMNS = ("model", "id", "score")


@dataclass(frozen=True, kw_only=True)
class HumanScores:
    """Scores that people gave to clips."""

    scores: Mapping[str, Mapping[str, float]]  # by model and item id, the mean over raters; higher is better
    raters: int  # distinct ones; 1 if the file names none

    @property
    def clips(self) -> int:
        """The number of clips with a score."""
        return sum(map(len, self.scores.values()))


def read_human_scores(path: Path) -> HumanScores:
    """Reads a CSV with a header line.

    Raises:
        UserError: no such file, not a CSV, a column missing, a score that is no number, or a clip scored twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(csv.DictReader(file, strict=True), path)
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no CSV in UTF-8: {error}.") from error


def _read(lines: csv.DictReader[str], path: Path) -> HumanScores:
    there = list(lines.fieldnames or [])
    missing = [column for column in COLUMNS if column not in there]
    if missing:
        raise UserError(
            f"{path} lacks the column {', '.join(missing)}; it has {', '.join(there) or 'none'}, and model, id, score "
            f"are needed, rater if there are several."
        )
    found: dict[tuple[str, str], dict[str, float]] = {}
    for line in lines:
        where = f"{path}, line {lines.line_num}"
        model, item_id, rater = ((line.get(column) or "").strip() for column in ("model", "id", "rater"))
        if not model or not item_id:
            raise UserError(f"{where}: {'model' if not model else 'id'} is empty.")
        by_rater = found.setdefault((model, item_id), {})
        if rater in by_rater:
            who = f" by {rater}" if rater else "; name the raters in a column rater"
            raise UserError(f"{where}: {item_id} of {model} is scored a second time{who}.")
        by_rater[rater] = _number(line["score"], where)
    if not found:
        raise UserError(f"{path} has a header line and no scores.")
    scores: dict[str, dict[str, float]] = {}
    for (model, item_id), by_rater in found.items():
        scores.setdefault(model, {})[item_id] = math.fsum(by_rater.values()) / len(by_rater)
    return HumanScores(scores=scores, raters=len({rater for by_rater in found.values() for rater in by_rater}))


def _number(text: str | None, where: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(f"{where}: the score {text!r} is no number.")
    return value

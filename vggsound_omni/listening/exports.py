"""Files of a finished study: its outcome, scores of clips for other programs, and answers without people."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vggsound_omni.analysis.compare.agreement import Agreements
from vggsound_omni.analysis.compare.human_scores import HumanScores
from vggsound_omni.io import replacing

from .answers import Listener
from .outcome import Outcome
from .study import Study

VERSION = 1
"""Of ``outcome.json``."""


def to_json(found: Outcome, agreement: Agreements | None) -> str:
    """Returns the outcome; listeners who were left out are counted by reason, not named."""
    fields: dict[str, Any] = asdict(found)
    fields["left_out"] = sorted(reason for reason in found.left_out.values())
    whole = {"version": VERSION} | fields | {"agreement": None if agreement is None else asdict(agreement)}
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def scores_csv(scores: HumanScores) -> str:
    """Returns the scores of clips with the columns model, id, score, as ``omni-bench agree --scores`` reads them."""
    rows = [(model, item, f"{score:.6f}") for model, of in scores.scores.items() for item, score in of.items()]
    return _csv(("model", "id", "score"), rows)


def answers_csv(study: Study, listeners: Sequence[Listener], left_out: Mapping[str, str]) -> str:
    """Returns every answer, with systems named and listeners numbered anew, in an order that no seed repeats.

    Comments, codes, and the time of day are not in it.
    """
    order = list(listeners)
    random.SystemRandom().shuffle(order)
    keys = [question.key for question in study.questions]
    rows = [
        (
            f"L{number:03}",
            "no" if listener.session.listener in left_out else "yes",
            trial.kind,
            trial.item,
            trial.left,
            trial.right or "",
            *(str(listener.answers[trial.id].choices[key]) for key in keys),
            f"{listener.answers[trial.id].seconds:.1f}",
        )
        for number, listener in enumerate(order, 1)
        for trial in listener.session.trials
        if trial.id in listener.answers
    ]
    return _csv(("listener", "passed", "kind", "item", "left", "right", *keys, "seconds"), rows)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes files by name, each at once or not at all."""
    for name, content in files.items():
        with replacing(folder / name) as path:
            path.write_text(content, encoding="utf-8", newline="")


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()

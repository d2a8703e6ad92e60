"""What a run of captions was like: rates, reasons, cost, scores."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .servers import Usage


@dataclass(frozen=True, kw_only=True)
class Report:
    """Facts of a table of captions."""

    clips: int
    statuses: dict[str, int]
    routes: dict[str, int]
    escalated: int  # of the clips that a junior heard
    heard: int  # clips that a junior heard
    reasons: dict[str, int]  # why the senior was asked; a clip may have several reasons
    rejections: dict[str, int]
    usage: dict[str, Usage]  # by step
    scores: dict[str, tuple[float, float, float]]  # quartiles
    senior_only: Usage | None  # what it would have cost to ask the senior alone; None: it was never asked
    samples: dict[str, list[dict[str, Any]]]  # some clips of each status


def report(rows: Iterable[dict[str, Any]], samples: int) -> Report:
    """Returns the facts of a table.

    The cost of the senior alone is an estimate: what it took a clip that it heard, times the clips that were heard.
    """
    statuses: Counter[str] = Counter()
    routes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    rejections: Counter[str] = Counter()
    usage: dict[str, Usage] = {}
    scores: dict[str, list[float]] = {}
    kept: dict[str, list[dict[str, Any]]] = {}
    clips = escalated = heard = asked = 0
    for row in rows:
        clips += 1
        statuses[row["status"]] += 1
        routes[row["route"] or "none"] += 1
        heard += "junior" in row["usage"]
        escalated += bool(row["escalation"])
        asked += "senior" in row["usage"]
        reasons.update({_kind(reason) for reason in row["escalation"]})
        if row["status"] == "rejected":
            rejections[_kind(row["decisions"][-1][1].removeprefix("rejected: "))] += 1
        for step, used in row["usage"].items():
            usage[step] = usage.get(step, Usage()) + Usage(**used)
        for name in ("audio_visual", "junior_score", "text_audio"):
            if row[name] is not None:
                scores.setdefault(name, []).append(row[name])
        if len(kept.setdefault(row["status"], [])) < samples:
            kept[row["status"]].append(row)
    alone = None
    if asked:
        used = usage["senior"]
        times = max(heard, asked) / asked
        alone = Usage(
            tokens_in=round(used.tokens_in * times),
            tokens_out=round(used.tokens_out * times),
            usd=used.usd * times,
            cpu_seconds=used.cpu_seconds * times,
        )
    return Report(
        clips=clips,
        statuses=dict(statuses.most_common()),
        routes=dict(routes.most_common()),
        escalated=escalated,
        heard=heard,
        reasons=dict(reasons.most_common()),
        rejections=dict(rejections.most_common()),
        usage=usage,
        scores={name: _quartiles(values) for name, values in scores.items()},
        senior_only=alone,
        samples=kept,
    )


def _kind(reason: str) -> str:
    """Returns a reason without its numbers and quotations."""
    return re.sub(r'"[^"]*"', '"..."', re.sub(r"-?\d+(\.\d+)?", "#", reason))


def _quartiles(values: list[float]) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float(low), float(middle), float(high)

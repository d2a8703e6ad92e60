"""Results as a run leaves them, from numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vggsound_omni.metrics import METRICS
from vggsound_omni.runs.result import Counts, Result, Score, SuiteIdentity

SHA = "ab" * 32


def suite(**changes: str) -> SuiteIdentity:
    return SuiteIdentity(**({"name": "foleyworld", "version": "1"} | changes))


def score(key: str, value: float, n: int, **changes: Any) -> Score:
    info = METRICS[key]
    fields: dict[str, Any] = {
        "status": "computed", "value": value, "unit": info.unit, "direction": info.better, "n": n,
        "metric_id": f"{key}-foleyworld", "encoder": "tagger", "checkpoint_sha256": SHA,
    }  # fmt: skip
    return Score(**(fields | {"estimate": value - (changes.get("bias") or 0.0)} | changes))


def named(values: np.ndarray) -> dict[str, float]:
    """Values of items i0, i1, ..."""
    return {f"i{index:04}": float(value) for index, value in enumerate(values)}


def run(
    model: str = "mine",
    *,
    items: Mapping[str, Mapping[str, float]] | None = None,
    sets: Mapping[str, tuple[float, Mapping[str, float], float | None]] | None = None,
    seed: int = 0,
    version: str = "0",
    **changes: Any,
) -> Result:
    """A result.

    Args:
        model: its name.
        items: scores by metric and id, of metrics that score single items.
        sets: value, influence by id, and bias, of metrics of the set.
        seed: of the run.
        version: of the model's card.
        changes: other fields.
    """
    items, sets = items or {}, sets or {}
    ids = sorted({i for scores in items.values() for i in scores} | {i for _, by_id, _ in sets.values() for i in by_id})
    scores = {key: score(key, float(np.mean(list(by_id.values()))), len(by_id)) for key, by_id in items.items()}
    scores |= {key: score(key, value, len(by_id), bias=bias) for key, (value, by_id, bias) in sets.items()}
    fields: dict[str, Any] = {
        "suite": suite(), "track": "t2a", "items_sha256": SHA, "encoder_set": "pretrained",
        "model": {"name": model, "arguments": {}, "card": {"version": version}},
        "seed": seed, "kit": "omni", "limit": None,
        "counts": Counts(planned=len(ids), generated=len(ids), failed=0, scored=len(ids)), "scores": scores,
        "strata": {}, "items": {i: {key: by_id[i] for key, by_id in items.items() if i in by_id} for i in ids},
        "influence": {i: {key: by_id[i] for key, (_, by_id, _) in sets.items() if i in by_id} for i in ids},
        "signals": {}, "failures": [], "environment": {}, "timings": {},
    }  # fmt: skip
    return Result(**(fields | changes))

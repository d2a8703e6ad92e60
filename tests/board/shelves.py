"""A leaderboard of made-up models on FoleyWorld's bgm track: every number follows from the seed."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vggsound_omni.board.checks import known
from vggsound_omni.board.identity import bound, identities
from vggsound_omni.board.outcomes import item_range
from vggsound_omni.board.packing import Packed, publish
from vggsound_omni.board.shelf import validate
from vggsound_omni.board.sounds import code, loudness, sample_ids
from vggsound_omni.board.submission import Card, Sample, Submission, Suite, Who
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.result import Counts, Score
from vggsound_omni.stats.intervals import by_influence, of_mean


def tone(hertz: float, level: float = 0.5) -> Audio:
    time = np.arange(8 * 16_000) / 16_000
    return Audio(samples=(level * np.sin(2 * np.pi * hertz * time))[None].astype(np.float32), sample_rate=16_000)


def strata_of(track: str, ids: Sequence[str]) -> dict[str, list[int]]:
    """Places of items among these ids, by stratum."""
    items, found = known("foleyworld", track).items, defaultdict[str, list[int]](list)
    for k, item_id in enumerate(ids):
        found[items[item_id].stratum].append(k)
    return dict(found)


def made(
    name: str = "mine", version: str = "1", *, shift: float = 0.0, seed: int = 0, track: str = "bgm", **changes: Any
) -> Packed:
    """A model whose scores of items are around 5 plus the shift, in tenths of what the metric can have."""
    facts, rng = known("foleyworld", track), np.random.default_rng(seed)
    ids = sorted(facts.items)
    items: dict[str, tuple[float, ...]] = {}
    influence: dict[str, tuple[float, ...]] = {}
    scores: dict[str, Score] = {}
    parts = strata_of(track, ids)
    strata: dict[str, dict[str, Score]] = {name: {} for name in parts}
    for key, binding in bound("foleyworld").items():
        metric, numbers = binding.metric, rng.normal(5 + shift, 0.5, len(ids)).round(6)
        if why := facts.why_not(metric):
            nothing = Score(status="not_applicable", reason=why)
        elif key not in identities("foleyworld"):
            nothing = Score(status="not_computed", reason="No encoder of the set plays its role.")
        else:
            nothing = None
        if nothing is not None:
            for part in (scores, *strata.values()):
                part[key] = nothing
            continue
        if reach := item_range(metric):
            low, high = reach if metric.bounds[1] is not None else (0.0, 10.0)
            numbers = (low + (high - low) * numbers / 10).round(6)
        mean = float(numbers.mean())
        if metric.per_item:
            items[key] = tuple(map(float, numbers))
        else:
            influence[key] = tuple(map(float, numbers - mean))
        for part, rows in ((scores, list(range(len(ids)))), *((strata[name], rows) for name, rows in parts.items())):
            some = numbers[rows]
            value = float(some.mean())
            interval = (
                of_mean(some, shares=metric.shares, bounds=metric.bounds)
                if metric.per_item
                else by_influence(value, some - value)
            )
            part[key] = Score(
                status="computed", value=value, interval=interval, unit=metric.unit,
                direction=metric.better, n=len(some), **identities("foleyworld")[key]._asdict(),
            )  # fmt: skip
    audio = tone(440 + 220 * seed, 0.5 / (1 + seed))
    coded = code(audio, 8.0)
    sha = hashlib.sha256(coded).hexdigest()
    fields: dict[str, Any] = {
        "suite": Suite(name="foleyworld", version=facts.version),
        "track": track,
        "items_sha256": facts.items_sha256,
        "encoder_set": "foleyworld",
        "kit": "omni",
        "model": name,
        "arguments": {},
        "card": Card(
            name=name, version=version, summary="A made-up model.", tasks=("t2a", "vt2a"), licence="MIT",
            open_weights=seed % 2 == 0, training_data=("Nothing real",), overlap="None.", parameters=7,
        ),
        "who": Who(generated="A. Tester", scored="B. Tester"),
        "day": "2026-01-02",
        "seed": seed,
        "counts": Counts(planned=len(ids), generated=len(ids), failed=0, scored=len(ids)),
        "scores": scores,
        "strata": strata,
        "ids": tuple(ids),
        "items": items,
        "influence": influence,
        "sounds": tuple(hashlib.sha256(f"{name} {version} {item_id}".encode()).hexdigest() for item_id in ids),
        "failures": (),
        "samples": dict.fromkeys(
            sample_ids(track, facts.items_sha256, ids), Sample(sha256=sha, loudness=loudness(audio))
        ),
        "real_time_factor": 0.5,
        "environment": {"commit": "ab" * 20},
    }  # fmt: skip
    return Packed(Submission(**(fields | changes)), {sha: coded})


def shelf(root: Path, *packed: Packed) -> Path:
    """Publishes them."""
    for one in packed:
        publish(one, root)
    return root


def check(root: Path, published: Path | None = None, account: str | None = None) -> list[str]:
    """All findings but those that need the networks: the scores of made-up models are not those of their sounds."""
    return list(validate(root, published, account=account, listen=False).sentences)


def text(packed: Packed) -> dict[str, Any]:
    """A submission as the JSON that a stranger may tamper with."""
    raw: dict[str, Any] = json.loads(packed.submission.model_dump_json())
    return raw

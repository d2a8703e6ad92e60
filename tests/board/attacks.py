"""Real published rows, and what a stranger would make of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vggsound_omni.board.identity import identities
from vggsound_omni.board.packing import write_submission
from vggsound_omni.board.reading import read_submission
from vggsound_omni.board.sounds import sample_ids
from vggsound_omni.board.submission import Failed, Submission
from vggsound_omni.metrics import METRICS
from vggsound_omni.runs.result import Score
from vggsound_omni.stats.intervals import by_influence, of_mean, of_square

from .shelves import strata_of

PUBLISHED = Path(__file__).parent.parent.parent / "leaderboard"
CURRENT = ("autoencoder", "noise", "grammar", "oracle", "retrieval", "shuffled", "silence")

Scores = dict[str, Score]
Columns = Mapping[str, Sequence[float | None]]


def newest(track: str, name: str) -> Path:
    """The file of the last version of a published row."""
    files = (PUBLISHED / "results" / "foleyworld" / track).glob(f"{name}@*.json")
    return max(files, key=lambda file: [int(part) for part in file.stem.partition("@")[2].split(".")])


def published(root: Path, track: str) -> Path:
    """A leaderboard of the published rows of one track that rank, with all that the maintainers wrote."""
    folder = root / "results" / "foleyworld" / track
    folder.mkdir(parents=True)
    (root / "audio").mkdir()
    for name in ("OWNERS.toml", "README.md", "print.toml"):
        shutil.copyfile(PUBLISHED / name, root / name)
    for name in CURRENT:
        source = newest(track, name)
        row = read_submission(source)
        write_submission(folder / source.name, row.model_copy(update={"supersedes": None}))
        for sample in row.samples.values():
            shutil.copyfile(PUBLISHED / "audio" / f"{sample.sha256}.opus", root / "audio" / f"{sample.sha256}.opus")
    return root


def row(track: str, name: str = "grammar") -> Submission:
    """The last version of a published row."""
    return read_submission(newest(track, name))


def strangers(track: str, **changes: Any) -> Submission:
    """A new model's row, in order in all that the row itself tells: of grammar's scores, by today's networks."""
    mine = row(track)
    today = identities("foleyworld")

    def renamed(scores: Scores) -> Scores:
        return {
            key: score.model_copy(update=today[key]._asdict()) if score.value is not None else score
            for key, score in scores.items()
        }

    about = {"name": "clever-model", "version": "1", "parameters": 7, "training_data": ("Nothing real",)}
    fields: dict[str, Any] = {
        "card": mine.card.model_copy(update=about),
        "who": mine.who.model_copy(update={"generated": "Mallory", "scored": "Mallory"}),
        "supersedes": None,
        "scores": renamed(mine.scores),
        "strata": {name: renamed(scores) for name, scores in mine.strata.items()},
        "sounds": tuple(f"{k:064x}" for k in range(len(mine.ids))),
    }
    return mine.model_copy(update=fields | changes)


def without(row: Submission, ids: Collection[str]) -> Submission:
    """The same row with some items declared failed, and all that follows from single items mended."""
    kept = [k for k, item_id in enumerate(row.ids) if item_id not in ids]

    def left(column: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(column[k] for k in kept)

    items = {key: left(column) for key, column in row.items.items()}
    influence = {}
    for key, column in row.influence.items():
        numbers = np.array(left(column), np.float64)
        influence[key] = tuple((numbers - numbers.mean()).tolist())
    parts = strata_of(row.track, left(row.ids))
    whole = list(range(len(kept)))
    scores = {key: _over(key, score, {**items, **influence}, whole) for key, score in row.scores.items()}
    strata = {
        name: {key: _over(key, score, {**items, **influence}, rows) for key, score in row.strata[name].items()}
        for name, rows in parts.items()
    }
    failures = tuple(Failed(id=i, rule="timeout", reason="It took too long.") for i in sorted(ids))
    chosen = sample_ids(row.track, row.items_sha256, left(row.ids))
    samples = dict(zip(chosen, row.samples.values(), strict=False))
    counts = {"scored": len(kept), "generated": len(kept), "failed": len(failures)}
    return row.model_copy(
        update={
            "ids": left(row.ids), "scores": scores, "failures": failures, "strata": strata,
            "items": {key: column for key, column in items.items() if scores[key].value is not None},
            "influence": influence, "sounds": left(row.sounds), "samples": samples,
            "counts": row.counts.model_copy(update=counts),
            "heard": row.heard and row.heard.model_copy(update={"compared": len(kept)}),
        }
    )  # fmt: skip


def _over(key: str, score: Score, columns: Columns, rows: Sequence[int]) -> Score:
    """A score over some of the items, as far as their columns tell it."""
    if score.value is None:
        return score
    numbers = np.array([number for k in rows if (number := columns[key][k]) is not None], np.float64)
    if not len(numbers):
        return Score(status="not_computed", reason="None of the items is what it is about.")
    metric, value, estimate, interval = METRICS[key], score.value, score.estimate, score.interval
    if metric.per_item:
        value = float(numbers.mean())
        estimate = None if estimate is None else value
        interval = of_mean(numbers, shares=metric.shares, bounds=metric.bounds) if len(numbers) > 1 else None
    elif estimate is not None and len(numbers) > 1:
        low, high = by_influence(value, numbers - numbers.mean(), score.bias)
        if low <= estimate <= high:
            if metric.squared and score.uncertain is not None:
                low, high = of_square((low, high), estimate)
            interval = (low if metric.floor is None else max(low, metric.floor), high)
    changes = {"value": value, "estimate": estimate, "interval": interval, "n": len(numbers)}
    return score.model_copy(update=changes)


def given(one: Submission, key: str, change: Callable[[Score], Score]) -> dict[str, Any]:
    """One metric of a row and of each of its strata, changed."""
    return {
        "scores": {**one.scores, key: change(one.scores[key])},
        "strata": {name: {**scores, key: change(scores[key])} for name, scores in one.strata.items()},
    }


def add(root: Path, row: Submission) -> Path:
    """Puts a row where it says it belongs."""
    path = root / "results" / row.place
    write_submission(path, row)
    return path

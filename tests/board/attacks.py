"""Real published rows, and what a stranger would make of them."""

from __future__ import annotations

import shutil
from collections.abc import Collection
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
from vggsound_omni.stats.intervals import by_influence

PUBLISHED = Path(__file__).parent.parent.parent / "leaderboard"
CURRENT = ("autoencoder@4", "noise@4", "grammar@4", "oracle@4", "retrieval@4", "shuffled@4", "silence@4")


def published(root: Path, track: str) -> Path:
    """A leaderboard of the published rows of one track that rank, with all that the maintainers wrote."""
    folder = root / "results" / "foleyworld" / track
    folder.mkdir(parents=True)
    (root / "audio").mkdir()
    for name in ("OWNERS.toml", "README.md", "print.toml"):
        shutil.copyfile(PUBLISHED / name, root / name)
    for name in CURRENT:
        source = PUBLISHED / "results" / "foleyworld" / track / f"{name}.json"
        if source.exists():
            row = read_submission(source)
            write_submission(folder / source.name, row.model_copy(update={"supersedes": None}))
            for sample in row.samples.values():
                shutil.copyfile(PUBLISHED / "audio" / f"{sample.sha256}.opus", root / "audio" / f"{sample.sha256}.opus")
    return root


def row(track: str, name: str = "grammar@4") -> Submission:
    """A published row."""
    return read_submission(PUBLISHED / "results" / "foleyworld" / track / f"{name}.json")


def strangers(track: str, **changes: Any) -> Submission:
    """A new model's row, in order in all that the row itself tells: of grammar's scores, by today's networks."""
    mine = row(track)
    today = identities("foleyworld")
    later = {
        key: Score(status="not_computed", reason="It came later.")
        for key in {"kl_bernoulli"} & (today.keys() - mine.scores.keys())
    }
    renamed = {
        key: score.model_copy(update=today[key]._asdict()) if score.value is not None else score
        for key, score in {**mine.scores, **later}.items()
    }
    fields: dict[str, Any] = {
        "card": mine.card.model_copy(update={"name": "clever-model", "version": "1"}),
        "who": mine.who.model_copy(update={"generated": "Mallory", "scored": "Mallory"}),
        "supersedes": None,
        "scores": renamed,
        "strata": dict.fromkeys(mine.strata, renamed),
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
        numbers = np.array(left(column))
        influence[key] = tuple((numbers - numbers.mean()).tolist())
    scores = {key: _over(key, score, items, influence, len(kept)) for key, score in row.scores.items()}
    failures = tuple(Failed(id=i, rule="timeout", reason="It took too long.") for i in sorted(ids))
    chosen = sample_ids(row.track, row.items_sha256, left(row.ids))
    samples = dict(zip(chosen, row.samples.values(), strict=False))
    counts = {"scored": len(kept), "generated": len(kept), "failed": len(failures)}
    return row.model_copy(
        update={
            "ids": left(row.ids), "items": items, "influence": influence, "scores": scores, "failures": failures,
            "strata": dict.fromkeys(row.strata, scores), "sounds": left(row.sounds), "samples": samples,
            "counts": row.counts.model_copy(update=counts),
        }
    )  # fmt: skip


def _over(
    key: str, score: Score, items: dict[str, tuple[float, ...]], influence: dict[str, tuple[float, ...]], n: int
) -> Score:
    if score.value is None:
        return score
    numbers = np.array(items[key] if METRICS[key].per_item else influence[key])
    value = float(numbers.mean()) if METRICS[key].per_item else score.value
    low, high = by_influence(value, numbers - numbers.mean(), score.bias)
    if not METRICS[key].per_item and METRICS[key].bounds[0] == 0:
        low, high = max(low, 0.0), max(high, 0.0)
    return score.model_copy(update={"value": value, "interval": (low, high), "n": n})


def add(root: Path, row: Submission) -> Path:
    """Puts a row where it says it belongs."""
    path = root / "results" / row.place
    write_submission(path, row)
    return path

"""Whether a submission holds what it says: against the suite, the track, the shipped networks, and itself.

Every finding is a sentence. What single items add up to is recomputed to 1e-6; metrics of the set (FD, FAD, IS, KAD,
FD-inf) need the features for that, so of them what follows without is checked: the influences sum to 0, and value,
bias and influences give the interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from ..files import compute_sha256
from ..metrics.catalogue import METRICS
from ..results import Score
from ..statistics.intervals import by_influence
from ..suites import items_hash, open_suite
from ..tracks import Track, load_track
from .sounds import sample_ids
from .submission import Submission

TOLERANCE = 1e-6
"""Absolute up to values of 1, relative beyond."""


_NEVER_BELOW_0 = {"fd", "fad"}
"""Metrics whose interval is cut at 0."""


class Known(NamedTuple):
    """What the program itself knows of a track."""

    track: Track
    items_sha256: str
    version: str
    strata: Mapping[str, str]
    """By the id of each item of the track."""


def known(suite: str, track: str) -> Known:
    """Opens a suite that can be opened by name; a file of a submission never names a path.

    Raises:
        UserError: there is no such suite or track.
    """
    if suite != "foleyworld":
        raise UserError(f'The suite "{suite}" is not one that this program can open, so nothing can be checked.')
    return _known(suite, track)


@lru_cache(maxsize=32)
def _known(suite: str, track: str) -> Known:
    opened, found = open_suite(suite), load_track(track)
    items = opened.items()
    chosen = {item.id: item.stratum for item in found.select(items, suite)}
    return Known(found, items_hash(items), opened.version, chosen)


def problems(submission: Submission) -> list[str]:
    """Everything that is wrong with a submission, a sentence each."""
    try:
        facts = known(submission.suite.name, submission.track)
    except UserError as error:
        return [str(error)]
    return [
        *_identity(submission, facts),
        *_items(submission, facts),
        *_card(submission, facts.track),
        *_columns(submission),
        *_scores(submission, facts),
    ]


def _identity(submission: Submission, facts: Known) -> Iterator[str]:
    suite = submission.suite
    if suite.version != facts.version:
        yield f"The suite's version is {suite.version}; {suite.name} is at {facts.version}."
    if suite.items_sha256 != facts.items_sha256:
        yield f"The items' hash is {suite.items_sha256[:12]}; that of {suite.name} is {facts.items_sha256[:12]}."
    if submission.profile != "omni":
        yield f'The profile is "{submission.profile}"; there is "omni".'
    if submission.supersedes == submission.card.version:
        yield "The version supersedes itself."


def _items(submission: Submission, facts: Known) -> Iterator[str]:
    ids, failed = list(submission.ids), [failure.id for failure in submission.failures]
    counts = submission.counts
    if ids != sorted(set(ids)):
        yield "The ids are not sorted, or one stands twice."
    if len(set(failed)) < len(failed) or set(failed) & set(ids):
        yield "A failed item stands twice, or is scored too."
    here, there = {*ids, *failed}, set(facts.strata)
    if missing := sorted(there - here):
        yield f"{len(missing)} items of the track are neither scored nor declared failed, the first {missing[0]}."
    if foreign := sorted(here - there):
        yield f"{len(foreign)} items are not of the track, the first {foreign[0][:60]!r}."
    if (counts.planned, counts.scored, counts.failed) != (len(there), len(ids), len(failed)):
        yield (
            f"The counts say {counts.scored} scored and {counts.failed} failed of {counts.planned}; "
            f"the lists hold {len(ids)} and {len(failed)} of {len(there)}."
        )
    if len(submission.sounds) != len(ids):
        yield f"There are {len(submission.sounds)} hashes of sounds for {len(ids)} items."
    if sorted(submission.samples) != sorted(sample_ids(submission.suite.items_sha256, ids)):
        yield "The published sounds are not of the items that the suite's hash chooses."


def _card(submission: Submission, track: Track) -> Iterator[str]:
    card = submission.card
    if track.task not in card.tasks:
        yield f"The card claims {', '.join(card.tasks) or 'no task'}, and the track asks for {track.task}."
    if not card.training_data and card.parameters != 0:
        yield "The card names no training data; only a model of 0 parameters may have none."


def _columns(submission: Submission) -> Iterator[str]:
    n = len(submission.ids)
    for kind, columns in (("scores", submission.items), ("influences", submission.influence)):
        for key, column in columns.items():
            if key not in METRICS:
                yield f'"{key}" is no metric.'
            elif METRICS[key].per_clip != (kind == "scores"):
                yield f"{METRICS[key].title} has {kind} of items, which it cannot have."
            elif len(column) != n:
                yield f"{METRICS[key].title} has {len(column)} {kind} for {n} items."


def _scores(submission: Submission, facts: Known) -> Iterator[str]:
    track, strata = facts.track, sorted({facts.strata[i] for i in submission.ids if i in facts.strata})
    if sorted(submission.strata) != strata:
        yield f"The strata are {', '.join(sorted(submission.strata)) or 'none'}; the items are of {', '.join(strata)}."
    parts: list[tuple[str, Mapping[str, Score], list[int]]] = [
        ("", submission.scores, list(range(len(submission.ids)))),
        *(
            (f" of {name}", part, [k for k, i in enumerate(submission.ids) if facts.strata.get(i) == name])
            for name, part in submission.strata.items()
        ),
    ]
    for where, scores, rows in parts:
        if sorted(scores) != sorted([*track.metrics, *track.not_applicable]):
            yield f"The scores{where} are not those of the track, one of each."
            continue
        for key, score in scores.items():
            name = f"{METRICS[key].title}{where}"
            if key in track.not_applicable:
                if score.status != "not_applicable" or score.value is not None:
                    yield f"{name} has a value, and the track rules it out."
            else:
                yield from _score(name, key, score, submission, rows)


def _score(name: str, key: str, score: Score, submission: Submission, rows: Sequence[int]) -> Iterator[str]:
    info = METRICS[key]
    if score.status != "computed" or score.value is None:
        if not score.reason:
            yield f"{name} has no value and no reason why."
        return
    if score.n != len(rows):
        yield f"{name} says that {score.n} items were scored; there are {len(rows)}."
    if (score.direction, score.unit) != (info.direction, info.unit):
        yield f"{name} has the unit {score.unit} and direction {score.direction}, not {info.unit} and {info.direction}."
    if score.metric_id != f"{key.replace('_', '-')}-{score.encoder}" or not score.checkpoint_sha256:
        yield f"{name} does not say by which network and checkpoint it is."
    elif submission.suite.encoder_set == "foleyworld" and score.checkpoint_sha256 not in shipped_checkpoints():
        yield f"{name} is by the checkpoint {score.checkpoint_sha256[:12]}, which does not ship with this program."
    if score.interval and score.interval[0] > score.interval[1]:
        yield f"{name} has an interval that ends before it begins."
    columns = submission.items if info.per_clip else submission.influence
    if key not in columns:
        yield f"{name} has no {'scores' if info.per_clip else 'influences'} of single items."
        return
    if len(columns[key]) != len(submission.ids) or not rows:
        return
    numbers = np.array(columns[key])[list(rows)]
    spread = float(np.abs(numbers).max())
    if not info.per_clip:
        # A stratum's influences are not published, only those of all items.
        if len(rows) == len(submission.ids):
            yield from _of_the_set(name, key, score, score.value, numbers, spread)
        return
    mean = math.fsum(numbers) / len(numbers)
    if not _near(mean, score.value, abs(mean)):
        yield f"{name} is given as {score.value:.8g}; the scores of its items have the mean {mean:.8g}."
    elif len(numbers) > 1:
        yield from _interval(name, by_influence(mean, numbers - mean), score, spread)


def _of_the_set(name: str, key: str, score: Score, value: float, influence: np.ndarray, spread: float) -> Iterator[str]:
    """A value cannot be computed without features, but its interval follows from it, its bias and the influences."""
    if not _near(float(influence.mean()), 0.0, spread):
        yield f"{name} has influences that sum to {float(influence.sum()):.3g}, not to 0."
    elif len(influence) > 1:
        low, high = by_influence(value, influence, score.bias)
        if key in _NEVER_BELOW_0:
            low, high = max(low, 0.0), max(high, 0.0)
        yield from _interval(name, (low, high), score, spread)


def _interval(name: str, interval: tuple[float, float], score: Score, spread: float) -> Iterator[str]:
    if score.interval is None or not all(map(_near, interval, score.interval, (spread, spread))):
        yield f"{name} has another interval than its items give, which is {interval[0]:.6g} to {interval[1]:.6g}."


def _near(one: float, other: float, scale: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1.0, scale)


@lru_cache(maxsize=1)
def shipped_checkpoints() -> frozenset[str]:
    """SHA-256 of the networks that ship."""
    folder = Path(__file__).parent.parent / "encoders" / "foleyworld" / "weights"
    return frozenset(compute_sha256(path) for path in folder.glob("*.safetensors"))

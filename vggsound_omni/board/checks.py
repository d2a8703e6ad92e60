"""Whether a submission holds what it says: against the suite, the track, the shipped networks, and itself.

Every finding is a sentence. What single items add up to is recomputed to 1e-6; metrics of the set (FD, FAD, IS, KAD,
FD-inf) need the features for that, so of them what follows without is checked: the influences sum to 0, and value,
bias and influences give the interval. What only sounds tell is :mod:`.rescoring`'s, what only all rows together tell
:mod:`.shelf`'s.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vggsound_omni.encoders.registry import SETS
from vggsound_omni.errors import UserError
from vggsound_omni.metrics.catalogue import METRICS
from vggsound_omni.runs.result import Score
from vggsound_omni.stats.intervals import by_influence
from vggsound_omni.suites import items_hash, open_suite
from vggsound_omni.tracks import Track, load_track

from .identity import identities
from .names import is_later
from .outcomes import item_range
from .owners import Owners
from .sounds import sample_ids
from .submission import Submission

TOLERANCE = 1e-6
"""Absolute up to values of 1, relative beyond."""


SUITES = ("foleyworld",)
"""What the board takes: suites that this program can open by name, with recordings that it can render."""
_NEVER_BELOW_0 = {"fd", "fad"}
"""Metrics whose interval is cut at 0."""
_LEAST = {"fd": 0.0, "fad": 0.0, "is": 1.0}
"""The least value of a metric of the set; KAD and FD-inf are unbiased, so that small ones fall below 0."""
_SCORER_SAYS = re.compile(
    "|".join(
        (
            r"No item has valid audio\.",
            r"No encoder was asked\.",
            r'Item ".{1,200}"( and \d+ more)? has no [a-z0-9. ]{1,40}(\.|: .*)',
            r"(A Fréchet distance|A covariance|[A-Z][A-Za-z-]*) needs (at least|clips of at least|the same) .*",
            r"KAD has no bandwidth: .*",
            r"(The|There are no) (reference|generated|synchroniser's|embeddings of|rows of) .*",
        )
    ),
    re.DOTALL,
)
"""Why :func:`vggsound_omni.runs.measure.scores` says that there is no score. Whoever writes one of these by hand gains
nothing: a row that lacks a metric of its track does not rank."""


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
    if suite not in SUITES:
        raise UserError(f'The suite "{suite}" is not one that this program can open, so nothing can be checked.')
    return _known(suite, track)


@lru_cache(maxsize=32)
def _known(suite: str, track: str) -> Known:
    opened, found = open_suite(suite), load_track(track)
    items = opened.items()
    chosen = {item.id: item.stratum for item in found.select(items, suite)}
    return Known(found, items_hash(items), opened.version, chosen)


def problems(submission: Submission, owners: Owners | None = None, *, published: bool = False) -> list[str]:
    """Everything that is wrong with a submission, a sentence each.

    Args:
        submission: as read.
        owners: the maintainers' list, which says who is a baseline; None: nobody.
        published: whether it stood on the board already: then networks that are no longer today's are history.
    """
    try:
        facts = known(submission.suite.name, submission.track)
    except UserError as error:
        return [str(error)]
    try:
        return [
            *_identity(submission, facts),
            *_time(submission),
            *_items(submission, facts),
            *_sounds(submission, owners or Owners()),
            *_card(submission, facts.track),
            *_columns(submission),
            *_scores(submission, facts, published=published),
        ]
    except ArithmeticError as error:
        return [f"Its numbers cannot be added up: {error}."]


def _identity(submission: Submission, facts: Known) -> Iterator[str]:
    suite = submission.suite
    if suite.version != facts.version:
        yield f"The suite's version is {suite.version}; {suite.name} is at {facts.version}."
    if suite.items_sha256 != facts.items_sha256:
        yield f"The items' hash is {suite.items_sha256[:12]}; that of {suite.name} is {facts.items_sha256[:12]}."
    if suite.encoder_set not in SETS:
        yield f'The encoder set is "{suite.encoder_set}"; only {", ".join(SETS)} can be checked, so only that is taken.'
    if submission.profile != "omni":
        yield f'The profile is "{submission.profile}"; there is "omni".'
    if submission.seed >= 2**32:
        yield f"The seed is {submission.seed}; it must lie below 4294967296."
    old, version = submission.supersedes, submission.card.version
    if old == version:
        yield "The version supersedes itself."
    elif old is not None and not is_later(version, old):
        yield f"Version {version} cannot supersede {old}, which does not come before it."


def _time(submission: Submission) -> Iterator[str]:
    latest = (datetime.now(UTC) + timedelta(days=1)).date()
    days = {"": submission.day} | ({" of its withdrawal": submission.withdrawn.day} if submission.withdrawn else {})
    for what, day in days.items():
        try:
            if date.fromisoformat(day) > latest:
                yield f"The day{what} is {day}, which is yet to come."
        except ValueError:
            yield f"The day{what} is {day}, which is in no calendar."
    if submission.withdrawn is not None and submission.withdrawn.day < submission.day:
        yield f"It is withdrawn on {submission.withdrawn.day}, before its own day, {submission.day}."
    factor = submission.real_time_factor
    if factor is not None and (factor < 0 or (factor == 0 and submission.card.parameters != 0)):
        yield f"The real-time factor is {factor:g}; generating takes time."


def _sounds(submission: Submission, owners: Owners) -> Iterator[str]:
    if owners.is_baseline(submission):
        return
    name, count = Counter(submission.sounds).most_common(1)[0] if submission.sounds else ("", 0)
    if count > 1:
        ids = [i for i, sound in zip(submission.ids, submission.sounds, strict=False) if sound == name]
        yield (
            f"{len(submission.sounds) - len(set(submission.sounds))} sounds are those of other items, "
            f"{count} of them all one, as of {' and '.join(ids[:2])}; "
            "only a baseline that OWNERS.toml lists may repeat itself."
        )
    heard = submission.heard
    if heard is not None and not 0 <= heard.copies <= heard.compared <= len(submission.ids):
        yield f"It says that {heard.copies} of {heard.compared} sounds are recordings; there are {len(submission.ids)}."


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
            elif n and (reach := item_range(METRICS[key])) and (odd := _beyond(column, reach)) is not None:
                yield (
                    f"{METRICS[key].title} of {submission.ids[odd]} is {column[odd]:.6g}; "
                    f"it lies between {reach[0]:g} and {reach[1]:g}."
                )


def _beyond(column: Sequence[float], reach: tuple[float, float]) -> int | None:
    """The first score that cannot be."""
    low, high = reach[0] - TOLERANCE, reach[1] + TOLERANCE
    return next((k for k, score in enumerate(column) if not low <= score <= high), None)


def _scores(submission: Submission, facts: Known, *, published: bool) -> Iterator[str]:
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
                yield from _score(name, key, score, submission, rows, published=published)


def _score(
    name: str, key: str, score: Score, submission: Submission, rows: Sequence[int], *, published: bool
) -> Iterator[str]:
    info = METRICS[key]
    if score.status != "computed" or score.value is None:
        if score.value is not None or score.status != "not_computed":
            yield f"{name} is called {score.status.replace('_', ' ')}, which does not fit its value or the track."
        elif not score.reason or not _SCORER_SAYS.fullmatch(score.reason):
            yield f"{name} has no value, and scoring never gives the reason {(score.reason or '')[:120]!r}."
        return
    if score.n != len(rows):
        yield f"{name} says that {score.n} items were scored; there are {len(rows)}."
    if (score.direction, score.unit) != (info.direction, info.unit):
        yield f"{name} has the unit {score.unit} and direction {score.direction}, not {info.unit} and {info.direction}."
    yield from _network(name, key, score, submission.suite.encoder_set, published=published)
    if score.value < _LEAST.get(key, -math.inf) - TOLERANCE:
        yield f"{name} is {score.value:.6g}; it is never below {_LEAST[key]:g}."
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


def _network(name: str, key: str, score: Score, encoder_set: str, *, published: bool) -> Iterator[str]:
    """Whether a number is by the network that its metric asks for today; what is called otherwise may be older."""
    today = identities(encoder_set).get(key)
    if score.metric_id != f"{key.replace('_', '-')}-{score.encoder}" or not score.checkpoint_sha256:
        yield f"{name} does not say by which network and checkpoint it is."
    elif today is None or published or score.metric_id != today.metric_id:
        return
    elif score.checkpoint_sha256 != today.checkpoint_sha256:
        yield (
            f"{name} is by the checkpoint {score.checkpoint_sha256[:12]}; "
            f"{today.encoder} ships as {today.checkpoint_sha256[:12]}."
        )


def not_of_today(submission: Submission) -> Iterator[str]:
    """What keeps a new row off the board although an old one may be so: metrics by an earlier reading."""
    for key, today in identities(submission.suite.encoder_set).items():
        score = submission.scores.get(key)
        if score is not None and score.value is not None and score.metric_id != today.metric_id:
            yield (
                f"{METRICS[key].title} is {score.metric_id}; today it is {today.metric_id}: "
                "score the run again with this version."
            )


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

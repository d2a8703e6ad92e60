"""Whether a submission holds what it says: against the suite, the track, the shipped networks, and itself.

Every finding is a sentence. What single items add up to is recomputed to 1e-6; metrics of the set (FD, FAD, IS, KAD,
FD-inf) need the features for that, so for them the consequences are checked: the influences sum to 0, and value, bias
and influences give the interval. What only sounds tell is :mod:`.rescoring`'s, what only all rows together tell
:mod:`.shelf`'s.

A row holds the metrics that there were when it was handed in. A metric that came later asks nothing of it, and one that
this program does not know (a plug-in's) is left as it is: the board shows it without a rank.
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

from vggsound_omni.errors import UserError
from vggsound_omni.features.extract import Binding
from vggsound_omni.metrics import Metric, title_of, without_bias
from vggsound_omni.runs.applicability import why_not
from vggsound_omni.runs.result import Score
from vggsound_omni.stats.intervals import F64, Interval, by_influence, of_mean, of_square, within
from vggsound_omni.suites import items_hash, open_suite
from vggsound_omni.suites.registry import SUITES
from vggsound_omni.suites.suite import Item, track_hash
from vggsound_omni.tracks import Track, load_track

from .identity import bound, checkable, identities
from .names import is_later
from .outcomes import item_range
from .owners import Owners
from .sounds import sample_ids
from .submission import Column, Submission

TOLERANCE = 1e-6  # absolute up to values of 1, relative beyond
MOST_UNKNOWN = 30  # metrics of plug-ins, or of later versions of this program


class Known(NamedTuple):
    """What the program itself knows of a track."""

    track: Track
    items_sha256: str
    suite_sha256: str  # as results of schema 1 and 2 hold it
    version: str
    items: Mapping[str, Item]  # of the track, by id

    def why_not(self, metric: Metric) -> str | None:
        """Returns why a metric does not apply to the track, or None if it does."""
        return why_not(metric, self.track, tuple(self.items.values()))


def suites() -> list[str]:
    """Returns the suites that the board takes: those whose media anyone can have."""
    return [key for key, spec in SUITES.items() if spec.public]


def known(suite: str, track: str) -> Known:
    """Opens a suite that can be opened by name; a file of a submission never names a path.

    Raises:
        UserError: there is no such suite or track.
    """
    if suite not in suites():
        raise UserError(f'The suite "{suite}" is not one that this program can open, so nothing can be checked.')
    return _known(suite, track)


@lru_cache(maxsize=32)
def _known(suite: str, track: str) -> Known:
    opened, found = open_suite(suite), load_track(track)
    items = opened.items()
    chosen = found.select(items, suite)
    return Known(
        track=found,
        items_sha256=track_hash(opened, chosen),
        suite_sha256=items_hash(items),
        version=opened.version,
        items={item.id: item for item in chosen},
    )


def problems(submission: Submission, owners: Owners | None = None, *, published: bool = False) -> list[str]:
    """Returns everything that is wrong with a submission, a sentence each.

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
            *_columns(submission, facts),
            *_scores(submission, facts, published=published),
        ]
    except ArithmeticError as error:
        return [f"Its numbers cannot be added up: {error}."]


def _identity(submission: Submission, facts: Known) -> Iterator[str]:
    suite = submission.suite
    if suite.version != facts.version:
        yield f"The suite's version is {suite.version}; {suite.name} is at {facts.version}."
    if submission.items_sha256 not in (facts.items_sha256, facts.suite_sha256):
        yield (
            f"The items' hash is {submission.items_sha256[:12]}; that of {suite.name}, track {submission.track}, is "
            f"{facts.items_sha256[:12]}."
        )
    if submission.encoder_set not in checkable():
        yield (
            f'The encoder set is "{submission.encoder_set}"; only {", ".join(checkable())} can be checked, so only '
            "that is taken."
        )
    if submission.kit != "omni":
        yield f'The kit is "{submission.kit}"; the board takes "omni".'
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
    here, there = {*ids, *failed}, set(facts.items)
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
    if sorted(submission.samples) != sorted(sample_ids(submission.track, submission.items_sha256, ids)):
        yield "The published sounds are not of the items that the suite's hash chooses."


def _card(submission: Submission, track: Track) -> Iterator[str]:
    card = submission.card
    if track.task not in card.tasks:
        yield f"The card claims {', '.join(card.tasks) or 'no task'}, and the track asks for {track.task}."
    if not card.training_data and card.parameters != 0:
        yield "The card names no training data; only a model of 0 parameters may have none."


def _columns(submission: Submission, facts: Known) -> Iterator[str]:
    n = len(submission.ids)
    metrics = bound(submission.encoder_set)
    for kind, columns in (("scores", submission.items), ("influences", submission.influence)):
        for key, column in columns.items():
            title, score = title_of(key), submission.scores.get(key)
            if score is None or score.value is None:
                yield f"{title} has {kind} of items and no value."
            elif len(column) != n:
                yield f"{title} has {len(column)} {kind} for {n} items."
            elif key in metrics:
                yield from _column(submission, metrics[key].metric, column, kind, facts)


def _column(submission: Submission, metric: Metric, column: Column, kind: str, facts: Known) -> Iterator[str]:
    """Checks one column of a metric that this program knows."""
    if metric.per_item != (kind == "scores"):
        yield f"{metric.title} has {kind} of items, which it cannot have."
        return
    low, high = item_range(metric) or (-math.inf, math.inf)
    for item_id, number in zip(submission.ids, column, strict=True):
        untold = metric.needs_truth and (item := facts.items.get(item_id)) is not None and item.truth is None
        if number is None and not metric.needs_truth:
            yield f"{metric.title} has none of its {kind} for {item_id}, and it applies to every item."
        elif number is not None and untold:
            yield f"{metric.title} has {kind} for {item_id}, whose truth is not known."
        elif number is not None and not low - TOLERANCE <= number <= high + TOLERANCE and metric.per_item:
            yield f"{metric.title} of {item_id} is {number:.6g}; it lies between {low:g} and {high:g}."
        else:
            continue
        return  # the first will do


def _scores(submission: Submission, facts: Known, *, published: bool) -> Iterator[str]:
    stratum = {item_id: item.stratum for item_id, item in facts.items.items()}
    strata = sorted({stratum[i] for i in submission.ids if i in stratum})
    if sorted(submission.strata) != strata:
        yield f"The strata are {', '.join(sorted(submission.strata)) or 'none'}; the items are of {', '.join(strata)}."
    if not submission.scores:
        yield "It holds no scores."
    metrics = bound(submission.encoder_set)
    if len(unknown := set(submission.scores) - set(metrics)) > MOST_UNKNOWN:
        yield f"It holds {len(unknown)} metrics that this program does not know; at most {MOST_UNKNOWN} are taken."
    parts: list[tuple[str, Mapping[str, Score], list[int]]] = [
        ("", submission.scores, list(range(len(submission.ids)))),
        *(
            (f" of {name}", part, [k for k, i in enumerate(submission.ids) if stratum.get(i) == name])
            for name, part in submission.strata.items()
        ),
    ]
    for where, scores, rows in parts:
        if set(scores) != set(submission.scores):
            yield f"The scores{where} are of other metrics than those of all items."
            continue
        for key, score in scores.items():
            if key not in metrics:
                continue
            name = f"{metrics[key].metric.title}{where}"
            if facts.why_not(metrics[key].metric) is not None:
                if score.status != "not_applicable" or score.value is not None:
                    yield f"{name} has a value, and the track rules it out."
            else:
                yield from _score(name, metrics[key], score, submission, rows, published=published)


def _score(
    name: str, binding: Binding, score: Score, submission: Submission, rows: Sequence[int], *, published: bool
) -> Iterator[str]:
    metric = binding.metric
    if score.status != "computed" or score.value is None:
        if score.value is not None or score.status != "not_computed":
            yield f"{name} is called {score.status.replace('_', ' ')}, which does not fit its value or the track."
        elif not score.reason:
            yield f"{name} has no value, and no reason says why."
        return
    if (score.direction, score.unit) != (metric.better, metric.unit):
        yield (
            f"{name} has the unit {score.unit} and direction {score.direction}, not {metric.unit} and {metric.better}."
        )
    yield from _network(name, binding, score, submission.encoder_set, published=published)
    low, high = metric.bounds
    if low is not None and score.value < low - TOLERANCE:
        yield f"{name} is {score.value:.6g}; it is never below {low:g}."
    if high is not None and score.value > high + TOLERANCE:
        yield f"{name} is {score.value:.6g}; it is never above {high:g}."
    if score.interval and score.interval[0] > score.interval[1]:
        yield f"{name} has an interval that ends before it begins."
    if score.estimate is not None and not _near(
        score.estimate, without_bias(score.value, score.bias, metric.floor), abs(score.value) + abs(score.bias or 0.0)
    ):
        yield f"{name} has the estimate {score.estimate:.8g}, which is not its value less its bias."
    column = (submission.items if metric.per_item else submission.influence).get(metric.key)
    if column is None:
        yield f"{name} has no {'scores' if metric.per_item else 'influences'} of single items."
        return
    if len(column) != len(submission.ids):
        return
    numbers = np.array([number for k in rows if (number := column[k]) is not None])
    if score.n != len(numbers):
        yield f"{name} says that {score.n} items were scored; there are {len(numbers)}."
    if not len(numbers):
        return
    spread = float(np.abs(numbers).max())
    if not metric.per_item:
        # A stratum's influences are not published, only those of all items.
        if len(rows) == len(submission.ids):
            yield from _of_the_set(name, metric, score, score.value, numbers, spread)
        return
    mean = math.fsum(numbers) / len(numbers)
    if not _near(mean, score.value, abs(mean)):
        yield f"{name} is given as {score.value:.8g}; the scores of its items have the mean {mean:.8g}."
    elif len(numbers) > 1:
        given = score.interval and within(score.interval, mean, metric.bounds)  # earlier versions did not cut it
        interval = of_mean(numbers, shares=metric.shares, bounds=metric.bounds)
        yield from _interval(name, interval, given, spread)


def _network(name: str, binding: Binding, score: Score, encoder_set: str, *, published: bool) -> Iterator[str]:
    """Checks that a number is by the networks that its metric needs; under an older name it may be by others."""
    today = identities(encoder_set).get(binding.metric.key)
    if today is None:
        yield f"{name} has a value, and no network of the set could give one."
        return
    encoders = score.encoder.split("+") if score.encoder else []
    form = "-".join([re.escape(binding.base.replace("_", "-")) + r"(-\d+)?", *map(re.escape, encoders)])
    networks = bool(today.encoder)
    if not re.fullmatch(form, score.metric_id or "") or {bool(encoders), bool(score.checkpoint_sha256)} != {networks}:
        yield f"{name} does not say by which network and checkpoint it is."
    elif published or score.metric_id != today.metric_id:
        return
    elif score.checkpoint_sha256 != today.checkpoint_sha256:
        yield (
            f"{name} is by the checkpoint {(score.checkpoint_sha256 or '')[:12]}; "
            f"{today.encoder} ships as {(today.checkpoint_sha256 or '')[:12]}."
        )


def not_of_today(submission: Submission) -> Iterator[str]:
    """Yields what keeps a new row off the board although an old one may be so.

    A new row holds every metric that scoring computes today, in today's version: so nobody leaves out the metric that
    looks bad. Rows that stand on the board are never asked again.
    """
    try:
        facts = known(submission.suite.name, submission.track)
    except UserError:
        return  # told by problems()
    today = identities(submission.encoder_set)
    for key, binding in bound(submission.encoder_set).items():
        metric, score = binding.metric, submission.scores.get(key)
        if facts.why_not(metric) is not None or key not in today:  # or the set's encoders cannot compute it
            continue
        if score is None:
            yield f"It has no {metric.title}, which this version computes: score the run again with it."
        elif score.value is not None and key in today and score.metric_id != today[key].metric_id:
            yield (
                f"{metric.title} is {score.metric_id}; today it is {today[key].metric_id}: "
                "score the run again with this version."
            )


def _of_the_set(name: str, metric: Metric, score: Score, value: float, influence: F64, spread: float) -> Iterator[str]:
    """Checks what follows without features: the influences sum to 0 and, with value and bias, give the interval."""
    if not _near(float(influence.mean()), 0.0, spread):
        yield f"{name} has influences that sum to {float(influence.sum()):.3g}, not to 0."
    elif len(influence) > 1 and score.estimate is not None:
        plain = by_influence(value, influence, score.bias)
        if not plain[0] <= score.estimate <= plain[1]:  # reading has left it out, and the score says so
            return
        by_root = metric.squared and score.uncertain is not None  # since KAD's version 2
        low, high = of_square(plain, score.estimate) if by_root else plain
        low = low if metric.floor is None else max(low, metric.floor)
        yield from _interval(name, (low, high), score.interval, spread)


def _interval(name: str, interval: Interval, given: Interval | None, spread: float) -> Iterator[str]:
    if given is None or not all(map(_near, interval, given, (spread, spread))):
        yield f"{name} has another interval than its items give, which is {interval[0]:.6g} to {interval[1]:.6g}."


def _near(one: float, other: float, scale: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1.0, scale)

"""The rows of one suite and track that compare, with ranks. A row has a place by each metric that it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vggsound_omni.analysis.words import number
from vggsound_omni.metrics import Metric, metric_of, ordered
from vggsound_omni.runs.applicability import notes
from vggsound_omni.runs.result import Score
from vggsound_omni.stats.ranks import Place
from vggsound_omni.tracks import TRACKS, Track, load_track

from .identity import bound, older_keys
from .outcomes import ABSENT, counted, judges, scored_items, why_unranked, worst_outcome
from .owners import Owners
from .ranking import places
from .submission import Submission, Suite


@dataclass(frozen=True, kw_only=True)
class Column:
    """One metric of a table."""

    key: str
    metric: Metric | None  # None: this program does not know it, so nobody has a place by it
    example: Score  # a row's, which says unit and direction of a metric that is not known
    per_item: bool

    @property
    def title(self) -> str:
        """What the metric is called; its key if it is not known."""
        return self.metric.title if self.metric else self.key

    @property
    def unit(self) -> str:
        """What it counts in."""
        return self.metric.unit if self.metric else self.example.unit or ""

    @property
    def better(self) -> str | None:
        """Which way is better, if either is."""
        return self.metric.better if self.metric else self.example.direction

    @property
    def summary(self) -> str:
        """What it asks of the clips."""
        return self.metric.summary if self.metric else "Not known to this board, and not checked."


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One metric of one row."""

    score: Score
    place: Place | None
    best: bool  # no model is shown to be better
    older: str | None = None  # the metric's title if the row holds an older version, which has no place beside today's
    absent: bool = False  # the row was scored before there was such a metric

    @property
    def text(self) -> str:
        """The value, or why there is none in a few words."""
        if self.older:
            return f"older {self.older}"
        if self.absent:
            return "not in this row"
        if self.score.value is None:
            return "n/a" if self.score.status == "not_applicable" else "not computed"
        return number(self.score.value)

    @property
    def interval(self) -> str:
        """``low to high``, or nothing."""
        return " to ".join(map(number, self.score.interval)) if self.score.interval else ""


@dataclass(frozen=True, kw_only=True)
class BoardTable:
    """Rows that compare: one suite and track by the hash of its items, one encoder set and kit."""

    slug: str
    track: Track
    rows: tuple[Submission, ...]  # those that are neither withdrawn nor superseded
    unranked: tuple[str | None, ...]  # by row, why it is listed without a rank; None if it ranks
    columns: tuple[Column, ...]  # metrics that apply and that a row holds
    cells: tuple[tuple[Cell, ...], ...]  # by row and column
    remarks: tuple[str, ...]  # on metrics that do not apply, or of which a reader must know something

    @property
    def suite(self) -> Suite:
        """Name and version of the suite."""
        return self.rows[0].suite

    @property
    def items_sha256(self) -> str:
        """Hash of the track's items."""
        return self.rows[0].items_sha256

    @property
    def encoder_set(self) -> str:
        """Which networks scored."""
        return self.rows[0].encoder_set

    @property
    def kit(self) -> str:
        """Whose choices of windows and channels."""
        return self.rows[0].kit

    @property
    def has_older(self) -> bool:
        """Whether a cell holds an older version of its metric."""
        return any(cell.older for row in self.cells for cell in row)

    @property
    def has_absent(self) -> bool:
        """Whether a row lacks a metric of the table."""
        return any(cell.absent for row in self.cells for cell in row)

    @property
    def title(self) -> str:
        """Track and suite."""
        return f"{self.track.title}, {self.suite.name} {self.suite.version}"


def current(submissions: Mapping[str, Submission]) -> list[Submission]:
    """Returns the rows that rank: neither withdrawn nor superseded by a row that is not withdrawn itself."""
    old = {
        f"{place.rpartition('@')[0]}@{s.supersedes}.json"
        for place, s in submissions.items()
        if s.supersedes and s.withdrawn is None
    }
    return [s for place, s in submissions.items() if s.withdrawn is None and place not in old]


def tables(submissions: Mapping[str, Submission], owners: Owners) -> list[BoardTable]:
    """Returns a table for each group of rows that compare, in the order of suites and tracks."""
    groups: dict[tuple[str, ...], list[Submission]] = {}
    for s in current(submissions):
        identity = (s.suite.name, s.suite.version, s.encoder_set, s.kit, s.track, s.items_sha256)
        groups.setdefault(identity, []).append(s)
    order = {name: place for place, name in enumerate(TRACKS)}
    found = sorted(groups, key=lambda g: (g[:4], order.get(g[4], len(order)), g[4:]))
    return [_table(identity, groups[identity], owners) for identity in found]


def _table(identity: tuple[str, ...], rows: Sequence[Submission], owners: Owners) -> BoardTable:
    name, version, encoder_set, kit, track_name, sha = identity
    track = load_track(track_name)
    rows = sorted(rows, key=lambda s: (s.card.name, s.card.version))
    standard = judges(rows, owners)
    required = {key for row in standard for key, score in row.scores.items() if score.value is not None}
    unranked = tuple(why_unranked(row, owners, required) for row in rows)
    columns = tuple(_columns(rows, encoder_set))
    found = [_cells(column, rows, unranked, standard) for column in columns]
    slug = "-".join((name, version, encoder_set, kit, track_name, sha[:6]))
    return BoardTable(
        slug=re.sub(r"[^a-z0-9.-]+", "_", slug.lower()),
        track=track,
        rows=tuple(rows),
        unranked=unranked,
        columns=columns,
        cells=tuple(zip(*found, strict=True)) if found else ((),) * len(rows),
        remarks=(*_ruled_out(rows), *_noted(columns, track)),
    )


def _columns(rows: Sequence[Submission], encoder_set: str) -> list[Column]:
    """Returns the metrics of a table: what applies to no row is none of it."""
    metrics = bound(encoder_set)
    found = []
    for key in ordered(key for row in rows for key in row.scores):
        held = [row.scores[key] for row in rows if key in row.scores and row.scores[key].status != "not_applicable"]
        if held:
            metric = metrics[key].metric if key in metrics else None
            per_item = metric.per_item if metric else any(key in row.items for row in rows)
            example = next((score for score in held if score.value is not None), held[0])
            found.append(Column(key=key, metric=metric, example=example, per_item=per_item))
    return found


def _ruled_out(rows: Sequence[Submission]) -> list[str]:
    found = []
    for key in ordered(key for row in rows for key in row.scores):
        held = [row.scores[key] for row in rows if key in row.scores]
        if all(score.status == "not_applicable" for score in held):
            metric = metric_of(key)
            found.append(f"{metric.title if metric else key} does not apply: {held[0].reason or 'no reason is given'}.")
    return found


def _noted(columns: Sequence[Column], track: Track) -> list[str]:
    return [f"{one.title}: {note}." for one in columns if one.metric for note in notes(one.metric, track)]


def _cells(
    column: Column, rows: Sequence[Submission], unranked: Sequence[str | None], standard: Sequence[Submission]
) -> list[Cell]:
    """Returns one metric of all rows; those that do not rank, or hold an older version, have no place."""
    key, metric = column.key, column.metric
    if metric is None:
        return [
            Cell(score=row.scores.get(key, ABSENT), place=None, best=False, absent=key not in row.scores)
            for row in rows
        ]
    older = [key in older_keys(row) for row in rows]
    ranks = [why is None and not old for why, old in zip(unranked, older, strict=True)]
    worst = worst_outcome(metric, [row for row, takes_part in zip(rows, ranks, strict=True) if takes_part])
    applies = scored_items(metric, standard) if metric.needs_truth else None
    found = [counted(row, metric, worst, applies) for row in rows]
    placed = places([one if ranks[k] else replace(one, shares=None) for k, one in enumerate(found)], metric)
    return [
        Cell(
            score=_history(one.score, metric) if older[k] else one.score,
            place=placed.get(k),
            best=k in placed and placed[k].rank == 1,
            older=metric.title if older[k] else None,
            absent=key not in rows[k].scores,
        )
        for k, one in enumerate(found)
    ]


def _history(score: Score, metric: Metric) -> Score:
    """Returns a score without its value, which no table shows beside today's."""
    told = f"An older version of {metric.title}, {score.metric_id}, which compares with none of today's."
    blank = dict.fromkeys(("value", "estimate", "interval", "bias"))
    return score.model_copy(update=blank | {"status": "not_computed", "reason": told})

"""The rows of one suite and track that compare, the best first, with ranks. A row has a place by each metric it holds.

Models rank; baselines that are no contender (:attr:`.Owners.ranked`) are reference lines: the table shows what they
score, and they take no place from a model. Metrics that noise wins once it is fitted to their networks rank nobody.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from vggsound_omni.analysis.compare.rule import below
from vggsound_omni.analysis.words import decimals, score_words
from vggsound_omni.metrics import Metric, ordered, title_of
from vggsound_omni.metrics.registry import attacked, table_title
from vggsound_omni.present.tables import ABOVE, ATTACK_NOTE, anchor_text
from vggsound_omni.runs.applicability import notes
from vggsound_omni.runs.result import Anchors, Score
from vggsound_omni.stats.ranks import Place
from vggsound_omni.tracks import TRACKS, Track, load_track

from .anchoring import anchored
from .identity import bound, older_keys
from .outcomes import ABSENT, Counted, counted, judges, scored_items, why_unranked, worst_outcome
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
    encoder_set: str  # of the table

    @property
    def title(self) -> str:
        """What the metric is called; its key if it is not known."""
        return table_title(self.key, self.encoder_set)

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
    anchors: Anchors | None = None  # None if it has no estimate, or the table no baselines
    notes: tuple[int, ...] = ()  # numbers of its footnotes, from 1
    counted: Counted | None = None  # what it compares by; None if it compares with no other row

    @property
    def text(self) -> str:
        """The estimate, or the value if there is none, or why there is neither in a few words."""
        if self.older:
            return f"older {self.older}"
        if self.absent:
            return "not in this row"
        return score_words(self.score)[0]

    @property
    def grey(self) -> bool:
        """Whether the text is no estimate."""
        return self.score.estimate is None

    @property
    def interval(self) -> str:
        """``[low, high]``, or nothing."""
        return score_words(self.score)[1]

    @property
    def decimals(self) -> int | None:
        """Decimals that its interval supports; None if it has none, or one of no width."""
        interval = self.score.interval
        if self.score.estimate is None or interval is None or interval[0] == interval[1]:
            return None
        return decimals((self.score.estimate, *interval))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row with all that its table says of it."""

    index: int  # in the table's rows
    row: Submission
    cells: tuple[Cell, ...]  # by column
    unranked: str | None  # why it is listed without a rank; None if it ranks, or is a reference line
    line: bool  # whether it is a reference line
    place: Place | None  # by the headline


@dataclass(frozen=True, kw_only=True)
class BoardTable:
    """Rows that compare: one suite and track by the hash of its items, one encoder set and kit."""

    slug: str
    track: Track
    rows: tuple[Submission, ...]
    """Neither withdrawn nor superseded; models first, by the headline, and last those that lack what a rank takes."""
    lines: tuple[bool, ...]  # by row, whether it is a reference line
    unranked: tuple[str | None, ...]  # by row, why it is listed without a rank; None if it ranks or is a line
    headline: int | None  # the column that ranks; None if no metric can
    columns: tuple[Column, ...]  # metrics that apply and that a row holds
    cells: tuple[tuple[Cell, ...], ...]  # by row and column
    footnotes: tuple[str, ...]  # the cells' notes refer to these; each reason appears once
    remarks: tuple[str, ...]  # on metrics that do not apply, or of which a reader must know something

    @property
    def entries(self) -> list[Entry]:
        """Every row with its cells, in order."""
        parts = zip(self.rows, self.cells, self.unranked, self.lines, strict=True)
        return [
            Entry(
                index=index, row=row, cells=cells, unranked=why, line=line,
                place=None if self.headline is None else cells[self.headline].place,
            )
            for index, (row, cells, why, line) in enumerate(parts)
        ]  # fmt: skip

    @property
    def models(self) -> list[Entry]:
        """Rows that are no reference lines."""
        return [entry for entry in self.entries if not entry.line]

    @property
    def references(self) -> list[Entry]:
        """Reference lines, the best first."""
        return [entry for entry in self.entries if entry.line]

    @property
    def led(self) -> int:
        """How many rows no model is shown to be better than by the headline; 0 without ranks."""
        return sum(entry.place is not None and entry.place.rank == 1 for entry in self.entries)

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

    def anchor(self, column: int, which: str) -> str:
        """Returns what a column's scores are read against, "chance" or "ceiling"; nothing if it is not known."""
        known = next((row[column].anchors for row in self.cells if row[column].anchors is not None), None)
        places = [place for row in self.cells if (place := row[column].decimals) is not None]
        return anchor_text(known, which, min(places, default=None)) if known is not None else ""

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
    """Returns a table for each group of rows that compare, in the order of suites and tracks.

    Raises:
        UserError: a row is of a track that is not there.
    """
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
    lines = [owners.is_line(row) for row in rows]
    checked = any(not line and not row.claimed for line, row in zip(lines, rows, strict=True))
    unranked = [
        None if line else why_unranked(row, track, owners, required, checked=checked)
        for row, line in zip(rows, lines, strict=True)
    ]
    ranks = [why is None and not line for why, line in zip(unranked, lines, strict=True)]
    columns = tuple(_columns(rows, encoder_set, track.headline))
    reasons: dict[str, int] = {}
    outdated = [older_keys(row) for row in rows]
    of_columns = (_cells(column, rows, outdated, ranks, standard, owners, reasons) for column in columns)
    cells = list(zip(*of_columns, strict=True))
    cells = cells or [()] * len(rows)
    headline = _headline(columns, cells, track.headline)
    unlike = [below(row.scores, track.ranks_from) is not None for row in rows]
    order = sorted(range(len(rows)), key=lambda k: (lines[k], unlike[k], *_standing(columns, cells[k], headline), k))
    slug = "-".join((name, version, encoder_set, kit, track_name, sha[:6]))
    return BoardTable(
        slug=re.sub(r"[^a-z0-9.-]+", "_", slug.lower()),
        track=track,
        rows=tuple(rows[k] for k in order),
        lines=tuple(lines[k] for k in order),
        unranked=tuple(unranked[k] for k in order),
        columns=columns,
        headline=headline,
        cells=tuple(cells[k] for k in order),
        footnotes=tuple(reasons),
        remarks=(*_ruled_out(rows), *_noted(columns, track), *_warned(columns), *_unlike(rows, unlike, track)),
    )


def _headline(columns: Sequence[Column], cells: Sequence[Sequence[Cell]], wanted: Sequence[str]) -> int | None:
    """Returns the first column of those wanted, else of all, that gives a row a place."""
    order = sorted(range(len(columns)), key=lambda k: columns[k].key not in wanted)
    return next((k for k in order if any(row[k].place is not None for row in cells)), None)


def _standing(columns: Sequence[Column], cells: Sequence[Cell], headline: int | None) -> tuple[float, float]:
    """Returns what sorts a row: its estimate by the headline, if it has one; a row without a rank stands among them."""
    if headline is None or (value := cells[headline].score.estimate) is None:
        return math.inf, 0.0
    return 0.0, value if columns[headline].better == "lower" else -value


def _columns(rows: Sequence[Submission], encoder_set: str, headline: Sequence[str]) -> list[Column]:
    """Returns the metrics of a table, what ranks first: what no row has a value of is none of it."""
    metrics = bound(encoder_set)
    found = []
    there = {key for row in rows for key, score in row.scores.items() if score.value is not None}
    first = [key for key in headline if key in there][:1]
    for key in ordered((key for row in rows for key in row.scores), first):
        held = [row.scores[key] for row in rows if key in row.scores]
        if key in there:
            metric = metrics[key].metric if key in metrics else None
            per_item = metric.per_item if metric else any(key in row.items for row in rows)
            example = next((score for score in held if score.value is not None), held[0])
            found.append(Column(key=key, metric=metric, example=example, per_item=per_item, encoder_set=encoder_set))
    return found


def _ruled_out(rows: Sequence[Submission]) -> list[str]:
    """Returns which metrics no row has a value of, a sentence a reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for key in ordered(key for row in rows for key in row.scores):
        held = [row.scores[key] for row in rows if key in row.scores]
        if all(score.value is None for score in held):
            verb = "Not applicable" if all(score.status == "not_applicable" for score in held) else "Not computed"
            found.setdefault((verb, held[0].reason or "no reason is given"), []).append(title_of(key))
    return [f"{verb}: {', '.join(titles)} ({why.rstrip('.')})." for (verb, why), titles in found.items()]


def _noted(columns: Sequence[Column], track: Track) -> list[str]:
    return [f"{one.title}: {note}." for one in columns if one.metric for note in notes(one.metric, track)]


def _warned(columns: Sequence[Column]) -> list[str]:
    return [ATTACK_NOTE] if any(attacked(one.key, one.encoder_set) for one in columns) else []


def _unlike(rows: Sequence[Submission], unlike: Sequence[bool], track: Track) -> list[str]:
    """Returns which rows stand last because they do not reach what a rank takes."""
    names = [row.card.name for row, last in zip(rows, unlike, strict=True) if last]
    least = ", ".join(f"{title_of(key)} {limit:g}" for key, limit in track.ranks_from.items())
    return [f"A rank takes {least}; without it, and so last: {', '.join(names)}."] if names else []


def _cells(
    column: Column,
    rows: Sequence[Submission],
    outdated: Sequence[Collection[str]],
    ranking: Sequence[bool],
    standard: Sequence[Submission],
    owners: Owners,
    reasons: dict[str, int],
) -> list[Cell]:
    """Returns one metric of all rows; those that do not rank, or hold an older version, have no place."""
    key, metric = column.key, column.metric
    if metric is None:
        return [
            Cell(score=row.scores.get(key, ABSENT), place=None, best=False, absent=key not in row.scores)
            for row in rows
        ]
    older = [key in keys for keys in outdated]
    ranks = [one and not old for one, old in zip(ranking, older, strict=True)]
    worst = worst_outcome(metric, [row for row, takes_part in zip(rows, ranks, strict=True) if takes_part])
    applies = scored_items(metric, standard) if metric.needs_truth else None
    found = [counted(row, metric, worst, applies) for row in rows]
    barred = attacked(key, column.encoder_set)
    placed = places(
        [one if ranks[k] and not barred else replace(one, shares=None) for k, one in enumerate(found)], metric
    )
    current = [replace(one, shares=None) if old else one for one, old in zip(found, older, strict=True)]
    anchors = anchored(metric, rows, current, owners)
    return [
        Cell(
            score=_history(one.score, metric) if older[k] else one.score,
            place=placed.get(k),
            best=k in placed and placed[k].rank == 1,
            older=metric.title if older[k] else None,
            absent=key not in rows[k].scores,
            anchors=anchors[k],
            counted=one if one.shares is not None and not older[k] else None,
            notes=tuple(
                reasons.setdefault(text, len(reasons) + 1)
                for text in ([] if older[k] else _to_know(one.score, anchors[k]))
            ),
        )
        for k, one in enumerate(found)
    ]


def _to_know(score: Score, anchors: Anchors | None) -> list[str]:
    """Returns why a cell has no estimate, or that it is better than it should be; caveats are on the model's page."""
    if score.value is not None and score.no_estimate:
        return [score.no_estimate]
    return [ABOVE] if anchors is not None and anchors.above else []


def _history(score: Score, metric: Metric) -> Score:
    """Returns a score without its value, which no table shows beside today's."""
    told = f"An older version of {metric.title}, {score.metric_id}, which compares with none of today's."
    blank = dict.fromkeys(("value", "estimate", "no_estimate", "interval", "bias", "uncertain"))
    return score.model_copy(update=blank | {"status": "not_computed", "reason": told})

"""The rows of one suite and track that compare, with ranks, and the forms in which a table is exported."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vggsound_omni.metrics.catalogue import METRICS, MetricInfo
from vggsound_omni.present.tables import ARROWS, latex, number
from vggsound_omni.runs.result import Score
from vggsound_omni.stats.ranks import Place
from vggsound_omni.tracks import Track, load_track

from .identity import older_keys
from .outcomes import counted, why_unranked, worst_outcome
from .owners import Owners
from .ranking import places
from .submission import Submission


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One metric of one row."""

    score: Score
    place: Place | None
    best: bool
    """Whether no model is shown to be better."""
    older: str | None = None
    """What the metric is called where the row holds an earlier reading of it, which has no place beside today's."""

    @property
    def text(self) -> str:
        """The value, or why there is none in a word or two."""
        if self.older:
            return f"older {self.older}"
        if self.score.value is None:
            return "n/a" if self.score.status == "not_applicable" else "not computed"
        return number(self.score.value)

    @property
    def interval(self) -> str:
        """``low to high``, or nothing."""
        return " to ".join(map(number, self.score.interval)) if self.score.interval else ""


@dataclass(frozen=True, kw_only=True)
class BoardTable:
    """Rows that compare: one suite by the hash of its items, one track, encoder set and profile."""

    slug: str
    track: Track
    rows: tuple[Submission, ...]
    """Those that are neither withdrawn nor superseded."""
    unranked: tuple[str | None, ...]
    """By row, why it is listed without a rank; None where it ranks."""
    metrics: tuple[MetricInfo, ...]
    """Those that apply."""
    cells: tuple[tuple[Cell, ...], ...]
    """By row and metric."""

    @property
    def suite(self) -> Any:  # noqa: ANN401 - pydantic's own type, for templates
        """Suite, version, hash, encoder set."""
        return self.rows[0].suite

    @property
    def has_older(self) -> bool:
        """Whether a cell holds an earlier reading of its metric."""
        return any(cell.older for row in self.cells for cell in row)

    @property
    def title(self) -> str:
        """Track and suite."""
        return f"{self.track.title}, {self.suite.name} {self.suite.version}"


def current(submissions: Mapping[str, Submission]) -> list[Submission]:
    """What ranks: neither withdrawn nor superseded by a row that is not withdrawn itself."""
    old = {
        f"{place.rpartition('@')[0]}@{s.supersedes}.json"
        for place, s in submissions.items()
        if s.supersedes and s.withdrawn is None
    }
    return [s for place, s in submissions.items() if s.withdrawn is None and place not in old]


def tables(submissions: Mapping[str, Submission], owners: Owners) -> list[BoardTable]:
    """A table for each group of rows that compare, in the order of suites and tracks."""
    groups: dict[tuple[str, ...], list[Submission]] = {}
    for s in current(submissions):
        identity = (s.suite.name, s.suite.version, s.suite.encoder_set, s.profile, s.track, s.suite.items_sha256)
        groups.setdefault(identity, []).append(s)
    order = ("t2a", "v2a", "vt2a", "offscreen", "bgm")
    ordered = sorted(groups, key=lambda g: (g[:4], order.index(g[4]) if g[4] in order else 9, g[4:]))
    return [_table(identity, groups[identity], owners) for identity in ordered]


def _table(identity: tuple[str, ...], rows: Sequence[Submission], owners: Owners) -> BoardTable:
    track = load_track(identity[4])
    rows = sorted(rows, key=lambda s: (s.card.name, s.card.version))
    unranked = tuple(why_unranked(row, owners) for row in rows)
    metrics = tuple(METRICS[key] for key in track.metrics)
    name, version, encoder_set, profile, track_name, sha = identity
    slug = "-".join((name, version, encoder_set, profile, track_name, sha[:6]))
    return BoardTable(
        slug=re.sub(r"[^a-z0-9.-]+", "_", slug.lower()),
        track=track,
        rows=tuple(rows),
        unranked=unranked,
        metrics=metrics,
        cells=tuple(zip(*(_column(info, rows, unranked) for info in metrics), strict=True)),
    )


def _column(info: MetricInfo, rows: Sequence[Submission], unranked: Sequence[str | None]) -> list[Cell]:
    """One metric of all rows; those that do not rank, or hold an older reading, have no place."""
    key = info.key
    older = [key in older_keys(row) for row in rows]
    ranks = [why is None and not old for why, old in zip(unranked, older, strict=True)]
    worst = worst_outcome(info, [row for row, takes_part in zip(rows, ranks, strict=True) if takes_part])
    found = [counted(row, key, worst) for row in rows]
    placed = places([one if ranks[k] else replace(one, shares=None) for k, one in enumerate(found)], key)
    return [
        Cell(
            score=_history(one.score, info) if older[k] else one.score,
            place=placed.get(k),
            best=k in placed and placed[k].rank == 1,
            older=info.title if older[k] else None,
        )
        for k, one in enumerate(found)
    ]


def _history(score: Score, info: MetricInfo) -> Score:
    """A value that no table shows beside today's."""
    told = f"An older reading of {info.title}, {score.metric_id}, which compares with none of today's."
    return score.model_copy(
        update={"status": "not_computed", "value": None, "interval": None, "bias": None, "reason": told}
    )


_COLUMNS = (
    *("model", "version", "suite", "suite_version", "items_sha256", "encoder_set", "track", "metric"),
    *("value", "low", "high", "bias", "unit", "direction", "n", "rank", "lowest_rank", "checkpoint_sha256"),
    *("scored", "planned", "unranked"),
)


def to_csv(table: BoardTable) -> str:
    """One line a row and metric, numbers in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(_COLUMNS)
    for s, cells, unranked in zip(table.rows, table.cells, table.unranked, strict=True):
        items = (s.counts.scored, s.counts.planned, unranked)
        for info, cell in zip(table.metrics, cells, strict=True):
            low, high = cell.score.interval or (None, None)
            place = (cell.place.rank, cell.place.lowest) if cell.place else (None, None)
            suite = (s.suite.name, s.suite.version, s.suite.items_sha256, s.suite.encoder_set)
            numbers = (cell.score.value, low, high, cell.score.bias, info.unit, info.direction, cell.score.n)
            writer.writerow(
                [
                    *(s.card.name, s.card.version, *suite, s.track, info.key, *numbers, *place),
                    *(cell.score.checkpoint_sha256, *items),
                ]
            )
    return out.getvalue()


def to_json(table: BoardTable) -> str:
    """The table with everything that identifies it."""
    rows = [
        {
            "card": s.card.model_dump(mode="json"),
            "who": s.who.model_dump(),
            "seed": s.seed,
            "counts": s.counts.model_dump(),
            "unranked": unranked,
            "scores": {
                info.key: cell.score.model_dump(mode="json")
                | {"rank": cell.place.rank if cell.place else None, "lowest": cell.place.lowest if cell.place else None}
                for info, cell in zip(table.metrics, cells, strict=True)
            },
        }
        for s, cells, unranked in zip(table.rows, table.cells, table.unranked, strict=True)
    ]
    head = {"version": 1, "suite": table.suite.model_dump(), "track": table.track.name}
    return json.dumps(head | {"rows": rows}, indent=1, ensure_ascii=False) + "\n"


def to_latex(table: BoardTable) -> str:
    """A ``tabular`` of values; bold is what no model is shown to be better than. Needs the package booktabs."""
    head = " & ".join(["model", *(latex(f"{info.title} {ARROWS[info.direction]}") for info in table.metrics)])
    lines = [
        " & ".join(
            [
                latex(s.label),
                *(rf"\textbf{{{cell.text}}}" if cell.best else cell.text for cell in cells),
            ]
        )
        + r" \\"
        for s, cells in zip(table.rows, table.cells, strict=True)
    ]
    begin = rf"\begin{{tabular}}{{l{'r' * len(table.metrics)}}}"
    return "\n".join([begin, r"\toprule", head + r" \\", r"\midrule", *lines, r"\bottomrule", r"\end{tabular}", ""])

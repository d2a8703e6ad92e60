"""The summary of a study: each model on each track over its seeds, as one table, as CSV, and as Markdown."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vggsound_omni.analysis.compare.systems import System, systems
from vggsound_omni.analysis.words import estimate, model_name
from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing, writing_to
from vggsound_omni.metrics import metric_of
from vggsound_omni.metrics.registry import table_title
from vggsound_omni.runs.result import Result, read_result
from vggsound_omni.runs.study import Study, StudyRun
from vggsound_omni.tracks import load_track
from vggsound_omni.wording import clean

from .tables import ARROWS

if TYPE_CHECKING:
    from rich.console import Console

_FEWEST = 2  # items that an interval needs
Place = tuple[str, str]
"""A model and a track."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One metric of one model on one track, over its seeds."""

    model: str
    track: str
    metric: str
    estimate: float
    low: float
    high: float
    items: int
    seeds: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the finished runs of a study say."""

    models: tuple[str, ...]
    tracks: tuple[str, ...]
    lines: tuple[Line, ...]
    headlines: Mapping[str, str]  # key of the metric that ranks, by track
    finished: Mapping[Place, int]  # runs
    asked: Mapping[Place, int]  # runs
    encoder_set: str | None  # None if nothing is finished
    remarks: tuple[str, ...]

    def line(self, model: str, track: str) -> Line | None:
        """Returns what a model scores by the metric that ranks on a track; None if it has no such score."""
        key = self.headlines.get(track)
        return next((x for x in self.lines if (x.model, x.track, x.metric) == (model, track, key)), None)


def finished_runs(runs: Sequence[StudyRun]) -> tuple[dict[str, Result], dict[str, str]]:
    """Returns the results that there are, and what is wrong with those that cannot be read, both by run."""
    found: dict[str, Result] = {}
    wrong: dict[str, str] = {}
    for run in runs:
        if (run.options.output / "result.json").exists():
            try:
                found[str(run)] = read_result(run.options.output)
            except UserError as error:
                wrong[str(run)] = str(error)
    return found, wrong


def summary(study: Study, runs: Sequence[StudyRun], results: Mapping[str, Result]) -> Summary:
    """Sums up the finished runs of a study: means over seeds, with intervals over items and seeds.

    Args:
        study: what was asked.
        runs: all of them.
        results: of those that are finished, by run.
    """
    tracks = tuple(dict.fromkeys(run.track for run in runs))
    lines: list[Line] = []
    headlines: dict[str, str] = {}
    remarks: list[str] = []
    for track in tracks:
        done = [(run, results[str(run)]) for run in runs if run.track == track and str(run) in results]
        if not done:
            continue
        try:
            found = systems([result for _, result in done])
        except UserError as error:
            remarks.append(f"{track}: {error}")
            continue
        names = {model_name(result): run.model for run, result in done}
        of_track = [line for system in found for line in _lines(system, _whose(system, names), track)]
        ranks = (*load_track(track).headline, *(line.metric for line in of_track))
        headlines |= {track: next(key for key in ranks if any(x.metric == key for x in of_track))} if of_track else {}
        lines += of_track
    trial = [f"A trial: the first {study.limit} items only; not comparable with published numbers."]
    remarks += trial if study.limit is not None else []
    return Summary(
        models=tuple(study.models),
        tracks=tracks,
        lines=tuple(lines),
        headlines=headlines,
        finished=_count([run for run in runs if str(run) in results]),
        asked=_count(runs),
        encoder_set=next((result.encoder_set for result in results.values()), None),
        remarks=tuple(remarks),
    )


def _count(runs: Sequence[StudyRun]) -> dict[Place, int]:
    found: dict[Place, int] = {}
    for run in runs:
        found[run.model, run.track] = found.get((run.model, run.track), 0) + 1
    return found


def _whose(system: System, names: Mapping[str, str]) -> str:
    """Returns a system's model as the study calls it; of one that changed its version, the name stands before it."""
    return names.get(system.name) or names.get(system.name.rpartition("@")[0]) or system.name


def _lines(system: System, model: str, track: str) -> list[Line]:
    found = []
    for key, measure in system.measures.items():
        if len(measure.ids) < _FEWEST:
            continue
        value, (low, high) = measure.on(measure.ids)
        found.append(
            Line(
                model=model,
                track=track,
                metric=key,
                estimate=value,
                low=low,
                high=high,
                items=len(measure.ids),
                seeds=system.seeds,
            )
        )
    return found


def _rows(found: Summary) -> list[list[str]]:
    """Returns the table of headlines, its head first."""
    heads = [
        f"{track} {table_title(key, found.encoder_set)} {_arrow(key)}".rstrip() if key else track
        for track in found.tracks
        for key in [found.headlines.get(track, "")]
    ]
    return [
        ["model", *heads],
        *([model, *(_cell(found, model, track) for track in found.tracks)] for model in found.models),
    ]


def _arrow(key: str) -> str:
    metric = metric_of(key)
    return ARROWS[metric.better] if metric else ""


def _cell(found: Summary, model: str, track: str) -> str:
    place, line = (model, track), found.line(model, track)
    asked, finished = found.asked.get(place, 0), found.finished.get(place, 0)
    missing = f" ({finished} of {asked} seeds)" if 0 < finished < asked else ""
    if line is None:
        return "–" if not asked or not finished else "not computed"
    return " ".join(estimate(line.estimate, (line.low, line.high))) + missing


def print_summary(found: Summary, console: Console) -> None:
    """Prints the metric that ranks, by model and track, in parts if it is wider than the console."""
    from rich import box
    from rich.table import Table

    rows = _rows(found)
    widths = [
        max(len(line) for row in rows for line in _broken(row[k], k and row is rows[0])) + 2
        for k in range(len(rows[0]))
    ]
    console.print()
    for columns in _parts(widths, console.width):
        drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
        for column in (0, *columns):
            drawn.add_column("\n".join(_broken(clean(rows[0][column]), column)), no_wrap=True)
        for row in rows[1:]:
            drawn.add_row(*(clean(row[column]).replace("[", r"\[") for column in (0, *columns)))
        console.print(drawn)
    for text in (_NOTE, *found.remarks):
        console.print(text, style="dim", markup=False, highlight=False)


_NOTE = "Means over the seeds, with 95 % intervals over items and seeds; omni-bench compare tests who differs."


def _broken(text: str, head: int | bool) -> list[str]:  # noqa: FBT001 - a column's number, of which 0 is not broken
    """Returns a head as two lines: track, metric."""
    return text.split(" ", 1) if head else [text]


def _parts(widths: Sequence[int], width: int) -> list[list[int]]:
    """Returns the columns of each part, behind the names."""
    found: list[list[int]] = [[]]
    for column in range(1, len(widths)):
        if found[-1] and widths[0] + sum(widths[k] for k in (*found[-1], column)) > width:
            found.append([])
        found[-1].append(column)
    return found


def write_summary(folder: Path, found: Summary) -> None:
    """Writes ``summary.csv``, every metric in full, and ``summary.md``, the table that is printed."""
    with writing_to(folder):
        with replacing(folder / "summary.csv") as path, path.open("w", encoding="utf-8", newline="") as file:
            fields = ["model", "track", "metric", "estimate", "low", "high", "items", "seeds"]
            out = csv.DictWriter(file, fields, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
            out.writeheader()
            out.writerows(vars(line) | {"seeds": " ".join(map(str, line.seeds))} for line in found.lines)
        head, *rows = [[cell.replace("|", r"\|") for cell in row] for row in _rows(found)]
        lines = [head, ["---"] * len(head), *rows]
        text = "\n".join(f"| {' | '.join(row)} |" for row in lines)
        with replacing(folder / "summary.md") as path:
            path.write_text("\n\n".join([text, _NOTE, *found.remarks]) + "\n", encoding="utf-8")

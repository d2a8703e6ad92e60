"""Writes a study's table, findings and plot, and cards with which its models can be handed in to the board."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vggsound_omni.analysis.words import estimate
from vggsound_omni.io import replacing
from vggsound_omni.metrics import metric_of
from vggsound_omni.metrics.registry import table_title
from vggsound_omni.present.tables import ARROWS
from vggsound_omni.tracks import load_track

from .arms import ARMS, Arm
from .findings import FINDINGS, Checked
from .summary import Number, Summary
from .train import Study

if TYPE_CHECKING:
    from rich.console import Console

_BESIDE: Final = ("fd", "fad", "kl", "ms_clap", "ds", "onset_f1", "timing", "leak")
"""Columns beside the metric that ranks, where a track has them."""
_NOTE: Final = "Means over seeds, with 95 % intervals over seeds and items. Baselines have one seed."
Rows = list[list[str]]


def columns(found: Summary, track: str) -> list[str]:
    """Returns the metrics of a track's part of the table: the one that ranks, then others."""
    there = found.metrics(track)
    ranks = next((key for key in load_track(track).headline if key in there), None)
    return list(dict.fromkeys(key for key in (ranks, *_BESIDE) if key in there))


def names(study: Study, arms: Sequence[Arm]) -> dict[str, str]:
    """Returns what a table calls each row, by the name of an arm or a baseline."""
    return {arm.name: arm.title for arm in arms} | {name: name for name in study.preset.baselines}


def part(found: Summary, track: str, rows: dict[str, str]) -> Rows:
    """Returns a track's part of the table, its head first."""
    keys = columns(found, track)
    body = [
        [title, *(_cell(found.number(name, track, key)) for key in keys)]
        for name, title in rows.items()
        if (name, track) in found.together
    ]
    return [[track, *(_head(key) for key in keys)], *body]


def _head(key: str) -> str:
    metric = metric_of(key)
    arrow = ARROWS[metric.better if metric else None]
    return f"{table_title(key, 'foleyworld')} {arrow}".strip()


def _cell(number: Number | None) -> str:
    return "–" if number is None else " ".join(estimate(number.estimate, (number.low, number.high)))


def finding_rows(checked: Sequence[Checked]) -> Rows:
    """Returns the table of findings, its head first."""
    rows = [["finding", "better", "worse", "track", "metric", "in print", "difference here", "verdict"]]
    for one in checked:
        claim = one.claim
        rows.append(
            [
                str(claim.finding),
                ARMS[claim.better].title,
                ARMS[claim.worse].title,
                claim.track,
                table_title(claim.metric, "foleyworld"),
                claim.published or "–",
                _cell(one.difference),
                one.verdict,
            ]
        )
    return rows


def write(study: Study, arms: Sequence[Arm], found: Summary, checked: Sequence[Checked]) -> list[Path]:
    """Writes ``table.md``, ``table.csv``, ``findings.md``, ``study.svg`` and a card for each arm; returns the paths."""
    rows, tracks = names(study, arms), [track for track in study.preset.tracks if found.metrics(track)]
    folder = study.work
    table = "\n\n".join([*(_markdown(part(found, track, rows)) for track in tracks), _NOTE])
    told = "\n".join(f"{number}. {text}." for number, text in FINDINGS.items())
    findings = f"{told}\n\n{_markdown(finding_rows(checked))}\n\nA difference is positive if it is as published."
    written = {
        "table.md": table + "\n",
        "table.csv": _csv(found, rows, tracks),
        "findings.md": findings + "\n",
    }
    for arm in arms:
        written[f"cards/{arm.name}.toml"] = _card(study, arm)
    for name, text in written.items():
        with replacing(folder / name) as path:
            path.write_text(text, encoding="utf-8")
    with replacing(folder / "study.svg") as path:
        draw(found, rows, tracks, path)
    return [folder / name for name in (*written, "study.svg")]


def show(study: Study, arms: Sequence[Arm], found: Summary, checked: Sequence[Checked], console: Console) -> None:
    """Prints the metric that ranks on every track, and the findings, each within 80 columns."""
    from rich import box
    from rich.table import Table

    rows = names(study, arms)
    for track in study.preset.tracks:
        lines = part(found, track, rows) if found.metrics(track) else []
        if lines:
            table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
            for text in lines[0][:3]:
                table.add_column(text, no_wrap=True)
            for line in lines[1:]:
                table.add_row(*(cell.replace("[", r"\[") for cell in line[:3]))
            console.print(table)
    console.print(_NOTE, style="dim", highlight=False)
    for number, text in FINDINGS.items():
        console.print(f"{number}. {text}", highlight=False)
        for one in checked:
            if one.claim.finding == number:
                metric = table_title(one.claim.metric, "foleyworld")
                console.print(
                    f"   {one.claim.track}, {metric}: {_cell(one.difference)}, {one.verdict}",
                    markup=False,
                    highlight=False,
                )


def draw(found: Summary, rows: dict[str, str], tracks: Sequence[str], path: Path) -> None:
    """Draws, for each track, the metric that ranks and one of the set: an estimate and its interval a row."""
    from matplotlib.figure import Figure

    shown = [(track, key) for track in tracks for key in columns(found, track)[:2]]
    across = 2
    down = -(-len(shown) // across)
    figure = Figure(figsize=(10, 0.6 + down * (0.5 + 0.22 * len(rows))), layout="constrained")
    for place, (track, key) in enumerate(shown, 1):
        axes = figure.add_subplot(down, across, place)
        points = [(title, found.number(name, track, key)) for name, title in rows.items()]
        there = [(title, number) for title, number in points if number is not None]
        for height, (_, number) in enumerate(reversed(there)):
            axes.plot([number.low, number.high], [height, height], color="0.4")
            axes.plot(number.estimate, height, "o", color="C0", markersize=4)
        axes.set_yticks(range(len(there)), [title for title, _ in reversed(there)], fontsize=7)
        axes.set_title(f"{track}: {_head(key)}", fontsize=9)
        axes.tick_params(axis="x", labelsize=7)
        axes.grid(axis="x", alpha=0.3)
    figure.savefig(path, format="svg")


def _markdown(rows: Rows) -> str:
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in lines)


def _csv(found: Summary, rows: dict[str, str], tracks: Sequence[str]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["model", "track", "metric", "estimate", "low", "high", "seeds", "items"])
    for track in tracks:
        for name in rows:
            for key in found.metrics(track):
                number = found.number(name, track, key)
                if number is not None:
                    values = (number.estimate, number.low, number.high, number.seeds, number.items)
                    writer.writerow([name, track, key, *values])
    return out.getvalue()


def _card(study: Study, arm: Arm) -> str:
    """Returns the model card with which ``omni-bench submit`` takes the runs of an arm's first seed."""
    preset = study.preset
    tasks = ", ".join(f'"{task}"' for task in arm.tasks)
    return (
        f'name = "dilemma-{arm.name}"\n'
        f'version = "{preset.name}-seed{preset.seeds[0]}"\n'
        f'summary = "Study of the generalist dilemma ({preset.name}): {arm.title}"\n'
        f"tasks = [{tasks}]\n"
        'licence = "Apache-2.0"\n'
        "open_weights = false\n"
        'training_data = ["FoleyWorld train"]\n'
        'overlap = "None: the suite is FoleyWorld\'s test split, which differs from train in scenes and phrasings."\n'
        f"steps = {preset.sampling_steps}\n"
    )

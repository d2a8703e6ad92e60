"""Shows an audit as a table in the terminal, and as one self-contained HTML page."""

from __future__ import annotations

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vggsound_omni.analysis.audit.outcomes import Audit, Cell
from vggsound_omni.analysis.words import number
from vggsound_omni.io import replacing
from vggsound_omni.metrics import metric_of, title_of
from vggsound_omni.present.report import page as report_page

from .heatmap import MARKS, rows_of, units

_COLUMNS = 7  # metrics side by side, so that a table fits 80 columns
_STYLES = {"pass": "", "unsure": "dim", "known": "yellow", "fail": "bold red"}


def standing(cell: Cell) -> str:
    """Returns ``pass``, ``unsure``, ``known`` (a failure that is documented) or ``fail``."""
    return "known" if cell.known else cell.verdict


def print_audit(audit: Audit, console: Console) -> None:
    """Prints the effects as a table, then every failure and every comparison with the truth as a sentence."""
    for start in range(0, len(audit.metrics), _COLUMNS):
        table = Table(
            title=Text(f"Audit: suite {audit.suite.name}, {audit.encoder_set} encoders, {len(audit.items)} items"),
            title_justify="left",
            padding=(0, 0),
        )
        table.add_column("effect, hundredths", no_wrap=True)
        shown = audit.metrics[start : start + _COLUMNS]
        for key in shown:
            table.add_column(title_of(key), justify="right", no_wrap=True)
        for title, corruption in rows_of(audit):
            if corruption is None:
                table.add_section()
                continue
            cells = [audit.cell(corruption, metric) for metric in shown]
            table.add_row(
                Text(title),
                *(
                    Text(f"{round(100 * cell.effect)}{MARKS[cell.expected] or ' '}", _STYLES[standing(cell)])
                    for cell in cells
                ),
            )
        console.print(table)
    console.print(
        f"100 is the distance from the references to {units(audit)}.\n"
        "▲ must worsen, = must not move; red fails that, yellow is a failure that is documented.",
        highlight=False,
    )
    if unsure := sum(cell.verdict == "unsure" for cell in audit.cells):
        console.print(
            f"{unsure} of {len(audit.cells)} cells (grey) are not decided with {len(audit.items)} items: their 95 % "
            "intervals hold both sides of the threshold. Take more items with --limit.",
            highlight=False,
        )
    for finding in audit.truth:
        console.print(Text(f"  {finding.verdict}  {finding.sentence}", _STYLES[finding.verdict]))
    for cell in audit.cells:
        if cell.verdict == "fail":
            console.print(Text(f"  {standing(cell)}  {cell.sentence} {cell.known or ''}", _STYLES[standing(cell)]))
    for sentence in audit.blind.values():
        console.print(Text(f"  fail  {sentence}", _STYLES["fail"]))
    for key, reason in audit.absent.items():
        console.print(Text(f"  {title_of(key)} is not audited: {reason}"))


def write_page(audit: Audit, picture: Path, path: Path) -> None:
    """Writes the page.

    Args:
        audit: to show.
        picture: the heat map, which becomes part of the page.
        path: of the page.
    """
    engine = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters["number"] = number
    html = engine.get_template("page.html.j2").render(
        audit=audit,
        title_of=title_of,
        unit_of=_unit_of,
        marks=MARKS,
        standing=standing,
        style=(Path(report_page.__file__).parent / "page.css").read_text(encoding="utf-8"),
        picture=base64.b64encode(picture.read_bytes()).decode(),
    )
    with replacing(path) as temporary:
        temporary.write_text(html, encoding="utf-8")


def _unit_of(key: str) -> str:
    metric = metric_of(key)
    return metric.unit if metric else ""

"""The audit for people: a table in the terminal, and one self-contained HTML page."""

from __future__ import annotations

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vggsound_omni.analysis.audit.outcomes import Audit, Cell
from vggsound_omni.io import replacing
from vggsound_omni.metrics.catalogue import METRICS
from vggsound_omni.present.report import page as report_page
from vggsound_omni.present.tables import number

from .heatmap import MARKS, rows_of

_STYLES = {"pass": "", "known": "yellow", "fail": "bold red"}


def standing(cell: Cell) -> str:
    """``pass``, ``known`` (a failure that is documented) or ``fail``."""
    return "known" if cell.known else cell.verdict


def print_audit(audit: Audit, console: Console) -> None:
    """Prints the effects as a table, then every failure and every comparison with the truth as a sentence."""
    table = Table(
        title=Text(f"Audit: suite {audit.suite.name}, {audit.suite.encoder_set} encoders, {len(audit.items)} items"),
        title_justify="left",
        padding=(0, 0),
    )
    table.add_column("effect, hundredths")
    for key in audit.metrics:
        table.add_column(METRICS[key].title, justify="right")
    for title, corruption in rows_of(audit):
        if corruption is None:
            table.add_section()
            continue
        cells = [audit.cell(corruption, metric) for metric in audit.metrics]
        table.add_row(
            Text(title),
            *(
                Text(f"{round(100 * cell.effect)}{MARKS[cell.expected] or ' '}", _STYLES[standing(cell)])
                for cell in cells
            ),
        )
    console.print(table)
    console.print(
        "100 is the distance from the references to shuffled (KL, CLAP, IB, DS) or noise; for PC, the clips' spread.\n"
        "▲ must worsen, = must not move; red fails that, yellow is a failure that is documented.",
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
        console.print(Text(f"  {METRICS[key].title} is not audited: {reason}"))


def write_page(audit: Audit, picture: Path, path: Path) -> None:
    """Writes the page.

    Args:
        audit: what it shows.
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
        metrics=METRICS,
        marks=MARKS,
        standing=standing,
        style=(Path(report_page.__file__).parent / "page.css").read_text(encoding="utf-8"),
        picture=base64.b64encode(picture.read_bytes()).decode(),
    )
    with replacing(path) as temporary:
        temporary.write_text(html, encoding="utf-8")

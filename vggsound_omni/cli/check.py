"""``omni-bench check``."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vggsound_omni.errors import UserError

from ._options import fit_option

if TYPE_CHECKING:
    from vggsound_omni.generators.check.inspection import Mark, Report
    from vggsound_omni.protocol import Fit, ModelCard

_LAST_WORDS = 12  # lines
_LAST_BYTES = 16 * 1024  # of the log that are looked at for them
_STYLES = {"pass": "green", "fail": "bold red", "not seen": "dim"}


@click.command("check")
@click.argument("model")
@click.option("-m", "pairs", multiple=True, metavar="KEY=VALUE", help="An argument for the model.")
@click.option("--suite", help="Take ids and lengths from a suite; oracle, shuffled and dir: need it.")
@fit_option
@click.option("--timeout", default=600.0, show_default=True, metavar="S", help="Seconds a request may take.")
@click.pass_context
def command(
    ctx: click.Context, model: str, pairs: tuple[str, ...], suite: str | None, fit: tuple[Fit, ...], timeout: float
) -> None:
    """Test whether a generator conforms to the protocol.

    MODEL is given small requests for each task it claims: three of 2 s in a batch and alone, the first one twice, and
    one as long as a track's. With --suite they are three of its items, as long as in a run. Exit code 0: MODEL
    conforms.
    """
    from vggsound_omni.generators import find, listing_of, split_pairs
    from vggsound_omni.generators.check.inspection import full_request, inspect, suite_requests, tiny_requests
    from vggsound_omni.generators.worker.worker import LoadError, Worker
    from vggsound_omni.suites import open_suite

    listing = listing_of(model)
    arguments = split_pairs(pairs)
    own_ids = listing is not None and listing.knows_items
    if suite is None and own_ids:
        if listing is not None and not listing.needs_suite:
            find(model, arguments)  # a folder that is not there is told first
        raise UserError(f'"{model}" answers the items of a suite only: add --suite, as in --suite foleyworld.')
    opened = open_suite(suite) if suite else None
    console = Console()
    with tempfile.TemporaryDirectory(prefix="omni-bench-check-") as scratch:
        folder = Path(scratch)
        log = folder / "output.log"
        with Worker(model, arguments, suite, timeout, log=log) as worker:
            try:
                with console.status(f"Loading {model}"):
                    card = worker.start()
            except LoadError:
                console.print(_table(model, None, []))
                raise
            reports = []
            for task in card.tasks:
                with console.status(f"Asking {model} for {task}"):
                    if opened:
                        requests = suite_requests(task, opened, folder, own_ids=own_ids)
                        full = None
                    else:
                        requests, full = tiny_requests(task, folder), replace(full_request(task, folder), fit=fit)
                    requests = [replace(request, fit=fit) for request in requests]
                    reports.append(inspect(task, requests, worker.attempt, full))
        output = _end_of(log)
    console.print(_table(model, card, reports))
    for line in _sentences(reports):
        console.print(Text(line))
    if output and any(report.marks["answers"] == "fail" for report in reports):
        console.print(Text("\n".join(["The model's last words:", *output[-_LAST_WORDS:]]), "dim"), soft_wrap=True)
    if not all(report.passed for report in reports):
        ctx.exit(1)


def _end_of(log: Path) -> list[str]:
    """The last lines of what a model wrote, without anything that commands a terminal."""
    from vggsound_omni.wording import clean

    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LAST_BYTES))
        return clean(file.read().decode(errors="replace"), keep_lines=True).splitlines()


def _table(model: str, card: ModelCard | None, reports: list[Report]) -> Table:
    from vggsound_omni.generators.check.inspection import ROWS

    table = Table("rule", title=Text(model if card is None else f"{card.name} {card.version}"))
    for column in [str(report.task) for report in reports] or [""]:
        table.add_column(column, justify="center")
    if card is None:
        table.add_row("loads", _cell("fail"))
        return table
    table.add_row("loads", *[_cell("pass") for _ in reports])
    for row, (title, _) in ROWS.items():
        if row == "silent" and card.extra.get("silent") is True:
            table.add_row(title, *[Text("may be", "dim") for _ in reports])
        else:
            table.add_row(title, *[_cell(report.marks[row]) for report in reports])
    return table


def _cell(mark: Mark) -> Text:
    return Text("–" if mark == "not seen" else mark, _STYLES[mark])


def _sentences(reports: list[Report]) -> list[str]:
    """Each reason once, with the row and the tasks for which it was given."""
    from vggsound_omni.generators.check.inspection import ROWS

    tasks: dict[tuple[str, str], list[str]] = {}
    for report in reports:
        for row, reason in report.reasons.items():
            tasks.setdefault((row, reason), []).append(report.task)
    lines = [f"{ROWS[row][0]} ({', '.join(where)}): {reason}" for (row, reason), where in tasks.items()]
    if any("not seen" in report.marks.values() for report in reports):
        lines.append("–: could not be seen, because another rule was broken first or all answers are alike.")
    return lines

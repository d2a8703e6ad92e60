"""``omni-bench suites``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table


@click.command("suites")
def command() -> None:
    """List the suites."""
    from vggsound_omni.suites import listing

    table = Table("suite", "what", "encoders")
    for line in listing():
        table.add_row(*line)
    Console().print(table)

"""``omni-bench models``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text


@click.command("models")
def command() -> None:
    """List the named generators, and other ways to give one."""
    from vggsound_omni.generators.registry import ignored, names

    table = Table()
    for title in ("model", "what", "tasks", "from"):
        table.add_column(title, overflow="fold", no_wrap=title == "model")
    for name, line in names().items():
        table.add_row(Text(name), Text(line.summary), ", ".join(line.tasks) or "[dim]when loaded[/]", Text(line.origin))
    for form, what in (
        ("file.py:factory", "a class or function in a file"),
        ("package.module:factory", "a class or function that can be imported"),
        ("dir:PATH", "audio files named by item id"),
        ("cmd:PROGRAM", "a program that speaks JSON lines"),
        ("http://HOST/PATH", "a server"),
    ):
        table.add_row(f"[dim]{form}[/]", what, "", "")
    console = Console()
    console.print(table)
    for sentence in ignored().values():
        console.print(Text(sentence))

"""``omni-bench cache``."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click

from vggsound_omni.errors import UserError
from vggsound_omni.io import writing_to

_DAY = 86_400.0
_MB = 1e6


@click.group("cache")
def command() -> None:
    """Show and trim the features that are kept. Removing them loses only time."""


@command.command("show")
def show() -> None:
    """List what is kept, by encoder and checkpoint."""
    from rich.console import Console
    from rich.table import Table

    from vggsound_omni.features import features_dir, holdings

    console = Console()
    root = features_dir()
    kept = holdings(root)
    if not kept:
        console.print(f"{root}: no features are kept yet.", highlight=False, soft_wrap=True)
        return
    table = Table(title=str(root), title_justify="left")
    table.add_column("encoder", overflow="fold")
    table.add_column("checkpoint", overflow="fold")
    for title in ("entries", "MB", "last use"):
        table.add_column(title, justify="right")
    for holding in sorted(kept, key=lambda holding: (holding.encoder is None, holding.space)):
        name, checkpoint = holding.encoder or ("known files", "")
        used = datetime.fromtimestamp(holding.last_use, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(name, checkpoint, f"{holding.entries:,}", f"{holding.size / _MB:.1f}", used)
    table.add_section()
    table.add_row("all", "", f"{sum(h.entries for h in kept):,}", f"{sum(h.size for h in kept) / _MB:.1f}", "")
    console.print(table)


@command.command("trim")
@click.option("--older-than", type=click.FloatRange(min=0), metavar="DAYS", help="What was not used for so long.")
@click.option(
    "--to", "megabytes", type=click.FloatRange(min=0), metavar="MB", help="The longest unused, down to so much."
)
@click.option("--all", "everything", is_flag=True, help="Everything.")
def trim(*, older_than: float | None, megabytes: float | None, everything: bool) -> None:
    """Remove kept features: one of --older-than, --to, --all says which. Other runs may go on meanwhile."""
    from vggsound_omni.features import features_dir, holdings
    from vggsound_omni.features import trim as trim_store

    if (older_than is not None) + (megabytes is not None) + everything != 1:
        raise UserError("Say what to remove with one of --older-than DAYS, --to MB, --all.")
    root = features_dir()
    with writing_to(root):
        freed = trim_store(
            root,
            used_before=None if older_than is None else time.time() - older_than * _DAY,
            to=0 if everything else None if megabytes is None else round(megabytes * _MB),
        )
    left = sum(holding.size for holding in holdings(root))
    click.echo(f"{root}: {freed / _MB:.1f} MB removed, {left / _MB:.1f} MB left.")

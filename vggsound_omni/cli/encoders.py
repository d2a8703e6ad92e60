"""``omni-bench encoders``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table


@click.command("encoders", short_help="Show the encoders and their cards.")
def command() -> None:
    """Shows the encoders that metrics use: what they are, what they were trained on, how good they are."""
    from vggsound_omni.encoders.registry import SETS, load_encoder
    from vggsound_omni.errors import UserError

    table = Table()
    for column in ("encoder", "for", "what", "parameters", "trained on", "held-out scores", "SHA-256"):
        table.add_column(column, overflow="fold")
    for name, roles in SETS.items():
        for role in roles:
            try:
                card = load_encoder(name, role).card
            except UserError as error:
                table.add_row(name, role, f"[red]{error}[/]", "", "", "", "")
                continue
            scores = "\n".join(f"{score}: {value:.3f}" for score, value in card.held_out.items())
            table.add_row(
                card.name, role, card.kind, f"{card.parameters:,}", card.trained_on, scores, card.checkpoint_sha256[:12]
            )
    Console().print(table)

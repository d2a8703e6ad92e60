"""``omni-bench encoders``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape


@click.command("encoders")
def command() -> int:
    """List the encoders and how good they are.

    For each: what it is, and what it was trained on. The pretrained ones follow with what they score and whether their
    weights are here. Exit code 1 if a bundled one is missing.
    """
    from vggsound_omni.encoders.fetch.store import Store
    from vggsound_omni.encoders.registry import PRETRAINED, SETS, load_encoder
    from vggsound_omni.errors import UserError

    console = Console(highlight=False)
    missing = 0
    for encoder_set, roles in SETS.items():
        for role in roles:
            try:
                card = load_encoder(encoder_set, role).card
            except UserError as error:
                console.print(f"[red]{encoder_set} {role}[/]: {escape(str(error))}\n")
                missing += 1
                continue
            scores = ", ".join(f"{score} {value:.3f}" for score, value in card.held_out.items())
            console.print(
                f"[bold]{card.name}[/]  {card.kind}\n"
                f"  role       {role}\n"
                f"  held out   {scores}\n"
                f"  trained    {card.trained_on}\n"
                f"  size       {card.parameters:,} parameters, {card.licence}\n"
                f"  SHA-256    {card.checkpoint_sha256}\n"
            )
    store = Store()
    for role, name in PRETRAINED.items():
        weights = store.weights(name)
        state = store.state(name)
        console.print(
            f"[bold]{name}[/]  by {escape(weights.publisher)}\n"
            f"  role       {role} of the set pretrained: {escape(weights.scores)}\n"
            f"  weights    {state}{'' if state == 'here' else f': omni-bench weights pull {name}'}\n"
            f"  licence    {escape(weights.licence)}\n"
        )
    return 1 if missing else 0

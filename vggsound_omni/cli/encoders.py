"""``omni-bench encoders``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from vggsound_omni.encoders.encoder import EncoderCard, EncoderSpec


@click.command("encoders")
def command() -> int:
    """List the encoders and how good they are.

    Each with what it is and what it was trained on. Those whose weights their publishers offer are shown with what they
    score and whether the weights are here. Exit code 1 if a bundled one is missing.
    """
    from vggsound_omni.encoders.registry import ENCODERS, load_encoder, weights_store
    from vggsound_omni.errors import UserError

    console, store, missing = Console(highlight=False), weights_store(), 0
    for spec in ENCODERS.values():
        if spec.weights is not None:
            state = store.state(spec.name)
            lines = {
                "weights": f"{state}{'' if state == 'here' else f': omni-bench weights pull {spec.name}'}",
                "licence": spec.weights.licence,
            }
            title = f"[bold]{escape(spec.name)}[/]  by {escape(spec.weights.publisher)}"
        else:
            try:
                card = load_encoder(spec).card
            except UserError as error:
                console.print(f"[red]{escape(spec.name)}[/]: {escape(str(error))}\n")
                missing += 1
                continue
            lines = _facts(card)
            title = f"[bold]{escape(spec.name)}[/]  {escape(card.kind)}"
        lines = {"set": spec.encoder_set, "scores": scored_by(spec)} | lines
        console.print(title)
        console.print("\n".join(f"  {name:10} {escape(text)}" for name, text in lines.items()) + "\n")
    for fault in ENCODERS.faults:
        console.print(f"[yellow]{escape(fault)}[/]\n", soft_wrap=True)
    return 1 if missing else 0


def scored_by(spec: EncoderSpec) -> str:
    """Returns the titles of the metrics that an encoder scores, as its set's first or as the one of its mark."""
    from vggsound_omni.metrics.registry import METRICS, by_encoder

    metrics = [metric for metric in METRICS.values() if set(metric.roles) & set(spec.roles)]
    titles = [(by_encoder(metric, spec.variant) if spec.variant else metric).title for metric in metrics]
    return ", ".join(titles) or "nothing yet"


def _facts(card: EncoderCard) -> dict[str, str]:
    return {
        "held out": ", ".join(f"{score} {value:.3f}" for score, value in card.held_out.items()),
        "trained": card.trained_on,
        "size": f"{card.parameters:,} parameters, {card.licence}",
        "SHA-256": card.checkpoint_sha256,
    }

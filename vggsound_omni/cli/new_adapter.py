"""``omni-bench new-adapter``."""

from __future__ import annotations

from pathlib import Path

import click

from vggsound_omni.generators.adapters.new import KINDS, Kind

from ._options import FOLDER


@click.command("new-adapter")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="python",
    show_default=True,
    help="A class here, a program in the model's own environment, or a server on another machine.",
)
@click.option("--folder", type=FOLDER, default=Path(), metavar="DIR", help="Where the file goes.  [default: here]")
def command(name: str, kind: Kind, folder: Path) -> int:
    """Write an adapter to put your model into.

    NAME is the model's. The adapter answers with noise until you change it. It passes omni-bench check as it comes, and goes on so if
    you keep to its comments.

    \b
    Examples:
      omni-bench new-adapter my-model
      omni-bench new-adapter my-model --kind program
      omni-bench new-adapter my-model --kind server
    """
    from vggsound_omni.generators.adapters.new import new_adapter

    path, model = new_adapter(name, kind, folder)
    click.echo(f"{path} answers with noise; put your model into it.")
    if kind == "server":
        click.echo(f"    python {path}")
    click.echo(f"    omni-bench check {model}")
    click.echo(f"    omni-bench run --track t2a --model {model} --limit 8")
    return 0

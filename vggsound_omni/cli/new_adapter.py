"""``omni-bench new-adapter``."""

from __future__ import annotations

from pathlib import Path

import click

from vggsound_omni.generators.adapters.new import KINDS, SYSTEMS

from ._options import FOLDER


@click.command("new-adapter")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice([*KINDS, *SYSTEMS]),
    default="python",
    show_default=True,
    help="A class here, a program in the model's own environment, a server on another machine, or a public system.",
)
@click.option("--folder", type=FOLDER, default=Path(), metavar="DIR", help="Where the file goes.  [default: here]")
def command(name: str, kind: str, folder: Path) -> int:
    """Write an adapter to put your model into.

    NAME is the model's. The adapter answers with noise until you change it, and passes omni-bench check as it comes.
    --kind may also name a public system, whose program is then copied.

    \b
    Examples:
      omni-bench new-adapter my-model
      omni-bench new-adapter my-model --kind program
      omni-bench new-adapter my-model --kind server
      omni-bench new-adapter stable --kind stable-audio-open
    """
    from vggsound_omni.generators.adapters.new import new_adapter

    path, model = new_adapter(name, kind, folder)
    if kind in KINDS:
        click.echo(f"{path} answers with noise; put your model into it.")
    else:
        click.echo(f"{path} is the program for {kind}; its first lines say what it needs.")
    if kind == "server":
        click.echo(f"    python {path}")
    click.echo(f"    omni-bench check {model}")
    click.echo(f"    omni-bench run --track t2a --model {model} --limit 8")
    return 0

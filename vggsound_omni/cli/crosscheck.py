"""``omni-bench crosscheck``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("crosscheck")
@click.argument("package")
@click.option(
    "--python", required=True, type=click.Path(path_type=Path), help="The interpreter of the environment that has it."
)
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The published file, or one in its format.  [default: what omni-bench weights pulled]",
)
@click.argument("paths", type=click.Path(path_type=Path, dir_okay=False), nargs=-1, required=True)
def command(package: str, python: Path, checkpoint: Path | None, paths: tuple[Path, ...]) -> int:
    """Compare an encoder with another project's package.

    Both get the same samples and weights; prints how far apart they are. PACKAGE is its name on the package index, such
    as hear21passt; any other word lists the known ones. It runs in its own environment, so that the versions it pins
    disturb nothing here.
    """
    from rich.console import Console
    from rich.table import Table

    from vggsound_omni.encoders.pretrained.crosscheck import crosscheck
    from vggsound_omni.encoders.pretrained.foreign import PACKAGES
    from vggsound_omni.encoders.registry import weights_store
    from vggsound_omni.errors import unknown_name

    if package not in PACKAGES:
        raise unknown_name("package", package, PACKAGES)
    name = PACKAGES[package].encoder
    table = Table("sound", "output", "largest difference", "over the largest value", title=f"{name} and {package}")
    for one in crosscheck(package, python, checkpoint or weights_store().find(name), paths):
        table.add_row(one.sound, one.output, f"{one.largest:.1e}", f"{one.relative:.1e}")
    Console(highlight=False).print(table)
    return 0

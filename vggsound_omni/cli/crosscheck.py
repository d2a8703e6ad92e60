"""``omni-bench crosscheck``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import FILE, PATH, checkpoint_option


@click.command("crosscheck")
@click.argument("package")
@click.option("--python", required=True, type=PATH, help="The interpreter of the environment that has it.")
@checkpoint_option
@click.argument("paths", type=FILE, nargs=-1, required=True)
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

"""``omni-bench crosscheck``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from vggsound_omni.encoders.crosscheck.packages import PACKAGES, Package
from vggsound_omni.errors import UserError, unknown_name

from ._options import FILE, PATH, checkpoint_option

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vggsound_omni.encoders.crosscheck.table import Row


@click.command("crosscheck")
@click.argument("words", nargs=-1, metavar="[PACKAGE] [CLIP]...")
@click.option("--setup", is_flag=True, help="Make the environment that the package needs.")
@click.option("--remove", is_flag=True, help="Remove it.")
@click.option("--all", "everything", is_flag=True, help="Every package, one after the other.")
@click.option("--table", type=FILE, metavar="FILE.md", help="Write the differences into the table of this page.")
@click.option("--python", type=PATH, help="The interpreter of an environment of your own that has the package.")
@checkpoint_option
def command(
    words: tuple[str, ...],
    *,
    setup: bool,
    remove: bool,
    everything: bool,
    table: Path | None,
    python: Path | None,
    checkpoint: Path | None,
) -> int:
    """Compare encoders with the packages that others use.

    Both get the same samples and the same weights: the published file if it is here, else one that is made by rule;
    without clips, ten recordings of animals are taken. A package runs in an environment of its own in the cache, beside
    the torch that runs here, so that what differs is the package and nothing here is disturbed.

    \b
    Examples:
      omni-bench crosscheck                            lists the packages
      omni-bench crosscheck --setup msclap
      omni-bench crosscheck msclap clips/*.wav
      omni-bench crosscheck --all --setup --table docs/crosscheck.md
    """
    from vggsound_omni.encoders.crosscheck import environment

    console = Console(highlight=False, soft_wrap=True)
    if not words and not everything:
        _list(console)
        return 0
    if not everything and words[0] not in PACKAGES:
        raise unknown_name("package", words[0], PACKAGES)
    packages = list(PACKAGES.values()) if everything else [PACKAGES[words[0]]]
    if everything and (python or checkpoint):
        raise UserError("--python and --checkpoint are of one package; name it instead of --all.")
    paths = [Path(word) for word in (words if everything else words[1:])]
    if remove:
        for package in packages:
            environment.remove(package)
            console.print(f"{package.name}: {environment.home(package)} is removed.")
        return 0
    from vggsound_omni.encoders.crosscheck.table import Row, write_table

    rows: list[Row] = []
    for package in packages:
        try:
            if setup:
                with _lines(console, package) as told:
                    environment.make(package, told)
                console.print(f"{package.name}: its environment is {environment.home(package)}.")
                if not everything:
                    return 0
            interpreter = python or environment.made(package)
            rows += _compared(console, package, interpreter, checkpoint, paths or _recordings())
        except UserError as error:
            if not everything:
                raise
            console.print(f"{package.name}: {error}")
            rows.append(Row(package=package, error=str(error)))
    if table is not None:
        write_table(table, rows)
    return 0


def _list(console: Console) -> None:
    from rich.table import Table

    from vggsound_omni.encoders.crosscheck import environment

    table = Table("package", "version", "compared with", "environment")
    for package in PACKAGES.values():
        state = "here" if environment.python_of(package) else "not made"
        table.add_row(package.name, package.version, package.encoder, state)
    console.print(table)


def _compared(
    console: Console, package: Package, python: Path, checkpoint: Path | None, paths: Sequence[Path]
) -> list[Row]:
    from rich.table import Table

    from vggsound_omni.encoders.crosscheck.compare import crosscheck
    from vggsound_omni.encoders.crosscheck.table import rows_of
    from vggsound_omni.encoders.registry import weights_store
    from vggsound_omni.io import cache_dir

    cache_dir().mkdir(parents=True, exist_ok=True)
    store = weights_store()
    with tempfile.TemporaryDirectory(prefix="crosscheck-", dir=cache_dir()) as folder:
        weights = "the file that was given"
        if checkpoint is None and (package.made is None or store.state(package.encoder) != "absent"):
            checkpoint, weights = store.find(package.encoder), "published"
        with console.status(f"{package.name} and {package.encoder}: comparing"):
            if checkpoint is None:
                from vggsound_omni.encoders.pretrained.rule import write_rule_checkpoint

                file = Path(folder) / store.weights(package.encoder).checkpoint.name
                checkpoint, weights = write_rule_checkpoint(package.encoder, file, package.made or ()), "by rule"
            found = crosscheck(package, python, checkpoint, paths)
    shown = Table("sound", "output", "largest difference", "over the largest value")
    shown.title = f"{package.encoder} and {package.name} {package.version}, weights {weights}"
    for one in found:
        shown.add_row(one.sound, one.output, f"{one.largest:.1e}", f"{one.relative:.1e}")
    console.print(shown)
    return rows_of(package, weights, found)


def _recordings() -> list[Path]:
    from vggsound_omni.data.packaged.cc0_animals import PACKAGE
    from vggsound_omni.data.packaged.unpack import recordings
    from vggsound_omni.io import cache_dir

    return recordings(PACKAGE, cache_dir() / "packages" / "cc0-animals")


@contextmanager
def _lines(console: Console, package: Package) -> Iterator[Callable[[str], None]]:
    """Shows what pip does: its last line in a terminal, else a line for each package."""
    count = len(package.requirements)
    seen = 0

    def told(line: str) -> None:
        nonlocal seen
        if line.startswith("Collecting"):
            seen += 1
            text = f"{package.name}: {seen} of {count}, {line.removeprefix('Collecting ').partition('==')[0]}"
            status.update(text)
            if not console.is_terminal and (seen == 1 or seen % 5 == 0):
                console.print(text)

    with console.status(f"{package.name}: making an environment") as status:
        yield told

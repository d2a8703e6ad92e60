"""``omni-bench merge``."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from ._options import PATH


@click.command("merge")
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="RUN|FILE.npz...")
def command(paths: tuple[Path, ...]) -> int:
    """Put together what the workers of shards have written.

    A run's journals become one; nothing else needs that, and a run that is scored, shown or resumed reads them as they
    are. Of omni-bench encode --shard, the parts of FILE.npz become FILE.npz. Again it changes nothing.
    """
    from vggsound_omni.features.parts import merge_parts
    from vggsound_omni.runs.folder import RunFolder

    console = Console()
    for path in paths:
        if path.suffix == ".npz":
            count = merge_parts(path)
            what = f"{count} parts are joined"
        else:
            folder = RunFolder(path)
            folder.config()
            with folder.locked():
                count = folder.merge()
            what = f"{count} journals are merged" if count else "there was nothing to merge"
        console.print(f"{escape(str(path))}: {what}.", highlight=False, soft_wrap=True)
    return 0

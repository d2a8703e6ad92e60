"""``omni-bench tracks``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table


@click.command("tracks", short_help="List the tracks.")
def command() -> None:
    """Lists the tracks: what a generator is given, which items, and which metrics apply."""
    from vggsound_omni.tracks import load_track, track_names

    given = {"t2a": "caption", "v2a": "video", "vt2a": "video and caption"}
    table = Table()
    for column in ("track", "what", "given", "strata", "metrics", "not applicable"):
        table.add_column(column, overflow="fold", no_wrap=column == "track")
    for name in track_names():
        track = load_track(name)
        reasons = [f"{key}: {reason}" for key, reason in track.not_applicable.items()]
        table.add_row(
            name, track.title, given[track.task], ", ".join(track.strata), " ".join(track.metrics), "\n".join(reasons)
        )
    Console().print(table)

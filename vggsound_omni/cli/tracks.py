"""``omni-bench tracks``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from vggsound_omni.tracks import Track

_GIVEN = {"t2a": "caption", "v2a": "video", "vt2a": "video and caption"}


@click.command("tracks")
def command() -> None:
    """List the tracks: the items, what is given, what ranks."""
    from vggsound_omni.tracks import TRACKS

    table = Table()
    for column in ("track", "what", "given", "items", "window", "ranks by", "exceptions"):
        table.add_column(column, overflow="fold", no_wrap=column == "track")
    for track in TRACKS.values():
        table.add_row(
            Text(track.name),
            Text(track.title),
            f"{track.task}: {_GIVEN[track.task]}",
            Text(_items(track)),
            "whole item" if track.window is None else f"{track.window:g} s",
            _ranked(track),
            Text(_exceptions(track)),
        )
    console = Console()
    console.print(table)
    for fault in TRACKS.faults:
        console.print(Text(fault))


def _ranked(track: Track) -> str:
    """What ranks, and what a rank takes besides."""
    least = [f"from {key} {limit:g} on" for key, limit in track.ranks_from.items()]
    return "\n".join(filter(None, (" or ".join(track.headline), *least)))


def _items(track: Track) -> str:
    """Which items belong to a track, a line for each fact."""
    return "\n".join(f"{fact}: {_wanted(condition)}" for fact, condition in track.where.items()) or "all"


def _wanted(condition: object) -> str:
    if isinstance(condition, dict):
        return ", ".join(f"{end} {limit:g}" for end, limit in condition.items())
    return " or ".join(map(str, condition)) if isinstance(condition, list | tuple) else str(condition)


def _exceptions(track: Track) -> str:
    """What of an item metrics may not look at, and what a reader must know of it."""
    reasons = [f"no metric of the {side}: {reason}" for side, reason in track.not_applicable.items()]
    return "\n".join([*reasons, *(f"{side}: {note}" for side, note in track.notes.items())])

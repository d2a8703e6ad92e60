"""The tracks by name: the files in ``tracks/``, and what installed packages bring."""

from __future__ import annotations

from vggsound_omni.io import shipped
from vggsound_omni.registry import Registry

from .track import Track, read_track

TRACKS: Registry[Track] = Registry(
    "track",
    "vggsound_omni.tracks",
    sorted(map(read_track, shipped("tracks").glob("*.toml")), key=lambda track: (track.order, track.name)),
    key="name",
)


def track_names() -> list[str]:
    """Returns the names of all tracks, in the order of tables."""
    return list(TRACKS)


def load_track(name: str) -> Track:
    """Returns the track of that name.

    Raises:
        UserError: there is none.
    """
    return TRACKS.find(name)

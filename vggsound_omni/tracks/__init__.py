"""Tracks: which items, and what the generator is given."""

from .registry import TRACKS, load_track, track_names
from .track import Track, read_track

__all__ = ["TRACKS", "Track", "load_track", "read_track", "track_names"]

"""Tracks: which items, and what the generator is given."""

from .track import Track, load_track, track_names

__all__ = ["Track", "load_track", "track_names"]

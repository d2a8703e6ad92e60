"""How suites were identified before: by a hash over all of their items, where today there is one per track."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources


def track_of_suite(suite_sha256: str, track: str, *, limited: bool = False) -> str:
    """Returns the hash of a track's items, given the hash of the whole suite in a result of schema 1 or 2.

    Known are the published versions of the bundled suite; what is not known keeps its hash, and so compares with
    results of its own kind only.

    Args:
        suite_sha256: in the result.
        track: the same.
        limited: whether it holds the first N items only.
    """
    return _known().get(suite_sha256, {}).get(f"{track}, limited" if limited else track, suite_sha256)


def suite_of_track(track_sha256: str, track: str) -> str:
    """Returns the hash of the whole suite that a track's hash stands for today; one that is not known is its own."""
    return next((old for old, tracks in _known().items() if tracks.get(track) == track_sha256), track_sha256)


@cache
def _known() -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath("history.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = json.loads(text)
    return found

"""Where items come from: suites by name, and the items and media they hold."""

from .registry import SUITES, SuiteListing, SuiteSpec, listing, open_suite
from .suite import Item, Media, Suite, Truth, items_hash, track_hash, unreadable

__all__ = [
    "SUITES",
    "Item",
    "Media",
    "Suite",
    "SuiteListing",
    "SuiteSpec",
    "Truth",
    "items_hash",
    "listing",
    "open_suite",
    "track_hash",
    "unreadable",
]

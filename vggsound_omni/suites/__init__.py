"""Where items come from: suites by name, and the items and media they hold."""

from .registry import SuiteListing, listing, open_suite
from .suite import Item, Media, Suite, items_hash, unreadable

__all__ = ["Item", "Media", "Suite", "SuiteListing", "items_hash", "listing", "open_suite", "unreadable"]

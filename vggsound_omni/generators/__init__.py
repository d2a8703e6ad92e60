"""The systems under test: finding one by name, running it apart from the benchmark, and judging what it returns.

This face imports neither numpy nor torch, so that listing is quick. Running one is in :mod:`.worker`, the rules an
answer must keep are in :mod:`.conformance`.
"""

from .arguments import split_pairs
from .cards import card_of
from .registry import ModelListing, find, ignored, listing_of, names

__all__ = ["ModelListing", "card_of", "find", "ignored", "listing_of", "names", "split_pairs"]

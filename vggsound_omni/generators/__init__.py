"""The systems under test: their specs, how one is made, how it runs, and the rules that its answers must keep.

What is imported here needs neither numpy nor torch, so listing is quick. :mod:`.worker` runs a generator in its own
process, :mod:`.check` judges its answers.
"""

from .arguments import split_pairs
from .cards import card_of
from .factory import find
from .registry import ignored, listing_of, names
from .spec import GeneratorSpec

__all__ = ["GeneratorSpec", "card_of", "find", "ignored", "listing_of", "names", "split_pairs"]

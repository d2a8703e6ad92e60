"""Chooses between phrasings, of which some are held out: only test captions use them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

_SHORT = 4
"""Lists with fewer entries hold nothing out."""


def held_out(options: Sequence[str]) -> Sequence[str]:
    """Returns those phrasings of a list that no train caption uses: the last quarter."""
    return options[len(options) - len(options) // _SHORT :]


class Choice:
    """Draws phrasings; knows whether any that it drew was held out."""

    def __init__(self, rng: np.random.Generator, *, novel: bool) -> None:
        self.rng = rng
        self.novel = novel
        self.fresh = False

    def __call__(self, options: Sequence[str], fits: Callable[[str], bool] = lambda _: True) -> str:
        """Returns one of the options that fit; one that is held out 4 times in 10 if novel, and never otherwise."""
        held = held_out(options)
        kept = [option for option in held if fits(option)] if self.novel else []
        known = [option for option in options[: len(options) - len(held)] if fits(option)]
        fresh = bool(kept) and (not known or self.chance(0.4))
        self.fresh |= fresh
        drawn = kept if fresh else known
        return drawn[int(self.rng.integers(len(drawn)))]

    def chance(self, probability: float) -> bool:
        """Returns True with this probability."""
        return bool(self.rng.random() < probability)

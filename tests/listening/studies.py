"""Simulated studies."""

from __future__ import annotations

import numpy as np

from vggsound_omni.listening.blocks import blocks
from vggsound_omni.listening.people import Population, answers
from vggsound_omni.stats.bradley_terry import Comparisons


def study(people: Population, items: int, listeners: int, trials: int, seed: int) -> Comparisons:
    """The answers of one simulated study."""
    rng = np.random.default_rng(seed)
    drawn = blocks(len(people.strengths), items, listeners, trials, rng)
    rows = [(cell.left, cell.right, listener, cell.item) for listener, block in enumerate(drawn) for cell in block]
    left, right, who, item = np.array(rows).T
    return answers(people, left, right, who, item, rng)

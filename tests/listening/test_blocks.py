"""Who hears what is balanced."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.listening.blocks import Cell, blocks

SHAPES = [(5, 40, 20, 14), (2, 16, 7, 16), (3, 20, 12, 12), (6, 40, 31, 15), (4, 24, 1, 14)]


def spread(counts: Counter[object], names: int) -> int:
    """The largest count less the least, those that never occur included."""
    return max(counts.values()) - (min(counts.values()) if len(counts) == names else 0)


@pytest.mark.parametrize(("systems", "items", "listeners", "trials"), SHAPES)
@pytest.mark.parametrize("seed", [0, 1])
def test_items_pairs_and_sides_are_even(systems: int, items: int, listeners: int, trials: int, seed: int) -> None:
    found = blocks(systems, items, listeners, trials, np.random.default_rng(seed))
    cells = [cell for block in found for cell in block]
    pairs = len(list(combinations(range(systems), 2)))
    assert [len(block) for block in found] == [trials] * listeners
    assert spread(Counter(cell.item for cell in cells), items) <= 1
    assert spread(Counter(frozenset((cell.left, cell.right)) for cell in cells), pairs) <= 1
    for block in found:
        assert len({cell.item for cell in block}) == trials
        assert spread(Counter(frozenset((cell.left, cell.right)) for cell in block), pairs) <= 1
    sides = Counter((cell.left, cell.right) for cell in cells)
    assert all(abs(sides[a, b] - sides[b, a]) <= 1 for a, b in combinations(range(systems), 2))


def test_a_seed_gives_the_same_blocks_and_another_gives_others() -> None:
    def drawn(seed: int) -> list[list[Cell]]:
        return blocks(4, 20, 5, 12, np.random.default_rng(seed))

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)


def test_more_trials_than_items_are_refused() -> None:
    with pytest.raises(UserError, match="there are 10: lower --trials"):
        blocks(3, 10, 5, 12, np.random.default_rng(0))


@pytest.mark.parametrize(("systems", "items", "listeners", "trials"), SHAPES)
def test_single_sounds_are_even_over_items_and_systems(systems: int, items: int, listeners: int, trials: int) -> None:
    found = blocks(systems, items, listeners, trials, np.random.default_rng(0), "mos")
    cells = [cell for block in found for cell in block]
    assert {cell.right for cell in cells} == {None}
    assert spread(Counter(cell.item for cell in cells), items) <= 1
    assert spread(Counter(cell.left for cell in cells), systems) <= 1
    for block in found:
        assert len({cell.item for cell in block}) == trials
        assert spread(Counter(cell.left for cell in block), systems) <= 1

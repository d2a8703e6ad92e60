"""Swaps permute clips, within classes or across them, and sets do not notice."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vggsound_omni.analysis.audit.swaps import ACROSS, WITHIN, Swap, in_pairs, jaccard, sources
from vggsound_omni.suites.suite import Item

LABELS = st.lists(st.frozensets(st.sampled_from("abcdef"), max_size=3), min_size=2, max_size=14).map(
    lambda sets: {f"item{n:02d}": one for n, one in enumerate(sets)}
)


@settings(deadline=None)
@given(labels=LABELS, swap=st.sampled_from([WITHIN, ACROSS]), share=st.floats(0, 1))
def test_whose_clip_each_item_gets_is_a_permutation_of_that_share(
    labels: dict[str, frozenset[str]], swap: Swap, share: float
) -> None:
    found = sources(swap, labels, share)
    assert sorted(found) == sorted(found.values()) == sorted(labels)
    moved = [item for item, source in found.items() if item != source]
    assert len(moved) <= round(share * len(labels))
    if share == 1:
        assert len(moved) == len(labels)


@settings(deadline=None)
@given(labels=LABELS)
def test_no_derangement_is_closer_than_within_or_further_than_across(labels: dict[str, frozenset[str]]) -> None:
    def closeness(found: dict[str, str]) -> float:
        return sum(jaccard(labels[item], labels[source]) for item, source in found.items())

    ids = sorted(labels)
    turned = dict(zip(ids, ids[1:] + ids[:1], strict=True))
    within, across = (closeness(sources(swap, labels, 1.0)) for swap in (WITHIN, ACROSS))
    assert across - 1e-4 <= closeness(turned) <= within + 1e-4


def test_clips_of_one_class_change_places_with_each_other() -> None:
    labels = {f"{name}{n}": frozenset({name}) for name in "abc" for n in range(3)}
    assert all(item[0] == source[0] for item, source in sources(WITHIN, labels, 1.0).items())
    assert all(item[0] != source[0] for item, source in sources(ACROSS, labels, 1.0).items())


def test_few_items_are_chosen_so_that_each_finds_another_of_its_class() -> None:
    classes = [f"class{n % 12}" for n in range(48)]
    items = [
        Item(id=f"item{n:02d}", stratum="main", duration=8.0, caption=None, labels=(one,))
        for n, one in enumerate(classes)
    ]
    chosen = in_pairs(items, 10)
    assert [item.id for item in chosen] == sorted(item.id for item in chosen)
    assert sorted(np.unique([item.labels[0] for item in chosen], return_counts=True)[1]) == [2] * 5
    assert len(in_pairs(items, 7)) == 7
    assert in_pairs(items, None) == in_pairs(items, 99) == items

"""Ranks with ties: the rule, and that letters show exactly which pairs tie."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.stats import ranks as stats_ranks
from vggsound_omni.stats.ranks import Rank

NAMES = ["v", "w", "x", "y", "z"]


def rank(names: list[str], shown: list[tuple[str, str]]) -> dict[str, Rank]:
    return stats_ranks.rank(names, matrix(names, shown))


def matrix(names: list[str], shown: list[tuple[str, str]]) -> np.ndarray:
    better = np.zeros((len(names), len(names)), bool)
    for one, other in shown:
        better[names.index(one), names.index(other)] = True
    return better


@st.composite
def findings(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Any pairs of five systems, the earlier shown to be better."""
    return [pair for pair in combinations(NAMES, 2) if draw(st.booleans())]


def sets(ranks: dict[str, Rank]) -> list[set[str]]:
    letters = {letter for place in ranks.values() for letter in place.letters}
    return [{name for name, place in ranks.items() if letter in place.letters} for letter in sorted(letters)]


def test_all_apart_and_none_apart() -> None:
    apart = rank(NAMES, list(combinations(NAMES, 2)))
    assert [(place.text, place.letters) for place in apart.values()] == [
        ("1", "a"), ("2", "b"), ("3", "c"), ("4", "d"), ("5", "e"),
    ]  # fmt: skip
    assert {(place.text, place.letters) for place in rank(NAMES, []).values()} == {("1-5", "a")}


def test_a_tie_is_no_equality() -> None:
    ranks = rank(["x", "y", "z"], [("x", "z")])
    assert [(place.text, place.letters) for place in ranks.values()] == [("1-2", "a"), ("1-3", "ab"), ("2-3", "b")]


def test_two_leaders_share_the_first_rank_and_the_next_is_third() -> None:
    ranks = rank(["x", "y", "z"], [("x", "z"), ("y", "z")])
    assert [place.text for place in ranks.values()] == ["1-2", "1-2", "3"]


@given(findings())
def test_systems_share_a_letter_exactly_if_they_were_not_told_apart(shown: list[tuple[str, str]]) -> None:
    ranks = rank(NAMES, shown)
    for one, other in combinations(NAMES, 2):
        assert bool(set(ranks[one].letters) & set(ranks[other].letters)) == ((one, other) not in shown)


@given(findings())
def test_a_letter_is_a_largest_set_and_no_two_are_alike(shown: list[tuple[str, str]]) -> None:
    found = sets(rank(NAMES, shown))
    for members in found:
        for name in set(NAMES) - members:
            assert any((a, b) in shown for a, b in combinations(NAMES, 2) if {a, b} - members == {name})
    assert len({frozenset(members) for members in found}) == len(found)


@given(findings())
def test_a_rank_leaves_room_for_all_that_could_be_better(shown: list[tuple[str, str]]) -> None:
    for name, place in rank(NAMES, shown).items():
        ties = sum(name in pair for pair in combinations(NAMES, 2) if pair not in shown)
        assert place.lowest - place.rank == ties


def test_letters_do_not_end_at_z() -> None:
    names = [f"s{number}" for number in range(28)]
    ranks = rank(names, list(combinations(names, 2)))
    assert [ranks[name].letters for name in names[25:]] == ["z", "A", "B"]


def test_a_board_of_sixty_is_ranked_at_once() -> None:
    names = [f"s{number}" for number in range(60)]
    ranks = rank(names, [pair for pair in combinations(names, 2) if int(pair[1][1:]) - int(pair[0][1:]) > 7])
    assert len(sets(ranks)) == 53

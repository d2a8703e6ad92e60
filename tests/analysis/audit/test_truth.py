"""Metrics that are right are found right, and metrics that are not are found out."""

from __future__ import annotations

import numpy as np
import pytest

from vggsound_omni.analysis.audit.truth import (
    classes_against,
    known,
    on_screen_share,
    share_against_ib,
    shift_against_ds,
)
from vggsound_omni.metrics import METRICS
from vggsound_omni.suites.suite import Item, MusicTruth, SoundEvent, Truth

SHIFTS = (0.0, 0.4, 0.8, 2.0)


def item(number: int, seen: float = 1.0, unseen: float = 0.0, music_db: float | None = None) -> Item:
    """A blow in the picture and one outside, each of that many seconds."""
    events = tuple(
        SoundEvent(sound_class="hammering nails", onset=1.0, end=1.0 + seconds, on_screen=on_screen, impact=True)
        for on_screen, seconds in ((True, seen), (False, unseen))
        if seconds
    )
    truth = Truth(events=events, music=None if music_db is None else MusicTruth(style="waltz", level_db=music_db))
    return Item(id=f"item{number:02d}", stratum="main", duration=8.0, caption=None, truth=truth)


ITEMS = [item(n) for n in range(20)]


def ds(slope: float, spread: float = 0.05) -> dict[float, dict[str, dict[str, float]]]:
    rng = np.random.default_rng(0)
    return {shift: {one.id: {"ds": abs(slope * shift + rng.normal(0, spread))} for one in ITEMS} for shift in SHIFTS}


def test_a_synchroniser_that_measures_seconds_has_a_slope_of_one() -> None:
    (finding,) = shift_against_ds(ITEMS, ds(1.0))
    assert finding.verdict == "pass"
    assert finding.numbers["slope_impacts"] == pytest.approx(1, abs=0.05)
    assert finding.numbers["intercept_impacts"] == pytest.approx(0, abs=0.05)


def test_a_synchroniser_that_measures_something_else_is_found_out() -> None:
    for scores in (ds(0.4), ds(2.0), ds(0.0, spread=1.0)):
        assert [finding.verdict for finding in shift_against_ds(ITEMS, scores)] == ["fail"]


def test_nothing_is_said_of_synchrony_if_no_impact_is_seen() -> None:
    unseen = [item(n, 0.0, 1.0) for n in range(20)]
    assert list(shift_against_ds(unseen, ds(1.0))) == []


def test_a_synchroniser_that_is_right_only_at_every_fifth_of_a_second_is_found_out() -> None:
    # Means over 64 scenes of the bundled network, read at every fifth lag and at all; beyond 1 s as they should be.
    delays = (0.0, 0.08, 0.12, 0.2, 0.28, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.6, 2.0)
    every_fifth = (0.055, 0.698, 0.761, 0.227, 0.797, 0.427, 0.862, 0.623, 0.806, 0.997, 1.2, 1.6, 2.0)
    all_lags = (0.089, 0.143, 0.162, 0.232, 0.321, 0.430, 0.524, 0.630, 0.820, 0.989, 1.2, 1.6, 2.0)
    for means, verdict in ((every_fifth, "fail"), (all_lags, "pass")):
        scores = {delay: {one.id: {"ds": ds} for one in ITEMS} for delay, ds in zip(delays, means, strict=True)}
        (found,) = shift_against_ds(ITEMS, scores)
        assert found.verdict == verdict
        assert 0.7 < found.numbers["slope_impacts"] < 1.3, "the slope alone does not tell"


def test_share_on_screen_is_of_energy_and_music_is_outside() -> None:
    assert on_screen_share(item(0)) == 1
    assert on_screen_share(item(0, 0.0, 1.0)) == 0
    assert on_screen_share(item(0, 1.0, 3.0)) == pytest.approx(0.25)
    assert on_screen_share(item(0, music_db=0.0)) == pytest.approx(0.5)
    assert on_screen_share(item(0, music_db=-10.0)) == pytest.approx(1 / 1.1)
    assert on_screen_share(item(0, 0.0, 0.0)) == 0


def test_ib_must_prefer_what_is_on_screen() -> None:
    items = [item(n, 1.0 if n % 2 else 0.0, 0.0 if n % 2 else 1.0) for n in range(60)]
    right = {one.id: {"ib": on_screen_share(one)} for one in items}
    (found,) = share_against_ib(items, right)
    assert (found.numbers["concordance"], found.verdict) == (1, "pass")
    by_number = {one.id: {"ib": float(n)} for n, one in enumerate(items)}
    (chance,) = share_against_ib(items, by_number)
    assert chance.numbers["concordance"] == pytest.approx(0.517, abs=0.001)
    assert chance.verdict == "fail"
    (few,) = share_against_ib(items[:12], by_number)
    assert few.verdict == "unsure"
    assert list(share_against_ib(ITEMS, right)) == [], "all have all of their sound on screen"


@pytest.mark.parametrize(("metric", "sign"), [("kl", -1), ("ms_clap", 1)])
def test_a_metric_of_pairs_must_go_with_the_classes_in_the_right_direction(metric: str, sign: int) -> None:
    labels = {f"item{n}": frozenset({"a" if n % 2 else "b"}) for n in range(12)}
    ids = sorted(labels)
    within, across = ({one: ids[(i + step) % 12] for i, one in enumerate(ids)} for step in (2, 1))
    swaps = [
        (source, {one: {metric: sign * len(labels[one] & labels[source[one]])} for one in ids})
        for source in (within, across)
    ]
    assert classes_against(METRICS[metric], labels, swaps).verdict == "pass"
    opposite = [(source, {i: {metric: -s[metric]} for i, s in found.items()}) for source, found in swaps]
    assert classes_against(METRICS[metric], labels, opposite).verdict == "fail"


def test_truth_must_be_known_of_all_items_and_more_than_a_handful() -> None:
    assert known(ITEMS)
    assert not known(ITEMS[:4])
    assert not known([*ITEMS, Item(id="x", stratum="main", duration=8.0, caption=None)])

"""Verdicts on made-up metrics: one that follows, one that is blind, one that wanders, one that sees nothing move."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from vggsound_omni.analysis.audit.corruptions import CORRUPTIONS
from vggsound_omni.analysis.audit.expectations import KNOWN
from vggsound_omni.analysis.audit.outcomes import Cell, Treatment
from vggsound_omni.analysis.audit.verdicts import expected, judge, resampled, worsening, yardstick
from vggsound_omni.metrics import METRICS


def treatment(key: str, count: int, kind: Literal["graded", "inaudible"] = "graded") -> Treatment:
    return Treatment(key=key, title=key, kind=kind, unit="", severities=list(range(1, count + 1)), what="")


def pq(
    values: list[float],
    corruption: str = "clipping",
    known: dict[tuple[str, str], str] | None = None,
    *,
    spread: float = 0.01,
    items: int = 50,
) -> Cell:
    """PQ is 9 for the references and 4 for noise, so a unit of effect is 5 points; ``spread`` is that of the items."""
    kind: Literal["graded", "inaudible"] = "inaudible" if corruption == "dither" else "graded"
    unit = yardstick(METRICS["pq"], 9.0, [], {"noise": 4.0, "shuffled": 9.0})
    noise = np.random.default_rng(0).normal(size=(len(values) + 1, items))
    noise = spread * (noise - noise.mean(axis=1, keepdims=True))
    moves = [9 - value + noise[k] for k, value in enumerate(values)]
    draws = resampled(moves, 5 + noise[-1], 5.0)
    return judge(treatment(corruption, len(values), kind), METRICS["pq"], values, unit, known or {}, draws=draws)


def test_a_metric_that_must_worsen_and_does_passes() -> None:
    cell = pq([8, 7, 6])
    assert cell.effects == pytest.approx([0.2, 0.4, 0.6])
    assert (cell.verdict, cell.spearman) == ("pass", 1.0)
    assert cell.effect == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([9, 9, 9], "hardly reacts"),
        ([8.9, 8.8, 8.6], "hardly reacts"),
        ([10, 11, 12], "hardly reacts"),
        ([4, 5, 6, 7, 8], "does not follow"),
    ],
)
def test_a_metric_that_must_worsen_and_does_not_fails(values: list[float], reason: str) -> None:
    cell = pq(values)
    assert cell.verdict == "fail"
    assert reason in cell.sentence


def test_a_metric_that_must_stay_is_judged_by_its_largest_move_in_either_direction() -> None:
    assert pq([9.3, 8.8], "time_shift").verdict == "pass"
    for values in ([8.0, 9.0], [10.0, 9.0]):
        cell = pq(values, "time_shift")
        assert cell.verdict == "fail"
        assert abs(cell.effect) == pytest.approx(0.2)


def test_what_is_inaudible_may_move_half_as_far() -> None:
    assert pq([8.65], "time_shift").verdict == "pass"
    assert pq([8.65], "dither").verdict == "fail"


@pytest.mark.parametrize(("values", "corruption"), [([8.7, 8.5, 8.4], "clipping"), ([9.1, 8.6], "time_shift")])
def test_a_move_near_the_threshold_is_decided_only_by_enough_items(values: list[float], corruption: str) -> None:
    few, many = (pq(values, corruption, spread=1.0, items=items) for items in (20, 2_000))
    assert few.verdict == "unsure"
    assert "too few items" in few.sentence
    assert many.verdict == "pass"
    assert few.interval is not None
    assert few.interval[0] < 0.1 < few.interval[1] or few.interval[0] < -0.1 < few.interval[1]


def test_a_metric_that_wanders_by_chance_is_not_called_a_failure() -> None:
    """PC under a shift: half of a graded change is noise of 20 clips."""
    assert pq([8.0, 8.3, 7.9, 8.2, 7.8], spread=3.0, items=20).verdict == "unsure"
    assert pq([8.0, 8.3, 7.9, 8.6, 8.4], spread=0.1, items=20).verdict == "fail"


def test_intervals_hold_the_truth_at_every_severity_at_once() -> None:
    """300 samples of 40 items, moves correlated between severities: the share held meets 95 % within its own error."""
    rng, held, truth = np.random.default_rng(1), 0, np.array([0.1, 0.2, 0.4])
    for _ in range(300):
        shared = rng.normal(size=40)
        moves = [5 * effect + shared + rng.normal(size=40) for effect in truth]
        draws = resampled(moves, 5 + rng.normal(size=40), 5.0)
        cell = judge(
            treatment("clipping", 3),
            METRICS["pq"],
            [9 - float(np.mean(move)) for move in moves],
            yardstick(METRICS["pq"], 9.0, [], {"noise": 4.0, "shuffled": 9.0}),
            {},
            draws=draws,
        )
        held += all(low <= effect <= high for (low, high), effect in zip(cell.intervals, truth, strict=True))
    assert 0.91 <= held / 300 <= 0.985


def test_a_known_failure_is_a_failure_with_a_reason_and_a_pass_needs_none() -> None:
    known = {("clipping", "pq"): "because"}
    assert (pq([9.0], known=known).verdict, pq([9.0], known=known).known) == ("fail", "because")
    assert (pq([6.0], known=known).verdict, pq([6.0], known=known).known) == ("pass", None)


def test_worse_is_down_where_higher_is_better_and_up_otherwise() -> None:
    assert worsening(METRICS["pq"], 8.0, 9.0) == 1
    assert worsening(METRICS["kl"], 3.0, 1.0) == 2
    assert worsening(METRICS["pc"], 5.0, 4.0) == 1


def test_what_a_metric_does_not_mention_is_open_unless_nobody_hears_it() -> None:
    kl = METRICS["kl"]
    assert expected(kl, "swap_across", "graded") == "worsens"
    assert expected(kl, "clipping", "graded") == "open"
    assert expected(kl, "dither", "inaudible") == "still"
    assert expected(replace(kl, expect={"dither": "open"}), "dither", "inaudible") == "open"


def test_known_failures_are_of_cells_that_can_fail() -> None:
    kinds = {one.key: one.kind for one in CORRUPTIONS}
    for corruption, metric in KNOWN["foleyworld"]:
        assert expected(METRICS[metric], corruption, kinds.get(corruption, "graded")) != "open", (corruption, metric)

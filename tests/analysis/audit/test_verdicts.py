"""Verdicts on made-up metrics: one that follows, one that is blind, one that wanders, one that sees nothing move."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from vggsound_omni.analysis.audit.corruptions import CORRUPTIONS
from vggsound_omni.analysis.audit.expectations import KNOWN
from vggsound_omni.analysis.audit.outcomes import Cell, Treatment
from vggsound_omni.analysis.audit.verdicts import expected, judge, worsening, yardstick
from vggsound_omni.metrics import METRICS


def treatment(key: str, count: int, kind: Literal["graded", "inaudible"] = "graded") -> Treatment:
    return Treatment(key=key, title=key, kind=kind, unit="", severities=list(range(1, count + 1)), what="")


def pq(values: list[float], corruption: str = "clipping", known: dict[tuple[str, str], str] | None = None) -> Cell:
    """PQ is 9 for the references and 4 for noise: a unit of effect is 5 points."""
    kind: Literal["graded", "inaudible"] = "inaudible" if corruption == "dither" else "graded"
    unit = yardstick(METRICS["pq"], 9.0, [], {"noise": 4.0, "shuffled": 9.0})
    return judge(treatment(corruption, len(values), kind), METRICS["pq"], values, unit, known or {})


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

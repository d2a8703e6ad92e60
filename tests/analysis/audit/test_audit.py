"""The bundled encoders pass a small audit: a metric that does not measure what it claims is a defect."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from vggsound_omni.analysis.audit.audit import audit
from vggsound_omni.analysis.audit.corruptions import CORRUPTIONS, NOISE
from vggsound_omni.analysis.audit.outcomes import Audit
from vggsound_omni.analysis.audit.swaps import ACROSS, WITHIN
from vggsound_omni.encoders.registry import playing
from vggsound_omni.errors import UserError
from vggsound_omni.metrics import METRICS
from vggsound_omni.present.audit.heatmap import draw

THINNED = [
    replace(
        one,
        severities=(0.02, 0.09, 0.25, 0.4, 0.8, 2.0)
        if one.key == "time_shift"
        else one.severities[(len(one.severities) - 1) // 2 :: 2],
    )
    for one in CORRUPTIONS
]
"""Every corruption, most at their middle and worst severities."""
CORE = ("time_shift", "added_noise", "band_limit", "mp3", "one_sample", "dither", "gain_01")


PLAYED = [one for one in METRICS.values() if set(one.roles) <= set(playing("foleyworld"))]


@pytest.fixture(scope="module")
def small() -> Audit:
    chosen = [one for one in THINNED if one.key in CORE]
    assert len(chosen) == len(CORE)
    return audit("foleyworld", Console(quiet=True), limit=20, corruptions=chosen)


@pytest.mark.soak
def test_no_metric_fails_under_any_corruption_but_where_it_is_documented() -> None:
    whole = audit("foleyworld", Console(quiet=True), limit=20, corruptions=THINNED)
    assert whole.defects == []
    assert {one.key for one in whole.corruptions} == {NOISE.key, ACROSS.key, WITHIN.key, *(c.key for c in CORRUPTIONS)}


def test_no_metric_fails_but_where_it_is_documented(small: Audit) -> None:
    assert small.defects == []
    assert small.yardsticks.keys() | small.absent.keys() >= {one.key for one in PLAYED}
    assert "It is about 2 of the 20 items, and an audit of it needs 6." in small.absent.values()
    assert len(small.cells) == len(small.corruptions) * len(small.yardsticks)
    assert {one.key for one in small.corruptions} == {NOISE.key, ACROSS.key, WITHIN.key, *CORE}


def test_each_metric_that_pairs_clips_sees_clips_that_change_places(small: Audit) -> None:
    verdicts = {cell.metric: cell.verdict for cell in small.cells if cell.corruption == "swap_across"}
    assert {verdicts[key] for key in ("kl", "ms_clap", "la_clap", "ib", "ds")} == {"pass"}


def test_synchrony_follows_the_shift_and_the_content_metrics_stay_on_the_grid_of_onsets(small: Audit) -> None:
    cells = {cell.metric: cell for cell in small.cells if cell.corruption == "time_shift"}
    assert cells["ds"].verdict == "pass"
    assert (cells["ds"].spearman or 0) > 0.9
    shifts = next(one for one in small.corruptions if one.key == "time_shift").severities
    on_grid = [k for k, shift in enumerate(shifts) if round(1000 * shift) % 40 == 0]
    assert len(on_grid) >= 3
    for key in ("kl", "fd", "fad", "ms_clap", "la_clap", "ib"):
        assert max(abs(cells[key].effects[k]) for k in on_grid) < 0.1, cells[key].effects


def test_quality_and_distance_see_noise_and_a_lost_band(small: Audit) -> None:
    for cell in small.cells:
        if cell.corruption in ("added_noise", "band_limit") and cell.metric in ("fad", "pq"):
            assert cell.verdict == "pass", cell.sentence


def test_what_no_one_hears_moves_nothing(small: Audit) -> None:
    inaudible = {one.key for one in CORRUPTIONS if one.kind == "inaudible"}
    cells = [cell for cell in small.cells if cell.corruption in inaudible]
    assert len(cells) == len(inaudible & set(CORE)) * len(small.yardsticks)
    assert [cell.sentence for cell in cells if cell.verdict == "fail"] == []
    assert max(abs(cell.effect) for cell in cells if cell.metric != "pc") < 0.05


def test_the_truth_of_foleyworld_is_found_again(small: Audit) -> None:
    verdicts = {finding.metric: finding.verdict for finding in small.truth}
    told = {one.key for one in PLAYED if one.needs_truth} - small.absent.keys()
    assert set(verdicts) == {"ds", "kl", "ms_clap", "la_clap", "ib"} | told
    assert {"event_f1", "av_f1", "onset_f1", "count"} <= told
    assert {verdicts[key] for key in ("kl", "ms_clap", "la_clap", *told)} == {"pass"}
    assert "fail" not in verdicts.values(), "20 items are too few to be sure of DS and IB"


def test_the_outcome_is_drawn_and_read_again(small: Audit, tmp_path: Path) -> None:
    draw(small, tmp_path / "heatmap.png")
    assert (tmp_path / "heatmap.png").read_bytes()[:4] == b"\x89PNG"
    assert Audit.model_validate_json(small.model_dump_json()) == small


def test_a_suite_that_does_not_exist_is_one_sentence() -> None:
    with pytest.raises(UserError, match="foleyworld"):
        audit("foleyword", Console(quiet=True), limit=4)

"""The study of the generalist dilemma: equal steps, shared beginnings, intervals that cover, one table at the end."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from reference_model.cli_train import group
from reference_model.components import Components
from reference_model.generator import WEIGHTS
from reference_model.release import parameters
from reference_model.study.arms import ARMS, first_stage
from reference_model.study.evaluate import baseline_tracks, runs, write_study
from reference_model.study.findings import CLAIMS, FINDINGS, Checked
from reference_model.study.presets import PRESETS
from reference_model.study.run import check_captions, run
from reference_model.study.summary import Number, _number
from reference_model.study.train import Study
from vggsound_omni.errors import UserError
from vggsound_omni.generators import listing_of
from vggsound_omni.tracks import load_track


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_model_takes_equally_many_steps_and_ends_alike(preset: object) -> None:
    assert isinstance(preset, type(PRESETS["smoke"]))
    for arm in ARMS.values():
        stages = [*([first_stage(preset, 0)] if arm.first else []), *arm.configs(preset, 0)]
        assert sum(stage.steps for stage in stages) == preset.steps, arm.name
        assert len({stage.dit for stage in stages}) == 1
        final = stages[-1]
        left = range(1, preset.last - final.warm_up, max(1, preset.last // 50))  # a new stage warms up first
        rates = [final.rate_at(final.steps - steps) for steps in left]
        assert rates == pytest.approx([preset.rate * steps / preset.last for steps in left])


def test_the_laptop_trains_the_network_that_was_planned() -> None:
    sizes = first_stage(PRESETS["laptop"], 0).dit
    assert (sizes.depth, sizes.width) == (4, 192)
    assert parameters(sizes) == pytest.approx(3.7e6, rel=0.05)


def test_arms_differ_in_what_they_are_named_for() -> None:
    preset = PRESETS["laptop"]
    bridge, poor = (ARMS[name].configs(preset, 0)[0] for name in ("bridge", "poor-bridge"))
    assert poor == bridge.model_copy(update={"bridge": "poor", "name": poor.name})
    merged, staged = (ARMS[name].configs(preset, 0) for name in ("s1-s2s3", "s1-s2-s3"))
    assert merged[0].offscreen == staged[1].offscreen > staged[0].offscreen == 0
    assert [ARMS[name].configs(preset, 0)[0].tasks["t2a"] for name in ("apart-20", "apart-40")] == [0.2, 0.4]
    assert ARMS["v2a-only"].tracks(preset) == ["v2a"]
    assert ARMS["apart-20"].tracks(preset) == list(preset.tracks)


def test_claims_are_of_arms_and_of_every_finding() -> None:
    assert {claim.finding for claim in CLAIMS} == set(FINDINGS)
    for claim in CLAIMS:
        assert {claim.better, claim.worse} <= set(ARMS)
        assert all(claim.track in ARMS[name].tracks(PRESETS["laptop"]) for name in (claim.better, claim.worse))


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(0.1, 0.3, "confirmed"), (-0.1, 0.3, "not seen"), (-0.3, -0.1, "opposite")]
)
def test_a_verdict_follows_from_the_interval(low: float, high: float, verdict: str) -> None:
    number = Number(estimate=(low + high) / 2, low=low, high=high, seeds=3, items=9)
    assert Checked(claim=CLAIMS[0], difference=number, ran=True).verdict == verdict
    assert Checked(claim=CLAIMS[0], difference=replace(number, seeds=1), ran=True).verdict == "one seed only"
    assert Checked(claim=CLAIMS[0], difference=None, ran=True).verdict == "not measured"
    assert Checked(claim=CLAIMS[0], difference=None, ran=False).verdict == "not run"


def test_an_interval_ends_at_the_range_of_the_metric() -> None:
    found = _number(np.array([1.0, 1.0, 0.9]), 0.0, [0.96, 0.97], (0.0, 1.0))
    assert found.high == 1.0
    assert found.low < found.estimate < 1.0


@pytest.mark.parametrize(("of_seeds", "of_items"), [(0.0, 1.0), (0.3, 1.0), (1.0, 0.5)])
def test_intervals_cover_other_seeds_and_other_items(of_seeds: float, of_items: float) -> None:
    """In at least 95 of 100 studies of three seeds and 60 items, whichever of both varies more."""
    rng, covered, count = np.random.default_rng(0), 0, 400
    for _ in range(count):
        scores = rng.normal(0, of_seeds, (3, 1)) + rng.normal(0, of_items, 60) + rng.normal(0, 0.2, (3, 60))
        found = _number(scores.mean(0), 0.0, scores.mean(1).tolist())
        covered += found.low <= 0 <= found.high
    assert covered / count >= 0.93  # 0.95, less two standard errors
    assert covered < count, "intervals without an end cover, too"


def test_the_study_file_names_every_run(tmp_path: Path) -> None:
    preset = PRESETS["laptop"]
    study = Study(tmp_path, preset, WEIGHTS, Components.load(WEIGHTS), Console(quiet=True))
    arms = list(ARMS.values())
    found = tomllib.loads(write_study(study, arms, preset.seeds).read_text(encoding="utf-8"))
    models = found["models"]
    assert len(models) == len(ARMS) * len(preset.seeds) + len(preset.baselines)
    asked = {(name, track) for name, entry in models.items() for track in entry["tracks"]}
    for one in runs(study, arms, preset.seeds):
        asked.remove((one.options.name, one.options.track))
        given = models[one.options.name or ""]
        assert one.options.arguments == given.get("arguments", {})
        assert one.options.output == Path(found["output"]) / (one.options.name or "") / str(one.options.track) / "seed0"
        listing = listing_of(given["model"])
        assert listing is not None
        assert load_track(str(one.options.track)).task in listing.tasks
    assert not asked


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preset", "lptop"], 'Unknown preset "lptop"'),
        (["--arm", "bridg"], 'Unknown arm of the study "bridg"'),
        (["--seed", "7"], "has the seeds 0, 1, 2, not 7"),
    ],
)
def test_what_does_not_exist_is_said_at_once(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(group, ["study", "generalist-dilemma", "--work", str(tmp_path / "w"), *arguments])
    assert isinstance(done.exception, UserError)
    assert message in str(done.exception)
    assert not (tmp_path / "w").exists()


def test_a_stage_trained_with_other_settings_is_not_taken(tmp_path: Path) -> None:
    preset, arm = PRESETS["smoke"], ARMS["t2a-only"]
    study = Study(tmp_path, preset, WEIGHTS, Components.load(WEIGHTS), Console(quiet=True))
    (config,) = arm.configs(preset, 0)
    place = tmp_path / "training" / "seed0" / config.name
    place.mkdir(parents=True)
    (place / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UserError, match="other settings or encoders"):
        study.train(arm, 0)


@pytest.mark.soak
def test_the_smallest_study_writes_every_cell_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    work, console = tmp_path / "study", Console(quiet=True)
    run(work, "smoke", only=["bridge"], seeds=[0], train_only=True, console=console)
    before = (work / "models" / "bridge-seed0.safetensors").read_bytes()
    run(work, "smoke", console=console)
    assert (work / "models" / "bridge-seed0.safetensors").read_bytes() == before
    table = (work / "table.md").read_text(encoding="utf-8")
    lines = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    assert all("–" not in line for line in lines), table
    preset = PRESETS["smoke"]
    expected = sum(len(arm.tracks(preset)) for arm in ARMS.values()) + len(preset.tracks)
    expected += sum(len(baseline_tracks(preset, name)) for name in preset.baselines)
    assert len(lines) == expected
    verdicts = (work / "findings.md").read_text(encoding="utf-8")
    assert verdicts.count("not run") == sum(claim.track not in preset.tracks for claim in CLAIMS)
    assert (work / "study.svg").stat().st_size > 1000


def test_a_study_that_was_begun_is_not_gone_on_with_by_other_captions(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_text("1")
    other.write_text("2")
    for begun, first, then in (("a", None, one), ("b", one, None), ("c", one, other)):
        check_captions(tmp_path / begun, first)
        (tmp_path / begun / "models").mkdir()
        check_captions(tmp_path / begun, first)
        with pytest.raises(UserError, match="was begun with other captions"):
            check_captions(tmp_path / begun, then)
    (tmp_path / "before" / "models").mkdir(parents=True)  # a study of before there was the choice
    with pytest.raises(UserError, match="was begun with other captions"):
        check_captions(tmp_path / "before", one)
    check_captions(tmp_path / "before", None)

"""``omni-bench run`` and ``score``: names, seeds, JSON; what is printed is what is in the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from vggsound_omni.api import evaluate
from vggsound_omni.cli import command
from vggsound_omni.cli._options import each_run
from vggsound_omni.errors import UserError
from vggsound_omni.runs.result import read_result
from vggsound_omni.tracks import track_names

BUNDLED = ("--encoders", "foleyworld")


@pytest.fixture
def asked(captions_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    return ["--suite", f"manifest:{captions_only}", "--track", "t2a", "--model", "noise", "--limit", "2"]


def omni_bench(*arguments: str) -> Result:
    done = CliRunner().invoke(command, list(arguments), standalone_mode=False, env={"COLUMNS": "200"})
    if done.exception is not None and not isinstance(done.exception, UserError):
        raise done.exception
    return done


def test_several_seeds_are_folders_and_one_table(asked: list[str], tmp_path: Path) -> None:
    done = omni_bench("run", *asked, *BUNDLED, "--seeds", "0,3,0", "--output", "r")
    assert done.return_value == 0
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == ["seed0", "seed3"]
    assert [read_result(tmp_path / "r" / f"seed{seed}").seed for seed in (0, 3)] == [0, 3]
    assert "noise, seed 0" in done.output
    assert "noise, seed 3" in done.output
    again = omni_bench("run", *asked, *BUNDLED, "--seed", "3", "--output", "r/seed3")
    assert again.return_value == 0, "a seed of several is a run like any other"


def test_without_an_output_every_run_has_a_folder_of_its_own(asked: list[str], tmp_path: Path) -> None:
    assert omni_bench("generate", *asked, "--seeds", "0,1").return_value == 0
    assert omni_bench("generate", *asked, "--name", "my model/2").return_value == 0
    names = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert len(names) == 3
    assert names == ["captions-t2a-my-model-2-seed0", "captions-t2a-noise-seed0", "captions-t2a-noise-seed1"]


def test_of_several_tracks_those_that_the_model_does_not_do_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = ["--suite", "foleyworld", "--limit", "1", "--model", "grammar"]
    done = omni_bench("generate", *model, "--track", "v2a", "--track", "t2a", "--seeds", "0,1", "--output", "r")
    assert done.return_value == 0
    assert done.output.count("Left out: Model grammar does t2a, vt2a, and track v2a asks for v2a.") == 1
    assert sorted(str(path.parent) for path in Path("r").rglob("run.json")) == ["r/t2a/seed0", "r/t2a/seed1"]
    alone = omni_bench("generate", *model, "--track", "v2a")
    assert "asks for v2a" in str(alone.exception)
    assert "Left out" not in alone.output


def test_of_all_tracks_those_that_give_nothing_else_or_not_what_is_withheld_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = ["--suite", "foleyworld", "--limit", "1", "--model", "noise", "--without", "text"]
    done = omni_bench("generate", *model, "--track", "t2a", "--track", "v2a", "--track", "vt2a", "--output", "r")
    assert done.return_value == 0
    assert sorted(path.name for path in Path("r").iterdir()) == ["vt2a"]
    assert "Left out: Without text, nothing of the track t2a is left" in done.output
    assert "Left out: The track v2a gives no text" in done.output


def test_of_all_tracks_those_that_the_suite_has_nothing_for_are_left_out(asked: list[str], tmp_path: Path) -> None:
    done = omni_bench("run", *asked, *BUNDLED, "--track", "all", "--output", "r")
    assert done.return_value == 0
    assert [path.name for path in (tmp_path / "r").iterdir()] == ["t2a"]
    assert done.output.count("Left out: ") == len(track_names()) - 1
    assert "no items for track offscreen" in done.output


@pytest.mark.parametrize("seeds", ["", "1,", "a", "1;2", "1.5"])
def test_what_is_no_list_of_seeds_is_refused(asked: list[str], seeds: str) -> None:
    done = CliRunner().invoke(command, ["run", *asked, "--seeds", seeds])
    assert done.exit_code == 2
    assert "is not a list of seeds such as 0,1,2." in done.output


def test_a_seed_out_of_range_stops_before_anything_runs(asked: list[str], tmp_path: Path) -> None:
    assert "--seed is -1" in str(omni_bench("run", *asked, *BUNDLED, "--seeds", "0,-1", "--output", "r").exception)
    assert "Unknown track" in str(omni_bench("run", *asked, *BUNDLED, "--track", "t2", "--output", "r").exception)
    assert not (tmp_path / "r").exists()


def test_a_name_is_what_tables_call_the_model(asked: list[str], tmp_path: Path) -> None:
    first = omni_bench("run", *asked, *BUNDLED, "--output", "r")
    assert "noise" in first.output
    lines = (tmp_path / "r" / "items.jsonl").read_bytes()
    named = omni_bench("run", *asked, *BUNDLED, "--output", "r", "--name", "ours, 50 steps")
    assert "ours, 50 steps" in named.output
    assert (tmp_path / "r" / "items.jsonl").read_bytes() == lines, "a name is no part of what was asked"
    assert read_result(tmp_path / "r").model["label"] == "ours, 50 steps"
    assert read_result(tmp_path / "r").model["name"] == "noise"
    assert "ours, 50 steps" in (tmp_path / "r" / "report.html").read_text()
    assert omni_bench("run", *asked, *BUNDLED, "--output", "r").return_value == 0
    assert "ours, 50 steps" in omni_bench("score", *BUNDLED, "r").output, "and stays"


def test_json_is_the_results_and_nothing_else(asked: list[str], tmp_path: Path) -> None:
    run = omni_bench("run", *asked, *BUNDLED, "--seeds", "0,1", "--output", "r", "--json")
    printed: list[dict[str, Any]] = json.loads(run.stdout)
    files = [json.loads((tmp_path / "r" / f"seed{seed}" / "result.json").read_text()) for seed in (0, 1)]
    assert printed == files
    scored = omni_bench("score", *BUNDLED, "--json", "r/seed0", "r/seed1")
    assert [one["scores"] for one in json.loads(scored.stdout)] == [one["scores"] for one in files]


def test_a_result_says_whose_choices_its_encoders_follow(asked: list[str], tmp_path: Path) -> None:
    omni_bench("run", *asked, *BUNDLED, "--output", "r")
    assert read_result(tmp_path / "r").kit == "omni"
    refused = omni_bench("score", *BUNDLED, "r", "--kit", "av-benchmark")
    assert "The foleyworld encoders have one kit" in str(refused.exception)
    wrong = CliRunner().invoke(command, ["score", "r", "--kit", "audioldm"])
    assert "'audioldm' is not one of 'omni', 'av-benchmark'" in wrong.output


def test_every_track_may_be_asked_for_at_once(asked: list[str], tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"suite": "foleyworld", "model": "noise", "arguments": (), "seeds": (), "seed": 0}
    arguments |= {"output": tmp_path}
    runs = each_run(**arguments | {"track": ("all", "t2a")})
    assert [run.track for run in runs] == track_names()
    assert [run.output for run in runs] == [tmp_path / name for name in track_names()]
    both = each_run(**arguments | {"track": ("t2a", "bgm"), "seeds": (1, 2)})
    assert [run.output.relative_to(tmp_path).as_posix() for run in both] == [
        "t2a/seed1", "t2a/seed2", "bgm/seed1", "bgm/seed2",
    ]  # fmt: skip


def test_python_and_the_command_line_give_one_result(asked: list[str], captions_only: Path, tmp_path: Path) -> None:
    omni_bench("run", *asked, *BUNDLED, "--output", "r", "--name", "ours")
    found = evaluate("noise", "t2a", suite=f"manifest:{captions_only}", limit=2, name="ours", encoder_set="foleyworld")
    there = read_result(tmp_path / "r")
    for field in ("scores", "items", "influence", "signals", "model", "items_sha256", "kit", "encoder_set"):
        assert getattr(found.result, field) == getattr(there, field), field
    assert list(found.items.index) == list(there.items)
    assert found.items["pq"].to_dict() == {item: scores["pq"] for item, scores in there.items.items()}

"""Study files: what they may say, the runs that follow, and one small study from end to end."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vggsound_omni.cli import command
from vggsound_omni.errors import UserError
from vggsound_omni.runs.finished import standing_result
from vggsound_omni.runs.plan import make_plan
from vggsound_omni.runs.score import ScoreOptions
from vggsound_omni.runs.study import read_study, study_runs
from vggsound_omni.tracks import track_names

WHOLE = """
tracks = ["vt2a", "t2a"]
seeds = [3, 1]
timeout = 5
[models]
"a/b" = "noise"
[models.ours]
model = "my.py:Model"
arguments = { steps = 50, cfg = 4.5, ema = true, name = "x" }
without = ["video"]
tracks = ["vt2a"]
timeout = 9
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "my study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_study_is_models_by_tracks_by_seeds_with_the_first_seed_first(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    runs = study_runs(path, read_study(path))
    assert [str(run) for run in runs] == [
        "a/b on vt2a, seed 3", "a/b on t2a, seed 3", "ours on vt2a, seed 3",
        "a/b on vt2a, seed 1", "a/b on t2a, seed 1", "ours on vt2a, seed 1",
    ]  # fmt: skip
    first, ours = runs[0].options, runs[2].options
    assert first.output == Path("runs/my-study/a-b/vt2a/seed3")
    assert (first.name, first.timeout, first.without) == ("a/b", 5, ())
    assert ours.arguments == {"steps": "50", "cfg": "4.5", "ema": "true", "name": "x"}
    assert (ours.name, ours.timeout, ours.without) == ("ours", 9, ("video",))


def test_all_tracks_may_be_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, 'tracks = "all"\n[models]\nnoise = "noise"')
    assert [run.track for run in study_runs(path, read_study(path))] == track_names()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('trakcs = ["t2a"]\n[models]\nn = "noise"', 'Unknown key in {path} "trakcs": did you mean "tracks"?'),
        ('tracks = ["t2a"]\n[models.n]\nmodel = "noise"\nseed = [1]', 'Unknown key of the model n in {path} "seed"'),
        ('tracks = ["t2a"]\nseeds = [0, "one"]\n[models]\nn = "noise"', "'one' among the seeds is not a whole number"),
        ('tracks = ["t2a"]\nseeds = [0, true]\n[models]\nn = "noise"', "True among the seeds is not a whole number"),
        ('tracks = ["t2a"]\nseeds = 3\n[models]\nn = "noise"', "seeds is 3; write a list of whole numbers"),
        ('tracks = ["t2a"]\n[models.n]\nmodel = "noise"\nseeds = ["a"]', "'a' among the seeds is not a whole number"),
        ('tracks = ["t2a"]\nseeds = [-1]\n[models]\nn = "noise"', "--seed is -1"),
        ('tracks = "t2a"\n[models]\nn = "noise"', "tracks is 't2a'; write a list such as"),
        ('tracks = ["t2"]\n[models]\nn = "noise"', 'Unknown track "t2"'),
        ('tracks = ["t2a"]', "models: Field required"),
        ('[models]\nn = "noise"', "tracks: Field required"),
        ('tracks = ["t2a"]\n[models]\n"n m" = "noise"\nn-m = "noise"', "would share the folder n-m; rename one"),
        ('tracks = ["t2a"]\n[models]\nn = "noise', "is not TOML"),
    ],
)
def test_what_is_wrong_with_a_study_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError) as refused:
        study_runs(path, read_study(path))
    assert sentence.format(path=path) in str(refused.value)
    assert "\n" not in str(refused.value)


def study(path: Path, *more: str) -> Result:
    done = CliRunner().invoke(command, ["study", str(path), *more], standalone_mode=False, env={"COLUMNS": "80"})
    if done.exception is not None:
        raise done.exception
    return done


def test_a_study_is_resumed_summed_up_and_leaves_out_what_a_model_cannot_do(
    captions_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blind.py").write_text(
        "from vggsound_omni.protocol import ModelCard\n\n\n"
        "class Blind:\n    card = ModelCard(name='blind', version='1', tasks=('v2a',))\n\n"
        "    def generate(self, requests):\n        raise AssertionError\n"
    )
    path = written(
        tmp_path,
        f'suite = "manifest:{captions_only}"\ntracks = ["t2a"]\nlimit = 2\nencoders = "foleyworld"\noutput = "s"\n'
        '[models]\nnoise = "noise"\nblind = "blind.py:Blind"\ngone = "gone.py:Model"',
    )
    first = study(path)
    assert first.return_value == 1, "one of its models does not exist"
    assert "Left out: Model blind.py:Blind does v2a, and track t2a asks for t2a." in " ".join(first.output.split())
    assert "gone on t2a, seed 0: " in first.output
    with (tmp_path / "s" / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["model"] for row in rows} == {"noise"}
    assert "fw PQ" in first.output
    assert "| blind | – |" in (tmp_path / "s" / "summary.md").read_text()
    run = tmp_path / "s" / "noise" / "t2a" / "seed0"
    before = (run / "result.json").stat().st_mtime_ns
    again = study(path)
    assert "nothing has changed, so it is not scored again" in " ".join(again.output.split())
    assert (run / "result.json").stat().st_mtime_ns == before
    assert "noise" in study(path, "--summary").output

    plan, how = make_plan(f"manifest:{captions_only}", "t2a", 2), ScoreOptions(encoder_set="foleyworld")
    assert standing_result(run, plan, how) is not None
    assert standing_result(run, make_plan(f"manifest:{captions_only}", "t2a", 3), how) is None, "other items"
    assert standing_result(run, plan, ScoreOptions(encoder_set="foleyworld", device="cuda")) is None, "another way"
    sound = next((run / "audio").iterdir())
    kept = sound.stat()
    os.utime(sound, ns=(kept.st_atime_ns, kept.st_mtime_ns + 1))
    assert standing_result(run, plan, how) is None, "a sound that was touched"
    os.utime(sound, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert standing_result(run, plan, how) is not None
    result = run / "result.json"
    result.write_text(result.read_text().replace('"seed": 0', '"seed": 1'))
    assert standing_result(run, plan, how) is None, "a result that was edited"

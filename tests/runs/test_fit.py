"""Sounds of another length than asked for: refused, or made to fit where that was asked for; and clips that are cut."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.generators.check.conformance import ConformanceError, validate
from vggsound_omni.protocol import Audio, Fit, Request
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.naming import run_name
from vggsound_omni.runs.plan import RunOptions
from vggsound_omni.suites.suite import Item
from vggsound_omni.tracks import load_track

RATE = 8_000


def answered(seconds: float, *fit: Fit) -> Audio:
    """A ramp of so many seconds, in answer to a request for 2 s."""
    ramp = np.linspace(0.1, 0.9, round(seconds * RATE), dtype=np.float32)[None]
    request = Request(id="a", task="t2a", duration=2.0, text="a", video=None, seed=0, fit=fit)
    return validate(Audio(samples=ramp, sample_rate=RATE), request)


def test_longer_answers_are_cut_and_shorter_ones_filled_only_if_that_was_asked_for() -> None:
    assert np.array_equal(
        answered(3.0, "crop").samples, np.linspace(0.1, 0.9, 3 * RATE, dtype=np.float32)[None, : 2 * RATE]
    )
    filled = answered(1.5, "pad").samples
    assert filled.shape == (1, 2 * RATE)
    assert filled[0, round(1.5 * RATE) - 1] == np.float32(0.9)
    assert not filled[0, round(1.5 * RATE) :].any()
    for seconds, fit in ((3.0, ()), (3.0, ("pad",)), (1.5, ()), (1.5, ("crop",)), (0.0, ("crop", "pad"))):
        with pytest.raises(ConformanceError, match="2 s within 1 % was expected"):
            answered(seconds, *fit)
    assert answered(2.01, "crop").samples.shape == (1, round(2.01 * RATE)), "what is within the rule stays as it is"


def test_a_model_of_fixed_length_runs_and_the_folder_says_how(captions_only: Path, tmp_path: Path) -> None:
    (tmp_path / "fixed.py").write_text(
        "import numpy as np\nfrom vggsound_omni.protocol import Audio\n\n\nclass Fixed:\n"
        "    def generate(self, requests):\n"
        "        return [Audio(samples=np.full((1, 24000), 0.1, np.float32), sample_rate=8000) for _ in requests]\n"
    )
    common = {
        "suite": f"manifest:{captions_only}",
        "track": "t2a",
        "model": f"{tmp_path / 'fixed.py'}:Fixed",
        "limit": 2,
    }
    quiet, output = Console(quiet=True), tmp_path / "run"
    generate(RunOptions(**common, fit=("crop",), output=output), quiet)  # type: ignore[arg-type]
    records = RunFolder(output).records().values()
    assert [record.status for record in records] == ["done", "done"]
    assert json.loads((output / "run.json").read_text())["asked"]["fit"] == ["crop"]
    with pytest.raises(UserError, match="holds a run with fit"):
        generate(RunOptions(**common, output=output), quiet)  # type: ignore[arg-type]


def test_a_way_to_fit_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='Unknown way to make a sound fit "corp": did you mean "crop"'):
        RunOptions(track="t2a", model="noise", fit=("corp",), output=tmp_path)  # type: ignore[arg-type]


def test_clips_that_are_cut_are_told() -> None:
    def items(*seconds: float) -> list[Item]:
        return [Item(id=f"i{n}", stratum="main", duration=s, caption="a") for n, s in enumerate(seconds)]

    track = load_track("t2a")
    assert track.cut(items(8.0, 8.05, 5.0)) == []
    (sentence,) = track.cut(items(10.0, 8.0, 60.0))
    assert sentence == "2 of 3 items are longer than the 8 s of track t2a, which takes their beginning only."


@pytest.mark.parametrize(
    ("suite", "model", "arguments", "name"),
    [
        ("foleyworld", "ref", {}, "foleyworld-t2a-ref-seed0"),
        ("manifest:/tmp/s1/mine/clips.csv", "/tmp/s1/mine/motion.py:MotionBursts", {}, "clips-t2a-MotionBursts-seed0"),
        ("vggsound-omni/", "dir:out/ours/", {}, "vggsound-omni-t2a-ours-seed0"),
        ("foleyworld", "cmd:python infer.py --steps 5", {}, "foleyworld-t2a-infer-seed0"),
        ("foleyworld", "http://localhost:8000/generate", {}, "foleyworld-t2a-localhost-8000-seed0"),
        ("foleyworld", "ours, 50 steps", {}, "foleyworld-t2a-ours-50-steps-seed0"),
        (
            "foleyworld",
            "a.py:M",
            {"steps": "50", "weights": "/data/m/ema.pt"},
            "foleyworld-t2a-M-steps=50-weights=ema-seed0",
        ),
        ("foleyworld", "模型", {}, "foleyworld-t2a-model-seed0"),
    ],
)
def test_run_folders_have_names_that_can_be_read(suite: str, model: str, arguments: dict[str, str], name: str) -> None:
    assert run_name(suite, "t2a", model, arguments, (), 0) == name

"""The command line as a person meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from vggsound_omni.cli import VERBS, command
from vggsound_omni.encoders.foleyworld.weights import WEIGHTS
from vggsound_omni.encoders.registry import published_weights
from vggsound_omni.suites.foleyworld.salts import SALTS, opaque_id


def omni_bench(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "vggsound_omni", *arguments]
    return subprocess.run(
        program, capture_output=True, text=True, check=False, cwd=cwd, env=os.environ | {"COLUMNS": "200"} | environment
    )


@pytest.mark.parametrize("arguments", [["--help"], ["tracks"], ["models"], ["metrics"], ["suites"], ["run", "--help"]])
def test_listing_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; sys.argv[0] = 'omni-bench'\n"
        "from vggsound_omni.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end\n"
        "print(sorted({'torch', 'torchaudio', 'scipy', 'matplotlib', 'av', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_says_of_every_verb_what_the_verb_says_of_itself() -> None:
    lines = omni_bench("--help").stdout.splitlines()
    for verb in VERBS:
        (told,) = (line.split(maxsplit=1)[1] for line in lines if line.startswith(f"  {verb} "))
        assert 0 < len(told) < 80
        assert told.endswith(".")
        own = CliRunner().invoke(command, [verb, "--help"])
        assert own.exit_code == 0
        assert told in own.output


def test_tables_hold_what_they_list() -> None:
    tracks = omni_bench("tracks").stdout
    assert all(name in tracks for name in ("t2a", "v2a", "vt2a", "offscreen", "bgm", "coverage"))
    assert all(name in omni_bench("models").stdout for name in ("oracle", "shuffled", "retrieval", "noise", "silence"))
    assert "foleyworld" in omni_bench("suites").stdout
    assert all(
        name in omni_bench("metrics").stdout for name in ("KL", "ms_clap", "tagger logits: reference, generated")
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["runn"], 'Unknown verb "runn": did you mean "run"?'),
        (["run", "--track", "offscren", "--model", "noise"], 'Unknown track "offscren": did you mean "offscreen"?'),
        (["run", "--track", "t2a", "--model", "nois"], 'Unknown model "nois": did you mean "noise"?'),
        (["run", "--track", "t2a", "--model", "noise", "--suite", "folyworld"], 'did you mean "foleyworld"?'),
        (["run", "--track", "t2a", "--model", "noise", "--limit", "0"], "--limit is 0; it must be at least 1."),
        (["run", "--track", "t2a", "--model", "noise", "--seed", "-1"], "--seed is -1"),
        (["run", "--track", "t2a", "--model", "noise", "-m", "colour"], "is not key=value"),
        (["run", "--track", "t2a", "--model", "noise", "--suite", "manifest:none.csv"], "none.csv"),
        (["score", "nowhere"], "nowhere holds no run"),
        (["world", "render", "--split", "train", "--out", "x"], "The train split has no end"),
        (["world", "preview", "--class", "dog barkin"], 'did you mean "dog barking"?'),
    ],
)
def test_a_mistake_is_one_sentence_on_stderr_and_exit_code_1(
    arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    done = omni_bench(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_debug_shows_the_traceback_as_well(tmp_path: Path) -> None:
    done = omni_bench("--debug", "score", "nowhere", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "nowhere holds no run" in done.stderr.splitlines()[-1]


def test_several_tracks_are_folders_in_the_output(tmp_path: Path) -> None:
    done = omni_bench(
        "run", "--track", "t2a", "--track", "bgm", "--model", "noise", "--limit", "1", "--output", "r", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    for track in ("t2a", "bgm"):
        result = json.loads((tmp_path / "r" / track / "result.json").read_text())
        assert result["track"] == track
        assert result["counts"]["scored"] == 1


BUNDLED = ("--encoders", "foleyworld")


def test_failures_beyond_the_budget_are_exit_code_2(captions_only: Path, tmp_path: Path) -> None:
    (tmp_path / "half.py").write_text(
        "import numpy as np\nfrom vggsound_omni.protocol import Audio\n"
        "class Half:\n"
        "    def generate(self, requests):\n"
        "        return [Audio(samples=self.one(r), sample_rate=8000) for r in requests]\n"
        "    def one(self, r):\n"
        "        return np.full((1, 8000), .1 if r.text != 'a sound number 4' else 2., 'f4')\n"
    )
    command = [
        "run",
        "--suite",
        f"manifest:{captions_only}",
        "--track",
        "t2a",
        "--model",
        "half.py:Half",
        "--output",
        "r",
        *BUNDLED,
    ]
    strict = omni_bench(*command, cwd=tmp_path)
    assert strict.returncode == 2
    assert "1 failed (range): item4" in strict.stdout
    assert omni_bench(*command, "--max-failures", "1", cwd=tmp_path).returncode == 0
    assert omni_bench("score", "r", *BUNDLED, cwd=tmp_path).returncode == 2


def test_generate_then_score_is_run(captions_only: Path, tmp_path: Path) -> None:
    common = ["--suite", f"manifest:{captions_only}", "--track", "t2a", "--model", "noise"]
    assert omni_bench("run", *common, *BUNDLED, "--output", "a", cwd=tmp_path).returncode == 0
    assert omni_bench("generate", *common, "--output", "b", cwd=tmp_path).returncode == 0
    assert not (tmp_path / "b" / "result.json").exists()
    assert omni_bench("score", "b", *BUNDLED, cwd=tmp_path).returncode == 0
    a, b = (json.loads((tmp_path / name / "result.json").read_text()) for name in "ab")
    assert a["signals"] == b["signals"]
    assert a["scores"] == b["scores"]


def test_world_renders_what_was_asked_and_keeps_what_is_there(tmp_path: Path) -> None:
    first = omni_bench("world", "render", "--split", "validation", "--limit", "2", "--out", "out", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "2 scenes, 2 of them rendered now" in first.stdout
    ids = [opaque_id(SALTS["validation"], "validation", "main", i) for i in (0, 1)]
    names = {f"{one}.{suffix}" for one in ids for suffix in ("mp4", "wav", "json")}
    assert {p.name for p in (tmp_path / "out").iterdir()} == names
    again = omni_bench("world", "render", "--split", "validation", "--limit", "3", "--out", "out", cwd=tmp_path)
    assert "3 scenes, 1 of them rendered now" in again.stdout


def test_preview_draws_a_sheet(tmp_path: Path) -> None:
    from matplotlib.image import imread

    done = omni_bench("world", "preview", "--class", "dog barking", "--examples", "1", "--out", "sheets", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    image = imread(tmp_path / "sheets" / "dog-barking.png")
    assert image.shape[0] > 300
    assert image.shape[1] > 1000
    assert image[..., :3].std() > 0.1


def test_encoders_are_shown_with_their_held_out_scores() -> None:
    done = omni_bench("encoders")
    assert done.returncode == 0, done.stdout
    for score in ("mean average precision", "recall at 1 of 64", "offsets within 0.2 s", "quality ranking"):
        assert score in done.stdout
    assert done.stdout.count("SHA-256") == len(list(WEIGHTS.glob("*.safetensors")))


def test_pretrained_encoders_are_shown_with_where_their_weights_come_from(tmp_path: Path) -> None:
    (tmp_path / "passt").mkdir()
    (tmp_path / "passt" / published_weights()["passt"].checkpoint.name).touch()
    weights, cache = str(tmp_path), str(tmp_path / "cache")
    done = omni_bench("encoders", OMNI_BENCH_WEIGHTS=weights, OMNI_BENCH_CACHE=cache)
    assert done.stdout.count("set        pretrained") == 8
    assert done.stdout.count("omni-bench weights pull") == 8, "one is here"
    assert "pull passt" not in done.stdout
    seen = omni_bench("doctor", OMNI_BENCH_WEIGHTS=weights, OMNI_BENCH_CACHE=cache).stdout
    assert "1 of 9 have their weights here" in seen
    assert "scored by the pretrained encoders, as passt is here" in seen


def test_the_doctor_finds_this_installation_well_and_a_bad_cache_not(tmp_path: Path) -> None:
    well = omni_bench("doctor", OMNI_BENCH_CACHE=str(tmp_path / "cache"))
    assert well.returncode == 0, f"FoleyWorld and its encoders do without published weights: {well.stdout}"
    assert "25 frames and 1.00 s written and read" in well.stdout
    (line,) = (line for line in well.stdout.splitlines() if "real clips" in line)
    assert "!" in line
    assert "✓" not in line
    assert "omni-bench weights pull open" in line
    (tmp_path / "file").touch()
    ill = omni_bench("doctor", OMNI_BENCH_CACHE=str(tmp_path / "file" / "cache"))
    assert ill.returncode == 1
    assert "OMNI_BENCH_CACHE" in ill.stdout

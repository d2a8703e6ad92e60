"""Runs: complete, resumable, and the same whatever happens on the way."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import RunOptions, item_seed
from vggsound_omni.runs.score import ScoreOptions, score

SLOW = """
import time
import numpy as np
from vggsound_omni.protocol import Audio

class Slow:
    batch_size = 2
    def __init__(self, pause: float = 0.0):
        self.pause = pause
    def generate(self, requests):
        time.sleep(self.pause)
        return [
            Audio(samples=noise(r.seed, round(r.duration * 8000)), sample_rate=8000)
            for r in requests
        ]

def noise(seed, count):
    return np.random.default_rng(seed).uniform(-.5, .5, (1, count)).astype("f4")
"""
COMMAND = [sys.executable, "-m", "vggsound_omni"]


@pytest.fixture
def slow(tmp_path: Path) -> str:
    path = tmp_path / "slow.py"
    path.write_text(SLOW)
    return f"{path}:Slow"


BUNDLED = ScoreOptions(encoder_set="foleyworld")


def options(manifest: Path, model: str, output: Path, **more: Any) -> RunOptions:
    return RunOptions(suite=f"manifest:{manifest}", track="t2a", model=model, output=output, **more)


def run(asked: RunOptions) -> dict[str, Any]:
    quiet = Console(quiet=True)
    generate(asked, quiet)
    score(asked.output, quiet, BUNDLED)
    return comparable(asked.output)


def comparable(folder: Path) -> dict[str, Any]:
    """The result without what the clock decides."""
    result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    del result["timings"], result["costs"]
    return result


def test_a_run_is_complete_and_says_so(captions_only: Path, slow: str, tmp_path: Path) -> None:
    result = run(options(captions_only, slow, tmp_path / "run"))
    assert result["counts"] == {"planned": 6, "generated": 6, "failed": 0, "scored": 6}
    assert set(result["signals"]) == {f"item{i}" for i in range(6)}
    assert all(s["sample_rate"] == 8000 and s["seconds"] == 1.0 for s in result["signals"].values())
    assert result["scores"]["ib"]["status"] == "not_applicable"
    assert result["scores"]["kl"]["status"] == "not_applicable"
    assert sorted(p.name for p in (tmp_path / "run").iterdir() if p.name != ".lock") == [
        "audio",
        "items.jsonl",
        "model.log",
        "result.json",
        "run.json",
    ]


def test_neither_order_nor_batch_nor_pieces_change_anything(captions_only: Path, slow: str, tmp_path: Path) -> None:
    whole = run(options(captions_only, slow, tmp_path / "whole"))
    singly = run(options(captions_only, slow, tmp_path / "singly", batch_size=1))
    run(options(captions_only, slow, tmp_path / "pieces", limit=3))
    pieces = run(options(captions_only, slow, tmp_path / "pieces"))
    assert whole == singly == pieces


def test_another_seed_gives_other_audio(captions_only: Path, slow: str, tmp_path: Path) -> None:
    first = run(options(captions_only, slow, tmp_path / "a"))["signals"]
    second = run(options(captions_only, slow, tmp_path / "b", seed=1))["signals"]
    assert all(first[i]["sha256"] != second[i]["sha256"] for i in first)


def test_killed_again_and_again_it_ends_as_if_it_had_not_been(captions_only: Path, slow: str, tmp_path: Path) -> None:
    whole = run(options(captions_only, slow, tmp_path / "whole", arguments={"pause": "0.3"}))
    output = tmp_path / "killed"
    command = [*COMMAND, "generate", "--suite", f"manifest:{captions_only}", "--track", "t2a", "--model", slow]
    command += ["-m", "pause=0.3", "--output", str(output), "--batch-size", "1"]
    rng = random.Random(7)
    kills = 0
    for _ in range(40):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        lines = _lines(output)
        deadline = time.monotonic() + 60
        while process.poll() is None and _lines(output) == lines and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.4))
        if process.poll() is not None:
            break
        os.kill(process.pid, signal.SIGKILL)
        kills += 1
        process.wait()
        assert process.stderr is not None
        process.stderr.close()
    assert process.returncode == 0, process.stderr.read().decode() if process.stderr else ""
    assert process.stderr is not None
    process.stderr.close()
    assert kills >= 3
    score(output, Console(quiet=True), BUNDLED)
    assert comparable(output) == whole
    for audio in (tmp_path / "whole" / "audio").iterdir():
        assert (output / "audio" / audio.name).read_bytes() == audio.read_bytes()
    assert not list(output.rglob("*.partial*"))


def _lines(output: Path) -> int:
    path = output / "items.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_finished_items_are_not_touched(captions_only: Path, slow: str, tmp_path: Path) -> None:
    asked = options(captions_only, slow, tmp_path / "run")
    run(asked)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "run" / "audio").iterdir()}
    lines = (tmp_path / "run" / "items.jsonl").read_bytes()
    run(asked)
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "run" / "audio").iterdir()} == before
    assert (tmp_path / "run" / "items.jsonl").read_bytes() == lines


def test_deleted_audio_is_made_again(captions_only: Path, slow: str, tmp_path: Path) -> None:
    asked = options(captions_only, slow, tmp_path / "run")
    whole = run(asked)
    (tmp_path / "run" / "audio" / "item3.flac").unlink()
    assert run(asked) == whole


def test_audio_changed_by_hand_is_a_failure(captions_only: Path, slow: str, tmp_path: Path) -> None:
    run(options(captions_only, slow, tmp_path / "run"))
    audio = tmp_path / "run" / "audio"
    (audio / "item1.flac").write_bytes((audio / "item2.flac").read_bytes())
    (audio / "item4.flac").write_bytes(b"fLaC")
    score(tmp_path / "run", Console(quiet=True), BUNDLED)
    result = comparable(tmp_path / "run")
    assert {f["id"]: f["rule"] for f in result["failures"]} == {"item1": "changed", "item4": "missing"}
    assert result["counts"]["scored"] == 4


FLAKY = """
from pathlib import Path
from slow import Slow
from vggsound_omni.runs.plan import item_seed

class Flaky(Slow):
    def __init__(self, flag: Path):
        super().__init__()
        self.flag = flag
    def generate(self, requests):
        if any(r.seed == item_seed(0, "item2") for r in requests) and self.flag.exists():
            raise RuntimeError("no luck today")
        return super().generate(requests)
"""


def test_a_failed_item_stays_failed_until_asked_for_again(captions_only: Path, slow: str, tmp_path: Path) -> None:
    (tmp_path / "flaky.py").write_text(FLAKY)
    flag = tmp_path / "flag"
    flag.touch()
    model = f"{tmp_path / 'flaky.py'}:Flaky"
    arguments = {"flag": str(flag)}
    result = run(options(captions_only, model, tmp_path / "run", arguments=arguments))
    assert [(f["id"], f["rule"]) for f in result["failures"]] == [("item2", "raised")]
    assert "no luck today" in result["failures"][0]["reason"]
    assert result["counts"]["scored"] == 5
    flag.unlink()
    assert run(options(captions_only, model, tmp_path / "run", arguments=arguments)) == result
    assert (
        run(options(captions_only, model, tmp_path / "run", arguments=arguments, retry_failed=True))["failures"] == []
    )


def test_a_task_that_the_model_does_not_do_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="retrieval does t2a, vt2a, and track v2a asks for v2a"):
        generate(RunOptions(track="v2a", model="retrieval", limit=1, output=tmp_path / "run"), Console(quiet=True))


def test_a_full_disk_stops_with_a_sentence_and_resumes(captions_only: Path, slow: str, tmp_path: Path) -> None:
    output = tmp_path / "run"
    command = [*COMMAND, "generate", "--suite", f"manifest:{captions_only}", "--track", "t2a", "--model", slow]
    command += ["--output", str(output)]

    def small_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))

    full = subprocess.run(command, capture_output=True, text=True, preexec_fn=small_disk, check=False)
    assert full.returncode == 1
    assert "Cannot write to" in full.stderr
    assert "same command again" in full.stderr
    assert "Traceback" not in full.stderr
    again = run(options(captions_only, slow, output))
    assert again == run(options(captions_only, slow, tmp_path / "whole"))


def test_a_folder_that_cannot_be_made_is_one_sentence(captions_only: Path, slow: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="Cannot write to"):
        generate(options(captions_only, slow, tmp_path / "file" / "run"), Console(quiet=True))


def test_item_seeds_depend_on_seed_and_id_alone_and_fit_32_bits() -> None:
    seeds = {item_seed(seed, f"item{i}") for seed in range(3) for i in range(100)}
    assert len(seeds) == 300
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert item_seed(0, "a") == item_seed(0, "a")


def test_the_generator_never_gets_the_sound_of_the_video(tmp_path: Path) -> None:
    spy = tmp_path / "spy.py"
    spy.write_text(
        SLOW
        + """
from vggsound_omni.media import probe
class Spy(Slow):
    def generate(self, requests):
        for r in requests:
            assert probe(r.video.path).audio is None, "there is sound"
            assert r.text is None
            assert r.video.frames(fps=5, size=32).shape == (40, 32, 32, 3)
        return super().generate(requests)
"""
    )
    asked = RunOptions(track="v2a", model=f"{spy}:Spy", limit=2, output=tmp_path / "run")
    generate(asked, Console(quiet=True))
    records = RunFolder(asked.output).records()
    assert [r.status for r in records.values()] == ["done", "done"], records


def test_brackets_in_what_a_model_says_are_text(captions_only: Path, tmp_path: Path) -> None:
    (tmp_path / "loud.py").write_text(
        "class Loud:\n    def generate(self, requests):\n        raise KeyError('[/red] x[bold] [/nothing]')\n"
    )
    with (tmp_path / "said.txt").open("w") as file:
        generate(
            options(captions_only, f"{tmp_path / 'loud.py'}:Loud", tmp_path / "run"), Console(file=file, width=300)
        )
    assert "[/red] x[bold] [/nothing]" in (tmp_path / "said.txt").read_text()

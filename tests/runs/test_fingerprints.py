"""What is scored is what was generated and verified: media, the model's code and a run's own files are looked at."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from scipy.io import wavfile

from vggsound_omni.errors import UserError
from vggsound_omni.generators.fingerprint import fingerprint
from vggsound_omni.media import write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import RunOptions
from vggsound_omni.runs.result import Result
from vggsound_omni.runs.score import ScoreOptions, score
from vggsound_omni.suites.foleyworld.suite import FoleyWorld

QUIET = Console(quiet=True)
MODEL = """
import numpy as np
from vggsound_omni.protocol import Audio

class Noise:
    def generate(self, requests):
        return [
            Audio(samples=np.random.default_rng(r.seed).uniform(-.5, .5, (1, round(r.duration * 8000))).astype("f4"),
                  sample_rate=8000)
            for r in requests
        ]
"""


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """Six recordings of a second with captions, and a model beside them."""
    lines = ["id,caption,audio"]
    for place in range(6):
        noise = np.random.default_rng(place).uniform(-0.5, 0.5, (1, 16_000)).astype(np.float32)
        write_wav(tmp_path / f"{place}.wav", Audio(samples=noise, sample_rate=16_000), "PCM_16")
        lines.append(f"item{place},a sound,{place}.wav")
    (tmp_path / "sounds.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "model.py").write_text(MODEL, encoding="utf-8")
    return tmp_path / "sounds.csv"


def options(sounds: Path, **more: Any) -> RunOptions:
    model = f"{sounds.parent / 'model.py'}:Noise"
    fields: dict[str, Any] = {"model": model, "track": "t2a", "output": sounds.parent / "run"} | more
    return RunOptions(suite=f"manifest:{sounds}", **fields)


def scored(asked: RunOptions) -> Result:
    return score(asked.output, QUIET, ScoreOptions(encoder_set="foleyworld"))


def exchange(one: Path, other: Path) -> None:
    """Two files take each other's content."""
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def test_media_exchanged_between_two_halves_of_a_run_are_told(sounds: Path) -> None:
    generate(options(sounds, limit=3), QUIET)
    exchange(sounds.parent / "0.wav", sounds.parent / "5.wav")
    with pytest.raises(UserError, match='recording of "item0" has changed'):
        generate(options(sounds), QUIET)


def test_media_exchanged_after_a_run_cost_their_items_alone(sounds: Path) -> None:
    generate(options(sounds), QUIET)
    exchange(sounds.parent / "0.wav", sounds.parent / "5.wav")
    result = scored(options(sounds))
    assert {failure.id: failure.rule for failure in result.failures} == {"item0": "changed", "item5": "changed"}
    assert result.counts.scored == 4


def test_a_recording_with_a_sample_that_is_no_number_costs_one_item(sounds: Path) -> None:
    broken = np.zeros(16_000, np.float32)
    broken[100] = np.nan
    wavfile.write(sounds.parent / "2.wav", 16_000, broken)
    generate(options(sounds), QUIET)
    result = scored(options(sounds))
    assert {failure.id: failure.rule for failure in result.failures} == {"item2": "reference"}
    assert result.scores["kl"].n == 5


def test_a_model_that_changed_on_the_way_is_told_and_the_result_says_so(sounds: Path) -> None:
    generate(options(sounds, limit=2), QUIET)
    (sounds.parent / "model.py").write_text(MODEL.replace(".5", ".25"), encoding="utf-8")
    with (sounds.parent / "said.txt").open("w") as file:
        generate(options(sounds), Console(file=file, width=300))
    assert "model's code has changed since 2 finished items" in (sounds.parent / "said.txt").read_text()
    _, warning = scored(options(sounds)).warnings  # the first is of the encoders
    assert "4 and 2 items are by different versions" in warning


def test_a_model_that_stayed_as_it_was_is_not_warned_of(sounds: Path) -> None:
    generate(options(sounds, limit=2), QUIET)
    generate(options(sounds), QUIET)
    (warning,) = scored(options(sounds)).warnings
    assert "encoders" in warning


def test_what_a_model_is_made_of_follows_from_its_string(sounds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sounds.parent
    assert fingerprint("ref", {}) == fingerprint("ref", {}) is not None
    assert fingerprint("http://localhost:1/x", {}) is None
    assert fingerprint(f"dir:{folder}", {}) is None
    alone = fingerprint(f"cmd:python {folder / 'model.py'}", {})
    assert alone is not None
    (folder / "weights.bin").write_bytes(b"1")
    first = fingerprint(f"{folder / 'model.py'}:Noise", {"weights": str(folder / "weights.bin")})
    (folder / "weights.bin").write_bytes(b"2")
    assert fingerprint(f"{folder / 'model.py'}:Noise", {"weights": str(folder / "weights.bin")}) != first
    monkeypatch.chdir(folder)
    assert fingerprint("model:Noise", {}) is not None


def test_a_damaged_render_is_rendered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path / "cache"))
    suite = FoleyWorld()
    item = suite.items()[0]
    audio = suite.media(item).audio
    assert audio is not None
    whole = audio.read_bytes()
    for damage in (whole[:1000] + bytes(len(whole) - 1000), b""):
        audio.write_bytes(damage)
        assert suite.media(item).audio == audio
        assert audio.read_bytes() == whole


def test_a_cache_that_cannot_be_written_to_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path / "cache"))
    with pytest.raises(UserError, match=f"Cannot write to {tmp_path / 'cache'}"):
        generate(RunOptions(track="t2a", model="silence", limit=1, output=tmp_path / "run"), QUIET)


def test_a_line_that_names_another_file_is_refused(sounds: Path) -> None:
    generate(options(sounds), QUIET)
    run = sounds.parent / "run"
    shutil.copytree(run / "audio", run / "keep")
    lines = (run / "items.jsonl").read_text().replace('"audio/', '"keep/')
    (run / "items.jsonl").write_text(lines)
    with pytest.raises(UserError, match="does not name the item's own audio"):
        scored(options(sounds))


@pytest.mark.parametrize(
    "content", ["[]", "{}", "[" * 200_000, '{"asked": 3, "items_sha256": "", "limit": null}', "\xff"]
)
def test_a_run_file_of_another_kind_is_one_sentence(sounds: Path, content: str) -> None:
    generate(options(sounds, limit=1), QUIET)
    (sounds.parent / "run" / "run.json").write_text(content, encoding="latin-1")
    with pytest.raises(UserError, match=r"run\.json is damaged"):
        scored(options(sounds))


@pytest.mark.parametrize(
    "line",
    [
        "[" * 200_000,
        "3",
        json.dumps({"id": "../x", "status": "failed", "seconds": 1}),
        json.dumps({"id": "item0", "status": "perhaps", "seconds": 1}),
        json.dumps({"id": "item0", "status": "failed", "seconds": "NaN"}),
        json.dumps({"id": "item0", "status": "done", "seconds": 1, "audio": "audio/item0.flac", "sha256": "0"}),
    ],
)
def test_a_line_of_another_kind_is_one_sentence(sounds: Path, line: str) -> None:
    generate(options(sounds, limit=1), QUIET)
    with (sounds.parent / "run" / "items.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(UserError, match=r"items\.jsonl, line 2"):
        RunFolder(sounds.parent / "run").records()


def test_what_a_killed_run_left_in_the_temporary_folder_goes_with_the_next(sounds: Path) -> None:
    generate(options(sounds, limit=1), QUIET)
    folder = RunFolder(sounds.parent / "run")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with folder.scratch() as left:
        copy = left.with_name(left.name + "-left")
        shutil.copytree(left, copy)
        (note,) = folder.path.glob(".scratch-*")
        machine = note.read_text().split("\n")[0]
    note.write_text(f"{machine}\n{gone.pid}\n{copy}")
    with folder.scratch():
        assert not copy.exists()
    note.write_text(f"{machine}\n{gone.pid}\n{sounds.parent}")
    with folder.scratch():
        assert sounds.exists(), "only a scratch folder of ours is deleted"
    for garbage in (b"\xff\xfe", f"{machine}\n{gone.pid}\n{tempfile.gettempdir()}/omni-bench-run-\0".encode()):
        note.write_bytes(garbage)
        with folder.scratch() as fresh:
            assert fresh.exists()

"""``omni-bench check``: a conforming generator passes every row, each fault fails its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from vggsound_omni.cli.check import command
from vggsound_omni.errors import UserError
from vggsound_omni.generators import find
from vggsound_omni.generators.check.inspection import ROWS, Report, inspect, same, suite_requests, tiny_requests
from vggsound_omni.generators.worker.in_process import InProcess
from vggsound_omni.protocol import TASKS, Audio
from vggsound_omni.suites.suite import Item

from .samples import model_file

FAULTS = """
class Unseeded(Good):
    def one(self, r):
        rng = np.random.default_rng()
        return Audio(samples=rng.uniform(-1, 1, noise(r).shape).astype(np.float32), sample_rate=RATE)

class Reversed(Good):
    def generate(self, requests):
        return super().generate(requests)[::-1]

class First(Good):
    def generate(self, requests):
        return super().generate(requests[:1])

class SharedSeed(Good):
    def generate(self, requests):
        rng = np.random.default_rng(requests[0].seed)
        return [
            Audio(samples=rng.uniform(-1, 1, noise(r).shape).astype(np.float32), sample_rate=RATE) for r in requests
        ]

class Padded(Good):
    def generate(self, requests):
        longest = max(r.duration for r in requests)
        return [Audio(samples=np.resize(noise(r), (1, round(longest * RATE))), sample_rate=RATE) for r in requests]

class NoBatch(Good):
    def generate(self, requests):
        (r,) = requests
        return [self.one(r)]

class Deaf(Good):
    def one(self, r):
        return Audio(samples=noise(r) if r.text else noise(r) * np.nan, sample_rate=RATE)

class Alike(Good):
    def one(self, r):
        return Audio(samples=np.full((1, 2 * RATE), 0.5, np.float32), sample_rate=RATE)

class Looks(Good):
    card = ModelCard(name="looks", tasks=("v2a",))
    def one(self, r):
        frames = r.video.frames(10.0)
        contrast = np.repeat(frames.std((1, 2, 3)) / 255, RATE // 10)
        return Audio(samples=(noise(r) * np.resize(contrast, round(r.duration * RATE))).astype("f4"), sample_rate=RATE)

class Raises(Good):
    def one(self, r):
        raise KeyError("mel")

class Short(Good):
    def one(self, r):
        return Audio(samples=noise(r)[:, : 5 * RATE], sample_rate=RATE)

class Asked(Good):
    def one(self, r):
        with Path(__file__).with_name("asked.txt").open("a") as file:
            file.write(f"{r.id}={r.duration} ")
        return super().one(r)

class Red(Good):
    def one(self, r):
        print("\\x1b[2J\\x1b[31mred", flush=True)
        raise ValueError("\\x1b[2Jraised")

class Absent(Good):
    def __init__(self, weights: Path):
        weights.read_bytes()
"""


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> str:
    return model_file(tmp_path_factory.mktemp("faults"), FAULTS)


def check(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, env={"COLUMNS": "400"})


def report_on(model: str, folder: Path, task: str = "t2a") -> Report:
    (known,) = [name for name in TASKS if name == task]
    return inspect(known, tiny_requests(known, folder), InProcess(find(model)).attempt)


@pytest.mark.parametrize("model", ["noise", "Good"])
def test_what_conforms_passes_every_row_for_every_task(faults: str, model: str) -> None:
    result = check(model if model == "noise" else f"{faults}:{model}")
    assert result.exit_code == 0, result.output
    assert result.output.count("pass") == 3 * (1 + len(ROWS))
    assert "fail" not in result.output


def test_silence_may_be_silent() -> None:
    result = check("silence")
    assert result.exit_code == 0
    assert result.output.count("may be") == 3


def test_a_generator_that_looks_is_shown_a_real_video(faults: str) -> None:
    result = check(f"{faults}:Looks")
    assert result.exit_code == 0, result.output
    assert "v2a" in result.output
    assert "t2a" not in result.output.replace("vt2a", "t2a")


@pytest.mark.parametrize(
    ("model", "row", "says"),
    [
        ("Unseeded", "seed", "draw every random number from request.seed"),
        ("Reversed", "order", "the answer in place 1 of a batch is the one to request 3."),
        ("First", "count", "all at once: 1 answer came for 3 requests."),
        ("SharedSeed", "batch", "request 2 sounds otherwise when asked for alone"),
        ("Padded", "length", "request 2 of a batch: 2 s came"),
        ("NoBatch", "batch", "each request works alone, 3 at once do not"),
        ("Raises", "answers", "raised KeyError: 'mel' (model.py:"),
    ],
)
def test_each_fault_fails_its_row_with_a_reason(faults: str, tmp_path: Path, model: str, row: str, says: str) -> None:
    report = report_on(f"{faults}:{model}", tmp_path)
    assert report.marks[row] == "fail"
    assert says in report.reasons[row]
    assert set(report.reasons) == {row for row, mark in report.marks.items() if mark == "fail"}


def test_a_row_hidden_by_another_fault_is_not_called_a_pass(faults: str, tmp_path: Path) -> None:
    report = report_on(f"{faults}:Raises", tmp_path)
    assert {row for row, mark in report.marks.items() if mark == "not seen"} == set(ROWS) - {"answers"}


def test_answers_that_are_all_alike_do_not_show_their_order(faults: str, tmp_path: Path) -> None:
    requests = tiny_requests("t2a", tmp_path)
    report = inspect("t2a", [requests[0], requests[2]], InProcess(find(f"{faults}:Alike")).attempt)
    assert report.marks["order"] == "not seen"
    assert report.passed


def test_a_fault_of_one_task_is_told_with_the_task(faults: str) -> None:
    result = check(f"{faults}:Deaf")
    assert result.exit_code == 1
    assert result.output.count("fail") == 1
    assert "finite (v2a): request 1 of a batch: 32,000 of 32,000 samples are NaN or infinite." in result.output


def test_the_last_words_of_what_raised_are_shown(faults: str) -> None:
    result = check(f"{faults}:Raises")
    assert result.exit_code == 1
    assert "answers (t2a, v2a, vt2a): all at once: raised KeyError: 'mel' (model.py:" in result.output
    assert 'raise KeyError("mel")' in result.output


def test_a_model_cannot_command_the_terminal(faults: str) -> None:
    result = check(f"{faults}:Red")
    assert "\x1b[2J" not in result.output
    assert "\nValueError: raised\n" in result.output  # of its log
    assert "raised ValueError: raised (model.py:" in result.output


def test_what_cannot_be_loaded_fails_the_first_row(faults: str) -> None:
    result = check(f"{faults}:Absent", "-m", "weights=absent.pt")
    assert isinstance(result.exception, UserError)
    assert "FileNotFoundError" in str(result.exception)
    assert "loads" in result.output
    assert "fail" in result.output


@pytest.mark.parametrize("model", ["reference", "shuffled", "dir:"])
def test_what_answers_a_suite_asks_for_one(model: str, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"x")
    model = f"dir:{tmp_path}" if model == "dir:" else model
    result = check(model)
    assert isinstance(result.exception, UserError)
    assert (
        str(result.exception) == f'"{model}" answers the items of a suite only: add --suite, as in --suite foleyworld.'
    )


def test_a_folder_that_is_not_there_is_told_first() -> None:
    assert str(check("dir:/nope").exception) == '"dir:/nope": there is no folder /nope.'


def long_items(folder: Path, count: int = 4) -> str:
    """A manifest of captions of 10.04 s, longer than any track asks for."""
    path = folder / "clips.csv"
    rows = [f"item{number},sound number {number},10.04" for number in range(count)]
    path.write_text("\n".join(["id,caption,duration", *rows]) + "\n")
    return f"manifest:{path}"


def test_a_suites_items_are_asked_for_as_long_as_in_a_run(faults: str, tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    for number in range(3):
        soundfile.write(tmp_path / "answers" / f"item{number}.wav", np.full(8 * 8000, 0.1 + 0.1 * number), 8000)
    result = check(f"dir:{tmp_path / 'answers'}", "--suite", long_items(tmp_path))
    assert result.exit_code == 0, result.output
    result = check(f"{faults}:Asked", "--suite", long_items(tmp_path))
    assert result.exit_code == 0, result.output
    lines = set((Path(faults).parent / "asked.txt").read_text().split())
    assert lines == {f"check-{task}-{number}=8.0" for task in TASKS for number in (1, 2, 3)}


def test_a_model_short_of_breath_is_found_without_a_suite(faults: str) -> None:
    result = check(f"{faults}:Short")
    assert result.exit_code == 1
    assert "length within 1 % (t2a, v2a, vt2a): a request of 8 s: 5 s came" in result.output


def test_a_suite_without_items_is_one_sentence(faults: str) -> None:
    class Empty:
        name, version, encoder_set = "empty", "1", "foleyworld"

        def items(self) -> list[Item]:
            return []

    with pytest.raises(UserError, match='The suite "empty" has no items to ask for'):
        suite_requests("t2a", Empty(), Path(), own_ids=True)  # type: ignore[arg-type]


def test_an_unknown_name_is_told_before_anything_starts() -> None:
    assert 'did you mean "silence"?' in str(check("silense").exception)


def test_sameness_forgives_rounding_and_nothing_audible() -> None:
    rng = np.random.default_rng(0)
    sound = rng.uniform(-0.5, 0.5, (1, 1000)).astype(np.float32)
    audio = Audio(samples=sound, sample_rate=16_000)
    assert same(audio, Audio(samples=sound * np.float32(1.005), sample_rate=16_000))  # 46 dB below
    assert not same(audio, Audio(samples=sound * np.float32(1.02), sample_rate=16_000))  # 34 dB below
    assert not same(audio, Audio(samples=sound, sample_rate=16_001))
    assert not same(audio, Audio(samples=np.roll(sound, 1), sample_rate=16_000))

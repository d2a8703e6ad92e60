"""A generator's process is not believed, not waited for beyond its time, and never outlives a run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from vggsound_omni.generators.worker import process
from vggsound_omni.generators.worker.in_process import Failed, Generated, Outcome
from vggsound_omni.generators.worker.supervisor import _descendants
from vggsound_omni.generators.worker.worker import LoadError, Worker

from .samples import framed, model_file, request
from .test_worker import lives

HOSTILE = """
import gc, json, pickle, struct
from vggsound_omni.generators.worker.channel import Channel

def channel():
    (found,) = [thing for thing in gc.get_objects() if isinstance(thing, Channel)]
    os.set_blocking(found._fd, True)
    return found._fd

class Says(Good):
    # Writes bytes where its answer should be, and stays.
    def one(self, r):
        os.write(channel(), bytes.fromhex(r.text))
        time.sleep(1.5)

class Drips(Good):
    def one(self, r):
        head = struct.pack(">4sIQ", b"OMNI", 10_000, 0)
        for byte in head + b" " * 10_000:
            os.write(channel(), bytes([byte]))
            time.sleep(0.02)

class SilentLoader(Good):
    def __init__(self):
        os.write(channel(), struct.pack(">4sIQ", b"OMNI", 100, 0) + b"{")
        time.sleep(600)

class Deaf(Good):
    def one(self, r):
        os.close(channel())
        time.sleep(600)

class Patched(Good):
    def one(self, r):
        from vggsound_omni.generators.worker import in_process
        in_process.validate = lambda audio, request, may_be_silent: audio
        good = super().one(r)
        good.samples[0, 0] = np.nan if r.text == "nan" else 50.0
        return good

class Hidden(Good):
    # Leaves its process group, session and parent.
    def one(self, r):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                Path(r.text).write_text(f"{os.getpid()}")
                time.sleep(600)
            os._exit(0)
        while not Path(r.text).exists() or not Path(r.text).read_text():
            time.sleep(0.01)
        if r.id == "hangs":
            time.sleep(600)
        if r.id == "fratricide":
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(600)
        return super().one(r)

class Chatty(Good):
    def one(self, r):
        for _ in range(300):
            sys.stderr.write("x" * 9_999 + "\\n")
        sys.stderr.write("so long\\n")
        sys.stderr.flush()
        os._exit(4)

class Sees(Good):
    def one(self, r):
        Path(r.text).write_text(json.dumps({
            "environ": dict(os.environ), "cmdline": Path("/proc/self/cmdline").read_text(), "cwd": os.getcwd(),
        }))
        return super().one(r)

class Colours(Good):
    def one(self, r):
        raise ValueError("\\x1b[2J\\x1b]0;title\\x07red\\x9b31m \\u202egnp\\u202c\\ud800\\x00 end")

class Word(str):
    pass

class OwnCard(ModelCard):
    pass

class Carded(Good):
    card = OwnCard(name=Word("mine"), version=3, parameters=np.int64(5), training_data=["a", Word("b")],
                   extra={"steps": np.int32(25), "cfg": np.float32(0.5), "shape": np.arange(3), "fast": np.True_})

class Unwritable(Good):
    card = ModelCard(name="x", extra={"net": object()})

class Bottomless(Good):
    extra = {}
    extra["again"] = extra
    card = ModelCard(name="x", extra=extra)

class Given(Good):
    def __init__(self, weights: Path, steps: int, fast: bool):
        assert weights.is_dir() and steps == 25 and fast is True

class Eager(Good):
    batch_size = 10**9

class OwnRule(Good):
    def one(self, r):
        from vggsound_omni.generators.check.conformance import ConformanceError
        raise ConformanceError("beauty", "too plain")
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    return model_file(tmp_path_factory.mktemp("hostile"), HOSTILE)


def failure(outcomes: list[Outcome]) -> Failed:
    (outcome,) = outcomes
    assert isinstance(outcome, Failed)
    return outcome


@pytest.mark.parametrize(
    ("said", "rule", "says"),
    [
        (b"OMNI\0\0\0", "timeout", "no answer came within 1 s; its process was ended"),
        (b"\x80\x05cos\nsystem\n(S'true'\ntR.", "type", "its process sent what is no answer (it does not begin as a"),
        (framed('{"rule": "died", "reason": "\\u001b[2Jso"}'), "died", "so"),
        (framed('[{"channels": 1, "count": 8000, "rate": 16000}]', b"\xff" * 32_000), "finite", "8,000 of 8,000"),
        (framed('[{"channels": 1, "count": 80, "rate": 16000}]', bytes(320)), "length", "0.005 s came"),
    ],
)
def test_whatever_the_process_says_is_refused_by_a_rule_and_in_time(
    hostile: str, said: bytes, rule: str, says: str
) -> None:
    with Worker(f"{hostile}:Says", timeout=1.0) as worker:
        worker.start()
        began = time.monotonic()
        failed = failure(worker.generate([request(text=said.hex())]))
        assert time.monotonic() - began < 4
    assert (failed.rule, "\x1b" in failed.reason) == (rule, False)
    assert says in failed.reason


def test_a_message_that_drips_is_ended_in_its_middle(hostile: str) -> None:
    with Worker(f"{hostile}:Drips", timeout=0.5) as worker:
        worker.start()
        began = time.monotonic()
        assert failure(worker.generate([request()])).rule == "timeout"
        assert time.monotonic() - began < 4


def test_loading_has_its_time_in_the_middle_of_a_message_too(hostile: str) -> None:
    with (
        Worker(f"{hostile}:SilentLoader", timeout_load=2.0) as worker,
        pytest.raises(LoadError, match="was not loaded within 2 s"),
    ):
        worker.start()


def test_a_process_that_does_not_read_does_not_hold_us_up(hostile: str) -> None:
    with Worker(f"{hostile}:Good", timeout=0.5) as worker:
        worker.start()
        assert worker._process is not None
        (child,) = children(worker._process._process.pid)
        os.kill(child, signal.SIGSTOP)
        began = time.monotonic()
        assert failure(worker.generate([request(text="long " * 2_000_000)])).rule == "timeout"
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(("text", "rule"), [("nan", "finite"), ("loud", "range")])
def test_answers_are_judged_here_and_not_only_in_the_process(hostile: str, text: str, rule: str) -> None:
    with Worker(f"{hostile}:Patched") as worker:
        assert failure(worker.generate([request(text=text)])).rule == rule


def test_what_it_takes_is_measured_by_our_clock(hostile: str) -> None:
    with Worker(f"{hostile}:Good") as worker:
        worker.start()
        began = time.perf_counter()
        (outcome,) = worker.generate([request()])
        assert 0 < outcome.seconds <= time.perf_counter() - began


@pytest.mark.parametrize("name", ["good", "hangs", "fratricide"])
def test_nothing_that_left_its_group_and_parent_outlives_the_worker(
    hostile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pid = tmp_path / "pid"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Worker(f"{hostile}:Hidden", timeout=2.0) as worker:
        (outcome,) = worker.generate([request(name, text=str(pid))])
        assert isinstance(outcome, Generated if name == "good" else Failed)
        if name == "good":
            assert lives(int(pid.read_text()))
    assert not scratches(tmp_path)
    if name == "fratricide":  # without its supervisor it is killed by us, and ends in its own time
        wait_until(lambda: not lives(int(pid.read_text())))
    assert not lives(int(pid.read_text()))


def test_nothing_that_left_its_group_and_parent_outlives_us(hostile: str, tmp_path: Path) -> None:
    pid, script = tmp_path / "pid", tmp_path / "parent.py"
    script.write_text(
        "from tests.generators.samples import request\n"
        "from vggsound_omni.generators.worker.worker import Worker\n"
        f"Worker({hostile + ':Hidden'!r}).generate([request('hangs', text={str(pid)!r})])\n"
    )
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": root, "TMPDIR": str(tmp_path)}
    ) as parent:
        wait_until(lambda: pid.exists() and bool(pid.read_text()))
        family = children(parent.pid)
        assert family
        family += [grandchild for child in family for grandchild in children(child)]
        assert scratches(tmp_path)
        parent.kill()
    wait_until(lambda: not any(lives(number) for number in [int(pid.read_text()), *family]))
    assert not scratches(tmp_path)


def test_a_worker_that_was_closed_leaves_no_process_and_no_descriptor(hostile: str) -> None:
    before, others = set(Path("/proc/self/fd").iterdir()), set(_descendants())
    with Worker(f"{hostile}:Good") as worker:
        worker.start()
    with pytest.raises(LoadError), Worker(f"{hostile}:Unwritable") as worker:
        worker.start()
    assert set(Path("/proc/self/fd").iterdir()) == before
    assert not [pid for pid in set(_descendants()) - others if lives(pid)]


def test_a_caller_that_blocks_signals_has_its_processes_ended_too(hostile: str, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, signal.SIGTERM])
    try:
        with Worker(f"{hostile}:Hidden") as worker:
            assert isinstance(worker.generate([request(text=str(pid))])[0], Generated)
            began = time.monotonic()
        assert time.monotonic() - began < 4
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    assert not lives(int(pid.read_text()))


def test_its_log_is_bounded_and_keeps_the_last_words(
    hostile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "MOST_LOG", 100_000)
    log = tmp_path / "model.log"
    with Worker(f"{hostile}:Chatty", log=log) as worker:
        reasons = [failure(worker.generate([request()])).reason for _ in range(2)]
    assert all(reason.startswith("its process ended with exit code 4; its last words:") for reason in reasons)
    assert all(reason.endswith('so long"') or "so long" in log.read_text() for reason in reasons)
    assert log.stat().st_size < 100_000 + 2 * 4_500
    assert "2,900,008 bytes were dropped: this log holds at most 100,000" in log.read_text()


def test_it_sees_neither_the_cache_nor_the_suite(hostile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path / "where-recordings-lie"))
    monkeypatch.setenv("HF_HOME", "/models")
    seen = tmp_path / "seen.json"
    with Worker(f"{hostile}:Sees", suite_name="manifest:/secret/clips.csv") as worker:
        worker.generate([request(text=str(seen))])
    content = seen.read_text()
    assert "where-recordings-lie" not in content
    assert "clips.csv" not in content
    assert '"HF_HOME": "/models"' in content
    assert str(Path.cwd()) in content
    (scratch,) = set(re.findall(r"omni-bench-process-\w+/cache", content))
    assert not (Path(tempfile.gettempdir()) / scratch).parent.exists()  # no longer


def test_nothing_that_it_says_reaches_a_terminal_raw(hostile: str) -> None:
    with Worker(f"{hostile}:Colours") as worker:
        reason = failure(worker.generate([request()])).reason
    assert reason.startswith("raised ValueError: red gnp� end (model.py:")


def test_a_card_of_own_types_arrives_as_plain_values(hostile: str) -> None:
    with Worker(f"{hostile}:Carded") as worker:
        card = worker.start()
    assert vars(card) == {
        "name": "mine",
        "version": "3",
        "tasks": ("t2a", "v2a", "vt2a"),
        "parameters": 5,
        "licence": None,
        "training_data": ("a", "b"),
        "url": None,
        "extra": {"steps": 25, "cfg": 0.5, "shape": [0, 1, 2], "fast": True},
    }
    assert {type(value) for value in vars(card).values()} == {str, tuple, int, type(None), dict}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Unwritable", "cannot be written as JSON: an object is no JSON."),
        ("Bottomless", "cannot be written as JSON: it is nested more than 16 levels deep."),
    ],
)
def test_a_card_that_cannot_be_written_is_one_sentence(hostile: str, name: str, says: str) -> None:
    with Worker(f"{hostile}:{name}") as worker, pytest.raises(LoadError) as caught:
        worker.start()
    assert str(caught.value) == f'The card of "{hostile}:{name}" {says}'


def test_arguments_and_requests_of_other_types_are_written_as_what_they_are(hostile: str, tmp_path: Path) -> None:
    from numpy import float32, int64

    with Worker(f"{hostile}:Given", {"weights": tmp_path, "steps": 25, "fast": True}) as worker:  # type: ignore[dict-item]
        (outcome,) = worker.generate([request(seed=int64(7), duration=float32(0.5))])  # type: ignore[arg-type]
    assert isinstance(outcome, Generated)


def test_a_batch_has_a_limit(hostile: str) -> None:
    with Worker(f"{hostile}:Eager") as worker:
        assert worker.batch_size == 256


def test_a_rule_of_somebody_elses_is_no_rule(hostile: str) -> None:
    with Worker(f"{hostile}:OwnRule") as worker:
        failed = failure(worker.generate([request()]))
    assert (failed.rule, failed.reason) == ("raised", "raised ConformanceError of an unknown rule: too plain")


def scratches(folder: Path) -> list[Path]:
    return list(folder.glob("omni-bench-process-*"))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until(true: object) -> None:
    assert callable(true)
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)

"""Every kind of bad generator costs the items it fails, and no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.generators import find
from vggsound_omni.generators.baselines.silence import Silence
from vggsound_omni.generators.worker.in_process import Failed, Generated, InProcess, Outcome
from vggsound_omni.generators.worker.worker import LoadError, Worker
from vggsound_omni.protocol import Audio, Request

from .samples import model_file, request

BAD = """
class Bad(Good):
    def one(self, r):
        good = super().one(r)
        return good if "bad" not in r.id else self.bad(r, good)

class Raises(Bad):
    def bad(self, r, good):
        raise ValueError("no such\\nchord")

class Exits(Bad):
    def bad(self, r, good):
        sys.exit("gave up")

class Hangs(Bad):
    def bad(self, r, good):
        time.sleep(600)

class Dies(Bad):
    def bad(self, r, good):
        print("last words", file=sys.stderr)
        os._exit(3)

class Crashes(Bad):
    def bad(self, r, good):
        os.kill(os.getpid(), signal.SIGSEGV)

class Evicted(Bad):
    def bad(self, r, good):
        os.kill(os.getpid(), signal.SIGKILL)

class NotANumber(Bad):
    def bad(self, r, good):
        good.samples[0, 3] = np.nan
        return good

class Long(Bad):
    def bad(self, r, good):
        return Audio(samples=np.tile(good.samples, 2), sample_rate=RATE)

class Silent(Bad):
    def bad(self, r, good):
        return Audio(samples=good.samples * 0, sample_rate=RATE)

class Int16(Bad):
    def bad(self, r, good):
        return Audio(samples=(good.samples * 32767).astype(np.int16), sample_rate=RATE)

class Transposed(Bad):
    def bad(self, r, good):
        return Audio(samples=noise(r, channels=2).T, sample_rate=RATE)

class Surround(Bad):
    def bad(self, r, good):
        return Audio(samples=noise(r, channels=6), sample_rate=RATE)

class Nothing(Bad):
    def bad(self, r, good):
        return None

class Loud(Bad):
    def bad(self, r, good):
        return Audio(samples=good.samples * 4, sample_rate=RATE)

class Slow(Bad):
    def bad(self, r, good):
        return Audio(samples=good.samples, sample_rate=0)

class Forgets(Good):
    def generate(self, requests):
        return [a for r, a in zip(requests, super().generate(requests)) if "bad" not in r.id]

class Yields(Good):
    def generate(self, requests):
        yield from super().generate(requests)

class Counts(Good):
    batch_size = 4
    calls = 0
    def one(self, r):
        self.calls += 1
        return Audio(samples=np.full((1, 8000), self.calls / 100, np.float32), sample_rate=RATE)

class TextOnly(Good):
    card = ModelCard(name="text only", version="2", tasks=("t2a",), parameters=5)

class Missing(Good):
    def __init__(self, weights: Path):
        weights.read_bytes()

class DiesEarly(Good):
    def __init__(self):
        os._exit(7)

class NeverReady(Good):
    def __init__(self):
        time.sleep(600)

class Parent(Good):
    def one(self, r):
        sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(r.text).write_text(f"{os.getpid()} {sleeper.pid}")
        time.sleep(600)
"""
BATCH = [request("first", seed=1), request("bad", seed=2), request("last", seed=3)]


@pytest.fixture
def bad(tmp_path: Path) -> str:
    return model_file(tmp_path, BAD)


def only_the_culprit_failed(outcomes: Sequence[Outcome], rule: str) -> Failed:
    assert isinstance(outcomes[0], Generated)
    assert isinstance(outcomes[2], Generated)
    culprit = outcomes[1]
    assert isinstance(culprit, Failed), culprit
    assert culprit.rule == rule
    return culprit


@pytest.mark.parametrize(
    ("name", "rule", "says"),
    [
        ("Raises", "raised", "raised ValueError: no such chord (model.py:"),
        ("Exits", "raised", "raised SystemExit: gave up (model.py:"),
        ("NotANumber", "finite", "1 of 8,000"),
        ("Long", "length", "1 s came"),
        ("Silent", "silent", "digital silence"),
        ("Int16", "dtype", "divide by 32768"),
        ("Transposed", "shape", "transpose"),
        ("Surround", "channels", "6 channels"),
        ("Nothing", "type", "NoneType came"),
        ("Loud", "range", "within [-1, 1]"),
        ("Slow", "sample_rate", "8,000 to 192,000 Hz"),
        ("Forgets", "count", "0 answers came for 1 request"),
        ("Dies", "died", 'its process ended with exit code 3; its last words: "last words"'),
        ("Crashes", "died", "its process was killed by SIGSEGV"),
        ("Evicted", "died", "its process was killed by SIGKILL, perhaps for want of memory"),
    ],
)
def test_a_bad_answer_costs_its_item_only(bad: str, tmp_path: Path, name: str, rule: str, says: str) -> None:
    with Worker(f"{bad}:{name}", log=tmp_path / "log") as worker:
        culprit = only_the_culprit_failed(worker.generate(BATCH), rule)
        assert says in culprit.reason
        assert "\n" not in culprit.reason
        (after,) = worker.generate([request("after")])
        assert isinstance(after, Generated)


def test_a_hang_is_ended_after_its_time(bad: str) -> None:
    with Worker(f"{bad}:Hangs", timeout=0.4) as worker:
        worker.start()
        start = time.monotonic()
        culprit = only_the_culprit_failed(worker.generate(BATCH), "timeout")
        # The batch may take three times the limit, the culprit once more; the rest is starting anew.
        assert 4 * 0.4 < time.monotonic() - start < 15
        assert culprit.reason == "no answer came within 0.4 s; its process was ended"
        assert culprit.seconds == pytest.approx(0.4, abs=0.3)


def test_a_whole_result_of_the_wrong_kind_is_told(bad: str) -> None:
    with Worker(f"{bad}:Yields") as worker:
        outcomes = worker.generate(BATCH)
    assert [outcome.rule for outcome in outcomes if isinstance(outcome, Failed)] == ["type"] * 3
    assert isinstance(outcomes[0], Failed)
    assert outcomes[0].reason.startswith("generate() returned generator; a list")


def test_what_is_generated_arrives_to_the_bit(bad: str) -> None:
    with Worker(f"{bad}:Good") as worker:
        outcomes = worker.generate(BATCH)
    here = InProcess(find(f"{bad}:Good")).generate(BATCH)
    for there, own in zip(outcomes, here, strict=True):
        assert isinstance(there, Generated)
        assert isinstance(own, Generated)
        assert there.audio.samples.tobytes() == own.audio.samples.tobytes()


def test_a_batch_is_one_call_and_one_process(bad: str) -> None:
    with Worker(f"{bad}:Counts") as worker:
        assert worker.batch_size == 4
        levels = [
            round(float(outcome.audio.samples[0, 0]) * 100)
            for _ in range(2)
            for outcome in worker.generate(BATCH)
            if isinstance(outcome, Generated)
        ]
    assert levels == [1, 2, 3, 4, 5, 6]


def test_it_is_never_asked_for_tasks_it_does_not_claim(bad: str) -> None:
    with Worker(f"{bad}:TextOnly") as worker:
        assert (worker.card.name, worker.card.version, worker.card.parameters) == ("text only", "2", 5)
        mixed = [request("a"), request("b", task="v2a", text=None), request("c")]
        culprit = only_the_culprit_failed(worker.generate(mixed), "tasks")
    assert culprit.reason == "its card does not claim v2a"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Missing", 'needs the argument "weights": add -m weights=VALUE.'),
        ("DiesEarly", "could not be loaded: its process ended with exit code 7"),
        ("NeverReady", "was not loaded within 0.5 s."),
        ("Typo", "Unknown factory in"),
    ],
)
def test_what_cannot_be_loaded_is_the_users_to_mend(bad: str, name: str, says: str) -> None:
    with Worker(f"{bad}:{name}", timeout_load=0.5 if name == "NeverReady" else 60) as worker:
        with pytest.raises(UserError) as caught:
            worker.generate(BATCH)
        assert says in str(caught.value)


def test_an_error_while_loading_keeps_its_traceback_apart(bad: str) -> None:
    with Worker(f"{bad}:Missing", {"weights": "absent.pt"}) as worker, pytest.raises(LoadError) as caught:
        worker.start()
    assert "it raised FileNotFoundError: [Errno 2] No such file or directory: 'absent.pt'" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "weights.read_bytes()" in caught.value.traceback


def test_a_process_that_died_between_batches_is_started_again(bad: str) -> None:
    with Worker(f"{bad}:Good") as worker:
        worker.start()
        assert worker._process is not None
        os.kill(worker._process._process.pid, signal.SIGKILL)
        worker._process._process.wait()
        assert all(isinstance(outcome, Generated) for outcome in worker.generate(BATCH))


def test_closing_ends_the_process(bad: str) -> None:
    with Worker(f"{bad}:Good") as worker:
        worker.start()
        assert worker._process is not None
        pid = worker._process._process.pid
        assert lives(pid)
    assert not lives(pid)


def test_what_hangs_takes_its_own_processes_along(bad: str, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with Worker(f"{bad}:Parent", timeout=1.0) as worker:
        worker.generate([request(text=str(pids))])
    assert_gone(pids)


def test_a_killed_parent_leaves_no_orphan(bad: str, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = tmp_path / "parent.py"
    # No main guard: a process of ours must not run its caller's script again.
    script.write_text(
        "from tests.generators.samples import request\n"
        "from vggsound_omni.generators.worker.worker import Worker\n"
        f"Worker({bad + ':Parent'!r}).generate([request(text={str(pids)!r})])\n"
    )
    root = str(Path(__file__).parents[2])
    with subprocess.Popen([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": root}) as parent:
        deadline = time.monotonic() + 30
        while not (pids.exists() and pids.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert all(lives(int(pid)) for pid in pids.read_text().split())
        parent.kill()
    assert_gone(pids)


def test_an_object_given_directly_is_judged_alike() -> None:
    class Half:
        def generate(self, requests: Sequence[Request]) -> list[Audio]:
            audio = Silence().generate(requests)
            return [audio[0]] if len(requests) == 1 else []

    first, second = InProcess(Half(), "half").generate([request("a"), request("b")])
    assert isinstance(first, Failed)
    assert isinstance(second, Failed)
    assert (first.rule, second.rule) == ("silent", "silent")
    assert all(isinstance(outcome, Generated) for outcome in InProcess(Silence()).generate(BATCH))


def lives(pid: int) -> bool:
    """Whether a process runs; one that ended and was not yet collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    try:
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:  # it ended between the two looks
        return False


def assert_gone(pids: Path) -> None:
    numbers = [int(pid) for pid in pids.read_text().split()]
    assert len(numbers) == 2
    deadline = time.monotonic() + 10
    while any(lives(pid) for pid in numbers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(lives(pid) for pid in numbers)


def test_a_batch_that_memory_does_not_suffice_for_is_tried_in_halves() -> None:
    tried: list[int] = []

    class Narrow(Silence):
        def generate(self, requests: Sequence[Request]) -> list[Audio]:
            tried.append(len(requests))
            if len(requests) > 2:
                raise MemoryError("out of memory")
            return super().generate(requests)

    outcomes = InProcess(Narrow()).generate([request(f"r{number}") for number in range(8)])
    assert all(isinstance(outcome, Generated) for outcome in outcomes)
    assert tried == [8, 4, 2, 2, 4, 2, 2]

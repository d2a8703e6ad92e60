"""Generators, programs and servers that answer garbage.

Most inputs are bytes on a socket to the reader of a process's answers, without a process. Every 10th is a body of a
real server, and every 50th a real process or program. An answer must be valid, or be refused by a rule, in time, with
bounded memory, without running anything of it and without leaving a process behind.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import pickle
import random
import resource
import socket
import string
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from vggsound_omni.generators.adapters.command import Command
from vggsound_omni.generators.adapters.http import HttpServer
from vggsound_omni.generators.check.conformance import RULES
from vggsound_omni.generators.worker.channel import Channel, ClosedError, FrameError
from vggsound_omni.generators.worker.in_process import Failed, Generated, InProcess, Outcome, judge
from vggsound_omni.generators.worker.messages import LoadFailed, Refused, receive_answers, receive_loaded
from vggsound_omni.generators.worker.supervisor import _descendants
from vggsound_omni.generators.worker.worker import LoadError, Worker
from vggsound_omni.protocol import Audio, ModelCard, Request

from . import FINDING

_RATE = 8000
_DURATION = 0.1
_PATIENCE = 0.05  # seconds that a reader waits; a reader that waits longer than _SLACK beyond it is a finding
_SLACK = 2.0
_MOST_MEMORY = 300_000  # kB by which a campaign may grow
_CARD = ModelCard(name="fuzzed")
_LOADED = {
    "card": {**vars(_CARD), "tasks": list(_CARD.tasks), "training_data": [], "extra": {"silent": True}},
    "batch_size": 4,
}
_TRAP = "OMNI_BENCH_FUZZ_TRAP"


def campaign(n: int, seed: int, seconds: float) -> Counter[str]:
    """Tries ``n`` answers that depend only on ``seed``, or as many as there is time for; counts what came of each."""
    until = time.monotonic() + seconds
    outcomes: Counter[str] = Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    others = set(_descendants())
    with tempfile.TemporaryDirectory(prefix="omni-bench-fuzz-") as folder, _Server() as server:
        scratch = Path(folder)
        os.environ[_TRAP] = str(scratch / "trap")
        logging.disable()  # what somebody else's code raised is told with its traceback
        for number in range(n):
            if time.monotonic() > until:
                break
            rng = random.Random(f"{seed}:{number}")
            if number % 50 == 49:
                attempt = _from_process if number % 100 == 99 else _from_program
                outcomes[_tried(lambda a=attempt, r=rng: a(r, scratch))] += 1  # type: ignore[misc]
            elif number % 10 == 9:
                outcomes[_tried(lambda r=rng: server.answers(r))] += 1  # type: ignore[misc]
            elif number % 10 == 8:
                outcomes[_tried(lambda r=rng: _card(r))] += 1  # type: ignore[misc]
            else:
                outcomes[_tried(lambda r=rng: _answers(r))] += 1  # type: ignore[misc]
        logging.disable(logging.NOTSET)
        if (scratch / "trap").exists():
            outcomes[f"{FINDING}: code of an answer was run"] += 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if grown > _MOST_MEMORY:
        outcomes[f"{FINDING}: {grown // 1000} MB more memory"] += 1
    if left := set(_descendants()) - others:
        outcomes[f"{FINDING}: a process outlived the campaign"] += len(left)
    return outcomes


def _tried(attempt: Callable[[], str]) -> str:
    try:
        return attempt()
    except Exception as error:  # noqa: BLE001 - whatever comes is what is looked for
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        name = Path(where.tb_frame.f_code.co_filename).name if where is not None else "nowhere"
        return f"{FINDING}: {type(error).__name__} in {name}"


def _request(rng: random.Random) -> Request:
    return Request(id="clip", task="t2a", duration=_DURATION, text="rain", video=None, seed=rng.randrange(2**32))


def _answers(rng: random.Random) -> str:
    """Bytes where the answers to one to three requests are due."""
    requests = [_request(rng) for _ in range(rng.randint(1, 3))]
    came = _heard(
        _damaged(rng, _valid(rng, len(requests))), lambda channel, until: receive_answers(channel, requests, until)
    )
    if isinstance(came, str):
        return came
    if isinstance(came, Refused):
        return f"refused: {came.rule}" if came.rule in RULES else f"{FINDING}: an unknown rule"
    if len(came) != len(requests):
        return f"{FINDING}: another number of answers"
    outcomes = [
        Failed(rule=answer.rule, reason=answer.reason, seconds=0.0)
        if isinstance(answer, Refused)
        else judge(Audio(samples=answer.samples, sample_rate=answer.sample_rate), request, _CARD, 0.0)
        for answer, request in zip(came, requests, strict=True)
    ]
    return max(_named(outcome) for outcome in outcomes)


def _card(rng: random.Random) -> str:
    """Bytes where the word is due that a model is loaded."""
    message: dict[str, Any] = json.loads(json.dumps(_LOADED))
    fields = message["card"]
    for _ in range(rng.randint(0, 3)):
        holder = rng.choice([message, fields, fields["extra"]]) if isinstance(fields.get("extra"), dict) else message
        holder[rng.choice([*holder, "more"])] = _json(rng, 3)
        fields = message["card"] if isinstance(message.get("card"), dict) else {}
    came = _heard(
        _damaged(rng, _frame(json.dumps(message).encode())), lambda channel, until: receive_loaded(channel, "m", until)
    )
    if isinstance(came, str):
        return came
    if isinstance(came, LoadFailed):
        return "a load that failed"
    json.dumps(vars(came.card), allow_nan=False)  # what the run folder does with it
    return "a valid card"


def _heard(said: bytes, hear: Callable[[Channel, float], Any]) -> Any:
    ours, theirs = socket.socketpair()
    channel = Channel(ours.detach())
    theirs.settimeout(_SLACK)

    def speak() -> None:
        with contextlib.suppress(OSError):
            theirs.sendall(said)

    speaker = threading.Thread(target=speak)
    speaker.start()
    began = time.monotonic()
    try:
        return hear(channel, began + _PATIENCE)
    except FrameError:
        return "refused: no message"
    except TimeoutError:
        late = time.monotonic() - began > _PATIENCE + _SLACK
        return f"{FINDING}: a deadline did not hold" if late else "refused: timeout"
    except ClosedError:
        return "refused: closed"
    finally:
        channel.close()
        theirs.close()
        speaker.join()


def _named(outcome: Outcome) -> str:
    if isinstance(outcome, Generated):
        samples = outcome.audio.samples
        valid = samples.dtype == np.float32 and np.isfinite(samples).all() and np.abs(samples).max() <= 1
        return "valid" if valid else f"{FINDING}: an invalid answer was taken"
    if outcome.rule not in RULES or set(outcome.reason) & set("\x1b\x9b\x00\r\n\u202e\ud800"):
        return f"{FINDING}: an unknown rule or a raw reason"
    return f"refused: {outcome.rule}"


def _frame(text: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">4sIQ", b"OMNI", len(text), len(body)) + text + body


def _valid(rng: random.Random, count: int) -> bytes:
    """A whole message of answers, each of which may break any rule."""
    heads: list[object] = []
    body = b""
    for _ in range(count):
        if rng.random() < 0.15:
            heads.append({"rule": rng.choice([*RULES, *RULES, "beauty"]), "reason": _text(rng)})
            continue
        channels, length = _rarely(rng, 1, 2, 3), _rarely(rng, 800, 808, 809, 0, 10**9)
        heads.append({"channels": channels, "count": length, "rate": _rarely(rng, _RATE, 7999, 192_001)})
        samples = np.full(channels * min(length, 1000), 0.5, np.float32)
        if samples.size and rng.random() < 0.3:
            samples[rng.randrange(samples.size)] = rng.choice([math.nan, math.inf, -2.0, 1e-45])
        body += samples.tobytes()
    message: object = heads if rng.random() < 0.9 else _json(rng, 4)
    return _frame(json.dumps(message).encode(), body)


def _rarely(rng: random.Random, usual: int, *others: int) -> int:
    return usual if rng.random() < 0.9 else rng.choice(others)


def _damaged(rng: random.Random, content: bytes) -> bytes:
    kind = rng.randrange(16)
    if kind == 0:
        return rng.randbytes(rng.randrange(200))
    if kind == 1:
        return content[: rng.randrange(len(content))]
    if kind in (2, 3):
        changed = bytearray(content)
        for _ in range(rng.randint(1, 4)):
            changed[rng.randrange(min(len(changed), 200))] = rng.randrange(256)
        return bytes(changed)
    if kind == 4:
        return (
            struct.pack(">4sIQ", b"OMNI", rng.choice([0, 1, 2**16, 2**32 - 1]), rng.choice([0, 2**63, 2**64 - 1]))
            + content
        )
    if kind == 5:
        return pickle.dumps(_Trap())
    if kind == 6:
        deep = rng.choice([b"[", b'{"a":', b'[{"channels":']) * rng.randrange(1, 4000)
        return _frame(deep)
    if kind == 7:
        return content + content
    return content


class _Trap:
    """A pickle that runs code when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f'touch "${_TRAP}"',)


def _json(rng: random.Random, depth: int) -> object:
    kind = rng.randrange(9 if depth else 6)
    if kind >= 7:
        return {_text(rng): _json(rng, depth - 1) for _ in range(rng.randrange(4))}
    if kind == 6:
        return [_json(rng, depth - 1) for _ in range(rng.randrange(4))]
    return rng.choice([None, True, -1, 0, 1, 10**30, 0.5, 1e308, _text(rng), "t2a", ["t2a"], "x" * 2000])


def _text(rng: random.Random) -> str:
    pool = string.ascii_letters + "\x1b[2J\x9b\x00\r\n\u202e\ud800 é日"
    return "".join(rng.choice(pool) for _ in range(rng.randrange(40)))


class _Server:
    """A real server that says what it is told to, byte by byte."""

    def __init__(self) -> None:
        self._said = b""
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> _Server:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.wfile.write(outer._said)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self._client = InProcess(HttpServer(f"http://127.0.0.1:{self._server.server_port}/"))
        return self

    def __exit__(self, *error: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def answers(self, rng: random.Random) -> str:
        body = _sound(rng)
        length = rng.choice([len(body)] * 5 + [len(body) + 10, len(body) // 2, 10**12, -1])
        lines = [f"HTTP/1.1 {rng.choice(['200 OK'] * 6 + ['500 ' + _line(rng), '204 None', '999 x'])}"]
        lines.append(rng.choice([f"Content-Length: {length}"] * 4 + ["Transfer-Encoding: chunked", "X: " + _line(rng)]))
        self._said = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body
        if rng.random() < 0.2:
            self._said = _damaged(rng, self._said)
        (outcome,) = self._client.generate([_request(rng)])
        return _named(outcome)


def _line(rng: random.Random) -> str:
    return _text(rng).replace("\n", "").replace("\r", "")


def _sound(rng: random.Random) -> bytes:
    """A WAV file of any length and width, whole or not."""
    count, channels, bits = (
        rng.choice([800, 800, 800, 40_000, 0]),
        rng.choice([1, 1, 2, 6]),
        rng.choice([16, 16, 32, 64]),
    )
    data = rng.randbytes(count * channels * bits // 8)
    form = 3 if bits == 64 or rng.random() < 0.2 else 1
    head = struct.pack("<HHIIHH", form, channels, _RATE, _RATE * channels * bits // 8, channels * bits // 8, bits)
    riff = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(data)) + data
    whole = b"RIFF" + struct.pack("<I", len(riff)) + riff
    return whole if rng.random() < 0.6 else _damaged(rng, whole)


_PROCESS = """
import gc, os, sys, time
from pathlib import Path
import numpy as np
from vggsound_omni.generators.worker.channel import Channel
from vggsound_omni.protocol import Audio

class Fuzzed:
    def __init__(self):
        (self.channel,) = [thing for thing in gc.get_objects() if isinstance(thing, Channel)]
        os.set_blocking(self.channel._fd, True)
        if Path(__file__).with_name("early").exists():
            self.misbehave()

    def misbehave(self):
        os.write(self.channel._fd, Path(__file__).with_name("said").read_bytes())
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        time.sleep(0.5)
        if Path(__file__).with_name("dies").exists():
            os._exit(3)

    def generate(self, requests):
        self.misbehave()
        return [Audio(samples=np.full((1, 800), 0.5, np.float32), sample_rate=8000) for _ in requests]
"""


def _from_process(rng: random.Random, scratch: Path) -> str:
    """A real process that says anything, leaves an orphan, and perhaps dies."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    (folder / "model.py").write_text(_PROCESS)
    (folder / "said").write_bytes(_damaged(rng, _valid(rng, 1)))
    for name in ("early", "dies"):
        if rng.random() < 0.3:
            (folder / name).touch()
    began, others = time.monotonic(), set(_descendants())
    try:
        with Worker(f"{folder / 'model.py'}:Fuzzed", timeout=1.0, timeout_load=10.0, log=folder / "log") as worker:
            (outcome,) = worker.generate([_request(rng)])
        name = _named(outcome)
    except LoadError:
        name = "refused: not loaded"
    if time.monotonic() - began > 30:
        return f"{FINDING}: a process was waited for too long"
    return f"{FINDING}: an orphan" if set(_descendants()) - others else f"process {name}"


_PROGRAM = """
import json, os, sys
said = open(sys.argv[1], "rb").read()
for line in sys.stdin:
    request = json.loads(line)
    with open(request["output"], "wb") as file:
        file.write(open(sys.argv[2], "rb").read())
    answer = said.replace(b"OUTPUT", json.dumps(request["output"]).encode())
    os.write(1, answer)
    os.write(2, said)
    if len(said) % 3 == 0:
        os._exit(len(said) % 256)
"""


def _from_program(rng: random.Random, scratch: Path) -> str:
    """A real program that says anything on a line, and writes any file."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    (folder / "program.py").write_text(_PROGRAM)
    (folder / "sound").write_bytes(_sound(rng))
    line = rng.choice([b'{"id": "clip", "audio": OUTPUT}'] * 3 + [json.dumps(_json(rng, 4)).encode()])
    (folder / "said").write_bytes(_damaged(rng, line) + b"\n")
    words = [sys.executable, *(str(folder / name) for name in ("program.py", "said", "sound"))]
    command = Command(" ".join(words))
    try:
        (outcome,) = InProcess(command).generate([_request(rng)])
        return f"program {_named(outcome)}" if not _named(outcome).startswith(FINDING) else _named(outcome)
    finally:
        command._stop()

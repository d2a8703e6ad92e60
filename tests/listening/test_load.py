"""A hundred listeners at once, and a server that is killed: no acknowledged answer is lost."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.listening.small import small_study
from vggsound_omni.listening import server
from vggsound_omni.listening.collected import read_answers
from vggsound_omni.listening.given import FILES
from vggsound_omni.listening.study import Study

LISTENERS = 100
PAUSE = (2.0, 4.0)  # seconds from one answer to the next; a person takes 20


class Process:
    """``omni-bench listen serve`` as a process of its own."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        command = [sys.executable, "-m", "vggsound_omni", "listen", "serve", str(folder), "--port", str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().rstrip("/\n").rpartition(":")[2])
        self._process.stdout.readline()
        self._process.stdout.readline()

    def end(self, how: signal.Signals) -> None:
        """Ends it."""
        os.kill(self._process.pid, how)
        self._process.communicate()


@dataclass
class Client:
    """A browser's connection: HTTP/1.1 that is kept alive, and how long answers took."""

    port: int
    token: str = ""
    took: dict[str, list[float]] = field(default_factory=dict)
    _streams: Any = None

    async def ask(self, path: str, body: object = None) -> Any:
        """Returns the JSON, or bytes of another type."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        content = b"" if body is None else json.dumps(body).encode()
        head = [
            f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
            "Host: localhost",
            f"Content-Length: {len(content)}",
        ]
        head += ["Content-Type: application/json", f"Authorization: Bearer {self.token}", "", ""]
        began = time.perf_counter()
        writer.write("\r\n".join(head).encode() + content)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length"))
        given = await reader.readexactly(length)
        self.took.setdefault("POST" if body is not None else "GET", []).append(time.perf_counter() - began)
        assert lines[0].split()[1] == "200", (path, lines[0], given)
        return json.loads(given) if any("application/json" in line for line in lines) else given

    def close(self) -> None:
        """Closes the connection."""
        if self._streams is not None:
            self._streams[1].close()


async def listen(port: int, random_: random.Random) -> Client:
    """One listener's whole session."""
    client = Client(port)
    await asyncio.sleep(random_.uniform(0, PAUSE[1]))
    for path in ("/", *(f"/{name}" for name in FILES)):
        await client.ask(path)
    client.token = (await client.ask("/api/join", {"consent": True}))["token"]
    for trial in (await client.ask("/api/session"))["trials"]:
        for url in trial["sounds"]:
            assert (await client.ask(f"/{url}"))[:4] == b"fLaC"
        await asyncio.sleep(random_.uniform(*PAUSE))
        choices = dict.fromkeys(("quality", "overall"), random_.choice(["left", "same", "right"]))
        await client.ask("/api/answers", {"trial": trial["id"], "choices": choices, "seconds": 9.0})
    await client.ask("/api/finish", {"comment": "", "headphones": 6})
    client.close()
    return client


@pytest.mark.scale
def test_a_hundred_listeners_at_once_lose_no_answer_and_do_not_wait(tmp_path: Path) -> None:
    study = small_study(tmp_path, listeners=LISTENERS, trials=6)
    process = Process(tmp_path)

    async def everybody() -> list[Client]:
        return await asyncio.gather(*(listen(process.port, random.Random(seed)) for seed in range(LISTENERS)))

    clients = asyncio.run(everybody())
    process.end(signal.SIGTERM)
    listeners = read_answers([server.database(tmp_path)], study)
    assert len(listeners) == LISTENERS
    assert all(len(one.answers) == len(one.session.trials) and one.headphones == 6 for one in listeners)
    for what in ("GET", "POST"):
        took = 1000 * np.array([seconds for client in clients for seconds in client.took[what]])
        print(f"{what}: {len(took)}, median {np.median(took):.1f} ms, p95 {np.percentile(took, 95):.1f} ms")  # noqa: T201
        assert np.percentile(took, 95) < 100, what


def answered(study: Study, folder: Path) -> set[str]:
    """The trials with an answer on disk."""
    return {trial for listener in read_answers([server.database(folder)], study) for trial in listener.answers}


@pytest.mark.soak
def test_kill_9_loses_no_acknowledged_answer(tmp_path: Path) -> None:
    """Listeners answer as fast as they can; the server is killed amid that, again and again."""
    study = small_study(tmp_path, listeners=30, trials=6)
    acknowledged: set[str] = set()
    tokens: list[str] = []

    async def hurry(port: int, token: str | None) -> None:
        client = Client(port, token or "")
        try:
            if token is None:
                client.token = (await client.ask("/api/join", {"consent": True}))["token"]
                tokens.append(client.token)
            session = await client.ask("/api/session")
            for trial in session["trials"]:
                if trial["id"] not in session["answered"]:
                    choices = {"quality": "left", "overall": "right"}
                    await client.ask("/api/answers", {"trial": trial["id"], "choices": choices, "seconds": 1.0})
                    acknowledged.add(trial["id"])
        finally:
            client.close()

    async def until_killed(process: Process) -> None:
        enough = len(acknowledged) + 7
        running = [asyncio.create_task(hurry(process.port, token)) for token in [*tokens, *[None] * 10]]
        while len(acknowledged) < enough:
            await asyncio.sleep(0.001)
        process.end(signal.SIGKILL)
        await asyncio.gather(*running, return_exceptions=True)

    for _ in range(3):
        asyncio.run(until_killed(Process(tmp_path)))
        assert acknowledged <= answered(study, tmp_path)
    process = Process(tmp_path)
    for token in tokens:
        asyncio.run(hurry(process.port, token))
    process.end(signal.SIGTERM)
    assert acknowledged <= answered(study, tmp_path)
    finished = [one for one in read_answers([server.database(tmp_path)], study) if one.finished]
    assert len(finished) == len(tokens), "whoever has a place goes on after every kill"

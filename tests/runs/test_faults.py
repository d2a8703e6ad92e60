"""What breaks in the middle of a run costs time: the sounds are those of an undisturbed one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.generators.samples import request
from tests.runs.test_shards import numbers, omni_bench, said
from vggsound_omni.generators.adapters import http
from vggsound_omni.generators.check.conformance import ConformanceError
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.result import read_result

LEAKS = """
import os, resource, signal
import numpy as np
from vggsound_omni.protocol import Audio

LIMIT = 400 * 2**20

class Leaks:
    batch_size = {batch}
    def __init__(self):
        size = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        self.kept = []
        if {limited}:
            resource.setrlimit(resource.RLIMIT_AS, (size + LIMIT, size + LIMIT))
    def generate(self, requests):
        for _ in requests:
            self.kept.append(np.ones(90 * 2**20, np.uint8))
        if sum(map(len, self.kept)) > LIMIT:
            os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does it
        return [Audio(samples=np.random.default_rng(r.seed).uniform(-.5, .5, (1, int(r.duration * 16000)))
                      .astype(np.float32), sample_rate=16000) for r in requests]
"""
SERVER = """
import io, json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
import numpy as np, soundfile

class Studio(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sound = io.BytesIO()
        samples = np.random.default_rng(asked["seed"]).uniform(-.5, .5, int(asked["duration"] * 16000))
        soundfile.write(sound, samples, 16000, format="FLAC")
        self.send_response(200)
        self.send_header("Content-Length", str(len(sound.getvalue())))
        self.end_headers()
        self.server.answered += 1
        if self.server.answered == int(sys.argv[2]):
            self.wfile.write(sound.getvalue()[:1000])
            self.wfile.flush()
            import os, signal
            os.kill(os.getpid(), signal.SIGKILL)
        self.wfile.write(sound.getvalue())
    def log_message(self, *_):
        pass

HTTPServer.allow_reuse_address = True
server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Studio)
server.answered = 0
print(server.server_port, flush=True)
server.serve_forever()
"""


def sounds(run: Path) -> dict[str, str | None]:
    return {i: record.sha256 for i, record in RunFolder(run).records().items()}


def served(tmp_path: Path, port: int, dies_at: int = 0) -> tuple[subprocess.Popen[str], int]:
    words = [sys.executable, str(tmp_path / "server.py"), str(port), str(dies_at)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.soak
@pytest.mark.parametrize(("batch", "limited"), [(1, True), (2, True), (1, False), (2, False)])
def test_a_model_that_leaks_to_a_limit_is_started_again_and_loses_nothing(
    tmp_path: Path, scenes: Callable[[int], str], batch: int, limited: bool
) -> None:
    for name in ("leaks", "sound"):
        text = LEAKS.format(batch=batch, limited=limited)
        if name == "sound":
            text = text.replace("self.kept.append", "str")
        (tmp_path / f"{name}.py").write_text(text)
        asked = ["--suite", scenes(12), "--track", "t2a", "--model", f"{tmp_path / name}.py:Leaks"]
        output = said(omni_bench("generate", *asked, "--output", tmp_path / name / "run"))
        assert "12 of 12 items generated" in " ".join(output.split())
    assert sounds(tmp_path / "leaks" / "run") == sounds(tmp_path / "sound" / "run")


@pytest.mark.soak
def test_a_server_that_is_killed_in_the_middle_and_comes_back_loses_nothing(
    tmp_path: Path, scenes: Callable[[int], str]
) -> None:
    suite = scenes(6)
    (tmp_path / "server.py").write_text(SERVER)

    server, port = served(tmp_path, 0)
    asked = ["--suite", suite, "--track", "t2a", "--model", f"http://127.0.0.1:{port}/"]
    said(omni_bench("generate", *asked, "--output", tmp_path / "whole"))
    server.kill()
    server.communicate()
    server, _ = served(tmp_path, port, dies_at=4)
    run = omni_bench("generate", *asked, "--output", tmp_path / "run")
    server.communicate(timeout=100)  # killed in the middle of an answer
    time.sleep(3)
    server, _ = served(tmp_path, port)
    assert "6 of 6 items generated" in " ".join(said(run).split())
    server.kill()
    server.communicate()
    assert sounds(tmp_path / "run") == sounds(tmp_path / "whole")


@pytest.mark.soak
def test_a_server_that_stays_away_is_waited_for_once_until_it_answers_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    server, port = served(tmp_path, 0)
    model = http.HttpServer(f"http://127.0.0.1:{port}/")
    monkeypatch.setattr(http, "_PATIENCE", 3.0)
    for turn in range(2):
        if turn:
            server, _ = served(tmp_path, port)
        assert len(model.generate([request("a")])) == 1
        server.kill()
        server.communicate()
        for least, most in ((3.0, 6.0), (0.0, 1.0)):
            began = time.monotonic()
            with pytest.raises(ConformanceError, match="went away"):
                model.generate([request("a")])
            assert least <= time.monotonic() - began < most


READ_ONLY = (
    'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && ! touch "$1/x" 2>/dev/null && shift && exec "$@"'
)


@pytest.mark.soak
@pytest.mark.parametrize("filled", [False, True])
def test_a_cache_that_cannot_be_written_to_costs_time_alone(
    tmp_path: Path, scenes: Callable[[int], str], filled: bool
) -> None:
    asked = ["run", "--suite", scenes(6), "--track", "vt2a", "--model", "noise", "--encoders", "foleyworld"]
    cache = tmp_path / "cache"
    cache.mkdir()
    said(omni_bench(*asked, "--output", tmp_path / "whole", cache=cache if filled else tmp_path / "another"))
    words = [sys.executable, "-m", "vggsound_omni", *asked, "--output", str(tmp_path / "run")]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", str(cache), *words],
        env=os.environ | {"OMNI_BENCH_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "unshare:" in done.stderr:
        pytest.skip("no mounts of one's own on this machine")
    assert done.returncode == 0, done.stdout + done.stderr
    assert numbers(read_result(tmp_path / "run")) == numbers(read_result(tmp_path / "whole"))

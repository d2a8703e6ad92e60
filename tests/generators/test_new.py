"""New adapters conform as they come, and a server's token is asked for and kept."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.generators.adapters.http import HttpServer
from vggsound_omni.generators.adapters.new import KINDS, new_adapter
from vggsound_omni.generators.check.conformance import ConformanceError

from .samples import request

SECRET = "an-open-secret"


def omni_bench(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vggsound_omni", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


@contextmanager
def serving(path: Path, token: str = "") -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, str(path), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"OMNI_BENCH_TOKEN": token},
    )
    try:
        assert process.stdout
        (address,) = re.findall(r"http://\S+", process.stdout.readline())
        yield address
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_adapter_passes_check_as_it_comes(kind: str, tmp_path: Path) -> None:
    told = omni_bench("new-adapter", "My-Model 2", "--kind", kind, folder=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "omni-bench check" in told.stdout
    path = tmp_path / "my_model_2.py"
    if kind == "server":
        with serving(path, SECRET) as address:
            done = omni_bench("check", address, folder=tmp_path, OMNI_BENCH_TOKEN=SECRET)
    else:
        model = {"python": "my_model_2.py:MyModel2", "program": f"cmd:{sys.executable} my_model_2.py"}[kind]
        done = omni_bench("check", model, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "fail" not in done.stdout


def test_a_server_is_told_its_token_and_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = new_adapter("elsewhere", "server", tmp_path)
    with serving(path, SECRET) as address:
        for given, says in (("", "wants a token; set OMNI_BENCH_TOKEN"), ("guess", "wants another token")):
            monkeypatch.setenv("OMNI_BENCH_TOKEN", given)
            with pytest.raises(UserError, match=says):
                HttpServer(address)
        monkeypatch.setenv("OMNI_BENCH_TOKEN", SECRET)
        (audio,) = HttpServer(address).generate([request("a")])
        assert audio.sample_rate == 16_000

    seen: list[tuple[str, str | None]] = []

    class Redirects(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            seen.append((self.command, self.headers.get("Authorization")))
            self.send_response(302 if self.command == "POST" else 404)
            self.send_header("Location", f"http://localhost:{server.server_port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Redirects) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(ConformanceError, match="404"):
            HttpServer(f"http://127.0.0.1:{server.server_port}/").generate([request("a")])
        server.shutdown()
    assert seen == [("POST", f"Bearer {SECRET}"), ("GET", None)]


def test_a_server_without_a_token_answers_this_machine_alone(tmp_path: Path) -> None:
    path, _ = new_adapter("elsewhere", "server", tmp_path)
    done = subprocess.run(
        [sys.executable, str(path), "--host", "0.0.0.0"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "set OMNI_BENCH_TOKEN to answer other machines" in done.stderr


def test_a_name_that_cannot_be_is_one_sentence_and_nothing_is_overwritten(tmp_path: Path) -> None:
    for name in ("../up", "2fast", "class", "mödel", ""):
        with pytest.raises(UserError, match="cannot be the name of a Python file"):
            new_adapter(name, "python", tmp_path)
    (path, model) = new_adapter("mine", "program", tmp_path)
    assert model == f'"cmd:python {path}"'
    with pytest.raises(UserError, match="already"):
        new_adapter("mine", "python", tmp_path)


def test_a_token_that_no_header_can_carry_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNI_BENCH_TOKEN", "two words")
    with pytest.raises(UserError, match="no header can carry"):
        HttpServer("http://127.0.0.1:9/")

"""Folders, programs and servers: real files, real processes, a real server on this machine."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from vggsound_omni.errors import UserError
from vggsound_omni.generators import find
from vggsound_omni.generators.adapters import answer_file
from vggsound_omni.generators.adapters.command import Command
from vggsound_omni.generators.adapters.folder import Folder
from vggsound_omni.generators.adapters.http import HttpServer
from vggsound_omni.generators.check.conformance import ConformanceError
from vggsound_omni.generators.worker.in_process import Failed, Generated, InProcess
from vggsound_omni.generators.worker.worker import Worker
from vggsound_omni.media import read_audio
from vggsound_omni.protocol import Audio

from .samples import model_file, request, watched

TONE = (0.5 * np.sin(np.arange(8000) * 2 * np.pi * 440 / 16_000)).astype(np.float32)


def level(samples: Any) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


class TestFolder:
    @pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3", ".WAV"])
    def test_a_file_named_by_the_id_is_the_answer(self, tmp_path: Path, suffix: str) -> None:
        soundfile.write(tmp_path / f"v1.0_x{suffix}", TONE, 16_000)
        (audio,) = Folder(str(tmp_path)).generate([request("v1.0_x")])
        assert level(audio.samples) == pytest.approx(level(TONE), rel=0.05)

    def test_what_a_lossy_codec_overshoots_is_clipped_and_a_float_file_is_not(self, tmp_path: Path) -> None:
        square = np.sign(np.sin(np.arange(8000) * 2 * np.pi * 440 / 16_000)).astype(np.float32)
        soundfile.write(tmp_path / "lossy.ogg", square * 0.99, 16_000)
        soundfile.write(tmp_path / "float.wav", square * 1.2, 16_000, subtype="FLOAT")
        lossy, loud = InProcess(Folder(str(tmp_path))).generate([request("lossy"), request("float")])
        assert isinstance(lossy, Generated)
        assert np.abs(lossy.audio.samples).max() == 1.0
        assert isinstance(loud, Failed)
        assert loud.rule == "range"

    def test_missing_and_truncated_files_fail_their_items_only(self, tmp_path: Path) -> None:
        for name in ("a", "c", "d"):
            soundfile.write(tmp_path / f"{name}.flac", TONE, 16_000)
        (tmp_path / "c.flac").write_bytes((tmp_path / "c.flac").read_bytes()[:200])
        (tmp_path / "d.flac").write_bytes(b"")
        outcomes = InProcess(Folder(str(tmp_path))).generate([request(name) for name in "abcd"])
        assert isinstance(outcomes[0], Generated)
        failures = [outcome for outcome in outcomes[1:] if isinstance(outcome, Failed)]
        assert [failure.rule for failure in failures] == ["missing"] * 3
        assert failures[0].reason.startswith(f"there is no {tmp_path / 'b'} with any of .wav")
        assert all(name in failure.reason for name, failure in zip("bcd", failures, strict=True))

    def test_no_more_of_a_long_file_is_decoded_than_can_be_the_answer(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        soundfile.write(tmp_path / "hour.flac", np.resize(TONE, 8000 * 3600), 8000)
        decoded = []

        def watched_read(path: Path, **how: Any) -> Audio:
            decoded.append(read_audio(path, **how))
            return decoded[-1]

        monkeypatch.setattr(answer_file, "read_audio", watched_read)
        (outcome,) = InProcess(Folder(str(tmp_path))).generate([request("hour")])
        assert isinstance(outcome, Failed)
        assert (outcome.rule, outcome.reason) == ("length", "3600 s came; 0.5 s within 1 % was expected")
        assert decoded[0].duration < 0.52

    @pytest.mark.parametrize(
        ("seconds", "rate", "channels", "rule", "says"),
        [
            (0.505, 16_000, 1, None, ""),
            (0.508, 16_000, 1, "length", "0.508 s came (8,128 samples at 16,000 Hz); 0.5 s within 1 % was expected"),
            (0.6, 16_000, 1, "length", "0.6 s came; 0.5 s within 1 % was expected"),
            (1.0, 16_000, 1, "length", "1 s came; 0.5 s within 1 % was expected; it would be right at 32,000 Hz"),
            (9.0, 16_000, 6, "channels", "6 channels came"),
            (9.0, 4_000, 1, "sample_rate", "the sample rate is 4,000 Hz"),
        ],
    )
    def test_what_is_too_long_breaks_the_rule_that_it_would_break_whole(
        self, tmp_path: Path, seconds: float, rate: int, channels: int, rule: str | None, says: str
    ) -> None:
        soundfile.write(tmp_path / "a.wav", np.full((round(seconds * rate), channels), 0.5), rate)
        (outcome,) = InProcess(Folder(str(tmp_path))).generate([request("a")])
        if rule is None:
            assert isinstance(outcome, Generated)
        else:
            assert isinstance(outcome, Failed)
            assert (outcome.rule, outcome.reason[: len(says)]) == (rule, says)

    def test_two_files_for_an_id_are_named(self, tmp_path: Path) -> None:
        for name in ("a.wav", "a.FLAC", "a.json"):
            (tmp_path / name).write_bytes(b"x")
        with pytest.raises(UserError, match=r'a\.FLAC and a\.wav both answer the item "a"; keep one'):
            Folder(str(tmp_path))

    def test_a_folder_must_be_there_and_hold_sound(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="there is no folder"):
            Folder(str(tmp_path / "absent"))
        (tmp_path / "notes.txt").write_text("x")
        with pytest.raises(UserError, match=r"holds none of \.wav"):
            Folder(str(tmp_path))


PROGRAM = """
import json, os, sys, time
import numpy as np, soundfile
print("loading", file=sys.stderr)
served = 0
for line in sys.stdin:
    r = json.loads(line)
    served += 1
    if r["text"] == "die":
        print("CUDA out of memory", file=sys.stderr)
        os._exit(9)
    if r["text"] == "flood":
        print("x" * 3_000_000, end="", flush=True)
    if r["text"] == "shout":
        for _ in range(100):
            sys.stderr.write("y" * 99_999 + chr(10))
        print(chr(27) + "[2Jlast words", file=sys.stderr)
        os._exit(9)
    if r["text"] == "deep":
        print("[" * 100_000, flush=True)
    if r["text"] == "null":
        print(json.dumps({"id": r["id"], "audio": "a" + chr(0) + "b"}))
        continue
    if r["text"] == "number":
        print(json.dumps({"id": r["id"], "audio": 5}))
        continue
    if r["text"] == "hang":
        time.sleep(600)
    if r["text"] == "garbage":
        print("100%|####| 25/25", flush=True)
    if r["text"] == "error":
        print(json.dumps({"id": r["id"], "error": "no such\\nprompt"}))
        continue
    if r["text"] == "absent":
        print(json.dumps({"id": r["id"], "audio": "absent.wav"}))
        continue
    name = "else" if r["text"] == "mixed up" else r["id"]
    level = served / 100 if r["text"] == "count" else 0.1 + 0.9 * r["seed"] / 2**32
    soundfile.write(r["output"], np.full((round(r["duration"] * 16000), 2), level), 16000, subtype="FLOAT")
    with open("seen.jsonl", "a") as seen:
        seen.write(line)
    print(json.dumps({"id": name, "audio": r["output"]}))
"""


class TestCommand:
    @pytest.fixture
    def program(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "my program.py").write_text(PROGRAM)
        return f"cmd:{sys.executable} 'my program.py'"

    def test_a_program_is_told_everything_and_answers_with_a_file(self, program: str, tmp_path: Path) -> None:
        video = tmp_path / "v.mp4"
        (audio,) = find(program).generate([watched("clip", video)])
        assert audio.samples.shape == (2, 8000)
        assert audio.samples[0, 0] == pytest.approx(1.0)
        seen = json.loads((tmp_path / "seen.jsonl").read_text())
        output = seen.pop("output")
        assert seen == {
            "id": "clip",
            "task": "vt2a",
            "duration": 0.5,
            "text": "rain",
            "video": str(video),
            "seed": 2**32 - 1,
        }
        assert not Path(output).exists()

    def test_one_program_serves_all_until_it_dies(self, program: str) -> None:
        answers = InProcess(find(program))
        levels = []
        for text in ("count", "count", "error", "count", "die", "count"):
            (outcome,) = answers.generate([request(text=text)])
            if isinstance(outcome, Generated):
                levels.append(round(float(outcome.audio.samples[0, 0]) * 100))
        assert levels == [1, 2, 4, 1]

    @pytest.mark.parametrize(
        ("text", "rule", "says"),
        [
            ("die", "died", 'ended with exit code 9; its last words: "loading / CUDA out of memory"'),
            ("garbage", "type", 'the program wrote "100%|####| 25/25" to stdout; {"id"'),
            ("mixed up", "type", 'answered for the id "else", not for "b"'),
            ("error", "raised", "the program reported: no such prompt"),
            ("flood", "type", 'the program wrote 1,048,576 bytes without a new line to stdout; they start "xxx'),
            ("shout", "died", 'ended with exit code 9; its last words: "yyyyy'),
            ("deep", "type", 'the program wrote "[[[['),
            ("null", "missing", "ab: there is no such file"),
            ("number", "type", 'the program wrote "{"id": "b", "audio": 5}" to stdout'),
            ("absent", "missing", "absent.wav: there is no such file"),
        ],
    )
    def test_what_it_does_wrong_costs_its_item_only(self, program: str, text: str, rule: str, says: str) -> None:
        asked = [request("a"), request("b", text=text), request("c")]
        first, second, third = InProcess(find(program)).generate(asked)
        assert isinstance(first, Generated)
        assert isinstance(third, Generated)
        assert isinstance(second, Failed)
        assert second.rule == rule
        assert says in second.reason

    def test_little_is_kept_of_what_it_writes_to_stderr(self, program: str) -> None:
        command = Command(program.removeprefix("cmd:"))
        command.generate([request("a")])
        assert command._program is not None
        tail = command._program._stderr
        with pytest.raises(ConformanceError):
            command.generate([request("b", text="shout")])
        assert len("\n".join(tail.lines())) <= 65_536

    def test_a_hang_is_ended_by_the_worker_with_the_program(
        self, program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        with Worker(program, timeout=1.0) as worker:
            outcomes = worker.generate([request("a", text="hang")]) + worker.generate([request("b")])
        assert isinstance(outcomes[0], Failed)
        assert outcomes[0].rule == "timeout"
        assert isinstance(outcomes[1], Generated)
        assert not list(tmp_path.glob("omni-bench-*"))

    def test_it_ends_when_it_is_no_longer_needed(self, program: str) -> None:
        command = Command(program.removeprefix("cmd:"))
        command.generate([request()])
        assert command._program is not None
        process = command._program._process
        del command
        assert process.returncode == 0

    @pytest.mark.parametrize(
        ("address", "says"),
        [
            ("no-such-program-here --fast", 'there is no program "no-such-program-here" that can be run'),
            ("", '"cmd:" needs a program'),
            ("python 'model.py", "cannot be split into words: No closing quotation"),
        ],
    )
    def test_a_wrong_command_is_told_before_anything_runs(self, address: str, says: str) -> None:
        with pytest.raises(UserError) as caught:
            find(f"cmd:{address}")
        assert says in str(caught.value)


def flac(samples: Any) -> bytes:
    sound = io.BytesIO()
    soundfile.write(sound, samples, 16_000, format="FLAC")
    return sound.getvalue()


class Studio(BaseHTTPRequestHandler):
    """A server as an adapter's author would write it."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append(body)  # type: ignore[attr-defined]
        if body["text"] == "error":
            self.answer(503, b"queue is\nfull")
        elif body["text"] == "page":
            self.answer(200, b"<html>Welcome</html>")
        elif body["text"] == "leave":
            self.close_connection = True
        elif body["text"] == "colours":
            self.answer(500, b"\x1b[2J\x1b[31mred")
        elif body["text"] == "nonsense":
            self.wfile.write(b"\x00\xff\r\n\r\n")
            self.close_connection = True
        elif body["text"] in ("long", "short", "endless", "drips", "chunks"):
            self.send_response(200)
            sound = flac(TONE)
            if body["text"] == "chunks":
                self.send_header("Transfer-Encoding", "chunked")
            elif body["text"] != "endless":
                self.send_header("Content-Length", str(10**9 if body["text"] == "long" else len(sound)))
            self.end_headers()
            self.close_connection = True
            if body["text"] == "short":
                self.wfile.write(sound[:-100])
            elif body["text"] == "chunks":
                self.wfile.write(b"%x\r\n%s\r\n" % (len(sound), sound))
            with contextlib.suppress(OSError):
                for _ in range(200):
                    if body["text"] == "drips":
                        self.wfile.write(b"f")
                        time.sleep(0.05)
                    elif body["text"] == "endless":
                        self.wfile.write(bytes(100_000))
        else:
            self.answer(200, flac(TONE * (0.1 + 0.9 * body["seed"] / 2**32)))

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Says nothing."""


class TestHttp:
    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # must not be asked for what is on this machine
        with ThreadingHTTPServer(("127.0.0.1", 0), Studio) as server:
            server.seen = []  # type: ignore[attr-defined]
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            yield server
            server.shutdown()
            thread.join()

    def test_the_request_is_posted_and_the_body_is_the_answer(self, server: Any, tmp_path: Path) -> None:
        video = tmp_path / "v.mp4"
        video.write_bytes(bytes(range(256)))
        asked = [watched("clip", video), request("b", seed=2**31)]
        full, half = find(f"http://127.0.0.1:{server.server_port}/generate").generate(asked)
        assert full.sample_rate == 16_000
        assert level(full.samples) / level(half.samples) == pytest.approx(1 / 0.55, rel=1e-3)
        assert base64.b64decode(server.seen[0].pop("video")) == bytes(range(256))
        assert server.seen[0] == {"id": "clip", "task": "vt2a", "duration": 0.5, "text": "rain", "seed": 2**32 - 1}
        assert server.seen[1]["video"] is None

    @pytest.mark.parametrize(
        ("text", "rule", "says"),
        [
            ("error", "raised", "the server answered 503: queue is full"),
            ("page", "type", 'it has 20 bytes and starts "<html>Welcome</html>"'),
            ("leave", "died", "went away"),
            ("colours", "raised", "the server answered 500: red"),
            ("nonsense", "died", "went away"),
            ("long", "length", "the server announces 1,000,000,000 bytes; at most 2,615,296 can be a sound asked for"),
            ("endless", "length", "the server sent more than 2,615,296 bytes, which no sound asked for can need"),
            ("short", "died", "the server's answer ended after"),
            ("chunks", "died", "went away (IncompleteRead"),
        ],
    )
    def test_what_goes_wrong_costs_its_item_only(self, server: Any, text: str, rule: str, says: str) -> None:
        asked = [request("a"), request("b", text=text), request("c")]
        first, second, third = InProcess(HttpServer(f"http://127.0.0.1:{server.server_port}")).generate(asked)
        assert isinstance(first, Generated)
        assert isinstance(third, Generated)
        assert isinstance(second, Failed)
        assert second.rule == rule
        assert says in second.reason

    def test_a_server_that_drips_is_waited_for_until_its_time(self, server: Any) -> None:
        with Worker(f"http://127.0.0.1:{server.server_port}", timeout=0.5) as worker:
            worker.start()
            began = time.monotonic()
            (outcome,) = worker.generate([request(text="drips")])
            assert time.monotonic() - began < 4
        assert isinstance(outcome, Failed)
        assert outcome.rule == "timeout"

    def test_where_nobody_answers_is_told_before_anything_runs(self, server: Any) -> None:
        port = server.server_port
        server.shutdown()
        server.server_close()
        with pytest.raises(UserError, match=rf"Nobody answers at http://127\.0\.0\.1:{port}/x \(Connection refused\)"):
            find(f"http://127.0.0.1:{port}/x")
        with pytest.raises(UserError, match="names no host"):
            find("http:///generate")


def test_an_adapter_may_name_the_rule_itself(tmp_path: Path) -> None:
    file = model_file(
        tmp_path,
        """
        from vggsound_omni.generators.check.conformance import ConformanceError
        class M(Good):
            def one(self, r):
                raise ConformanceError("missing", "not rendered yet")
        """,
    )
    (outcome,) = InProcess(find(f"{file}:M")).generate([request()])
    assert isinstance(outcome, Failed)
    assert (outcome.rule, outcome.reason) == ("missing", "not rendered yet")
    assert issubclass(ConformanceError, Exception)

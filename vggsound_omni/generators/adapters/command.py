"""``cmd:PROGRAM ARGS``: a program in any language or environment that speaks JSON lines."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from vggsound_omni.errors import UserError
from vggsound_omni.generators.check.conformance import ConformanceError
from vggsound_omni.generators.worker.process import SCRATCH
from vggsound_omni.protocol import Audio, Request
from vggsound_omni.wording import shorten

from .answer_file import asked, read_answer

MOST_LINE = 1024 * 1024
"""Bytes that an answer's line may have."""
_GRACE = 5.0  # seconds in which a program may end once its stdin is closed
_QUOTED_LINES = 3
_TAIL = 64 * 1024  # bytes of stderr that are kept


class Command:
    """Keeps one program running and sends it one request after the other.

    A line on its stdin is a request: ``{"id", "task", "duration", "text", "video", "seed", "output"}``, where
    ``video`` is a path or null and ``output`` a path to which it may write. A line on its stdout is the answer:
    ``{"id", "audio": path}`` or ``{"id", "error": text}``, of at most 1 MiB. The end of its stderr is kept, and the
    last lines are quoted when it dies. It is started for the first item, and again after it died or wrote something
    that is not an answer; when stdin closes it must end.
    """

    def __init__(self, address: str) -> None:
        """Looks for the program; nothing is started yet.

        Args:
            address: program and arguments, split as a shell does.

        Raises:
            UserError: the program is not found.
        """
        try:
            self._command = shlex.split(address)
        except ValueError as error:
            raise UserError(f'"cmd:{address}" cannot be split into words: {error}.') from error
        if not self._command:
            raise UserError('"cmd:" needs a program, as in cmd:python my_model.py.')
        if shutil.which(self._command[0]) is None:
            raise UserError(f'"cmd:{address}": there is no program "{self._command[0]}" that can be run.')
        self._scratch = Path(tempfile.mkdtemp(prefix="omni-bench-cmd-", dir=os.environ.get(SCRATCH)))
        weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        self._program: _Program | None = None

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Sends the requests one after the other.

        Raises:
            ConformanceError: the program died, reported an error, or wrote something that is not an answer.
        """
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> Audio:
        output = self._scratch / f"{request.id}.wav"
        video = str(request.video.path.resolve()) if request.video else None
        line = json.dumps(asked(request, video) | {"output": str(output)})
        if self._program is None or not self._program.alive:
            self._stop()
            self._program = _Program(self._command)
        try:
            answer = _answer(self._program.ask(line), request.id)
        except ConformanceError:
            self._stop()  # dead, or out of step: its next line may belong to this item
            raise
        if "error" in answer:
            raise ConformanceError("raised", f"the program reported: {shorten(answer['error'])}")
        try:
            return read_answer(Path(answer["audio"]), request)
        finally:
            output.unlink(missing_ok=True)

    def _stop(self) -> None:
        if self._program is not None:
            self._program.stop()
            self._program = None


def _answer(line: bytes, request_id: str) -> dict[str, str]:
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        answer = None
    match answer:
        case {"error": str(what)} | {"audio": str(what)}:
            key = "error" if "error" in answer else "audio"
        case _:
            raise ConformanceError(
                "type",
                f'the program wrote "{shorten(_text(line[:_TAIL]))}" to stdout; {{"id": ..., "audio": path}} was '
                "expected, and everything else on stderr",
            )
    if answer.get("id") != request_id:
        other = shorten(str(answer.get("id")), 200)
        raise ConformanceError("type", f'the program answered for the id "{other}", not for "{request_id}"')
    return {key: what}


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


class _Tail:
    """Reads a pipe until it closes, and keeps the last bytes."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._kept = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def lines(self) -> list[str]:
        """Returns the last lines that are not empty; waits a moment for output still in the pipe."""
        self._thread.join(1.0)
        return [line for line in _text(self._kept).splitlines() if line.strip()]

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._pipe:
            while chunk := os.read(self._pipe.fileno(), _TAIL):
                self._kept = (self._kept + chunk)[-_TAIL:]


class _Program:
    """The running program."""

    def __init__(self, command: list[str]) -> None:
        # A Python program's stdout is unbuffered, so that a missing flush does not hang us.
        environment = {"PYTHONUNBUFFERED": "1", **os.environ}
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
            )
        except OSError as error:
            raise UserError(f'"{shlex.join(command)}" cannot be run: {error.strerror}.') from error
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        if stdin is None or stdout is None or stderr is None:
            raise RuntimeError("a program was started without its pipes")
        self._stdin, self._stdout, self._stderr = stdin, stdout, _Tail(stderr)
        self._end = weakref.finalize(self, _end, self._process, stdin, stdout)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, line: str) -> bytes:
        """Writes a line and waits for the answer; the worker enforces the time limit by ending the whole process."""
        try:
            self._stdin.write(line.encode() + b"\n")
            self._stdin.flush()
            answer = self._stdout.readline(MOST_LINE)
        except OSError:
            answer = b""
        if not answer:
            raise ConformanceError("died", self._obituary())
        if len(answer) == MOST_LINE and not answer.endswith(b"\n"):
            start = shorten(_text(answer[:80]))
            raise ConformanceError(
                "type", f'the program wrote {MOST_LINE:,} bytes without a new line to stdout; they start "{start}"'
            )
        return answer.rstrip(b"\n")

    def stop(self) -> None:
        self._end()

    def _obituary(self) -> str:
        try:
            code = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return "the program closed its stdout"
        lines = self._stderr.lines()
        words = f'; its last words: "{shorten(" / ".join(lines[-_QUOTED_LINES:]))}"' if lines else ""
        how = f"ended with exit code {code}" if code >= 0 else f"was killed by signal {-code}"
        return f"the program {how}{words}"


def _end(process: subprocess.Popen[bytes], *pipes: IO[bytes]) -> None:
    for pipe in pipes:
        with contextlib.suppress(OSError):
            pipe.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

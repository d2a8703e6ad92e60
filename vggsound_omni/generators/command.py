"""``cmd:PROGRAM ARGS``: a program in whatever language or environment, spoken to in lines of JSON."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from vggsound_omni.errors import UserError
from vggsound_omni.generators.asking import shorten
from vggsound_omni.generators.conformance import BrokenRule
from vggsound_omni.generators.files import read_sound
from vggsound_omni.protocol import Audio, Request

_GRACE = 5.0  # seconds in which a program may end once its stdin is closed
_QUOTED_LINES = 3
_QUOTED_BYTES = 4096


class Command:
    """Keeps one program running and asks it item by item.

    A line on its stdin is a request: ``{"id", "task", "duration", "text", "video", "seed", "output"}``, where
    ``video`` is a path or null and ``output`` a path to which it may write. A line on its stdout is the answer:
    ``{"id", "audio": path}`` or ``{"id", "error": text}``. Its stderr is kept, and the last lines are quoted when it
    dies. It is started for the first item, and again for the next after it died or said what is no answer; when stdin
    closes it is expected to end.
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
        self._scratch = Path(tempfile.mkdtemp(prefix="omni-bench-cmd-"))
        weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)
        self._program: _Program | None = None

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Asks for one after the other.

        Raises:
            BrokenRule: the program died, reported an error, or said what is no answer.
        """
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> Audio:
        output = self._scratch / f"{request.id}.wav"
        line = json.dumps(
            {
                "id": request.id,
                "task": request.task,
                "duration": request.duration,
                "text": request.text,
                "video": str(request.video.path.resolve()) if request.video else None,
                "seed": request.seed,
                "output": str(output),
            }
        )
        if self._program is None or not self._program.alive:
            self._stop()
            self._program = _Program(self._command)
        try:
            answer = _answer(self._program.ask(line), request.id)
        except BrokenRule:
            self._stop()  # dead, or out of step: what it says next may belong to this item
            raise
        if "error" in answer:
            raise BrokenRule("raised", f"the program reported: {shorten(str(answer['error']))}")
        try:
            return read_sound(Path(str(answer["audio"])))
        finally:
            output.unlink(missing_ok=True)

    def _stop(self) -> None:
        if self._program is not None:
            self._program.stop()
            self._program = None


def _answer(line: str, request_id: str) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or ("audio" not in answer and "error" not in answer):
        raise BrokenRule(
            "type",
            f'the program wrote "{shorten(line)}" to stdout; {{"id": ..., "audio": path}} was expected, '
            "and everything else on stderr",
        )
    if answer.get("id") != request_id:
        raise BrokenRule("type", f'the program answered for the id "{answer.get("id")}", not for "{request_id}"')
    return answer


class _Program:
    """The running program."""

    def __init__(self, command: list[str]) -> None:
        # Without a name, so that nothing is left when all is killed.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by _end
        # A Python program's stdout is not held back, so that a forgotten flush is no hang.
        environment = {"PYTHONUNBUFFERED": "1", **os.environ}
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env=environment,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            self._stderr.close()
            raise UserError(f'"{shlex.join(command)}" cannot be run: {error.strerror}.') from error
        self._end = weakref.finalize(self, _end, self._process, self._stderr)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, line: str) -> str:
        """Writes a line and waits for one; the time limit is the worker's, which ends the whole process group."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            raise BrokenRule("died", self._obituary())
        return answer.rstrip("\n")

    def stop(self) -> None:
        self._end()

    def _obituary(self) -> str:
        try:
            code = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return "the program closed its stdout"
        self._stderr.seek(max(0, self._stderr.seek(0, os.SEEK_END) - _QUOTED_BYTES))
        lines = [line for line in self._stderr.read().decode(errors="replace").splitlines() if line.strip()]
        words = f'; its last words: "{shorten(" / ".join(lines[-_QUOTED_LINES:]))}"' if lines else ""
        how = f"ended with exit code {code}" if code >= 0 else f"was killed by signal {-code}"
        return f"the program {how}{words}"


def _end(process: subprocess.Popen[str], stderr: IO[bytes]) -> None:
    for stream in (process.stdin, process.stdout, stderr):
        try:
            if stream is not None:
                stream.close()
        except OSError:
            pass
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

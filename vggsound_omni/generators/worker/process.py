"""Our side of a generator's process: starting it, its channel, ending it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from vggsound_omni.wording import shorten

from . import supervisor
from .channel import Channel
from .memory import Peak, host_peak, noted_gpu

MOST_LOG = 64 * 1024 * 1024
"""Bytes that ``model.log`` may have; beyond that, only the last output is kept."""
SCRATCH = "OMNI_BENCH_SCRATCH"
"""An environment variable of a generator's process: a folder that is removed when it ends, however it ends."""
_CACHE = "OMNI_BENCH_CACHE"
_MARK = "OMNI_BENCH_PROCESS"
"""An environment variable by which descendants are found if even the supervisor was killed."""
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from vggsound_omni.generators.worker.child import main; main(int(sys.argv[1]))"
)
_KILLING = 10.0  # seconds that the supervisor may take to kill what is left
_GRACE = 5.0  # seconds in which a process whose channel is closed may end
_QUOTED_LINES = 3
_QUOTED_BYTES = 4096


class Process:
    """A generator's process, behind a supervisor (see :mod:`.supervisor`) that ends with it and with this process."""

    def __init__(self, log: Path | None, *, hide_cache: bool) -> None:
        """Starts it.

        Args:
            log: stdout and stderr are appended here; None lets them pass to stderr.
            hide_cache: shows it an empty folder as our cache, in which recordings lie.
        """
        self._log = log
        self._mark = secrets.token_hex(16)
        ours, theirs = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        output = log.open("ab") if log else None
        self._log_start = log.stat().st_size if log else 0
        program = [sys.executable, "-c", _START, str(theirs.fileno()), json.dumps(sys.path)]
        self._scratch = scratch = tempfile.mkdtemp(prefix="omni-bench-process-")
        kept = [supervisor.__file__, str(lifeline), str(theirs.fileno()), str(MOST_LOG if log else 0), scratch]
        environment = {**os.environ, SCRATCH: scratch, _MARK: self._mark}
        if hide_cache:
            environment[_CACHE] = str(Path(scratch) / "cache")
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", *kept, *program],
                pass_fds=(theirs.fileno(), lifeline),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=output or 2,  # what a model prints must not mix with our output
                stderr=output,
                env=environment,
            )
        except BaseException:
            ours.close()
            os.close(self._lifeline)
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        finally:
            theirs.close()
            os.close(lifeline)
            if output:
                output.close()
        self.channel = Channel(ours.detach(), lambda: self.alive)

    @property
    def alive(self) -> bool:
        """Returns whether it is running."""
        return self._process.poll() is None

    @property
    def peak(self) -> Peak:
        """Returns the most memory that it has used so far."""
        return Peak(host_peak(self._process.pid), noted_gpu(self._scratch))

    def obituary(self) -> str:
        """Returns how it ended, to follow "its process"."""
        try:
            code = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return f"closed its pipe{self._last_words()}"
        if code >= 0:
            return f"ended with exit code {code}{self._last_words()}"
        hint = ", perhaps for want of memory" if -code == signal.SIGKILL else ""
        return f"was killed by {signal.Signals(-code).name}{hint}{self._last_words()}"

    def end(self, grace: float) -> None:
        """Closes the channel, waits that many seconds, then has it killed with all that it started."""
        self.channel.close()
        try:
            if grace:
                self._process.wait(grace)
        except subprocess.TimeoutExpired:
            pass
        finally:
            os.close(self._lifeline)  # the supervisor kills what is left
            try:
                code = self._process.wait(_KILLING)
            except subprocess.TimeoutExpired:
                self._process.kill()
                code = self._process.wait()
            if code < 0:  # perhaps it was the supervisor that was killed
                _kill_marked(self._mark)
                shutil.rmtree(self._scratch, ignore_errors=True)

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        with self._log.open("rb") as file:
            file.seek(max(self._log_start, self._log.stat().st_size - _QUOTED_BYTES))
            lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
        return f'; its last words: "{shorten(" / ".join(lines[-_QUOTED_LINES:]))}"' if lines else ""


def _kill_marked(mark: str) -> None:
    """Kills every process of this user that has the mark in its environment, where there is a /proc."""
    wanted = f"{_MARK}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)

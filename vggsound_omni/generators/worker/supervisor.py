"""Stands between us and a generator's process, and lets nothing of it outlive either.

Run as a script by ``python -I -S``, with the standard library only::

    supervisor.py LIFELINE CHANNEL MOST_LOG SCRATCH PROGRAM ARGS

It starts the program, which inherits the descriptor CHANNEL, in a session of its own, and waits until that ends, until
whoever holds the other end of the pipe LIFELINE is gone (however it went), or until it is told to end by a signal. Then
it kills all that is left: the program's process group, and on Linux every descendant, also what left the group by
``setsid`` or lost its parent by forking twice, since orphans come to the supervisor (``PR_SET_CHILD_SUBREAPER``). It
removes the folder SCRATCH, and ends as the program ended: with its exit code, or by its signal. If the supervisor
itself is killed, Linux kills the program.

What the program writes to stdout and stderr goes to the supervisor's own stdout, but no more than MOST_LOG bytes and
the last ones; with 0 it goes there directly.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys
import time
from contextlib import suppress

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 1, 4, 36  # linux/prctl.h
_CHUNK = 1 << 16
_TAIL = 4096  # bytes of dropped output that are kept
_PATIENCE = 5.0  # seconds spent on killing what does not die
_CANNOT_RUN = 126


def main() -> None:
    """See the module."""
    lifeline, channel, most = map(int, sys.argv[1:4])
    signal.pthread_sigmask(signal.SIG_SETMASK, [])  # whatever the thread that started this one has blocked
    wake, woken = os.pipe()
    for fd in (wake, woken):
        os.set_blocking(fd, False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _wakes)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    log = _Log(most) if most else None
    pid = _start(sys.argv[5:], lifeline, channel, log)
    status = _watch(pid, lifeline, wake, log)
    left = _kill_all(pid)
    status = left if status is None else status
    if log:
        log.drain()
    _remove(sys.argv[4])
    _end_as(status)


class _Log:
    """What the program writes, of which a limited part is kept."""

    def __init__(self, most: int) -> None:
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)
        self._room = max(0, most - os.fstat(1).st_size)
        self._most = most
        self._dropped = 0
        self._tail = b""

    def take(self) -> bool:
        """Takes what is there; returns False once nobody can write any more."""
        with suppress(BlockingIOError):
            chunk = os.read(self.read, _CHUNK)
            self._keep(chunk)
            return bool(chunk)
        return True

    def drain(self) -> None:
        """Takes the rest, and writes the last bytes if some were dropped."""
        deadline = time.monotonic() + _PATIENCE
        while select.select([self.read], [], [], 0)[0] and self.take() and time.monotonic() < deadline:
            pass
        if self._dropped:
            note = f"\n[{self._dropped:,} bytes were dropped: this log holds at most {self._most:,}; the last words:]\n"
            self._put(note.encode() + self._tail)

    def _keep(self, chunk: bytes) -> None:
        kept, dropped = chunk[: self._room], chunk[self._room :]
        self._room -= len(kept)
        self._put(kept)
        if dropped:
            self._dropped += len(dropped)
            self._tail = (self._tail + dropped)[-_TAIL:]

    @staticmethod
    def _put(content: bytes) -> None:
        with suppress(OSError):  # a full disk must not stop the program
            while content:
                content = content[os.write(1, content) :]


def _start(program: list[str], lifeline: int, channel: int, log: _Log | None) -> int:
    supervisor = os.getpid()
    pid = os.fork()
    if pid:
        if log:
            os.close(log.write)
        os.close(channel)  # the program's end of it
        return pid
    try:
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(_CANNOT_RUN)
        os.close(lifeline)
        if log:
            os.dup2(log.write, 1)
            os.dup2(log.write, 2)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.execv(program[0], program)  # noqa: S606
    finally:
        os._exit(_CANNOT_RUN)


def _watch(pid: int, lifeline: int, wake: int, log: _Log | None) -> int | None:
    """Waits for the program to end (its status) or the order to end it (None)."""
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    poll.register(wake, select.POLLIN)
    if log:
        poll.register(log.read, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if log and log.read in ready and not log.take():
            poll.unregister(log.read)
        if wake in ready:
            told = os.read(wake, _CHUNK)
            status = _reaped(pid)
            if status is not None:
                return status
            if set(told) - {signal.SIGCHLD}:
                return None
        if lifeline in ready:
            return None


def _reaped(pid: int) -> int | None:
    """Collects every child that ended; the status of the program if it is among them."""
    status = None
    with suppress(ChildProcessError):
        while True:
            ended, how = os.waitpid(-1, os.WNOHANG)
            if not ended:
                break
            if ended == pid:
                status = how
    return status


def _kill_all(pid: int) -> int:
    """Kills until no descendant is left; the program's status, or that of having been killed."""
    status = int(signal.SIGKILL)
    deadline = time.monotonic() + _PATIENCE
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    while time.monotonic() < deadline:
        for descendant in _descendants():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(descendant, signal.SIGKILL)
        try:
            ended, how = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if ended == pid:
            status = how
        if not ended:
            time.sleep(0.002)
    return status


def _descendants() -> list[int]:
    """Every process below this one, where there is a /proc."""
    children: dict[int, list[int]] = {}
    try:
        numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - pathlib takes longer to import than all else
    except OSError:
        return []
    for number in numbers:
        with suppress(OSError, ValueError, IndexError), open(f"/proc/{number}/stat", "rb") as stat:  # noqa: PTH123
            parent = int(stat.read().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(number)
    found = [os.getpid()]
    for number in found:  # grows while it is walked
        found += children.get(number, [])
    return found[1:]


def _remove(folder: str) -> None:
    import shutil  # takes longer than all else, and is not needed before

    shutil.rmtree(folder, ignore_errors=True)


def _end_as(status: int) -> None:
    """Ends with the program's exit code, or by the signal that ended it, without a second core dump."""
    if os.WIFSIGNALED(status):
        _prctl(_PR_SET_DUMPABLE, 0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _wakes(number: int, frame: object) -> None:
    """Does nothing: the signal wakes the pipe."""


if __name__ == "__main__":
    main()

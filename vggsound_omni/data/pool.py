"""Decodes files that may crash or hang their process: each in a process of its own, with limits."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, NamedTuple, TypeVar

Given = TypeVar("Given")

_MOST_ANSWER = 1 << 20
"""Bytes of an answer."""
_START = 60.0
"""Seconds that a process may take to begin."""
_LATE = tuple(-getattr(signal, name) for name in ("SIGXCPU", "SIGALRM") if hasattr(signal, name))
"""Exit codes of a process that the system ended for its time."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What one file may use of a machine."""

    busy: int = 120  # seconds of processor time, whatever else runs; a clip of 10 s takes 0.2 s
    seconds: float = 900.0  # wall-clock time, for a process that waits without working
    memory: int = 2 << 30  # bytes of a process (Linux); it starts with 0.2 GiB, an 8K video takes 1 GiB


class Ended(NamedTuple):
    """A piece of work whose process ended before it answered."""

    late: bool  # whether it took too long; otherwise the process died
    code: int | None  # exit code, negative for a signal


def each(
    function: Callable[[Given], Any], given: Iterable[Given], jobs: int, bounds: Bounds | None = None
) -> Generator[tuple[Given, Any], None, None]:
    """Calls a function in several processes, each with one piece of work at a time.

    Args:
        function: of a module, with a result that is JSON.
        given: what it is called with, one by one.
        jobs: processes.
        bounds: what each call may take.

    Yields:
        Each argument with its result, or :class:`Ended`, in the order in which they come.
    """
    bounds = bounds or Bounds()
    waiting = iter(given)
    workers = [_Worker(function, bounds, argument) for argument in islice(waiting, jobs)]
    try:
        while workers:
            next_deadline = min(worker.deadline for worker in workers)
            ready = wait([worker.pipe for worker in workers], max(0.0, next_deadline - time.monotonic()))
            for worker in list(workers):
                if worker.pipe not in ready and time.monotonic() < worker.deadline:
                    continue
                argument, answer = worker.given, worker.answer(late=worker.pipe not in ready)
                if answer is _BEGUN:
                    continue
                rest = list(islice(waiting, 1))
                if rest and not isinstance(answer, Ended):
                    worker.give(rest[0])
                else:
                    workers.remove(worker)
                    worker.end()
                    workers += [_Worker(function, bounds, another) for another in rest]
                yield argument, answer
    finally:
        for worker in workers:
            worker.end()


_BEGUN = object()


class _Worker(Generic[Given]):
    """A process and what it works on."""

    def __init__(self, function: Callable[[Given], Any], bounds: Bounds, given: Given) -> None:
        self._bounds = bounds
        # Neither method inherits the parent's memory, threads and locks. A fork server imports the decoders once.
        context: Any = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
        if hasattr(context, "set_forkserver_preload"):
            context.set_forkserver_preload(["vggsound_omni.data.checks"])
        self.pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, function, bounds), daemon=True)
        self._process.start()
        other.close()
        self.give(given)
        self.deadline = time.monotonic() + _START

    def give(self, given: Given) -> None:
        """Hands it the next piece of work."""
        self.given = given
        self.deadline = time.monotonic() + self._bounds.seconds
        with suppress(BrokenPipeError, ConnectionResetError):  # it died; reading the answer will tell how
            self.pipe.send(given)

    def answer(self, *, late: bool) -> object:
        """Returns its answer, how it ended, or that it has only just started.

        An answer is plain JSON: a hijacked decoder cannot make this process run code.
        """
        if not late:
            try:
                answer = self.pipe.recv_bytes(_MOST_ANSWER)
                if answer:
                    return json.loads(answer)
                self.deadline = time.monotonic() + self._bounds.seconds
            except (EOFError, OSError, ValueError, RecursionError):
                self._process.join(5)
            else:
                return _BEGUN
        code = self._process.exitcode
        self._process.kill()
        return Ended(late=late or code in _LATE, code=code)

    def end(self) -> None:
        """Kills the process."""
        self.pipe.close()
        self._process.kill()
        self._process.join()
        self._process.close()


def _serve(pipe: Connection, function: Callable[[Any], Any], bounds: Bounds) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and ends this process
    _limit_memory(bounds.memory)
    pipe.send_bytes(b"")
    while True:
        try:
            given = pipe.recv()
        except (EOFError, OSError):
            return
        _start_clock(bounds)
        answer = function(given)
        pipe.send_bytes(json.dumps(answer).encode())


def _limit_memory(memory: int) -> None:
    try:
        import resource
    except ImportError:
        return
    # RLIMIT_AS would count what allocators only reserve.
    for limit, value in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _start_clock(bounds: Bounds) -> None:
    """Has the system kill this process at its time limit, even if the parent is gone."""
    try:
        import resource
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(time.process_time()) + 1 + bounds.busy
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
    signal.alarm(int(bounds.seconds) + 10)


def cores() -> int:
    """Returns how many processes are worth starting."""
    return os.cpu_count() or 1

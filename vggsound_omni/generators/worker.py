"""A generator in a process of its own, so that a hang, a crash or running out of memory costs one item.

The process is a fresh interpreter rather than a :mod:`multiprocessing` child: those run the caller's main module
again, may have no processes of their own (data loaders do), and hold up the exit of a caller who forgets to close.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Pipe
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vggsound_omni.errors import UserError
from vggsound_omni.generators.asking import Failed, Generated, InProcess, Outcome, ask_each, shorten
from vggsound_omni.generators.child import Loaded, LoadFailed, Order
from vggsound_omni.protocol import ModelCard, Request

__all__ = ["Failed", "Generated", "InProcess", "LoadError", "Outcome", "Worker"]

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[3]); "
    "from vggsound_omni.generators.child import main; main(int(sys.argv[1]), int(sys.argv[2]))"
)
_POLL = 0.1  # seconds between looks at whether the process lives; an answer is seen at once
_GRACE = 5.0  # seconds in which it may end by itself
_QUOTED_LINES = 3


class LoadError(UserError):
    """The generator could not be made; one sentence, with the whole traceback beside it for ``--debug``."""

    def __init__(self, sentence: str, traceback: str = "") -> None:
        super().__init__(sentence)
        self.traceback = traceback
        if traceback:
            self.add_note(f"In the generator's process:\n{traceback}")


class Worker:
    """Runs a generator in its own process and process group; started when first needed, restarted when it dies.

    It ends with this process, however this one ends. Use it as a context manager, from one thread at a time.
    """

    def __init__(
        self,
        model: str,
        arguments: Mapping[str, str] | None = None,
        suite_name: str | None = None,
        timeout: float = 600.0,
        *,
        device: str | None = None,
        timeout_load: float = 1800.0,
        log: Path | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            model: a model string, see :mod:`.registry`.
            arguments: its arguments as text.
            suite_name: opened in the process for the baselines that need it.
            timeout: seconds an item may take; a batch may take as many times that.
            device: where it runs, for a generator that can be told.
            timeout_load: seconds that loading may take.
            log: what the generator writes to stdout and stderr is appended here, and its last lines are quoted when
                it dies. None lets it pass to stderr.
        """
        self._order = Order(model=model, arguments=dict(arguments or {}), suite_name=suite_name, device=device)
        self._timeout = timeout
        self._timeout_load = timeout_load
        self._log = log
        self._child: _Child | None = None
        self._loaded: Loaded | None = None

    def start(self) -> ModelCard:
        """Loads the generator unless it is there.

        Raises:
            LoadError: it raised, died, or took too long.
        """
        if self._child is not None and self._child.alive and self._loaded is not None:
            return self._loaded.card
        self.close()
        self._child = _Child(self._log)
        try:
            answer: Loaded | LoadFailed = self._exchange(self._order, self._timeout_load)
        except _GoneError as gone:
            raise LoadError(f'The model "{self._order.model}" could not be loaded: its process {gone}.') from gone
        except TimeoutError as error:
            message = f'The model "{self._order.model}" was not loaded within {self._timeout_load:g} s.'
            raise LoadError(message) from error
        if isinstance(answer, LoadFailed):
            self.close()
            raise LoadError(answer.sentence, answer.traceback)
        self._loaded = answer
        return answer.card

    @property
    def card(self) -> ModelCard:
        """The generator's card; loads it if need be."""
        return self.start()

    @property
    def batch_size(self) -> int:
        """How many requests it wants at once; loads it if need be."""
        self.start()
        assert self._loaded is not None
        return self._loaded.batch_size

    def attempt(self, requests: Sequence[Request]) -> list[Outcome] | Failed:
        """One call of ``generate``: an outcome for each request, or one failure for the whole call.

        Raises:
            LoadError: it had to be loaded (again) and could not be.
        """
        self.start()
        limit = self._timeout * len(requests)
        start = time.perf_counter()
        try:
            outcomes: list[Outcome] | Failed = self._exchange(list(requests), limit)
        except _GoneError as gone:
            return Failed(rule="died", reason=f"its process {gone}", seconds=time.perf_counter() - start)
        except TimeoutError:
            reason = f"no answer came within {limit:g} s; its process was ended"
            return Failed(rule="timeout", reason=reason, seconds=time.perf_counter() - start)
        return outcomes

    def generate(self, requests: Sequence[Request]) -> list[Outcome]:
        """An outcome for each request, in order.

        A batch that fails as a whole is asked again one by one, so that only the culprit fails.

        Raises:
            LoadError: it had to be loaded (again) and could not be.
        """
        return ask_each(self.attempt, requests)

    def close(self) -> None:
        """Lets the process end by itself, or ends it after some seconds."""
        if self._child is not None:
            self._child.end(_GRACE)
            self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _exchange(self, message: object, limit: float) -> Any:  # noqa: ANN401 - unpickled
        assert self._child is not None
        try:
            return self._child.exchange(message, limit)
        except BaseException:  # an interruption too: a late answer must not be taken for that to the next batch
            self._child.end(0.0)
            self._child = None
            raise


class _GoneError(Exception):
    """The process ended; the text says how, to follow "its process"."""


class _Child:
    """The process and the pipes to it."""

    def __init__(self, log: Path | None) -> None:
        self.connection, theirs = Pipe()
        lifeline, self._lifeline = os.pipe()
        self._log = log
        output = log.open("ab") if log else None
        self._log_start = log.stat().st_size if log else 0
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), str(lifeline), json.dumps(sys.path)],
                pass_fds=(theirs.fileno(), lifeline),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=output or 2,  # what a model prints must not mix with what we print
                stderr=output,
            )
        finally:
            theirs.close()
            os.close(lifeline)
            if output:
                output.close()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def exchange(self, message: object, limit: float) -> Any:  # noqa: ANN401 - unpickled
        """Sends a message and waits for the answer.

        Raises:
            TimeoutError: none came within the limit, in seconds.
            _GoneError: the process ended.
        """
        try:
            self.connection.send(message)
        except OSError:
            raise self._gone() from None
        deadline = time.monotonic() + limit
        while True:
            remaining = deadline - time.monotonic()
            ended = not self.alive  # looked at before the pipe, so that a last message is not missed
            try:
                if self.connection.poll(max(0.0, min(_POLL, remaining))):
                    return self.connection.recv()
            except (EOFError, OSError):
                raise self._gone() from None
            if ended:
                raise self._gone()
            if remaining <= 0:
                raise TimeoutError

    def _gone(self) -> _GoneError:
        try:
            code = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return _GoneError(f"closed its pipe{self._last_words()}")
        if code >= 0:
            return _GoneError(f"ended with exit code {code}{self._last_words()}")
        hint = ", perhaps for want of memory" if -code == signal.SIGKILL else ""
        return _GoneError(f"was killed by {signal.Signals(-code).name}{hint}{self._last_words()}")

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        with self._log.open("rb") as file:
            file.seek(max(self._log_start, self._log.stat().st_size - 4096))
            lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
        return f'; its last words: "{shorten(" / ".join(lines[-_QUOTED_LINES:]))}"' if lines else ""

    def end(self, grace: float) -> None:
        """Closes the pipe, waits that many seconds, then kills whatever is left of the process group."""
        self.connection.close()
        try:
            if grace:
                self._process.wait(grace)
        except subprocess.TimeoutExpired:
            pass
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            os.close(self._lifeline)

"""A generator in a process of its own, so that a hang, a crash or running out of memory costs one item.

The process is a fresh interpreter rather than a :mod:`multiprocessing` child: those run the caller's main module
again, may have no processes of their own (data loaders do), and hold up the exit of a caller who forgets to close.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from vggsound_omni.devices import check_device
from vggsound_omni.errors import UserError
from vggsound_omni.generators.registry import listing_of
from vggsound_omni.protocol import Audio, ModelCard, Request

from .channel import Channel, ClosedError, FrameError
from .in_process import Failed, Generated, InProcess, Outcome, ask_each, judge, ran_out_of_memory
from .memory import Peak
from .messages import (
    Loaded,
    LoadFailed,
    Order,
    Refused,
    order_as_json,
    receive_answers,
    receive_loaded,
    requests_as_json,
)
from .process import Process

__all__ = ["Failed", "Generated", "InProcess", "LoadError", "Outcome", "Worker"]

_GRACE = 5.0  # seconds in which it may end by itself

_T = TypeVar("_T")


class LoadError(UserError):
    """The generator could not be made: one sentence, and the whole traceback for ``--debug``."""

    def __init__(self, sentence: str, traceback: str = "") -> None:
        super().__init__(sentence)
        self.traceback = traceback
        if traceback:
            self.add_note(f"In the generator's process:\n{traceback}")


class Worker:
    """Runs a generator in its own process; started when first needed, restarted when it dies.

    It ends with this process, however this one ends, and takes along whatever it started. What it sends is data, never
    code, and is checked again here. It is not told which suite is run, and sees an empty folder as our cache, unless it
    is a baseline that needs the suite; that is not a sandbox, see docs/generators.md. Use it as a context manager, from
    one thread at a time.
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
        """Starts nothing yet.

        Args:
            model: a model string, see :mod:`.registry`.
            arguments: its arguments as text.
            suite_name: opened in the process by the generators that need it; no other is told.
            timeout: seconds an item may take; a batch may take as many times that.
            device: where it runs, if its factory takes a device.
            timeout_load: seconds that loading may take.
            log: what the generator writes to stdout and stderr is appended here, up to 64 MiB, and its last lines are
                quoted when it dies. None lets it pass to stderr.
        """
        self._model = model
        self._arguments = {key: str(value) for key, value in (arguments or {}).items()}  # a Path, a number
        self._suite_name = suite_name
        self._device = device
        self._timeout = timeout
        self._timeout_load = timeout_load
        self._log = log
        self._process: Process | None = None
        self._loaded: Loaded | None = None
        self._worn = False  # it has answered before, so that what it fails of may have gathered in it
        self.peak = Peak()
        """The most memory that the generator has used, in any of its processes."""

    def start(self) -> ModelCard:
        """Loads the generator unless it is there.

        Raises:
            LoadError: it raised, died, took too long, or sent something that is not an answer.
            UserError: there is no such model or device.
        """
        return self._ready().card

    @property
    def card(self) -> ModelCard:
        """Returns the generator's card; loads it first if necessary."""
        return self._ready().card

    @property
    def batch_size(self) -> int:
        """Returns how many requests it wants at once; loads it first if necessary."""
        return self._ready().batch_size

    def attempt(self, requests: Sequence[Request]) -> list[Outcome] | Failed:
        """Calls ``generate`` once: an outcome for each request, or one failure for the whole call.

        Raises:
            LoadError: it had to be loaded (again) and could not be.
        """
        card = self._ready().card
        limit = self._timeout * len(requests)
        start = time.perf_counter()
        came = start

        def note() -> None:
            nonlocal came
            came = time.perf_counter()

        def failed(rule: str, reason: str) -> Failed:
            return Failed(rule=rule, reason=reason, seconds=time.perf_counter() - start)  # type: ignore[arg-type]

        try:
            answers = self._exchange(
                requests_as_json(requests),
                limit,
                lambda channel, deadline: receive_answers(channel, requests, deadline, note),
            )
        except _GoneError as gone:
            return failed("died", f"its process {gone}")
        except TimeoutError:
            return failed("timeout", f"no answer came within {limit:g} s; its process was ended")
        except FrameError as error:
            return failed("type", f"its process sent what is no answer ({error}) and was ended")
        if isinstance(answers, Refused):
            return Failed(rule=answers.rule, reason=answers.reason, seconds=came - start)
        self._worn = True
        if self._process is not None:
            self.peak = self.peak.most(self._process.peak)
        claimed = sum(request.task in card.tasks for request in requests)
        each = (came - start) / max(1, claimed)
        return [_judged(answer, request, card, each) for answer, request in zip(answers, requests, strict=True)]

    def generate(self, requests: Sequence[Request]) -> list[Outcome]:
        """Returns an outcome for each request, in order.

        A batch that fails as a whole is tried again one by one, so that only the culprit fails. A request of which a
        process dies that has answered others, or runs out of memory, is tried once more in a new one, so that a
        leak costs a start.

        Raises:
            LoadError: it had to be loaded (again) and could not be.
        """
        return ask_each(self._attempt_afresh, requests)

    def _attempt_afresh(self, requests: Sequence[Request]) -> list[Outcome] | Failed:
        self._ready()
        worn, outcome = self._worn, self.attempt(requests)
        if not (worn and len(requests) == 1 and isinstance(outcome, Failed)):
            return outcome
        if outcome.rule != "died" and not ran_out_of_memory(outcome):
            return outcome
        self._kill()
        return self.attempt(requests)

    def close(self) -> None:
        """Lets the process end by itself, and kills it after some seconds."""
        if self._process is not None:
            process, self._process = self._process, None
            process.end(_GRACE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _ready(self) -> Loaded:
        if self._process is not None and self._process.alive and self._loaded is not None:
            return self._loaded
        self.close()
        check_device(self._device)
        listing = listing_of(self._model)
        knows_suite = listing is not None and listing.needs_suite
        order = Order(
            model=self._model,
            arguments=self._arguments,
            suite_name=self._suite_name if knows_suite else None,
            device=self._device,
        )
        self._process, self._worn = Process(self._log, hide_cache=not knows_suite), False
        could_not = f'The model "{self._model}" could not be loaded: '
        try:
            answer = self._exchange(
                order_as_json(order),
                self._timeout_load,
                lambda channel, deadline: receive_loaded(channel, self._model, deadline),
            )
        except _GoneError as gone:
            raise LoadError(f"{could_not}its process {gone}.") from gone
        except FrameError as error:
            raise LoadError(f"{could_not}its process sent what is no answer ({error}).") from error
        except TimeoutError as error:
            message = f'The model "{self._model}" was not loaded within {self._timeout_load:g} s.'
            raise LoadError(message) from error
        if isinstance(answer, LoadFailed):
            self.close()
            raise LoadError(answer.sentence, answer.traceback)
        self._loaded = answer
        return answer

    def _exchange(self, message: object, limit: float, receive: Callable[[Channel, float], _T]) -> _T:
        """Sends a message and receives the answer; any error ends the process.

        Raises:
            TimeoutError: it took longer than the limit, in seconds.
            FrameError: what came is not an answer.
            _GoneError: the process ended.
        """
        process = self._process
        if process is None:
            raise RuntimeError("the generator's process was not started")
        deadline = time.monotonic() + limit
        try:
            process.channel.send(message, deadline=deadline)
            return receive(process.channel, deadline)
        except ClosedError as error:
            gone = _GoneError(process.obituary())
            self._kill()
            raise gone from error
        except BaseException:  # an interruption too: a late answer must not be taken for the next batch's
            self._kill()
            raise

    def _kill(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            process.end(0.0)


class _GoneError(Exception):
    """The process ended; the text says how, to follow "its process"."""


def _judged(answer: Audio | Refused, request: Request, card: ModelCard, seconds: float) -> Outcome:
    if isinstance(answer, Refused):
        took = 0.0 if answer.rule == "tasks" else seconds
        return Failed(rule=answer.rule, reason=answer.reason, seconds=took)
    return judge(answer, request, card, seconds)

"""Calls a generator in this process, and checks what it returns."""

from __future__ import annotations

import logging
import operator
import re
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vggsound_omni.generators.cards import card_of
from vggsound_omni.generators.check.conformance import RULES, ConformanceError, Rule, validate
from vggsound_omni.protocol import Audio, Generator, ModelCard, Request
from vggsound_omni.wording import shorten

from .memory import Peak, own_peak

__all__ = [
    "Failed",
    "Generated",
    "InProcess",
    "Outcome",
    "ask",
    "ask_each",
    "batch_size_of",
    "describe",
    "judge",
    "ran_out_of_memory",
    "shorten",
]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A valid answer."""

    audio: Audio
    seconds: float  # wall-clock time of the batch, divided by its size


@dataclass(frozen=True, kw_only=True)
class Failed:
    """No valid answer."""

    rule: Rule
    reason: str  # what came, what was expected; no full stop; clean and short, whoever it quotes
    seconds: float


Outcome = Generated | Failed


def ask(generator: Generator, card: ModelCard, requests: Sequence[Request]) -> list[Outcome] | Failed:
    """Calls ``generate`` once and checks each answer.

    Returns:
        An outcome for each request, in order; or one failure if the whole call gave nothing (it raised, or returned
        another count), so that no request can be blamed.
    """
    claimed = [request for request in requests if request.task in card.tasks]
    start = time.perf_counter()
    try:
        answers = _answers(generator.generate(claimed), len(claimed)) if claimed else []
    except ConformanceError as broken:
        return _failed(broken, time.perf_counter() - start)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever somebody else's code raises is its failure
        _log.warning("generate() raised", exc_info=error)  # in full; the reason is one line
        return Failed(rule="raised", reason=f"raised {describe(error)}", seconds=time.perf_counter() - start)
    seconds = (time.perf_counter() - start) / max(1, len(claimed))
    remaining = iter(answers)
    return [
        judge(next(remaining), request, card, seconds)
        if request.task in card.tasks
        else Failed(rule="tasks", reason=f"its card does not claim {request.task}", seconds=0.0)
        for request in requests
    ]


def ask_each(
    attempt: Callable[[Sequence[Request]], list[Outcome] | Failed], requests: Sequence[Request]
) -> list[Outcome]:
    """Tries a batch; if it fails as a whole, tries each request alone, so that only the culprit fails.

    If memory ran out, halves are tried first.
    """
    if not requests:
        return []
    together = attempt(requests)
    if not isinstance(together, Failed):
        return together
    if len(requests) == 1:
        return [together]
    if ran_out_of_memory(together):
        half = len(requests) // 2
        return ask_each(attempt, requests[:half]) + ask_each(attempt, requests[half:])
    return [outcome for request in requests for outcome in ask_each(attempt, [request])]


def ran_out_of_memory(failed: Failed) -> bool:
    """Returns whether a failure says that there was too little memory."""
    return re.search("out of ?memory|MemoryError|can't allocate memory", failed.reason, re.IGNORECASE) is not None


class InProcess:
    """Runs a generator object in this process, with the same outcomes as :class:`.worker.Worker`.

    There is no time limit, a crash takes this process along, and nothing is hidden from the object: it can reach the
    suite, and the recordings, through this process's memory.
    """

    def __init__(self, generator: Generator, name: str = "object") -> None:
        self._generator = generator
        self.card = card_of(generator, name)
        self.batch_size = batch_size_of(generator)

    @property
    def peak(self) -> Peak:
        """The most memory that this process has used."""
        return own_peak()

    def attempt(self, requests: Sequence[Request]) -> list[Outcome] | Failed:
        """Calls ``generate`` once; see :func:`ask`."""
        return ask(self._generator, self.card, requests)

    def generate(self, requests: Sequence[Request]) -> list[Outcome]:
        """Returns an outcome for each request, in order."""
        return ask_each(self.attempt, requests)


def batch_size_of(generator: Generator) -> int:
    """Returns how many requests it wants at once; 1 unless it says otherwise."""
    try:
        return max(1, operator.index(getattr(generator, "batch_size", 1)))
    except TypeError:
        return 1


def describe(error: BaseException) -> str:
    """Returns type, text on one line, and where it was raised: "ValueError: text (model.py:12)"."""
    try:
        text = shorten(str(error))
    except Exception:  # noqa: BLE001 - somebody else's __str__
        text = ""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({shorten(Path(frames[-1].filename).name)}:{frames[-1].lineno})" if frames else ""
    return f"{shorten(type(error).__name__)}{': ' if text else ''}{text}{place}"


def judge(answer: object, request: Request, card: ModelCard, seconds: float) -> Outcome:
    """Checks one answer against the rules that its card leaves in force.

    Args:
        answer: what the generator returned for the request.
        request: what it answers.
        card: the generator's.
        seconds: how long it took.
    """
    try:
        audio = validate(answer, request, may_be_silent=card.extra.get("silent") is True)
    except ConformanceError as broken:
        return _failed(broken, seconds)
    return Generated(audio=audio, seconds=seconds)


def _failed(broken: ConformanceError, seconds: float) -> Failed:
    """The failure for a broken rule; a user's adapter may name one that does not exist."""
    reason = shorten(broken.message)
    if broken.rule not in RULES:
        return Failed(rule="raised", reason=f"raised ConformanceError of an unknown rule: {reason}", seconds=seconds)
    return Failed(rule=broken.rule, reason=reason, seconds=seconds)


def _answers(result: object, expected: int) -> Sequence[object]:
    if not isinstance(result, list | tuple):
        kind = type(result).__name__
        raise ConformanceError(
            "type", f"generate() returned {kind}; a list with one Audio for each request was expected"
        )
    if len(result) != expected:
        raise ConformanceError("count", f"{_count(len(result), 'answer')} came for {_count(expected, 'request')}")
    return result


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

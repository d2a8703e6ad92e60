"""Runs one input after another in processes with limits, and counts what comes of them."""

from __future__ import annotations

import time
import traceback
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from vggsound_omni.data.pool import Bounds, Ended, each
from vggsound_omni.errors import UserError

from . import FINDING

BOUNDS = Bounds(busy=60, seconds=240.0, memory=2 << 30)
"""Of one input: a hang is ended and counted."""
PROCESSES = 2


def campaign(attempt: Callable[[tuple[int, int]], list[str]], n: int, seed: int, seconds: float) -> Counter[str]:
    """Counts the outcomes of ``attempt((seed, k))`` for k below n, each in a process with limits.

    Args:
        attempt: of a module that imports little; says what came of one input.
        n: inputs.
        seed: with k, the only source of randomness.
        seconds: no input begins later.
    """
    outcomes: Counter[str] = Counter()
    for given, answer in each(attempt, _numbered(n, seed, seconds), PROCESSES, BOUNDS):
        if isinstance(answer, Ended):
            how = "hang" if answer.late else f"death of the process ({answer.code})"
            outcomes[f"{FINDING}: {how} at --seed {given[0]}, input {given[1]}"] += 1
        else:
            outcomes.update(answer)
    return outcomes


def _numbered(n: int, seed: int, seconds: float) -> Iterator[tuple[int, int]]:
    end = time.monotonic() + seconds
    for k in range(n):
        if time.monotonic() > end:
            return
        yield seed, k


def outcome(what: str, call: Callable[[], str | None], where: str) -> str:
    """What a call comes to: ``read``, ``refused``, or a finding.

    Args:
        what: the name of the call.
        call: returns None, or what is wrong with its result.
        where: how to meet the input again.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            wrong = call()
    except UserError as error:
        text = str(error)
        if "\n" in text or len(text) > 1000 or any(unicodedata.category(c) == "Cc" for c in text):
            return f"{FINDING}: {what} says {text[:200]!r} ({where})"
        cause = error.__cause__
        if isinstance(cause, NameError | AttributeError | AssertionError | TypeError | Warning) and _ours(cause):
            return f"{FINDING}: {what} hides {type(cause).__name__}: {cause} ({where})"
        return f"{what}: refused"
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{FINDING}: {type(error).__name__} in {what} at {Path(frame.filename).name}:{frame.lineno} ({where})"
    return f"{FINDING}: {what} {wrong} ({where})" if wrong else f"{what}: read"


def _ours(error: BaseException) -> bool:
    """Whether an error was raised in this package, and not in a library."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and ("vggsound_omni" in frames[-1].filename or isinstance(error, Warning))

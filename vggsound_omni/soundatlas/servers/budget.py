"""A budget in money and tokens that is never exceeded, not even by a process that was killed.

Before a request is sent, the most that it can cost is reserved and written down; after the answer, what it did cost. A
reservation without an end, of a process that was killed, counts in full from then on.
"""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vggsound_omni.errors import UserError

from .answers import Usage


class BudgetSpentError(Exception):
    """The next request could cost more than what is left."""


@dataclass
class Reservation:
    """What one attempt may cost, until it is known what it did."""

    tokens: int
    usd: float
    spent: Usage | None = None  # None at the end: nobody knows, and it counts in full


class Budget:
    """Counts what is spent against limits; safe in threads. One process at a time writes its ledger."""

    def __init__(self, ledger: Path | None = None, *, usd: float | None = None, tokens: int | None = None) -> None:
        """Reads what was spent before.

        Args:
            ledger: where it is written down; None: only in memory.
            usd: the most money, None: no limit. What was spent before counts.
            tokens: the most tokens, in and out together.
        """
        self._limits = (math.inf if tokens is None else tokens, math.inf if usd is None else usd)
        self._lock = threading.Lock()
        self._open: dict[int, tuple[int, float]] = {}
        self.tokens, self.usd = 0, 0.0  # spent
        self._surprise = 1.0  # the most that an answer cost, over what was reserved for it
        self._next = 0
        self._file = None
        if ledger is not None:
            self._read(ledger)
            ledger.parent.mkdir(parents=True, exist_ok=True)
            self._file = ledger.open("ab")

    def close(self) -> None:
        """Closes the ledger."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @contextmanager
    def reserve(self, tokens: int, usd: float) -> Iterator[Reservation]:
        """Holds the most that an attempt can cost while it is under way.

        Yields:
            The reservation, on which the caller sets what was spent; an attempt that leaves it unset counts in full.

        Raises:
            BudgetSpentError: it could exceed a limit; nothing must be sent.
        """
        number, held = self._begin(tokens, usd)
        reservation = Reservation(*held)
        try:
            yield reservation
        finally:
            self._end(number, reservation)

    def _begin(self, tokens: int, usd: float) -> tuple[int, tuple[int, float]]:
        with self._lock:
            held = (math.ceil(tokens * self._surprise), usd * self._surprise)
            after = (
                self.tokens + sum(one for one, _ in self._open.values()) + held[0],
                self.usd + sum(one for _, one in self._open.values()) + held[1],
            )
            if any(one > limit for one, limit in zip(after, self._limits, strict=True)):
                raise BudgetSpentError
            self._next += 1
            self._open[self._next] = held
            self._write({"begin": self._next, "tokens": held[0], "usd": held[1]})
            return self._next, held

    def _end(self, number: int, reservation: Reservation) -> None:
        spent = reservation.spent
        with self._lock:
            tokens, usd = self._open.pop(number)
            if spent is not None:
                taken = spent.tokens_in + spent.tokens_out
                over = max(taken / tokens if tokens else 1.0, spent.usd / usd if usd else 1.0)
                self._surprise *= max(1.0, over)
                tokens, usd = taken, spent.usd
            self.tokens += tokens
            self.usd += usd
            self._write({"end": number, "tokens": tokens, "usd": usd})

    def _write(self, line: dict[str, float]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line).encode() + b"\n")
            self._file.flush()

    def _read(self, ledger: Path) -> None:
        if not ledger.exists():
            return
        content = ledger.read_bytes()
        if not content.endswith(b"\n"):  # a line cut short: its request was not sent, or its end is not known
            os.truncate(ledger, content.rfind(b"\n") + 1)
        self.tokens, self.usd, self._next = _counted(ledger, content)


def spent_in(ledger: Path) -> tuple[int, float]:
    """Returns the tokens and USD of a ledger, which another process may be writing: what is under way counts in full.

    Raises:
        UserError: it is damaged.
    """
    return _counted(ledger, ledger.read_bytes())[:2]


def _counted(ledger: Path, content: bytes) -> tuple[int, float, int]:
    """Returns tokens, USD, and the highest number of a reservation."""
    waiting: dict[int, tuple[int, float]] = {}
    tokens, usd, highest = 0, 0.0, 0
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        try:
            record = json.loads(line)
            amounts = (int(record["tokens"]), float(record["usd"]))
            if "begin" in record:
                waiting[record["begin"]] = amounts
            else:
                waiting.pop(record["end"])
                tokens, usd = tokens + amounts[0], usd + amounts[1]
            highest = max(highest, record.get("begin", 0))
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{ledger}:{number}: is damaged, so what was spent is not known; take another --out."
            ) from error
    return tokens + sum(one for one, _ in waiting.values()), usd + sum(one for _, one in waiting.values()), highest

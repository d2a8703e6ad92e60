"""How fast a server is asked: a rate, a pause that it asks for, and longer waits after each failure."""

from __future__ import annotations

import random
import threading
import time
from email.utils import parsedate_to_datetime

_LONGEST = 120.0
"""Seconds that a server may make everybody wait; it is asked again then, whatever it said."""


class Pace:
    """Lets requests through one by one; safe in threads."""

    def __init__(self, per_minute: float | None) -> None:
        self._gap = 0.0 if per_minute is None else 60.0 / per_minute
        self._lock = threading.Lock()
        self._free = 0.0  # when the next request may go

    def wait(self) -> None:
        """Waits until a request may go."""
        with self._lock:
            now = time.monotonic()
            at = max(now, self._free)
            self._free = at + self._gap
        if at > now:
            time.sleep(at - now)

    def pause(self, seconds: float) -> None:
        """Lets nobody through for so long."""
        with self._lock:
            self._free = max(self._free, time.monotonic() + min(seconds, _LONGEST))


def backoff(attempt: int, rng: random.Random) -> float:
    """Returns the seconds before the next attempt: up to 0.5, 1, 2, 4 ... 30, drawn so that clients part ways."""
    return float(min(30.0, 0.5 * 2**attempt) * rng.uniform(0.5, 1.0))


def retry_after(value: str | None, now: float | None = None) -> float | None:
    """Returns the seconds of a Retry-After header, a number or a date; None if there is none or it says nothing."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - (time.time() if now is None else now)
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), _LONGEST) if seconds == seconds else None  # NaN is no number of seconds

"""What is true of a source: its rate, level, strength, pitch and count, and how two of them lie in time.

Captions are made from these and nothing else, so whoever doubts a word finds its threshold here. Rate and level are
relative to what is usual for the class: a clock that ticks once a second is slow, a church bell is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import log, sqrt
from statistics import fmean

from .classes import CLASSES
from .scene import DURATION, Source

PITCHED = 1 / 3
"""Pitch beyond which a source is low or high."""
LEVEL_DB = 2.0
"""Level beyond the class's own by which a source is loud or faint."""
STRONG, GENTLE = 0.78, 0.52
"""Mean strength from which acts are strong, and up to which they are gentle."""
RATE = 0.3
"""Share of the class's range of intervals, in octaves, at either end of which a rate is quick or slow."""
REGULAR, UNEVEN = 0.12, 0.3
"""Relative standard deviation of intervals up to which they are regular, and from which they are uneven."""
TREND = 1.55
"""Factor between the mean interval of the last and the first third from which acts become slower, or faster."""
SWELL = 0.3
"""Difference of strength between the last and the first third from which acts become stronger, or weaker."""
BEHIND_DB = 8.0
"""Level by which one source lies in the background of another."""


def intervals(source: Source) -> list[float]:
    """Returns seconds from onset to onset."""
    return [after.onset - before.onset for before, after in pairwise(source.events)]


def rate(source: Source) -> str | None:
    """Returns ``slow`` or ``quick``; None in between, or for less than three acts."""
    shortest, longest = CLASSES[source.sound_class].timing.gap
    if len(source.events) < 3 or trend(source):
        return None
    place = log(fmean(intervals(source)) / shortest) / log(longest / shortest)
    return "quick" if place <= RATE else "slow" if place >= 1 - RATE else None


def regularity(source: Source) -> str | None:
    """Returns ``regular`` or ``uneven``; None in between, or for less than five acts."""
    gaps = intervals(source)
    if len(gaps) < 4 or trend(source):
        return None
    mean = fmean(gaps)
    deviation = sqrt(fmean((gap - mean) ** 2 for gap in gaps)) / mean
    return "regular" if deviation <= REGULAR else "uneven" if deviation >= UNEVEN else None


def trend(source: Source) -> str | None:
    """Returns ``faster`` or ``slower`` if the acts become so; None for less than six."""
    gaps = intervals(source)
    if len(gaps) < 5:
        return None
    third = len(gaps) // 3
    change = fmean(gaps[-third:]) / fmean(gaps[:third]) if third > 1 else 1.0
    return "faster" if change <= 1 / TREND else "slower" if change >= TREND else None


def swell(source: Source) -> str | None:
    """Returns ``louder`` or ``softer`` if the acts become so; None for less than six."""
    strengths = [event.strength for event in source.events]
    if len(strengths) < 6:
        return None
    third = len(strengths) // 3
    change = fmean(strengths[-third:]) - fmean(strengths[:third])
    return "louder" if change >= SWELL else "softer" if change <= -SWELL else None


def level(source: Source) -> str | None:
    """Returns ``loud`` or ``faint``, for its class; None in between."""
    beyond = source.gain_db - CLASSES[source.sound_class].level_db
    return "loud" if beyond >= LEVEL_DB else "faint" if beyond <= -LEVEL_DB else None


def strength(source: Source) -> str | None:
    """Returns ``strong`` or ``gentle``; None in between."""
    mean = fmean(event.strength for event in source.events)
    return "strong" if mean >= STRONG else "gentle" if mean <= GENTLE else None


def pitch(source: Source) -> str | None:
    """Returns ``low`` or ``high``; None in between."""
    return "low" if source.style.pitch < -PITCHED else "high" if source.style.pitch > PITCHED else None


FACTS: dict[str, Callable[[Source], str | None]] = {
    "pitch": pitch,
    "rate": rate,
    "regularity": regularity,
    "trend": trend,
    "swell": swell,
    "level": level,
    "strength": strength,
}
"""By name."""


def begins(source: Source) -> float:
    """Returns the first onset, in seconds."""
    return source.events[0].onset


def ends(source: Source) -> float:
    """Returns the end of the last act, in seconds."""
    return source.events[-1].end


def after(before: Source, source: Source) -> bool:
    """Returns whether a source begins when the one before it has ended."""
    return begins(source) >= ends(before)


def together(sources: Sequence[Source]) -> bool:
    """Returns whether all sound at once at some time, with a good part of each."""
    start, stop = max(map(begins, sources)), min(map(ends, sources))
    return stop - start >= 0.25 * max(ends(source) - begins(source) for source in sources)


def throughout(source: Source) -> bool:
    """Returns whether a lasting sound fills the clip."""
    return CLASSES[source.sound_class].lasting and ends(source) - begins(source) >= 0.95 * DURATION


def behind(source: Source, other: Source) -> bool:
    """Returns whether a source is so much softer than another that it is in the background."""
    return other.gain_db - source.gain_db >= BEHIND_DB

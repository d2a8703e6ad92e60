"""Events: are the right things heard, as often and in the order as they should be, and when they should be?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np

from vggsound_omni.suites.suite import Truth

from .hearing import MUSIC, Clip, score, shown
from .matching import matched, overlap
from .metric import STILL, WORSENS, Metric, Only, tagged, truth

MOST = 6
"""Acts of a class that count, at most."""
NEAR = 0.2
"""Seconds within which an act is at its time."""
HALF = 0.5
"""Intersection over union from which on a texture is at its time."""
COUNTED = 12
"""Acts that a listener counts, at most."""
APART = 0.5
"""Seconds from which on two beginnings have an order."""


def _counts(clip: Clip) -> tuple[Counter[str], Counter[str]]:
    """Counts of each class, wanted and heard: of acts up to six; a texture, and music, is there or not."""
    lasting = {*clip.lasting, MUSIC}
    wanted = Counter({name: 1 if name in lasting else min(MOST, len(one)) for name, one in clip.wanted.items()})
    if clip.music is not None:
        wanted[MUSIC] = 1
    heard = Counter({name: 1 if name in lasting else min(MOST, len(rows)) for name, rows in clip.heard.items()})
    return wanted, heard


def event_f1(clip: Clip) -> float:
    """Returns the F1 of classes with their counts; NaN if the ear knows nothing that is wanted."""
    wanted, heard = _counts(clip)
    return 2 * (wanted & heard).total() / (wanted.total() + heard.total()) if wanted else np.nan


def av_f1(clip: Clip) -> float:
    """Returns the same of what is heard at its time, where the picture shows that; 0 if a forbidden class is heard.

    Of a class with more than six acts, wanted or heard, each act weighs less, so that they weigh six together.
    """
    wanted, heard = _counts(clip)
    if not wanted:
        return np.nan
    if clip.leaks:
        return 0.0
    right = float(min(wanted[MUSIC], heard[MUSIC]))
    for name, events in clip.wanted.items():
        when, found = [event for event in events if shown(event)], clip.onsets(name)
        if name not in heard:
            continue
        if name in clip.lasting:
            spans = [(float(start), float(end)) for start, end, _ in clip.heard[name]]
            right += not when or overlap([(event.onset, event.end) for event in when], spans) >= HALF
        else:
            there = matched([event.onset for event in when], found, NEAR)
            there += min(len(events) - len(when), len(found) - there)
            right += there * min(1.0, MOST / max(len(events), len(found)))
    return 2 * right / (wanted.total() + heard.total())


def _counted(truth: Truth) -> bool:
    return truth.sources == 1 and len(truth.events) <= COUNTED and all(event.discrete for event in truth.events)


def count(clip: Clip) -> float:
    """Returns by how many the acts heard of the one class that is wanted are too many or too few, 12 at most."""
    for name, events in clip.wanted.items():
        return float(min(COUNTED, abs(len(clip.onsets(name)) - len(events))))
    return np.nan


def order(clip: Clip) -> float:
    """Returns of how many pairs of classes the one that begins first is heard to begin first."""
    begins = {name: min(event.onset for event in events) for name, events in clip.wanted.items()}
    pairs = [pair for pair in combinations(sorted(begins, key=lambda name: begins[name]), 2) if _apart(begins, *pair)]
    right = [
        bool(len(clip.onsets(first)) and len(clip.onsets(then)) and clip.onsets(first).min() < clip.onsets(then).min())
        for first, then in pairs
    ]
    return float(np.mean(right)) if right else np.nan


def _apart(begins: dict[str, float], first: str, then: str) -> bool:
    return begins[then] - begins[first] >= APART


def _ordered(truth: Truth) -> bool:
    begins = {event.sound_class: event.onset for event in sorted(truth.events, key=lambda event: -event.onset)}
    return bool(begins) and max(begins.values()) - min(begins.values()) >= APART


SEEN = Only(lambda truth: any(map(shown, truth.events)), "clips in which the picture shows when something sounds")
ONE = Only(_counted, f"clips with one source that acts at most {COUNTED} times")
SEVERAL = Only(_ordered, f"clips with sources that begin {APART} s apart or more")
SOME = Only(lambda truth: bool(truth.events) or truth.music is not None, "clips in which something sounds")

EVENT_F1 = Metric(
    key="event_f1",
    title="Event F1",
    unit="F1",
    better="higher",
    per_item=True,
    summary="Are the right things heard, as often as they should be, and nothing else?",
    needs=(tagged("ear", "events", "generated"), truth()),
    compute=partial(score, of_clip=event_f1, only=SOME),
    bounds=(0.0, 1.0),
    only=SOME,
    expect={"noise_only": WORSENS, "swap_across": WORSENS, "truncation": WORSENS, "gain": STILL},
)
AV_F1 = replace(
    EVENT_F1,
    key="av_f1",
    title="AV F1",
    summary="Are the right things heard, as often and when the picture shows them, and nothing else?",
    compute=partial(score, of_clip=av_f1, only=SEEN),
    with_video=True,
    only=SEEN,
    expect={**EVENT_F1.expect, "time_shift": WORSENS},
)
COUNT = replace(
    EVENT_F1,
    key="count",
    title="Count",
    unit="acts",
    better="lower",
    summary="By how many acts of the one source that is wanted are there too many or too few?",
    compute=partial(score, of_clip=count, only=ONE),
    bounds=(0.0, float(COUNTED)),
    only=ONE,
)
ORDER = replace(
    EVENT_F1,
    key="order",
    title="Order",
    unit="share of pairs",
    summary="Do the sources begin in the right order?",
    compute=partial(score, of_clip=order, only=SEVERAL, shares=True),
    shares=True,
    only=SEVERAL,
    expect={"noise_only": WORSENS, "swap_across": WORSENS, "gain": STILL},
)

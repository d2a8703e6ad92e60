"""What should sound and when, class by class, and what of it an ear heard: drawn above a spectrogram.

An act is hit if the ear hears its class within 0.2 s of it, where the generator could see when it happens; elsewhere,
if its class is heard often enough. A texture is hit if its span is met by half, or if it is heard at all.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.features.extract import Sources, bindings, extract
from vggsound_omni.features.signals import SoundSource
from vggsound_omni.metrics import METRICS
from vggsound_omni.metrics.events import HALF, NEAR
from vggsound_omni.metrics.hearing import MUSIC, shown
from vggsound_omni.metrics.matching import overlap, pairs
from vggsound_omni.runs.result import Result
from vggsound_omni.suites.suite import Item, SoundEvent, Truth
from vggsound_omni.tracks import Track

Heard = Mapping[str, Sequence[tuple[float, float]]]
"""Onset and end of each event that the ear heard, in seconds, by class."""
Verdict = Literal["hit", "missed", "silent", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """An event of the truth; places are percent of the width."""

    left: float
    width: float
    verdict: Verdict  # "silent": the picture shows it and it makes no sound; "unknown": no ear says
    text: str


@dataclass(frozen=True, kw_only=True)
class Tick:
    """Something heard."""

    left: float
    right: bool  # whether an event of the truth accounts for it
    text: str


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One class."""

    name: str
    remark: str  # "off screen", "must not be heard", ...
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """What should sound and what of it does."""

    lanes: tuple[Lane, ...]
    hits: int
    wanted: int
    extra: int
    judged: bool  # whether an ear listened

    @property
    def words(self) -> str:
        """The outcome as a phrase."""
        if not self.judged:
            return f"{self.wanted} event{'s' * (self.wanted != 1)}"
        extra = f", {self.extra} heard beside them" if self.extra else ""
        return f"{self.hits} of {self.wanted} events hit{extra}"


def listen(result: Result, items: Sequence[Item], sounds: Mapping[str, SoundSource], track: Track) -> dict[str, Heard]:
    """Returns what the run's ear heard in the generated sounds of items whose truth is known, by id.

    Features come from the store, where scoring left them; nothing is returned if no ear scored the run.

    Args:
        result: of the run.
        items: whose sounds are asked for.
        sounds: by id.
        track: how much of each sound counts.
    """
    known = {item.id: sounds[item.id] for item in items if item.truth is not None and item.id in sounds}
    scored = any("event_f1" in result.items.get(item_id, {}) for item_id in known)
    bound = bindings(result.encoder_set, [METRICS["event_f1"]]) if scored else []
    if not bound or "ear" not in bound[0].encoders:
        return {}
    quiet = Console(file=io.StringIO())
    try:
        found = extract(bound[:1], Sources(generated=known), window=track.window, console=quiet)
    except UserError:  # the ear that scored the run is gone since
        return {}
    ear = bound[0].encoders["ear"].name
    if (ear, "generated") not in found.columns:
        return {}
    classes = found.classes[ear]
    heard: dict[str, Heard] = {}
    for item_id, features in found.columns[ear, "generated"].features.items():
        rows = np.asarray(features["events"], np.float64)
        by_class: dict[str, list[tuple[float, float]]] = {}
        for kind, onset, end, _ in rows[~np.isnan(rows[:, 0])].tolist():
            by_class.setdefault(classes[int(kind)], []).append((onset, end))
        heard[item_id] = {name: sorted(events) for name, events in by_class.items()}
    return heard


def timeline(truth: Truth, heard: Heard | None, track: Track, seconds: float) -> Timeline | None:
    """Returns what is drawn above a spectrogram, or None if nothing is known to sound or to be silent.

    Args:
        truth: of the item.
        heard: None draws what is wanted alone.
        track: says whether the generator saw when things happen.
        seconds: of the spectrogram's axis.
    """
    truth = truth.until(track.window or seconds)
    names = dict.fromkeys(event.sound_class for event in (*truth.events, *truth.silent))
    extra = [name for name in heard or () if name not in names and name != MUSIC]
    music = truth.music is not None or MUSIC in (heard or ())
    if not names and not music:
        return None
    lanes = [_lane(name, truth, heard, seen=track.task != "t2a", seconds=seconds) for name in (*names, *extra)]
    if music:
        lanes.append(_music(truth, heard, seconds))
    bars = [bar for lane in lanes for bar in lane.bars if bar.verdict != "silent"]
    return Timeline(
        lanes=tuple(lanes),
        hits=sum(bar.verdict == "hit" for bar in bars),
        wanted=len(bars),
        extra=sum(not tick.right for lane in lanes for tick in lane.ticks),
        judged=heard is not None,
    )


def _lane(name: str, truth: Truth, heard: Heard | None, *, seen: bool, seconds: float) -> Lane:
    wanted = [event for event in truth.events if event.sound_class == name]
    silent = [event for event in truth.silent if event.sound_class == name]
    spans = list((heard or {}).get(name, ()))
    hit, right = _matched(wanted, spans, seen=seen)
    bars = [
        _bar(event, "unknown" if heard is None else "hit" if k in hit else "missed", seconds)
        for k, event in enumerate(wanted)
    ]
    bars += [_bar(event, "silent", seconds) for event in silent]
    ticks = [
        Tick(left=_percent(onset, seconds), right=k in right, text=f"heard at {onset:.2f} s")
        for k, (onset, _) in enumerate(spans)
    ]
    return Lane(name=name, remark=_remark(name, wanted, truth), bars=tuple(bars), ticks=tuple(ticks))


def _matched(
    wanted: Sequence[SoundEvent], spans: Sequence[tuple[float, float]], *, seen: bool
) -> tuple[set[int], set[int]]:
    """Returns the indices of the events that are hit, and of the spans heard that account for them."""
    timed = [k for k, event in enumerate(wanted) if seen and shown(event)]
    if wanted and not all(event.discrete for event in wanted):
        met = overlap([(wanted[k].onset, wanted[k].end) for k in timed], list(spans)) >= HALF if timed else bool(spans)
        return (set(range(len(wanted))), set(range(len(spans)))) if met and spans else (set(), set())
    near = pairs([wanted[k].onset for k in timed], [onset for onset, _ in spans], NEAR)
    hit, right = {timed[one] for one, _ in near}, {other for _, other in near}
    free = [k for k in range(len(wanted)) if k not in timed]
    left = [k for k in range(len(spans)) if k not in right]
    counted = min(len(free), len(left))
    return hit | set(free[:counted]), right | set(left[:counted])


def _music(truth: Truth, heard: Heard | None, seconds: float) -> Lane:
    spans = (heard or {}).get(MUSIC, ())
    verdict: Verdict = "unknown" if heard is None else "hit" if spans else "missed"
    whole = (Bar(left=0.0, width=100.0, verdict=verdict, text="music throughout"),) if truth.music is not None else ()
    ticks = tuple(
        Tick(left=_percent(onset, seconds), right=truth.music is not None, text=f"heard from {onset:.2f} s")
        for onset, _ in spans
    )
    return Lane(name=MUSIC, remark="" if whole else "not wanted", bars=whole, ticks=ticks)


def _remark(name: str, wanted: Sequence[SoundEvent], truth: Truth) -> str:
    if not wanted:
        return "must not be heard" if name in truth.forbidden else "not wanted"
    if any(event.performed for event in wanted):
        return "as the picture moves"
    return "" if any(event.on_screen for event in wanted) else "off screen"


def _bar(event: SoundEvent, verdict: Verdict, seconds: float) -> Bar:
    left, end = _percent(event.onset, seconds), _percent(event.end, seconds)
    words = {"silent": "seen, makes no sound", "unknown": ""}.get(verdict, verdict)
    text = f"{event.sound_class}, {event.onset:.2f} to {event.end:.2f} s"
    return Bar(left=left, width=round(end - left, 2), verdict=verdict, text=f"{text}: {words}" if words else text)


def _percent(time: float, seconds: float) -> float:
    return round(100 * min(max(time, 0.0), seconds) / seconds, 2)

"""What a request lets guess of the truth that its answer is scored by: classes from words, moments from the picture."""

from __future__ import annotations

from vggsound_omni.protocol import Request
from vggsound_omni.suites.foleyworld import CLASSES
from vggsound_omni.suites.suite import MusicTruth, SoundEvent, Truth

from .grammar import number_said, understood
from .moments import chosen, moments

_UNTOLD = ("dog barking",)
"""What is taken to sound if there is no text."""
_MANY = 24
"""Moments of a clip, at most."""


def _event(name: str, start: float, end: float) -> SoundEvent:
    lasting = CLASSES[name].lasting
    return SoundEvent(sound_class=name, onset=start, end=end, level_db=CLASSES[name].level_db, discrete=not lasting)


def guessed(request: Request) -> Truth:
    """Returns what probably sounds, from the text as :mod:`.grammar` reads it and from when the picture changes."""
    scene = understood(request.text) if request.text else None
    named = [source.sound_class for source in scene.sources] if scene else list(_UNTOLD)
    number = number_said(request.text) if request.text and len(named) == 1 else None
    found = moments(request.video) if request.video is not None else None
    events: list[SoundEvent] = []
    for place, name in enumerate(named):
        said = [(event.onset, event.end) for event in scene.sources[place].events] if scene else []
        if CLASSES[name].lasting:
            events += [_event(name, start, end) for start, end in said]
            continue
        if found is not None and len(found):
            said = [(time, time + 0.2) for time in chosen(found, number or _MANY)]
        events += [_event(name, start, end) for start, end in said]
    there = tuple(sorted((e for e in events if e.onset < request.duration), key=lambda e: (e.onset, e.sound_class)))
    music = scene.music if scene else None
    return Truth(events=there, music=None if music is None else MusicTruth(style=music.style, level_db=music.gain_db))

"""Writes the captions of a scene: a small grammar over its facts.

The dense caption names every source heard, its manner, what it meets, how often, the order in time, the room, the
music, and what is out of frame, in the manner of SoundAtlas: one to three free sentences. The paraphrase states the
same facts in other words and another order. The label is the list of class names.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .classes import CLASSES
from .music import STYLES
from .pictures import STILL_LIFES
from .room import ROOMS
from .scene import Captions, Music, Room, Setting, Source

_TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times", 6: "six times"}


def describe(
    sources: Sequence[Source], music: Music | None, room: Room, setting: Setting, rng: np.random.Generator
) -> Captions:
    """Writes the captions of a scene.

    Args:
        sources: all sources; those without events are silent and not named.
        music: music that nobody in the picture plays.
        room: where it sounds.
        setting: the backdrop and still life.
        rng: chooses between phrasings.
    """
    heard = sorted((s for s in sources if s.events), key=lambda s: s.events[0].onset)
    labels = sorted({s.sound_class for s in heard})
    choice = int(rng.integers(2))
    return Captions(
        dense=_dense(heard, music, room, setting, choice),
        paraphrase=_paraphrase(heard, music, room, 1 - choice),
        label=", ".join(labels),
    )


def _dense(heard: Sequence[Source], music: Music | None, room: Room, setting: Setting, choice: int) -> str:
    seen = [s for s in heard if s.on_screen]
    unseen = [s for s in heard if not s.on_screen]
    sentences = []
    if seen:
        sentences.append(_in_order([(s, _clause(s, choice)) for s in seen]) + _place(room, choice))
    if unseen:
        clause = _in_order([(s, _clause(s, choice)) for s in unseen])
        where = "out of frame" if choice else "off screen"
        if seen:
            sentences.append(f"{where}, {clause}")
        elif setting.still_life is not None:
            sentences.append(f"{clause}, {where}{_place(room, choice)}, while {STILL_LIFES[setting.still_life].phrase}")
        else:
            sentences.append(f"{clause}, {where}{_place(room, choice)}")
    if music is not None:
        sentences.append(f"{STYLES[music.style].phrases[choice]} plays in the background")
    return _join(sentences)


def _paraphrase(heard: Sequence[Source], music: Music | None, room: Room, choice: int) -> str:
    sentences = []
    for number, source in enumerate(heard):
        clause = _clause(source, choice)
        if not source.on_screen:
            clause = f"somewhere out of view, {clause}"
        if number > 0:
            clause = f"{'then' if _after(heard[number - 1], source) else 'meanwhile'}, {clause}"
        sentences.append(clause + (_place(room, choice) if number == 0 else ""))
    if music is not None:
        sentences.insert(0, f"there is {STYLES[music.style].phrases[choice]} in the background")
    return _join(sentences)


def _clause(source: Source, choice: int) -> str:
    """Says who does what, into what, how and how often."""
    c = CLASSES[source.sound_class]
    material = c.materials[source.style.material]
    subject = c.subject[choice].format(material=material)
    words = [subject, c.verb[choice]]
    if material and subject == c.subject[choice]:
        words.append(material)
    pitch = 0 if source.style.pitch < -1 / 3 else 2 if source.style.pitch > 1 / 3 else 1
    words.append(c.manners[pitch][choice])
    clause = " ".join(words)
    count = len(source.events)
    return clause if c.lasting or count not in _TIMES else f"{clause}, {_TIMES[count]}"


def _in_order(clauses: Sequence[tuple[Source, str]]) -> str:
    text = clauses[0][1]
    for (before, _), (source, clause) in pairwise(clauses):
        text += f", then {clause}" if _after(before, source) else f", while {clause}"
    return text


def _after(before: Source, source: Source) -> bool:
    """Returns whether a source begins when the one before it has ended."""
    return source.events[0].onset >= before.events[-1].end


def _place(room: Room, choice: int) -> str:
    phrase = ROOMS[room.name].phrases[choice]
    return f", {phrase}" if phrase else ""


def _join(sentences: Sequence[str]) -> str:
    return " ".join(sentence[0].upper() + sentence[1:] + "." for sentence in sentences)

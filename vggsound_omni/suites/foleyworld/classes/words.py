"""How one speaks of a class of sound.

Clauses are written ``a dog barks/barking in a yard``: who, the verb in both its forms, and the rest. A leading ``+``
marks a plural. ``{m}`` stands for the material, ``{n}`` for a number. Of every list with four entries and more, the
last quarter is held out: only test captions use it (see :mod:`..captions.choice`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Phrases = tuple[str, ...]

SLOW: Phrases = (
    "slowly",
    "at a slow pace",
    "unhurriedly",
    "in slow succession",
    "without haste",
    "slowly and unhurriedly",
)
QUICK: Phrases = ("quickly", "rapidly", "in quick succession", "at a fast pace", "briskly", "in rapid succession")
SLOW_ACTS: Phrases = (
    "in slow succession",
    "at long intervals",
    "with long pauses",
    "at a slow rate",
    "with long intervals",
)
QUICK_ACTS: Phrases = (
    "in quick succession",
    "at short intervals",
    "with short pauses",
    "at a fast rate",
    "with short intervals",
)
"""For acts of which each could be slow or quick by itself."""
SLOW_TEMPO: Phrases = ("slowly", "at a slow tempo", "in slow time", "at a slow pace", "with a slow tempo")
QUICK_TEMPO: Phrases = ("quickly", "at a fast tempo", "in quick time", "at a brisk tempo", "at a lively tempo")
LOUD: Phrases = ("loudly", "loud and clear", "at high volume", "very audibly", "with high volume")
QUIET: Phrases = ("quietly", "softly", "faintly", "at low volume", "in a hushed way", "at a low volume")
DISTANT: Phrases = (
    "faintly",
    "at low volume",
    "as if from far away",
    "in the distance",
    "as if far off",
    "as if from a distance",
)
"""For what is too loud by nature to be called quiet."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """A variant that is heard and seen, by its name."""

    phrases: Phrases  # "into wood"
    places: tuple[str, ...] | None = None  # backdrops before which it can be; None: wherever the class can


@dataclass(frozen=True, kw_only=True)
class Words:
    """One class in words. Every adverbial belongs to one fact, and is said only where that fact is true."""

    thing: str = ""  # what is seen: "dog"
    things: str = ""  # two of them, where one of two may sound: "dogs"; empty where that makes no sense
    bare: str  # what is not heard, without article: "barking"
    clauses: Phrases  # "a dog barks/barking"
    several: Phrases = ()  # clauses for more than one act, where those for one would be odd; may hold {n}
    nouns: Phrases  # names of the sound; * stands where an adjective goes: "the * barking of a dog"
    acts: Phrases = ()  # acts that are counted, "bark/barks of a dog"; empty: not counted
    repeats: bool = (
        True  # whether "twice" may follow a clause: a dog barks twice, but no one plays the piano eight times
    )
    materials: tuple[Material, Material, Material] | None = None
    pitched: bool = True  # whether "low-pitched" goes with its names
    low: Phrases  # pitch
    high: Phrases
    slow: Phrases = SLOW  # rate; empty: not spoken of
    quick: Phrases = QUICK
    timed: bool = True  # whether one may say that acts are regular, or become faster
    loud: Phrases = LOUD  # level, within what is usual for the class
    faint: Phrases = QUIET
    strong: Phrases = ()  # strength of the acts
    gentle: Phrases = ()

    @property
    def plain(self) -> str:
        """A clause about the thing by its usual name, with nothing that depends on a scene: "a dog barks"."""
        usual = [clause for clause in self.clauses if self.thing and f" {self.thing} " in clause]
        told = re.sub(r"(\S+)/\S+", r"\1", (usual or self.clauses)[0].removeprefix("+"))
        return " ".join(told.replace("{m}", "").split())

"""Which compositions train never has: pairs of classes, and a material with a pitch."""

from __future__ import annotations

import hashlib

from .classes import SoundClass
from .facts import PITCHED

_ONE_IN = 6


def is_held(one: SoundClass, other: SoundClass) -> bool:
    """Returns whether two classes are in one scene in test only: one pair in six."""
    return _number(*sorted((one.name, other.name))) % _ONE_IN == 0


def held_cell(sound_class: SoundClass) -> tuple[int, int] | None:
    """Returns the material and the sign of the pitch (-1 low, 1 high) that a class has together in test only."""
    if sound_class.words.materials is None:
        return None
    number = _number(sound_class.name)
    return number % 3, 1 if number // 3 % 2 else -1


def allowed(sound_class: SoundClass, material: int, pitch: float) -> bool:
    """Returns whether train may have a class in a material at a pitch."""
    held = held_cell(sound_class)
    return held is None or material != held[0] or pitch * held[1] <= PITCHED


def _number(*names: str) -> int:
    return int.from_bytes(hashlib.sha256("|".join(names).encode()).digest()[:4], "big")

"""What can be where: which rooms a backdrop has, what can be seen before it, what can be heard there.

A class says before which backdrops it can be seen, and whether it carries: then it is heard indoors too, from outside.
The program asks here for picture and sound alike, and captions speak of a place in these words.
"""

from __future__ import annotations

from dataclasses import dataclass

from .backdrops import BACKDROPS
from .classes import SoundClass


@dataclass(frozen=True, kw_only=True)
class Place:
    """A backdrop, as one hears and speaks of it."""

    rooms: tuple[str, ...]  # names in :data:`.room.ROOMS`
    phrases: tuple[str, ...]  # "in a kitchen"


_OUTDOORS = ("outdoors",)
PLACES: dict[str, Place] = {
    "living room": Place(
        rooms=("dry room", "room"), phrases=("in a living room", "in a lounge", "indoors", "in someone's living room")
    ),
    "kitchen": Place(
        rooms=("room",), phrases=("in a kitchen", "indoors", "in a small kitchen", "in someone's kitchen")
    ),
    "workshop": Place(
        rooms=("room", "hall"), phrases=("in a workshop", "indoors", "in a workroom", "indoors in a workshop")
    ),
    "office": Place(
        rooms=("dry room", "room"), phrases=("in an office", "indoors", "in a study", "indoors in an office")
    ),
    "stage": Place(
        rooms=("hall",), phrases=("on a stage", "in an echoing hall", "in a concert hall", "in a large hall")
    ),
    "corridor": Place(
        rooms=("corridor",), phrases=("in a corridor", "in an echoing corridor", "in a hallway", "in a long corridor")
    ),
    "street": Place(rooms=_OUTDOORS, phrases=("in a street", "outdoors", "in a town", "out in the street")),
    "forest": Place(rooms=_OUTDOORS, phrases=("in a forest", "in the woods", "outdoors", "out in the woods")),
    "field at night": Place(
        rooms=_OUTDOORS, phrases=("in a field at night", "outdoors at night", "at night", "out in a field at night")
    ),
    "beach": Place(rooms=_OUTDOORS, phrases=("on a beach", "at the seaside", "outdoors", "on the shore")),
    "park": Place(rooms=_OUTDOORS, phrases=("in a park", "outdoors", "in a public park", "out in a park")),
    "mountains": Place(
        rooms=_OUTDOORS, phrases=("in the mountains", "outdoors", "among mountains", "high in the mountains")
    ),
    "harbour": Place(rooms=_OUTDOORS, phrases=("in a harbour", "by the water", "outdoors", "down at the harbour")),
}
"""By backdrop."""


def seen(sound_class: SoundClass, backdrop: str) -> bool:
    """Returns whether a class can be seen before a backdrop."""
    return backdrop in sound_class.places


def heard(sound_class: SoundClass, backdrop: str) -> bool:
    """Returns whether a class can be heard there from somewhere out of frame."""
    return seen(sound_class, backdrop) or outside(sound_class, backdrop)


def outside(sound_class: SoundClass, backdrop: str) -> bool:
    """Returns whether a class is heard there through the wall: the place is indoors, and it is not."""
    return sound_class.carries and not BACKDROPS[backdrop].outdoors and not seen(sound_class, backdrop)

"""What a user says is heard in a clip: JSON becomes :class:`~vggsound_omni.suites.suite.Truth`, strictly checked."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from vggsound_omni.errors import UserError

from .suite import Contact, MusicTruth, RoomTruth, SoundEvent, Truth, has_unseen

MOST_BYTES = 1 << 20  # of a file
MOST_EVENTS = 10_000
MOST_CONTACTS = 1_000
_MOST_LETTERS = 200  # of a name
_LEVELS = (-200.0, 200.0)  # dB
_LONGEST = 86_400.0  # seconds
_OVERHANG = 0.1  # seconds that an event may end after the clip: players and annotators round its length differently


def read_truth(path: Path, where: str) -> Truth:
    """Reads a JSON file of truth.

    Args:
        path: the file.
        where: file and line that name it, for messages.

    Raises:
        UserError: it cannot be read, or says what a truth cannot say.
    """
    where = f"{where}: truth {path}"
    try:
        if not path.exists():
            raise UserError(f"{where}: there is no such file.")
        if not path.is_file():
            raise UserError(f"{where}: is not a regular file; a JSON file is expected.")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        because = getattr(error, "strerror", None) or error
        raise UserError(f"{where}: cannot be read ({because}).") from error
    if len(content) > MOST_BYTES:
        raise UserError(f"{where}: has more than {MOST_BYTES >> 20} MiB; no clip has so many events.")
    try:
        value = json.loads(content.decode("utf-8-sig"), object_pairs_hook=without_doubles)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where}: is not valid JSON ({str(error)[:200]}).") from None
    return parse_truth(value, where)


def parse_truth(value: object, where: str) -> Truth:
    """Makes a truth of parsed JSON.

    Args:
        value: an object with ``events``; ``contacts``, ``music``, ``room``, ``silent`` and ``forbidden`` are optional.
        where: what messages begin with.

    Raises:
        UserError: it says what a truth cannot say; names the value and what was expected.
    """
    found = _Object(value, where, ("events", "contacts", "music", "room", "silent", "forbidden"))
    contacts = [
        Contact(
            sound_class=one.name("class"),
            x=one.number("x", 0, 1),
            y=one.number("y", 0, 1),
            radius=one.number("radius", 0, 1, above=True),
        )
        for one in found.objects("contacts", ("class", "x", "y", "radius"), MOST_CONTACTS)
    ]
    music, room = found.object("music", ("style", "level_db")), found.object("room", ("name", "rt60"))
    return Truth(
        events=_events(found, "events"),
        contacts=tuple(contacts),
        music=None
        if music is None
        else MusicTruth(style=music.name("style"), level_db=music.number("level_db", *_LEVELS)),
        room=None if room is None else RoomTruth(name=room.name("name"), rt60=room.number("rt60", 0, 60)),
        silent=_events(found, "silent"),
        forbidden=found.names("forbidden", MOST_CONTACTS),
    )


def check_within(truth: Truth, duration: float, where: str) -> None:
    """Makes sure that all events, heard or silent, lie within the clip.

    Raises:
        UserError: one begins or ends after it.
    """
    for kind, number, event in (
        *(("event", *one) for one in enumerate(truth.events, 1)),
        *(("silent event", *one) for one in enumerate(truth.silent, 1)),
    ):
        if event.onset >= duration or event.end > duration + _OVERHANG:
            raise UserError(
                f"{where}: truth: {kind} {number} by onset ({event.sound_class}) lasts from {event.onset:g} to "
                f"{event.end:g} s, but the clip ends at {duration:g} s."
            )


_EVENT = ("class", "onset", "end", "level_db", "on_screen", "discrete", "impact", "performed")


def _events(found: _Object, key: str) -> tuple[SoundEvent, ...]:
    events = [_event(one) for one in found.objects(key, _EVENT, MOST_EVENTS)]
    return tuple(sorted(events, key=lambda event: (event.onset, event.sound_class)))


def _event(one: _Object) -> SoundEvent:
    onset, end = one.number("onset", 0, _LONGEST), one.number("end", 0, _LONGEST)
    if end <= onset:
        raise UserError(f"{one.where}: end is {end:g}, which is not after the onset, {onset:g}; seconds are expected.")
    return SoundEvent(
        sound_class=one.name("class"),
        onset=onset,
        end=end,
        level_db=one.number("level_db", *_LEVELS, default=0.0),
        on_screen=one.flag("on_screen", default=True),
        discrete=one.flag("discrete", default=True),
        impact=one.flag("impact", default=False),
        performed=one.flag("performed", default=False),
    )


class _Object:
    """A JSON object with known keys, read key by key."""

    def __init__(self, value: object, where: str, keys: Sequence[str]) -> None:
        if not isinstance(value, dict):
            raise UserError(f"{where}: is {shown(value)}; an object with {', '.join(keys)} is expected.")
        for key in value:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1, cutoff=0.4)
                hint = f'did you mean "{near[0]}"? ' if near else ""
                raise UserError(f"{where}: the key {shown(key)} has no meaning; {hint}known are {', '.join(keys)}.")
        self.value: Mapping[str, Any] = value
        self.where = where

    def number(
        self, key: str, least: float, most: float, *, above: bool = False, default: float | None = None
    ) -> float:
        """Returns a number between two bounds; ``above``: the lower one is excluded."""
        expected = f"a number {'above' if above else 'of at least'} {least:g} and at most {most:g} is expected"
        value = self.value.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse(key, expected)
        number = float(value) if abs(value) <= most + abs(least) else math.nan  # the largest integers are no floats
        if not least <= number <= most or (above and number == least):
            self._refuse(key, expected)
        return number

    def flag(self, key: str, *, default: bool) -> bool:
        """Returns true or false."""
        value = self.value.get(key, default)
        if not isinstance(value, bool):
            self._refuse(key, "true or false is expected")
        return value

    def name(self, key: str) -> str:
        """Returns a short text on one line."""
        value = self.value.get(key)
        text = value.strip() if isinstance(value, str) else ""
        if not text or len(text) > _MOST_LETTERS or has_unseen(text):
            self._refuse(key, f"a name of at most {_MOST_LETTERS} characters, all of them visible, is expected")
        return text

    def object(self, key: str, keys: Sequence[str]) -> _Object | None:
        """Returns an object, or None if there is none."""
        value = self.value.get(key)
        return None if value is None else _Object(value, f"{self.where}: {key}", keys)

    def objects(self, key: str, keys: Sequence[str], most: int) -> list[_Object]:
        """Returns a list of objects; an empty one if there is none."""
        value = self.value.get(key)
        value = [] if value is None else value
        if not isinstance(value, list) or len(value) > most:
            self._refuse(key, f"a list of at most {most:,} objects is expected")
        return [_Object(one, f"{self.where}: {key}, entry {number}", keys) for number, one in enumerate(value, 1)]

    def names(self, key: str, most: int) -> tuple[str, ...]:
        """Returns a list of different names, sorted; an empty one if there is none."""
        value = self.value.get(key)
        value = [] if value is None else value
        if not isinstance(value, list) or len(value) > most:
            self._refuse(key, f"a list of at most {most:,} names is expected")
        return tuple(sorted({_Object({key: one}, self.where, (key,)).name(key) for one in value}))

    def _refuse(self, key: str, expected: str) -> NoReturn:
        if key not in self.value:
            raise UserError(f"{self.where}: {key} is missing; {expected}.")
        raise UserError(f"{self.where}: {key} is {shown(self.value[key])}; {expected}.")


def shown(value: object) -> str:
    """Returns a JSON value as it is shown in a message."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if len(inner) > 3 or any(isinstance(one, dict | list) for one in inner):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(inner):,} entries"
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Makes an object of JSON's pairs, for ``object_pairs_hook``.

    Raises:
        ValueError: a key stands in it twice.
    """
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the key {json.dumps(name[:40], ensure_ascii=False)} stands in it twice")
        found[name] = value
    return found

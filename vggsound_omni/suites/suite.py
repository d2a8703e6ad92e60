"""What a suite is: items, their media, and what is known of their sound."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from vggsound_omni.errors import UserError
from vggsound_omni.wording import has_control as has_control
from vggsound_omni.wording import has_unseen as has_unseen
from vggsound_omni.wording import without_control as without_control


@dataclass(frozen=True, kw_only=True)
class SoundEvent:
    """One sounding act, or one span of a texture."""

    sound_class: str
    onset: float  # seconds from the start of the clip
    end: float  # seconds; a struck thing may ring on
    level_db: float = 0.0  # relative to the loudest source that the clip could have
    on_screen: bool = True
    discrete: bool = True  # an act with an onset; False: a texture (rain), whose truth is its span
    impact: bool = False  # something strikes something: sound and picture have a moment in common
    performed: bool = (
        False  # its source is not in the picture, which shows when it happens: as a foley artist performs it
    )


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where in the frame an impact shows: a disc, in fractions of the frame's height from its upper left corner."""

    sound_class: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True, kw_only=True)
class MusicTruth:
    """Music that nothing in the picture plays."""

    style: str
    level_db: float  # relative to the rest of the clip, both as RMS


@dataclass(frozen=True, kw_only=True)
class RoomTruth:
    """Where it sounds."""

    name: str
    rt60: float  # seconds until reverberation has fallen by 60 dB


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is known of an item's sound, as its maker or an annotator knows it."""

    events: tuple[SoundEvent, ...] = ()  # in order of onset
    contacts: tuple[Contact, ...] = ()
    music: MusicTruth | None = None
    room: RoomTruth | None = None
    silent: tuple[SoundEvent, ...] = ()  # acts that the picture shows and that make no sound
    forbidden: tuple[
        str, ...
    ] = ()  # classes that must not be heard: seen and silent, or seen where the text says another

    def until(self, seconds: float) -> Truth:
        """Returns what is known of the clip's first seconds: later events are left out, and the others end by then."""
        if all(event.end <= seconds for event in (*self.events, *self.silent)):
            return self
        heard, silent = (
            tuple(replace(event, end=min(event.end, seconds)) for event in events if event.onset < seconds)
            for events in (self.events, self.silent)
        )
        return replace(self, events=heard, silent=silent)

    @property
    def sources(self) -> int:
        """Count of classes that sound."""
        return len({event.sound_class for event in self.events})

    @property
    def visible_sources(self) -> int:
        """Count of classes that sound in the picture."""
        return len({event.sound_class for event in self.events if event.on_screen})


@dataclass(frozen=True, kw_only=True)
class Item:
    """One entry of a suite, as data: nothing is opened or rendered to make one."""

    id: str  # unique in the suite, safe as a file name
    stratum: str  # which part of the suite it belongs to; tracks choose by it
    duration: float  # seconds
    caption: str | None  # the benchmark's text
    captions: dict[str, str] = field(default_factory=dict)  # further captions by kind (``paraphrase``, ``label``)
    labels: tuple[str, ...] = ()  # classes heard
    has_video: bool = True
    has_audio: bool = True  # whether there is a reference recording
    provenance: dict[str, Any] = field(default_factory=dict)  # where it comes from, as JSON; part of the hash
    truth: Truth | None = None  # None if nobody knows

    def record(self) -> dict[str, Any]:
        """The item as JSON, with every field but its truth: what the hash of a whole suite has always been over."""
        fields = {name: value for name, value in vars(self).items() if name != "truth"}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}


@dataclass(frozen=True, kw_only=True)
class Media:
    """Where an item's files lie."""

    video: Path | None
    audio: Path | None  # the reference recording; may be the same file as the video


class Suite(Protocol):
    """A versioned, hashed list of items and the way to their media.

    A suite may have one more attribute, ``bandwidths``: the path of the file where it stores KAD's bandwidths
    (:mod:`vggsound_omni.suites.bandwidths`).
    """

    name: str
    version: str
    encoder_set: str  # which encoders its metrics use unless told otherwise: ``foleyworld`` or ``pretrained``

    def items(self) -> Sequence[Item]:
        """Returns every item, in the suite's order."""

    def media(self, item: Item) -> Media:
        """Returns the item's files; renders or fetches those that are not there yet.

        Raises:
            UserError: a file is missing or cannot be read.
        """

    def check(self, items: Sequence[Item]) -> None:
        """Checks that the files of these items can be read, before anything is generated.

        Raises:
            UserError: one sentence that names the file and where it is listed.
        """

    def media_version(self, item: Item) -> str:
        """Returns what identifies the content of an item's files: their hashes, or the version of what renders them.

        Raises:
            UserError: a file is missing or cannot be read.
        """


def unreadable(suite: Suite, items: Sequence[Item]) -> dict[str, str]:
    """Returns which of these items have files that cannot be used, by id, and why: one odd file costs one item."""
    try:
        suite.check(items)
    except UserError:
        found: dict[str, str] = {}
        for item in items:
            try:
                suite.check([item])
            except UserError as reason:
                found[item.id] = str(reason)
        return found
    return {}


def track_hash(suite: Suite, items: Sequence[Item], media_of: Sequence[Item] | None = None) -> str:
    """Returns the SHA-256 over a track's items and their truth, order included, and over the media of some of them.

    Items elsewhere in the suite have no part in it, so a suite may grow.

    Args:
        suite: says what identifies media.
        items: of the track.
        media_of: those of them whose media count, None: all; a file that cannot be read counts as such.
    """
    counted = {item.id for item in (items if media_of is None else media_of)}
    digest = hashlib.sha256()
    for item in items:
        known: dict[str, Any] = {"truth": _told(item.truth) if item.truth else None}
        if item.id in counted:
            known["media"] = _media_version(suite, item)
        digest.update(json.dumps(item.record() | known, sort_keys=True, ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _told(truth: Truth) -> dict[str, Any]:
    """The truth as JSON. What became sayable later is left out where it is not said, so that older hashes stay."""
    found = asdict(truth)
    events = [*found["events"], *found["silent"]]
    for event in events:
        if not event["performed"]:
            del event["performed"]
    return {name: value for name, value in found.items() if value or name not in ("silent", "forbidden")}


def _media_version(suite: Suite, item: Item) -> str:
    try:
        return suite.media_version(item)
    except UserError:
        return "unreadable"


def items_hash(items: Sequence[Item]) -> str:
    """SHA-256 over all items of a suite, order included: how results before schema 3 were identified."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(json.dumps(item.record(), sort_keys=True, ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()


_RESERVED = re.compile(
    r"(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$) *(\..*)?", re.IGNORECASE
)
"""Names of devices on Windows, with any ending."""


def check_id(item_id: str, where: str) -> None:
    """Refuses an id that cannot be a file name on every system.

    Raises:
        UserError: it cannot; names ``where`` it stands (file and line).
    """
    if not item_id:
        raise UserError(f"{where}: the id is empty; every item needs one.")
    if has_unseen(item_id) or any(c.isspace() and c != " " for c in item_id):
        raise UserError(f"{where}: the id {item_id[:80]!a} has characters that cannot be seen; remove them.")
    bad = any(c in '/\\:*?"<>|' for c in item_id)
    if bad or ".." in item_id or item_id[0] in ". " or item_id[-1] in ". " or len(item_id.encode()) > 200:
        raise UserError(
            f"{where}: the id {item_id[:80]!r} cannot be a file name; use letters, digits, '-', '_' and single dots, "
            "at most 200 bytes."
        )
    if _RESERVED.fullmatch(item_id):
        raise UserError(f"{where}: the id {item_id!r} is the name of a device on Windows; choose another.")


def check_unique(ids: Iterable[tuple[str, str]]) -> None:
    """Refuses ids that are equal, or are one file on some systems as they differ only in case or normalisation.

    Args:
        ids: each with where it stands, as ``FILE:LINE``.

    Raises:
        UserError: naming both places.
    """
    seen: dict[str, tuple[str, str]] = {}
    for item_id, where in ids:
        first_id, first = seen.setdefault(unicodedata.normalize("NFC", item_id).casefold(), (item_id, where))
        if first != where:
            same = "the same id" if first_id == item_id else f"only in case unlike {first_id!r}"
            raise UserError(
                f"{where}: the id {item_id!r} is {same} as in line {first.rpartition(':')[2]}; ids must be unique."
            )

"""What a suite is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from vggsound_omni.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Item:
    """One entry of a suite, as data: nothing is opened or rendered to make one."""

    id: str
    """Unique in the suite, safe as a file name."""
    stratum: str
    """Which part of the suite it belongs to; tracks choose by it."""
    duration: float
    """Seconds."""
    caption: str | None
    """The benchmark's text."""
    captions: dict[str, str] = field(default_factory=dict)
    """Further captions by kind (``paraphrase``, ``label``)."""
    labels: tuple[str, ...] = ()
    """Classes heard."""
    has_video: bool = True
    has_audio: bool = True
    """Whether there is a reference recording."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """Where it comes from and what is known of it, as JSON; part of the hash."""

    def record(self) -> dict[str, Any]:
        """The item as JSON, with every field."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


@dataclass(frozen=True, kw_only=True)
class Media:
    """Where an item's files lie."""

    video: Path | None
    audio: Path | None
    """The reference recording; may be the same file as the video."""


class Suite(Protocol):
    """A versioned, hashed list of items and the way to their media."""

    name: str
    version: str
    encoder_set: str
    """Which encoders its metrics use unless told otherwise: ``foleyworld`` or ``pretrained``."""

    def items(self) -> Sequence[Item]:
        """Every item, in the suite's order."""

    def media(self, item: Item) -> Media:
        """The item's files, rendered or fetched now where they are not there yet.

        Raises:
            UserError: a file is missing or cannot be read.
        """

    def check(self, items: Sequence[Item]) -> None:
        """Makes sure that the files of these items can be read, before anything is generated.

        Raises:
            UserError: one sentence that names the file and where it is listed.
        """


def items_hash(items: Sequence[Item]) -> str:
    """SHA-256 over the items as canonical JSON, order included: two suites are the same if this is."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(json.dumps(item.record(), sort_keys=True, ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def check_id(item_id: str, where: str) -> None:
    """Refuses an id that could not be a file name on every system.

    Raises:
        UserError: naming ``where`` (file and line) it stands.
    """
    if not item_id:
        raise UserError(f"{where}: the id is empty; every item needs one.")
    bad = sorted({c for c in item_id if c in '/\\:*?"<>|' or ord(c) < 32})
    if bad or ".." in item_id or item_id[0] in ". " or item_id[-1] in ". " or len(item_id.encode()) > 200:
        raise UserError(
            f"{where}: the id {item_id!r} cannot be a file name; use letters, digits, '-', '_' and single dots, "
            "at most 200 bytes."
        )

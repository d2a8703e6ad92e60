"""What a run is: its config, and the items chosen before anything is generated."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from vggsound_omni.errors import NotForTrackError, UserError, unknown_name
from vggsound_omni.io import content_sha256
from vggsound_omni.protocol import FITS, Fit, Task
from vggsound_omni.sharding import Shard
from vggsound_omni.suites import Suite, items_hash, open_suite
from vggsound_omni.suites.suite import Item, track_hash
from vggsound_omni.tracks import Track, load_track

PARTS = ("video", "text")
"""Parts of an item that a generator may be left without."""


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What identifies a run. A folder belongs to one of these."""

    suite: str
    track: str
    model: str
    arguments: dict[str, str]
    seed: int
    without: tuple[str, ...] = ()  # parts of each item that are withheld from the generator
    fit: tuple[Fit, ...] = ()  # what is done with sounds of another length than asked for


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """One generator on one track of one suite at one seed."""

    suite: str | Suite = "foleyworld"
    track: str | Track
    model: str
    name: str | None = None  # what the model is called in tables; None: as its card says, or the model string
    arguments: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    without: Sequence[str] = ()  # withhold "video" or "text" from the generator; the track's metrics stay
    fit: Sequence[Fit] = ()  # cut longer answers ("crop"), fill shorter ones with silence ("pad")
    limit: int | None = None  # the first N items of the track only; may grow from one call to the next in a folder
    batch_size: int | None = None  # requests given at once; None lets the generator say
    device: str | None = None  # where the model runs, for models that can be told; not part of a run's identity
    timeout: float = 600.0  # seconds an item may take
    retry_failed: bool = False  # try items again that failed before
    shard: Shard | None = None  # this worker's items; None: all of them
    output: Path

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise UserError(f"--limit is {self.limit}; it must be at least 1.")
        if self.batch_size is not None and self.batch_size < 1:
            raise UserError(f"--batch-size is {self.batch_size}; it must be at least 1.")
        for part in self.without:
            if part not in PARTS:
                raise unknown_name("part of an item to go without", part, PARTS)
        for fit in self.fit:
            if fit not in FITS:
                raise unknown_name("way to make a sound fit", fit, FITS)
        if not 0 <= self.seed < 2**32:
            raise UserError(f"--seed is {self.seed}; it must lie between 0 and 4294967295.")

    @property
    def config(self) -> RunConfig:
        """What identifies the run."""
        return RunConfig(
            suite=self.suite if isinstance(self.suite, str) else self.suite.name,
            track=self.track if isinstance(self.track, str) else self.track.name,
            model=self.model,
            arguments=dict(self.arguments),
            seed=self.seed,
            without=tuple(part for part in PARTS if part in self.without),
            fit=tuple(fit for fit in FITS if fit in self.fit),
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The items of a run."""

    suite: Suite
    track: Track
    items: Sequence[Item]  # those that are run, the first of the track's if there is a limit
    all_items: Sequence[Item]  # of the track
    limited: bool = False  # whether a limit was asked for

    @cached_property
    def items_sha256(self) -> str:
        """SHA-256 over the track's items and their media: what identifies them in a result.

        With a limit the media are left out, so that a trial need not read files that it does not run.
        """
        return self.records_sha256 if self.limited else track_hash(self.suite, self.all_items)

    @cached_property
    def records_sha256(self) -> str:
        """The same without media: a run's folder stays its own if a file changes, which costs that item alone."""
        return track_hash(self.suite, self.all_items, media_of=())

    def is_of(self, run: Mapping[str, Any]) -> bool:
        """Returns whether a folder's ``run.json`` is of these items; version 1 hashed the whole suite."""
        known = items_hash(self.suite.items()) if run["version"] == 1 else self.records_sha256
        return bool(run["items_sha256"] == known)


def make_plan(suite: str | Suite, track: str | Track, limit: int | None = None) -> Plan:
    """Chooses the items.

    Args:
        suite: a name, or a suite.
        track: a name, or a track.
        limit: the first N items only.

    Raises:
        UserError: no such suite or track, or no item with what the track needs.
    """
    track = load_track(track) if isinstance(track, str) else track
    suite = open_suite(suite) if isinstance(suite, str) else suite
    chosen = track.select(suite.items(), suite.name)
    return Plan(suite=suite, track=track, items=chosen[:limit], all_items=chosen, limited=limit is not None)


def remaining_task(track: Track, without: Sequence[str]) -> Task:
    """Returns the task of a track's requests when parts of each item are withheld.

    Raises:
        NotForTrackError: the track does not give such a part, or nothing would be left.
    """
    given = {"t2a": ("text",), "v2a": ("video",), "vt2a": PARTS}[track.task]
    if missing := [part for part in without if part not in given]:
        raise NotForTrackError(
            f"The track {track.name} gives no {missing[0]}, so it cannot be run without {missing[0]}."
        )
    left = [part for part in given if part not in without]
    if not left:
        raise NotForTrackError(
            f"Without {' and '.join(without)}, nothing of the track {track.name} is left to give to a generator."
        )
    return track.task if len(left) == len(given) else "v2a" if left == ["video"] else "t2a"


def item_seed(seed: int, item_id: str) -> int:
    """Returns the seed of one item, in [0, 2**32), from the run's seed and the item's id alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{item_id}".encode()).digest()[:4], "big")


def media_sha256(suite: Suite, item: Item) -> str:
    """Returns the SHA-256 over an item's video and recording, as they are now.

    Raises:
        UserError: one of them cannot be read.
    """
    media = suite.media(item)
    digest = hashlib.sha256()
    for kind, path in (("video", media.video), ("audio", media.audio)):
        if path is not None:
            try:
                digest.update(f"{kind} {content_sha256(path)}\n".encode())
            except OSError as error:
                raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
    return digest.hexdigest()

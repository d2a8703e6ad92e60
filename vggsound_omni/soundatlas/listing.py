"""Which clips a run of captions is about."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.sharding import Shard, shard_of
from vggsound_omni.suites.suite import Item, Suite, unreadable

from .clips import Clip

_AT_ONCE = 128
"""Clips whose files are checked, or rendered, between two lines of progress."""
_TOLD_EVERY = 10.0  # seconds


def clips_of(suite: Suite, limit: int | None, shard: Shard | None, tell: Callable[[str], object]) -> list[Clip]:
    """Returns the clips of a suite; those of other shards too, whose files are not looked at.

    A clip without a file of its own for the sound has it in its video.

    Args:
        suite: renders what is missing of its files.
        limit: the first so many only.
        shard: whose files are checked, and rendered if need be; None: all.
        tell: told now and then how far it is.

    Raises:
        UserError: there is no clip.
    """
    items = [item for item in suite.items() if item.has_audio or item.has_video]
    if bare := len(suite.items()) - len(items):
        tell(f"{bare} of {len(suite.items())} items are listed without a file and left out.")
    items = items[:limit]
    if not items:
        raise UserError(f"{suite.name} lists no files, so there is nothing to caption.")
    own = shard_of(items, shard)
    faults: dict[str, str] = {}
    said = time.monotonic()
    for start in range(0, len(own), _AT_ONCE):
        if time.monotonic() - said > _TOLD_EVERY:
            said = time.monotonic()
            tell(f"{start} of {len(own)} clips are ready to be captioned.")
        faults |= unreadable(suite, own[start : start + _AT_ONCE])
    ours = {item.id for item in own}
    return [_clip(suite, item, faults.get(item.id)) if item.id in ours else _elsewhere(item) for item in items]


def _clip(suite: Suite, item: Item, fault: str | None) -> Clip:
    if fault is not None:
        return Clip(id=item.id, audio=Path(), video=None, duration=item.duration, fault=fault)
    media = suite.media(item)
    sound = media.audio or media.video
    assert sound is not None, "the item has a file"
    return Clip(id=item.id, audio=sound, video=media.video, duration=item.duration)


def _elsewhere(item: Item) -> Clip:
    return Clip(id=item.id, audio=Path(), video=None, duration=item.duration)

"""FoleyWorld as a suite: items from scenes, media rendered on demand into the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.io import cache_dir
from vggsound_omni.media import write
from vggsound_omni.suites.suite import Item, Media

from .program import COUNTS, scene
from .record import SceneKey, record_missing, split_keys
from .scene import WORLD_VERSION, Scene


class FoleyWorld:
    """The bundled suite, ``foleyworld`` (its test split) or ``foleyworld:validation``."""

    encoder_set = "foleyworld"

    def __init__(self, split: str = "test") -> None:
        if split not in COUNTS:
            raise UserError(f'FoleyWorld has no split "{split}" to evaluate on; take one of {", ".join(COUNTS)}.')
        self.name = "foleyworld" if split == "test" else f"foleyworld:{split}"
        self.version = str(WORLD_VERSION)
        self._split = split

    def items(self) -> Sequence[Item]:
        """Every item of the split: ``main``, then ``natural``, then ``bgm``."""
        return _drawn(self._split)[0]

    def media(self, item: Item) -> Media:
        """The item's MP4 and WAV, rendered now if need be."""
        self.check([item])
        return Media(video=self.folder / f"{item.id}.mp4", audio=self.folder / f"{item.id}.wav")

    def check(self, items: Sequence[Item]) -> None:
        """Renders what is missing of these items, with a progress bar."""
        _, keys = _drawn(self._split)
        record_missing({item.id: keys[item.id] for item in items}, self.folder)

    @property
    def folder(self) -> Path:
        """Where this split's files lie. The name follows the code that makes them: none is ever stale."""
        return cache_dir() / "foleyworld" / f"{self.version}-{_code_hash()}" / self._split


@cache
def _drawn(split: str) -> tuple[tuple[Item, ...], dict[str, SceneKey]]:
    """The items of a split, and their keys by id; drawn once in a process."""
    drawn = {key: scene(*key) for key in split_keys(split)}
    return tuple(map(_item, drawn.values())), {found.id: key for key, found in drawn.items()}


def _item(scene: Scene) -> Item:
    return Item(
        id=scene.id,
        stratum=scene.stratum,
        duration=scene.duration,
        caption=scene.captions.dense,
        captions={"paraphrase": scene.captions.paraphrase, "label": scene.captions.label},
        labels=scene.labels,
        provenance={"world": scene.truth()},
    )


@cache
def _code_hash() -> str:
    digest = hashlib.sha256()
    for path in [*sorted(Path(__file__).parent.rglob("*.py")), Path(write.__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]

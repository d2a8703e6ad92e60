"""A suite that ``omni-bench data build`` made: a folder with a manifest, and where the media lie on this machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vggsound_omni.errors import UserError
from vggsound_omni.files import replacing
from vggsound_omni.paths import cache_dir

from .items import Item, Media
from .parquet import read_manifest

MANIFEST = "suite.parquet"
PLACES = "places.json"
"""Where each item's files lie on this machine; no part of the suite, and never published."""


def is_built(path: Path) -> bool:
    """Whether a path is that of a built suite: its folder or its manifest."""
    return path.suffix == ".parquet" or (path / MANIFEST).exists()


class BuiltSuite:
    """Implements :class:`~vggsound_omni.suites.items.Suite` for a built folder."""

    encoder_set = "pretrained"

    def __init__(self, path: Path) -> None:
        """Opens the folder, or the manifest in it.

        Raises:
            UserError: there is no manifest, or it was changed.
        """
        self.folder = path.parent if path.suffix == ".parquet" else path
        self.manifest = read_manifest(path if path.suffix == ".parquet" else path / MANIFEST)
        self.name = self.manifest.name
        self.version = self.manifest.version
        self._places: dict[str, dict[str, dict[str, Any]]] | None = None

    def items(self) -> Sequence[Item]:
        """Every item, in the manifest's order."""
        return self.manifest.items

    def media(self, item: Item) -> Media:
        """The item's files; one within a tar is copied to the cache first.

        Raises:
            UserError: the suite was published without media, or a file is missing.
        """
        return Media(
            video=self._path(item, "video") if item.has_video else None,
            audio=self._path(item, "audio") if item.has_audio else None,
        )

    def check(self, items: Sequence[Item]) -> None:
        """Makes sure that every file is there and of the size that was checked when the suite was built.

        Raises:
            UserError: the first file that is not, and how many more.
        """
        problems = [
            problem
            for item in items
            for kind in ("video", "audio")
            if getattr(item, f"has_{kind}") and (problem := self._problem(item, kind))
        ]
        if problems:
            more = f" Further files with problems: {len(problems) - 1}." if len(problems) > 1 else ""
            raise UserError(problems[0] + more)

    def place(self, item: Item, kind: str) -> dict[str, Any]:
        """Where a file lies: ``path``, and for one within a tar ``offset``, ``size`` and ``member``.

        Raises:
            UserError: this machine has no media for the item.
        """
        if self._places is None:
            path = self.folder / PLACES
            if not path.exists():
                raise UserError(
                    f"{self.folder}: is a manifest without media; join it with yours: "
                    f"omni-bench data join {self.folder} --media DIR --out DIR."
                )
            self._places = json.loads(path.read_text(encoding="utf-8"))
        found = self._places.get(item.id, {})
        # The reference is the video's own sound where there is no other file.
        place = found.get(kind) or found.get("video")
        if place is None:
            raise UserError(f'Item "{item.id}" of {self.folder} has no media on this machine; join the suite again.')
        return place

    def _problem(self, item: Item, kind: str) -> str | None:
        place = self.place(item, kind)
        path = self.folder / place["path"]
        if not path.is_file():
            return f'Item "{item.id}": {path} is not there any more; put it back or build the suite again.'
        size = path.stat().st_size
        changed = size < place["offset"] + place["size"] if place["member"] else size != place["size"]
        return f'Item "{item.id}": {path} has changed since the suite was built; build it again.' if changed else None

    def _path(self, item: Item, kind: str) -> Path:
        place = self.place(item, kind)
        if problem := self._problem(item, kind):
            raise UserError(problem)
        path = self.folder / place["path"]
        if not place["member"]:
            return path
        suffix = Path(place["member"]).suffix
        sha256 = item.provenance.get(f"{kind}_sha256") or f"{item.id}-{place['offset']}"
        copy = cache_dir() / "data" / f"{sha256}{suffix}"
        if not copy.exists() or copy.stat().st_size != place["size"]:
            with replacing(copy) as temporary, path.open("rb") as tar:
                tar.seek(place["offset"])
                temporary.write_bytes(tar.read(place["size"]))
        return copy

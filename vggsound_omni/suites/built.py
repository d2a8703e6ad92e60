"""Suites that ``omni-bench data build`` makes: a folder with a manifest and the places of its media on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vggsound_omni.errors import UserError
from vggsound_omni.progress import with_progress

from .parquet import read_manifest
from .places import PLACES, Place, cached_copy, read_places
from .suite import Item, Media

MANIFEST = "suite.parquet"
__all__ = ["MANIFEST", "PLACES", "BuiltSuite", "is_built"]


def is_built(name: str | Path) -> bool:
    """Returns whether a path is that of a built suite: its folder or its manifest."""
    path = Path(name)
    return path.suffix == ".parquet" or (path / MANIFEST).exists()


class BuiltSuite:
    """Implements :class:`~vggsound_omni.suites.suite.Suite` for a built folder, which may be a stranger's.

    A file is used only if its content has the hash in the manifest, whatever ``places.json`` says.
    """

    encoder_set = "pretrained"

    def __init__(self, path: str | Path) -> None:
        """Opens the folder, or the manifest in it.

        Raises:
            UserError: there is no manifest, it was changed, or it holds what no build writes.
        """
        path = Path(path)
        self.folder = path.parent if path.suffix == ".parquet" else path
        self.manifest = read_manifest(path if path.suffix == ".parquet" else path / MANIFEST)
        self.name = self.manifest.name
        self.bandwidths = self.folder / "bandwidths.json"
        self.version = self.manifest.version
        self._places: dict[str, dict[str, Place]] | None = None

    def items(self) -> Sequence[Item]:
        """Returns every item, in the manifest's order."""
        return self.manifest.items

    def media(self, item: Item) -> Media:
        """Returns the item's files, verified by hash; a file inside a tar is first copied to the cache.

        Raises:
            UserError: the suite was published without media, or a file is missing or was changed.
        """
        return Media(
            video=self._path(item, "video") if item.has_video else None,
            audio=self._path(item, "audio") if item.has_audio else None,
        )

    def check(self, items: Sequence[Item]) -> None:
        """Checks that every file has the content that the manifest promises.

        Files are hashed once in a process, over all cores, with a progress bar if it takes more than two seconds.

        Raises:
            UserError: the first file that does not, and how many more.
        """
        asked = [(item, kind) for item in items for kind in _kinds(item)]
        for item, kind in asked:
            self.place(item, kind)  # the folder's own faults first, without a thread
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            found = with_progress(pool.map(lambda one: self._problem(*one), asked), len(asked), "Hashing media")
            problems = [problem for problem in found if problem]
        if problems:
            more = f" Further files with problems: {len(problems) - 1}." if len(problems) > 1 else ""
            raise UserError(problems[0] + more)

    def media_version(self, item: Item) -> str:
        """Returns the SHA-256 of the item's files, as the manifest has them."""
        return " ".join(f"{kind}:{item.provenance[f'{kind}_sha256']}" for kind in _kinds(item)) or "no media"

    def place(self, item: Item, kind: str) -> Place:
        """Returns where a file lies; its path is absolute.

        Raises:
            UserError: this machine has no media for the item.
        """
        if self._places is None:
            self._places = read_places(self.folder)
        if self._places is None:
            raise UserError(
                f"{self.folder}: is a manifest without media; join it with yours: "
                f"omni-bench data join {self.folder} --media DIR --out DIR."
            )
        found = self._places.get(item.id, {})
        # The reference is the video's own sound where there is no other file.
        place = found.get(kind) or found.get("video")
        if place is None:
            raise UserError(f'Item "{item.id}" of {self.folder} has no media on this machine; join the suite again.')
        return place

    def _problem(self, item: Item, kind: str) -> str | None:
        try:
            place = self.place(item, kind)
            problem = place.problem()
            if problem is None and place.sha256() != item.provenance[f"{kind}_sha256"]:
                problem = (
                    f"{place.shown} is not the {kind} that the suite was built with; put it back or build it again."
                )
        except UserError as error:
            problem = str(error)
        return f'Item "{item.id}": {problem}' if problem else None

    def _path(self, item: Item, kind: str) -> Path:
        if problem := self._problem(item, kind):
            raise UserError(problem)
        place = self.place(item, kind)
        return cached_copy(place, item.provenance[f"{kind}_sha256"]) if place.member else Path(place.path)


def _kinds(item: Item) -> Iterator[str]:
    yield from (kind for kind in ("video", "audio") if getattr(item, f"has_{kind}"))

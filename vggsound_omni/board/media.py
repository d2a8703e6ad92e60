"""What a page shows and plays of items and rows: captions, pictures, sounds, spectrograms."""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from vggsound_omni.io import replacing
from vggsound_omni.media import copy_picture
from vggsound_omni.present.report.spectrogram import levels, png, shared_axes
from vggsound_omni.suites import open_suite
from vggsound_omni.suites.suite import Item, Suite

from .checks import known, suites
from .reading import LARGEST_SOUND, RefusedError, read_bytes
from .shelf import RECORDINGS, Shelf
from .sounds import decode, sample_ids
from .submission import Sample
from .table import BoardTable


@dataclass(frozen=True, kw_only=True)
class Listened:
    """An item whose sounds are published."""

    id: str
    caption: str
    picture: str | None  # path of its silent video, if the track gives one
    recording: Sample | None  # published with the oracle's row


class SiteMedia:
    """Captions and pictures of public suites, opened when they are first needed; those of others may not be shown."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._suites: dict[str, Suite] = {}

    def captions(self, table: BoardTable, ids: Sequence[str]) -> list[str]:
        """Returns a caption for each id; empty if it is not known."""
        items = self._items(table)
        return [(items[i].caption or "") if i in items else "" for i in ids]

    def listened(self, table: BoardTable) -> list[Listened]:
        """Returns the items whose sounds rows of a table publish, in the order that the suite's hash gives."""
        ids = sorted({item_id for row in table.rows for item_id in row.ids})
        recordings = next((e.row.samples for e in table.references if e.row.card.name in RECORDINGS), {})
        return [
            self._one(table, item_id, recordings.get(item_id))
            for item_id in sample_ids(table.track.name, table.items_sha256, ids)
        ]

    def _one(self, table: BoardTable, item_id: str, recording: Sample | None) -> Listened:
        item = self._items(table).get(item_id)
        if item is None:
            return Listened(id=item_id, caption=item_id, picture=None, recording=recording)
        target = self._folder / f"{item_id}.mp4"
        if table.track.task != "t2a" and not target.exists():
            video = self._suite(table.suite.name).media(item).video
            if video is not None:
                with tempfile.TemporaryDirectory(prefix="omni-bench-board-") as scratch:
                    shutil.copyfile(copy_picture(video, Path(scratch)), target)
        picture = f"pictures/{item_id}.mp4" if table.track.task != "t2a" and target.exists() else None
        return Listened(id=item_id, caption=item.caption or item_id, picture=picture, recording=recording)

    def _items(self, table: BoardTable) -> Mapping[str, Item]:
        """Returns the table's items by id; none of a suite that is not public, or has changed since."""
        if table.suite.name not in suites():
            return {}
        facts = known(table.suite.name, table.track.name)
        return facts.items if table.items_sha256 in (facts.items_sha256, facts.suite_sha256) else {}

    def _suite(self, name: str) -> Suite:
        return self._suites.setdefault(name, open_suite(name))


def write_sounds(shelf: Shelf, out: Path) -> Iterator[str]:
    """Copies each published sound and draws its spectrogram, once, in threads.

    Yields:
        A sentence for each sound that cannot be read; it is left out.
    """
    names = {s.sha256 for row in shelf.submissions.values() for s in row.samples.values()}
    missing = sorted(name for name in names if not (out / "spectra" / f"{name}.png").exists())
    problems: deque[str] = deque()

    def one(name: str) -> None:
        try:
            _write_sound(name, shelf.root, out)
        except RefusedError as error:
            problems.append(f"audio/{name}.opus: {error}")

    with ThreadPoolExecutor() as threads:
        deque(threads.map(one, missing), maxlen=0)
    yield from sorted(problems)


def _write_sound(name: str, leaderboard: Path, out: Path) -> None:
    content = read_bytes(leaderboard / "audio" / f"{name}.opus", LARGEST_SOUND)
    sound = decode(content)
    (out / "audio" / f"{name}.opus").write_bytes(content)
    picture = levels(sound, shared_axes([sound]))
    drawn = base64.b64decode(png(picture, max(float(picture.max()), -80.0)).partition(",")[2])
    # What is there is not drawn again, so it must be whole.
    with replacing(out / "spectra" / f"{name}.png") as temporary:
        temporary.write_bytes(drawn)

"""Builds the site: static pages that need no server and fetch nothing. Jinja escapes all that comes in."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
import tomllib
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing
from vggsound_omni.media import copy_picture
from vggsound_omni.metrics.catalogue import DESCRIBED
from vggsound_omni.present.report.spectrogram import levels, png, shared_axes
from vggsound_omni.present.tables import ARROWS, number
from vggsound_omni.suites import items_hash, open_suite
from vggsound_omni.suites.suite import Item, Suite

from .identity import older_keys
from .outcomes import why_unranked
from .plot import plot
from .reading import LARGEST_SOUND, read_bytes
from .shelf import Shelf, load
from .sounds import decode, sample_ids
from .submission import Submission
from .table import BoardTable, current, tables, to_csv, to_json, to_latex

_HERE = Path(__file__).parent
_WORLD = "foleyworld"
"""The one suite whose captions and pictures may be shown, as they are made here; those of others belong to others."""


@dataclass(frozen=True, kw_only=True)
class Listened:
    """An item whose sounds are published."""

    id: str
    caption: str
    picture: str | None


def build(leaderboard: Path, out: Path) -> int:
    """Writes the site.

    Args:
        leaderboard: as :mod:`.shelf` reads it.
        out: the folder; made, or its pages replaced. What else lies there stays.

    Returns:
        How many pages.

    Raises:
        UserError: a submission is not taken, or the folder holds something that is no site.
    """
    shelf = load(leaderboard)
    if out.exists() and any(out.iterdir()) and not (out / "board.css").exists():
        raise UserError(f"{out} is not empty and holds no board; choose another --out.")
    for folder in ("data", "audio", "spectra", "pictures"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for asset in (_HERE / "assets").iterdir():
        shutil.copyfile(asset, out / asset.name)
    pages = _Pages(out)
    found = tables(shelf.submissions, shelf.owners)
    world = _World(out / "pictures")
    for table in found:
        _table(pages, table, world)
    _sounds(shelf, out)
    return _others(pages, shelf, found, leaderboard)


class _Pages:
    """Writes pages from templates."""

    def __init__(self, out: Path) -> None:
        self.out, self.count = out, 0
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["number"] = number
        self._environment.globals |= {"arrows": ARROWS, "titles": {key: info.title for key, info in DESCRIBED.items()}}

    def write(self, template: str, name: str, **values: Any) -> None:  # noqa: ANN401 - whatever a template takes
        """One page."""
        self.text(name, self._environment.get_template(f"{template}.html.j2").render(**values))
        self.count += 1

    def text(self, name: str, words: str) -> None:
        """One file."""
        # Not through files.replacing: to wait for the disk after each of a thousand files takes longer than all else.
        (self.out / name).write_text(words, encoding="utf-8", newline="\n")


class _World:
    """Captions and pictures of the bundled suite, opened when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._suite: Suite | None = None
        self._items: dict[str, Item] = {}
        self._hash = ""

    def captions(self, table: BoardTable, ids: Sequence[str]) -> list[str]:
        """A caption for each id; empty where it is not known."""
        return [(item.caption or "") if (item := self._item(table, i)) else "" for i in ids]

    def listened(self, table: BoardTable, item_id: str) -> Listened:
        """An item with its picture, where the track gives one."""
        item, picture = self._item(table, item_id), None
        if item is not None and table.track.task != "t2a" and self._suite is not None:
            target = self._folder / f"{item_id}.mp4"
            if not target.exists():
                video = self._suite.media(item).video
                if video is not None:
                    with tempfile.TemporaryDirectory(prefix="omni-bench-board-") as scratch:
                        shutil.copyfile(copy_picture(video, Path(scratch)), target)
            picture = f"pictures/{item_id}.mp4" if target.exists() else None
        return Listened(id=item_id, caption=(item.caption if item else None) or item_id, picture=picture)

    def _item(self, table: BoardTable, item_id: str) -> Item | None:
        if table.suite.name != _WORLD:
            return None
        if self._suite is None:
            self._suite = open_suite(_WORLD)
            items = self._suite.items()
            self._items, self._hash = {item.id: item for item in items}, items_hash(items)
        return self._items.get(item_id) if table.suite.items_sha256 == self._hash else None


def _table(pages: _Pages, table: BoardTable, world: _World) -> None:
    rows = list(zip(table.rows, table.cells, table.unranked, strict=True))
    pages.write("table", f"table-{table.slug}.html", table=table, rows=rows)
    drawn = [one for column in range(len(table.metrics)) if (one := plot(table, column))]
    pages.write("plots", f"plots-{table.slug}.html", table=table, plots=drawn)
    for suffix, write in (("csv", to_csv), ("json", to_json), ("tex", to_latex)):
        pages.text(f"data/{table.slug}.{suffix}", write(table))
    ids = sorted({item_id for row in table.rows for item_id in row.ids})
    samples = [world.listened(table, item_id) for item_id in sample_ids(table.suite.items_sha256, ids)]
    pages.write("compare", f"compare-{table.slug}.html", table=table, samples=samples)
    head = {"slug": table.slug, "ids": ids, "captions": world.captions(table, ids)}
    pages.text(f"data/{table.slug}.items.js", f"const boardItems = {_script(head)};\nconst boardModels = {{}};\n")
    for index, row in enumerate(table.rows):
        pages.text(f"data/{table.slug}.{index}.js", f"boardModels[{index}] = {_script(_model(row, ids))};\n")


def _model(row: Submission, ids: Sequence[str]) -> dict[str, Any]:
    where, older = {item_id: k for k, item_id in enumerate(row.ids)}, older_keys(row)
    return {
        "label": row.label,
        "items": {
            key: [float(f"{column[where[i]]:.5g}") if i in where else None for i in ids]
            for key, column in row.items.items()
            if key not in older
        },
        "samples": {item_id: sample.model_dump() for item_id, sample in row.samples.items()},
    }


def _script(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _sounds(shelf: Shelf, out: Path) -> None:
    """Copies each published sound and draws its spectrogram, once; most of that runs outside Python's lock."""
    names = {s.sha256 for row in shelf.submissions.values() for s in row.samples.values()}
    missing = sorted(name for name in names if not (out / "spectra" / f"{name}.png").exists())
    with ThreadPoolExecutor() as threads:
        deque(threads.map(lambda name: _sound(name, shelf.root, out), missing), maxlen=0)


def _sound(name: str, leaderboard: Path, out: Path) -> None:
    content = read_bytes(leaderboard / "audio" / f"{name}.opus", LARGEST_SOUND)
    (out / "audio" / f"{name}.opus").write_bytes(content)
    sound = decode(content)
    picture = levels(sound, shared_axes([sound]))
    drawn = base64.b64decode(png(picture, max(float(picture.max()), -80.0)).partition(",")[2])
    with replacing(
        out / "spectra" / f"{name}.png"
    ) as temporary:  # what is there is not drawn again, so it must be whole
        temporary.write_bytes(drawn)


def _others(pages: _Pages, shelf: Shelf, found: Sequence[BoardTable], leaderboard: Path) -> int:
    by_model: dict[str, dict[str, Submission]] = {}
    for place, row in shelf.submissions.items():
        by_model.setdefault(f"{row.card.name}@{row.card.version}", {})[place] = row
    for name, rows in by_model.items():
        told = {place: (why_unranked(row, shelf.owners), older_keys(row)) for place, row in rows.items()}
        pages.write("model", f"model-{name}.html", card=next(iter(rows.values())).card, rows=rows, told=told)
    ranking = {row.place for row in current(shelf.submissions)}
    states = [(row, _state(row, ranking, shelf)) for row in shelf.submissions.values()]
    pages.write(
        "history", "history.html", rows=sorted(states, key=lambda one: (one[0].day, one[0].label), reverse=True)
    )
    pages.write("print", "print.html", parts=_printed(leaderboard / "print.toml"))
    cards = {name: next(iter(rows.values())).card for name, rows in sorted(by_model.items())}
    pages.write("index", "index.html", tables=found, models=cards)
    return pages.count


def _state(row: Submission, ranking: set[str], shelf: Shelf) -> str:
    if row.withdrawn:
        return f"withdrawn on {row.withdrawn.day}: {row.withdrawn.reason}"
    if row.place not in ranking:
        return "superseded"
    why = why_unranked(row, shelf.owners)
    return f"does not rank: {why}" if why else "ranks"


def _printed(path: Path) -> list[Mapping[str, Any]]:
    """Figures that others printed; none where there is no such file."""
    if not path.exists():
        return []
    parts: list[Mapping[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["part"]
    return parts

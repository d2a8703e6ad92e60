"""Builds the site: static pages that need no server and fetch nothing.

A file that is not in order is told of in a sentence and left out; all else is built.
"""

from __future__ import annotations

import gc
import json
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from vggsound_omni.errors import UserError
from vggsound_omni.listening import human
from vggsound_omni.listening.human import HumanTable

from . import private
from .against import pairs, row_data
from .exports import to_csv, to_json, to_latex
from .identity import older_keys
from .media import Listened, SiteMedia, write_sounds
from .pages import HERE, Pages
from .shelf import Shelf, load
from .strip import scale, ticks
from .submission import Submission
from .table import BoardTable, Entry, tables

LEADERS = 4
"""Models of a track on the start page."""


class Built(NamedTuple):
    """What came of building a site."""

    pages: int
    problems: tuple[str, ...]  # what was left out, a sentence each


def build(leaderboard: Path, out: Path) -> Built:
    """Writes the site.

    Args:
        leaderboard: as :mod:`.shelf` reads it.
        out: the folder; made, or its pages replaced. What else lies there stays.

    Raises:
        UserError: it is no leaderboard, its list of owners cannot be read, or ``out`` holds something that is no site.
    """
    with _without_collection():
        return _build(leaderboard, out)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Rows are a million objects without cycles, and looking for cycles among them takes an eighth of a build."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _build(leaderboard: Path, out: Path) -> Built:
    shelf = load(leaderboard)
    if out.exists() and any(out.iterdir()) and not (out / "board.css").exists():
        raise UserError(f"{out} is not empty and holds no board; choose another --out.")
    for folder in ("data", "audio", "spectra", "pictures"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for kind in ("track", "compare", "model"):  # of rows that may be gone
        for page in out.glob(f"{kind}-*.html"):
            page.unlink()
    for asset in (HERE / "assets").iterdir():
        shutil.copyfile(asset, out / asset.name)
    splits, damaged = private.readable(leaderboard)
    problems = [*shelf.sentences, *damaged, *write_sounds(shelf, out)]
    heard = {path.stem for path in (out / "spectra").glob("*.png")}
    pages, media = Pages(out), SiteMedia(out / "pictures")
    site = _Site(pages, media, tables(shelf.submissions, shelf.owners), splits, heard)
    for table in site.tables:
        site.track(table)
    site.models(shelf)
    problems += site.others(shelf)
    return Built(pages=pages.count, problems=tuple(problems))


class _Site:
    """The pages, and what several of them show."""

    def __init__(
        self,
        pages: Pages,
        media: SiteMedia,
        found: Sequence[BoardTable],
        splits: Sequence[private.Rows],
        heard: set[str],
    ) -> None:
        self.tables, self.splits = found, splits
        self._pages, self._media, self._heard = pages, media, heard
        self.scales = {table.slug: [scale(table, column) for column in range(len(table.columns))] for table in found}
        self._listened: dict[str, list[Listened]] = {}
        self._ticks: dict[tuple[str, tuple[int, ...]], list[list[tuple[str, int]]]] = {}
        self._private = {
            (track, row.card.name, row.card.version) for _, tracks in splits for track, rows in tracks for row in rows
        }

    def proof(self, row: Submission) -> str:
        """Returns what a row proves in a word: "private" if the model was also scored on a private split."""
        if (row.track, row.card.name, row.card.version) in self._private:
            return "private"
        return "claimed" if row.claimed else "rescored"

    def listened(self, table: BoardTable) -> list[Listened]:
        """Returns the items of a table whose sounds are published."""
        if table.slug not in self._listened:
            self._listened[table.slug] = self._media.listened(table)
        return self._listened[table.slug]

    def track(self, table: BoardTable) -> None:
        """Writes a table, its exports, and the page that compares its rows."""
        there = [(split, rows) for split, tracks in self.splits for track, rows in tracks if track == table.track.name]
        self._pages.write(
            "track",
            f"track-{table.slug}.html",
            table=table,
            scales=self.scales[table.slug],
            ticks=self.ticks(table),
            proof=self.proof,
            private=there if table.suite.name == "foleyworld" else [],
        )
        for suffix, write in (("csv", to_csv), ("json", to_json), ("tex", to_latex)):
            self._pages.text(f"data/{table.slug}.{suffix}", write(table))
        ids = sorted({item_id for row in table.rows for item_id in row.ids})
        self._pages.write("compare", f"compare-{table.slug}.html", table=table, samples=self.listened(table))
        head = {
            "slug": table.slug,
            "ids": ids,
            "captions": self._media.captions(table, ids),
            "metrics": [
                {"key": one.key, "title": one.title, "unit": one.unit, "better": one.better, "items": one.per_item}
                for one in table.columns
            ],
            "heard": sorted({s.sha256 for row in table.rows for s in row.samples.values()} & self._heard),
        }
        script = f"const boardItems = {_script(head)};\nconst boardModels = {{}};\n"
        self._pages.text(f"data/{table.slug}.items.js", script)
        for index, against in enumerate(pairs(table)):
            data = row_data(table, index, ids) | {"against": against}
            self._pages.text(f"data/{table.slug}.{index}.js", f"boardModels[{index}] = {_script(data)};\n")

    def ticks(self, table: BoardTable, *width: int) -> list[list[tuple[str, int]]]:
        """Returns the reference lines of each column that lie between its ends: their names and places."""
        if (table.slug, width) not in self._ticks:
            self._ticks[table.slug, width] = [
                [] if along is None else ticks(table, column, along, *width)
                for column, along in enumerate(self.scales[table.slug])
            ]
        return self._ticks[table.slug, width]

    def models(self, shelf: Shelf) -> None:
        """Writes a page for each model and version."""
        by_model: dict[str, dict[str, Submission]] = {}
        for place, row in shelf.submissions.items():
            by_model.setdefault(f"{row.card.name}@{row.card.version}", {})[place] = row
        entries = {entry.row.place: (table, entry) for table in self.tables for entry in table.entries}
        for name, rows in by_model.items():
            parts = [self._part(row, *entries.get(place, (None, None))) for place, row in rows.items()]
            order = {table.track.name: k for k, table in enumerate(self.tables)}
            parts.sort(key=lambda part: order.get(part["row"].track, len(order)))
            card = next(iter(rows.values())).card
            versions = sorted(other for other in by_model if other.startswith(f"{card.name}@") and other != name)
            self._pages.write(
                "model", f"model-{name}.html", card=card, parts_=parts, versions=versions, proof=self.proof,
                heard=self._heard,
            )  # fmt: skip

    def _part(self, row: Submission, table: BoardTable | None, entry: Entry | None) -> dict[str, Any]:
        """Returns what a model's page shows of one row; ``table`` is None if it stands in none."""
        return {
            "row": row,
            "table": table,
            "entry": entry,
            "older": older_keys(row),
            "scales": self.scales[table.slug] if table else [],
            "ticks": self.ticks(table, 240) if table else [],
            "samples": self.listened(table) if table else [],
        }

    def others(self, shelf: Shelf) -> list[str]:
        """Writes the pages that are there once, and returns what was left out of them, a sentence each."""
        write, problems = self._pages.write, []
        unranked = {
            row.place: "reference line" if line else f"does not rank: {why}" if why else "ranks"
            for table in self.tables
            for row, why, line in zip(table.rows, table.unranked, table.lines, strict=True)
        }
        states = [(row, _state(row, unranked)) for row in shelf.submissions.values()]
        states.sort(key=lambda one: (one[0].day, one[0].label), reverse=True)
        write("history", "history.html", rows=states, proof=self.proof)
        parts: list[Mapping[str, Any]] = []
        try:
            parts = _of_papers(shelf.root / "print.toml")
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
            problems.append(f"print.toml: It cannot be read: {str(error).splitlines()[0]}.")
        write("papers", "papers.html", parts=parts)
        write("private", "private.html", splits=self.splits)
        listened, damaged = human.published(shelf.root)
        problems += damaged
        boards = {(table.suite.name, table.track.name, table.items_sha256): table for table in self.tables}
        write("human", "human.html", studies=[(one, boards.get(_asked(one))) for one in listened])
        write("method", "method.html", tables=self.tables)
        cards = [
            (table, self.scales[table.slug], [e for e in table.models if e.unranked is None][:LEADERS])
            for table in self.tables
        ]
        models = {f"{row.card.name}@{row.card.version}": row.card for row in shelf.submissions.values()}
        first = next(((table, self.listened(table)) for table in self.tables if table.models), None)
        write(
            "index", "index.html", cards=cards, proof=self.proof, hear=self._hear(first),
            models=dict(sorted(models.items())),
        )  # fmt: skip
        return problems

    def _hear(self, first: tuple[BoardTable, list[Listened]] | None) -> dict[str, Any] | None:
        """Returns an item, its recording, and the best model's sound of it, for the start page."""
        if first is None:
            return None
        table, samples = first
        entry = next((one for one in table.models if one.unranked is None), table.models[0])
        for one in samples:
            sample = entry.row.samples.get(one.id)
            if sample and one.recording and {sample.sha256, one.recording.sha256} <= self._heard:
                return {"table": table, "entry": entry, "item": one, "sample": sample}
        return None


def _asked(study: HumanTable) -> tuple[str, str, str]:
    """Returns what the systems of a study were asked for, as tables tell it."""
    return study.suite, study.track, study.items_sha256


def _script(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _state(row: Submission, standing: Mapping[str, str]) -> str:
    """Returns what has become of a row.

    Args:
        row: any that was published.
        standing: by place of the rows that stand in a table.
    """
    if row.withdrawn:
        return f"withdrawn on {row.withdrawn.day}: {row.withdrawn.reason}"
    return standing.get(row.place, "superseded")


def _of_papers(path: Path) -> list[Mapping[str, Any]]:
    """Reads the figures that others published; none if there is no such file."""
    if not path.exists():
        return []
    parts: list[Mapping[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["part"]
    return parts

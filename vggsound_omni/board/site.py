"""Builds the site: static pages that need no server and fetch nothing. Jinja escapes all that it is given."""

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

from vggsound_omni.analysis.words import estimate
from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing
from vggsound_omni.media import copy_picture
from vggsound_omni.metrics import title_of
from vggsound_omni.present.report.spectrogram import levels, png, shared_axes
from vggsound_omni.present.tables import ARROWS
from vggsound_omni.runs.result import Score
from vggsound_omni.suites import open_suite
from vggsound_omni.suites.suite import Item, Suite

from . import private
from .checks import known, suites
from .exports import to_csv, to_json, to_latex
from .identity import older_keys
from .plot import plot
from .reading import LARGEST_SOUND, read_bytes
from .shelf import Shelf, load
from .sounds import decode, sample_ids
from .submission import Submission
from .table import BoardTable, tables

_HERE = Path(__file__).parent


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
    media = _Media(out / "pictures")
    for table in found:
        _table(pages, table, media)
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
        self._environment.filters |= {"brief": _brief, "estimate": _estimate}
        self._environment.globals |= {"arrows": ARROWS, "title_of": title_of}

    def write(self, template: str, name: str, **values: Any) -> None:  # noqa: ANN401 - whatever a template takes
        """Writes one page."""
        self.text(name, self._environment.get_template(f"{template}.html.j2").render(**values))
        self.count += 1

    def text(self, name: str, words: str) -> None:
        """Writes one file."""
        # Not through replacing(): waiting for the disk after each of a thousand files would take longer than all else.
        (self.out / name).write_text(words, encoding="utf-8", newline="\n")


def _brief(number: float) -> str:
    """Returns a number with three significant digits."""
    return estimate(number)[0]


def _estimate(score: Score) -> tuple[str, str]:
    """Returns an estimate and its interval as text, or a dash or why there is no value."""
    if score.estimate is None:
        return "–" if score.value is not None else score.status.replace("_", " "), ""
    return estimate(score.estimate, score.interval)


class _Media:
    """Captions and pictures of public suites, opened when they are first needed; those of others may not be shown."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._suites: dict[str, Suite] = {}

    def captions(self, table: BoardTable, ids: Sequence[str]) -> list[str]:
        """Returns a caption for each id; empty if it is not known."""
        items = self._items(table)
        return [(items[i].caption or "") if i in items else "" for i in ids]

    def listened(self, table: BoardTable, item_id: str) -> Listened:
        """Returns an item with its picture, if the track gives one."""
        item = self._items(table).get(item_id)
        if item is None:
            return Listened(id=item_id, caption=item_id, picture=None)
        target = self._folder / f"{item_id}.mp4"
        if table.track.task != "t2a" and not target.exists():
            video = self._suite(table.suite.name).media(item).video
            if video is not None:
                with tempfile.TemporaryDirectory(prefix="omni-bench-board-") as scratch:
                    shutil.copyfile(copy_picture(video, Path(scratch)), target)
        picture = f"pictures/{item_id}.mp4" if table.track.task != "t2a" and target.exists() else None
        return Listened(id=item_id, caption=item.caption or item_id, picture=picture)

    def _items(self, table: BoardTable) -> Mapping[str, Item]:
        """Returns the table's items by id; none of a suite that is not public, or has changed since."""
        if table.suite.name not in suites():
            return {}
        facts = known(table.suite.name, table.track.name)
        return facts.items if table.items_sha256 in (facts.items_sha256, facts.suite_sha256) else {}

    def _suite(self, name: str) -> Suite:
        return self._suites.setdefault(name, open_suite(name))


def _table(pages: _Pages, table: BoardTable, media: _Media) -> None:
    rows = list(zip(table.rows, table.cells, table.unranked, strict=True))
    anchored = any(cell.anchors for cells in table.cells for cell in cells)
    pages.write("table", f"table-{table.slug}.html", table=table, rows=rows, anchored=anchored)
    drawn = [one for column in range(len(table.columns)) if (one := plot(table, column))]
    pages.write("plots", f"plots-{table.slug}.html", table=table, plots=drawn)
    for suffix, write in (("csv", to_csv), ("json", to_json), ("tex", to_latex)):
        pages.text(f"data/{table.slug}.{suffix}", write(table))
    ids = sorted({item_id for row in table.rows for item_id in row.ids})
    samples = [media.listened(table, item_id) for item_id in sample_ids(table.track.name, table.items_sha256, ids)]
    pages.write("compare", f"compare-{table.slug}.html", table=table, samples=samples)
    head = {"slug": table.slug, "ids": ids, "captions": media.captions(table, ids)}
    pages.text(f"data/{table.slug}.items.js", f"const boardItems = {_script(head)};\nconst boardModels = {{}};\n")
    for index, row in enumerate(table.rows):
        pages.text(f"data/{table.slug}.{index}.js", f"boardModels[{index}] = {_script(_model(row, ids))};\n")


def _model(row: Submission, ids: Sequence[str]) -> dict[str, Any]:
    where, older = {item_id: k for k, item_id in enumerate(row.ids)}, older_keys(row)
    return {
        "label": row.label,
        "items": {
            key: [_short(column[where[i]]) if i in where else None for i in ids]
            for key, column in row.items.items()
            if key not in older
        },
        "samples": {item_id: sample.model_dump() for item_id, sample in row.samples.items()},
    }


def _short(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.5g}")


def _script(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _sounds(shelf: Shelf, out: Path) -> None:
    """Copies each published sound and draws its spectrogram, once, in threads."""
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
    # What is there is not drawn again, so it must be whole.
    with replacing(out / "spectra" / f"{name}.png") as temporary:
        temporary.write_bytes(drawn)


def _others(pages: _Pages, shelf: Shelf, found: Sequence[BoardTable], leaderboard: Path) -> int:
    by_model: dict[str, dict[str, Submission]] = {}
    for place, row in shelf.submissions.items():
        by_model.setdefault(f"{row.card.name}@{row.card.version}", {})[place] = row
    unranked = {row.place: why for table in found for row, why in zip(table.rows, table.unranked, strict=True)}
    for name, rows in by_model.items():
        told = {place: (unranked.get(place), older_keys(row)) for place, row in rows.items()}
        pages.write("model", f"model-{name}.html", card=next(iter(rows.values())).card, rows=rows, told=told)
    states = [(row, _state(row, unranked)) for row in shelf.submissions.values()]
    pages.write(
        "history", "history.html", rows=sorted(states, key=lambda one: (one[0].day, one[0].label), reverse=True)
    )
    pages.write("papers", "papers.html", parts=_of_papers(leaderboard / "print.toml"))
    pages.write("private", "private.html", splits=private.splits(leaderboard))
    cards = {name: next(iter(rows.values())).card for name, rows in sorted(by_model.items())}
    pages.write("index", "index.html", tables=found, models=cards)
    return pages.count


def _state(row: Submission, unranked: Mapping[str, str | None]) -> str:
    """Returns what has become of a row.

    Args:
        row: any that was published.
        unranked: by place of the rows that stand in a table, why they have no rank.
    """
    if row.withdrawn:
        return f"withdrawn on {row.withdrawn.day}: {row.withdrawn.reason}"
    if row.place not in unranked:
        return "superseded"
    why = unranked[row.place]
    return f"does not rank: {why}" if why else "ranks"


def _of_papers(path: Path) -> list[Mapping[str, Any]]:
    """Reads the figures that others published; none if there is no such file."""
    if not path.exists():
        return []
    parts: list[Mapping[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["part"]
    return parts

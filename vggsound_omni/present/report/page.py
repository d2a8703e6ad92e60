"""Renders a result and its clips as HTML. The template engine escapes all text that comes from outside."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from vggsound_omni.analysis.words import number
from vggsound_omni.metrics import metric_of, title_of
from vggsound_omni.present.tables import ANCHOR_NOTE, ARROWS, SHARE_NOTE, Cell, score_tables
from vggsound_omni.runs.result import Result
from vggsound_omni.suites.suite import Item
from vggsound_omni.tracks import Track

from .additions import Addition
from .banners import banners
from .histogram import Histogram, histogram
from .order import Order, direction, item_metrics
from .spectrogram import RANGE_DB, Axes
from .timeline import Timeline

_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One sound of a clip."""

    moving: bool  # whether its file has a video stream
    source: str  # data: URI of an MP4
    picture: str  # data: URI of its spectrogram


@dataclass(frozen=True, kw_only=True)
class Clip:
    """An item with its players."""

    item: Item
    generated: Panel | None
    reference: Panel | None
    poster: str | None  # data: URI of a still image
    axes: Axes | None
    top_db: float  # level of the brightest colour, dB relative to a full-scale sine
    problems: tuple[str, ...]
    truth: Timeline | None = None  # what should sound, without what does
    timeline: Timeline | None = None  # the same with what the ear heard

    @property
    def bytes(self) -> int:
        """Its approximate size in the page."""
        panels = [panel for panel in (self.generated, self.reference) if panel]
        return 6000 + len(self.poster or "") + sum(len(panel.source) + len(panel.picture) for panel in panels)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The items that are played."""

    worst: tuple[Clip, ...]
    others: tuple[Clip, ...]
    full: bool  # whether items were left out because the page was full


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of numbers in the list of items."""

    key: str
    title: str
    arrow: str
    unit: str
    worst: str  # direction that puts the worst first: "descending" if lower is better
    decimals: int | None = None  # None formats the number as in the tables of scores

    def text(self, value: float | None) -> str:
        """Formats a number of this column."""
        if value is None:
            return "–"
        return number(value) if self.decimals is None else f"{value:.{self.decimals}f}"


@dataclass(frozen=True, kw_only=True)
class Line:
    """An item in the list."""

    item: Item
    failure: str | None
    values: tuple[float | None, ...]  # one per column
    sound: str | None  # its sound's address, relative to the page


def render(
    result: Result, items: Sequence[Item], track: Track, order: Order, shown: Shown, added: Sequence[Addition] = ()
) -> str:
    """Returns the page. Its policy allows only the page's own script and style, by hash, and fetches nothing."""
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": number, "json": _json}
    columns = _columns(result, track)
    clips = (*shown.worst, *shown.others)
    return environment.get_template("page.html.j2").render(
        policy=(
            "default-src 'none'; img-src data:; media-src data:; "
            f"style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
        ),
        style=Markup(style),  # noqa: S704 - files of this package
        script=Markup(script),  # noqa: S704
        result=result,
        banners=banners(result),
        additions=added,
        called=result.model.get("label") or result.model.get("name") or "unnamed",
        track=track,
        given={"t2a": "the caption", "v2a": "the silent video", "vt2a": "the silent video and the caption"}[track.task],
        table=score_tables([result])[0],
        anchor_note=ANCHOR_NOTE,
        share_note=SHARE_NOTE,
        part_of=lambda stratum, key: _part(result, stratum, key),
        strata=sorted(result.strata) if len(result.strata) > 1 else [],
        histograms=_histograms(result),
        columns=columns,
        lines=_lines(result, items, order, columns),
        total=len(items),
        order=order,
        deciding=title_of(order.key, result.encoder_set) if order.key else None,
        shown=shown,
        places={clip.item.id: f"clip-{i}" for i, clip in enumerate(clips, 1)},
        scores_of=lambda item_id: [
            (c, result.items.get(item_id, {}).get(c.key)) for c in columns if c.key not in _SIGNAL
        ],
        range_db=RANGE_DB,
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )


_LISTED = 20_000
"""Lines of the list; with more of them a browser is slow."""
_SIGNAL = {
    "seconds": Column(key="seconds", title="length", arrow="", unit="s", worst="ascending", decimals=2),
    "rms_dbfs": Column(key="rms_dbfs", title="RMS", arrow="", unit="dBFS", worst="ascending", decimals=1),
    "peak_dbfs": Column(key="peak_dbfs", title="peak", arrow="", unit="dBFS", worst="descending", decimals=1),
    "clipped": Column(
        key="clipped", title="clipped", arrow="", unit="share of samples", worst="descending", decimals=4
    ),
}


def _part(result: Result, stratum: str, key: str) -> Cell | None:
    score = result.strata[stratum].get(key)
    return Cell(score=score, best=False) if score else None


def _columns(result: Result, track: Track) -> list[Column]:
    columns = []
    for key in item_metrics(result, track.headline):
        info, way = metric_of(key), direction(result, key)
        score = result.scores.get(key)
        columns.append(
            Column(
                key=key,
                title=title_of(key, result.encoder_set),
                arrow=ARROWS["higher" if way == "higher" else "lower" if way == "lower" else None],
                unit=(score.unit if score else None) or (info.unit if info else ""),
                worst="descending" if way == "lower" else "ascending",
            )
        )
    return columns + list(_SIGNAL.values())


def _lines(result: Result, items: Sequence[Item], order: Order, columns: Sequence[Column]) -> list[Line]:
    """Returns the first lines of the list: worst items first, those without sound last."""
    by_id = {item.id: item for item in items}
    failures = {failure.id: f"{failure.rule}: {failure.reason}" for failure in result.failures}
    ordered = set(order.ids)
    rest = [item_id for item_id in by_id if item_id not in ordered]
    lines = []
    for item_id in [*order.ids, *rest][:_LISTED]:
        signal = result.signals.get(item_id)
        numbers = result.items.get(item_id, {}) | (signal.model_dump() if signal else {})
        lines.append(
            Line(
                item=by_id[item_id],
                failure=failures.get(item_id),
                values=tuple(numbers.get(column.key) for column in columns),
                sound=f"audio/{quote(item_id)}.flac" if signal else None,
            )
        )
    return lines


def _histograms(result: Result) -> dict[str, Histogram]:
    return {
        key: drawn
        for key in item_metrics(result)
        if (drawn := histogram([scores[key] for scores in result.items.values() if key in scores]))
    }


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

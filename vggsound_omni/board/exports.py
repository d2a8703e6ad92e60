"""A table of the board for spreadsheets, for programs and for papers."""

from __future__ import annotations

import csv
import io
import json

from vggsound_omni.present.formats import latex
from vggsound_omni.present.tables import ARROWS
from vggsound_omni.runs.result import Anchors

from .table import BoardTable, Cell, Entry

JSON_VERSION = 4
"""4: models first, the best of them first, and reference lines, which have no rank."""
_FIELDS = (
    *("model", "version", "suite", "suite_version", "items_sha256", "encoder_set", "track", "metric"),
    *("value", "estimate", "low", "high", "bias", "unit", "direction", "n", "rank", "lowest_rank", "checkpoint_sha256"),
    *("chance", "ceiling", "share", "share_low", "share_high", "above"),
    *("scored", "planned", "unranked", "reference_line"),
)


def to_csv(table: BoardTable) -> str:
    """Returns one line for each row and metric, numbers in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(_FIELDS)
    for entry in table.entries:
        s, cells = entry.row, entry.cells
        suite = (s.suite.name, s.suite.version, s.items_sha256, s.encoder_set)
        items = (s.counts.scored, s.counts.planned, entry.unranked, entry.line)
        for column, cell in zip(table.columns, cells, strict=True):
            low, high = cell.score.interval or (None, None)
            place = (cell.place.rank, cell.place.lowest) if cell.place else (None, None)
            numbers = (cell.score.value, cell.score.estimate, low, high, cell.score.bias)
            kind = (column.unit, column.better, cell.score.n)
            writer.writerow(
                [
                    *(s.card.name, s.card.version, *suite, s.track, column.key, *numbers, *kind, *place),
                    *(cell.score.checkpoint_sha256, *_anchors(cell), *items),
                ]
            )
    return out.getvalue()


def _anchors(cell: Cell) -> tuple[float | bool | None, ...]:
    anchors = cell.anchors or Anchors()
    chance, ceiling = (one.estimate if one else None for one in (anchors.chance, anchors.ceiling))
    return chance, ceiling, anchors.share, *(anchors.share_interval or (None, None)), anchors.above


def to_json(table: BoardTable) -> str:
    """Returns the table with everything that identifies it."""
    rows = [
        {
            "card": entry.row.card.model_dump(mode="json"),
            "who": entry.row.who.model_dump(),
            "seed": entry.row.seed,
            "counts": entry.row.counts.model_dump(),
            "unranked": entry.unranked,
            "reference_line": entry.line,
            "scores": {
                column.key: cell.score.model_dump(mode="json")
                | {"rank": cell.place.rank if cell.place else None, "lowest": cell.place.lowest if cell.place else None}
                | {"anchors": cell.anchors.model_dump(mode="json") if cell.anchors else None}
                for column, cell in zip(table.columns, entry.cells, strict=True)
                if not cell.absent
            },
        }
        for entry in table.entries
    ]
    head = {
        "version": JSON_VERSION,
        "suite": table.suite.model_dump(),
        "track": table.track.name,
        "items_sha256": table.items_sha256,
        "encoder_set": table.encoder_set,
        "kit": table.kit,
        "headline": None if table.headline is None else table.columns[table.headline].key,
    }
    return json.dumps(head | {"rows": rows}, separators=(",", ":"), ensure_ascii=False) + "\n"


def to_latex(table: BoardTable) -> str:
    """Returns a ``tabular`` of estimates with their intervals; needs the packages booktabs and xcolor.

    Bold is what no model is shown to be better than, grey a value without an estimate, chance, or ceiling.
    """
    titles = (f"{one.title} {ARROWS.get(one.better, '')}" for one in table.columns)

    def words(cell: Cell) -> str:
        if cell.grey:
            return rf"\textcolor{{gray}}{{{cell.text}}}"
        text = rf"\textbf{{{cell.text}}}" if cell.best else cell.text
        return rf"{text} {{\scriptsize {cell.interval}}}" if cell.interval else text

    def line(entry: Entry) -> str:
        return " & ".join([latex(entry.row.label), *map(words, entry.cells)]) + r" \\"

    def beside(which: str) -> str:
        found = [table.anchor(column, which) for column in range(len(table.columns))]
        return " & ".join([which, *(rf"\textcolor{{gray}}{{{one}}}" if one else "" for one in found)]) + r" \\"

    anchored = any(cell.anchors for row in table.cells for cell in row)
    lines = [
        " & ".join(["model", *map(latex, titles)]) + r" \\",
        r"\midrule",
        *(line(entry) for entry in table.models),
        *([r"\midrule", *(line(entry) for entry in table.references)] if table.references else []),
        *([r"\midrule", beside("chance"), beside("ceiling")] if anchored else []),
    ]
    begin = rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}"
    return "\n".join([begin, r"\toprule", *lines, r"\bottomrule", r"\end{tabular}", ""])

"""A table of the board for spreadsheets, for programs and for papers."""

from __future__ import annotations

import csv
import io
import json

from vggsound_omni.present.formats import latex
from vggsound_omni.present.tables import ARROWS

from .table import BoardTable

JSON_VERSION = 2
_FIELDS = (
    *("model", "version", "suite", "suite_version", "items_sha256", "encoder_set", "track", "metric"),
    *("value", "low", "high", "bias", "unit", "direction", "n", "rank", "lowest_rank", "checkpoint_sha256"),
    *("scored", "planned", "unranked"),
)


def to_csv(table: BoardTable) -> str:
    """Returns one line for each row and metric, numbers in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(_FIELDS)
    for s, cells, unranked in zip(table.rows, table.cells, table.unranked, strict=True):
        suite = (s.suite.name, s.suite.version, s.items_sha256, s.encoder_set)
        items = (s.counts.scored, s.counts.planned, unranked)
        for column, cell in zip(table.columns, cells, strict=True):
            low, high = cell.score.interval or (None, None)
            place = (cell.place.rank, cell.place.lowest) if cell.place else (None, None)
            numbers = (cell.score.value, low, high, cell.score.bias, column.unit, column.better, cell.score.n)
            writer.writerow(
                [
                    *(s.card.name, s.card.version, *suite, s.track, column.key, *numbers, *place),
                    *(cell.score.checkpoint_sha256, *items),
                ]
            )
    return out.getvalue()


def to_json(table: BoardTable) -> str:
    """Returns the table with everything that identifies it."""
    rows = [
        {
            "card": s.card.model_dump(mode="json"),
            "who": s.who.model_dump(),
            "seed": s.seed,
            "counts": s.counts.model_dump(),
            "unranked": unranked,
            "scores": {
                column.key: cell.score.model_dump(mode="json")
                | {"rank": cell.place.rank if cell.place else None, "lowest": cell.place.lowest if cell.place else None}
                for column, cell in zip(table.columns, cells, strict=True)
                if not cell.absent
            },
        }
        for s, cells, unranked in zip(table.rows, table.cells, table.unranked, strict=True)
    ]
    head = {
        "version": JSON_VERSION,
        "suite": table.suite.model_dump(),
        "track": table.track.name,
        "items_sha256": table.items_sha256,
        "encoder_set": table.encoder_set,
        "kit": table.kit,
    }
    return json.dumps(head | {"rows": rows}, indent=1, ensure_ascii=False) + "\n"


def to_latex(table: BoardTable) -> str:
    """Returns a ``tabular`` of values; bold is what no model is shown to be better than. Needs the package booktabs."""
    titles = (f"{one.title} {ARROWS.get(one.better, '')}" for one in table.columns)
    head = " & ".join(["model", *map(latex, titles)])
    lines = [
        " & ".join([latex(s.label), *(rf"\textbf{{{cell.text}}}" if cell.best else cell.text for cell in cells)])
        + r" \\"
        for s, cells in zip(table.rows, table.cells, strict=True)
    ]
    begin = rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}"
    return "\n".join([begin, r"\toprule", head + r" \\", r"\midrule", *lines, r"\bottomrule", r"\end{tabular}", ""])

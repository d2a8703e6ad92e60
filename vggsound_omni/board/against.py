"""Two rows of a table by all metrics: the data of the page that compares them.

The test is that of ``omni-bench compare`` for two systems: each metric of a pair by itself, at 5 %. Ranks are stricter,
since they test all pairs of a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from vggsound_omni.analysis.compare.rule import fewest, uncertainty
from vggsound_omni.stats.paired import Contributions, differences

from .identity import older_keys
from .table import BoardTable

Difference = list[float | None]
"""First less second, and the ends of its 95 % interval, null where nothing can be decided."""


def pairs(table: BoardTable) -> list[dict[str, list[Difference | None]]]:
    """Returns, for each row and by metric key, its differences from the rows that follow it in the table."""
    count = len(table.rows)
    found: list[dict[str, list[Difference | None]]] = [{} for _ in range(count)]
    for place, column in enumerate(table.columns):
        metric = column.metric
        if metric is None or metric.better is None:
            continue
        there = [
            (k, one)
            for k, cells in enumerate(table.cells)
            if (one := cells[place].counted) is not None
            and one.shares is not None
            and one.score.estimate is not None
            and len(one.ids) >= fewest(metric)
        ]
        if len(there) < 2:
            continue
        alone = differences(
            [
                Contributions(
                    ids=one.ids, numbers=one.shares, bias=one.score.bias or 0.0, uncertain=uncertainty(one.score)
                )
                for _, one in there
                if one.shares is not None
            ],
            floor=metric.floor,
            tests=1,
        )
        low, high = alone.limits()
        for first, second, *numbers in zip(
            alone.first.tolist(), alone.second.tolist(), alone.difference.tolist(), low.tolist(), high.tolist(),
            strict=True,
        ):  # fmt: skip
            one, other = there[first][0], there[second][0]
            row = found[one].setdefault(column.key, [None] * (count - one - 1))
            row[other - one - 1] = [_short(number) for number in numbers]
    return found


def row_data(table: BoardTable, index: int, ids: Sequence[str]) -> dict[str, Any]:
    """Returns what the compare page loads of a row, as JSON: its numbers in words, by item, and its sounds."""
    row, cells = table.rows[index], table.cells[index]
    where, older = {item_id: k for k, item_id in enumerate(row.ids)}, older_keys(row)
    return {
        "label": row.label,
        "line": table.lines[index],
        "shown": {
            column.key: [cell.text, cell.interval]
            for column, cell in zip(table.columns, cells, strict=True)
            if cell.score.estimate is not None
        },
        "items": {
            key: [_short(column[where[i]]) if i in where else None for i in ids]
            for key, column in row.items.items()
            if key not in older
        },
        "samples": {item_id: sample.model_dump() for item_id, sample in row.samples.items()},
    }


def _short(number: float | None) -> float | None:
    return None if number is None or math.isnan(number) else float(f"{number:.5g}")

"""Two rows of a table by all metrics: the data of the page that compares them.

The test is that of ``omni-bench compare`` for two systems: each metric of a pair by itself, at 5 %. Ranks are stricter,
since they test all pairs of a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vggsound_omni.analysis.compare.rule import fewest, uncertainty
from vggsound_omni.stats.intervals import F64
from vggsound_omni.stats.paired import Contributions, differences

from .identity import older_keys
from .table import BoardTable


def pairs(table: BoardTable) -> list[dict[str, list[float | None]]]:
    """Returns, for each row and by metric key, its differences from the rows that follow it in the table.

    Each is three numbers: first less second, and the ends of its 95 % interval; None where nothing can be decided.
    """
    count = len(table.rows)
    found: list[dict[str, list[float | None]]] = [{} for _ in range(count)]
    for place, column in enumerate(table.columns):
        metric = column.metric
        if metric is None or metric.better is None:
            continue
        there = {
            k: Contributions(
                ids=one.ids, numbers=one.shares, bias=one.score.bias or 0.0, uncertain=uncertainty(one.score)
            )
            for k, cells in enumerate(table.cells)
            if (one := cells[place].counted) is not None
            and one.shares is not None
            and one.score.estimate is not None
            and len(one.ids) >= fewest(metric)
        }
        if len(there) < 2:
            continue
        alone = differences(list(there.values()), floor=metric.floor, tests=1)
        rows = np.array(list(there))
        numbers = np.full((count, count, 3), None)
        numbers[rows[alone.first], rows[alone.second]] = _all_short(
            np.stack([alone.difference, *alone.limits()], axis=1)
        )
        for k in rows[:-1].tolist():
            found[k][column.key] = numbers[k, k + 1 :].ravel().tolist()
    return found


def row_data(table: BoardTable, index: int, ids: Sequence[str]) -> dict[str, Any]:
    """Returns what the compare page loads of a row, as JSON: its numbers in words, by item, and its sounds."""
    row, cells = table.rows[index], table.cells[index]
    where, older = {item_id: k for k, item_id in enumerate(row.ids)}, older_keys(row)
    columns = [key for key in row.items if key not in older]
    numbers = np.full((len(columns), len(row.ids) + 1), np.nan)  # the last: of an item that the row has not
    for place, key in enumerate(columns):
        numbers[place, :-1] = row.items[key]
    short = _all_short(numbers[:, [where.get(i, len(row.ids)) for i in ids]])
    return {
        "label": row.label,
        "line": table.lines[index],
        "shown": {
            column.key: [cell.text, cell.interval]
            for column, cell in zip(table.columns, cells, strict=True)
            if cell.score.estimate is not None
        },
        "items": dict(zip(columns, short.tolist(), strict=True)),
        "samples": {item_id: sample.model_dump() for item_id, sample in row.samples.items()},
    }


def _all_short(numbers: F64) -> NDArray[np.object_]:
    """Returns numbers with five significant digits, and None in place of NaN: a million of them in a second."""
    known = np.where(np.isnan(numbers) | (numbers == 0), 1.0, np.abs(numbers))
    decimals = 4 - np.floor(np.log10(known))
    up, down = 10.0 ** np.maximum(decimals, 0), 10.0 ** np.maximum(-decimals, 0)  # whole, so quotients are short
    short = (np.round(numbers * up / down) * down / up).astype(object)
    short[np.isnan(numbers)] = None
    return short

"""``omni-bench metrics``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from vggsound_omni.metrics.metric import Metric, Need


@click.command("metrics")
def command() -> None:
    """List the metrics and what they need."""
    from vggsound_omni.metrics.registry import METRICS

    table = Table()
    for column in ("metric", "key", "unit", "better", "what it asks", "needs"):
        table.add_column(column, overflow="fold", no_wrap=column in ("metric", "key"))
    for metric in METRICS.values():
        cells = (metric.title, metric.key, metric.unit, metric.better or "neither", metric.summary, _needs(metric))
        table.add_row(*map(Text, cells))
    console = Console()
    console.print(table)
    for fault in METRICS.faults:
        console.print(Text(fault))


def _needs(metric: Metric) -> str:
    """What a metric reads, a line for each kind of it: "tagger logits: reference, generated"."""
    sides: dict[str, list[str]] = {}
    for need in metric.needs:
        what, of = _need(need)
        sides.setdefault(what, []).append(of)
    return "\n".join(f"{what}: {', '.join(of)}" for what, of in sides.items())


def _need(need: Need) -> tuple[str, str]:
    """What is read, and of what."""
    from vggsound_omni.metrics.metric import Compared, Encoded, Judged, KernelWidth, Labels, Rated, Samples, Words

    match need:
        case Samples():
            return f"samples at {need.sample_rate / 1000:g} kHz", need.side
        case Encoded():
            return " ".join(dict.fromkeys((need.role, need.output))), need.side
        case Compared():
            return f"{need.role} offsets", "generated against video"
        case KernelWidth():
            return f"{need.role} bandwidth", "of the suite"
        case Labels():
            return "labels", "of the items"
        case Words():
            return "words", "caption and labels"
        case Judged():
            return "a judge", "on truth, labels or caption"
        case Rated():
            return "a judge", "on your questions"
        case _:
            return "truth", need.part

"""What the picture and the words add: a run beside the same run without them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vggsound_omni.analysis.compare.comparison import MetricComparison, compare
from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.analysis.compare.verdicts import rounded, tally
from vggsound_omni.analysis.words import estimate
from vggsound_omni.errors import UserError
from vggsound_omni.present.tables import ARROWS
from vggsound_omni.runs.plan import PARTS
from vggsound_omni.runs.result import Result, read_result

_WORDS = {"video": "the picture", "text": "the words"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One metric."""

    title: str
    unit: str
    whole: str  # estimates: of the run with the part, and without it
    without: str
    difference: str
    interval: str
    verdict: str  # better, worse, undecided or not compared, of the run with the part


@dataclass(frozen=True, kw_only=True)
class Addition:
    """What a part of the request adds."""

    part: str  # "the picture"
    names: tuple[str, str]  # of the run with it and of that without
    sentence: str
    lines: tuple[Line, ...]


def additions(folder: Path, result: Result) -> list[Addition]:
    """Returns what each part of the request adds, as far as there is a run beside this one that differs in it alone.

    Such a run has this run's folder's name with ``-without-video`` or ``-without-text`` before its seed, as
    ``omni-bench run --without`` names it, or at its end.
    """
    found = []
    for path in _beside(folder):
        try:
            other = read_result(path)
        except UserError:  # no result yet, or of something else
            continue
        parts = set(other.without) ^ set(result.without)
        if len(parts) == 1 and _asked(other) == _asked(result):
            whole, without = (result, other) if len(result.without) < len(other.without) else (other, result)
            try:
                found.append(_addition(parts.pop(), whole, without))
            except UserError:  # too few items in common, or none
                continue
    return found


def _beside(folder: Path) -> Iterator[Path]:
    folder = folder.absolute()
    plain = re.sub(r"-without-(video|text)", "", folder.name)
    seed = re.search(r"-seed\d+$", plain)
    stem, end = (plain[: seed.start()], seed[0]) if seed else (plain, "")
    for part in ("", *(f"-without-{part}" for part in PARTS)):
        if (name := f"{stem}{part}{end}") != folder.name:
            yield folder.parent / name


def _asked(result: Result) -> tuple[object, ...]:
    """Returns what two runs must share to differ in nothing but what was withheld."""
    model = tuple(str(result.model.get(key)) for key in ("name", "arguments"))
    return result.suite, result.track, result.items_sha256, result.encoder_set, result.kit, result.seed, model


def _addition(part: str, whole: Result, without: Result) -> Addition:
    compared = compare(systems([whole, without]))
    one, other = (system.name for system in compared.systems)
    return Addition(
        part=_WORDS[part],
        names=(one, other),
        sentence=f"With {_WORDS[part]} it is {tally(compared, one, other).sentence}.",
        lines=tuple(_line(metric, one, other) for metric in compared.metrics if {one, other} <= set(metric.shown)),
    )


def _line(metric: MetricComparison, one: str, other: str) -> Line:
    pair = metric.pair(one, other)
    sign = 1.0 if pair.first == one else -1.0
    value, between, word = "", "", "not compared"
    if pair.interval is not None:
        low, high = sorted(sign * end for end in pair.interval)
        value, *ends = rounded(sign * pair.difference, (low, high))
        between = f"[{', '.join(ends)}]"
        up, down = ("better", "worse") if metric.direction else ("higher", "lower")
        word = up if metric.better(one, other) else down if metric.better(other, one) else "undecided"
    shown = [estimate(metric.shown[name].estimate, metric.shown[name].interval)[0] for name in (one, other)]
    return Line(
        title=f"{metric.title} {ARROWS[metric.direction]}".rstrip(), unit=metric.unit, whole=shown[0],
        without=shown[1], difference=value, interval=between, verdict=word,
    )  # fmt: skip

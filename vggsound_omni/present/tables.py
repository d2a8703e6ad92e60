"""Tables of results: which runs may share one, and what its cells show.

A row is a metric, a column is a run. Numbers are comparable only within one suite, track (by the hash of its items),
encoder set and kit, so runs that differ in any of these get separate tables. :mod:`.terminal` draws them, and
:mod:`.formats` writes them into files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from vggsound_omni.analysis.words import decimals, model_name, plain, score_words
from vggsound_omni.metrics import metric_of, ordered
from vggsound_omni.metrics.registry import attacked, table_title
from vggsound_omni.runs.result import Anchors, Result, Score, media_sentence
from vggsound_omni.tracks import TRACKS

ARROWS = {"higher": "↑", "lower": "↓", None: ""}  # by the direction that is better
BEST_NOTE = "Bold: the best of its row, its interval apart from the others'. omni-bench compare tests closer ones."
ANCHOR_NOTE = (
    "Chance: the best of silence, noise and, where it matters which item a sound belongs to, recordings of other "
    "items. Ceiling: the recordings themselves; of a distance between sets, one half of them against the other."
)
ATTACK_NOTE = "†: noise that is fitted by gradient to the networks scores better than the recordings; this never ranks."
SHARE_NOTE = "Share: of the way from chance (0 %) to ceiling (100 %)."
ABOVE = "Above the recordings: saturated or fooled."
VALUES_NOTE = "These are values as other kits print them, with the bias of few clips, which no interval here describes."
_UNKNOWN = Score(status="not_computed", reason="this result does not include it")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One metric of one run."""

    score: Score
    best: bool  # whether it is the best of the comparable runs, its interval apart from those of the others
    notes: tuple[int, ...] = ()  # numbers of its footnotes, from 1: why there is no number, or what to know of it
    share: str = ""  # of the way from chance to ceiling, in percent, with its interval
    share_notes: tuple[int, ...] = ()  # numbers of the footnotes that say why there is no share
    place: tuple[float, float, float] | None = None  # the share and its interval; 0 is chance, 1 the ceiling
    as_value: bool = False  # whether the value is shown in place of the estimate

    @property
    def text(self) -> str:
        """The estimate, or the value if there is none; or "n/a" or "not computed" if there is neither."""
        if self.as_value and self.score.value is not None:
            return f"{self.score.value:.4g}"
        return score_words(self.score)[0]

    @property
    def grey(self) -> bool:
        """Whether the text is no estimate."""
        return self.score.estimate is None

    @property
    def interval(self) -> str:
        """``[low, high]``, or an empty string."""
        return "" if self.as_value else score_words(self.score)[1]

    @property
    def value(self) -> str:
        """The value in words, with its bias, for whoever compares it with another kit's."""
        if self.score.value is None:
            return ""
        bias = f", of which {self.score.bias:.4g} is the bias of few clips" if self.score.bias else ""
        return f"other kits print {self.score.value:.6g}{bias}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One metric across runs."""

    key: str
    title: str
    arrow: str
    unit: str
    cells: tuple[Cell, ...]
    group: str = ""  # what the metric compares sounds with
    chance: str = ""  # what sounds that know nothing of their item score; nothing if it is not known
    ceiling: str = ""  # what the recordings score, likewise

    @property
    def name(self) -> str:
        """Title and arrow."""
        return f"{self.title} {self.arrow}".rstrip()

    @property
    def label(self) -> str:
        """Title, arrow and unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, kw_only=True)
class ScoreTable:
    """Comparable runs in one table."""

    title: str  # suite, track and encoder set
    columns: tuple[str, ...]  # the names of the runs, all different
    rows: tuple[Row, ...]
    facts: tuple[tuple[str, tuple[str, ...]], ...]  # further rows of text: items scored, loudness, time
    footnotes: tuple[str, ...]  # the cells' notes refer to these; each reason appears once
    remarks: tuple[str, ...]  # about the whole table, one sentence each

    @property
    def anchored(self) -> bool:
        """Whether chance or ceiling of any row is known."""
        return any(row.chance or row.ceiling for row in self.rows)

    @property
    def shares(self) -> tuple[str, ...]:
        """The shares of a single run by row; empty if there are several runs, or none of them is known."""
        found = tuple(row.cells[0].share for row in self.rows) if len(self.columns) == 1 else ()
        return found if any(found) else ()


def score_tables(results: Sequence[Result], *, values: bool = False) -> list[ScoreTable]:
    """Returns a table for each group of comparable runs; groups and runs keep the order given.

    Args:
        results: of any runs.
        values: shows values as other kits print them in place of estimates.
    """
    groups: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        suite = result.suite
        identity = (suite.name, suite.version, result.items_sha256, result.encoder_set, result.track, result.kit)
        groups.setdefault(identity, []).append(result)
    return [_of_values(_table(group)) if values else _table(group) for group in groups.values()]


def split_sentence(tables: Sequence[ScoreTable]) -> str | None:
    """Returns a sentence that says why there are several tables; None if there is one."""
    if len(tables) < 2:
        return None
    return f"{len(tables)} tables: numbers of different suites, items, tracks, encoder sets or kits are not comparable."


def _table(results: Sequence[Result]) -> ScoreTable:
    suite, other_media = results[0].suite, media_sentence(results)
    same_items = len({frozenset(result.signals) for result in results}) == 1 and other_media is None
    reasons: dict[str, int] = {}
    track = TRACKS.get(results[0].track)  # None: it was an object
    headline = track.headline if track else ()
    keys = grouped(ordered((key for result in results for key in result.scores), headline))
    rows = tuple(_row(key, results, reasons, same_items=same_items) for key in keys)
    columns = _columns(results)
    found = ScoreTable(
        title=", ".join(
            (
                f"{suite.name} {suite.version}".rstrip(),
                f"track {results[0].track}",
                f"{results[0].encoder_set} encoders",
                f"kit {results[0].kit}",
                f"items {results[0].items_sha256[:12]}",
            )
        ),
        columns=tuple(columns),
        rows=rows,
        facts=(
            ("items scored", tuple(f"{r.counts.scored} of {r.counts.planned}" for r in results)),
            ("loudness", tuple(map(loudness, results))),
            ("seconds an item", tuple(_pace(r) for r in results)),
            ("peak memory", tuple(memory(r) for r in results)),
        ),
        footnotes=tuple(reasons),
        remarks=(),
    )
    told: dict[str, list[str]] = {}  # what is said of a run, and of which
    for name, result in zip(columns, results, strict=True):
        trial = f"the first {result.limit} items only; not comparable with published numbers."
        for text in ([trial] if result.limit is not None else []) + list(result.warnings):
            told.setdefault(text, []).append(name)
    remarks = [f"{', '.join(names)}: {text}" for text, names in told.items()]
    remarks += [ANCHOR_NOTE] if found.anchored else []
    remarks += [SHARE_NOTE] if found.shares else []
    remarks += [ATTACK_NOTE] if any(attacked(row.key, results[0].encoder_set) for row in rows) else []
    if any(cell.best for row in rows for cell in row.cells):
        remarks.append(BEST_NOTE)
    elif other_media is not None:
        remarks.append(other_media)
    elif not same_items:
        remarks.append("No best value is marked: the runs were not scored on the same items.")
    return replace(found, remarks=tuple(remarks))


def grouped(keys: Iterable[str]) -> list[str]:
    """Returns keys of metrics with those of a group together; groups and keys keep the order of their first."""
    found: dict[str, list[str]] = {}
    for key in keys:
        found.setdefault(_group(key), []).append(key)
    return [key for group in found.values() for key in group]


def _group(key: str) -> str:
    info = metric_of(key)
    return info.group if info else "other"


def _of_values(table: ScoreTable) -> ScoreTable:
    """Returns a table with values in place of estimates, and without what is said of estimates."""
    absent = {n for row in table.rows for cell in row.cells if cell.score.value is None for n in cell.notes}
    number = {old: new for new, old in enumerate(sorted(absent), 1)}

    def cell(one: Cell) -> Cell:
        notes = tuple(number[n] for n in one.notes if n in number) if one.score.value is None else ()
        return replace(one, as_value=True, best=False, share="", share_notes=(), place=None, notes=notes)

    return replace(
        table,
        rows=tuple(replace(row, cells=tuple(map(cell, row.cells)), chance="", ceiling="") for row in table.rows),
        footnotes=tuple(text for n, text in enumerate(table.footnotes, 1) if n in number),
        remarks=(VALUES_NOTE, *(text for text in table.remarks if text not in (ANCHOR_NOTE, SHARE_NOTE, BEST_NOTE))),
    )


def _row(key: str, results: Sequence[Result], reasons: dict[str, int], *, same_items: bool) -> Row:
    info = metric_of(key)
    scores = [result.scores.get(key, _UNKNOWN) for result in results]
    known = next((score for score in scores if score.value is not None), scores[0])
    direction = known.direction or (info.better if info else None)
    valued = [score for score in scores if score.value is not None]
    # With another encoder or checkpoint, it is another metric.
    alike = len({(s.metric_id, s.encoder, s.checkpoint_sha256, s.unit, s.direction, s.n) for s in valued}) == 1
    best = _best(scores, direction) if same_items and alike else None
    anchors = [
        result.anchors.get(key) if score.estimate is not None else None
        for score, result in zip(scores, results, strict=True)
    ]
    shown = next((one for one in anchors if one is not None), None) if same_items and alike else None
    place = next(
        (
            decimals((score.estimate, *score.interval))
            for score in scores
            if score.estimate is not None and score.interval and score.interval[0] < score.interval[1]
        ),
        None,
    )

    def noted(texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(reasons.setdefault(text, len(reasons) + 1) for text in texts)

    def cell(score: Score, anchor: Anchors | None) -> Cell:
        alone = anchor is not None and anchor.chance is not None and len(results) == 1
        return Cell(
            score=score,
            best=score is best,
            notes=noted(to_know(score, above=anchor is not None and anchor.above)),
            share=share(anchor) if anchor else "",
            place=(anchor.share, *anchor.share_interval)
            if anchor and anchor.share is not None and anchor.share_interval
            else None,
            share_notes=noted([anchor.no_share]) if anchor and anchor.no_share and alone else (),
        )

    return Row(
        key=key,
        title=table_title(key, results[0].encoder_set),
        arrow=ARROWS[direction],
        group=_group(key),
        unit=known.unit or (info.unit if info else ""),
        cells=tuple(map(cell, scores, anchors)),
        chance=anchor_text(shown, "chance", place) if shown else "",
        ceiling=anchor_text(shown, "ceiling", place) if shown else "",
    )


def _best(scores: Sequence[Score], direction: str | None) -> Score | None:
    """Returns the best score if its interval, and what its bias may be off by, is apart from those of all others.

    Intervals that overlap leave the question open; a paired test is ``compare``'s to make.
    """
    known = [score for score in scores if score.estimate is not None]
    if direction is None or len(known) < 2 or any(score.interval is None for score in known):
        return None
    sign = 1.0 if direction == "higher" else -1.0

    def end(score: Score, side: float) -> float:
        assert score.interval is not None, "there is one"
        return max(side * limit for limit in score.interval) + (score.uncertain or 0.0)

    first = max(known, key=lambda score: sign * (score.estimate or 0.0))
    return first if all(-end(first, -sign) > end(other, sign) for other in known if other is not first) else None


def to_know(score: Score, *, above: bool = False) -> list[str]:
    """Returns what a reader must know of a score: why it has no number; or each caveat, a sentence each."""
    if score.value is None:
        return [score.reason] if score.reason else []
    if score.no_estimate:
        return [score.no_estimate]
    caveats = re.split(r"(?<=\.) (?=[A-Z])", score.reason) if score.reason else []
    return [*caveats, *([ABOVE] if above else [])]


def anchor_text(anchors: Anchors, which: str, place: int | None) -> str:
    """Returns chance or ceiling as text, with no more decimals than its own interval, or a score's, supports.

    Args:
        anchors: of a metric.
        which: "chance" or "ceiling".
        place: decimals of the score; None if it has no interval.
    """
    anchor = anchors.ceiling if which == "ceiling" else anchors.chance
    if anchor is None:
        return ""
    own = decimals((anchor.estimate, *(anchor.interval or ())))
    return plain(anchor.estimate, own if place is None else min(own, place))


def share(anchors: Anchors) -> str:
    """Returns the share of the way from chance to ceiling, in whole percents, with its interval; a dash without one."""
    if anchors.share is None or anchors.share_interval is None:
        return "" if anchors.chance is None else "–"
    percent = [100 * one for one in (anchors.share, *anchors.share_interval)]
    text, low, high = (plain(one, min(0, decimals(percent))) for one in percent)
    return f"{text} % [{low}, {high}]"


def _columns(results: Sequence[Result]) -> list[str]:
    names = [model_name(result) for result in results]
    if len(set(names)) < len(names):
        names = [f"{name}, seed {result.seed}" for name, result in zip(names, results, strict=True)]
    return [f"{name} #{names[: i + 1].count(name)}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def loudness(result: Result) -> str:
    """Returns the median RMS of the clips that are not digital silence, as text."""
    values = sorted(signal.rms_dbfs for signal in result.signals.values() if signal.rms_dbfs is not None)
    return f"{values[len(values) // 2]:.1f} dBFS RMS" if values else "silence"


def _pace(result: Result) -> str:
    seconds = result.timings.get("generate")
    return "unknown" if seconds is None else f"{seconds / max(result.counts.planned, 1):.2f}"


def memory(result: Result) -> str:
    """Returns the peak memory of the model's process, and on its GPUs if it used any, as text."""
    costs = result.costs
    if costs is None or costs.generate_memory is None:
        return "unknown"
    gpu = f", {costs.generate_gpu_memory / 1024:.1f} on GPU" if costs.generate_gpu_memory is not None else ""
    return f"{costs.generate_memory / 1024:.1f} GiB{gpu}"


def further_columns(table: ScoreTable) -> tuple[str, ...]:
    """Returns the names of the columns behind those of the runs."""
    return (*(("chance", "ceiling") if table.anchored else ()), *(("share",) if table.shares else ()))


def further(row: Row, table: ScoreTable, raised: Callable[[Sequence[int]], str]) -> tuple[str, ...]:
    """Returns a row's cells of :func:`further_columns`; ``raised`` writes the numbers of footnotes."""
    shared = f"{row.cells[0].share}{raised(row.cells[0].share_notes)}"
    return (*((row.chance, row.ceiling) if table.anchored else ()), *((shared,) if table.shares else ()))

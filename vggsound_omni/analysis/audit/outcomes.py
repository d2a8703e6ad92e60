"""The outcome of an audit, as written to ``audit.json``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vggsound_omni.metrics.metric import Baseline, Effect
from vggsound_omni.runs.result import Part, SuiteIdentity
from vggsound_omni.stats.intervals import LEVEL

from .corruptions import Kind

Verdict = Literal["pass", "fail", "unsure"]
"""Unsure: the interval holds both sides of the threshold, so more items are needed to decide."""


def by_resamples(share: float) -> Verdict:
    """Returns "pass" or "fail" if at least 95 % of the resamples of the items say so, else "unsure"."""
    return "pass" if share >= LEVEL else "fail" if share <= 1 - LEVEL else "unsure"


class Yardstick(Part):
    """One unit of effect of a metric."""

    baseline: Baseline
    reference: float = Field(description="The metric's value of the references themselves.")
    value: float | None = Field(None, description="Its value of the baseline, if there is one.")
    distance: float = Field(description="One unit of effect, in the metric's own unit: how much worse the baseline is.")


class Treatment(Part):
    """A corruption, described."""

    key: str
    title: str
    kind: Kind
    unit: str = Field(description="Of the severities.")
    severities: list[float] = Field(description="From the mildest to the worst.")
    what: str


class Cell(Part):
    """One metric under one corruption."""

    corruption: str
    metric: str
    expected: Effect
    values: list[float] = Field(description="By severity.")
    effects: list[float] = Field(description="Worsening by severity, in yardsticks; negative is better than before.")
    intervals: list[tuple[float, float]] = Field(
        description="Of the effects, 95 % over all severities, by severity; empty if there are none."
    )
    spearman: float | None = Field(
        description="Of severity and worsening, the reference at severity 0 included; null if nothing moves."
    )
    verdict: Verdict
    known: str | None = Field(None, description="Why this failure is expected of these encoders.")
    sentence: str

    @property
    def effect(self) -> float:
        """The effect that the verdict rests on: at the worst severity, or the largest if the metric must stay."""
        return self.effects[self._decides]

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its interval, if there is one."""
        return self.intervals[self._decides] if self.intervals else None

    @property
    def _decides(self) -> int:
        if self.expected != "still":
            return -1
        return max(range(len(self.effects)), key=lambda place: abs(self.effects[place]))


class Finding(Part):
    """A metric against the truth of the items."""

    key: str
    title: str
    metric: str
    numbers: dict[str, float]
    verdict: Verdict
    sentence: str


class Audit(Part):
    """All of an audit."""

    schema_version: Literal[3] = 3
    suite: SuiteIdentity
    items_sha256: str = Field(description="Over the items audited, their truth and what identifies their media.")
    encoder_set: str
    kit: str
    encoders: dict[str, str] = Field(description="SHA-256 of the checkpoint, by encoder's name.")
    items: list[str] = Field(description="Ids.")
    corruptions: list[Treatment]
    yardsticks: dict[str, Yardstick] = Field(description="By metric.")
    cells: list[Cell]
    truth: list[Finding] = Field(description="Empty if the items' truth is not known, or they are fewer than 12.")
    absent: dict[str, str] = Field(description="Why a metric has no value, by metric.")
    blind: dict[str, str] = Field(description="Why a metric cannot be judged: its yardstick has no length; by metric.")
    environment: dict[str, object]
    seconds: float

    def cell(self, corruption: str, metric: str) -> Cell:
        """Returns one cell.

        Raises:
            KeyError: there is none.
        """
        for cell in self.cells:
            if (cell.corruption, cell.metric) == (corruption, metric):
                return cell
        raise KeyError(f"{corruption}, {metric}")

    @property
    def metrics(self) -> list[str]:
        """Keys of the metrics with cells, in their order."""
        return list(self.yardsticks)

    @property
    def defects(self) -> list[str]:
        """A sentence for every failure that is not known."""
        cells = [cell.sentence for cell in self.cells if cell.verdict == "fail" and cell.known is None]
        truth = [finding.sentence for finding in self.truth if finding.verdict == "fail"]
        return [*self.blind.values(), *cells, *truth]

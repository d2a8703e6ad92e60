"""``human.json``: what people said of systems, as a board shows it.

``listen score`` writes one a study; a board keeps those of people as ``human/*.json`` beside its results. Numbers are
those of the outcome; nothing in it is of a single listener.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vggsound_omni.analysis.compare.agreement import Agreements
from vggsound_omni.errors import UserError, first_problem
from vggsound_omni.wording import has_unseen, shorten

from . import opinions, pairs
from .outcome import Outcome
from .study import Key, Kind

FOLDER = "human"
"""Of a leaderboard."""
LARGEST = 1_000_000
"""Bytes of a table that are read."""
Line = Annotated[str, Field(max_length=400)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Interval = Annotated[tuple[float, float] | None, Field(description="95 %; null if there is none that holds.")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class HumanSystem(_Strict):
    """One system on one question."""

    system: Line = Field(min_length=1, description="As the runs call it: a row's name, if the board has one.")
    value: float = Field(description="See the table's kind.")
    interval: tuple[float, float]
    place: Line = Field(description="1, or a range of places that the answers do not narrow down.")
    letters: Line = Field(description="Systems that share one were not shown to differ.")
    answers: int = Field(ge=0)

    @model_validator(mode="after")
    def _held(self) -> Self:
        if not self.interval[0] <= self.value <= self.interval[1]:
            raise ValueError(f"the interval of {self.system[:80]} does not hold its value")
        return self


class HumanQuestion(_Strict):
    """One question."""

    key: Key
    words: Line
    systems: tuple[HumanSystem, ...] = Field(min_length=2, max_length=200, description="The best first.")


class HumanAgreement(_Strict):
    """How a metric agrees with people's overall answer."""

    metric: Line = Field(description="The metric's key.")
    level: Literal["system", "clip", "clip within system"]
    n: int = Field(ge=0, description="Systems, or clips.")
    kendall: float = Field(ge=-1, le=1, description="Tau-b; 1 is full agreement, whichever way the metric is better.")
    interval: Interval


class HumanTable(_Strict):
    """A study as a board shows it."""

    schema_version: Literal[1] = 1
    study: Sha256 = Field(description="Hash of the design with its screening, published before the first answer.")
    kind: Kind = Field(
        description="pairs: values are shares of answers that a system wins against one of mean strength, ties "
        "counting half. mos: they are scores from 1 to 5."
    )
    title: Line
    suite: Line
    track: Line
    items_sha256: Sha256
    simulated: bool = Field(description="Whether nobody listened. Such a table is not published.")
    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    listeners: int = Field(ge=0, description="Who passed the screening.")
    left_out: dict[Line, int] = Field(max_length=20, description="Listeners by the rule that they failed.")
    items: int = Field(ge=0)
    questions: tuple[HumanQuestion, ...] = Field(min_length=1, max_length=10)
    agreement: tuple[HumanAgreement, ...] = Field(max_length=2000)

    @model_validator(mode="after")
    def _shown(self) -> Self:
        said = [self.title, self.suite, self.track, *self.left_out]
        said += [text for one in self.questions for text in (one.words, *(of.system for of in one.systems))]
        unseen = next((text for text in said if has_unseen(text)), None)
        if unseen is not None:
            raise ValueError(f"{shorten(unseen, 80)!r} has characters that nobody sees")
        return self


def human_table(found: Outcome, agreement: Agreements | None, day: str | None = None) -> HumanTable:
    """Returns the table of an outcome.

    Args:
        found: the outcome.
        agreement: of metrics with it, if runs were given.
        day: of the analysis, such as 2026-05-31; None: today.
    """
    questions = []
    for question in found.questions:
        systems = tuple(_system(one) for one in question.systems)
        questions.append(HumanQuestion(key=question.key, words=question.words, systems=systems))
    rows = [
        HumanAgreement(
            metric=row.key, level=row.level, n=row.n, kendall=row.kendall.value, interval=row.kendall.interval
        )
        for row in (agreement.rows if agreement else ())
        if row.kendall is not None
    ]
    return HumanTable(
        study=found.study,
        kind=found.kind,
        title=found.title,
        suite=found.suite,
        track=found.track,
        items_sha256=found.items_sha256,
        simulated=found.simulated,
        day=day or datetime.now(UTC).date().isoformat(),
        listeners=found.listeners,
        left_out=dict(Counter(reason.partition(":")[0] for reason in found.left_out.values())),
        items=found.items,
        questions=tuple(questions),
        agreement=tuple(rows),
    )


def _system(one: pairs.SystemOutcome | opinions.SystemOutcome) -> HumanSystem:
    if isinstance(one, pairs.SystemOutcome):
        value, interval, answers = one.share, one.share_interval, one.wins + one.ties + one.losses
    else:
        value, interval, answers = one.score, one.interval, one.answers
    return HumanSystem(
        system=one.system, value=value, interval=interval, place=one.rank, letters=one.letters, answers=answers
    )


def read_human(path: Path) -> HumanTable:
    """Reads a ``human.json``.

    Raises:
        UserError: it is missing, damaged, or something else.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error
    if len(content) > LARGEST:
        raise UserError(f"{path} is larger than any table of listening tests ({LARGEST // 1000} kB).")
    try:
        return HumanTable.model_validate_json(content)
    except ValidationError as error:
        raise UserError(f"{path} is no table of a listening test ({shorten(first_problem(error), 200)}).") from error


def published(leaderboard: Path) -> tuple[list[HumanTable], list[str]]:
    """Returns the tables of a leaderboard, ``human/*.json``, newest first, and a sentence for each that is not shown.

    Not shown are tables that cannot be read, are of simulated listeners, or are of a study that another file is of.
    """
    tables: dict[str, HumanTable] = {}
    problems = []
    for path in sorted((leaderboard / FOLDER).glob("*.json")):
        try:
            table = read_human(path)
        except UserError as error:
            problems.append(str(error))
            continue
        if table.simulated:
            problems.append(f"{path} is of simulated listeners, which are not published.")
        elif table.study in tables:
            problems.append(f"{path} is of a study that another file is of, too.")
        else:
            tables[table.study] = table
    return sorted(tables.values(), key=lambda table: (table.day, table.study), reverse=True), problems

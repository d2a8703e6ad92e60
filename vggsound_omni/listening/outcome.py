"""What a study found: who was heard, and on each question which systems are better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from vggsound_omni.analysis.compare.human_scores import HumanScores
from vggsound_omni.analysis.words import model_name
from vggsound_omni.errors import UserError
from vggsound_omni.runs.result import Result

from . import opinions, pairs
from .answers import TONES, Listener
from .screening import failing
from .study import Key, Kind, Study

FEWEST = 5
"""Listeners, and items, below which there is no interval."""
HEADPHONES = TONES - 1
"""Rounds of the headphone check that whoever wears headphones gets right (Woods et al. 2017)."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A whole study."""

    study: str
    kind: Kind
    title: str
    suite: str
    track: str
    items_sha256: str
    simulated: bool
    listeners: int  # who passed
    items: int
    left_out: Mapping[str, str]  # why, by listener
    headphones: float | None  # share of those checked who passed the headphone check; None: nobody was checked
    consistent: float | None  # share of repeats answered as the first time, scores within one point, overall
    questions: tuple[pairs.QuestionOutcome, ...] | tuple[opinions.QuestionOutcome, ...]


def outcome(study: Study, listeners: Sequence[Listener]) -> tuple[Outcome, list[Listener]]:
    """Screens listeners and analyses who is left.

    Returns:
        The outcome, and the listeners who passed.

    Raises:
        UserError: too few listeners or items are left.
    """
    reasons = {one.session.listener: failing(one, study.screening) for one in listeners}
    passed = [one for one in listeners if reasons[one.session.listener] is None]
    items = {trial.item for one in passed for trial, _ in one.of("main")}
    left_out = {code: reason for code, reason in reasons.items() if reason is not None}
    if len(passed) < FEWEST or len(items) < FEWEST:
        why = f"; the first of {len(left_out)} left out, {next(iter(left_out.values()))}" if left_out else ""
        raise UserError(
            f"{len(passed)} listeners with {len(items)} items pass the screening, and {FEWEST} of each are needed{why}."
        )
    silent = set(study.systems) - {name for one in passed for trial, _ in one.of("main") for name in trial.heard}
    if silent:
        raise UserError(f"No listener who passed the screening heard {min(silent)}; ask more listeners.")
    repeats = [pair for one in passed for pair in one.repeats()]
    apart = 1 if study.kind == "mos" else 0
    checked = [one.headphones >= HEADPHONES for one in passed if one.headphones is not None]
    if study.kind == "mos":
        questions: tuple[pairs.QuestionOutcome, ...] | tuple[opinions.QuestionOutcome, ...] = tuple(
            opinions.opinions(study, passed, question) for question in study.questions
        )
    else:
        questions = tuple(pairs.preferences(study, passed, question) for question in study.questions)
    found = Outcome(
        study=study.id,
        kind=study.kind,
        title=study.title,
        suite=study.suite,
        track=study.track,
        items_sha256=study.items_sha256,
        simulated=study.simulated,
        listeners=len(passed),
        items=len(items),
        left_out=left_out,
        headphones=fmean(checked) if checked else None,
        consistent=fmean(abs(first - again) <= apart for first, again in repeats) if repeats else None,
        questions=questions,
    )
    return found, passed


def check_results(study: Study, results: Sequence[Result]) -> None:
    """Refuses results of another suite or track than the study's, whose items may be called the same.

    Raises:
        UserError: there is one.
    """
    for result in results:
        if (result.suite.name, result.track) != (study.suite, study.track):
            raise UserError(
                f"The study is of {study.suite}, track {study.track}, and {model_name(result)} was run on "
                f"{result.suite.name}, track {result.track}."
            )


def clip_scores(study: Study, listeners: Sequence[Listener], key: Key) -> HumanScores:
    """Returns a score of each clip on one question, for ``agree``: of pairs a share of wins, else a mean score."""
    score = opinions.clip_scores if study.kind == "mos" else pairs.clip_scores
    return score(study, listeners, key)

"""Answers, as a listener's file holds them: checked against what that listener was asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vggsound_omni.errors import UserError, first_problem
from vggsound_omni.wording import shorten

from .study import Code, Key, Session, Study, Trial

VERSION = 1
"""Of a listener's file."""
LARGEST = 256_000
"""Bytes of a listener's file."""
SLOWEST = 86_400.0
"""Seconds; more than a day for one trial is no time."""
Choice = Literal["left", "same", "right"]
Score = Annotated[int, Field(ge=1, le=5)]
_OUTCOMES: dict[Choice, int] = {"left": 1, "same": 0, "right": -1}
TONES = 6
"""Rounds of the headphone check."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Answer(_Strict):
    """The answers to one trial."""

    trial: Code
    choices: dict[Key, Choice | Score]  # one for each question: a choice of pairs, a score of one sound
    seconds: Annotated[
        float, Field(ge=0, le=SLOWEST, allow_inf_nan=False)
    ]  # from the trial's being shown to its answer

    def score(self, key: Key) -> int:
        """Returns a score from 1 to 5, or of a pair 1 if the left sound is preferred, -1 if the right, 0 if neither."""
        given = self.choices[key]
        return given if isinstance(given, int) else _OUTCOMES[given]


class Sheet(_Strict):
    """One listener's file."""

    version: Literal[1] = 1
    study: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    listener: Code
    answers: Annotated[list[Answer], Field(max_length=1000)]
    headphones: Annotated[int, Field(ge=0, le=TONES)] | None = None  # rounds of the check that were right; None: none
    comment: Annotated[str, Field(max_length=2000)] = ""  # free text, shown nowhere but to the experimenter


@dataclass(frozen=True, kw_only=True)
class Listener:
    """One listener's answers with what was asked."""

    session: Session
    answers: dict[str, Answer]  # by trial
    headphones: int | None = None  # as in the file

    def of(self, kind: str) -> list[tuple[Trial, Answer]]:
        """Returns the answered trials of a kind, in the session's order."""
        return [
            (trial, self.answers[trial.id])
            for trial in self.session.trials
            if trial.kind == kind and trial.id in self.answers
        ]

    def repeats(self, key: Key = "overall") -> list[tuple[int, int]]:
        """Returns what a listener said of each repeated trial, the first time and again.

        Scores, or of pairs 1, 0 or -1, both seen from the first time's left sound; sides are exchanged in between.
        """
        found = []
        for trial, answer in self.of("repeat"):
            assert trial.repeats is not None
            again = answer.score(key)
            found.append((self.answers[trial.repeats].score(key), again if trial.right is None else -again))
        return found

    @property
    def finished(self) -> bool:
        """Whether every trial but those of practice has an answer."""
        return all(trial.id in self.answers for trial in self.session.trials if trial.kind != "practice")


def parse(content: bytes, where: str) -> Sheet:
    """Returns a sheet from JSON.

    Raises:
        UserError: it is none; names ``where`` it comes from.
    """
    if len(content) > LARGEST:
        raise UserError(f"{where} is larger than any listener's answers ({LARGEST // 1000} kB).")
    try:
        return Sheet.model_validate_json(content)
    except ValidationError as error:
        raise UserError(f"{where} holds no listener's answers ({shorten(first_problem(error), 200)}).") from error


def check(sheet: Sheet, study: Study, where: str) -> Listener:
    """Returns a listener's answers if they are to what that listener was asked.

    Raises:
        UserError: they are not.
    """
    if sheet.study != study.id:
        raise UserError(f"{where} answers another study, {sheet.study[:12]}, not {study.id[:12]}.")
    session = next((session for session in study.sessions if session.listener == sheet.listener), None)
    if session is None:
        raise UserError(f"{where}: the study has no listener {sheet.listener}.")
    twice = [trial for trial, count in Counter(answer.trial for answer in sheet.answers).items() if count > 1]
    if twice:
        raise UserError(f"{where}: trial {twice[0]} is answered twice.")
    for answer in sheet.answers:
        check_answer(answer, session, study, where)
    given = {answer.trial: answer for answer in sheet.answers}
    return Listener(session=session, answers=given, headphones=sheet.headphones)


def check_answer(answer: Answer, session: Session, study: Study, where: str) -> None:
    """Refuses an answer to what a listener was not asked.

    Raises:
        UserError: the trial is not the listener's, a question has no answer, or one of another kind.
    """
    if all(trial.id != answer.trial for trial in session.trials):
        raise UserError(f"{where}: this listener has no trial {answer.trial}.")
    if answer.choices.keys() != {question.key for question in study.questions}:
        raise UserError(
            f"{where}: trial {answer.trial} answers {', '.join(answer.choices) or 'nothing'}, and the questions "
            f"are {', '.join(question.key for question in study.questions)}."
        )
    kind, other = ("a score", "a choice") if study.kind == "mos" else ("a choice", "a score")
    if any(isinstance(given, int) != (study.kind == "mos") for given in answer.choices.values()):
        raise UserError(f"{where}: trial {answer.trial} has {other} where the study asks for {kind}.")

"""Answers, as a listener's file holds them: checked against what that listener was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
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
OUTCOMES: dict[Choice, int] = {"left": 1, "same": 0, "right": -1}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Answer(_Strict):
    """The answers to one trial."""

    trial: Code
    choices: dict[Key, Choice]  # one for each question
    seconds: Annotated[
        float, Field(ge=0, le=SLOWEST, allow_inf_nan=False)
    ]  # from the trial's being shown to its answer


class Sheet(_Strict):
    """One listener's file."""

    version: Literal[1] = 1
    study: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    listener: Code
    answers: Annotated[list[Answer], Field(max_length=1000)]
    comment: Annotated[str, Field(max_length=2000)] = ""  # free text, shown nowhere but to the experimenter


@dataclass(frozen=True, kw_only=True)
class Listener:
    """One listener's answers with what was asked."""

    session: Session
    answers: dict[str, Answer]  # by trial

    def of(self, kind: str) -> list[tuple[Trial, Answer]]:
        """Returns the answered trials of a kind, in the session's order."""
        return [
            (trial, self.answers[trial.id])
            for trial in self.session.trials
            if trial.kind == kind and trial.id in self.answers
        ]

    def repeats(self, key: Key = "overall") -> list[tuple[int, int]]:
        """Returns what a listener preferred of each repeated pair, the first time and again: 1, 0 or -1.

        Both are seen from the first time's left sound; sides are exchanged in between.
        """
        found = []
        for trial, answer in self.of("repeat"):
            assert trial.repeats is not None
            found.append((OUTCOMES[self.answers[trial.repeats].choices[key]], -OUTCOMES[answer.choices[key]]))
        return found

    @property
    def finished(self) -> bool:
        """Whether every trial but those of practice has an answer."""
        return all(trial.id in self.answers for trial in self.session.trials if trial.kind != "practice")


def read_answers(paths: Sequence[Path], study: Study) -> list[Listener]:
    """Reads listeners' files; a folder stands for every ``.json`` in it.

    Raises:
        UserError: a file is missing, damaged, or of another study; an answer is to no trial of its listener, or to not
            all questions; two files are one listener's.
    """
    files = [file for path in paths for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    if not files:
        raise UserError("There is no file of answers (.json) there.")
    found: dict[str, Path] = {}
    listeners = []
    for file in files:
        sheet = parse(_content(file), str(file))
        listener = check(sheet, study, str(file))
        if sheet.listener in found:
            raise UserError(f"{found[sheet.listener]} and {file} are of one listener; keep one of them.")
        found[sheet.listener] = file
        listeners.append(listener)
    return listeners


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
    own = {trial.id for trial in session.trials}
    twice = [trial for trial, count in Counter(answer.trial for answer in sheet.answers).items() if count > 1]
    if twice:
        raise UserError(f"{where}: trial {twice[0]} is answered twice.")
    asked = {question.key for question in study.questions}
    for answer in sheet.answers:
        if answer.trial not in own:
            raise UserError(f"{where}: listener {sheet.listener} has no trial {answer.trial}.")
        if answer.choices.keys() != asked:
            raise UserError(
                f"{where}: trial {answer.trial} answers {', '.join(answer.choices) or 'nothing'}, and the questions "
                f"are {', '.join(question.key for question in study.questions)}."
            )
    return Listener(session=session, answers={answer.trial: answer for answer in sheet.answers})


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from error

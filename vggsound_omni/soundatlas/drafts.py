"""A caption as data, and how a model's answer becomes one. An answer is never obeyed, and never trusted."""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from vggsound_omni.wording import clean, first_invisible

MOST_WORDS = 60
"""Of the sentence. Models are asked for 40, and some overrun a little."""
MOST_CHARACTERS = 20_000
"""Of an answer that is read at all."""
Problem = Literal["empty", "refused", "malformed", "too long", "instructions"]
"""Why an answer is no caption."""
_COMMANDS = re.compile(
    r"\b(ignore|disregard|forget|override)\b.{0,40}\b(instruction|prompt|rule|previous|above|prior)"
    r"|\b(system|developer) prompt\b|\bas an ai\b"
    r"|\byou (are|must|should|will)\b.{0,40}\b(answer|output|reply|say|now)\b"
    r"|\b(answer|reply|respond|output|say) (only |just )?(with )?[\"'“]|https?://|www\.|<\|?[a-z_/]+\|?>|```",
    re.IGNORECASE | re.DOTALL,
)
"""What stands in instructions and not in descriptions of sound."""
_REFUSALS = re.compile(
    r"\bI('m| am)? ?(sorry|unable|cannot|can't|can not|won't)\b|\bcannot (assist|help|comply)\b", re.IGNORECASE
)
_Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class UnusableError(Exception):
    """An answer that is no caption."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


class Event(BaseModel):
    """One thing that is heard."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True)

    what: _Short
    how: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    times: Annotated[int, Field(ge=1, le=1000)] | None = None
    start: Annotated[float, Field(ge=0, le=3600, alias="from", allow_inf_nan=False)] = 0.0
    end: Annotated[float, Field(ge=0, le=3600, alias="to", allow_inf_nan=False)] = 0.0
    loudness: Literal["quiet", "medium", "loud"] = "medium"

    @property
    def said(self) -> str:
        """The event in words."""
        return f"{self.what} {self.how}".strip()


class Draft(BaseModel):
    """What is heard in a clip."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True)

    events: Annotated[tuple[Event, ...], Field(max_length=32)] = ()
    speech: Annotated[str, StringConstraints(max_length=200)] = "none"
    music: Annotated[str, StringConstraints(max_length=200)] = "none"
    room: Annotated[str, StringConstraints(max_length=200)] = "none"
    sentence: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]

    @property
    def has_music(self) -> bool:
        """Whether music is heard."""
        return is_something(self.music)


def is_something(answer: str) -> bool:
    """Returns whether an answer is other than "none"."""
    return answer.strip().strip(".").casefold() not in ("", "none", "no", "n/a", "null")


def read_draft(text: str, *, refused: bool = False, finish: str = "stop") -> Draft:
    """Returns the caption of an answer.

    Raises:
        UnusableError: there is none in it.
    """
    if refused:
        raise UnusableError("refused")
    if not text.strip():
        raise UnusableError("empty")
    if len(text) > MOST_CHARACTERS or finish == "length":
        raise UnusableError("too long")
    content = re.sub(r"^\s*```(?:json)?\s*|\s*```\s*$", "", text)
    try:
        draft = Draft.model_validate(json.loads(content), strict=False)
    except (ValidationError, ValueError, RecursionError) as error:
        raise UnusableError("refused" if _REFUSALS.search(text[:400]) else "malformed") from error
    texts = [draft.sentence, draft.speech, draft.music, draft.room, *(event.said for event in draft.events)]
    if any(commands(one) for one in texts):
        raise UnusableError("instructions")
    if _REFUSALS.search(draft.sentence):
        raise UnusableError("refused")
    if len(draft.sentence.split()) > MOST_WORDS:
        raise UnusableError("too long")
    return draft.model_copy(update={"sentence": " ".join(clean(draft.sentence).split())})


def read_context(text: str, *, refused: bool = False) -> str | None:
    """Returns a description of the picture as one line of at most 80 words; None if it says nothing.

    Raises:
        UnusableError: it is no description.
    """
    if refused or _REFUSALS.search(text[:200]):
        raise UnusableError("refused")
    line = " ".join(clean(text[:MOST_CHARACTERS]).split())
    if commands(text[:MOST_CHARACTERS]):
        raise UnusableError("instructions")
    words = line.split()
    if len(words) > 160:
        raise UnusableError("too long")
    return " ".join(words[:80]) if is_something(line) else None


def commands(text: str) -> bool:
    """Returns whether a text speaks to its reader, or hides something from a human one."""
    return _COMMANDS.search(text) is not None or first_invisible(text) is not None


def read_verdict(text: str, *, refused: bool = False) -> bool | None:
    """Returns whether an answer is yes or no; None if it is neither, and nothing but the one word counts."""
    word = text.strip().strip(".!\"'").casefold()
    return None if refused or word not in ("yes", "no") else word == "yes"

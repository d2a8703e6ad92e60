"""What a server answers, read with care: a reply may be malformed, cut, or endless."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vggsound_omni.wording import shorten


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What an answer took."""

    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0
    cpu_seconds: float = 0.0  # of models that run in this process
    asked: int = 0  # questions that went out
    cached: int = 0  # questions whose answer was known

    def __add__(self, other: Usage) -> Usage:
        return Usage(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})


class AnswerError(Exception):
    """A reply that is no answer."""

    def __init__(self, what: str, *, again: bool, billed: bool, wait: float | None = None) -> None:
        """Takes what happened.

        Args:
            what: a clause.
            again: whether another try may bring an answer.
            billed: whether it may have been charged for.
            wait: seconds that the server asks for before the next try.
        """
        super().__init__(what)
        self.again = again
        self.billed = billed
        self.wait = wait
        self.usage = Usage()  # what all tries may have cost


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A model's answer."""

    text: str
    finish: str  # "stop", "length", "content_filter", ...
    refused: bool = False
    tokens: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()  # each with its likeliest: (token, logprob)
    usage: Usage = field(default_factory=Usage)


class _Part(BaseModel):
    """Unknown fields are let pass, as servers add their own; what is read must be of its type."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _Likely(_Part):
    token: str
    logprob: float


class _Token(_Part):
    token: str
    top_logprobs: list[_Likely] = Field(default_factory=list)


class _Logprobs(_Part):
    content: list[_Token] | None = None


class _Message(_Part):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Part):
    message: _Message | None = None
    delta: _Message | None = None
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Counted(_Part):
    prompt_tokens: int = Field(ge=0, le=10**9)
    completion_tokens: int = Field(ge=0, le=10**9)


class _Reply(_Part):
    choices: list[_Choice] = Field(default_factory=list)
    usage: _Counted | None = None


def read_whole(content: bytes) -> tuple[Answer, tuple[int, int] | None]:
    """Returns the answer of a reply in one piece, and the tokens that the server counted, in and out.

    Raises:
        AnswerError: it is not JSON, or not of the protocol.
    """
    reply = _parsed(content)
    if not reply.choices or reply.choices[0].message is None:
        raise AnswerError("the reply has no message", again=True, billed=True)
    choice = reply.choices[0]
    return _answer(choice.message or _Message(), choice.finish_reason or "stop", _tokens(choice)), _counted(reply)


def read_stream(lines: Iterable[bytes]) -> tuple[Answer, tuple[int, int] | None]:
    """Returns the answer of a stream of server-sent events, and the tokens that the server counted.

    Raises:
        AnswerError: an event is malformed, or the stream ends before the answer does.
    """
    text, refusal, finish = "", "", None
    tokens: list[tuple[str, tuple[tuple[str, float], ...]]] = []
    counted: tuple[int, int] | None = None
    done = False
    for data in _events(lines):
        if data == b"[DONE]":
            done = True
            break
        event = _parsed(data)
        counted = _counted(event) or counted
        if not event.choices:
            continue
        choice = event.choices[0]
        delta = choice.delta or _Message()
        text += delta.content or ""
        refusal += delta.refusal or ""
        tokens += _tokens(choice)
        finish = choice.finish_reason or finish
    if finish is None or not done:
        raise AnswerError("the stream was cut before the answer ended", again=True, billed=True)
    return _answer(_Message(content=text, refusal=refusal or None), finish, tuple(tokens)), counted


def _answer(message: _Message, finish: str, tokens: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]) -> Answer:
    refused = message.refusal is not None or finish == "content_filter"
    return Answer(text=message.content or "", finish=finish, refused=refused, tokens=tokens)


def _events(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the data of each event; comments, which keep a connection awake, have none."""
    for line in lines:
        if line.startswith(b"data:"):
            yield line[5:].strip()


def _parsed(content: bytes) -> _Reply:
    try:
        found: Any = json.loads(content)
        if isinstance(found, dict) and found.get("error"):
            raise AnswerError(f"the server says: {shorten(json.dumps(found['error']), 200)}", again=True, billed=True)
        return _Reply.model_validate(found)
    except (ValueError, RecursionError) as error:
        kind = "not of the protocol" if isinstance(error, ValidationError) else "not JSON"
        raise AnswerError(f"the reply is {kind}", again=True, billed=True) from error


def _tokens(choice: _Choice) -> tuple[tuple[str, tuple[tuple[str, float], ...]], ...]:
    content = choice.logprobs.content if choice.logprobs and choice.logprobs.content else []
    return tuple((one.token, tuple((top.token, top.logprob) for top in one.top_logprobs)) for one in content)


def _counted(reply: _Reply) -> tuple[int, int] | None:
    return None if reply.usage is None else (reply.usage.prompt_tokens, reply.usage.completion_tokens)

"""Asks a server: one question, one answer, whatever happens in between."""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from types import TracebackType

import httpx

from vggsound_omni.wording import shorten

from .answers import Answer, AnswerError, Usage, read_stream, read_whole
from .budget import Budget
from .endpoint import Endpoint
from .pace import Pace, backoff, retry_after
from .questions import Question
from .replies import Replies

_BYTES_PER_TOKEN = 64
"""Of a reply, in JSON, for each token that was allowed; with log-probabilities, so much for each of the likeliest."""
_ENVELOPE = 1 << 16
"""Bytes of a reply besides its answer."""
_TEMPORARY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
"""HTTP codes after which another try may go well."""


class Client:
    """Asks one model; safe in threads, which share its connections, its rate and its budget."""

    def __init__(self, endpoint: Endpoint, budget: Budget | None = None, replies: Replies | None = None) -> None:
        """Opens no connection yet.

        Raises:
            UserError: the endpoint's key is not set.
        """
        self.endpoint = endpoint
        self.name, self.identity = endpoint.model, f"{endpoint.model} at {endpoint.base_url}"
        self.at_once, self.video = endpoint.concurrency, endpoint.video == "video_url"
        self._budget = budget or Budget()
        self._replies = replies
        self._pace = Pace(endpoint.per_minute)
        self._places = threading.Semaphore(endpoint.concurrency)
        self._rng = random.Random()
        self._http = httpx.Client(
            headers=endpoint.headers() | {"Accept-Encoding": "identity"},  # nothing that unpacks to more than it is
            timeout=httpx.Timeout(endpoint.timeout, pool=None),
            limits=httpx.Limits(max_connections=endpoint.concurrency, max_keepalive_connections=endpoint.concurrency),
            verify=_certificates(),
            follow_redirects=False,  # a key goes nowhere else
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def ask(self, question: Question) -> Answer:
        """Asks a question, as often as the endpoint allows; an answer that is known costs nothing.

        Raises:
            AnswerError: the server gave none.
            BudgetSpentError: it could cost more than is left.
        """
        key = question.key(self.endpoint)
        known = self._replies.find(key) if self._replies else None
        if known is not None:
            return known
        lost = Usage()  # what failed attempts may have cost
        for attempt in range(self.endpoint.attempts):
            try:
                with self._places:
                    answer = self._once(question)
            except AnswerError as error:
                if error.billed:
                    lost += self._most(question)
                lost += Usage(asked=1)
                if not error.again or attempt == self.endpoint.attempts - 1:
                    error.usage = lost
                    raise
                self._rest(error, attempt)
            else:
                if self._replies:
                    self._replies.keep(key, answer)
                return replace(answer, usage=answer.usage + lost)
        raise AssertionError("the loop ends in a return or an error")

    def _most(self, question: Question) -> Usage:
        tokens_in = question.most_tokens(self.endpoint)
        usd = self.endpoint.usd(tokens_in, question.most)
        return Usage(tokens_in=tokens_in, tokens_out=question.most, usd=usd)

    def _rest(self, error: AnswerError, attempt: int) -> None:
        if error.wait is not None:
            self._pace.pause(error.wait)  # everybody waits: the limit is the server's, not the question's
        else:
            time.sleep(backoff(attempt, self._rng))

    def _once(self, question: Question) -> Answer:
        """One attempt, reserved in the budget before it is sent."""
        self._pace.wait()
        most = self._most(question)
        with self._budget.reserve(most.tokens_in + most.tokens_out, most.usd) as reservation:
            try:
                answer, counted = self._sent(question)
            except AnswerError as error:
                if not error.billed:
                    reservation.spent = Usage()
                raise
            tokens = counted or (most.tokens_in, most.tokens_out)  # a server that does not count has used all
            used = Usage(tokens_in=tokens[0], tokens_out=tokens[1], usd=self.endpoint.usd(*tokens), asked=1)
            reservation.spent = used
            return replace(answer, usage=used)

    def _sent(self, question: Question) -> tuple[Answer, tuple[int, int] | None]:
        deadline = time.monotonic() + self.endpoint.timeout
        most_bytes = _ENVELOPE + question.most * _BYTES_PER_TOKEN * (1 + question.logprobs)
        if self.endpoint.stream:
            most_bytes *= 8  # each token comes in an envelope of its own
        try:
            with self._http.stream("POST", self.endpoint.url, json=question.body(self.endpoint)) as response:
                if response.status_code != 200:
                    raise _refusal(response, deadline)
                chunks = _bounded(response, most_bytes, deadline)
                return read_stream(_lines(chunks)) if self.endpoint.stream else read_whole(b"".join(chunks))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise AnswerError(f"{self.endpoint.base_url} does not answer", again=True, billed=False) from error
        except httpx.TimeoutException as error:
            what = f"no answer within {self.endpoint.timeout:g} s"
            raise AnswerError(what, again=True, billed=True) from error
        except httpx.HTTPError as error:
            what = f"the connection broke ({type(error).__name__})"
            raise AnswerError(what, again=True, billed=True) from error


@cache
def _certificates() -> ssl.SSLContext:
    """The authorities that httpx trusts, read once: it takes a third of a second."""
    return httpx.create_ssl_context()


def _refusal(response: httpx.Response, deadline: float) -> AnswerError:
    """The error for a reply that is not 200, with the first line of what the server says."""
    code = response.status_code
    try:
        said = b"".join(_bounded(response, _ENVELOPE, deadline)).decode("utf-8", "replace")
    except (AnswerError, httpx.HTTPError):
        said = ""
    again = code in _TEMPORARY
    wait = retry_after(response.headers.get("retry-after")) if again else None
    billed = code >= 500 and code != 503  # it may have worked before it failed
    return AnswerError(f"HTTP {code}: {shorten(said, 200)}", again=again, billed=billed, wait=wait)


def _bounded(response: httpx.Response, most: int, deadline: float) -> Iterator[bytes]:
    """Yields the body, but not endlessly much of it, and not for endlessly long."""
    size = 0
    for chunk in response.iter_raw():
        size += len(chunk)
        if size > most:
            raise AnswerError(f"the reply is longer than {most:,} bytes", again=False, billed=True)
        if time.monotonic() > deadline:
            raise AnswerError("the reply does not end in time", again=True, billed=True)
        yield chunk


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yields lines as soon as they are whole."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        yield from lines
    yield rest

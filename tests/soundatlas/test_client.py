"""The client gets one answer for one question from a server that does everything else, and never overspends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import (
    ChatCompletion,
    ChatCompletionContentPartParam,
    ChatCompletionMessageParam,
    completion_create_params,
)
from pydantic import TypeAdapter, ValidationError

from tests.soundatlas.server import Body, Reply, serving, whole
from vggsound_omni.errors import UserError
from vggsound_omni.soundatlas.servers import (
    AnswerError,
    Budget,
    BudgetSpentError,
    Client,
    Endpoint,
    Picture,
    Question,
    Replies,
    Sound,
    Text,
    Video,
)
from vggsound_omni.soundatlas.servers.pace import retry_after

HELLO = Question(parts=(Text(text="Hello?"),), most=20)


def endpoint(url: str, **fields: Any) -> Endpoint:
    return Endpoint(base_url=url, model="m", **{"attempts": 3, "timeout": 5.0, "overhead_tokens": 90.0, **fields})


def always(reply: Reply) -> Callable[[Body, int], Reply]:
    return lambda body, number: reply


def first(bad: Reply) -> Callable[[Body, int], Reply]:
    """The first request fares badly, the others well."""
    return lambda body, number: Reply("fine") if number else bad


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("text", ["a dog barks", "naïve 犬 \U0001f415", ""])
def test_an_answer_arrives_whole(text: str, stream: bool) -> None:
    with serving(always(Reply(text))) as server, Client(endpoint(server.url, stream=stream)) as client:
        answer = client.ask(HELLO)
    assert (answer.text, answer.finish, answer.refused) == (text, "stop", False)
    assert (answer.usage.tokens_in, answer.usage.tokens_out, answer.usage.asked) == (100, 10, 1)


@pytest.mark.parametrize(
    "bad",
    [
        Reply(raw=b'{"choices": [{"mess'),
        Reply(raw=b"<html>hello</html>"),
        Reply(raw=b'{"choices": []}'),
        Reply(raw=b'{"choices": [{"message": {"content": 5}}]}'),
        Reply(raw=b"[" * 60_000),
        Reply(raw=b'{"error": {"message": "overloaded"}}'),
        Reply(status=429, headers={"Retry-After": "0"}),
        Reply(status=500, raw=b"oops"),
        Reply(status=503, headers={"Retry-After": "soon"}),
        Reply("half", cut=True),
        Reply("late", wait=2.0),
        Reply("slow", drip=0.05),
    ],
    ids=["cut JSON", "HTML", "empty", "types", "deep", "error", "429", "500", "503", "cut", "hanging", "dripping"],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_no_answer_is_asked_again(bad: Reply, stream: bool) -> None:
    with serving(first(bad)) as server, Client(endpoint(server.url, stream=stream, timeout=0.8)) as client:
        answer = client.ask(HELLO)
        assert answer.text == "fine"
        assert len(server.bodies) == answer.usage.asked == 2


@pytest.mark.parametrize("code", [400, 401, 403, 404, 413, 422, 302])
def test_what_no_further_try_mends_is_asked_once(code: int) -> None:
    with serving(always(Reply(status=code, raw=b"\x1b[31mno such model"))) as server:
        with Client(endpoint(server.url)) as client, pytest.raises(AnswerError, match=f"HTTP {code}: no such model"):
            client.ask(HELLO)
        assert len(server.bodies) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_an_endless_answer_is_dropped_before_it_fills_memory(stream: bool) -> None:
    with serving(always(Reply(raw=b"x" * 3_000_000))) as server, Client(endpoint(server.url, stream=stream)) as client:
        with pytest.raises(AnswerError, match="longer than"):
            client.ask(HELLO)
        assert len(server.bodies) == 1


def test_a_server_that_is_not_there_costs_nothing() -> None:
    with serving(always(Reply())) as server:
        url = server.url
    budget = Budget(tokens=1000)
    with Client(endpoint(url, attempts=2), budget) as client, pytest.raises(AnswerError, match="does not answer"):
        client.ask(HELLO)
    assert budget.tokens == 0


def test_retry_after_holds_everybody() -> None:
    times: list[float] = []

    def behave(body: Body, number: int) -> Reply:
        times.append(time.monotonic())
        return Reply("fine") if number else Reply(status=429, headers={"Retry-After": "1"})

    with (
        serving(behave) as server,
        Client(endpoint(server.url, concurrency=1)) as client,
        ThreadPoolExecutor(3) as pool,
    ):
        assert [answer.text for answer in pool.map(client.ask, [HELLO] * 3)] == ["fine"] * 3
    assert min(times[1:]) - times[0] >= 0.99
    assert retry_after(formatdate(1000, usegmt=True), now=990) == 10
    assert [retry_after(value) for value in (None, "soon", "nan", "-5", "1e9")] == [None, None, None, 0, 120]


def test_no_more_requests_at_once_and_a_minute_than_allowed() -> None:
    with serving(always(Reply("fine", wait=0.02))) as server:
        with Client(endpoint(server.url, concurrency=3, per_minute=1200)) as client, ThreadPoolExecutor(12) as pool:
            start = time.monotonic()
            list(pool.map(client.ask, [HELLO] * 21))
        assert time.monotonic() - start >= 20 * 0.05
        assert server.most_at_once <= 3


@pytest.mark.parametrize("limit", [130, 700, 2000])
def test_the_budget_is_never_exceeded_by_many_at_once(limit: int) -> None:
    budget = Budget(tokens=limit)

    def behave(body: Body, number: int) -> Reply:
        return [Reply("x", usage=(96, 20)), Reply("x", usage=None), Reply("x", cut=True)][number % 3]

    def ask(_: int) -> bool:
        try:
            client.ask(HELLO)
        except BudgetSpentError:
            return False
        return True

    with serving(behave) as server, Client(endpoint(server.url, concurrency=8), budget) as client:
        with ThreadPoolExecutor(8) as pool:
            answered = sum(pool.map(ask, range(40)))
        assert 116 * len(server.bodies) == budget.tokens  # each took, or may have taken, all that was reserved
    assert answered >= 1
    assert limit - 116 < budget.tokens <= limit


def test_money_is_counted_as_the_endpoint_charges() -> None:
    budget = Budget(usd=0.01)
    with (
        serving(always(Reply("x", usage=(90, 5)))) as server,
        Client(endpoint(server.url, price_in=2.0, price_out=10.0), budget) as client,
    ):
        answer = client.ask(HELLO)
    assert answer.usage.usd == pytest.approx((90 * 2 + 5 * 10) / 1e6) == pytest.approx(budget.usd)


def test_a_server_that_counts_more_than_was_reserved_makes_later_reservations_larger() -> None:
    budget = Budget(tokens=1500)
    with serving(always(Reply("x", usage=(560, 20)))) as server, Client(endpoint(server.url), budget) as client:
        client.ask(HELLO)  # 116 were reserved, 580 taken
        client.ask(HELLO)
        with pytest.raises(BudgetSpentError):
            client.ask(HELLO)
    assert budget.tokens == 1160


def test_what_a_killed_process_had_under_way_counts_in_full(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    code = """
import sys
from pathlib import Path
from vggsound_omni.soundatlas.servers import Budget, Client, Endpoint, Question, Text
client = Client(Endpoint(base_url=sys.argv[1], model="m", overhead_tokens=90), Budget(Path(sys.argv[2]), tokens=1000))
question = Question(parts=(Text(text="Hello?"),), most=20)
client.ask(question)
client.ask(question)
"""
    with serving(lambda body, number: Reply("x", wait=30.0 * number)) as server:
        process = subprocess.Popen([sys.executable, "-c", code, server.url, str(ledger)])
        while len(server.bodies) < 2:
            assert process.poll() is None
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with ledger.open("ab") as file:
        file.write(b'{"begin": 3, "tok')  # killed while it wrote: never sent
    for _ in range(2):  # however often it is read
        budget = Budget(ledger, tokens=1000)
        assert budget.tokens == 110 + 116
        budget.close()
    ledger.write_bytes(b"\xff\n")
    with pytest.raises(UserError, match=r"ledger.jsonl:1: is damaged"):
        Budget(ledger)


def test_an_answer_that_was_paid_for_is_not_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    likely = {"content": [{"token": "yes", "top_logprobs": [{"token": "yes", "logprob": -0.1}]}]}
    with serving(first(Reply("one", logprobs=likely))) as server:
        for _ in range(2):
            replies = Replies(path)
            with Client(endpoint(server.url), replies=replies) as client:
                answer = client.ask(HELLO)
            replies.close()
            assert answer.text == "one"
            assert answer.tokens == (("yes", (("yes", -0.1),)),)
        assert (answer.usage.asked, answer.usage.cached, answer.usage.tokens_in) == (0, 1, 0)
        assert len(server.bodies) == 1
        for other in (Question(parts=HELLO.parts, most=21), Question(parts=(Text(text="Hello!"),), most=20)):
            replies = Replies(path)
            with Client(endpoint(server.url), replies=replies) as client:
                assert client.ask(other).text == "fine"
            replies.close()


def test_a_damaged_answer_is_asked_for_again(tmp_path: Path) -> None:
    replies = Replies(tmp_path / "replies.sqlite")
    with serving(first(Reply("one"))) as server, Client(endpoint(server.url), replies=replies) as client:
        client.ask(HELLO)
        replies._file.execute("UPDATE replies SET answer = replace(answer, 'one', 'two')")
        assert client.ask(HELLO).text == "fine"
    replies.close()


def test_threads_share_one_file_of_answers(tmp_path: Path) -> None:
    replies = Replies(tmp_path / "replies.sqlite")
    questions = [Question(parts=(Text(text=str(i)),), most=20) for i in range(40)]

    def echo(body: Body, number: int) -> Reply:
        return Reply(body["messages"][0]["content"][0]["text"])

    with serving(echo) as server, Client(endpoint(server.url), replies=replies) as client:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(2):
                assert [a.text for a in pool.map(client.ask, questions)] == [str(i) for i in range(40)]
        assert len(server.bodies) == 40
    replies.close()


@pytest.mark.parametrize("stream", [False, True])
def test_requests_are_of_the_protocol_as_the_openai_package_types_it(stream: bool) -> None:
    media = (Text(text="What?"), Picture(data=b"\xff\xd8"), Sound(data=b"RIFF", seconds=1.0))
    question = Question(parts=media, system="Be brief.", logprobs=5)
    with serving(always(Reply("x"))) as server, Client(endpoint(server.url, stream=stream)) as client:
        client.ask(question)
    (body,) = server.bodies
    kind: Any = (
        completion_create_params.CompletionCreateParamsStreaming
        if stream
        else completion_create_params.CompletionCreateParamsNonStreaming
    )

    def validate(body: Body) -> None:
        TypeAdapter(kind).validate_python(body, strict=True)
        for message in body["messages"]:  # Iterables are validated only when they are used
            TypeAdapter[Any](ChatCompletionMessageParam).validate_python(message)
            for part in message["content"] if message["role"] == "user" else ():
                TypeAdapter[Any](ChatCompletionContentPartParam).validate_python(part, strict=True)

    validate(body)
    with pytest.raises(ValidationError):
        validate(body | {"messages": [{"role": "user", "content": [{"type": "text"}]}]})
    with pytest.raises(ValidationError):
        validate(body | {"max_tokens": "many"})
    ChatCompletion.model_validate_json(whole(Reply("x")))  # the server speaks it, too


def test_sound_and_video_in_the_form_of_vllm() -> None:
    question = Question(parts=(Sound(data=b"RIFF", seconds=1.0), Video(data=b"mp4", seconds=1.0)))
    with serving(always(Reply("x"))) as server, Client(endpoint(server.url, audio="audio_url")) as client:
        client.ask(question)
    assert server.bodies[0]["messages"][0]["content"] == [
        {"type": "audio_url", "audio_url": {"url": "data:audio/wav;base64,UklGRg=="}},
        {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,bXA0"}},
    ]


def test_the_key_goes_to_the_server_and_nowhere_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("A_KEY", "sk-secret")
    replies = Replies(tmp_path / "replies.sqlite")
    with (
        serving(always(Reply("x"))) as other,
        serving(always(Reply(status=307, headers={"Location": f"{other.url}/chat/completions"}))) as server,
    ):
        client = Client(endpoint(server.url, key_env="A_KEY"), replies=replies)
        with client, pytest.raises(AnswerError, match="307"):
            client.ask(HELLO)
        assert server.headers[0]["Authorization"] == "Bearer sk-secret"
        assert not other.bodies
        with Client(endpoint(other.url, key_env="A_KEY"), replies=replies) as client:
            client.ask(HELLO)
    replies.close()
    assert all(b"sk-secret" not in path.read_bytes() for path in tmp_path.iterdir())
    monkeypatch.delenv("A_KEY")
    with pytest.raises(UserError, match="A_KEY holds no key"):
        Client(endpoint(server.url, key_env="A_KEY"))


@pytest.mark.parametrize(
    "fields",
    [
        {"base_url": "file:///etc/passwd"},
        {"base_url": "http://user:word@host/v1"},
        {"extra": {"max_tokens": 10**6}},
        {"extra": {"n": 5}},
        {"price_in": -1},
        {"timeout": float("nan")},
        {"modle": "m"},
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(fields: Body) -> None:
    with pytest.raises(ValidationError):
        Endpoint.model_validate({"base_url": "http://host/v1", "model": "m"} | fields)


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    with serving(always(Reply("x"))) as server, Client(endpoint(server.url)) as client:
        client.ask(HELLO)
    assert threading.active_count() == before


def test_a_question_counts_at_least_the_tokens_of_its_text() -> None:
    question = Question(parts=(Text(text="犬" * 10), Sound(data=b"", seconds=2.0)))
    assert question.most_tokens(endpoint("http://host/v1", audio_tokens=12.5)) == 90 + 30 + 25
    assert json.dumps(question.body(endpoint("http://host/v1")))

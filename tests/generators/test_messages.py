"""Frames and messages: what is sent arrives, and whatever else comes is refused, in time and without memory."""

from __future__ import annotations

import json
import os
import resource
import socket
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.generators.worker.channel import Channel, ClosedError, FrameError
from vggsound_omni.generators.worker.messages import (
    Refused,
    most_samples,
    receive_answers,
    receive_loaded,
    requests_as_json,
    requests_from_json,
    send_answers,
)
from vggsound_omni.protocol import Audio

from .samples import framed, request

ONE = [request()]  # half a second
SOUND = '[{"channels": 1, "count": 8000, "rate": 16000}]'


class Pair:
    """Both ends, one of them without any rules."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.channel, self.theirs = Channel(ours.detach()), theirs

    def says(self, content: bytes) -> None:
        self.theirs.sendall(content)

    def close(self) -> None:
        self.channel.close()
        self.theirs.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.close()


def soon(seconds: float = 0.2) -> float:
    return time.monotonic() + seconds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(), parts, max_size=4),
    max_leaves=20,
)


@given(message=JSON, body=st.lists(st.binary(max_size=200), max_size=4))
def test_a_frame_arrives_as_it_was_sent(message: object, body: list[bytes]) -> None:
    pair, other = Pair(), b"".join(body)
    end = Channel(pair.theirs.detach())
    try:
        for _ in range(2):  # the second is not out of step
            end.send(message, body, soon(5))
            came, size = pair.channel.receive(1 << 20, 1 << 20, soon(5))
            content = bytearray(size)
            pair.channel.fill(content, soon(5))
            assert (came, bytes(content)) == (message, other)
    finally:
        end.close()
        pair.channel.close()


@given(
    shapes=st.lists(st.tuples(st.integers(1, 2), st.integers(1, 4000)) | st.none(), max_size=5), seed=st.integers(0, 9)
)
def test_sounds_arrive_to_the_bit(shapes: list[tuple[int, int] | None], seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = [
        Refused(rule="silent", reason="nothing")
        if shape is None
        else Audio(samples=rng.standard_normal(shape, np.float32), sample_rate=8000)
        for shape in shapes
    ]
    pair = Pair()
    end = Channel(pair.theirs.detach())
    sender = threading.Thread(target=send_answers, args=(end, answers))
    sender.start()
    came = receive_answers(pair.channel, [request()] * len(answers), soon(5))
    sender.join()
    end.close()
    pair.channel.close()
    assert isinstance(came, list)
    for there, here in zip(came, answers, strict=True):
        if isinstance(here, Audio):
            assert isinstance(there, Audio)
            assert (there.sample_rate, there.samples.shape) == (here.sample_rate, here.samples.shape)
            assert there.samples.tobytes() == here.samples.tobytes()
        else:
            assert there == here


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "it does not begin as a message does"),
        (framed("", length=2**32 - 1), "it announces 4,294,967,295 bytes of JSON and 0 of sound"),
        (framed("[]", size=2**64 - 1), "and 18,446,744,073,709,551,615 of sound; at most"),
        (framed("[" * 9000), "it is not JSON"),
        (framed("1" * 9000), "it is not JSON"),
        (framed("[NaN]"), "it is not JSON"),
        (framed('{"rule": "died"'), "it is not JSON"),
        (framed("[]"), "a list of 1 answers was due"),
        (framed("null"), "a list of 1 answers was due"),
        (framed("[3]"), "an answer is neither a sound nor a failure"),
        (framed('[{"channels": 1, "count": 8001.0, "rate": 16000}]'), "a failure without a known rule and a reason"),
        (framed('[{"channels": 1, "count": 99999, "rate": 16000}]'), "99,999 samples at 16,000 Hz are announced for"),
        (framed('[{"channels": 1, "count": -1, "rate": 16000}]'), "-1 samples at"),
        (framed('[{"channels": 3, "count": 9, "rate": 16000}]'), "3 channels at 16,000 Hz are announced"),
        (framed('[{"channels": 1, "count": 9, "rate": 192001}]'), "1 channels at 192,001 Hz are announced"),
        (framed(SOUND, b"abcd"), "4 bytes of samples follow, and 32,000 were announced"),
        (framed(SOUND.replace("}]", "},{}]"), bytes(32_000)), "a list of 1 answers was due"),
        (framed('[{"rule": "beauty", "reason": "x"}]'), "a failure without a known rule and a reason"),
        (framed('[{"rule": ["died"], "reason": "x"}]'), "a failure without a known rule and a reason"),
        (framed('[{"rule": "died", "reason": 5}]'), "a failure without a known rule and a reason"),
        (framed('{"rule": "died", "reason": "x"}', b"abcd"), "samples follow a failure"),
    ],
)
def test_what_is_no_answer_is_refused(pair: Pair, said: bytes, says: str) -> None:
    pair.says(said)
    with pytest.raises(FrameError) as caught:
        receive_answers(pair.channel, ONE, soon(1))
    assert says in str(caught.value)


@pytest.mark.parametrize("cut", [0, 1, 15, 16, 30, 63, 64, 1000, 32_000])
def test_an_answer_that_stops_in_the_middle_is_waited_for_until_its_time(pair: Pair, cut: int) -> None:
    pair.says(framed(SOUND, bytes(32_000))[:cut])
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        receive_answers(pair.channel, ONE, soon())
    assert 0.15 < time.monotonic() - began < 1


@pytest.mark.parametrize("cut", [0, 5, 40, 100])
def test_an_answer_whose_sender_is_gone_is_not_waited_for(pair: Pair, cut: int) -> None:
    pair.says(framed(SOUND, bytes(32_000))[:cut])
    pair.theirs.close()
    with pytest.raises(ClosedError):
        receive_answers(pair.channel, ONE, None)


def test_a_dead_process_whose_descendant_holds_the_channel_is_not_waited_for(pair: Pair) -> None:
    alive = [True, True, False]
    channel = Channel(os.dup(pair.channel._fd), lambda: len(alive) > 1 and alive.pop(0))
    with pytest.raises(ClosedError):
        channel.receive(10, 10)
    channel.close()


def test_who_does_not_read_is_not_waited_for(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        pair.channel.send("long " * 10**6, deadline=soon())
    pair.theirs.close()
    with pytest.raises(ClosedError):
        pair.channel.send("more", deadline=soon())


def test_no_memory_is_taken_for_what_is_only_announced(pair: Pair) -> None:
    many = [request(duration=8.0)] * 64  # up to 1.6 GB of sound may come
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    most = most_samples(many[0], 192_000)
    text = json.dumps([{"channels": 2, "count": most, "rate": 192_000}] * 64)
    pair.says(framed(text, size=64 * 8 * most))
    with pytest.raises(TimeoutError):
        receive_answers(pair.channel, many, soon())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (framed("[]"), "it says neither that the model is loaded nor that it is not"),
        (framed('{"card": {}, "batch_size": 1}'), "has other fields than"),
        (framed('{"card": [], "batch_size": 1}'), "neither"),
        (framed('{"card": {}, "batch_size": 0}'), "neither"),
        (framed('{"card": {}, "batch_size": 1e9}'), "neither"),
        (framed('{"sentence": 1, "traceback": ""}'), "neither"),
        (framed("{}", length=2**30), "it announces 1,073,741,824 bytes of JSON"),
    ],
)
def test_what_is_no_card_is_refused(pair: Pair, said: bytes, says: str) -> None:
    pair.says(said)
    with pytest.raises(FrameError) as caught:
        receive_loaded(pair.channel, "mine", soon(1))
    assert says in str(caught.value)


@given(
    text=st.text() | st.none(), duration=st.floats(0.1, 1e6), seed=st.integers(0, 2**32 - 1), name=st.text(min_size=1)
)
def test_requests_arrive_as_they_are(text: str | None, duration: float, seed: int, name: str) -> None:
    asked = [request(name, text=text, duration=duration, seed=seed)]
    assert requests_from_json(json.loads(json.dumps(requests_as_json(asked)))) == asked

"""The messages between a generator's process and ours, and how each is checked.

We send an :class:`Order`, then lists of requests. It sends a :class:`Loaded` or :class:`LoadFailed`, then an answer to
each list: for every request either the shape of a sound, whose samples follow as raw float32 in the order of the
requests, or the rule that was broken. Our side trusts nothing: each answer is checked again by
:func:`.conformance.validate`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vggsound_omni.errors import UserError
from vggsound_omni.generators.cards import MOST_EXTRA, fields_of, rebuilt
from vggsound_omni.generators.check.conformance import MOST_OF_DURATION, RULES, SAMPLE_RATES, Rule
from vggsound_omni.protocol import Audio, ModelCard, Request, Video
from vggsound_omni.wording import clean, shorten

from .channel import Buffer, Channel, FrameError

LARGEST_BATCH = 256
"""Requests at once, whatever a generator wants."""
_MOST_CHANNELS = 2
_SAMPLE = np.dtype("<f4")
_MOST_LOADED = 2 * MOST_EXTRA + 1024 * 1024
_MOST_SENTENCE = 4000  # characters
_MOST_TRACEBACK = 50_000
_JSON_ANSWER = 16 * 1024
"""Bytes of JSON for one request: a reason of 600 characters takes at most 7,200."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to load."""

    model: str
    arguments: Mapping[str, str]
    suite_name: str | None  # for the generators that need a suite; no other process is told which is run
    device: str | None


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The generator is ready."""

    card: ModelCard
    batch_size: int


@dataclass(frozen=True, kw_only=True)
class LoadFailed:
    """The generator could not be made."""

    sentence: str
    traceback: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A request, or all of them, without a valid answer."""

    rule: Rule
    reason: str


def most_samples(request: Request, rate: int) -> int:
    """Returns the most samples of a channel that an answer to a request can have."""
    return int(request.duration * rate * MOST_OF_DURATION) + 1


def order_as_json(order: Order) -> dict[str, Any]:
    """Returns what :func:`order_from_json` reads."""
    return {**vars(order), "arguments": dict(order.arguments)}


def order_from_json(message: object) -> Order:
    """Returns an order that our own side sent."""
    return Order(**message)  # type: ignore[arg-type]


def requests_as_json(requests: Sequence[Request]) -> list[dict[str, Any]]:
    """Returns what :func:`requests_from_json` reads."""
    return [
        vars(request)
        | {"duration": float(request.duration), "seed": int(request.seed), "video": _video_as_json(request.video)}
        for request in requests
    ]


def _video_as_json(video: Video | None) -> dict[str, Any] | None:
    if video is None:
        return None
    return {"path": str(video.path), "frame_rate": float(video.frame_rate), "seconds": float(video.seconds)}


def requests_from_json(message: object) -> list[Request]:
    """Returns requests that our own side sent."""
    requests = []
    for fields in message:  # type: ignore[attr-defined]
        video = fields.pop("video")
        if video is not None:
            video = Video(**{**video, "path": Path(video["path"])})
        requests.append(Request(**{**fields, "fit": tuple(fields["fit"])}, video=video))
    return requests


def send_loaded(channel: Channel, loaded: Loaded | LoadFailed) -> None:
    """Sends the outcome of loading."""
    if isinstance(loaded, LoadFailed):
        sentence, traceback = loaded.sentence[:_MOST_SENTENCE], loaded.traceback[-_MOST_TRACEBACK:]
        channel.send({"sentence": sentence, "traceback": traceback})
    else:
        channel.send({"card": fields_of(loaded.card), "batch_size": min(loaded.batch_size, LARGEST_BATCH)})


def receive_loaded(channel: Channel, model: str, deadline: float | None) -> Loaded | LoadFailed:
    """Receives the outcome of loading.

    Raises:
        FrameError: the message is something else.
        ClosedError: the process is gone.
        TimeoutError: it did not come in time.
    """
    message, _ = channel.receive(_MOST_LOADED, 0, deadline)
    match message:
        case {"sentence": str(sentence), "traceback": str(traceback)}:
            return LoadFailed(sentence=shorten(sentence, _MOST_SENTENCE), traceback=clean(traceback, keep_lines=True))
        case {"card": dict(fields), "batch_size": int(size)} if 1 <= size <= LARGEST_BATCH:
            try:
                return Loaded(card=rebuilt(fields, model), batch_size=int(size))
            except UserError as error:
                raise FrameError(str(error).rstrip(".")) from error
    raise FrameError("it says neither that the model is loaded nor that it is not")


def send_answers(channel: Channel, answers: Sequence[Audio | Refused] | Refused) -> None:
    """Sends the answers to a list of requests; sounds must be valid."""
    if isinstance(answers, Refused):
        channel.send(vars(answers))
        return
    heads: list[dict[str, Any]] = []
    body: list[Buffer] = []
    for answer in answers:
        if isinstance(answer, Refused):
            heads.append(vars(answer))
        else:
            channels, count = answer.samples.shape
            heads.append({"channels": channels, "count": count, "rate": answer.sample_rate})
            body.append(np.ascontiguousarray(answer.samples, _SAMPLE).data)
    channel.send(heads, body)


def receive_answers(
    channel: Channel, requests: Sequence[Request], deadline: float | None, came: Callable[[], None] = lambda: None
) -> list[Audio | Refused] | Refused:
    """Receives the answers to a list of requests. No more memory is taken than they can need.

    Args:
        channel: to the process.
        requests: what it answers.
        deadline: when to give up.
        came: called once the answers are announced, before their samples are read.

    Raises:
        FrameError: the message is something else, or longer than the answers can be.
        ClosedError: the process is gone.
        TimeoutError: it was not complete in time.
    """
    frame = _MOST_CHANNELS * _SAMPLE.itemsize
    most = sum(frame * most_samples(request, SAMPLE_RATES[1]) for request in requests)
    message, size = channel.receive(_JSON_ANSWER * (1 + len(requests)), most, deadline)
    came()
    if isinstance(message, dict):
        if size:
            raise FrameError("samples follow a failure")
        return _refusal(message)
    if not isinstance(message, list) or len(message) != len(requests):
        raise FrameError(f"a list of {len(requests)} answers was due")
    shapes = [_announced(head, request) for head, request in zip(message, requests, strict=True)]
    announced = sum(_SAMPLE.itemsize * shape[0] * shape[1] for shape in shapes if not isinstance(shape, Refused))
    if announced != size:
        raise FrameError(f"{size:,} bytes of samples follow, and {announced:,} were announced")
    answers: list[Audio | Refused] = []
    for shape in shapes:
        if isinstance(shape, Refused):
            answers.append(shape)
            continue
        samples = np.empty(shape[:2], _SAMPLE)
        channel.fill(samples.data, deadline)
        answers.append(Audio(samples=samples.astype(np.float32, copy=False), sample_rate=shape[2]))
    return answers


def _announced(head: object, request: Request) -> tuple[int, int, int] | Refused:
    """Channels, samples and sample rate of an acceptable sound, or the refusal."""
    match head:
        case {"channels": int(channels), "count": int(count), "rate": int(rate)}:
            if not 1 <= channels <= _MOST_CHANNELS or not SAMPLE_RATES[0] <= rate <= SAMPLE_RATES[1]:
                raise FrameError(f"{channels:,} channels at {rate:,} Hz are announced")
            if not 1 <= count <= most_samples(request, rate):
                raise FrameError(f"{count:,} samples at {rate:,} Hz are announced for {request.duration:.4g} s")
            return channels, count, rate
        case dict():
            return _refusal(head)
    raise FrameError("an answer is neither a sound nor a failure")


def _refusal(message: Mapping[Any, object]) -> Refused:
    rule, reason = message.get("rule"), message.get("reason")
    for known in RULES:
        if rule == known and isinstance(reason, str):
            return Refused(rule=known, reason=shorten(reason))
    raise FrameError("a failure without a known rule and a reason")

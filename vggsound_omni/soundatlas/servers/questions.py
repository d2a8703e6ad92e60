"""What a model is asked: texts, pictures, video and sound, in the form of OpenAI's chat protocol."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

from .endpoint import Endpoint


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture, encoded."""

    data: bytes
    form: str = "jpeg"


@dataclass(frozen=True, kw_only=True)
class Video:
    """A video, encoded."""

    data: bytes
    seconds: float
    form: str = "mp4"


@dataclass(frozen=True, kw_only=True)
class Sound:
    """A sound, encoded."""

    data: bytes
    seconds: float
    form: str = "wav"


Part = Text | Picture | Video | Sound


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question to a model, without memory of others."""

    parts: tuple[Part, ...]
    most: int = 300  # tokens of the answer
    system: str | None = None
    logprobs: int = 0  # likeliest tokens whose log-probabilities are wanted beside each token of the answer

    def body(self, endpoint: Endpoint) -> dict[str, Any]:
        """Returns the request's body."""
        messages: list[dict[str, Any]] = [] if self.system is None else [{"role": "system", "content": self.system}]
        messages.append({"role": "user", "content": [_wire(part, endpoint) for part in self.parts]})
        body = dict(endpoint.extra) | {"model": endpoint.model, "messages": messages, "max_tokens": self.most}
        if endpoint.temperature is not None:
            body["temperature"] = endpoint.temperature
        if endpoint.seed is not None:
            body["seed"] = endpoint.seed
        if self.logprobs:
            body |= {"logprobs": True, "top_logprobs": self.logprobs}
        if endpoint.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return body

    def most_tokens(self, endpoint: Endpoint) -> int:
        """Returns the most tokens that the question can count: a text has at most one a byte."""
        texts = [self.system or "", *(part.text for part in self.parts if isinstance(part, Text))]
        tokens = endpoint.overhead_tokens + sum(len(text.encode()) for text in texts)
        for part in self.parts:
            match part:
                case Picture():
                    tokens += endpoint.picture_tokens
                case Video():
                    tokens += endpoint.video_tokens * part.seconds
                case Sound():
                    tokens += endpoint.audio_tokens * part.seconds
        return math.ceil(tokens)

    def key(self, endpoint: Endpoint) -> str:
        """Returns the SHA-256 of everything that an answer depends on: the server, and the request, media included."""
        content = json.dumps([endpoint.base_url, self.body(endpoint)], sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(content.encode()).hexdigest()


def _wire(part: Part, endpoint: Endpoint) -> dict[str, Any]:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Picture():
            return {"type": "image_url", "image_url": {"url": _uri(f"image/{part.form}", part.data)}}
        case Video():
            return {"type": "video_url", "video_url": {"url": _uri(f"video/{part.form}", part.data)}}
        case Sound() if endpoint.audio == "audio_url":
            return {"type": "audio_url", "audio_url": {"url": _uri(f"audio/{part.form}", part.data)}}
        case Sound():
            data = base64.b64encode(part.data).decode()
            return {"type": "input_audio", "input_audio": {"data": data, "format": part.form}}


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"

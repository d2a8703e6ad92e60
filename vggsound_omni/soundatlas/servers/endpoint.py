"""A server and its model: where it is, how it takes sound, what it charges, how hard it may be pressed."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter, field_validator

from vggsound_omni.errors import UserError

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Endpoint(BaseModel):
    """One model behind one server. Tokens for media are the most that a server may count; a budget reserves them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str  # up to and with /v1
    model: str
    key_env: str | None = None  # the environment variable that holds the key; the key itself is never written
    audio: Literal["input_audio", "audio_url"] = "input_audio"  # OpenAI's form, or vLLM's and SGLang's
    video: Literal["image_url", "video_url"] = "image_url"  # a clip as pictures, or as a video without sound
    stream: bool = False  # some hosts answer only in streams
    seed: int | None = 0  # None: not sent, for servers that refuse it
    temperature: NotNegative | None = 0.0  # None: not sent
    extra: dict[str, Any] = Field(default_factory=dict)  # further fields of a request, such as a cap on reasoning
    price_in: NotNegative = 0.0  # USD a million tokens
    price_out: NotNegative = 0.0
    audio_tokens: NotNegative = 50.0  # the most a second of sound
    picture_tokens: NotNegative = 1500.0  # the most a picture
    video_tokens: NotNegative = 1500.0  # the most a second of video
    overhead_tokens: NotNegative = 500.0  # the most that its template adds to a question
    timeout: Positive = 120.0  # seconds for one attempt, all of it
    attempts: Annotated[int, Field(ge=1, le=20)] = 6
    concurrency: Annotated[int, Field(ge=1, le=1024)] = 16  # requests at once
    per_minute: Positive | None = None  # requests; None: as fast as they go

    @field_validator("base_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        url = TypeAdapter(HttpUrl).validate_python(value)
        if url.username or url.password or url.query or url.fragment:
            raise ValueError("it has a user, password, query or fragment; name the key's variable with key_env")
        return value.rstrip("/")

    @field_validator("extra")
    @classmethod
    def _is_further(cls, value: dict[str, Any]) -> dict[str, Any]:
        ours = {"messages", "model", "n", "stream", "max_tokens", "max_completion_tokens", "stream_options"} & set(
            value
        )
        if ours:
            raise ValueError(f"{', '.join(sorted(ours))} may not be set: a budget could not hold")
        return value

    @property
    def url(self) -> str:
        """Where questions go."""
        return f"{self.base_url}/chat/completions"

    def headers(self) -> dict[str, str]:
        """Returns the headers of a request.

        Raises:
            UserError: the variable of the key is not set, or holds what is no key.
        """
        if self.key_env is None:
            return {}
        key = os.environ.get(self.key_env, "")
        if not re.fullmatch(r"[\x21-\x7e]+", key):
            raise UserError(f"The environment variable {self.key_env} holds no key for {self.base_url}; set it.")
        return {"Authorization": f"Bearer {key}"}

    def usd(self, tokens_in: float, tokens_out: float) -> float:
        """Returns what tokens cost."""
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6

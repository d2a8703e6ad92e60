"""Models of the transformers library that run in this process, by their name on the hub or their folder."""

from __future__ import annotations

import hashlib
import io
import threading
import time
import wave
from typing import Annotated, Any

import numpy as np
import torch
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from vggsound_omni.errors import UserError
from vggsound_omni.media import resample
from vggsound_omni.media._torchaudio import torchaudio  # noqa: F401 - before transformers, which imports it as it is
from vggsound_omni.wording import shorten

from .servers import Answer, AnswerError, Picture, Question, Replies, Sound, Text, Usage


class Local(BaseModel):
    """One model in this process. It costs no money and no tokens of a budget; its CPU time is counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    local: Annotated[str, StringConstraints(min_length=1)]  # name on the hub, or folder
    revision: str | None = None  # a commit of the hub; None: the newest
    device: str = "cpu"
    dtype: str = Field("auto", pattern="^(auto|float32|bfloat16|float16)$")


class LocalModel:
    """Answers one question at a time. Loads its weights with the first; code that comes with them never runs."""

    at_once = 1
    video = False

    def __init__(self, spec: Local, replies: Replies | None = None) -> None:
        self.spec, self._replies = spec, replies
        self.name = spec.local
        self.identity = f"{spec.local}@{spec.revision or 'newest'} in this process, {spec.dtype}"
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def ask(self, question: Question) -> Answer:
        """Answers a question without sampling; an answer that is known is not computed again.

        Raises:
            AnswerError: the model cannot take such a question.
            UserError: there is no such model, or it needs what is not installed.
        """
        key = hashlib.sha256(f"{self.identity}\n{question!r}".encode()).hexdigest()
        known = self._replies.find(key) if self._replies else None
        if known is not None:
            return known
        with self._lock:
            answer = self._answered(question)
        if self._replies:
            self._replies.keep(key, answer)
        return answer

    def _answered(self, question: Question) -> Answer:
        processor, model = self._loaded or self._load()
        began = time.thread_time()
        content = [_given(part, _rate(processor)) for part in question.parts]
        messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if question.system is not None:
            messages.insert(0, {"role": "system", "content": [{"type": "text", "text": question.system}]})
        try:
            inputs = processor.apply_chat_template(
                messages, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
            ).to(model.device, dtype=model.dtype)
            with torch.inference_mode():
                out = model.generate(
                    **inputs,
                    max_new_tokens=question.most,
                    do_sample=False,
                    return_dict_in_generate=True,
                    output_logits=question.logprobs > 0,
                )
        except (ValueError, TypeError, KeyError, IndexError, RuntimeError) as error:
            what = f"{self.spec.local} does not take the question ({shorten(str(error), 200)})"
            raise AnswerError(what, again=False, billed=False) from error
        new = out.sequences[0, inputs["input_ids"].shape[1] :].tolist()
        ends = model.generation_config.eos_token_id
        stopped = bool(new) and new[-1] in (ends if isinstance(ends, list) else [ends])
        return Answer(
            text=processor.decode(new, skip_special_tokens=True),
            finish="stop" if stopped else "length",
            tokens=_likely(out.logits, new, processor, question.logprobs) if question.logprobs else (),
            usage=Usage(
                tokens_in=inputs["input_ids"].shape[1],
                tokens_out=len(new),
                cpu_seconds=time.thread_time() - began,
                asked=1,
            ),
        )

    def _load(self) -> tuple[Any, Any]:
        where = {"revision": self.spec.revision, "trust_remote_code": False}
        dtype = self.spec.dtype if self.spec.dtype == "auto" else getattr(torch, self.spec.dtype)
        try:
            from transformers import AutoModelForMultimodalLM, AutoProcessor

            processor = AutoProcessor.from_pretrained(self.spec.local, **where)  # type: ignore[no-untyped-call]
            model = AutoModelForMultimodalLM.from_pretrained(
                self.spec.local, dtype=dtype, use_safetensors=True, **where
            )
            self._loaded = processor, model.to(self.spec.device).eval()
        except (OSError, ValueError, ImportError, KeyError, RuntimeError) as error:
            raise UserError(f'The model "{self.spec.local}" cannot be loaded: {shorten(str(error), 300)}') from error
        return self._loaded


def _rate(processor: Any) -> int:  # noqa: ANN401
    return int(getattr(getattr(processor, "feature_extractor", None), "sampling_rate", 16_000))


def _given(part: object, rate: int) -> dict[str, Any]:
    """Returns a part of a question as a chat template takes it.

    Raises:
        AnswerError: it is a video.
    """
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Picture():
            return {"type": "image", "image": Image.open(io.BytesIO(part.data)).convert("RGB")}
        case Sound():
            with wave.open(io.BytesIO(part.data)) as file:
                coded = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
                return {"type": "audio", "audio": resample(coded.astype(np.float32), file.getframerate(), rate)}
        case _:
            raise AnswerError("a model in this process is given pictures, not videos", again=False, billed=False)


def _likely(
    logits: tuple[torch.Tensor, ...],
    tokens: list[int],
    processor: Any,  # noqa: ANN401
    count: int,
) -> tuple[tuple[str, tuple[tuple[str, float], ...]], ...]:
    """Returns each token with the likeliest in its place, and their log-probabilities."""
    found = []
    for token, row in zip(tokens, logits, strict=True):
        best = torch.log_softmax(row[0].float(), dim=-1).topk(min(count, row.shape[-1]))
        likely = [
            (processor.decode([index]), value)
            for index, value in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        ]
        found.append((processor.decode([token]), tuple(likely)))
    return tuple(found)

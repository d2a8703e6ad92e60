"""An audio language model as a judge: is it heard, with which probability? And answers to a user's own questions."""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import chain, repeat
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from rich.console import Console

from vggsound_omni.errors import UserError, first_problem
from vggsound_omni.features.judging import Said
from vggsound_omni.io import reading
from vggsound_omni.metrics import MetricError, Ratings, Verdicts
from vggsound_omni.metrics.estimate import F64
from vggsound_omni.progress import Progress
from vggsound_omni.suites.foleyworld import CLASSES, WORLD_VERSION, render_audio, scene

from .asker import Asker, Model, opened
from .clips import sound_part
from .drafts import MOST_CHARACTERS, commands
from .prompts import prompt
from .roles import Samples
from .servers import Answer, AnswerError, Budget, BudgetSpentError, Question, Sound, Text

_ANSWERS_DEPEND_ON = {"model", "temperature", "seed", "extra", "audio", "local", "revision", "dtype"}
"""Of a model's settings; where its server stands, how fast it is and what it costs is not of them."""
_ANSWERING = 0.05
"""Probability of "yes" and "no" together below which a model does something else than answering."""
_Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
_EVENTS = TypeAdapter(Annotated[list[_Short], Field(min_length=1, max_length=12)])


class Criterion(BaseModel):
    """A question of the user's about every sound."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    good: Literal["yes", "no"] = "yes"  # which answer speaks for the sound


class JudgeConfig(BaseModel):
    """The file of a judge."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    judge: Model
    rubric: tuple[Criterion, ...] = ()
    budget: Annotated[float, Field(ge=0)] | None = None  # USD, over all scorings of one run
    budget_tokens: Annotated[int, Field(ge=0)] | None = None  # the same in tokens, in and out together
    likeliest: Annotated[int, Field(ge=0, le=20)] = 5  # tokens whose log-probabilities are asked for; 0: none
    scenes: Annotated[int, Field(ge=4, le=1000)] = 32  # recordings of FoleyWorld that the judge is calibrated with


def read_judge(path: Path) -> JudgeConfig:
    """Reads a file that names a judge.

    Raises:
        UserError: it cannot be read, or says what it must not.
    """
    with reading(path):
        content = path.read_bytes()
    try:
        config = JudgeConfig.model_validate(tomllib.loads(content.decode("utf-8")))
    except ValidationError as error:
        raise UserError(f"{path}: {first_problem(error)}.") from error
    except ValueError as error:
        raise UserError(f"{path}: is not TOML ({error}).") from error
    keys = [one.key for one in config.rubric]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise UserError(f'{path}: two questions have the key "{twice}".')
    prices = (getattr(config.judge, "price_in", 0.0), getattr(config.judge, "price_out", 0.0))
    if config.budget is not None and not any(prices):
        raise UserError(f"{path}: budget counts USD, and the judge names no prices; add price_in and price_out.")
    return config


@contextmanager
def open_judge(path: Path, ledger: Path | None, console: Console) -> Iterator[LanguageJudge]:
    """Opens the judge that a file names; nothing is asked or loaded yet.

    Raises:
        UserError: the file says what it must not, or a key is not set.
    """
    config = read_judge(path)
    budget = Budget(ledger, usd=config.budget, tokens=config.budget_tokens)
    try:
        with opened({"judge": config.judge}, budget) as askers:
            yield LanguageJudge(askers["judge"], config, console)
    finally:
        budget.close()


class LanguageJudge:
    """Asks one question about one sound at a time, several at once; see :class:`~vggsound_omni.features.judging.Judge`.

    The first failure is final: whatever is asked afterwards fails alike, and at once.
    """

    def __init__(self, asker: Asker, config: JudgeConfig, console: Console) -> None:
        self._asker, self._config, self._console = asker, config, console
        self._check, self._rubric, self._events = prompt("check"), prompt("rubric"), prompt("events")
        self._failure: MetricError | None = None
        self._calibration: tuple[F64, F64] | None = None
        self.name = asker.name
        self.keys = tuple(one.key for one in config.rubric)
        fixed = [config.judge.model_dump(include=_ANSWERS_DEPEND_ON), config.likeliest]
        self.sha256 = _sha256([*fixed, self._check.sha256, self._events.sha256, config.scenes, WORLD_VERSION])
        self.rubric_sha256 = _sha256([*fixed, self._rubric.sha256, [one.model_dump() for one in config.rubric]])

    def verdicts(self, sounds: Sequence[Samples], said: Sequence[Said]) -> Verdicts:
        """Says of each sound whether what should be heard is; see :class:`~vggsound_omni.features.judging.Judge`."""
        there, absent = self._calibrated()
        jobs = (partial(self._heard, sound, one) for sound, one in zip(sounds, said, strict=True))
        return Verdicts(self._all(jobs, len(said), "Asking the judge"), there, absent)

    def ratings(self, sounds: Sequence[Samples]) -> Ratings:
        """Answers the user's questions; see :class:`~vggsound_omni.features.judging.Judge`."""
        asked = [self._rubric.fill(question=one.question) for one in self._config.rubric]
        jobs = (partial(self._answers, sound, asked) for sound in sounds)
        found = np.array(self._all(jobs, len(sounds), "Asking the judge your questions"))
        good = np.array([one.good == "yes" for one in self._config.rubric])
        return Ratings(np.where(good, found, 1 - found), self.keys)

    def _calibrated(self) -> tuple[F64, F64]:
        """What the judge says of as many events that are there as that are not, in scenes of the train split."""
        if self._calibration is None:
            scenes = self._config.scenes
            jobs = (partial(self._heard, *_recording(index)) for index in range(scenes))
            found = self._all(jobs, scenes, "Calibrating the judge")
            there, absent = zip(*(np.split(numbers, 2) for numbers in found), strict=True)
            self._calibration = np.concatenate(there), np.concatenate(absent)
        return self._calibration

    def _heard(self, sound: Samples, said: Said) -> F64:
        return self._answers(sound, [self._check.fill(event=event) for event in self._events_of(said)])

    def _events_of(self, said: Said) -> Sequence[str]:
        """Returns what to ask for: of a caption what the model reads in it, or all of it if that is of no use."""
        if said.events or not said.caption:
            return said.events
        answer = self._asker.ask(Question(parts=(Text(text=self._events.fill(caption=said.caption)),), most=200))
        text = re.sub(r"^\s*```(?:json)?\s*|\s*```\s*$", "", answer.text[:MOST_CHARACTERS])
        try:
            events = _EVENTS.validate_json(text)
        except ValidationError:
            return (said.caption,)
        return (said.caption,) if any(commands(event) for event in events) else list(dict.fromkeys(events))

    def _answers(self, sound: Samples, asked: Sequence[str]) -> F64:
        heard = sound_part(sound)
        found = [self._probability(text, heard) for text in asked]
        return np.array([np.nan if one is None else one for one in found], np.float64)

    def _probability(self, text: str, heard: Sound) -> float | None:
        question = Question(parts=(Text(text=text), heard), most=8, logprobs=self._config.likeliest)
        return probability(self._asker.ask(question))

    def _all(self, jobs: Iterable[Callable[[], F64]], total: int, title: str) -> list[F64]:
        """Returns what jobs bring, in their order, with few under way at any time.

        Raises:
            MetricError: one failed.
        """
        if self._failure is not None:
            raise self._failure
        found: list[F64] = []
        waiting: deque[Future[F64]] = deque()
        with Progress(title, total, self._console) as progress, ThreadPoolExecutor(self._asker.at_once) as pool:
            try:
                for job in chain(jobs, repeat(None)):
                    if job is not None:
                        waiting.append(pool.submit(job))
                    if not waiting:
                        break
                    if job is None or len(waiting) > 2 * self._asker.at_once:
                        found.append(waiting.popleft().result())
                        progress.advance()
            except (AnswerError, BudgetSpentError, UserError) as error:
                pool.shutdown(wait=False, cancel_futures=True)
                what = str(error).rstrip(".") or "its budget is spent; a larger one goes on from here"
                self._failure = MetricError(f"The judge {self.name} gave no answer: {what}.")
                raise self._failure from error
        return found


@lru_cache(maxsize=64)
def _recording(index: int) -> tuple[Samples, Said]:
    """Returns the sound of a scene, and as many events that are there as, after them, events that are not."""
    one = scene("train", "main", index)
    others = [name for name in CLASSES if name not in one.labels]
    absent = np.random.default_rng(index).permutation(others)[: len(one.labels)]
    return render_audio(one), Said(events=(*one.labels, *map(str, absent)))


def _sha256(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def probability(answer: Answer) -> float | None:
    """Returns the probability of "yes" against "no"; None if the answer is neither.

    From the log-probabilities of the first token if the server tells them, as in AQAScore; otherwise 1 or 0.
    """
    weights = {"yes": 0.0, "no": 0.0}
    for token, value in answer.tokens[0][1] if answer.tokens else ():
        word = token.strip().strip("\"'.").casefold()
        if word in weights and value <= 0:  # NaN is not
            weights[word] += math.exp(value)
    if sum(weights.values()) >= _ANSWERING:
        return weights["yes"] / sum(weights.values())
    found = re.match(r"\W*(yes|no)\b", answer.text, re.IGNORECASE)
    return None if answer.refused or found is None else float(found[1].casefold() == "yes")

"""The roles played by models that are asked, behind a server or in this process."""

from __future__ import annotations

from collections.abc import Sequence

from .asker import Asker
from .clips import RATE, Clip, picture_parts, sound_part, video_part
from .drafts import Draft, Event, UnusableError, read_context, read_draft, read_verdict
from .prompts import Prompt, prompt
from .roles import Checked, Heard, Samples, Seen
from .servers import AnswerError, Picture, Question, Text, Usage, Video


def _identity(model: Asker, asked: Prompt) -> str:
    return f"{model.identity}, prompt {asked.name} {asked.sha256[:12]}"


class ServedDescriber:
    """Describes a few pictures of a clip in words."""

    def __init__(self, model: Asker) -> None:
        self._model = model
        self._prompt = prompt("vision")
        self.identity = _identity(model, self._prompt)

    def describe(self, clip: Clip) -> Seen:
        """Asks once: a clip can do without."""
        pictures: tuple[Picture | Video, ...] = picture_parts(clip)
        if self._model.video:
            video = video_part(clip)
            pictures = () if video is None else (video,)
        if not pictures:
            return Seen(context=None)
        answer = self._model.ask(Question(parts=(Text(text=self._prompt.fill()), *pictures), most=160))
        try:
            context = read_context(answer.text, refused=answer.refused)
        except UnusableError as error:
            return Seen(context=None, problem=error.problem, usage=answer.usage)
        return Seen(context=context, usage=answer.usage)


class ServedCaptioner:
    """Captions a clip, and is told once or twice what was wrong with an answer that cannot be used."""

    def __init__(self, model: Asker, *, senior: bool, rounds: int = 2, most: int = 600, thinking: int = 0) -> None:
        """Takes the model.

        Args:
            model: which.
            senior: whether it is shown a draft, and why it is asked.
            rounds: answers that it may give.
            most: tokens of an answer.
            thinking: tokens that it may think for, on top.
        """
        self._model = model
        self._prompt = prompt("senior" if senior else "junior")
        self._senior = senior
        self._rounds, self._most = rounds, most + thinking
        self.identity = _identity(model, self._prompt)

    def caption(
        self,
        clip: Clip,  # noqa: ARG002
        samples: Samples,
        context: str | None,
        draft: Draft | None,
        reasons: Sequence[str],
    ) -> Heard:
        """Asks up to as many times as there are rounds."""
        values: dict[str, object] = {"seconds": round(len(samples) / RATE, 1), "context": context or "none"}
        if self._senior:
            values["draft"] = "none" if draft is None else draft.model_dump_json(by_alias=True)
            values["reasons"] = list(reasons)
        parts = (Text(text=self._prompt.fill(**values)), sound_part(samples))
        usage, problem = Usage(), ""
        for _ in range(self._rounds):
            again = (Text(text=prompt("again").fill(problem=problem)),) if problem else ()
            try:
                answer = self._model.ask(Question(parts=(*parts, *again), most=self._most))
            except AnswerError as error:
                error.usage = usage + error.usage
                raise
            usage += answer.usage
            try:
                return Heard(draft=read_draft(answer.text, refused=answer.refused, finish=answer.finish), usage=usage)
            except UnusableError as error:
                problem = error.problem
        return Heard(draft=None, problem=problem, usage=usage)


class ServedChecker:
    """Asks yes or no for each event."""

    def __init__(self, model: Asker) -> None:
        self._model = model
        self._prompt = prompt("check")
        self.identity = _identity(model, self._prompt)

    def check(self, clip: Clip, samples: Samples, event: Event) -> Checked:  # noqa: ARG002
        """Asks once; anything but the one word is no answer."""
        parts = (Text(text=self._prompt.fill(event=event.said)), sound_part(samples))
        answer = self._model.ask(Question(parts=parts, most=8))
        return Checked(yes=read_verdict(answer.text, refused=answer.refused), usage=answer.usage)

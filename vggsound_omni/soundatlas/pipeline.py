"""One clip from routing to filtering. Every decision is recorded with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeVar

from . import filtering
from .clips import Clip, samples_of
from .drafts import Draft
from .handoff import Complexity, reasons
from .roles import Captioner, Checker, Describer, Samples
from .routing import route
from .scorers import Scorers
from .servers import AnswerError, Usage
from .thresholds import Thresholds

Status = Literal["kept", "dropped", "rejected", "failed"]
"""Kept; dropped by the router; rejected by a filter; failed for want of an answer, and tried again next time."""
Result = TypeVar("Result")


@dataclass(kw_only=True)
class Record:
    """What became of one clip, and why."""

    id: str
    status: Status = "failed"
    caption: str | None = None
    route: str | None = None
    context: str | None = None
    draft: dict[str, Any] | None = None  # the caption as data
    author: str | None = None  # "junior" or "senior"
    model: str | None = None  # the author's identity
    labels: tuple[str, ...] = ()
    audio_visual: float | None = None
    junior_score: float | None = None  # text-audio scores
    text_audio: float | None = None  # of the caption in the end
    escalation: tuple[str, ...] = ()  # why the senior was asked
    decisions: list[tuple[str, str]] = field(default_factory=list)  # (step, what and why) in order
    usage: dict[str, dict[str, Any]] = field(default_factory=dict)  # by step

    def note(self, step: str, what: str) -> None:
        """Records a decision."""
        self.decisions.append((step, what))

    def end(self, status: Status, step: str, why: str) -> Record:
        """Records how it ends."""
        self.status = status
        self.note(step, f"{status}: {why}")
        return self

    def spend(self, step: str, usage: Usage) -> None:
        """Adds what a step took."""
        before = Usage(**self.usage[step]) if step in self.usage else Usage()
        self.usage[step] = asdict(before + usage)


@dataclass(frozen=True, kw_only=True)
class Atlas:
    """The pipeline: its roles, and when what happens. A role that is None is left out."""

    junior: Captioner | None
    senior: Captioner | None
    thresholds: Thresholds
    scorers: Scorers | None = None
    describer: Describer | None = None
    checker: Checker | None = None
    complexity: Complexity = field(default_factory=Complexity)
    text_filter: bool = True

    def caption(self, clip: Clip) -> Record:
        """Captions one clip.

        Raises:
            UserError: its files cannot be read.
            BudgetSpentError: the clip would cost more than is left; nothing is decided of it.
        """
        record = Record(id=clip.id)
        samples = samples_of(clip)
        if self.scorers is not None:
            record.audio_visual = self.scorers.audio_visual(clip, samples)
        record.route, why = route(record.audio_visual, self.thresholds)
        record.note("routing", f"{record.route}: {why}")
        if record.route == "dropped":
            return record.end("dropped", "routing", why)
        if record.route == "audio-visual" and self.describer is not None:
            describer = self.describer
            seen = _asked(record, "compression", lambda: describer.describe(clip))
            if seen is not None:
                record.context = seen.context
                record.spend("compression", seen.usage)
                said = "context written" if seen.context else "nothing that could sound is seen"
                record.note("compression", f"no context: {seen.problem}" if seen.problem else said)
        found = self._drafted(record, clip, samples)
        if found is None:
            return record
        record.caption, record.draft = found.sentence, found.model_dump(by_alias=True)
        record.labels = tuple(dict.fromkeys(event.what for event in found.events))
        why_not = filtering.text_audio(found, record.text_audio, self.thresholds) if self.text_filter else None
        if why_not is None and self.checker is not None and record.route == "audio-visual":
            checker = self.checker
            checked = _asked(record, "filtering", lambda: filtering.events(clip, samples, found, checker))
            if checked is None:
                return record.end("failed", "filtering", "the check got no answer")
            why_not, usage = checked
            record.spend("filtering", usage)
        if why_not is not None:
            return record.end("rejected", "filtering", why_not)
        return record.end("kept", "filtering", f"caption of the {record.author}")

    def _drafted(self, record: Record, clip: Clip, samples: Samples) -> Draft | None:
        """The junior's draft, or the senior's if there is a reason."""
        draft, problem = None, "there is no junior"
        if self.junior is not None:
            junior, record.author, record.model = self.junior, "junior", self.junior.identity
            heard = _asked(record, "junior", lambda: junior.caption(clip, samples, record.context, None, ()))
            problem = "no answer"
            if heard is not None:
                record.spend("junior", heard.usage)
                draft, problem = heard.draft, heard.problem or ""
            record.junior_score = record.text_audio = self._score(draft, samples)
            record.note("junior", "drafted" if draft else f"no draft: {problem}")
            if draft is None and self.senior is None:
                record.end("failed" if heard is None else "rejected", "junior", f"no draft: {problem}")
        if self.senior is None:
            return draft
        why = reasons(draft, problem, record.junior_score, self.thresholds, self.complexity)
        if not why:
            record.note("handoff", "the draft stands")
            return draft
        record.escalation, senior = why, self.senior
        record.note("handoff", f"to the senior: {'; '.join(why)}")
        heard = _asked(record, "senior", lambda: senior.caption(clip, samples, record.context, draft, why))
        if heard is None or heard.draft is None:
            if heard is not None:
                record.spend("senior", heard.usage)
            why_not = f"no draft: {heard.problem if heard else 'no answer'}"
            record.end("failed" if heard is None else "rejected", "senior", why_not)
            return None
        record.spend("senior", heard.usage)
        record.author, record.model = "senior", senior.identity
        record.text_audio = self._score(heard.draft, samples)
        record.note("senior", "drafted")
        return heard.draft

    def _score(self, draft: Draft | None, samples: Samples) -> float | None:
        return None if draft is None or self.scorers is None else self.scorers.text_audio(draft.sentence, samples)


def _asked(record: Record, step: str, ask: Callable[[], Result]) -> Result | None:
    """Returns what a step brings; None if its server gave no answer, which is recorded."""
    try:
        return ask()
    except AnswerError as error:
        record.spend(step, error.usage)
        record.note(step, f"no answer: {error}")
        return None

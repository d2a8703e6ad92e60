"""Tries a generator on small requests, to tell its author whether it conforms."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from vggsound_omni.errors import UserError
from vggsound_omni.generators.worker.in_process import Failed, Generated, Outcome
from vggsound_omni.media import write_mp4
from vggsound_omni.protocol import Audio, Request, Task, Video
from vggsound_omni.suites.suite import Suite
from vggsound_omni.tracks import TRACKS

from .conformance import RULES, Rule

Attempt = Callable[[Sequence[Request]], list[Outcome] | Failed]
"""One call of ``generate``, as :meth:`.worker.Worker.attempt`."""
Mark = Literal["pass", "fail", "not seen"]

ROWS: dict[str, tuple[str, tuple[Rule, ...]]] = {
    "answers": ("answers", ("raised", "died", "timeout", "missing", "tasks")),
    "count": ("an Audio for each request", ("type", "count")),
    "order": ("in the order of the requests", ()),
    "format": ("float32, (channels, samples), 1 or 2 channels", ("dtype", "shape", "channels")),
    "sample_rate": ("sample rate sane", ("sample_rate",)),
    "length": ("length within 1 %", ("length",)),
    "finite": ("finite", ("finite",)),
    "range": ("within [-1, 1]", ("range",)),
    "silent": ("not silent", ("silent",)),
    "seed": ("same seed, same audio", ()),
    "batch": ("batch size changes nothing", ()),
}
"""What is checked: its title, and the rules it stands for; rows without rules are found by comparing answers."""

SAME_DB = 40.0
"""Two answers are the same if their difference is this far below the first. Rounding on an accelerator stays 60 dB
below, another random draw is at 0 dB."""
_DURATIONS = (2.0, 1.6, 2.0)  # seconds; they differ, so that answers padded to the longest are noticed
_TEXTS = ("A dog barks twice in a courtyard", "Rain falls on a tin roof", "A church bell rings far away")
_FULL = 10.0  # seconds, where a track takes whole items: as long as the field's clips are
_FPS = 25
_SIZE = 128


@dataclass
class Report:
    """The findings for one task."""

    task: Task
    marks: dict[str, Mark] = field(default_factory=lambda: dict.fromkeys(ROWS, "not seen"))
    # For each of :data:`ROWS`; ``not seen`` if another failure hides it, or all answers are alike.
    reasons: dict[str, str] = field(default_factory=dict)
    """For each row that failed: one sentence."""

    @property
    def passed(self) -> bool:
        """Returns whether nothing failed."""
        return "fail" not in self.marks.values()

    def fail(self, row: str, reason: str) -> None:
        """Marks a row as failed; the first reason is kept."""
        self.marks[row] = "fail"
        self.reasons.setdefault(row, reason)


def tiny_requests(task: Task, folder: Path) -> list[Request]:
    """Returns three requests of at most 2 s, with captions and drawn videos, which are written to the folder."""
    requests = []
    for number, (duration, text) in enumerate(zip(_DURATIONS, _TEXTS, strict=True), start=1):
        requests.append(_request(f"check-{task}-{number}", task, duration, text, number, folder))
    return requests


def full_request(task: Task, folder: Path) -> Request:
    """Returns one request as long as a track's, with a video as in :func:`tiny_requests`: some models stop short."""
    number = len(_DURATIONS) + 1
    return _request(f"check-{task}-{number}", task, min(longest(task), _FULL), _TEXTS[0], number, folder)


def suite_requests(task: Task, suite: Suite, folder: Path, *, own_ids: bool) -> list[Request]:
    """Returns three requests for a suite's first items, each as long as in a run; their video is drawn.

    Args:
        task: what is given.
        suite: the suite.
        folder: where the video is written.
        own_ids: whether requests carry the items' ids, for models that find files or recordings by them.

    Raises:
        UserError: the suite has no items.
    """
    items = suite.items()
    if own_ids:
        items = [item for item in items if item.has_audio] or items
    if not items:
        raise UserError(f'The suite "{suite.name}" has no items to ask for.')
    requests = []
    for number, item in enumerate(items[:3], start=1):
        name = item.id if own_ids else f"check-{task}-{number}"
        duration = min(item.duration, longest(task))
        requests.append(_request(name, task, duration, item.caption or _TEXTS[0], number, folder))
    return requests


def longest(task: Task) -> float:
    """Returns the most seconds that a track of a task asks for: its window, or infinity if it has none."""
    return max(math.inf if track.window is None else track.window for track in TRACKS.values() if track.task == task)


def inspect(task: Task, requests: Sequence[Request], attempt: Attempt, full: Request | None = None) -> Report:
    """Sends all requests at once, then each alone, then the first again, and compares the answers.

    Args:
        task: what is given.
        requests: at least one.
        attempt: calls the generator.
        full: sent last, and checked against the rules only.
    """
    report = Report(task=task)
    together = attempt(requests)
    alone = [_single(attempt([request])) for request in requests]
    again = _single(attempt(requests[:1]))
    of_batch = [] if isinstance(together, Failed) else together
    named: list[tuple[str, Outcome]] = [("all at once", together)] if isinstance(together, Failed) else []
    named += [(f"request {number} of a batch", answer) for number, answer in enumerate(of_batch, start=1)]
    named += [(f"request {number} alone", answer) for number, answer in enumerate(alone, start=1)]
    if full is not None:
        named.append((f"a request of {full.duration:g} s", _single(attempt([full]))))
    _judge_rules(report, named)
    _judge_seed(report, alone[0], again)
    _judge_batch(report, requests, together, alone)
    return report


def same(first: Audio, second: Audio) -> bool:
    """Returns whether two answers are the same sound, see :data:`SAME_DB`."""
    if first.sample_rate != second.sample_rate or first.samples.shape != second.samples.shape:
        return False
    difference = float(np.sum((first.samples.astype(np.float64) - second.samples) ** 2))
    return difference <= 10 ** (-SAME_DB / 10) * float(np.sum(first.samples.astype(np.float64) ** 2))


def _judge_rules(report: Report, answers: Sequence[tuple[str, Outcome]]) -> None:
    order: list[Rule] = list(RULES)
    reached = [len(order) if isinstance(answer, Generated) else order.index(answer.rule) for _, answer in answers]
    for row, (_, rules) in ROWS.items():
        for where, answer in answers:
            if isinstance(answer, Failed) and answer.rule in rules:
                report.fail(row, f"{where}: {answer.reason}.")
        if rules and report.marks[row] != "fail" and max(reached) > max(order.index(rule) for rule in rules):
            report.marks[row] = "pass"


def _judge_seed(report: Report, first: Outcome, again: Outcome) -> None:
    if not isinstance(first, Generated) or not isinstance(again, Generated):
        return
    if same(first.audio, again.audio):
        report.marks["seed"] = "pass"
    else:
        report.fail(
            "seed",
            "the same request asked for twice gave two different sounds; draw every random number from "
            "request.seed, and leave no state behind.",
        )


def _judge_batch(
    report: Report, requests: Sequence[Request], together: list[Outcome] | Failed, alone: Sequence[Outcome]
) -> None:
    single = [answer.audio for answer in alone if isinstance(answer, Generated)]
    if isinstance(together, Failed):
        if len(single) == len(requests) > 1:
            report.fail("batch", f"each request works alone, {len(requests)} at once do not: {together.reason}.")
        return
    batch = [answer.audio for answer in together if isinstance(answer, Generated)]
    if report.marks["seed"] != "pass" or len(single) != len(requests) or len(batch) != len(requests):
        return
    for place, audio in enumerate(batch):
        others = [other for other in range(len(single)) if other != place and same(audio, single[other])]
        if not same(audio, single[place]) and others:
            report.fail("order", f"the answer in place {place + 1} of a batch is the one to request {others[0] + 1}.")
    if report.marks["order"] == "fail":
        return
    alike = all(same(one, other) for i, one in enumerate(single) for other in single[:i])
    changed = [number for number, (one, other) in enumerate(zip(batch, single, strict=True), 1) if not same(one, other)]
    if changed:
        report.fail(
            "batch",
            f"request {changed[0]} sounds otherwise when asked for alone; seed each request by itself, and "
            "let padding change nothing.",
        )
    else:
        report.marks["batch"] = "pass"
        report.marks["order"] = "not seen" if alike else "pass"


def _single(result: list[Outcome] | Failed) -> Outcome:
    return result if isinstance(result, Failed) else result[0]


def _request(name: str, task: Task, duration: float, text: str, number: int, folder: Path) -> Request:
    video = None
    if task != "t2a":
        video = Video(path=folder / f"{name}.mp4", frame_rate=_FPS, seconds=duration)
        write_mp4(video.path, _bouncing_ball(round(duration * _FPS), number), _FPS, None)
    return Request(
        id=name, task=task, duration=duration, text=None if task == "v2a" else text, video=video, seed=number
    )


def _bouncing_ball(count: int, number: int) -> npt.NDArray[np.uint8]:
    """(count, 128, 128, 3): a ball that hits the floor ``number`` times."""
    frames = np.full((count, _SIZE, _SIZE, 3), 40, np.uint8)
    down, across = np.mgrid[:_SIZE, :_SIZE]
    phase = np.arange(count) / count * number * np.pi
    for frame, height in zip(frames, np.abs(np.cos(phase)), strict=True):
        ball = (down - (_SIZE - 20 - 80 * height)) ** 2 + (across - _SIZE / 2) ** 2 < 12**2
        frame[ball] = (240, 160, 80)
    return frames

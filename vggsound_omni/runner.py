"""A run: plan, generate, score. The same call again finishes what is missing and changes nothing that is there."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .environment import environment
from .errors import UserError
from .features import sound_hash
from .protocol import Generator, ModelCard, Request, Video
from .run_folder import Asked, Record, RunFolder
from .suites import Suite, items_hash, open_suite
from .suites.items import Item
from .tracks import Track, load_track

if TYPE_CHECKING:
    from .generators.worker import InProcess, Outcome, Worker

PROFILES = ("omni",)


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """One generator on one track of one suite at one seed."""

    suite: str = "foleyworld"
    track: str
    model: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    profile: str = "omni"
    limit: int | None = None
    """The first so many items of the track only. May grow from one call to the next in the same folder."""
    batch_size: int | None = None
    """Requests given at once; None lets the generator say."""
    device: str | None = None
    """Where the model runs, for models that can be told; no part of what identifies a run."""
    timeout: float = 600.0
    """Seconds an item may take."""
    retry_failed: bool = False
    """Try items again that failed before."""
    output: Path

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise UserError(f"--limit is {self.limit}; it must be at least 1.")
        if self.batch_size is not None and self.batch_size < 1:
            raise UserError(f"--batch-size is {self.batch_size}; it must be at least 1.")
        if not 0 <= self.seed < 2**32:
            raise UserError(f"--seed is {self.seed}; it must lie between 0 and 4294967295.")
        if self.profile not in PROFILES:
            raise UserError(f'Unknown profile "{self.profile}"; there is {", ".join(PROFILES)}.')

    @property
    def asked(self) -> Asked:
        """What identifies the run."""
        return Asked(
            suite=self.suite,
            track=self.track,
            model=self.model,
            arguments=dict(self.arguments),
            seed=self.seed,
            profile=self.profile,
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The items of a run, chosen before anything is generated."""

    suite: Suite
    track: Track
    items: list[Item]
    items_sha256: str
    """Over all items of the suite."""


def make_plan(suite_name: str, track_name: str, limit: int | None = None) -> Plan:
    """Chooses the items.

    Raises:
        UserError: no such suite or track, or items that lack what the track needs.
    """
    track = load_track(track_name)
    suite = open_suite(suite_name)
    items = suite.items()
    chosen = track.select(items, suite.name)[:limit]
    if not any(item.has_audio for item in chosen):
        track = track.without_reference()
    return Plan(suite=suite, track=track, items=chosen, items_sha256=items_hash(items))


def item_seed(seed: int, item_id: str) -> int:
    """The seed of one item, in [0, 2**32), from the run's seed and the item's id alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{item_id}".encode()).digest()[:4], "big")


def generate(options: RunOptions, console: Console, generator: Generator | None = None) -> Plan:
    """Generates what is missing of a run into its folder.

    Args:
        options: what is asked.
        console: where progress and failures are shown.
        generator: an object to call in this process instead of the model that ``options`` names, without a time limit.

    Raises:
        UserError: the plan cannot be made, the model cannot be loaded, or the folder cannot be written to.
    """
    plan = make_plan(options.suite, options.track, options.limit)
    folder = RunFolder(options.output)
    folder.check(options.asked, plan.items_sha256)
    with writing_to(options.output), folder.locked():
        missing = _missing(plan, folder, retry_failed=options.retry_failed)
        if not missing:
            folder.start(options.asked, plan.items_sha256, options.limit, {})
            return plan
        # Loading comes before rendering: a mistyped name or a broken model is told at once.
        with _asked(options, folder, generator) as worker:
            _check_task(worker.card, plan.track, options.model)
            details = {
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "card": asdict(worker.card),
                "environment": environment(),
            }
            folder.start(options.asked, plan.items_sha256, options.limit, details)
            plan.suite.check(missing)
            _generate(missing, plan, options, folder, worker, console)
    return plan


@contextmanager
def _asked(options: RunOptions, folder: RunFolder, generator: Generator | None) -> Iterator[Worker | InProcess]:
    from .generators.worker import InProcess, Worker

    if generator is not None:
        yield InProcess(generator, options.model)
        return
    with Worker(
        options.model,
        options.arguments,
        options.suite,
        options.timeout,
        device=options.device,
        log=folder.log,
    ) as worker:
        yield worker


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turns a full disk or a folder that cannot be written to into a sentence; what is there stays resumable."""
    try:
        yield
    except OSError as error:
        raise UserError(
            f"Cannot write to {path}: {error.strerror or error}; mend that and run the same command again to finish."
        ) from error


def _check_task(card: ModelCard, track: Track, model: str) -> None:
    if track.task not in card.tasks:
        raise UserError(f"Model {model} does {', '.join(card.tasks)}, and track {track.name} asks for {track.task}.")


def _missing(plan: Plan, folder: RunFolder, *, retry_failed: bool) -> list[Item]:
    records = folder.records()
    return [
        item
        for item in plan.items
        if (record := records.get(item.id)) is None or (retry_failed and record.status == "failed")
    ]


def _generate(
    items: Sequence[Item],
    plan: Plan,
    options: RunOptions,
    folder: RunFolder,
    worker: Worker | InProcess,
    console: Console,
) -> None:
    size = options.batch_size or worker.batch_size
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(escape(f"{options.model} on {plan.track.name}"), total=len(items))
        for start in range(0, len(items), size):
            batch = items[start : start + size]
            with tempfile.TemporaryDirectory(prefix="omni-bench-") as scratch:
                requests = [_request(item, plan, options.seed, Path(scratch)) for item in batch]
                outcomes = worker.generate(requests)
            records = [_keep(item, outcome, folder) for item, outcome in zip(batch, outcomes, strict=True)]
            folder.append(records)
            for record in records:
                if record.status == "failed":
                    progress.console.print(
                        f"[red]{escape(record.id)} failed[/] ({record.rule}): {escape(record.reason or '')}",
                        highlight=False,
                    )
            progress.advance(bar, len(batch))


def _request(item: Item, plan: Plan, seed: int, scratch: Path) -> Request:
    """What the generator is given: never more than the task says, and never the sound of the video."""
    from .media import copy_picture, probe

    video: Video | None = None
    duration = min(item.duration, plan.track.window)
    if plan.track.task != "t2a":
        source = plan.suite.media(item).video
        assert source is not None, "the track has checked it"
        silent = copy_picture(source, scratch)
        picture = probe(silent).video
        assert picture is not None, "the suite has checked it"
        video = Video(path=silent, frame_rate=picture.frame_rate, seconds=duration)
    return Request(
        id=item.id,
        task=plan.track.task,
        duration=duration,
        text=None if plan.track.task == "v2a" else item.caption,
        video=video,
        seed=item_seed(seed, item.id),
    )


def _keep(item: Item, outcome: Outcome, folder: RunFolder) -> Record:
    """Puts an item's audio on disk; the line that says so comes after."""
    from .generators.worker import Failed
    from .media import read_audio, write_flac

    if isinstance(outcome, Failed):
        return Record(
            id=item.id, status="failed", seconds=round(outcome.seconds, 3), rule=outcome.rule, reason=outcome.reason
        )
    path = folder.audio_path(item.id)
    write_flac(path, outcome.audio)
    kept = read_audio(path, mono=False)
    return Record(
        id=item.id,
        status="done",
        seconds=round(outcome.seconds, 3),
        audio=str(path.relative_to(folder.path)),
        sha256=sound_hash(kept.samples, kept.sample_rate),
    )

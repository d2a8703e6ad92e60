"""Generates a run. Calling it again generates what is missing and changes nothing that exists."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from vggsound_omni.devices import check_device
from vggsound_omni.errors import NotForTrackError, UserError
from vggsound_omni.features import sound_hash
from vggsound_omni.generators import listing_of
from vggsound_omni.generators.fingerprint import fingerprint
from vggsound_omni.generators.worker.memory import mebibytes
from vggsound_omni.generators.worker.worker import Failed, InProcess, Outcome, Worker
from vggsound_omni.io import writing_to
from vggsound_omni.media import copy_picture, probe, read_audio, write_flac
from vggsound_omni.progress import Progress
from vggsound_omni.protocol import Generator, ModelCard, Request, Task, Video
from vggsound_omni.sharding import shard_of
from vggsound_omni.suites import Suite, unreadable
from vggsound_omni.suites.suite import Item
from vggsound_omni.tracks import Track
from vggsound_omni.wording import clean

from .environment import environment
from .folder import Record, RunFolder
from .plan import Plan, RunOptions, item_seed, make_plan, media_sha256, remaining_task
from .watching import Advance, Watcher


def changed_media(suite: Suite, items: Sequence[Item], records: Mapping[str, Record]) -> list[str]:
    """Returns the ids of finished items whose video or recording has changed since they were generated."""
    found = []
    for item in items:
        record = records.get(item.id)
        if record is not None and record.media is not None and record.media != media_sha256(suite, item):
            found.append(item.id)
    return found


def generate(
    options: RunOptions,
    console: Console,
    generator: Generator | None = None,
    check: Callable[[Plan], object] = lambda _: None,
    watchers: Sequence[Watcher] = (),
    worker: Worker | None = None,
) -> Plan:
    """Generates the missing items of a run, or of its shard, into its folder.

    Args:
        options: the run's options.
        console: shows progress and failures.
        generator: a generator object, called in this process and without a time limit, instead of the model that
            ``options`` names.
        check: called with the plan before anything else; what it raises ends the run.
        watchers: told of every batch.
        worker: the model that ``options`` names, if a caller holds it over several shards; it is left open.

    Raises:
        UserError: the plan cannot be made, the model cannot be loaded, or the folder cannot be written to.
    """
    check_device(options.device)
    plan = make_plan(options.suite, options.track, options.limit)
    check(plan)
    for sentence in [*plan.track.left_out(plan.suite.items()), *plan.track.cut(plan.items)]:
        console.print(sentence, style="yellow", markup=False, highlight=False)
    folder, config = RunFolder(options.output, options.shard), options.config
    task = remaining_task(plan.track, config.without)
    folder.check(config, plan.is_of)
    with writing_to(options.output), folder.locked():
        records = folder.records()
        missing = _missing(plan, options, records)
        if not missing:
            folder.start(config, plan.records_sha256, options.limit, options.name, {})
            return plan
        listing = None if generator is not None else listing_of(options.model)
        by_id = listing is not None and listing.knows_items
        code = None if generator is not None else fingerprint(options.model, options.arguments)
        # The model is loaded before anything is rendered, so that a mistyped name or a broken model shows at once.
        with nullcontext(worker) if worker is not None else _worker(options, folder, generator) as loaded:
            _check_task(loaded.card, plan.track, task, options.model)
            details = {
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "card": asdict(loaded.card),
                "environment": environment(),
            }
            folder.start(config, plan.records_sha256, options.limit, options.name, details)
            broken = unreadable(plan.suite, missing)
            if len(broken) == len(missing) == len(shard_of(plan.items, options.shard)):
                raise UserError(
                    broken[missing[0].id] + (f" The same holds for {len(broken) - 1} more." if len(broken) > 1 else "")
                )
            _check_done(plan, folder, code, console)
            if options.shard:
                _remove_orphans(folder, missing, records)
            attempts = {item.id: records[item.id].attempt + 1 for item in missing if item.id in records}
            generating = _Generating(plan, task, options, folder, loaded, by_id, code, broken, attempts, watchers)
            generating.run(missing, console)
    return plan


@contextmanager
def _worker(options: RunOptions, folder: RunFolder, generator: Generator | None) -> Iterator[Worker | InProcess]:
    if generator is not None:
        yield InProcess(generator, options.model)
        return
    if not isinstance(options.suite, str) and (listing := listing_of(options.model)) and listing.needs_suite:
        raise UserError(
            f'The model "{options.model}" opens the suite by name in its own process, so it cannot run on a suite '
            "object; name the suite, or pass the generator as an object too."
        )
    with Worker(
        options.model, options.arguments, options.config.suite, options.timeout, device=options.device, log=folder.log
    ) as worker:
        yield worker


def _check_task(card: ModelCard, track: Track, task: Task, model: str) -> None:
    if task not in card.tasks:
        asks = (
            f"track {track.name} asks for {task}" if task == track.task else f"what is left of {track.name} is {task}"
        )
        raise NotForTrackError(f"Model {model} does {', '.join(card.tasks)}, and {asks}.")


def _missing(plan: Plan, options: RunOptions, records: Mapping[str, Record]) -> list[Item]:
    return [
        item
        for item in shard_of(plan.items, options.shard)
        if (record := records.get(item.id)) is None or (options.retry_failed and record.status == "failed")
    ]


def _remove_orphans(folder: RunFolder, items: Sequence[Item], records: Mapping[str, Record]) -> None:
    """Removes sounds without a line, of workers that were killed between the two; where one exists, it stays."""
    for item in items:
        if item.id not in records:
            folder.audio_path(item.id).unlink(missing_ok=True)


def _check_done(plan: Plan, folder: RunFolder, code: str | None, console: Console) -> None:
    """Checks that finished items were made with the same media and code, before more are generated.

    Raises:
        UserError: an item's media have changed.
    """
    records = folder.records()
    own = shard_of(plan.items, folder.shard)  # the others are checked by their workers, and when the run is scored
    done = [item for item in own if item.id in records and records[item.id].status == "done"]
    if not done:
        return
    gone = unreadable(plan.suite, done)
    if changed := changed_media(plan.suite, [item for item in done if item.id not in gone], records):
        raise UserError(
            f'The video or recording of "{changed[0]}"{_more(changed)} has changed since {folder.path} was generated; '
            "restore it, or choose another --output."
        )
    others = sum(records[item.id].code not in (None, code) for item in done)
    if others:
        console.print(
            f"The model's code has changed since {others} finished items were generated; the result will say so. "
            "To generate all items with one version, choose another --output.",
            style="yellow",
            markup=False,
            highlight=False,
        )


def _more(ids: Sequence[str]) -> str:
    return f" (and of {len(ids) - 1} more)" if len(ids) > 1 else ""


@dataclass(frozen=True)
class _Generating:
    """Generates the items of a run, batch by batch."""

    plan: Plan
    task: Task  # of the requests: the track's, or what is left of it
    options: RunOptions
    folder: RunFolder
    worker: Worker | InProcess
    by_id: bool  # whether requests carry the items' own ids, for models that look answers up by id
    code: str | None  # fingerprint of the model's code
    broken: Mapping[str, str]  # why an item's files cannot be used, by id; such items fail without a request
    attempts: Mapping[str, int]  # which attempt it is, by id, of items that were tried before
    watchers: Sequence[Watcher] = ()

    def run(self, items: Sequence[Item], console: Console) -> None:
        """Generates items and shows progress."""
        size = self.options.batch_size or self.worker.batch_size
        ids = [item.id for item in items]
        names = dict(zip(ids, ids, strict=True)) if self.by_id else self.folder.aliases(ids)
        title = f"{self.options.name or self.options.model} on {self.plan.track.name}"
        with self.folder.scratch() as scratch, Progress(title, len(items), console, announce=True) as progress:
            failed, seconds = 0, 0.0
            for start in range(0, len(items), size):
                batch = items[start : start + size]
                records = self._batch(batch, names, scratch)
                self.folder.append(records)
                for record in records:
                    if record.status == "failed":
                        reason = escape(clean(record.reason or ""))
                        console.print(f"[red]{escape(record.id)} failed[/] ({record.rule}): {reason}", highlight=False)
                progress.advance(len(batch))
                failed += sum(record.status == "failed" for record in records)
                seconds += sum(record.seconds for record in records)
                for watcher in self.watchers:
                    watcher.advance(
                        Advance(
                            track=self.plan.track.name,
                            done=start + len(batch),
                            total=len(items),
                            failed=failed,
                            seconds=seconds,
                        )
                    )

    def _batch(self, items: Sequence[Item], names: Mapping[str, str], scratch: Path) -> list[Record]:
        """Calls the generator once; an item whose video cannot be copied fails without affecting the others."""
        outcomes: dict[str, Outcome] = {}
        requests: dict[str, Request] = {}
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            for item in items:
                try:
                    if item.id in self.broken:
                        raise UserError(self.broken[item.id])  # noqa: TRY301 - one way to fail
                    requests[item.id] = self._request(item, names[item.id], Path(folder))
                except UserError as error:
                    outcomes[item.id] = Failed(rule="missing", reason=str(error), seconds=0.0)
            answers = self.worker.generate(list(requests.values())) if requests else []
        outcomes |= dict(zip(requests, answers, strict=True))
        return [self._keep(item, outcomes[item.id]) for item in items]

    def _request(self, item: Item, name: str, scratch: Path) -> Request:
        """Makes the request for an item: only what the task allows, and never the sound of the video.

        Raises:
            UserError: the item's video cannot be read or copied.
        """
        task = self.task
        duration = min(item.duration, self.plan.track.window or item.duration)
        video: Video | None = None
        if task != "t2a":
            source = self.plan.suite.media(item).video
            if source is None:
                raise UserError(f'Item "{item.id}" has no video.')
            silent = copy_picture(source, scratch, name)
            picture = probe(silent).video
            if picture is None:
                raise UserError(f"{source}: its video stream cannot be read after copying.")
            video = Video(path=silent, frame_rate=picture.frame_rate, seconds=duration)
        return Request(
            id=name,
            task=task,
            duration=duration,
            text=None if task == "v2a" else item.caption,
            video=video,
            seed=item_seed(self.options.seed, item.id),
            fit=self.options.config.fit,
        )

    def _keep(self, item: Item, outcome: Outcome) -> Record:
        """Writes an item's audio, then its record."""
        seconds = round(outcome.seconds, 3)
        if isinstance(outcome, Failed):
            return self._failed(item, outcome)
        path = self.folder.audio_path(item.id)
        try:
            media = media_sha256(self.plan.suite, item)
            write_flac(path, outcome.audio, first=self.options.shard is not None and item.id not in self.attempts)
            kept = read_audio(path, mono=False)
        except UserError as error:
            return self._failed(item, Failed(rule="missing", reason=str(error), seconds=seconds))
        return Record(
            id=item.id,
            status="done",
            seconds=seconds,
            audio=str(path.relative_to(self.folder.path)),
            sha256=sound_hash(kept.samples, kept.sample_rate),
            media=media,
            memory=mebibytes(self.worker.peak.host),
            gpu_memory=mebibytes(self.worker.peak.gpu),
            code=self.code,
            attempt=self.attempts.get(item.id, 0),
        )

    def _failed(self, item: Item, failed: Failed) -> Record:
        return Record(
            id=item.id,
            status="failed",
            seconds=round(failed.seconds, 3),
            rule=failed.rule,
            reason=failed.reason,
            code=self.code,
            attempt=self.attempts.get(item.id, 0),
        )

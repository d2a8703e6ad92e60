"""A run on several devices of one machine: a worker of a shard for each, in one folder."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from rich.console import Console

from vggsound_omni.devices import check_device
from vggsound_omni.errors import UserError
from vggsound_omni.progress import Progress
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import Plan, RunOptions, make_plan
from vggsound_omni.sharding import Shard
from vggsound_omni.wording import clean, shorten

_POLL = 0.5  # seconds between two looks at the workers
_GRACE = 10.0  # seconds in which a worker may end when it is told to
_TAIL = 4096  # bytes of what a worker said that are looked at


def arguments_of(options: RunOptions) -> list[str]:
    """Returns the arguments of ``omni-bench generate`` that say the same as some options, without shard and device.

    Raises:
        UserError: the suite or the track is an object, which no command line can name.
    """
    if not isinstance(options.suite, str) or not isinstance(options.track, str):
        raise UserError(
            "A suite or track that is an object has no name for other processes; name it, or use one device."
        )
    found = ["--suite", options.suite, "--track", options.track, "--model", options.model]
    found += ["--name", options.name] if options.name is not None else []
    for key, value in options.arguments.items():
        found += ["-m", f"{key}={value}"]
    for part in options.without:
        found += ["--without", part]
    for fit in options.fit:
        found += ["--fit", fit]
    found += ["--limit", str(options.limit)] if options.limit is not None else []
    found += ["--batch-size", str(options.batch_size)] if options.batch_size is not None else []
    found += ["--retry-failed"] if options.retry_failed else []
    return [*found, "--seed", str(options.seed), "--timeout", str(options.timeout), "--output", str(options.output)]


def generate_on(devices: Sequence[str], options: RunOptions, console: Console) -> Plan:
    """Generates a run with a worker on each device; what a dead one leaves is done on the first device.

    Args:
        devices: such as "cuda:0"; a device that is named twice has two workers.
        options: of the run, without a shard.
        console: shows progress.

    Raises:
        UserError: no such device, or what a worker says of a mistake.
    """
    if options.shard:
        raise UserError("--devices makes shards of its own; give --device with --shard.")
    for device in devices:
        check_device(device)
    plan = make_plan(options.suite, options.track, options.limit)
    folder, common = RunFolder(options.output), arguments_of(options)
    folder.check(options.config, plan.is_of)
    options.output.mkdir(parents=True, exist_ok=True)
    workers = []
    try:
        for index, device in enumerate(devices, 1):
            workers.append(_Worker(Shard(index, len(devices)), device, common, options.output))
        _watch(workers, folder, plan, console)
    finally:
        for worker in workers:
            worker.end()
    for worker in workers:
        if worker.code == 1:
            raise UserError(worker.sentence())
        if worker.code:
            console.print(
                f"The worker on {worker.device} died (exit code {worker.code}); what it left is done on {devices[0]}.",
                style="yellow",
                markup=False,
                highlight=False,
            )
    return generate(replace(options, device=devices[0], retry_failed=False), console)


class _Worker:
    """One ``omni-bench generate --shard`` in a process of its own."""

    def __init__(self, shard: Shard, device: str, common: Sequence[str], folder: Path) -> None:
        self.device = device
        self._said = folder / f"model-{shard.label}-worker.log"
        self._log: IO[bytes] = self._said.open("wb")
        own = ["--shard", str(shard), "--device", device, "--max-failures", str(10**9)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vggsound_omni", "generate", *common, *own],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    @property
    def code(self) -> int | None:
        """The exit code; None while it works."""
        return self._process.poll()

    def sentence(self) -> str:
        """Returns what it said of the user's mistake."""
        lines = self._said.read_bytes()[-_TAIL:].decode(errors="replace").split("omni-bench: ")
        return clean(" ".join(lines[-1].split())) or f"The worker on {self.device} failed; see {self._said}."

    def end(self) -> None:
        """Ends it if it still works, and removes what it said if that is of no interest."""
        if self.code is None:
            self._process.terminate()
            try:
                self._process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
        if self.code == 0:
            self._said.unlink(missing_ok=True)


def _watch(workers: Sequence[_Worker], folder: RunFolder, plan: Plan, console: Console) -> None:
    """Shows how many items are finished until all workers have ended."""
    title = shorten(f"{plan.track.name} on {len(workers)} devices", 100)
    with Progress(title, len(plan.items), console, announce=True) as progress:
        while any(worker.code is None for worker in workers):
            time.sleep(_POLL)
            progress.update(sum(content.count(b"\n") for content in folder.journals().values()))

"""A run on a cluster of Ray: actors hold the model, and small shards go to whichever is free, into one folder."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
import urllib.parse
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.generators.worker.worker import Worker
from vggsound_omni.progress import Progress
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import Plan, RunOptions, make_plan
from vggsound_omni.runs.score import ScoreOptions, encode_shard, unfinished
from vggsound_omni.sharding import Shard, shard_of
from vggsound_omni.wording import shorten

from .several import arguments_of

if TYPE_CHECKING:
    from types import ModuleType

_ROUNDS = 5
"""Each of an actor's shards has half of what is left, so that few are begun and none works long while others wait."""
_POLL = 0.5  # seconds between two looks at the run
_KNOCK = 5.0  # seconds in which an address must answer
_PASSED_ON = ("OMNI_BENCH_CACHE", "PYTHONPATH", "HF_HOME", "HF_HUB_OFFLINE")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Where a run goes."""

    address: str  # "HOST:PORT", "ray://HOST:PORT", "auto" (of this machine's cluster) or "local" (a new one here)
    workers: int | None = None  # actors; None: one for each GPU if the device is one, else for each core


def generate_on_ray(cluster: Cluster, options: RunOptions, console: Console, scoring: ScoreOptions | None) -> Plan:
    """Generates a run by actors, and encodes it by them.

    The folder, the working folder and the suite's files must be at the same paths on every node. The shard of an actor
    that dies is done again once.

    Args:
        cluster: where.
        options: of the run, without a shard.
        console: shows progress.
        scoring: how the sounds are encoded; None: they are not.

    Raises:
        UserError: no such cluster, what an actor says of a mistake, or items that two actors died of.
    """
    arguments_of(options)  # an object has no name for other processes
    plan = make_plan(options.suite, options.track, options.limit)
    folder = RunFolder(options.output)
    folder.check(options.config, plan.is_of)
    options.output.mkdir(parents=True, exist_ok=True)
    with _connected(cluster.address) as ray, _watching(plan, folder, console) as look:
        count = cluster.workers or _places(ray, options.device)
        shards = _unfinished(plan, folder, options, count)
        _Actors(ray, options, min(count, len(shards)), look).do(shards, console)
        if scoring is not None and not unfinished(options.output, plan):
            encoding = [Shard(index, count) for index in range(1, count + 1)]
            _Actors(ray, options, count, look).do(encoding, console, scoring)
    if left := unfinished(options.output, plan):
        raise UserError(
            f"{left} items are left, of which two workers died; see {options.output}/model-ray-*.log. The same command "
            "goes on from here."
        )
    return generate(replace(options, device=None, retry_failed=False), console)  # writes what a finished run has


class _Actor:
    """On a node: one model in a process of its own, which lasts over shards."""

    def __init__(self, options: RunOptions, number: int, folder: str) -> None:
        if Path(folder).is_dir():
            os.chdir(folder)
        self._options = options
        self._worker = Worker(
            options.model,
            options.arguments,
            options.config.suite,
            options.timeout,
            device=options.device,
            log=options.output / f"model-ray-{number}.log",
        )

    def generate(self, shard: Shard) -> str | None:
        """Generates a shard; returns what the user has to be told, if anything."""
        if not self._options.output.is_dir():
            return f"The folder {self._options.output} is not to be found on every node; nodes must share it."
        return _told(lambda: generate(replace(self._options, shard=shard), Console(quiet=True), worker=self._worker))

    def encode(self, shard: Shard, scoring: ScoreOptions) -> str | None:
        """Encodes a shard, likewise."""
        self._worker.close()  # its memory is the encoders' now
        plan = make_plan(self._options.suite, self._options.track, self._options.limit)
        return _told(lambda: encode_shard(self._options.output, shard, Console(quiet=True), scoring, plan))


def _told(work: Callable[[], object]) -> str | None:
    try:
        work()
    except UserError as error:
        return str(error)
    return None


class _Actors:
    """Some actors, and which shard each of them does."""

    def __init__(self, ray: ModuleType, options: RunOptions, count: int, look: Callable[[], None]) -> None:
        self._ray, self._options, self._look, self._started = ray, options, look, 0
        self._idle = [self._actor() for _ in range(count)]

    def do(self, shards: list[Shard], console: Console, scoring: ScoreOptions | None = None) -> None:
        """Has shards generated, or encoded if it is said how; one whose actor dies is given to a new one, once.

        Raises:
            UserError: what an actor says of a mistake.
        """
        waiting, again = deque(shards), set[Shard]()
        busy: dict[Any, tuple[Any, Shard]] = {}
        while waiting or busy:
            while waiting and self._idle:
                actor, shard = self._idle.pop(), waiting.popleft()
                work = actor.generate.remote(shard) if scoring is None else actor.encode.remote(shard, scoring)
                busy[work] = actor, shard
            done, _ = self._ray.wait(list(busy), num_returns=1, timeout=_POLL)
            self._look()
            for work in done:
                actor, shard = busy.pop(work)
                try:
                    if sentence := self._ray.get(work):
                        raise UserError(sentence)
                    self._idle.append(actor)
                except self._ray.exceptions.RayActorError:
                    more = "" if shard in again else "; another does what it left"
                    console.print(f"A worker died in shard {shard}{more}.", style="yellow", highlight=False)
                    waiting += [] if shard in again else [shard]
                    again.add(shard)
                    self._idle.append(self._actor())
        for actor in self._idle:
            self._ray.kill(actor)

    def _actor(self) -> Any:  # noqa: ANN401 - a handle of Ray's
        self._started += 1
        remote = self._ray.remote(num_cpus=1, num_gpus=int(_on_gpu(self._options.device)))(_Actor)
        return remote.remote(self._options, self._started, str(Path.cwd()))


def _unfinished(plan: Plan, folder: RunFolder, options: RunOptions, count: int) -> list[Shard]:
    """Returns the shards in which something is left to do."""
    records = folder.records()
    left = [
        item
        for item in plan.items
        if item.id not in records or (options.retry_failed and records[item.id].status == "failed")
    ]
    return [shard for shard in halving(max(1, min(count, len(left)))) if shard_of(left, shard)]


def halving(count: int) -> list[Shard]:
    """Returns shards that make up a job: for each of ``count`` workers one of half its items, a quarter, and so on."""
    found, left = [], [Shard(index, count) for index in range(1, count + 1)]
    for _ in range(_ROUNDS):
        found += [Shard(one.index, 2 * one.count) for one in left]
        left = [Shard(one.index + one.count, 2 * one.count) for one in left]
    return found + left


def _on_gpu(device: str | None) -> bool:
    return device is not None and device.startswith("cuda")


def _places(ray: ModuleType, device: str | None) -> int:
    """Returns how many actors the cluster has room for.

    Raises:
        UserError: a GPU is asked for, and it has none.
    """
    kind = "GPU" if _on_gpu(device) else "CPU"
    count = int(ray.cluster_resources().get(kind, 0))
    if not count:
        raise UserError(f"The cluster has no {kind}, and --device {device} asks for one.")
    return count


@contextmanager
def _watching(plan: Plan, folder: RunFolder, console: Console) -> Iterator[Callable[[], None]]:
    """Shows how many items are finished, whenever what it yields is called."""
    with Progress(f"{plan.track.name} on Ray", len(plan.items), console, announce=True) as progress:
        yield lambda: progress.update(sum(content.count(b"\n") for content in folder.journals().values()))


@contextmanager
def _connected(address: str) -> Iterator[ModuleType]:
    """Yields Ray, connected to a cluster, which it leaves afterwards.

    Raises:
        UserError: the package is not here, or no cluster answers.
    """
    named = urllib.parse.urlsplit(address if "://" in address else f"//{address}")
    if address not in ("auto", "local"):
        try:
            host, port = named.hostname, named.port
        except ValueError:
            host = port = None
        if not host or not port:
            raise UserError(f'"{address}" is no address of a Ray cluster; HOST:PORT, ray://HOST:PORT, auto or local.')
    if importlib.util.find_spec("ray") is None:
        raise UserError("--ray needs the package Ray: pip install 'vggsound-omni[ray]'.")
    if address not in ("auto", "local"):
        try:
            socket.create_connection((host, port), timeout=_KNOCK).close()
        except OSError as error:
            raise UserError(
                f"No Ray cluster answers at {address} ({error.strerror or error}); start it with: ray start --head."
            ) from error
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        ray.init(
            address=address,
            runtime_env={"env_vars": passed_on},
            logging_level=logging.ERROR,
            log_to_driver=False,
            include_dashboard=False if address == "local" else None,
        )
    except Exception as error:
        raise UserError(f"Ray cannot be used at {address}: {shorten(str(error), 300)}") from error
    try:
        yield ray
    finally:
        ray.shutdown()

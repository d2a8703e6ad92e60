"""Runs a stage from its config to its checkpoints, and writes the released file."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.distributed as dist
from rich.console import Console
from torch import Tensor

from reference_model import release
from reference_model.components import Components
from reference_model.generator import WEIGHTS, Omni2Sound
from vggsound_omni import evaluate
from vggsound_omni.errors import UserError

from .batches import Batches
from .checkpoints import begun_with
from .config import StageConfig, read
from .export import averaged, has_snapshot, write_snapshot
from .loop import Report, Training
from .monitor import Monitor
from .shards import Shards

LINE_EVERY = 20


def train(name: str, changes: Sequence[str], work: Path, encoders: Path | None, device: str | None) -> None:
    """Trains a stage to its end; under torchrun, as one of its processes.

    Args:
        name: name of the config.
        changes: changed keys, ``key=value``.
        work: folder with ``data/`` (examples); the stage's own folder is ``work/NAME``.
        encoders: folder of the autoencoder and encoders; None uses the shipped ones.
        device: device of this process; None uses its GPU if there is one, else the CPU.

    Raises:
        UserError: the config, the examples or the checkpoints cannot be used, or the loss is not finite.
    """
    config = read(name, changes)
    local = int(os.environ.get("LOCAL_RANK", "0"))
    kind = device or (f"cuda:{local}" if torch.cuda.is_available() else "cpu")
    distributed = "WORLD_SIZE" in os.environ
    if distributed:
        if kind.startswith("cuda"):
            torch.cuda.set_device(kind)
        dist.init_process_group("nccl" if kind.startswith("cuda") else "gloo")
    try:
        _train(config, work, encoders, kind)
    finally:
        if distributed:
            dist.destroy_process_group()


def _train(config: StageConfig, work: Path, encoders: Path | None, device: str) -> None:
    data, folder = work / "data", work / config.name
    batches = Batches.open(config, data)
    held_out = Batches.held_out(config, data)
    start = _start(config, work)
    check_examples(folder, batches)
    training = Training(config, folder / "checkpoints", device, start)
    resumed = training.resume()
    first = training.rank == 0
    console = Console(quiet=not first)
    components = Components.load(encoders or WEIGHTS) if config.model == "nano" else None
    monitor = Monitor(folder, components) if first else None
    console.print(f"{config.name}: {'from step ' + str(training.step) if resumed else 'from the start'}")

    def report(done: Report) -> None:
        if monitor is not None:
            line = monitor.step(done)
            if done.step % LINE_EVERY == 0:
                console.print(line, highlight=False, soft_wrap=True)

    marks = sorted({*range(config.validate_every, config.steps, config.validate_every), config.steps})
    for mark in marks:
        if mark < training.step or (mark == training.step and has_snapshot(folder, mark)):
            continue  # a process that ends between a checkpoint and its snapshot has still to write the latter
        training.run(batches, report, until=mark)
        if training.world == 1 and monitor is not None:
            loss = monitor.validation(training, held_out)
        else:
            loss = training.validate(held_out)
        write_snapshot(folder, training)
        console.print(f"{training.step:7d}  validation {loss:.4f}", highlight=False)
        due = config.evaluate_every and training.step % config.evaluate_every == 0
        if due and components is not None:
            average = training.average(0)
            if monitor is not None:
                _evaluate(config, average, training.step, folder, components, monitor)


def check_examples(folder: Path, batches: Batches) -> None:
    """Notes in a stage's folder which examples it learns from, or checks that they are the same as before.

    Raises:
        UserError: it was begun with others: of other scenes, encoders or captions.
    """
    own = " ".join(one.identity for one in (batches.plain, batches.offscreen) if one is not None)
    if not begun_with(own, folder / "examples"):
        raise UserError(
            f"{folder.name} was begun with examples of other scenes, encoders or captions; choose another --work, or "
            f"remove {folder}."
        )


def _start(config: StageConfig, work: Path) -> dict[str, Tensor] | None:
    if config.start_from is None:
        return None
    before = read(config.start_from)
    return averaged(work / before.name, before.ema_width)[0]


def _evaluate(
    config: StageConfig, average: dict[str, Tensor], step: int, folder: Path, components: Components, monitor: Monitor
) -> None:
    """Runs the benchmark on its first items, with the shorter of the averages."""
    path = folder / "evaluated.safetensors"
    card = {"version": f"{config.name}-{step}", "components": components.digest}
    release.write(path, average, config.dit, card)
    model = Omni2Sound(path, components.folder)
    for track in ("t2a", "v2a", "vt2a", "offscreen"):
        result, _ = evaluate(model, track, limit=config.evaluate_items)
        monitor.scores(track, {key: score.value for key, score in result.scores.items()}, step)


def release_stage(name: str, changes: Sequence[str], work: Path, width: float | None, version: str, out: Path) -> str:
    """Writes the averaged weights of a stage with their card; returns the file's SHA-256."""
    config = read(name, changes)
    weights, step = averaged(work / config.name, width or config.ema_width)
    examples = Shards(work / "data" / config.data)
    stages = [config]
    while stages[0].start_from:
        stages.insert(0, read(stages[0].start_from))
    card = {
        "version": version,
        "components": examples.facts["components"],
        "data": f"{examples.facts['suite']}, train, {len(examples)} scenes",
        "stages": [f"{one.name}: {one.steps} steps of {one.batch}" for one in stages[:-1]]
        + [f"{config.name}: {step} steps of {config.batch}"],
        "average": width or config.ema_width,
        "hardware": f"{torch.get_num_threads()} threads of {platform.machine()}",
    }
    return release.write(out, weights, config.dit, card)

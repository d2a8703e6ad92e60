"""Trains an encoder: ``python -m vggsound_omni.encoders.foleyworld.train NAME``.

The same command again goes on from the last checkpoint. When it is done, the weights and their card are written to
``vggsound_omni/encoders/foleyworld/weights``, or where ``--out`` says.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click
import torch
from rich.console import Console
from rich.progress import Progress
from torch import nn

from vggsound_omni.errors import unknown_name
from vggsound_omni.io import cache_dir, replacing

from .clips import Clips
from .data import shards
from .recipe import Recipe, Schedule
from .recipes import RECIPES
from .weights import WEIGHTS, save

_CHECKPOINT_EVERY = 200
_LINE_EVERY = 25
"""Steps between lines in a log, where no progress bar can be shown."""
_CLIP = 1.0
"""Largest norm of the gradient."""


@click.command()
@click.argument("name")
@click.option("--scenes", default=6000, show_default=True, help="Scenes of the train split.")
@click.option("--seed", type=int, help="Of every random choice.  [default: the recipe's]")
@click.option("--threads", default=1, show_default=True, help="Threads of torch.")
@click.option("--out", type=click.Path(path_type=Path), default=WEIGHTS, help="Where weights are written.")
def main(name: str, scenes: int, seed: int | None, threads: int, out: Path) -> None:
    """Trains the encoder NAME on FoleyWorld's train split and scores it on the validation split."""
    if name not in RECIPES:
        raise click.ClickException(str(unknown_name("encoder", name, RECIPES)))
    torch.set_num_threads(threads)
    recipe = RECIPES[name]()
    seed = recipe.schedule.seed if seed is None else seed
    console = Console()
    network = train(recipe, Clips(shards("train", scenes)), seed, console)
    with torch.inference_mode():
        unseen = Clips(shards("validation"))
        recipe.calibrate(network.eval(), unseen)
        held_out = recipe.held_out(network, unseen)
    for score, value in held_out.items():
        console.print(f"{name}: {score} {value:.3f}", highlight=False)
    schedule = recipe.schedule
    trained_on = f"FoleyWorld train, {scenes} scenes, {schedule.steps} steps of {schedule.batch}, seed {seed}"
    save(out, name, network, kind=recipe.kind, trained_on=trained_on, held_out=held_out, **recipe.facts())


def train(recipe: Recipe, clips: Clips, seed: int, console: Console) -> nn.Module:
    """Runs a recipe from its last checkpoint, or from the start, to its end.

    Args:
        recipe: what to train.
        clips: what on.
        seed: decides initial weights, order and every random choice; the state of each is part of a checkpoint, so an
            interrupted training ends with the same weights as one that was not.
        console: where progress is shown.
    """
    schedule = recipe.schedule
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = recipe.network()
        optimiser = torch.optim.AdamW(network.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
        path = cache_dir() / "encoders" / "checkpoints" / f"{recipe.name}-{len(clips)}-{seed}.pt"
        first = _resume(path, network, optimiser, generator)
        chosen = torch.tensor(recipe.choose(clips))
        network.train()
        smooth = math.nan
        with Progress(*Progress.get_default_columns(), "loss {task.fields[loss]:.4f}", console=console) as progress:
            bar = progress.add_task(recipe.name, total=schedule.steps, completed=first, loss=smooth)
            for step in range(first, schedule.steps):
                for group in optimiser.param_groups:
                    group["lr"] = rate(schedule, step)
                numbers = chosen[torch.randint(len(chosen), (schedule.batch,), generator=generator)].tolist()
                loss = recipe.loss(network, clips, numbers, generator)
                if not torch.isfinite(loss):
                    raise click.ClickException(f"{recipe.name}: the loss is {loss.item()} at step {step}.")
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
                optimiser.step()
                smooth = loss.item() if math.isnan(smooth) else 0.98 * smooth + 0.02 * loss.item()
                progress.update(bar, advance=1, loss=smooth)
                if not console.is_terminal and (step + 1) % _LINE_EVERY == 0:
                    console.print(
                        f"{recipe.name}: step {step + 1} of {schedule.steps}, loss {smooth:.4f}", highlight=False
                    )
                if (step + 1) % _CHECKPOINT_EVERY == 0 or step + 1 == schedule.steps:
                    _checkpoint(path, step + 1, network, optimiser, generator)
    return network


def rate(schedule: Schedule, step: int) -> float:
    """Learning rate at a step: linear warm-up over the first 5 %, then half a cosine."""
    warm = max(1, schedule.steps // 20)
    if step < warm:
        return schedule.rate * (step + 1) / warm
    return schedule.rate * (1 + math.cos(math.pi * (step - warm) / max(1, schedule.steps - warm))) / 2


def _checkpoint(
    path: Path, step: int, network: nn.Module, optimiser: torch.optim.Optimizer, generator: torch.Generator
) -> None:
    state: dict[str, Any] = {
        "step": step,
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "generator": generator.get_state(),
        "dropout": torch.get_rng_state(),
    }
    with replacing(path) as temporary:
        torch.save(state, temporary)


def _resume(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, generator: torch.Generator) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    generator.set_state(state["generator"])
    torch.set_rng_state(state["dropout"])
    return int(state["step"])


if __name__ == "__main__":
    main()

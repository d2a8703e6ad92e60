"""``omni-train``: prepares examples, shows what a stage needs, trains it, exports its weights."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from . import commands


class _Stages(click.Group):
    """A group whose default verb is ``run``: ``omni-train --config nano-s1``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in ("--help", "-h", "--version"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


_config = click.option("--config", "name", required=True, metavar="NAME", help="A shipped config, or a .toml file.")
_changes = click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key of the config.")
_work = click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("training"),
    show_default=True,
    help="Folder of examples, checkpoints and weights.",
)
_encoders = click.option(
    "--encoders",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the trained autoencoder and encoders.  [default: those shipped]",
)


@click.group(cls=_Stages)
def group() -> None:
    """Trains the reference model in three stages.

    \b
    omni-train prepare                 encode FoleyWorld once
    omni-train plan --config nano-s1   show what a stage needs
    omni-train --config nano-s1        train, or resume
    omni-train --config nano-s2
    omni-train --config nano-s3
    omni-train export --config nano-s3 --out ref.safetensors
    omni-train study generalist-dilemma

    Many processes: torchrun --nproc-per-node 8 -m reference_model.cli_train --config base-s1
    """


_told = click.option(
    "--captions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A manifest, such as of omni-bench caption: its captions in place of FoleyWorld's, by the scenes' ids; scenes "
    "without one are left out.",
)


@group.command()
@_work
@_encoders
@click.option("--scenes", default=6000, show_default=True, help="Scenes of the train split.")
@click.option("--offscreen", default=750, show_default=True, help="More natural and conflict scenes for stage 3, each.")
@click.option("--mixtures", default=1000, show_default=True, help="Off-screen mixtures for stage 3.")
@click.option("--jobs", type=int, help="Processes that render scenes.  [default: one a core]")
@click.option("--seed", default=0, show_default=True)
@_told
def prepare(
    *,
    work: Path,
    encoders: Path | None,
    scenes: int,
    offscreen: int,
    mixtures: int,
    jobs: int | None,
    seed: int,
    captions: Path | None,
) -> None:
    """Renders FoleyWorld scenes and encodes them into training examples, or goes on with what is missing."""
    from reference_model.components import Components
    from reference_model.generator import WEIGHTS
    from reference_model.scenes import Scenes
    from reference_model.training.prepare import prepare_mixtures, prepare_scenes, read_told

    components, data = Components.load(encoders or WEIGHTS), work / "data"
    chosen = Scenes(count=scenes, further=offscreen, jobs=jobs)
    aligned = chosen.aligned()
    told = read_told(captions, aligned) if captions else None
    prepare_scenes(data / "validation", chosen.validation(), components)
    prepare_scenes(data / "train", aligned, components, poor=True, told=told)
    prepare_scenes(data / "train-offscreen", chosen.parted(), components)
    prepare_mixtures(data / "train-offscreen", aligned, mixtures, components, seed, told=told)


@group.command()
@_config
@_changes
@click.option("--processes", default=1, show_default=True, help="Number of processes that share the work.")
def plan(name: str, changes: Sequence[str], processes: int) -> None:
    """Prints parameters, memory and steps of a stage without training it."""
    from rich.console import Console
    from rich.table import Table

    from reference_model.training.config import read
    from reference_model.training.plan import plan as made

    config = read(name, changes)
    found = made(config, processes)
    table = Table(title=f"{config.name}: stage {config.stage}, {config.model}", show_header=False)
    table.add_row("parameters", f"{found.parameters:,}")
    table.add_row("weights, gradients, moments, averages", f"{found.state_bytes / 2**30:.2f} GiB per process")
    table.add_row("activations", f"about {found.activation_bytes / 2**30:.2f} GiB per process")
    table.add_row("steps", f"{config.steps:,} of {config.batch} examples: {found.examples:,} in total")
    for task, steps in found.steps_by_task.items():
        table.add_row(f"  {task}", f"{steps:,}")
    table.add_row(
        "work", f"{found.flops_a_step / 1e12:.2f} TFLOP per step, {found.flops_a_step * config.steps / 1e18:.3g} EFLOP"
    )
    Console().print(table)


@group.command()
@_config
@_changes
@_work
@_encoders
@click.option("--device", help="Device of this process.  [default: cuda if available]")
def run(name: str, changes: Sequence[str], work: Path, encoders: Path | None, device: str | None) -> None:
    """Trains a stage, from its last checkpoint if there is one."""
    from reference_model.training.run import train

    train(name, changes, work, encoders, device)


@group.command()
@_config
@_changes
@_work
@click.option("--width", type=float, help="Relative width of the average.  [default: the config's]")
@click.option("--version", default="1", show_default=True, help="Version of the weights.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
def export(name: str, changes: Sequence[str], work: Path, width: float | None, version: str, out: Path) -> None:
    """Writes the averaged weights of a stage with their card."""
    from rich.console import Console

    from reference_model.training.run import release_stage

    digest = release_stage(name, changes, work, width, version, out)
    Console().print(f"{out}: SHA-256 {digest}", highlight=False, soft_wrap=True)


@group.command()
@click.argument("name", type=click.Choice(["generalist-dilemma"]))
@click.option("--preset", default="laptop", show_default=True, metavar="NAME", help="smoke, laptop or gpu.")
@click.option("--work", type=click.Path(path_type=Path, file_okay=False), help="Its folder.  [default: study-PRESET]")
@_encoders
@click.option("--arm", "only", multiple=True, metavar="NAME", help="Only this way of training; may be repeated.")
@click.option("--seed", "seeds", type=int, multiple=True, help="Only this seed of the training; may be repeated.")
@click.option("--jobs", type=int, help="Processes that render scenes.  [default: one a core]")
@click.option("--train-only", is_flag=True, help="Stop before the evaluation.")
@_told
def study(
    *,
    name: str,  # noqa: ARG001 - there is one study so far
    preset: str,
    work: Path | None,
    encoders: Path | None,
    only: Sequence[str],
    seeds: Sequence[int],
    jobs: int | None,
    train_only: bool,
    captions: Path | None,
) -> None:
    """Trains models alike but for one thing, and evaluates them on every track.

    \b
    omni-train study generalist-dilemma --preset smoke    # a minute, to see that everything works
    omni-train study generalist-dilemma --preset laptop   # some hours of one core
    omni-train study generalist-dilemma --preset laptop --seed 1 --train-only   # one process's share

    The same command again goes on where it stopped. Processes that share a folder take a seed each.
    """
    from reference_model.study.run import run as run_study

    folder = work or Path(f"study-{preset}")
    run_study(
        folder, preset, encoders=encoders, only=only, seeds=seeds, jobs=jobs, train_only=train_only, captions=captions
    )


def main() -> None:
    """Entry point."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    commands.run(group, "omni-train")


if __name__ == "__main__":
    main()

"""``omni-bench slurm``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import FILE, FOLDER


@click.command("slurm")
@click.option("--tasks", type=click.IntRange(min=1), required=True, metavar="N", help="Shards, a task for each.")
@click.option("--at-once", type=click.IntRange(min=1), metavar="N", help="Tasks that run at a time.  [default: all]")
@click.option("--gpus", type=click.IntRange(min=0), default=0, show_default=True, metavar="N", help="Of each task.")
@click.option("--cpus", type=click.IntRange(min=1), default=4, show_default=True, metavar="N", help="Of each task.")
@click.option(
    "--minutes",
    type=click.IntRange(min=5),
    default=240,
    show_default=True,
    metavar="N",
    help="That a task may take; then it is queued again and goes on.",
)
@click.option(
    "--option", "options", multiple=True, metavar="KEY=VALUE", help="Of sbatch, such as partition=gpu; may be repeated."
)
@click.option("--logs", type=FOLDER, default=Path("slurm"), show_default=True, metavar="DIR", help="What tasks write.")
@click.option("--script", type=FILE, default=Path("omni-bench.sbatch"), show_default=True, help="The script's name.")
@click.option("--submit", is_flag=True, help="Submit at once, by submitit, and write no script.")
@click.argument("command_line", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- VERB OPTIONS...")
def command(
    tasks: int,
    at_once: int | None,
    gpus: int,
    cpus: int,
    minutes: int,
    options: tuple[str, ...],
    logs: Path,
    script: Path,
    command_line: tuple[str, ...],
    *,
    submit: bool,
) -> int:
    """Do the shards of a job as an array of Slurm.

    After "--" stands a command that takes --shard, without it. Every task does one shard, and all share one folder; a
    task that is pre-empted, or whose time ends, is queued again and goes on. Of run, the task that ends last scores.

    \b
    Examples:
      omni-bench slurm --tasks 16 --gpus 1 --option partition=gpu -- \\
          run --track vt2a --model my_model.py:MyModel --device cuda --output runs/mine
      omni-bench slurm --tasks 64 --submit -- caption --suite manifest:clips.csv ...
    """
    from vggsound_omni.io import writing_to
    from vggsound_omni.scale import slurm

    count = _checked(command_line, tasks)
    job = slurm.ArrayJob(
        command=command_line,
        tasks=tasks,
        at_once=at_once,
        gpus=gpus,
        cpus=cpus,
        minutes=minutes,
        options=options,
        logs=logs,
    )
    with writing_to(logs):
        logs.mkdir(parents=True, exist_ok=True)
    of = f"{count} items in {tasks} tasks" if count is not None else f"{tasks} tasks"
    if submit:
        number = slurm.submit(job)
        click.echo(f"{of} are submitted as the array {number}; squeue -j {number} shows them, {logs} what they write.")
        return 0
    with writing_to(script):
        script.write_text(slurm.script(job), encoding="utf-8")
    click.echo(f"{of}: {script} is written; submit it with\n    sbatch {script}")
    return 0


def _checked(command_line: tuple[str, ...], tasks: int) -> int | None:
    """Checks a command line before tasks wait for it in a queue, and returns how many items it is about.

    Raises:
        UserError: it has a mistake, or its verb knows no shards.
    """
    from vggsound_omni.errors import UserError
    from vggsound_omni.runs.plan import make_plan

    from . import command as omni_bench
    from ._options import runs_of

    verb, *rest = command_line
    context = click.get_current_context()
    known = omni_bench.get_command(context, verb)
    if not any(parameter.name == "shard" for parameter in known.params):
        raise UserError(f"omni-bench {verb} knows no shards, so an array can do nothing for it.")
    if any(word.partition("=")[0] == "--shard" for word in rest):
        raise UserError("The tasks get their shards here; leave out --shard.")
    values = known.make_context(verb, [*rest, "--shard", f"1/{tasks}"]).params
    if "model" not in values:
        return None
    arguments, _ = runs_of(values)
    return sum(len(make_plan(one.suite, one.track, one.limit).items) for one in arguments.runs)

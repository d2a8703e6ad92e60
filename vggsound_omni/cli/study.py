"""``omni-bench study``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from vggsound_omni.sharding import Shard

from ._options import FILE, device_option, shard_option, weights_option

if TYPE_CHECKING:
    from vggsound_omni.runs.study import Study, StudyRun


@click.command("study")
@click.argument("file", type=FILE, metavar="STUDY.toml")
@click.option("--summary", "only_summary", is_flag=True, help="Run nothing; sum up what is finished.")
@device_option
@weights_option
@shard_option
def command(file: Path, device: str, weights: Path | None, shard: Shard | None, *, only_summary: bool) -> int:
    """Run a study: models x tracks x seeds in one file.

    \b
    tracks = ["t2a", "v2a"]       # or "all"
    seeds = [0, 1, 2]
    [models]
    baseline = "retrieval"
    [models.ours]
    model = "my_model.py:MyModel"
    arguments = { steps = 50 }

    Every run is a folder, as of omni-bench run. The same command again does what is missing and nothing else. A model
    is not run on tracks whose task its card does not claim, or which the suite has nothing for. What goes wrong with
    one run does not stop the others. With --shard 2/8, only that part of the runs is done. The summary is printed and
    is in summary.csv and summary.md.

    Exit codes: 0 all well, 1 a run could not be done, 2 more failed items than max_failures.
    """
    from vggsound_omni.present.study import finished_runs, print_summary, summary, write_summary
    from vggsound_omni.runs.study import read_study, study_runs

    console = Console()
    study = read_study(file)
    runs = study_runs(file, study)
    output = study.folder(file)
    code, failed = 0, dict[str, str]()
    if not only_summary:
        own = [run for run in runs if shard is None or shard.holds(str(run))]
        code, failed = _run(study, own, console, device, weights)
    results, unreadable = finished_runs(runs)
    failed |= {run: reason for run, reason in unreadable.items() if run not in failed}
    found = summary(study, runs, results)
    write_summary(output, found)
    print_summary(found, console)
    for run, reason in failed.items():
        console.print(f"[red]{escape(run)}[/]: {escape(reason)}", highlight=False, soft_wrap=True)
    console.print(f"{escape(str(output))}: summary.csv, summary.md", highlight=False, soft_wrap=True)
    return 1 if failed else code


def _run(
    study: Study, runs: list[StudyRun], console: Console, device: str, weights: Path | None
) -> tuple[int, dict[str, str]]:
    """Does the runs one after the other, and returns the exit code, and what went wrong, by run."""
    import time
    from dataclasses import replace
    from functools import partial

    from vggsound_omni.api import scored
    from vggsound_omni.errors import NotForTrackError, UserError
    from vggsound_omni.progress import duration
    from vggsound_omni.runs.generate import generate
    from vggsound_omni.runs.score import ScoreOptions, scorable

    how = ScoreOptions(
        encoder_set=study.encoders, kit=study.kit, precision=study.precision, weights=weights, device=device
    )
    code, failed, began = 0, dict[str, str](), time.monotonic()
    for number, run in enumerate(runs):
        left = (time.monotonic() - began) / max(number, 1) * (len(runs) - number)
        about = f", about {duration(left)} left" if number else ""
        console.print(f"[bold]\\[{number + 1}/{len(runs)}] {escape(str(run))}[/]{about}", highlight=False)
        options = replace(run.options, device=None if device == "cpu" else device)
        try:
            plan = generate(options, console, check=partial(scorable, how))
            result = scored(options.output, plan, console, how)
        except NotForTrackError as error:
            console.print(f"Left out: {escape(str(error))}", style="dim", highlight=False)
        except UserError as error:
            failed[str(run)] = str(error)
            console.print(f"[red]{escape(str(error))}[/]", highlight=False)
        else:
            code = 2 if len(result.failures) > study.max_failures else code
    return code, failed

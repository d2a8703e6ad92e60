"""An array job of Slurm: a task for each shard. Tasks share one folder, and none needs to know of the others."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vggsound_omni.errors import UserError
from vggsound_omni.sharding import Shard
from vggsound_omni.wording import shorten

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission

WARNING = 120
"""Seconds before its end at which a task is told, so that it can be queued again."""
_TIMEOUTS = 1000  # times that a task may be queued again because its time ended


@dataclass(frozen=True, kw_only=True)
class ArrayJob:
    """What is asked of Slurm."""

    command: Sequence[str]  # of omni-bench, without --shard: "run", "--track", ...
    tasks: int
    at_once: int | None = None  # tasks that may run at a time; None: as many as the cluster lets
    gpus: int = 0  # of each task
    cpus: int = 1  # of each task
    minutes: int  # that a task may take until it is queued again
    options: Sequence[str] = ()  # further ones of sbatch, such as "partition=gpu"
    logs: Path  # folder of what the tasks write

    def __post_init__(self) -> None:
        Shard(1, self.tasks)
        for option in self.options:
            if not option.partition("=")[0].strip() or option.startswith("-") or len(option.split("\n")) > 1:
                raise UserError(f'"{option}" is no option of sbatch; KEY=VALUE was expected, such as partition=gpu.')

    @property
    def program(self) -> list[str]:
        """The command of every task, without its shard."""
        return [sys.executable, "-m", "vggsound_omni", *self.command]


def script(job: ArrayJob) -> str:
    """Returns the script that ``sbatch`` submits.

    A task that is pre-empted is queued again by Slurm; one whose time ends does so itself. Either goes on where it was.
    """
    directives = [
        "job-name=omni-bench",
        f"array=1-{job.tasks}" + (f"%{job.at_once}" if job.at_once else ""),
        f"time={job.minutes}",
        f"cpus-per-task={job.cpus}",
        *([f"gres=gpu:{job.gpus}"] if job.gpus else []),
        *job.options,
        "requeue",
        "open-mode=append",
        f"signal=B:USR1@{WARNING}",
        f"chdir={Path.cwd()}",
        f"output={job.logs.resolve()}/%A_%a.log",
    ]
    head = "\n".join(f"#SBATCH --{_quoted(directive)}" for directive in directives)
    return f"""#!/bin/bash
{head}
#
# Each task does one of {job.tasks} shards; all share the folder of the command below. A task that is pre-empted or told
# that its time ends, is queued again and goes on where it was; sbatch --array=3,7 does these shards alone.

again() {{
    kill -TERM "$worker" && wait "$worker"
    scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}"
    exit 0
}}
trap again USR1

{shlex.join(job.program)} --shard "$SLURM_ARRAY_TASK_ID/{job.tasks}" &
worker=$!
wait "$worker"
"""


def _quoted(directive: str) -> str:
    """Returns KEY=VALUE as a line of #SBATCH takes it."""
    key, equals, value = directive.partition("=")
    return f'{key}="{value}"' if re.search(r"\s", value) else key + equals + value


@dataclass(frozen=True)
class Task:
    """One shard as submitit runs it: in a process of its own, which ends with it."""

    program: tuple[str, ...]
    shard: str

    def __call__(self) -> None:
        """Runs the command.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        subprocess.run([*self.program, "--shard", self.shard], check=True)

    def checkpoint(self) -> DelayedSubmission:
        """Returns what is queued again after a pre-emption: the same, since the folder knows what is done."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def submit(job: ArrayJob) -> str:
    """Submits the array by submitit, which queues tasks again that are pre-empted or whose time ends.

    Returns:
        The number of the array.

    Raises:
        UserError: no submitit, no Slurm here, or Slurm refuses.
    """
    if importlib.util.find_spec("submitit") is None:
        raise UserError(
            "--submit needs the package submitit: pip install 'vggsound-omni[slurm]'; or write a --script for sbatch."
        )
    from submitit import SlurmExecutor
    from submitit.core.utils import FailedJobError

    if SlurmExecutor.affinity() < 0:
        raise UserError("There is no Slurm on this machine (no program srun); write a --script and take it there.")
    executor = SlurmExecutor(folder=job.logs, max_num_timeout=_TIMEOUTS)
    named = dict(option.partition("=")[::2] for option in job.options)
    executor.update_parameters(
        job_name="omni-bench",
        array_parallelism=job.at_once or job.tasks,
        cpus_per_task=job.cpus,
        time=job.minutes,
        signal_delay_s=WARNING,
        stderr_to_stdout=True,
        additional_parameters={
            **{key.strip(): value or True for key, value in named.items()},
            **({"gres": f"gpu:{job.gpus}"} if job.gpus else {}),
            "requeue": True,
            "chdir": str(Path.cwd()),
        },
    )
    shards = [Shard(index, job.tasks) for index in range(1, job.tasks + 1)]
    try:
        with executor.batch():
            jobs = [executor.submit(Task(tuple(job.program), str(shard))) for shard in shards]
    except FailedJobError as error:
        raise UserError(f"Slurm refused the job: {shorten(str(error))}") from error
    return str(jobs[0].job_id).partition("_")[0]

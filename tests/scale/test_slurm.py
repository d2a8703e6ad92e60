"""Shards as an array of a real Slurm come to what one process comes to, whoever is pre-empted or killed."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests.runs.test_shards import model, omni_bench, said
from vggsound_omni.cli import command as omni_bench_command
from vggsound_omni.errors import UserError
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.scale.slurm import ArrayJob, script

from .one_node import MISSING, OneNode

OMNI_BENCH = (sys.executable, "-m", "vggsound_omni")
TASK = ("--cpus", "1", "--minutes", "5")


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneNode]:
    if MISSING:
        pytest.skip(f"no {', '.join(MISSING)}: apt install slurmctld slurmd slurm-client")
    cluster = OneNode(tmp_path_factory.mktemp("slurm"))
    yield cluster
    cluster.close()


def until(true: Callable[[], bool], seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def sounds(run: Path) -> int:
    return len(list((run / "audio").glob("[!.]*.flac")))


def made(run: Path, count: int) -> dict[str, str | None]:
    """The sounds of a run by id, each made once."""
    lines = [line for content in RunFolder(run).journals().values() for line in content.splitlines()]
    records = RunFolder(run).records()
    assert len(lines) == len(records) == count, "none is lost or done twice"
    return {i: record.sha256 for i, record in records.items()}


def programs(run: Path) -> list[int]:
    """The processes of tasks that work on a run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"vggsound_omni" in words and b"--shard" in words and str(run).encode() in words:
                found.append(int(folder.name))
    return found


@pytest.mark.scale
def test_tasks_that_are_killed_and_preempted_come_to_what_one_process_comes_to(
    slurm: OneNode, tmp_path: Path, scenes: Callable[[int], str]
) -> None:
    asked = ["generate", "--suite", scenes(8), "--track", "t2a", "--model", model(tmp_path / "model", 1.0)]
    said(omni_bench(*asked, "--output", tmp_path / "one"))
    run = tmp_path / "shared"
    command = [*asked, "--output", str(run)]
    written = slurm.said(*OMNI_BENCH, "slurm", "--tasks", "2", *TASK, "--", *command, folder=tmp_path)
    assert "8 items in 2 tasks" in written
    job = slurm.said("sbatch", "--parsable", "omni-bench.sbatch", folder=tmp_path).strip()
    until(lambda: sounds(run) > 0)
    os.kill(programs(run)[0], signal.SIGKILL)
    high = slurm.said("sbatch", "--parsable", "-p", "high", "-n", "2", "--wrap", "sleep 2", folder=tmp_path).strip()
    slurm.wait(high)
    slurm.wait(job)
    restarts = slurm.said("scontrol", "show", "job", job)
    assert "Restarts=1" in restarts, "one was pre-empted"
    assert len(RunFolder(run).records()) < 8, "the killed one left something"
    again = slurm.said("sbatch", "--parsable", "omni-bench.sbatch", folder=tmp_path).strip()
    slurm.wait(again)
    assert made(run, 8) == made(tmp_path / "one", 8)


@pytest.mark.scale
def test_what_submitit_submits_is_queued_again_when_it_is_told_that_it_must_go(
    slurm: OneNode, tmp_path: Path, scenes: Callable[[int], str]
) -> None:
    pytest.importorskip("submitit")
    run = tmp_path / "run"
    asked = ["generate", "--suite", scenes(6), "--track", "t2a", "--model", model(tmp_path / "model", 1.0)]
    told = slurm.said(
        *OMNI_BENCH, "slurm", "--tasks", "2", *TASK, "--submit", "--", *asked, "--output", run, folder=tmp_path
    )
    job = told.partition("as the array ")[2].partition(";")[0]
    until(lambda: sounds(run) > 0)
    slurm.said("scancel", "--signal=USR2", f"{job}_0", f"{job}_1", check=False)  # as Slurm does before it pre-empts
    slurm.wait(job)
    assert "Restarts=1" in slurm.said("scontrol", "show", "job", job)
    said(omni_bench(*asked, "--output", tmp_path / "one"))
    assert made(run, 6) == made(tmp_path / "one", 6)


def job(**more: Any) -> ArrayJob:
    return ArrayJob(**{"command": ("run", "--track", "t2a"), "tasks": 3, "minutes": 60, "logs": Path("logs"), **more})


def test_a_script_asks_for_what_it_was_told_and_is_valid_shell(tmp_path: Path) -> None:
    text = script(
        job(at_once=2, gpus=1, cpus=7, options=("partition=gpu", "comment=for the paper"), command=("run", "a b"))
    )
    lines = text.splitlines()
    for line in ("array=1-3%2", "gres=gpu:1", "cpus-per-task=7", "time=60", "partition=gpu", 'comment="for the paper"'):
        assert f"#SBATCH --{line}" in lines
    assert "run 'a b' --shard \"$SLURM_ARRAY_TASK_ID/3\" &" in text
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)


def test_an_option_that_sbatch_cannot_take_is_one_sentence() -> None:
    for option in ("--partition=gpu", "=gpu", "a=b\nrm"):
        with pytest.raises(UserError, match="is no option of sbatch"):
            job(options=(option,))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["run", "--track", "t3a", "--model", "noise"], 'Unknown track "t3a"'),
        (["show", "runs/mine"], "omni-bench show knows no shards"),
        (["run", "--track", "t2a", "--model", "noise", "--shard", "1/3"], "leave out --shard"),
        (["run", "--track", "t2a", "--modle", "noise"], "No such option '--modle'"),
    ],
)
def test_a_mistake_is_told_before_tasks_wait_in_a_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((UserError, click.ClickException)) as told:
        omni_bench_command.main(["slurm", "--tasks", "3", "--", *command], standalone_mode=False)
    assert says in str(told.value)
    assert not list(tmp_path.iterdir())


def test_without_submitit_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *more: None if name == "submitit" else find(name, *more)
    )
    monkeypatch.chdir(tmp_path)
    run = ["run", "--track", "t2a", "--model", "noise", "--limit", "2"]
    with pytest.raises(UserError, match=r"vggsound-omni\[slurm\]"):
        omni_bench_command.main(["slurm", "--tasks", "2", "--submit", "--", *run], standalone_mode=False)

"""A cluster of Ray on this machine comes to what one process comes to, also if an actor is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runs.test_shards import model, numbers, omni_bench, said
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.result import read_result

from .test_slurm import made


def actors() -> list[int]:
    """The processes of Ray's actors that are ours."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "cmdline").read_bytes().startswith(b"ray::_Actor"):
                found.append(int(folder.name))
    return found


@pytest.mark.scale
def test_a_run_on_ray_of_which_an_actor_is_killed_gives_the_result_of_one_process(
    tmp_path: Path, scenes: Callable[[int], str]
) -> None:
    pytest.importorskip("ray")
    asked = ["run", "--suite", scenes(8), "--track", "t2a", "--model", model(tmp_path / "model", 1.0)]
    asked += ["--encoders", "foleyworld"]
    before = set(actors())
    run = tmp_path / "run"
    process = omni_bench(*asked, "--output", run, "--ray", "local", "--ray-workers", "2")
    until = time.monotonic() + 600
    while not list(run.glob("items-*")) and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    os.kill(next(iter(set(actors()) - before)), signal.SIGKILL)
    output = " ".join(said(process).split())
    assert "another does what it left" in output
    said(omni_bench(*asked, "--output", tmp_path / "one"))
    assert made(run, 8) == made(tmp_path / "one", 8)
    assert numbers(read_result(run)) == numbers(read_result(tmp_path / "one"))
    assert not set(actors()) - before, "none is left"
    assert RunFolder(run).log.name not in {path.name for path in run.iterdir()}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--ray", "somewhere"], '"somewhere" is no address of a Ray cluster'),
        (["--ray", "ray://host:port"], "is no address of a Ray cluster"),
        (["--ray", "local", "--shard", "1/2"], "--ray makes shards of its own"),
        (["--ray", "local", "--devices", "cpu,cpu"], "--ray makes shards of its own"),
    ],
)
def test_an_address_that_cannot_be_is_one_sentence(tmp_path: Path, more: list[str], says: str) -> None:
    told = said(omni_bench("generate", "--track", "t2a", "--model", "noise", "--output", tmp_path / "run", *more), 1)
    assert says in " ".join(told.split())
    assert "Traceback" not in told


def test_a_cluster_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    asked = ["generate", "--track", "t2a", "--model", "noise", "--limit", "2", "--output", tmp_path / "run"]
    told = " ".join(said(omni_bench(*asked, "--ray", address), 1).split())
    assert f"No Ray cluster answers at {address}" in told


def test_without_the_package_one_sentence_says_which(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util\n_find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name in ('ray', 'submitit') else _find(name, *more)\n"
    )
    path = os.pathsep.join([str(hidden), *filter(None, [os.environ.get("PYTHONPATH")])])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        patch.chdir(tmp_path)
        asked = ["--track", "t2a", "--model", "noise", "--limit", "2", "--output", str(tmp_path / "run")]
        assert "vggsound-omni[ray]" in said(omni_bench("generate", *asked, "--ray", "local"), 1)
        assert "vggsound-omni[slurm]" in said(omni_bench("slurm", "--tasks", "2", "--submit", "--", "run", *asked), 1)

"""A cluster of Ray on this machine comes to what one process comes to, also if an actor is killed."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from tests.runs.test_shards import model, numbers, omni_bench, said
from vggsound_omni.cli import command as omni_bench_command
from vggsound_omni.errors import UserError
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.result import read_result
from vggsound_omni.scale.on_ray import halving
from vggsound_omni.sharding import shard_of

from .test_slurm import made


@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_shards_of_actors_are_all_items_each_once_the_largest_first(count: int) -> None:
    ids = [f"clip{number}" for number in range(2000)]
    shards = [shard_of(ids, shard, str) for shard in halving(count)]
    assert sorted(i for shard in shards for i in shard) == sorted(ids)
    assert sum(map(len, shards[:count])) == pytest.approx(1000, rel=0.1)
    assert sum(map(len, shards[-count:])) == pytest.approx(2000 / 32, rel=0.4)


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
    asked: list[str | Path] = ["run", "--suite", scenes(8), "--track", "t2a", "--encoders", "foleyworld"]
    asked += ["--model", model(tmp_path / "model", 1.0)]
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


def told(*arguments: str) -> str:
    """What omni-bench says of a mistake."""
    with pytest.raises((UserError, click.ClickException)) as error:
        omni_bench_command.main(arguments, standalone_mode=False)
    return str(error.value)


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    return ["generate", "--track", "t2a", "--model", "noise", "--limit", "2", "--output", str(tmp_path / "run")]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--ray", "somewhere"], '"somewhere" is no address of a Ray cluster'),
        (["--ray", "ray://host:port"], "is no address of a Ray cluster"),
        (["--ray", "local", "--shard", "1/2"], "--ray makes shards of its own"),
        (["--ray", "local", "--devices", "cpu,cpu"], "--ray makes shards of its own"),
    ],
)
def test_an_address_that_cannot_be_is_one_sentence(asked: list[str], more: list[str], says: str) -> None:
    assert says in told(*asked, *more)


def test_a_cluster_that_does_not_answer_is_one_sentence(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    assert f"No Ray cluster answers at {address}" in told(*asked, "--ray", address)


def test_without_ray_one_sentence_says_what_to_install(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *more: None if name == "ray" else find(name, *more))
    assert "vggsound-omni[ray]" in told(*asked, "--ray", "local")

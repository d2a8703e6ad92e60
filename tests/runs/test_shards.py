"""Workers of shards share a run's folder without locks, and come to what one process comes to."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from vggsound_omni.cli import command as omni_bench_command
from vggsound_omni.errors import UserError
from vggsound_omni.features import sound_hash
from vggsound_omni.features.shards import Shards
from vggsound_omni.features.store import FeatureStore
from vggsound_omni.media import read_audio, write_flac
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.folder import Record, RunFolder
from vggsound_omni.runs.plan import RunOptions
from vggsound_omni.runs.result import Result, read_result
from vggsound_omni.scale.several import arguments_of
from vggsound_omni.sharding import Shard, shard_of

NO_LOCKS = "import fcntl; fcntl.flock = lambda *_: None; from vggsound_omni.cli import main; main()"
MODEL = """
import time
from pathlib import Path
import numpy as np
from vggsound_omni.media import read_audio, write_flac
from vggsound_omni.protocol import Audio

class Slow:
    def generate(self, requests):
        time.sleep(float({pause}))
        return [Audio(samples=np.random.default_rng(r.seed).normal(0, 0.1, (1, int(r.duration * 16000)))
                      .clip(-1, 1).astype(np.float32), sample_rate=16000) for r in requests]
"""


def omni_bench(*arguments: str | Path, cache: Path | None = None, locks: bool = True) -> subprocess.Popen[str]:
    environment = dict(os.environ) | ({"OMNI_BENCH_CACHE": str(cache)} if cache else {})
    program = ["-m", "vggsound_omni"] if locks else ["-c", NO_LOCKS]
    return subprocess.Popen(
        [sys.executable, *program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )


def said(process: subprocess.Popen[str], code: int = 0) -> str:
    output, _ = process.communicate(timeout=400)
    assert process.returncode == code, output
    return output


def model(folder: Path, pause: float = 0.0) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "slow.py").write_text(MODEL.format(pause=pause))
    return f"{folder / 'slow.py'}:Slow"


def numbers(result: Result) -> str:
    """All of a result but where, when and how long."""
    return result.model_dump_json(exclude={"environment", "timings", "costs"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5/4", "There is no shard 5/4; of 4 they are 1/4 to 4/4."),
        ("0/4", "There is no shard 0/4"),
        ("1/0", "between 1 and 100,000 shards, not 0"),
        ("-1/4", '"-1/4" names no shard'),
        ("three", '"three" names no shard; K/N was expected'),
    ],
)
def test_a_shard_that_cannot_be_is_one_sentence(text: str, says: str) -> None:
    with pytest.raises(UserError) as told:
        Shard.parse(text)
    assert says in str(told.value)
    assert "\n" not in str(told.value)


def test_the_shards_of_a_job_are_its_items_each_once_whatever_else_is_there() -> None:
    ids = [f"clip{number}" for number in range(500)]
    shards = [shard_of(ids, Shard(index, 7), str) for index in range(1, 8)]
    assert sorted(i for shard in shards for i in shard) == sorted(ids)
    assert [len(shard) for shard in shards] == pytest.approx([500 / 7] * 7, rel=0.4)
    assert shard_of(ids[::-3], Shard(2, 7), str) == [i for i in ids[::-3] if i in shards[1]]


@pytest.mark.soak
def test_shards_without_locks_give_the_result_of_one_process(tmp_path: Path, scenes: Callable[[int], str]) -> None:
    asked = ["--suite", scenes(9), "--track", "vt2a", "--model", model(tmp_path / "model")]
    scored = [*asked, "--encoders", "foleyworld"]
    said(omni_bench("run", *scored, "--output", tmp_path / "one", cache=tmp_path / "cache"))
    shared, cache = tmp_path / "shared", tmp_path / "shared-cache"

    def worker(shard: str) -> subprocess.Popen[str]:
        return omni_bench("run", *scored, "--output", shared, "--shard", shard, cache=cache, locks=False)

    together = [worker("1/3"), worker("1/3"), worker("2/3")]  # a shard twice, as after a pre-emption that came late
    for process in together:
        assert "are left to other shards" in said(process)
    assert not (shared / "result.json").exists()
    said(worker("3/3"))
    assert numbers(read_result(shared)) == numbers(read_result(tmp_path / "one"))
    assert "journals are merged" in said(omni_bench("merge", shared))
    merged = (shared / "items.jsonl").read_bytes()
    assert sorted(path.name for path in shared.glob("items*")) == ["items.jsonl"]
    assert "nothing to merge" in said(omni_bench("merge", shared))
    assert (shared / "items.jsonl").read_bytes() == merged
    assert len(RunFolder(shared).records()) == len(merged.splitlines()) == 9


def test_killed_workers_lose_nothing(tmp_path: Path, scenes: Callable[[int], str]) -> None:
    asked = ["--suite", scenes(6), "--track", "t2a", "--model", model(tmp_path / "model", 0.3)]
    run = tmp_path / "run"

    def worker(shard: str) -> subprocess.Popen[str]:
        return omni_bench("generate", *asked, "--output", run, "--shard", shard)

    def after(count: int) -> None:
        until = time.monotonic() + 60
        while len(list((run / "audio").glob("[!.]*.flac"))) < count and time.monotonic() < until:
            time.sleep(0.05)

    for count in (1, 2):
        process = worker("1/1")
        after(count)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    said(worker("1/2"))
    said(omni_bench("generate", *asked, "--output", run))  # whoever is left: no shard has to be done by its own worker
    lines = [line for content in RunFolder(run).journals().values() for line in content.splitlines()]
    records = RunFolder(run).records()
    assert {record.status for record in records.values()} == {"done"}
    assert len(records) == len(lines) == 6, "none was done twice"
    said(omni_bench("generate", *asked, "--output", tmp_path / "whole"))
    whole = RunFolder(tmp_path / "whole").records()
    assert {i: r.sha256 for i, r in records.items()} == {i: r.sha256 for i, r in whole.items()}


def workers_of(parent: int) -> dict[str, int]:
    """The processes of shards that a process has started, by shard."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"--shard" in words and int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found[words[words.index(b"--shard") + 1].decode()] = int(folder.name)
    return found


def test_workers_of_several_devices_are_told_every_option(tmp_path: Path) -> None:
    plain = RunOptions(track="t2a", model="noise", output=tmp_path / "a")
    other: dict[str, Any] = {
        "suite": "foleyworld:validation",
        "track": "vt2a",
        "model": "silence",
        "name": "mine",
        "arguments": {"steps": "2"},
        "seed": 3,
        "without": ("video",),
        "fit": ("crop",),
        "limit": 4,
        "batch_size": 5,
        "timeout": 6.0,
        "retry_failed": True,
        "output": tmp_path / "b",
    }
    assert other.keys() == {one.name for one in fields(RunOptions)} - {"shard", "device"}, "a new option is passed on"
    for name, value in other.items():
        assert arguments_of(replace(plain, **{name: value})) != arguments_of(plain), name


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_worker_of_several_devices_that_is_killed_costs_nothing(tmp_path: Path, scenes: Callable[[int], str]) -> None:
    run = tmp_path / "run"
    asked = ["--suite", scenes(8), "--track", "t2a", "--model", model(tmp_path / "model", 0.5), "--output", str(run)]
    process = omni_bench("generate", *asked, "--devices", "cpu,cpu")
    until = time.monotonic() + 90
    while not list(run.glob("items-2-of-2-*")) and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(workers_of(process.pid)["2/2"], signal.SIGKILL)
    output = " ".join(said(process).split())
    assert "The worker on cpu died (exit code -9)" in output
    assert "8 of 8 items generated" in output
    lines = [line for content in RunFolder(run).journals().values() for line in content.splitlines()]
    assert len(lines) == len(RunFolder(run).records()) == 8, "none was done twice"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["noise", "--devices", "cpu,"], "is not a list of devices such as 0,1"),
        (["noise", "--devices", "0,1", "--device", "cpu"], "--device and --devices exclude each other"),
        (["noise", "--devices", "0,1", "--shard", "1/2"], "--devices makes shards of its own"),
        (["noize", "--devices", "cpu,cpu"], 'Unknown model "noize": did you mean "noise"?'),
    ],
)
def test_what_devices_cannot_do_is_one_sentence(tmp_path: Path, more: list[str], says: str) -> None:
    asked = ["generate", "--track", "t2a", "--output", str(tmp_path / "run"), "--limit", "2", "--model"]
    with pytest.raises((UserError, click.ClickException)) as told:
        omni_bench_command.main([*asked, *more], standalone_mode=False)
    assert says in str(told.value)
    assert "\n" not in str(told.value)


def test_a_sound_without_a_line_is_made_again(tmp_path: Path, scenes: Callable[[int], str]) -> None:
    suite = scenes(2)
    folder = RunFolder(tmp_path / "run")
    asked = ["--suite", suite, "--track", "t2a", "--model", model(tmp_path / "model"), "--output", str(folder.path)]
    said(omni_bench("generate", *asked, "--shard", "1/1"))
    before = folder.records()
    (own,) = folder.path.glob("items-*.jsonl")
    first, second = own.read_bytes().splitlines(keepends=True)
    own.write_bytes(first)
    lost = next(i for i in before if i.encode() in second)
    folder.audio_path(lost).write_bytes(b"of an earlier version of the model")
    said(omni_bench("generate", *asked, "--shard", "1/1"))
    assert {i: r.sha256 for i, r in folder.records().items()} == {i: r.sha256 for i, r in before.items()}
    kept = read_audio(folder.audio_path(lost), mono=False)
    assert sound_hash(kept.samples, kept.sample_rate) == before[lost].sha256


def test_a_whole_run_waits_for_shards_and_a_shard_for_its_own(tmp_path: Path) -> None:
    with RunFolder(tmp_path, Shard(1, 2)).locked(), RunFolder(tmp_path, Shard(2, 2)).locked():
        with pytest.raises(UserError, match="Another process is running in"), RunFolder(tmp_path).locked():
            pass
        with (
            pytest.raises(UserError, match="working on shard 1/2"),
            RunFolder(tmp_path, Shard(1, 2)).locked(),
        ):
            pass


def journal(folder: Path, name: str, *records: Record) -> None:
    worker = RunFolder(folder, Shard(1, 1))
    worker.append(records)
    (own,) = folder.glob("items-1-of-1-*.jsonl")
    own.rename(folder / f"items-{name}.jsonl")


def done(sha256: str, attempt: int = 0) -> Record:
    return Record(id="a", status="done", seconds=1.0, audio="audio/a.flac", sha256=sha256, attempt=attempt)


def test_of_two_lines_the_later_attempt_counts_in_whichever_journal(tmp_path: Path) -> None:
    failed = Record(id="a", status="failed", seconds=1.0, rule="died", reason="it died", attempt=1)
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "a.flac").touch()
    journal(tmp_path, "x", failed)
    journal(tmp_path, "y", done("0" * 64))
    assert RunFolder(tmp_path).records()["a"].status == "failed"
    journal(tmp_path, "b", done("1" * 64, attempt=2))
    assert RunFolder(tmp_path).records()["a"].sha256 == "1" * 64


@pytest.mark.parametrize("names", ["xy", "yx"])
def test_of_two_sounds_for_an_item_the_line_of_the_one_that_is_there_counts(tmp_path: Path, names: str) -> None:
    first, second = (Audio(samples=np.full((1, 800), level, np.float32), sample_rate=16_000) for level in (0.25, 0.5))
    path = tmp_path / "audio" / "a.flac"
    write_flac(path, first, first=True)
    write_flac(path, second, first=True)  # comes too late
    kept = read_audio(path, mono=False)
    assert kept.samples.max() == 0.25
    own = sound_hash(kept.samples, kept.sample_rate)
    journal(tmp_path, names[0], done(own))
    journal(tmp_path, names[1], done("0" * 64))
    assert RunFolder(tmp_path).records()["a"].sha256 == own


def test_workers_of_a_store_without_locks_append_to_files_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fcntl.flock", lambda *_: None)
    one, other = (Shards(tmp_path / "s", tmp_path / ".lock", alone=True) for _ in range(2))
    for number in range(4):
        (one, other)[number % 2].put({f"k{number}": (None, bytes([number] * 10))})
    assert len(list((tmp_path / "s").glob("*.data"))) == 2
    assert {key: bytes(content) for key, (_, content) in one.get(f"k{n}" for n in range(4)).items()} == {
        f"k{number}": bytes([number] * 10) for number in range(4)
    }
    assert FeatureStore(tmp_path, alone=True).get_many([]) == {}


def test_where_a_file_system_has_no_locks_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with RunFolder(tmp_path, Shard(1, 2)).locked(), RunFolder(tmp_path, Shard(1, 2)).locked():
        Shards(tmp_path / "s", tmp_path / "lock").put({"a": (None, b"b")})
    assert bytes(Shards(tmp_path / "s", tmp_path / "lock").get(["a"])["a"][1]) == b"b"


def test_the_scratch_of_a_killed_worker_is_removed_and_of_a_living_one_stays(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from vggsound_omni.runs.folder import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).scratch() as f: print(f, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    left = Path(process.stdout.readline().strip())
    with RunFolder(tmp_path).scratch():
        assert left.is_dir()
    process.kill()
    process.communicate()
    with RunFolder(tmp_path).scratch():
        assert not left.exists()
    assert not list(tmp_path.glob(".scratch*"))

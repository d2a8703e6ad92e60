"""The run folder survives what happens to folders."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vggsound_omni.errors import UserError
from vggsound_omni.runs.folder import Record, RunFolder
from vggsound_omni.runs.plan import RunConfig

CONFIG = RunConfig(suite="s", track="t2a", model="m", arguments={}, seed=0)


def of(items_sha256: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda run: bool(run["items_sha256"] == items_sha256)


def started(path: Path) -> RunFolder:
    folder = RunFolder(path)
    folder.check(CONFIG, of("abc"))
    folder.start(CONFIG, "abc", None, None, {})
    return folder


def record(item_id: str, reason: str = "a reason") -> Record:
    return Record(id=item_id, status="failed", seconds=0.5, rule="raised", reason=reason)


@given(st.text(), st.integers(min_value=1, max_value=200))
def test_a_line_cut_anywhere_is_as_if_never_written(
    tmp_path_factory: pytest.TempPathFactory, reason: str, cut: int
) -> None:
    folder = started(tmp_path_factory.mktemp("run"))
    folder.append([record("a", reason)])
    whole = (folder.path / "items.jsonl").read_bytes()
    folder.append([record("b", reason)])
    line = len((folder.path / "items.jsonl").read_bytes()) - len(whole)
    (folder.path / "items.jsonl").write_bytes((folder.path / "items.jsonl").read_bytes()[: -min(cut, line)])
    assert folder.records() == {"a": record("a", reason)}
    folder.append([record("c", reason)])
    assert folder.records() == {"a": record("a", reason), "c": record("c", reason)}


def test_a_later_line_replaces_an_earlier_one(tmp_path: Path) -> None:
    folder = started(tmp_path / "run")
    folder.append([record("a", "first"), record("a", "second")])
    assert folder.records()["a"].reason == "second"


def test_a_finished_item_whose_audio_is_gone_is_not_finished(tmp_path: Path) -> None:
    folder = started(tmp_path / "run")
    folder.append([Record(id="a", status="done", seconds=1.0, audio="audio/a.flac", sha256="0" * 64)])
    assert folder.records() == {}


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    folder = started(tmp_path / "run")
    folder.append([record("a")])
    with (folder.path / "items.jsonl").open("ab") as file:
        file.write(b"{nonsense}\n")
    with pytest.raises(UserError, match="line 2, is damaged"):
        folder.records()


@pytest.mark.parametrize(
    ("field", "value"), [("seed", 1), ("model", "other"), ("arguments", {"steps": "5"}), ("track", "v2a")]
)
def test_another_run_may_not_use_the_folder(tmp_path: Path, field: str, value: object) -> None:
    folder = started(tmp_path / "run")
    other: RunConfig = replace(CONFIG, **{field: value})  # type: ignore[arg-type]
    with pytest.raises(UserError, match=f"holds a run with {field}"):
        folder.check(other, of("abc"))


def test_a_changed_suite_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has changed"):
        started(tmp_path / "run").check(CONFIG, of("abd"))


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(UserError, match="is not empty and holds no run"):
        RunFolder(tmp_path).check(CONFIG, of("abc"))


def test_a_grown_limit_and_a_new_name_are_noted_and_nothing_else(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.start(CONFIG, "abc", 4, None, {"created": "then"})
    first = folder.read()
    assert (first["version"], first["limit"], first["name"], first["created"]) == (2, 4, None, "then")
    folder.start(CONFIG, "abc", 8, "ours", {"created": "now"})
    assert folder.read() == first | {"limit": 8, "name": "ours"}
    folder.start(CONFIG, "abc", 8, None, {})
    assert folder.read()["name"] == "ours", "a name is kept until another is given"


def test_two_processes_cannot_work_in_one_folder(tmp_path: Path) -> None:
    folder = started(tmp_path / "run")
    code = (
        "import sys; from pathlib import Path; from vggsound_omni.runs.folder import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).locked(): print('in', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        with pytest.raises(UserError, match="Another process"), folder.locked():
            pass
        other.kill()
    with folder.locked():
        pass

"""One odd clip, link or row costs one item, and the suite that is built can be opened."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from vggsound_omni.data.local_clips import find_clips
from vggsound_omni.data.shards import members
from vggsound_omni.errors import UserError
from vggsound_omni.media import read_audio
from vggsound_omni.suites.built import BuiltSuite

from .conftest import IDS, Collection
from .test_build import made, told


@pytest.fixture
def clips(collection: Collection, tmp_path: Path) -> Path:
    return Path(shutil.copytree(collection.clips, tmp_path / "clips"))


def test_odd_clips_are_left_out_each_with_a_sentence(collection: Collection, clips: Path, tmp_path: Path) -> None:
    wavfile.write(clips / f"{IDS[0]}.wav", 16_000, np.zeros(8 * 16_000, np.int64))
    noise = np.random.default_rng(0).normal(0, 0.1, 8 * 16_000).astype(np.float32)
    noise[9] = np.nan
    wavfile.write(clips / f"{IDS[1]}.wav", 16_000, noise)
    (clips / f"{IDS[2]}.mp4").unlink()
    (clips / f"{IDS[2]}.mp4").symlink_to(tmp_path / "nowhere.mp4")
    (clips / f"{IDS[3]}.mp4").unlink()
    os.mkfifo(clips / f"{IDS[3]}.mp4")
    content = (clips / f"{IDS[4]}.mp4").read_bytes()
    at = content.index(b"mvhd") + 16
    (clips / f"{IDS[4]}.mp4").write_bytes(content[:at] + bytes(4) + content[at + 4 :])
    (clips / "loop").symlink_to(clips)
    built = made(collection, tmp_path / "suite", clips)
    assert [item.id for item in built.manifest.items] == [IDS[5]]
    assert told(built, "unreadable") == {IDS[0]: True, IDS[4]: True}
    assert told(built, "not-finite") == {IDS[1]: True}
    assert told(built, "no-file") == {IDS[2]: True, IDS[3]: True}
    assert told(built, "two-files") == {}
    report = (tmp_path / "suite" / "report.json").read_text("utf-8")
    assert f"{IDS[0]}.wav: its sound is of 64-bit integers" in report
    assert f"{IDS[4]}.mp4: is damaged, its clock makes 0 ticks" in report
    assert str(tmp_path) not in report


def test_ids_that_are_no_file_names_are_left_out_before_anything_is_written(
    collection: Collection, tmp_path: Path
) -> None:
    names = ("up?_000010", "CON", "a\x1b[2J", IDS[0], IDS[0].lower())
    rows = [{"id": name, "caption": "Wind.", "labels": ["a\x08b"]} for name in names]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    built = made(collection, tmp_path / "suite", suite="kling-audio-eval", labels=[], annotations=path)
    (item,) = BuiltSuite(tmp_path / "suite").items()
    assert (item.id, item.labels) == (IDS[0], ("a b",))
    assert len(told(built, "bad-row")) == 3
    assert told(built, "duplicate") == {IDS[0].lower(): True}
    assert all(problem.id.isprintable() and problem.why.isprintable() for problem in built.problems)


def test_a_folder_that_is_given_twice_is_read_once(collection: Collection) -> None:
    found, problems = find_clips([collection.clips, collection.clips], IDS, str)
    assert sorted(found) == list(IDS)
    assert problems == []


def tar_of(path: Path, content: bytes) -> Path:
    with tarfile.open(path, "w") as tar:
        header = tarfile.TarInfo("x.mp4")
        header.size = len(content)
        tar.addfile(header, io.BytesIO(content))
    return path


def test_a_tar_with_a_negative_size_does_not_run_in_circles(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.tar", bytes(2048))
    block = bytearray(path.read_bytes())
    block[124:136] = b"\xff" * 11 + b"\x00"  # base 256, negative
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block[:512]):06o}\0 ".encode()
    path.write_bytes(block)
    with pytest.raises(UserError, match=r"a\.tar: "):
        list(members(path))


@pytest.mark.parametrize("seed", range(40))
def test_damaged_tars_are_read_or_refused(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    content = bytearray(tar_of(tmp_path / "a.tar", bytes(3000)).read_bytes())
    for at in rng.integers(0, 512, rng.integers(1, 6)):
        content[at] = rng.integers(256)
    content[148:156] = b" " * 8
    content[148:156] = f"{sum(content[:512]):06o}\0 ".encode()
    (tmp_path / "a.tar").write_bytes(content)
    try:
        found = list(members(tmp_path / "a.tar"))
    except UserError:
        return
    assert all(member.offset >= 0 and member.offset + member.size <= len(content) for member in found)


def test_a_clip_that_a_build_takes_can_be_read(collection: Collection, tmp_path: Path) -> None:
    built = made(collection, tmp_path / "suite")
    suite = BuiltSuite(tmp_path / "suite")
    suite.check(built.manifest.items)
    for item in built.manifest.items:
        audio = suite.media(item).audio
        assert audio is not None
        assert abs(read_audio(audio).duration - item.duration) < 0.3


def test_names_that_are_not_utf_8_are_told_and_used(collection: Collection, clips: Path, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(clips) + b"/caf\xe9"))
    odd.mkdir()
    (clips / f"{IDS[0]}.mp4").rename(odd / f"{IDS[0]}.mp4")
    (odd / f"{IDS[1]}.mp4").write_bytes(b"RIFF")
    shutil.copy(clips / f"{IDS[1]}.mp4", Path(os.fsdecode(os.fsencode(odd) + b"/\xe9.mp4")))
    built = made(collection, tmp_path / "suite", clips)
    assert IDS[0] in {item.id for item in built.manifest.items}
    for problem in built.problems:
        assert f"{problem.id} {problem.why}".encode()
    suite = BuiltSuite(tmp_path / "suite")
    suite.check(suite.items())
    assert {problem.kind for problem in built.problems} == {"two-files", "unlisted-file"}

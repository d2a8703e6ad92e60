"""A suite folder that a stranger sent: nothing in it is a path, a name or an ending before it was checked."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.media import write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.suites import open_suite, parquet
from vggsound_omni.suites.built import BuiltSuite
from vggsound_omni.suites.parquet import make_manifest, read_manifest, write_manifest
from vggsound_omni.suites.suite import Item

SOUND = Audio(samples=np.random.default_rng(0).normal(0, 0.1, (1, 16_000)).astype(np.float32), sample_rate=16_000)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def item(sha256: str, **changed: Any) -> Item:
    values: dict[str, Any] = {
        "id": "rain",
        "stratum": "main",
        "duration": 1.0,
        "caption": "Rain.",
        "has_video": False,
        "provenance": {"audio_sha256": sha256},
    }
    return Item(**(values | changed))


def suite(folder: Path, place: object | None = None, **changed: Any) -> Path:
    """A suite of one sound, with a place of its own or another."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "rain.wav"
    write_wav(path, SOUND, "PCM_16")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    write_manifest(folder / "suite.parquet", make_manifest("strange", [item(sha256, **changed)], {}))
    own = {"path": "rain.wav", "offset": 0, "size": path.stat().st_size, "member": ""}
    (folder / "places.json").write_text(json.dumps({"rain": {"audio": own if place is None else place}}))
    return folder


def packed(folder: Path, member: str = "rain.wav", **changed: Any) -> tuple[Path, dict[str, Any]]:
    """A suite whose sound lies in a tar."""
    suite(folder, **changed)
    with tarfile.open(folder / "media.tar", "w") as tar:
        tar.add(folder / "rain.wav", "rain.wav")
    with tarfile.open(folder / "media.tar") as tar:
        header = tar.getmember("rain.wav")
    place = {"path": "media.tar", "offset": header.offset_data, "size": header.size, "member": member}
    (folder / "places.json").write_text(json.dumps({"rain": {"audio": place}}))
    return folder, place


def used(folder: Path) -> Path | None:
    opened = BuiltSuite(folder)
    opened.check(opened.items())
    return opened.media(opened.items()[0]).audio


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "sha256",
    ["tarx/ESC/sitecustomize", "../../pwned", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n", "", "/etc/passwd"],
)
def test_a_hash_that_is_none_is_refused_and_nothing_is_written(tmp_path: Path, cache: Path, sha256: str) -> None:
    folder, _ = packed(tmp_path / "s", "x.py", provenance={"audio_sha256": sha256})
    before = files(tmp_path)
    with pytest.raises(UserError, match=r"row 1: audio_sha256 is .* a SHA-256 is 64 digits"):
        used(folder)
    assert files(tmp_path) == before


def test_the_review_s_escape_writes_nothing(tmp_path: Path, cache: Path) -> None:
    folder, place = packed(tmp_path / "s", "x.py")
    before = files(tmp_path)
    with pytest.raises(UserError, match="is no media file by its ending"):
        used(folder)
    for member in ("../../x.wav/../y.py", "x.wav\0.py", "x.PY", "x.wav/..", "x.sh"):
        (folder / "places.json").write_text(json.dumps({"rain": {"audio": place | {"member": member}}}))
        with pytest.raises(UserError, match="is no media file by its ending"):
            used(folder)
    assert files(tmp_path) == before
    (folder / "places.json").write_text(json.dumps({"rain": {"audio": place | {"member": "../../../up/RAIN.WAV"}}}))
    copy = used(folder)
    assert copy is not None
    assert copy.parent == cache / "data"
    assert copy.suffix == ".wav"


def test_a_copy_in_the_cache_is_verified_by_hash_and_mended(tmp_path: Path, cache: Path) -> None:
    folder, _ = packed(tmp_path / "s")
    copy = used(folder)
    assert copy is not None
    whole = copy.read_bytes()
    copy.write_bytes(bytes(len(whole)))  # of the same size
    assert used(folder) == copy
    assert copy.read_bytes() == whole
    secret = tmp_path / "secret"
    secret.write_bytes(b"mine")
    copy.unlink()
    copy.symlink_to(secret)
    assert used(folder) == copy
    assert secret.read_bytes() == b"mine"
    assert not copy.is_symlink()


def test_another_part_of_the_tar_is_not_what_the_manifest_promises(tmp_path: Path, cache: Path) -> None:
    folder, place = packed(tmp_path / "s")
    (folder / "places.json").write_text(json.dumps({"rain": {"audio": place | {"offset": place["offset"] - 1}}}))
    with pytest.raises(UserError, match="is not the audio that the suite was built with"):
        used(folder)
    assert not files(tmp_path) & {name for name in files(tmp_path) if name.startswith("cache")}


@pytest.mark.parametrize("path", ["{tmp}/private.wav", "../private.wav", "../../{name}/private.wav", "link.wav"])
def test_any_file_of_this_machine_may_be_named_but_only_the_promised_content_is_used(tmp_path: Path, path: str) -> None:
    private = tmp_path / "private.wav"
    write_wav(private, Audio(samples=SOUND.samples[:, ::-1].copy(), sample_rate=16_000), "PCM_16")
    named = path.format(tmp=tmp_path, name=tmp_path.name)
    folder = suite(tmp_path / "s", {"path": named, "offset": 0, "size": private.stat().st_size, "member": ""})
    (folder / "link.wav").symlink_to(private)
    with pytest.raises(UserError, match="is not the audio that the suite was built with"):
        used(folder)
    private.write_bytes((folder / "rain.wav").read_bytes())
    found = used(folder)
    assert found is not None
    assert found.samefile(private)


def test_a_file_of_the_right_size_and_another_content_is_refused(tmp_path: Path) -> None:
    folder = suite(tmp_path / "s")
    assert used(folder) == folder / "rain.wav"
    content = bytearray((folder / "rain.wav").read_bytes())
    content[-1] ^= 1
    times = (folder / "rain.wav").stat()
    (folder / "rain.wav").write_bytes(content)
    os.utime(folder / "rain.wav", ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(UserError, match="is not the audio that the suite was built with"):
        used(folder)


def test_files_are_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vggsound_omni import io as files_module

    folder = suite(tmp_path / "s")
    opened = BuiltSuite(folder)
    opened.check(opened.items())
    monkeypatch.setattr(files_module, "compute_sha256", lambda path: pytest.fail("hashed again"))
    opened.check(opened.items())
    opened.media(opened.items()[0])
    assert BuiltSuite(folder).media(opened.items()[0]).audio == folder / "rain.wav"


def test_pipes_devices_and_folders_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for path in (tmp_path / "pipe.wav", Path("/dev/zero"), tmp_path):
        place = {"path": str(path), "offset": 0, "size": 0, "member": ""}
        with pytest.raises(UserError, match="is a folder, device or pipe"):
            used(suite(tmp_path / "s", place))


GOOD = {"path": "rain.wav", "offset": 0, "size": 1, "member": ""}
ODD_VALUES: list[tuple[str, object]] = [
    *(("path", value) for value in (None, 7, "", "a\0b", ["x"])),
    *(("offset", value) for value in (-1, 1.5, True, "0", None, 1 << 60)),
    *(("size", value) for value in (-1, 1e3, False, "1", None, 1 << 60)),
    *(("member", value) for value in (None, 7, ["x"])),
]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "7",
        "null",
        "[" * 100_000,
        '{"rain": []}',
        '{"rain": {}}',
        '{"rain": {"picture": {}}}',
        '{"rain": {"audio": "rain.wav"}}',
        '{"rain": {"audio": {}}}',
        "\udcff",
        json.dumps({"rain": {"audio": GOOD | {"more": 1}}}),
        json.dumps({"rain": {"audio": {name: GOOD[name] for name in ("path", "offset", "size")}}}),
        *(json.dumps({"rain": {"audio": GOOD | {name: value}}}) for name, value in ODD_VALUES),
    ],
)
def test_malformed_places_are_one_sentence(tmp_path: Path, content: str) -> None:
    folder = suite(tmp_path / "s")
    (folder / "places.json").write_bytes(content.encode(errors="surrogateescape"))
    for use in (used, lambda f: BuiltSuite(f).media(BuiltSuite(f).items()[0])):
        with pytest.raises(UserError, match=r"places\.json: .*build or join the suite again") as caught:
            use(folder)
        assert "\n" not in str(caught.value)


def test_sizes_beyond_the_file_are_told_before_anything_is_read(tmp_path: Path, cache: Path) -> None:
    folder, place = packed(tmp_path / "s")
    for changed in ({"size": 1 << 49}, {"offset": 1 << 49}):
        (folder / "places.json").write_text(json.dumps({"rain": {"audio": place | changed}}))
        with pytest.raises(UserError, match="has changed since the suite was built"):
            used(folder)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"id": "../up"}, "cannot be a file name"),
        ({"id": "NUL"}, "is the name of a device on Windows"),
        ({"id": ""}, "the id is empty"),
        ({"stratum": ""}, "is no text, or has control characters"),
        ({"stratum": "a\x1b[2J"}, "is no text, or has control characters"),
        ({"caption": "a\x1b[2J"}, "is no text, or has control characters"),
        ({"labels": ("a\x07",)}, "is no text, or has control characters"),
        ({"captions": {"x": 7}}, "is no text, or has control characters"),
        ({"duration": -1.0}, "its duration is -1.0"),
        ({"has_video": True}, "an item has video exactly if its provenance has video_sha256"),
        ({"has_audio": False}, "an item has audio exactly if its provenance has audio_sha256"),
        ({"provenance": {"audio_sha256": "0" * 64, "scores_sha256": "x/y"}}, "scores_sha256 is 'x/y'"),
        ({"provenance": {"audio_sha256": "0" * 64, "scores_sha256": ["0" * 64]}}, "a SHA-256 is 64 digits"),
    ],
)
def test_what_no_build_writes_is_refused_by_row(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    folder = suite(tmp_path / "s", **changed)
    with pytest.raises(UserError, match=r"suite\.parquet, row 1") as caught:
        open_suite(str(folder))
    assert message in str(caught.value)


def test_ids_that_are_one_file_on_some_systems_are_refused(tmp_path: Path) -> None:
    items = [item("0" * 64), item("1" * 64, id="RAIN")]
    write_manifest(tmp_path / "suite.parquet", make_manifest("strange", items, {}))
    with pytest.raises(UserError, match="only in case unlike 'rain'"):
        open_suite(str(tmp_path))


def rewritten(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    def apply(path: Path) -> None:
        pq.write_table(change(pq.read_table(path)), path)

    return apply


def about(**changed: Any) -> Callable[[Path], None]:
    def change(table: pa.Table) -> pa.Table:
        told = json.loads(table.schema.metadata[b"omni_bench"]) | changed
        return table.replace_schema_metadata({b"omni_bench": json.dumps(told).encode()})

    return rewritten(change)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "renamed": rewritten(lambda t: t.rename_columns(["ID", *t.column_names[1:]])),
    "dropped": rewritten(lambda t: t.drop_columns(["provenance"])),
    "endless": rewritten(lambda t: t.set_column(2, "duration", [pa.array([float("inf")])])),
    "no number": rewritten(lambda t: t.set_column(2, "duration", [pa.array([float("nan")])])),
    "typed": rewritten(lambda t: t.set_column(2, "duration", [pa.array(["8"])])),
    "null": rewritten(lambda t: t.set_column(0, "id", [pa.array([None], pa.string())])),
    "json": rewritten(lambda t: t.set_column(t.column_names.index("provenance"), "provenance", [["{broken"]])),
    "list": rewritten(lambda t: t.set_column(t.column_names.index("captions"), "captions", [["[1]"]])),
    "half": rewritten(lambda t: t.set_column(t.column_names.index("captions"), "captions", [['{"a": "\\ud800"}']])),
    "nan": rewritten(lambda t: t.set_column(t.column_names.index("provenance"), "provenance", [['{"a": NaN}']])),
    "deep": rewritten(lambda t: t.set_column(t.column_names.index("provenance"), "provenance", [["[" * 100_000]])),
    "told a list": rewritten(lambda t: t.replace_schema_metadata({b"omni_bench": b"[]"})),
    "told nothing": rewritten(lambda t: t.replace_schema_metadata({b"omni_bench": b"{}"})),
    "told no JSON": rewritten(lambda t: t.replace_schema_metadata({b"omni_bench": b"\xff"})),
    "format": about(format="1"),
    "name": about(name="../x"),
    "recipe": about(recipe=[]),
    "hash": about(list_sha256=7),
    "column": lambda path: _overwrite(path, path.read_bytes().replace(b"stratum", b"str\xff\xfeum")),
    "empty": lambda path: _overwrite(path, b""),
    "pipe": lambda path: _make_pipe(path),
}


def _overwrite(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_manifest_is_one_sentence(tmp_path: Path, kind: str) -> None:
    folder = suite(tmp_path / "s")
    DAMAGE[kind](folder / "suite.parquet")
    with pytest.raises(UserError, match=r"suite\.parquet") as caught:
        open_suite(str(folder))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_manifest_that_unpacks_to_gigabytes_is_refused_before_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dictionary of one caption of a megabyte, and rows that name it again and again, take some kilobytes."""
    folder = suite(tmp_path / "s")
    table = pq.read_table(folder / "suite.parquet")
    row = table.to_pylist()[0] | {"caption": "x" * (1 << 20)}
    many = pa.Table.from_pylist([row], schema=table.schema).take(pa.array([0] * 200))
    pq.write_table(many, folder / "suite.parquet", compression="zstd", use_dictionary=["caption"])
    assert (folder / "suite.parquet").stat().st_size < 1 << 16
    monkeypatch.setattr(parquet, "MOST_BYTES", 100 << 20)
    batches: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(pq.ParquetFile, "iter_batches", _counted(pq.ParquetFile.iter_batches, batches))
        with pytest.raises(UserError, match="unpacks to more than 100 MiB"):
            read_manifest(folder / "suite.parquet")
    assert sum(batches) < 200 << 20
    assert max(batches) < 70 << 20


def _counted(iterate: Callable[..., Any], sizes: list[int]) -> Callable[..., Any]:
    def counted(*given: Any, **named: Any) -> Any:
        for batch in iterate(*given, **named):
            sizes.append(batch.nbytes)
            yield batch

    return counted

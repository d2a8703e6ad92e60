"""Tables that are damaged or written to do harm are told in a sentence, and nothing of them is lost in silence."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vggsound_omni.errors import UserError
from vggsound_omni.suites.manifest import ManifestSuite
from vggsound_omni.suites.suite import check_id

from .over import over
from .test_manifest import manifest, refusal

DEVICES = ["CON", "nul", "com1", "lpt9", "Aux.wav", "prn.tar.gz", "NUL .txt", "COM\u00b9", "CONIN$", "conout$.x"]


@over("name", DEVICES)
def test_names_of_devices_on_windows_are_no_ids(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="is the name of a device on Windows"):
        check_id(name, "here:1")
    assert ":2: the id" in refusal(tmp_path, f"id,caption\n{name},Rain\n")


@over("name", ["console", "auxiliary", "com10", "com", "lpt", "nullify", "a.con", "my.nul", "COM1x"])
def test_names_that_only_begin_like_devices_are_ids(name: str) -> None:
    check_id(name, "here:1")


@pytest.mark.parametrize(
    "name", ["a\u202eb", "a\u200bb", "\ufeffa", "a\x7fb", "a\x1b[2Jb", "a\ud800b", "a\u2028b", "a\u00a0b"]
)
def test_ids_have_no_characters_that_cannot_be_seen(name: str) -> None:
    with pytest.raises(UserError, match="has characters that cannot be seen") as caught:
        check_id(name, "here:1")
    assert str(caught.value).isprintable()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=12))
def test_an_id_that_passes_is_one_plain_file_name(name: str) -> None:
    try:
        check_id(name, "here:1")
    except UserError:
        return
    path = Path("/folder") / f"{name}.flac"
    assert path.name == f"{name}.flac"
    assert Path(os.path.normpath(path)).parent == Path("/folder")
    assert os.fsencode(name)
    assert name == name.strip(" .")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_byte_order_marks_do_not_hide_the_first_column(tmp_path: Path, suffix: str, count: int) -> None:
    content = {
        "csv": "id,video\nfirst,a.mp4\n",
        "tsv": "id\tvideo\nfirst\ta.mp4\n",
        "jsonl": '{"id": "first", "video": "a.mp4"}\n',
    }
    path = manifest(tmp_path, b"\xef\xbb\xbf" * count + content[suffix].encode(), f"mine.{suffix}")
    (item,) = ManifestSuite(path).items()
    assert item.id == "first"
    assert "\ufeff" not in json.dumps(item.provenance, ensure_ascii=False)


@pytest.mark.parametrize("header", ['"\ufeffid",caption', "id\u200b,caption", "caption,i\u00add"])
def test_a_column_with_characters_that_cannot_be_seen_is_refused(tmp_path: Path, header: str) -> None:
    assert ":1: the column" in refusal(tmp_path, f"{header}\na,Rain\n")


@pytest.mark.parametrize(
    "line",
    ['{"id": "b", "caption": "Wind", "id": "c"}', '{"id": "b", "caption": "Wind", "more": {"x": 1, "x": 2}}'],
)
def test_a_key_that_stands_in_a_line_twice_is_refused(tmp_path: Path, line: str) -> None:
    said = refusal(tmp_path, f'{{"id": "a", "caption": "Rain"}}\n{line}\n', "mine.jsonl")
    assert ":2: is not valid JSON (the key " in said
    assert "stands in it twice" in said


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ('{"id": "a", "caption": "\\u001b[2JRain"}\n', "mine.jsonl", ":1: caption has control characters"),
        ('{"id": "a", "caption": "Rain", "stratum": "x\\u0007"}\n', "mine.jsonl", ":1: stratum has control characters"),
        ('{"id": "a", "video": "x\\u0000.mp4"}\n', "mine.jsonl", ":1: video has control characters"),
        ('id,caption,labels\na,Rain,"[""\\ud800""]"\n', "mine.csv", ":2: labels has control characters"),
        (f"id,caption,labels\na,Rain,{'[' * 100_000}\n", "mine.csv", ":2: labels begins with [ but is no JSON"),
        ('{"id": "a", "caption": ' + "[" * 100_000 + "\n", "mine.jsonl", ":1: is not valid JSON"),
        ('{"caption": "Rain", "n": ' + "9" * 10_000 + "}\n", "mine.jsonl", ":1: is not valid JSON"),
        ("id,caption," + ",".join(f"c{k}" for k in range(5_000)) + "\n", "mine.csv", ":1: has 5,002 columns"),
    ],
)
def test_hostile_tables_are_one_short_sentence(tmp_path: Path, content: str, name: str, message: str) -> None:
    began = time.monotonic()
    said = refusal(tmp_path, content, name)
    assert message in said
    assert len(said) < 600
    assert time.monotonic() - began < 5


def test_columns_of_many_rows_are_counted_in_linear_time(tmp_path: Path) -> None:
    rows = [json.dumps({"caption": "Rain", "id": f"i{k}", f"c{k}": 1}) for k in range(20_000)]
    assert "has 20,002 columns; at most 1,000" in refusal(tmp_path, "\n".join(rows), "mine.jsonl")


def test_pipes_and_devices_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    for name in ("mine.csv", "zero.csv"):
        with pytest.raises(UserError, match="is a device or pipe"):
            ManifestSuite(tmp_path / name)


def test_a_table_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = manifest(tmp_path, "id,caption\n")
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(UserError, match="has more than 512 MiB"):
        ManifestSuite(path)


NAMES = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12).map(lambda name: f"i{name}")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(NAMES, st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)),
        min_size=1,
        max_size=5,
        unique_by=lambda row: row[0].casefold(),
    ),
    st.sampled_from(["csv", "jsonl"]),
)
def test_ids_and_captions_survive_either_form_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], suffix: str
) -> None:
    if suffix == "csv":
        text = io.StringIO()
        csv.writer(text).writerows([("id", "caption"), *rows])
        content = text.getvalue()
    else:
        content = "\n".join(json.dumps({"id": name, "caption": caption}) for name, caption in rows)
    path = manifest(tmp_path_factory.mktemp("any"), content, f"any.{suffix}")
    try:
        items = ManifestSuite(path).items()
    except UserError:
        return
    assert [(item.id, item.caption or "") for item in items] == [(name, caption.strip()) for name, caption in rows]

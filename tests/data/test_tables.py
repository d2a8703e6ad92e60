"""Tables of strangers: read under any names and forms, and never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vggsound_omni.data.annotations import by_id, read_annotations
from vggsound_omni.data.lists import read_labels
from vggsound_omni.data.local_clips import vggsound_id
from vggsound_omni.data.tables import as_flag, as_labels, read_table
from vggsound_omni.data.texts import mended
from vggsound_omni.errors import UserError

ROWS: list[dict[str, Any]] = [
    {"id": "a", "caption": 'He says "go", twice.', "labels": ["dog, barking", "wind"]},
    {"id": "b", "caption": "B."},
]


def written(folder: Path, suffix: str) -> Path:
    path = folder / f"table{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    elif suffix == ".json":
        path.write_text(json.dumps({row["id"]: {"caption": row["caption"], **row} for row in ROWS}), encoding="utf-8")
    elif suffix == ".tsv":
        path.write_text('id\tcaption\tlabels\na\tHe says "go", twice.\tdog, barking;wind\nb\tB.\t\n', encoding="utf-8")
    else:
        text = '\ufeffid,caption,labels\na,"He says ""go"", twice.","dog, barking;wind"\n\nb,B.,\n'
        path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".json", ".jsonl", ".parquet"])
def test_every_form_says_the_same(suffix: str, tmp_path: Path) -> None:
    found, problems = by_id(read_annotations(written(tmp_path, suffix), {})[0])
    assert problems == []
    assert {key: (row.caption, row.labels) for key, row in found.items()} == {
        "a": ('He says "go", twice.', ("dog, barking", "wind")),
        "b": ("B.", ()),
    }


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        ("['dog barking', 'wind']", ("dog barking", "wind")),
        ('["dog, barking"]', ("dog, barking",)),
        (None, ()),
        (" ; wind;", ("wind",)),
    ],
)
def test_labels_come_as_lists_as_json_or_split_by_semicolons(value: object, labels: tuple[str, ...]) -> None:
    assert as_labels(value) == labels


def test_flags_are_words_numbers_or_unknown() -> None:
    assert [as_flag(value) for value in (True, "Yes", 1, "1.0")] == [True] * 4
    assert [as_flag(value) for value in (False, "no", 0, "0.0")] == [False] * 4
    assert [as_flag(value) for value in ("", None, float("nan"), "maybe")] == [None] * 4


def test_an_object_without_values_is_a_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{}\n{"id": "x"}\n', encoding="utf-8")
    found = read_table(path)
    assert found.rows == [("rows.jsonl:2", {"id": "x"})]
    assert [(problem.id, problem.kind) for problem in found.problems] == [("rows.jsonl:1", "bad-row")]


@settings(max_examples=60, deadline=None)
@example(content=b"{}", suffix=".jsonl")
@given(content=st.binary(max_size=200), suffix=st.sampled_from([".csv", ".tsv", ".json", ".jsonl", ".parquet"]))
def test_any_bytes_at_all_give_rows_or_one_sentence(
    content: bytes, suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / f"bytes{suffix}"
    for prefix in (b"", b"id,caption\na,b\n", b'{"id": "x", "caption": "\\ud800"}\n'):
        path.write_bytes(prefix + content)
        for read in (read_labels, lambda file: read_annotations(file, {})):
            try:
                read(path)
            except UserError as error:
                told = str(error)
                assert "\n" not in told


@given(text=st.text(st.characters(min_codepoint=0xC0, max_codepoint=0x17F), min_size=1, max_size=20))
def test_what_was_read_as_latin_1_is_turned_back(text: str) -> None:
    clean, nothing = mended(text)
    if nothing is None:  # hardly any letters look like UTF-8 that was misread
        damaged = text.encode().decode("latin-1")
        assert mended(f"caf {damaged} bar")[0] == f"caf {clean} bar"


@pytest.mark.parametrize(
    "text", ["Naïve café, über straße", "Дождь идёт", "犬が吠える", "Âge d'or", "Ça va À Paris", "“Stop!” – he cries…"]
)
def test_clean_text_stays_as_it_is(text: str) -> None:
    assert mended(text) == (text, None)


def test_damage_done_twice_is_mended_and_lost_letters_are_lost() -> None:
    twice = "café".encode().decode("cp1252").encode().decode("cp1252")
    assert mended(twice)[0] == "café"
    assert mended("d\ufffdg")[0] == ""
    assert mended("bell \x07 rings")[0] == ""
    assert mended("  two\n lines ") == ("two lines", None)


@pytest.mark.parametrize(
    ("stem", "found"),
    [
        ("-0vPFx-wRRI_000030", "-0vPFx-wRRI_000030"),
        ("-0vPFx-wRRI_30_40", "-0vPFx-wRRI_000030"),
        ("-0vPFx-wRRI_30000_40000", "-0vPFx-wRRI_000030"),
        ("vggsound_3qesirWAGt4_20000_30000", "3qesirWAGt4_000020"),
        ("vggsound_ZYc410CE4Rg_0_10000", "ZYc410CE4Rg_000000"),
        ("0B7fw_TtvLM_000000", "0B7fw_TtvLM_000000"),
        ("vas_dog_video_02677", None),
        ("holiday", None),
    ],
)
def test_names_that_downloaders_give_mean_an_id(stem: str, found: str | None) -> None:
    assert vggsound_id(stem) == found

"""A user's table becomes items, and every mistake in it is told with file and line."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vggsound_omni.errors import UserError
from vggsound_omni.media import write_mp4, write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.suites.manifest import ManifestSuite
from vggsound_omni.suites.suite import items_hash


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dog.mp4 (1.2 s, with sound), mute.mp4 (1.2 s), rain.wav (2.5 s), cut.mp4, empty.wav, notes.wav."""
    folder = tmp_path_factory.mktemp("clips")
    sound = Audio(samples=np.random.default_rng(0).normal(0, 0.1, (1, 40_000)).astype(np.float32), sample_rate=16_000)
    start = dataclasses.replace(sound, samples=sound.samples[:, :19_200])
    write_mp4(folder / "dog.mp4", np.zeros((30, 32, 32, 3), np.uint8), 25, start)
    write_mp4(folder / "mute.mp4", np.zeros((30, 32, 32, 3), np.uint8), 25, None)
    write_wav(folder / "rain.wav", sound, "PCM_16")
    content = (folder / "dog.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(content[: len(content) // 2])
    (folder / "empty.wav").touch()
    (folder / "notes.wav").write_text("no sound at all, just words\n" * 20, encoding="utf-8")
    return folder


def manifest(folder: Path, content: str | bytes, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(folder: Path, content: str | bytes, name: str = "mine.csv") -> str:
    path = manifest(folder, content, name)
    with pytest.raises(UserError) as caught:
        ManifestSuite(path)
    assert str(caught.value).startswith(str(path))
    return str(caught.value).removeprefix(str(path))


def test_every_column_arrives(clips: Path, tmp_path: Path) -> None:
    content = (
        "id,caption,video,audio,labels,stratum,duration,source\n"
        'one,"A dog, barking",dog.mp4,dog.mp4,"dog barking, howling; wind",outdoors,1.2,tape 7\n'
    )
    suite = ManifestSuite(manifest(clips, content, "every.csv"))
    (item,) = suite.items()
    assert (item.id, item.caption, item.stratum, item.duration) == ("one", "A dog, barking", "outdoors", 1.2)
    assert item.labels == ("dog barking, howling", "wind")
    assert (item.has_video, item.has_audio) == (True, True)
    assert item.provenance == {"video": "dog.mp4", "audio": "dog.mp4", "source": "tape 7"}
    media = suite.media(item)
    assert media.video == media.audio == clips / "dog.mp4"
    assert (suite.name, suite.encoder_set) == ("every", "pretrained")
    assert suite.version == hashlib.sha256(content.encode()).hexdigest()[:12]


def test_the_three_formats_and_a_byte_order_mark_give_the_same_items(clips: Path) -> None:
    rows = [("a", "Rain on a roof", "", "rain.wav"), ("b", 'A "dog" barks', "dog.mp4", "")]
    names = ("id", "caption", "video", "audio")
    comma = "\r\n".join(",".join(f'"{v}"'.replace('"dog"', '""dog""') for v in row) for row in [names, *rows])
    tabs = "\n".join("\t".join(row) for row in [names, *rows])
    lines = "\n\n".join(json.dumps({k: v or None for k, v in zip(names, row, strict=True)}) for row in rows)
    variants = {"s.csv": comma, "s.tsv": tabs, "s.jsonl": lines}
    hashes = {items_hash(ManifestSuite(manifest(clips, content, n)).items()) for n, content in variants.items()}
    hashes |= {
        items_hash(ManifestSuite(manifest(clips, b"\xef\xbb\xbf" + content.encode(), n)).items())
        for n, content in variants.items()
    }
    assert len(hashes) == 1


def test_ids_strata_and_durations_have_defaults(clips: Path) -> None:
    content = "id,caption,video,audio\n,,dog.mp4,rain.wav\n,,,rain.wav\nword,A bell,,\n"
    items = ManifestSuite(manifest(clips, content)).items()
    assert [item.id for item in items] == ["dog", "rain", "word"]
    assert {item.stratum for item in items} == {"main"}
    assert [item.duration for item in items] == [pytest.approx(1.2), pytest.approx(2.5), 8.0]
    assert [(item.has_video, item.has_audio) for item in items] == [(True, True), (False, True), (False, False)]


def test_a_table_can_be_listed_where_its_media_are_not(tmp_path: Path) -> None:
    suite = ManifestSuite(manifest(tmp_path, "video,duration\nfar.mp4,9.5\nfarther.mp4,\n"))
    items = suite.items()
    assert [(item.id, item.duration) for item in items] == [("far", 9.5), ("farther", 8.0)]
    with pytest.raises(UserError, match=r"mine\.csv:2: video .*far\.mp4: there is no such file"):
        suite.media(items[0])


def test_no_file_is_opened_for_a_row_with_a_duration(clips: Path, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes((clips / "empty.wav").read_bytes())
    suite = ManifestSuite(manifest(tmp_path, "caption,audio,duration\nx,a.wav,2\n"))
    item = suite.items()[0]
    (tmp_path / "a.wav").write_bytes((clips / "rain.wav").read_bytes())
    suite.check([item])  # would still say "empty" had it been opened before


def test_version_and_hash_follow_the_content(tmp_path: Path) -> None:
    one = ManifestSuite(manifest(tmp_path, "id,caption\na,Rain\n", "one.csv"))
    same = ManifestSuite(manifest(tmp_path, "id,caption\na,Rain\n", "same.csv"))
    other = ManifestSuite(manifest(tmp_path, "id,caption\na,Snow\n", "other.csv"))
    assert (one.version, items_hash(one.items())) == (same.version, items_hash(same.items()))
    assert one.version != other.version
    assert items_hash(one.items()) != items_hash(other.items())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",cut.mp4,", "is truncated"),
        (",,empty.wav", "is empty"),
        (",,notes.wav", "is not a media file"),
        (",gone.mp4,", "there is no such file"),
        (",rain.wav,", "video .*: has no picture"),
        (",mute.mp4,mute.mp4", "audio .*: has no sound"),
    ],
)
def test_check_names_the_file_and_the_line(clips: Path, row: str, message: str) -> None:
    suite = ManifestSuite(manifest(clips, f"id,caption,video,audio\nfine,,dog.mp4,dog.mp4\nbad,A{row}\n", "check.csv"))
    suite.check(suite.items()[:1])
    with pytest.raises(UserError, match=rf"check\.csv:3: (video|audio) .*{message}|check\.csv:3: {message}"):
        suite.check(suite.items())


def test_check_counts_further_problems_and_is_quiet(clips: Path, capfd: pytest.CaptureFixture[str]) -> None:
    suite = ManifestSuite(manifest(clips, "audio\ngone.wav\nempty.wav\nrain.wav\nnotes.wav\n", "many.csv"))
    with pytest.raises(UserError, match=r"many\.csv:2: .*Further files with problems: 2\."):
        suite.check(suite.items())
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": is empty"),
        (" \n\n", ": is empty"),
        ("id,caption\n", ": has a header but no rows"),
        (
            "glLQrEijrKg.mp4,playing hammond organ\nLDoXsip0BEQ.mp4,parrot talking\n",
            ":1: no header with a column caption",
        ),
        ("id,text\na,Rain\n", ":1: no header"),
        ("id,captoin\na,Rain\n", ':1: the column "captoin" has no meaning; did you mean "caption"?'),
        ("id,description,vids\na,Rain,x\n", 'did you mean "video"?'),
        ("id,Caption\na,Rain\n", 'did you mean "caption"?'),
        ("id,caption,label\na,Rain,rain\n", 'did you mean "labels"?'),
        ("id,caption,id\na,Rain,b\n", ':1: the header names the column "id" twice'),
        ("id,caption\na,Rain\nb,Rain,heavy\n", ":3: has 3 fields, the header has 2"),
        ("id,caption\na,Rain\nb\n", ":3: has 1 fields, the header has 2"),
        ('id,caption\na,"Rain\nand wind"\nb\n', ":4: has 1 fields"),
        ('id,caption\na,Rain\nb,"Wind\nc,Snow\n', ":3: is not valid CSV"),
        ("id,caption\na,Rain\nb,Wind\na,Snow\n", ":4: the id 'a' is the same id as in line 2"),
        ("id,caption\ndog,Rain\nb,Wind\nDog,Snow\n", ":4: the id 'Dog' is only in case unlike 'dog' as in line 2"),
        ("id,caption\ncaf\u00e9,Rain\ncafe\u0301,Wind\n", ":3: the id"),
        ("id,caption\na/b,Rain\n", ":2: the id 'a/b' cannot be a file name"),
        ("id,caption\n..,Rain\n", ":2: the id '..' cannot be a file name"),
        ("id,caption\na\\b,Rain\n", ":2: the id 'a\\\\b' cannot be a file name"),
        ("id,caption\n,Rain\n", ":2: the id is empty"),
        ("id,caption,video\na,,\n", ":2: has neither caption nor video nor audio"),
        ("caption,video\n,x.mp4\n ,y.mp4\n", ": the column caption is blank in every row"),
        (b"id,caption\na,Rain\nb,caf\xe9\n", ":3: byte 0xe9 is not UTF-8"),
        ("id,caption\na,Rain\nb,Wi\0nd\n", ":3: has a NUL byte"),
        ("id,caption\na,Rain\n".encode("utf-16"), ":1: byte 0xff is not UTF-8"),
        ("id,caption,duration\na,Rain,0\n", ':2: duration is "0"'),
        ("id,caption,duration\na,Rain,nan\n", ':2: duration is "nan"'),
        ("id,caption,duration\na,Rain,8 s\n", ':2: duration is "8 s"'),
        ("id,caption,labels\na,Rain,[rain\n", ":2: labels begins with [ but is no JSON list"),
    ],
)
def test_mistakes_in_csv_are_told_with_their_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert message in refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"id": "a", "caption": "Rain"}\n{"id": "b", "caption": "Wind"\n', ":2: is not valid JSON"),
        ('{"id": "a", "caption": "Rain"}\n["b", "Wind"]\n', ":2: is a JSON list"),
        ('{"id": "a", "caption": "Rain", "gain": NaN}\n', ":1: is not valid JSON"),
        ('{"id": "a", "caption": "\\ud800"}\n', ":1: is not valid JSON"),
        ('{"id": 7, "caption": "Rain"}\n', ":1: id is 7; a string is expected"),
        ('{"id": "a", "caption": "Rain", "labels": [1]}\n', ":1: labels is [1]"),
        ('{"id": "a", "caption": "Rain", "duration": true}\n', ":1: duration is true"),
        ('{"id": "a", "text": "Rain"}\n', "no header with a column caption"),
    ],
)
def test_mistakes_in_json_lines_are_told_with_their_line(tmp_path: Path, content: str, message: str) -> None:
    assert message in refusal(tmp_path, content, "mine.jsonl")


def test_missing_folders_and_unknown_suffixes(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such manifest"):
        ManifestSuite(tmp_path / "none.csv")
    with pytest.raises(UserError, match="is a folder"):
        ManifestSuite(tmp_path)
    assert "is named .csv, .tsv or .jsonl, not .xlsx" in refusal(tmp_path, "id,caption\na,Rain\n", "mine.xlsx")


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda w: bool(w.strip())
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(WORDS, st.lists(WORDS.filter(lambda w: ";" not in w), max_size=3)), min_size=1, max_size=5))
def test_any_caption_and_label_survives_json_lines(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, list[str]]]
) -> None:
    lines = [json.dumps({"id": f"i{k}", "caption": c, "labels": labels}) for k, (c, labels) in enumerate(rows)]
    path = manifest(tmp_path_factory.mktemp("any"), "\n".join(lines), "any.jsonl")
    assert [(item.caption, list(item.labels)) for item in ManifestSuite(path).items()] == [
        (caption.strip(), [label.strip() for label in labels]) for caption, labels in rows
    ]

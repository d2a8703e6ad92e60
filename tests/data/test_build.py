"""A suite is built from clips and lists, again the same, and whatever is missing is told by id."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vggsound_omni.data.build import Built, Options, build
from vggsound_omni.data.checks import Limits
from vggsound_omni.data.entries import Tables
from vggsound_omni.data.verify import join, verify
from vggsound_omni.errors import UserError
from vggsound_omni.media import write_mp4, write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.suites import open_suite
from vggsound_omni.suites.built import BuiltSuite

from .conftest import IDS, Collection

RATE = 16_000


def made(collection: Collection, out: Path, media: Path | None = None, **given: Any) -> Built:
    """The suite of the collection; ``given`` overrides fields of its options or tables."""
    tables: dict[str, Any] = {"labels": [collection.labels], "annotations": collection.annotations}
    tables |= {name: given.pop(name) for name in list(given) if name in Tables.__dataclass_fields__}
    fields: dict[str, Any] = {"suite": "vggsound-omni", "media": [media or collection.clips], "jobs": 1} | given
    return build(Options(out=out, tables=Tables(**tables), **fields))


def told(built: Built, kind: str) -> dict[str, bool]:
    """Ids with a problem of a kind, and whether it keeps them out."""
    return {problem.id: problem.left_out for problem in built.problems if problem.kind == kind}


def noise(seconds: float, gain: float = 0.1) -> Audio:
    samples = np.random.default_rng(0).normal(0, gain, (1, round(seconds * RATE))).astype(np.float32)
    return Audio(samples=np.clip(samples, -1, 1), sample_rate=RATE)


def moving(seconds: float) -> np.ndarray:
    shades = (np.arange(round(seconds * 10)) * 37 % 251).astype(np.uint8)
    return np.broadcast_to(shades[:, None, None, None], (len(shades), 32, 32, 3)).copy()


def test_every_listed_clip_arrives_with_its_caption_and_stratum(collection: Collection, tmp_path: Path) -> None:
    built = made(collection, tmp_path)
    assert {item.id: item.stratum for item in built.manifest.items} == {
        item_id: "main" if number < 4 else "natural" for number, item_id in enumerate(IDS)
    }
    assert {item.id: item.caption for item in built.manifest.items} == collection.captions
    assert all(item.provenance["verified"] is True for item in built.manifest.items)
    assert all(item.duration == 8.0 for item in built.manifest.items)
    assert built.problems == []


def test_two_builds_are_equal_byte_by_byte_whatever_the_order_of_list_and_jobs(
    collection: Collection, tmp_path: Path
) -> None:
    first = made(collection, tmp_path / "a")
    lines = collection.labels.read_text("utf-8").splitlines()
    shuffled = tmp_path / collection.labels.name
    shuffled.write_text("\n".join(reversed(lines)) + "\n", encoding="utf-8")
    second = made(collection, tmp_path / "b", jobs=2)
    third = made(collection, tmp_path / "c", labels=[shuffled])
    one, other = ((tmp_path / name / "suite.parquet").read_bytes() for name in "ab")
    assert one == other
    assert first.manifest.items_sha256 == second.manifest.items_sha256 == third.manifest.items_sha256


def test_both_public_forms_of_the_list_give_the_same_items(collection: Collection, tmp_path: Path) -> None:
    rows = [line.split(",", 1) for line in collection.labels.read_text("utf-8").splitlines()]
    tsv = "id\tlabel\n" + "".join(f"{name[:-4]}\t{label.strip(chr(34))}\n" for name, label in rows)
    (tmp_path / "test.tsv").write_text(tsv, encoding="utf-8")
    long = "".join(f"{name[:11]},{int(name[12:18])},{label},test\n" for name, label in rows)
    (tmp_path / "vggsound.csv").write_text(long + "AAAAAAAAAAA,10,dog barking,train\n", encoding="utf-8")
    forms = [collection.labels, tmp_path / "test.tsv", tmp_path / "vggsound.csv"]
    found = [made(collection, tmp_path / path.stem, labels=[path], annotations=None) for path in forms]
    assert len({built.manifest.items_sha256 for built in found}) == 1
    assert found[0].manifest.items[0].provenance["caption_from"] == "label"


@pytest.mark.parametrize(
    "name",
    ["{video}_{start:06d}", "{video}_{start}_{end}", "vggsound_{video}_{start}000_{end}000", "x/{video}_{start:06d}"],
)
def test_the_usual_layouts_are_read(name: str, collection: Collection, tmp_path: Path) -> None:
    for item_id in IDS:
        start = int(item_id[12:])
        target = tmp_path / "clips" / (name.format(video=item_id[:11], start=start, end=start + 10) + ".mp4")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(collection.clips / f"{item_id}.mp4")
    again = made(collection, tmp_path / "suite", tmp_path / "clips")
    assert [item.id for item in again.manifest.items] == list(IDS)


def test_tar_shards_give_the_same_suite_as_folders(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMNI_BENCH_CACHE", str(tmp_path / "cache"))
    for shard, ids in enumerate((IDS[:3], IDS[3:])):
        with tarfile.open(tmp_path / f"{shard:05}.tar", "w") as tar:
            for item_id in ids:
                tar.add(collection.clips / f"{item_id}.mp4", f"{item_id}.mp4")
                header = tarfile.TarInfo(f"{item_id}.json")
                header.size = 2
                tar.addfile(header, io.BytesIO(b"{}"))
    packed = made(collection, tmp_path / "packed", tmp_path)
    assert packed.manifest.items_sha256 == made(collection, tmp_path / "plain").manifest.items_sha256
    suite = BuiltSuite(tmp_path / "packed")
    for item in suite.items():
        video = suite.media(item).video
        assert video is not None
        assert video.read_bytes() == (collection.clips / f"{item.id}.mp4").read_bytes()
    assert verify(tmp_path / "packed") == []


def test_a_cut_tar_is_refused_in_a_sentence(collection: Collection, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "whole.tar", "w") as tar:
        tar.add(collection.clips / f"{IDS[0]}.mp4", f"{IDS[0]}.mp4")
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "a.tar").write_bytes((tmp_path / "whole.tar").read_bytes()[:20_000])
    with pytest.raises(UserError, match=r"a\.tar: is truncated within"):
        made(collection, tmp_path / "suite", tmp_path / "cut")


def test_clips_that_cannot_be_used_are_left_out_by_id_and_reason(collection: Collection, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    shutil.copytree(collection.clips, clips)
    still = np.full((80, 32, 32, 3), 90, np.uint8)
    write_mp4(clips / f"{IDS[0]}.mp4", still, 10, noise(8))
    write_mp4(clips / f"{IDS[1]}.mp4", moving(8), 10, noise(8, gain=1e-5))
    write_mp4(clips / f"{IDS[2]}.mp4", moving(8), 10, None)
    write_mp4(clips / f"{IDS[3]}.mp4", moving(3), 10, noise(3))
    whole = (clips / f"{IDS[4]}.mp4").read_bytes()
    (clips / f"{IDS[4]}.mp4").write_bytes(whole[: len(whole) // 2])
    built = made(collection, tmp_path / "suite", clips)
    assert [item.id for item in built.manifest.items] == [IDS[5]]
    kinds = ("still", "silent", "no-sound", "short", "unreadable")
    assert [told(built, kind) for kind in kinds] == [{item_id: True} for item_id in IDS[:5]]
    report = json.loads((tmp_path / "suite" / "report.json").read_text("utf-8"))
    assert report["problems_by_kind"] == dict.fromkeys(("unreadable", "no-sound", "short", "still", "silent"), 1)
    assert (report["listed"], report["left_out"], report["strata"]) == (6, 5, {"natural": 1})
    assert str(tmp_path) not in json.dumps(report)


def test_a_problem_that_is_kept_is_told_and_leaves_nothing_out(collection: Collection, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    shutil.copytree(collection.clips, clips)
    write_mp4(clips / f"{IDS[0]}.mp4", np.full((80, 32, 32, 3), 90, np.uint8), 10, noise(8))
    built = made(collection, tmp_path / "suite", clips, kept=frozenset({"still"}))
    assert told(built, "still") == {IDS[0]: False}
    assert len(built.manifest.items) == 6
    assert built.manifest.recipe["kept"] == ["still"]


def test_a_sound_that_ends_early_is_out_of_step(collection: Collection, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    shutil.copytree(collection.clips, clips)
    write_mp4(clips / f"{IDS[0]}.mp4", moving(9), 10, noise(8.4))
    write_mp4(clips / f"{IDS[1]}.mp4", moving(8.1), 10, noise(8))
    built = made(collection, tmp_path / "suite", clips)
    assert told(built, "out-of-step") == {IDS[0]: True}


def test_a_sound_beside_the_picture_is_the_reference(collection: Collection, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    shutil.copytree(collection.clips, clips / "video")
    write_wav(clips / "audio" / f"{IDS[0]}.wav", noise(8), "PCM_16")
    made(collection, tmp_path / "suite", clips)
    suite = BuiltSuite(tmp_path / "suite")
    files = suite.media(suite.items()[0])
    assert files.audio == clips / "audio" / f"{IDS[0]}.wav"
    assert files.video == clips / "video" / f"{IDS[0]}.mp4"


def test_lists_that_disagree_two_files_and_strangers_are_told(collection: Collection, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    shutil.copytree(collection.clips, clips / "a")
    (clips / "b").mkdir()
    shutil.copy(clips / "a" / f"{IDS[1]}.mp4", clips / "b" / f"{IDS[1]}.mp4")
    shutil.copy(clips / "a" / f"{IDS[1]}.mp4", clips / "b" / "holiday.mp4")
    other = collection.labels.read_text("utf-8").splitlines()[1:]
    other[0] = f"{IDS[1]}.mp4,cat meowing"
    (tmp_path / "other.csv").write_text("\n".join(other) + "\nAAAAAAAAAAA_000010.mp4,wind\n", encoding="utf-8")
    built = made(collection, tmp_path / "suite", clips, labels=[collection.labels, tmp_path / "other.csv"])
    disagree = told(built, "lists-disagree")
    assert disagree == {IDS[0]: False, IDS[1]: False, "AAAAAAAAAAA_000010": False}
    assert told(built, "two-files") == {IDS[1]: False}
    assert told(built, "unlisted-file") == {"holiday": False}
    assert told(built, "no-annotation") == {"AAAAAAAAAAA_000010": True}


def test_bad_rows_of_lists_and_annotations_are_told_and_the_rest_is_built(
    collection: Collection, tmp_path: Path
) -> None:
    text = collection.labels.read_text("utf-8")
    first = text.splitlines()[0]
    (tmp_path / "list.csv").write_text(f"{text}{first}\nnonsense.mp4,dog\nx,y,z\n{IDS[0]}.mp4,\n", encoding="utf-8")
    rows = [json.loads(line) for line in collection.annotations.read_text("utf-8").splitlines()]
    rows[0]["dense_caption"] = "A caf\u00c3\u00a9 door creaks \u00e2\u20ac\u201d twice."
    rows[1]["dense_caption"] = "A d\ufffdg barks."
    rows[2]["dense_caption"] = " "
    lines = [json.dumps(row) for row in rows]
    lines += [lines[3], "{broken", "[1]", json.dumps({"id": "AAAAAAAAAAA_000010", "dense_caption": "Wind."})]
    (tmp_path / "captions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    built = made(
        collection, tmp_path / "suite", labels=[tmp_path / "list.csv"], annotations=tmp_path / "captions.jsonl"
    )
    assert [item.id for item in built.manifest.items] == [IDS[0], *IDS[3:]]
    assert built.manifest.items[0].caption == "A caf\u00e9 door creaks \u2014 twice."
    assert told(built, "mojibake") == {IDS[0]: False, IDS[1]: True}
    assert told(built, "no-caption") == {IDS[1]: True, IDS[2]: True}
    assert told(built, "duplicate") == {IDS[0]: False, IDS[3]: False}
    assert told(built, "unknown-id") == {"AAAAAAAAAAA_000010": True}
    bad = Counter(problem.id.partition(":")[0] for problem in built.problems if problem.kind == "bad-row")
    assert bad == {"list.csv": 3, "captions.jsonl": 2}


def test_a_table_in_another_alphabet_loses_only_the_letters_it_lost(collection: Collection, tmp_path: Path) -> None:
    rows = [f"{IDS[0]},La fen\u00eatre", *(f"{item_id},A dog barks" for item_id in IDS[1:])]
    (tmp_path / "latin.csv").write_bytes(("id,caption\n" + "\n".join(rows) + "\n").encode("latin-1"))
    built = made(collection, tmp_path / "suite", annotations=tmp_path / "latin.csv")
    assert told(built, "mojibake") == {IDS[0]: True}
    assert len(built.manifest.items) == 5


@pytest.mark.parametrize(
    ("field", "content", "message"),
    [
        ("labels", "url,caption\nhttp://a,dog\n", "is no list of VGGSound clips"),
        ("annotations", "name_of_clip,words\nx,y\n", r"no column holds the id.*--column id=COLUMN"),
    ],
)
def test_a_wrong_table_is_one_sentence(
    field: str, content: str, message: str, collection: Collection, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(content, encoding="utf-8")
    given: dict[str, Any] = {field: [path] if field == "labels" else path}
    with pytest.raises(UserError, match=message):
        made(collection, tmp_path / "suite", **given)


def test_an_interrupted_build_measures_only_what_is_missing(collection: Collection, tmp_path: Path) -> None:
    made(collection, tmp_path)
    journal = tmp_path / "checks.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 6
    # A mark that only the journal can have: what is known is not measured again.
    marked = [line.replace(b'"picture_seconds": 8.0', b'"picture_seconds": 8.2') for line in lines[:4]]
    journal.write_bytes(b"".join(marked) + lines[4][:40])
    durations = [item.duration for item in made(collection, tmp_path).manifest.items]
    assert durations == [8.2] * 4 + [8.0] * 2
    assert len(journal.read_bytes().splitlines()) == 6


def test_a_clip_that_was_replaced_is_measured_again(collection: Collection, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    shutil.copytree(collection.clips, clips)
    made(collection, tmp_path / "suite", clips)
    write_mp4(clips / f"{IDS[0]}.mp4", moving(9), 10, noise(9))
    assert made(collection, tmp_path / "suite", clips).manifest.items[0].duration == 9.0


def test_verify_finds_what_changed_and_run_refuses_it(collection: Collection, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    shutil.copytree(collection.clips, clips)
    made(collection, tmp_path / "suite", clips)
    content = bytearray((clips / f"{IDS[0]}.mp4").read_bytes())
    content[-1] ^= 1
    (clips / f"{IDS[0]}.mp4").write_bytes(content)
    (clips / f"{IDS[1]}.mp4").unlink()
    found = {(problem.id, problem.kind) for problem in verify(tmp_path / "suite")}
    assert found == {(IDS[0], "changed"), (IDS[1], "no-file")}
    suite = open_suite(str(tmp_path / "suite"))
    with pytest.raises(UserError, match=r"is not the video that the suite was built with.*Further files"):
        suite.check(suite.items())
    with pytest.raises(UserError, match="is not there any more"):
        suite.media(suite.items()[1])
    suite.check(suite.items()[2:])


def test_a_manifest_that_was_edited_is_refused(collection: Collection, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    made(collection, tmp_path)
    path = tmp_path / "suite.parquet"
    table = pq.read_table(path)
    captions = ["Silence.", *table["caption"].to_pylist()[1:]]
    pq.write_table(table.set_column(table.column_names.index("caption"), "caption", [captions]), path)
    with pytest.raises(UserError, match="was changed after it was built"):
        open_suite(str(tmp_path))


def test_a_published_manifest_names_no_machine_and_joins_with_other_peoples_media(
    collection: Collection, tmp_path: Path
) -> None:
    built = made(collection, tmp_path / "suite")
    published = tmp_path / "published" / "suite.parquet"
    published.parent.mkdir()
    shutil.copy(tmp_path / "suite" / "suite.parquet", published)
    alone = BuiltSuite(published)
    assert str(collection.clips).encode() not in published.read_bytes()
    with pytest.raises(UserError, match="is a manifest without media; join it"):
        alone.check(alone.items())
    same = join(published, [collection.clips], tmp_path / "same", jobs=1)
    assert same.manifest.items_sha256 == built.manifest.items_sha256
    assert verify(tmp_path / "same") == []
    clips = tmp_path / "clips"
    shutil.copytree(collection.clips, clips)
    write_mp4(clips / f"{IDS[0]}.mp4", moving(8), 10, noise(8))
    other = join(published, [clips], tmp_path / "other", jobs=1)
    assert other.manifest.list_sha256 == built.manifest.list_sha256
    assert other.manifest.items_sha256 != built.manifest.items_sha256
    assert {problem.id for problem in other.problems} == {IDS[0]}
    (clips / f"{IDS[5]}.mp4").unlink()
    fewer = join(published, [clips], tmp_path / "fewer", jobs=1)
    assert told(fewer, "no-file") == {IDS[5]: True}
    assert fewer.manifest.list_sha256 != built.manifest.list_sha256


def test_limits_are_recorded_and_hold(collection: Collection, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no item is left.*short 6"):
        made(collection, tmp_path, limits=Limits(seconds=9))
    assert made(collection, tmp_path, limits=Limits(seconds=7)).manifest.recipe["limits"]["seconds"] == 7

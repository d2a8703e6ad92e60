"""Kling-Audio-Eval, AudioCaps and suites like Movie Gen's, from tables in their forms."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vggsound_omni.data.build import Built
from vggsound_omni.errors import UserError
from vggsound_omni.media import read_audio, write_wav

from .conftest import IDS, Collection
from .test_build import made, told


def texts(built: Built) -> dict[str, str | None]:
    return {item.id: item.caption for item in built.manifest.items}


@pytest.fixture
def kling(tmp_path: Path) -> Path:
    path = tmp_path / "kling.csv"
    rows = [f"clips/{item_id}.mp4,A sound {k}.,A view {k}.,dog;wind" for k, item_id in enumerate(IDS[:3])]
    path.write_text("video,sound_text,view_text,events\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_kling_takes_either_caption_and_says_which(collection: Collection, kling: Path, tmp_path: Path) -> None:
    columns = {"id": "video", "caption": "sound_text", "video_caption": "view_text", "labels": "events"}
    heard, seen = (
        made(
            collection,
            tmp_path / caption,
            suite="kling-audio-eval",
            labels=[],
            annotations=kling,
            columns=columns,
            caption=caption,
        )
        for caption in ("audio", "video")
    )
    assert texts(heard) == {item_id: f"A sound {k}." for k, item_id in enumerate(IDS[:3])}
    assert texts(seen) == {item_id: f"A view {k}." for k, item_id in enumerate(IDS[:3])}
    assert heard.manifest.items[0].provenance["caption_from"] == "caption"
    assert seen.manifest.items[0].provenance["caption_from"] == "video_caption"
    assert seen.manifest.items[0].captions == {"caption": "A sound 0.", "video_caption": "A view 0."}
    assert heard.manifest.items[0].labels == ("dog", "wind")
    assert set(told(heard, "unlisted-file")) == set(IDS[3:])


def test_a_column_that_is_not_there_is_told_with_those_that_are(
    collection: Collection, kling: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"no column holds the caption .*its columns are video, sound_text"):
        made(collection, tmp_path / "a", suite="kling-audio-eval", annotations=kling, columns={"id": "video"})
    with pytest.raises(UserError, match='Unknown field "captoin": did you mean "caption"'):
        made(collection, tmp_path / "b", suite="kling-audio-eval", annotations=kling, columns={"captoin": "x"})


@pytest.fixture
def audiocaps(collection: Collection, tmp_path: Path) -> dict[str, Path]:
    """Three sounds of ten seconds' worth of names, five captions each, in another order than their numbers."""
    sounds = tmp_path / "sounds"
    rows = []
    for k, item_id in enumerate(IDS[:3]):
        name = (f"Y{item_id[:11]}", item_id, f"{item_id[:11]}_{k}000_{k + 10}000")[k]
        write_wav(sounds / f"{name}.wav", read_audio(collection.clips / f"{item_id}.mp4"), "PCM_16")
        rows += [f'{10 * k + n},{item_id[:11]},{k},"Caption {n} of sound {k}, a dog"' for n in (3, 1, 5, 2, 4)]
    table = tmp_path / "test.csv"
    table.write_text("audiocap_id,youtube_id,start_time,caption\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "available.txt").write_text(f"{IDS[0]}\n{IDS[1]}\n", encoding="utf-8")
    return {"sounds": sounds, "table": table, "available": tmp_path / "available.txt"}


def test_audiocaps_takes_the_first_caption_or_makes_five_items(
    collection: Collection, audiocaps: dict[str, Path], tmp_path: Path
) -> None:
    one, five = (
        made(
            collection,
            tmp_path / captions,
            audiocaps["sounds"],
            suite="audiocaps",
            annotations=audiocaps["table"],
            captions=captions,
        )
        for captions in ("one", "five")
    )
    assert texts(one) == {item_id: f"Caption 1 of sound {k}, a dog" for k, item_id in enumerate(IDS[:3])}
    assert texts(five)[f"{IDS[1]}-4"] == "Caption 4 of sound 1, a dog"
    assert len(five.manifest.items) == 15
    assert not any(item.has_video for item in one.manifest.items)
    assert len({item.provenance["audio_sha256"] for item in five.manifest.items}) == 3


def test_audiocaps_keeps_to_the_pinned_list(collection: Collection, audiocaps: dict[str, Path], tmp_path: Path) -> None:
    fields = {
        "suite": "audiocaps",
        "labels": [],
        "annotations": audiocaps["table"],
        "available": audiocaps["available"],
    }
    built = made(collection, tmp_path / "a", audiocaps["sounds"], **fields)
    assert list(texts(built)) == list(IDS[:2])
    assert told(built, "unavailable") == {IDS[2]: True}
    (audiocaps["sounds"] / f"{IDS[1]}.wav").unlink()
    fewer = made(collection, tmp_path / "b", audiocaps["sounds"], **fields)
    assert told(fewer, "no-file") == {IDS[1]: True}
    assert [name for name, _ in built.manifest.recipe["tables"]] == ["test.csv", "available.txt"]


def test_a_suite_like_movie_gen_hears_nothing_of_its_videos(collection: Collection, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    shutil.copytree(collection.clips, clips)
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(f'{{"name": "{i}", "prompt": "A sound."}}\n' for i in IDS), encoding="utf-8")
    built = made(collection, tmp_path / "suite", clips, suite="movie-gen", labels=[], annotations=path)
    assert not any(item.has_audio for item in built.manifest.items)
    assert all(item.has_video for item in built.manifest.items)


def test_an_unknown_suite_is_told_with_the_nearest(collection: Collection, tmp_path: Path) -> None:
    with pytest.raises(UserError, match='Unknown suite to build "audiocap": did you mean "audiocaps"'):
        made(collection, tmp_path, suite="audiocap")

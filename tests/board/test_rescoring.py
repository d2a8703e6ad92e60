"""Sounds are scored again, and must score what their row claims."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from vggsound_omni.board import rescoring
from vggsound_omni.board.rescoring import TOLERANCES, agrees, matching, published_sounds, rescore, score_sounds
from vggsound_omni.board.shelf import validate
from vggsound_omni.board.sounds import code, decode
from vggsound_omni.board.submission import Sample, Submission
from vggsound_omni.errors import UserError
from vggsound_omni.features import sound_hash
from vggsound_omni.media import read_audio, write_flac
from vggsound_omni.metrics import METRICS
from vggsound_omni.protocol import Audio

from .attacks import PUBLISHED, add, published, row, strangers
from .shelves import tone


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("kept") / "leaderboard", "bgm")


def heard(one: Submission, root: Path) -> list[str]:
    return list(published_sounds(one, root, baseline=False))


def published_as(one: Submission, audio: Audio, root: Path) -> Submission:
    """The row with one sound in the place of all that it publishes."""
    coded = code(audio, 60.0)
    name = hashlib.sha256(coded).hexdigest()
    (root / "audio" / f"{name}.opus").write_bytes(coded)
    return one.model_copy(update={"samples": dict.fromkeys(one.samples, Sample(sha256=name, loudness=-9.0))})


def test_published_rows_score_what_they_claim(board: Path) -> None:
    for name in ("grammar", "noise", "retrieval", "silence"):
        assert heard(row("bgm", name), board) == [], name


@pytest.mark.parametrize(("name", "keys"), [("noise", ("pq", "ce", "cu")), ("shuffled", ("ms_clap", "la_clap", "ib"))])
def test_invented_scores_are_not_those_of_the_published_sounds(board: Path, name: str, keys: tuple[str, ...]) -> None:
    best = {"pq": 9.9, "ce": 9.9, "cu": 9.9, "ms_clap": 0.95, "la_clap": 0.95, "ib": 0.95}
    mine = row("bgm", name)
    claims = {key: (best.get(key, column[0]),) * len(column) for key, column in mine.items.items()}
    found = heard(mine.model_copy(update={"items": claims}), board)
    for key in keys:
        assert any(one.startswith(f"{METRICS[key].title} of fw-") for one in found), key


def test_the_suites_recordings_are_not_a_models_sounds(board: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring, "OTHERS_ASKED", 1)  # each is rendered, which takes a second
    reference = row("bgm", "oracle")
    mine = strangers("bgm", items=reference.items, samples=reference.samples)
    assert {one for one in heard(mine, board) if "is the item's own recording" in one} == {
        f"The sound of {item_id} is the item's own recording." for item_id in mine.samples
    }
    assert list(published_sounds(reference, board, baseline=True)) == []


def test_a_published_sound_is_as_long_as_what_was_asked(board: Path) -> None:
    short = published_as(row("bgm"), Audio(samples=tone(440).samples[:, :16_000], sample_rate=16_000), board)
    assert "lasts 1.00 s, not 8 s" in " ".join(heard(short, board))


def test_validate_listens_to_what_is_new_and_ranks(
    board: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listened: list[str] = []

    def listen(one: Submission, *_: object, **__: object) -> Iterator[str]:
        listened.append(one.label)
        yield "."

    monkeypatch.setattr(rescoring, "published_sounds", listen)
    now = published(tmp_path / "leaderboard", "bgm")
    add(now, strangers("bgm"))
    assert validate(now, board).sentences == ("foleyworld/bgm/clever-model@1.json: .",)
    assert listened == ["clever-model 1"], "what stood on the board was listened to when it came"
    listened.clear()
    validate(now)
    assert len(listened) == len(list((now / "results").rglob("*.json")))


def test_a_claim_may_be_a_little_better_and_somewhat_worse_than_the_coded_sound() -> None:
    assert agrees("pq", 8.0 + TOLERANCES["pq"].better - 0.01, 8.0)
    assert not agrees("pq", 8.0 + TOLERANCES["pq"].better + 0.01, 8.0)
    assert agrees("ds", 0.3, 0.3 + TOLERANCES["ds"].better - 0.01)
    assert not agrees("ds", 0.3, 0.3 + TOLERANCES["ds"].better + 0.01)
    assert not agrees("kl", 0.0, 4.0)
    assert agrees("kl", 10.0, 12.0)


def test_a_reference_line_may_be_off_by_twice_as_much_and_a_row_that_ranks_may_not() -> None:
    near, far = 0.5 + 1.9 * TOLERANCES["ms_clap"].better, 0.5 + 2.1 * TOLERANCES["ms_clap"].better
    assert agrees("ms_clap", near, 0.5, line=True)
    assert not agrees("ms_clap", near, 0.5)
    assert not agrees("ms_clap", far, 0.5, line=True)


@pytest.fixture
def whole(board: Path, tmp_path: Path) -> tuple[Submission, Path]:
    """A row of the published items alone, and a folder with its sounds."""
    mine = row("bgm")
    plan = rescoring._plan("foleyworld", "bgm")
    items = [item for item in plan.items if item.id in mine.samples]
    sounds = {item.id: tmp_path / f"{item.id}.flac" for item in items}
    hashes = []
    for item_id, path in sounds.items():
        write_flac(path, decode((board / "audio" / f"{mine.samples[item_id].sha256}.opus").read_bytes()))
        audio = read_audio(path, mono=False)
        hashes.append(sound_hash(audio.samples, audio.sample_rate))
    again = score_sounds(plan, items, sounds, "foleyworld")
    ids = tuple(item.id for item in items)
    keys = {key for single in again.items.values() for key in single}
    columns = {key: tuple(again.items[i].get(key) for i in ids) for key in keys}
    update = {"ids": ids, "items": columns, "influence": {}, "scores": again.scores, "sounds": tuple(hashes)}
    return mine.model_copy(update=update), tmp_path


def test_a_whole_row_is_scored_again_from_its_sounds(whole: tuple[Submission, Path]) -> None:
    mine, folder = whole
    found = rescore(mine, folder)
    assert found.agrees
    assert {one.key for one in found.agreements} == {
        key for key, one in mine.scores.items() if one.status != "not_applicable"
    }
    assert matching({"a": mine, "b": row("bgm")}, folder) == "a"
    with pytest.raises(UserError, match="No row holds the sounds"):
        matching({"b": row("bgm")}, folder)
    better = mine.scores | {"pq": mine.scores["pq"].model_copy(update={"value": 9.9})}
    assert [one.key for one in rescore(mine.model_copy(update={"scores": better}), folder).agreements if not one.agrees]
    write_flac(folder / f"{mine.ids[0]}.flac", tone(440))
    (folder / f"{mine.ids[1]}.flac").unlink()
    found = rescore(mine, folder)
    assert not found.agrees
    assert [one.partition(" has")[0] for one in found.findings[:1]] == [f"{mine.ids[0]}.flac"]
    assert f"There is no {mine.ids[1]}.flac or {mine.ids[1]}.wav" in found.findings[1]


def test_an_earlier_reading_is_not_judged() -> None:
    mine = row("bgm")
    assert "ds" in dict(rescoring._claimed(mine, mine.ids[0]))
    earlier = mine.scores["ds"].model_copy(update={"metric_id": "ds-foleyworld-synchroniser"})
    old = mine.model_copy(update={"scores": {**mine.scores, "ds": earlier}})
    assert "ds" not in dict(rescoring._claimed(old, old.ids[0]))


def test_the_documented_tolerances_are_those_that_hold() -> None:
    words = (PUBLISHED.parent / "docs" / "board.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w -]+?)(?:,[^|]*)? \|(?:[^|]*\|){3} ([\d.]+) \| ([\d.]+) \|$", words, re.MULTILINE)
    told = {title: (float(better), float(worse)) for title, better, worse in rows}
    assert told == {METRICS[key].title: (one.better, one.worse) for key, one in TOLERANCES.items()}
    assert {key for key, one in TOLERANCES.items() if one.share} == {"kl"}

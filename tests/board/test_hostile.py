"""Tampered submissions are refused, each for its own reason; files of a stranger do no harm."""

from __future__ import annotations

import gzip
import json
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vggsound_omni.board.names import lookalike
from vggsound_omni.board.shelf import load, validate_file
from vggsound_omni.errors import UserError

from .shelves import check, made, shelf, text

PLACE = "foleyworld/bgm/mine@1.json"


@pytest.fixture
def board(tmp_path: Path) -> Path:
    return shelf(tmp_path / "leaderboard", made())


def file(board: Path) -> Path:
    return board / "results" / PLACE


def refused(board: Path) -> str:
    """The one sentence about a leaderboard of one submission."""
    found = check(board)
    assert found, "nothing was refused"
    return " ".join(found)


def test_what_is_packed_is_taken(board: Path) -> None:
    assert check(board) == []


def first_pq(raw: dict[str, Any]) -> dict[str, Any]:
    score: dict[str, Any] = raw["scores"]["pq"]
    return score


def change(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def tamper(raw: Any) -> None:
        for key in path[:-1]:
            raw = raw[key]
        raw[path[-1]] = to

    return tamper


def drop(*path: str) -> Callable[[dict[str, Any]], None]:
    def tamper(raw: Any) -> None:
        for key in path[:-1]:
            raw = raw[key]
        del raw[path[-1]]

    return tamper


def lose_an_item(raw: dict[str, Any]) -> None:
    for key in ("ids", "sounds"):
        raw[key].pop(5)
    for columns in (raw["items"], raw["influence"]):
        for column in columns.values():
            column.pop(5)


TAMPERED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "a better mean": (change("scores", "pq", "value", to=9.0), "PQ is given as 9; the scores of its items have"),
    "a mean off by 1e-4": (lambda raw: first_pq(raw).update(value=first_pq(raw)["value"] + 1e-4), "PQ is given as"),
    "a narrower interval": (change("scores", "pq", "interval", to=[5.0, 5.0]), "PQ has another interval than its"),
    "a stratum's value": (change("strata", "bgm/one", "pq", "value", to=9.0), "PQ of bgm/one is given as 9"),
    "an item left out": (lose_an_item, "1 items of the track are neither scored nor declared failed"),
    "an item of elsewhere": (change("ids", 63, to="zzz"), "1 items are not of the track, the first 'zzz'"),
    "the suite's hash": (change("items_sha256", to="0" * 64), "The items' hash is 000000000000; that of"),
    "the checkpoint": (change("scores", "pq", "checkpoint_sha256", to="0" * 64), "foleyworld-aesthetics ships as"),
    "influences": (change("influence", "fd", 0, to=100.0), "FD has influences that sum to"),
    "a better FD": (change("scores", "fd", "value", to=1.0), "FD has another interval than its items give"),
    "the counts": (change("counts", "failed", to=3), "The counts say 64 scored and 3 failed"),
    "a direction": (change("scores", "pq", "direction", to="lower"), "1 to 10 and direction lower, not"),
    "no training data": (change("card", "training_data", to=[]), "The card names no training data"),
    "no licence": (drop("card", "licence"), "card.licence: Field required"),
    "an unknown field": (change("extra", to=1), "extra: Extra inputs are not permitted"),
    "a number as text": (change("seed", to="1"), "seed: Input should be a valid integer"),
    "a metric of the strata only": (drop("scores", "ib"), "The scores of bgm/one are of other metrics"),
    "script in a name": (change("card", "name", to="<script>alert(1)</script>"), "card.name holds markup or a script"),
    "script in a reason": (change("scores", "kl", "reason", to="<img src=x>"), "holds markup or a script"),
    "script in an address": (change("card", "url", to="javascript:alert(1)"), "card.url holds markup or a script"),
    "an address of a file": (change("card", "url", to="file:///etc/passwd"), "card.url: String should match"),
    "a name that leads out": (change("card", "name", to="../../../x"), "card.name: String should match"),
    "a suite that leads out": (change("suite", "name", to="manifest:../x"), "suite.name: String should match"),
    "a Cyrillic letter": (change("card", "name", to="mіne"), "card.name: String should match"),
    "hidden direction": (change("card", "summary", to="good\u202emodel"), "holds the invisible character U+202E"),
    "a later schema": (change("schema_version", to=3), "It has schema version 3"),
    "itself as older": (change("supersedes", to="1"), "The version supersedes itself"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_submission_is_refused_for_its_own_reason(what: str, board: Path) -> None:
    tamper, sentence = TAMPERED[what]
    raw = text(made())
    tamper(raw)
    file(board).write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")
    assert sentence in refused(board)


def test_a_chosen_sound_is_refused(board: Path) -> None:
    raw = text(made())
    sample = raw["samples"].pop(min(raw["samples"]))
    raw["samples"][next(i for i in raw["ids"] if i not in raw["samples"])] = sample
    file(board).write_text(json.dumps(raw))
    assert "not of the items that the suite's hash chooses" in refused(board)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"a": NaN}', "It holds NaN"),
        (b'{"a": -Infinity}', "It holds -Infinity"),
        (b'{"a": 1e999}', "It holds a number beyond 1e+30"),
        (b'{"a": 1, "a": 2}', "The key 'a' stands twice"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b"\xff\xfe", "not UTF-8"),
        (b"", "not JSON"),
        (b"[]", "does not follow the schema"),
        (b"1" * 5000, "a whole number of 5000 digits"),
        (b"[1e308]", "It holds a number beyond 1e+30"),
        (b'{"seed": -9223372036854775809}', "a whole number of 20 digits"),
        (gzip.compress(b"{}" * 1000, mtime=0), "archive or compressed"),
    ],
)
def test_bad_json_is_refused(content: bytes, sentence: str, board: Path) -> None:
    file(board).write_bytes(content)
    assert sentence in refused(board)


def test_a_gigabyte_is_refused_without_being_read(board: Path) -> None:
    with file(board).open("wb") as big:
        big.truncate(1 << 30)
    began = time.monotonic()
    assert "1,073,741,824 bytes; at most 8,000,000" in " ".join(validate_file(file(board)))
    assert time.monotonic() - began < 1.0


def test_a_zip_bomb_is_no_submission(board: Path) -> None:
    with zipfile.ZipFile(file(board), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", bytes(50_000_000))
    assert "archive or compressed" in refused(board)
    file(board).rename(file(board).with_suffix(".zip"))
    assert "Only SUITE/TRACK/MODEL@VERSION.json" in refused(board)


def test_links_are_not_followed(board: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    file(board).rename(outside)
    file(board).symlink_to(outside)
    assert "symbolic link" in refused(board)
    file(board).unlink()
    file(board).parent.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    outside.rename(elsewhere / "mine@1.json")
    (board / "results" / "foleyworld" / "bgm").symlink_to(elsewhere)
    assert "Only SUITE/TRACK/MODEL@VERSION.json" in refused(board)


def test_a_pipe_does_not_hang(board: Path) -> None:
    file(board).unlink()
    os.mkfifo(file(board))
    assert "no regular file" in refused(board)


def test_a_file_lies_where_it_says(board: Path) -> None:
    file(board).rename(file(board).with_name("other@1.json"))
    assert "it belongs at foleyworld/bgm/mine@1.json" in refused(board)


def test_a_forged_sound_is_refused(board: Path) -> None:
    (sound,) = (board / "audio").iterdir()
    sound.write_bytes(sound.read_bytes()[:-10] + bytes(10))
    assert "not the SHA-256 of its content" in refused(board)
    sound.unlink()
    assert "is not in audio/" in refused(board)


def test_a_sound_that_nothing_names_is_refused(board: Path) -> None:
    from vggsound_omni.board.packing import publish

    publish(made("another", seed=3), board)
    (board / "results/foleyworld/bgm/another@1.json").unlink()
    assert "No submission names it" in refused(board)


def test_a_forged_loudness_is_refused(board: Path) -> None:
    raw = text(made())
    raw["samples"][min(raw["samples"])]["loudness"] = -60.0
    file(board).write_text(json.dumps(raw))
    assert "dB, not -60.0 dB" in refused(board)


@pytest.mark.parametrize("name", ["rnine", "m1ne", "mlne", "mi.ne", "m-i-n-e", "minne", "mmine"])
def test_names_that_look_alike_are_refused(name: str, board: Path) -> None:
    assert lookalike(name, ["mine", "other"]) == "mine"
    shelf(board, made(name, seed=1))
    assert "can be taken for" in refused(board)


def test_what_is_published_does_not_change(board: Path, tmp_path: Path) -> None:
    before = shelf(tmp_path / "before", made(), made("gone", seed=1))
    found = " ".join(check(shelf(tmp_path / "now", made(seed=2)), before))
    assert "mine@1.json: It was published with another content" in found
    assert "gone@1.json: It was published and is gone" in found
    with pytest.raises(UserError, match="is published already and does not change"):
        shelf(board, made())


def test_a_new_version_supersedes_one_that_is_there(board: Path) -> None:
    shelf(board, made(version="2", supersedes="1"))
    assert check(board) == []
    (board / "results" / PLACE).unlink()
    assert "supersedes version 1, which is not published" in refused(board)


def test_the_site_is_not_built_from_what_is_refused(board: Path) -> None:
    file(board).write_text('{"a": NaN}')
    found = load(board)
    assert PLACE not in found.submissions
    assert ["It holds NaN" in one for one in found.sentences if one.startswith(PLACE)] == [True]

"""What a review found that the board took without a word: each is built from a real published row, and found."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vggsound_omni.board import site
from vggsound_omni.board.media import SiteMedia
from vggsound_omni.board.names import is_later, lookalike
from vggsound_omni.board.owners import read_owners
from vggsound_omni.board.reading import read_submission
from vggsound_omni.board.shelf import load
from vggsound_omni.board.submission import Submission, Withdrawal
from vggsound_omni.board.table import BoardTable, tables
from vggsound_omni.metrics import METRICS
from vggsound_omni.runs.result import Heard, Score
from vggsound_omni.tracks import load_track

from .attacks import PUBLISHED, add, given, newest, published, row, strangers, without
from .shelves import check


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bgm track as it is published."""
    return published(tmp_path_factory.mktemp("kept") / "leaderboard", "bgm")


@pytest.fixture
def board(kept: Path, tmp_path: Path) -> Path:
    """A proposal: the bgm track, to which a stranger adds."""
    return Path(shutil.copytree(kept, tmp_path / "leaderboard"))


def told(board: Path, kept: Path | None = None, account: str | None = None) -> str:
    return " ".join(check(board, kept, account))


def table(board: Path) -> BoardTable:
    shelf = load(board)
    (found,) = tables(shelf.submissions, shelf.owners)
    return found


def ranks(found: BoardTable) -> dict[tuple[str, str], tuple[int, int]]:
    """(rank, lowest) by model and metric."""
    return {
        (one.card.name, info.key): (cell.place.rank, cell.place.lowest)
        for one, cells in zip(found.rows, found.cells, strict=True)
        for info, cell in zip(found.columns, cells, strict=True)
        if cell.place is not None
    }


def hardest(one: Submission, key: str, count: int) -> list[str]:
    """The items that a row is worst at."""
    scores = np.array(one.items[key], np.float64)
    order = np.argsort(scores * (1 if METRICS[key].better == "higher" else -1), kind="stable")
    return [one.ids[k] for k in order[:count]]


def changed(one: Submission, key: str, **to: Any) -> dict[str, Any]:
    """One metric of a row and of its strata with other fields."""
    return given(one, key, lambda score: score.model_copy(update=to))


def test_a_new_row_in_order_is_taken_and_ranks(board: Path, kept: Path) -> None:
    add(board, strangers("bgm"))
    assert check(board, kept) == []
    assert ("clever-model", "event_f1") in ranks(table(board))


@pytest.mark.parametrize("left", [40, 2])
def test_a_row_that_chose_its_items_does_not_rank_and_takes_no_rank_away(board: Path, left: int) -> None:
    before = ranks(table(board))
    mine = strangers("bgm")
    add(board, without(mine, hardest(mine, "event_f1", len(mine.ids) - left)))
    assert check(board) == []
    found = table(board)
    assert ranks(found) == before, "neither a rank of its own nor one less of the others"
    assert [why for why in found.unranked if why] == [
        f"{64 - left} of 64 items failed ({100 * (64 - left) / 64:.1f} %); above 2 % no system ranks."
    ]


@pytest.mark.parametrize("key", ["kl", "pq", "ms_clap", "ib", "event_f1"])
def test_declaring_the_five_hardest_items_failed_improves_no_rank_and_no_value(tmp_path: Path, key: str) -> None:
    board = published(tmp_path / "leaderboard", "vt2a")
    mine = strangers("vt2a")
    path = add(board, mine)
    honest = table(board)
    path.unlink()
    add(board, without(mine, hardest(mine, key, 5)))
    found = table(board)
    assert found.unranked == honest.unranked, "5 of 384 are within 2 %"
    k, before, after = [one.card.name for one in found.rows].index("clever-model"), ranks(honest), ranks(found)
    for info, was, now in zip(found.columns, honest.cells[k], found.cells[k], strict=True):
        place = ("clever-model", info.key)
        if info.per_item and info.better is not None:
            sign = 1 if info.better == "higher" else -1
            assert now.score.value is not None
            assert was.score.value is not None
            assert sign * now.score.value <= sign * was.score.value + 1e-9, info.title
            assert now.score.n == was.score.n, "a failed item of a metric that applies to it counts"
            if place in before:
                assert after[place] >= before[place], info.title
        elif info.better is not None:
            assert place not in after, "a metric of the set has no rank with a failure"
            assert now.best is False


def test_the_table_says_how_many_items_were_scored(
    board: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SiteMedia, "listened", lambda *_: [])
    monkeypatch.setattr(site, "write_sounds", lambda *_: [])
    mine = strangers("bgm")
    add(board, without(mine, hardest(mine, "event_f1", 24)))
    site.build(board, tmp_path / "site")
    (page,) = (tmp_path / "site").glob("track-*.html")
    words = page.read_text(encoding="utf-8")
    assert ">40/64<" in words
    assert "clever-model 1 has no rank</strong>: 24 of 64 items failed (37.5 %)" in words
    assert "does not rank: 24 of 64 items failed" in (tmp_path / "site" / "history.html").read_text(encoding="utf-8")


def test_a_metric_that_applies_is_not_called_inapplicable(board: Path) -> None:
    mine = strangers("bgm")
    gone: dict[str, Any] = {"status": "not_applicable", "value": None, "interval": None, "reason": "No."}
    add(board, mine.model_copy(update=changed(mine, "pq", **gone)))
    assert "PQ is called not applicable" in told(board)
    gone |= {"status": "not_computed", "reason": None}
    add(board, mine.model_copy(update=changed(mine, "pq", **gone)))
    assert "PQ has no value, and no reason says why" in told(board)


def test_a_row_whose_metric_was_not_computed_does_not_rank_whatever_the_reason(board: Path) -> None:
    mine = strangers("bgm")
    lost = Score(status="not_computed", reason=f'Item "{mine.ids[1]}" has no sound: it is too short.')
    items = {key: column for key, column in mine.items.items() if key != "pq"}
    update = {**given(mine, "pq", lambda _: lost), "items": items}
    add(board, mine.model_copy(update=update))
    assert check(board) == []
    why = "PQ could not be computed; a row ranks by all metrics that it was scored with or by none."
    assert why in table(board).unranked


FORGED: dict[str, tuple[dict[str, Any], str]] = {
    "all sounds one": ({"sounds": ("0" * 64,) * 64}, "63 sounds are those of other items"),
    "two sounds one": ({"sounds": tuple(f"{k // 2:064x}" if k < 2 else f"{k:064x}" for k in range(64))}, "1 sounds"),
    "recordings": ({"sounds": row("bgm", "oracle").sounds}, "64 of its sounds are recordings of the suite"),
    "ref's sounds": ({"sounds": row("bgm").sounds}, "64 of its sounds are those of grammar 4"),
    "a time before": ({"real_time_factor": -5.0}, "The real-time factor is -5"),
    "no time at all": ({"real_time_factor": 0.0}, "The real-time factor is 0"),
    "a day of no calendar": ({"day": "2999-99-99"}, "The day is 2999-99-99, which is in no calendar"),
    "a day to come": ({"day": "2999-09-09"}, "The day is 2999-09-09, which is yet to come"),
    "too many copies": ({"heard": Heard(compared=99, copies=1)}, "It says that 1 of 99 sounds are recordings"),
    "networks elsewhere": (
        {"encoder_set": "pretrained"},
        'The encoder set is "pretrained"; only foleyworld can be checked',
    ),
    "networks of nobody": ({"encoder_set": "foleyworld2"}, 'The encoder set is "foleyworld2"'),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_no_run_gives_is_refused(board: Path, what: str) -> None:
    changes, sentence = FORGED[what]
    add(board, strangers("bgm", **changes))
    assert sentence in told(board)


def test_a_metric_is_by_the_checkpoint_of_its_own_role(board: Path) -> None:
    mine = strangers("bgm")
    other = mine.scores["pq"].checkpoint_sha256
    add(board, mine.model_copy(update=changed(mine, "ms_clap", checkpoint_sha256=other)))
    assert f"MS-CLAP is by the checkpoint {(other or '')[:12]}" in told(board)


def test_a_row_that_another_supersedes_may_be_by_networks_of_its_time(board: Path, kept: Path) -> None:
    mine = strangers("bgm")
    other = mine.scores["pq"].checkpoint_sha256
    old = mine.model_copy(update=changed(mine, "ms_clap", checkpoint_sha256=other))
    add(board, old)
    newer = mine.card.model_copy(update={"version": "2"})
    add(board, mine.model_copy(update={"card": newer, "supersedes": "1"}))
    assert check(board) == []
    assert "MS-CLAP is by the checkpoint" in told(board, kept), "what is proposed today is by today's"


def test_a_score_that_its_metric_cannot_have_is_refused(board: Path) -> None:
    mine = strangers("bgm")
    column = (12.0, *mine.items["pq"][1:])
    add(board, mine.model_copy(update={"items": mine.items | {"pq": column}}))
    assert f"PQ of {mine.ids[0]} is 12; it lies between 1 and 10" in told(board)


def test_an_earlier_reading_is_history_and_not_for_a_new_row(board: Path, tmp_path: Path) -> None:
    earlier = read_submission(PUBLISHED / "history/foleyworld@1/bgm/noise@1.json").scores["ds"]
    identity = earlier.model_dump(include={"metric_id", "encoder", "checkpoint_sha256"})
    noise = row("bgm", "noise").model_copy(update={"supersedes": None})
    add(board, noise.model_copy(update=changed(noise, "ds", **identity)))
    kept = Path(shutil.copytree(board, tmp_path / "kept"))
    assert check(board, kept) == []
    found = table(board)
    ds = [info.key for info in found.columns].index("ds")
    (cells,) = (cells for one, cells in zip(found.rows, found.cells, strict=True) if one.card.name == "noise")
    assert (cells[ds].text, cells[ds].place, cells[ds].score.value) == ("older DS", None, None)
    mine = strangers("bgm")
    add(board, mine.model_copy(update=changed(mine, "ds", **identity)))
    assert "DS is ds-foleyworld-synchroniser; today it is" in told(board, kept)


def test_a_row_that_stands_by_other_weights_ranks_nobody_beside_todays(board: Path, tmp_path: Path) -> None:
    mine = strangers("bgm")
    other = mine.scores["pq"].checkpoint_sha256
    add(board, mine.model_copy(update=changed(mine, "event_f1", checkpoint_sha256=other)))
    kept = Path(shutil.copytree(board, tmp_path / "kept"))
    assert check(board, kept) == [], "it stood there before the network was exchanged"
    found = table(board)
    places = ranks(found)
    assert ("clever-model", "event_f1") not in places
    assert ("clever-model", "count") in places, "its other places stay"
    event_f1 = [info.key for info in found.columns].index("event_f1")
    (cells,) = (c for one, c in zip(found.rows, found.cells, strict=True) if one.card.name == "clever-model")
    assert (cells[event_f1].text, cells[event_f1].score.value) == ("older Event F1", None)


def test_a_marked_row_is_listed_and_does_not_rank_unless_it_is_a_baseline(board: Path) -> None:
    heard = Heard(compared=64, copies=2)
    add(board, strangers("bgm", heard=heard))
    add(board, row("bgm", "retrieval").model_copy(update={"supersedes": None, "heard": heard}))
    assert check(board) == []
    found = table(board)
    assert [why for why in found.unranked if why] == ["2 of 64 sounds are the items' own recordings."]


def mallorys(version: str, old: str) -> Submission:
    mine = strangers("bgm", supersedes=old)
    return mine.model_copy(update={"card": mine.card.model_copy(update={"name": "ref", "version": version})})


def test_nobody_supersedes_what_is_anothers(board: Path) -> None:
    add(board, mallorys("9", "3"))
    assert 'The name "ref" belongs to "The VGGSound-Omni authors", and the row is generated by "Mallory"' in told(board)


def test_supersession_goes_up_and_so_has_no_cycle(board: Path) -> None:
    add(board, mallorys("0.1", "3"))
    assert "Version 0.1 cannot supersede 3, which does not come before it" in told(board)
    for version, old in (("1", "2"), ("2", "1")):
        mine = strangers("bgm", supersedes=old)
        add(board, mine.model_copy(update={"card": mine.card.model_copy(update={"version": version})}))
    assert "Version 1 cannot supersede 2, which does not come before it" in told(board)


def test_a_name_belongs_to_who_published_it_first(board: Path, kept: Path) -> None:
    add(kept, strangers("bgm"))
    try:
        add(board, strangers("bgm"))
        mine = strangers("bgm", who=row("bgm").who, day="2026-01-01", sounds=tuple(f"f{k:063x}" for k in range(64)))
        add(board, mine.model_copy(update={"card": mine.card.model_copy(update={"version": "2"})}))
        assert 'clever-model@2.json: The name "clever-model" belongs to "Mallory"' in told(board, kept)
    finally:
        (kept / "results" / strangers("bgm").place).unlink()


@pytest.mark.parametrize(
    ("day", "by", "sentence"),
    [
        ("1999-01-01", "The VGGSound-Omni authors", "It is withdrawn on 1999-01-01, before its own day"),
        ("2026-11-27", "Mallory", 'It is withdrawn by "Mallory"; only "The VGGSound-Omni authors" may'),
        ("2026-11-27", None, "It is withdrawn by nobody who is named"),
        ("2026-11-31", "The VGGSound-Omni authors", "The day of its withdrawal is 2026-11-31, which is in no calendar"),
    ],
)
def test_a_row_is_withdrawn_by_its_owner_and_after_its_day(
    board: Path, kept: Path, day: str, by: str | None, sentence: str
) -> None:
    one = row("bgm", "oracle").model_copy(update={"supersedes": None})
    add(board, one.model_copy(update={"withdrawn": Withdrawal(day=day, reason="Because.", by=by)}))
    assert sentence in told(board, kept)


def test_an_account_adds_rows_of_its_own_names_only(board: Path, kept: Path) -> None:
    mine = strangers("bgm")
    add(board, mine)
    assert "The row names the account None; the pull request is by 'mallory'" in told(board, kept, "mallory")
    add(board, mine.model_copy(update={"who": mine.who.model_copy(update={"account": "mallory"})}))
    assert check(board, kept, "mallory") == []
    posing = {"account": "mallory", "generated": "The VGGSound-Omni authors"}
    add(board, mine.model_copy(update={"who": mine.who.model_copy(update=posing)}))
    assert "Only the maintainers publish or withdraw" in told(board, kept, "mallory"), "whatever the name"
    one = row("bgm", "oracle").model_copy(update={"supersedes": None})
    notice = Withdrawal(day="2026-11-27", reason="Because.", by="The VGGSound-Omni authors")
    add(board, one.model_copy(update={"withdrawn": notice}))
    assert "Only the maintainers publish or withdraw \"oracle\"; the account 'mallory'" in told(board, kept, "mallory")


def test_nothing_unknown_lies_anywhere(board: Path, kept: Path) -> None:
    (board / "passwd").symlink_to("/etc/passwd")
    (board / "cards").symlink_to("/etc")
    (board / "install.sh").write_text("true")
    (board / ".github").mkdir()
    (board / "results" / "foleyworld" / "bgm" / "more").mkdir()
    (board / "results" / "notes.txt").write_text("x")
    (board / "print.toml").write_text("")
    (board / "OWNERS.toml").write_text('maintainers = "Mallory"')
    (board / "README.md").unlink()
    found = check(board, kept)
    for sentence in (
        "passwd: It is a symbolic link",
        "cards: It is a symbolic link",
        "install.sh: No such file belongs into a leaderboard.",
        ".github: No such folder belongs into a leaderboard.",
        "results/foleyworld/bgm/more: No such folder belongs into a leaderboard.",
        "notes.txt: Only SUITE/TRACK/MODEL@VERSION.json belongs into results.",
        "print.toml: Only the maintainers add, change or remove this file",
        "OWNERS.toml: Only the maintainers add, change or remove this file",
        "README.md: Only the maintainers add, change or remove this file",
    ):
        assert any(one.startswith(sentence) for one in found), sentence


def test_the_published_list_of_owners_holds(board: Path, kept: Path) -> None:
    (board / "OWNERS.toml").write_text('maintainers = "Mallory"\nbaselines = ["clever-model"]')
    add(board, strangers("bgm", sounds=("0" * 64,) * 64))
    assert "63 sounds are those of other items" in told(board, kept)
    assert read_owners(board).maintainers == "Mallory"


ALIKE = "dap/clap nnodel/model zeb2a/zebza ga9/gag reff/ref vit/ult cod/cocl 6ig/big ref/re-f uuave/wave minne/mine"


@pytest.mark.parametrize("pair", ALIKE.split())
def test_names_that_look_alike(pair: str) -> None:
    one, other = pair.split("/")
    assert lookalike(one, [other]) == other
    assert lookalike(other, [one]) == one


def test_names_that_do_not_look_alike() -> None:
    names = "ref oracle reference retrieval noise silence shuffled autoencoder model-1 model-2 model-11 model-12"
    many = [*names.split(), "mmaudio", "audioldm", "audioldm-2", "omni2sound", "v-aura", "frieren", "foleycrafter"]
    many += ["thinksound", "t5", "t6"]
    assert [(name, other) for name in many if (other := lookalike(name, many))] == []


def test_a_name_of_the_maintainers_list_is_kept_from_lookalikes_even_unpublished(board: Path) -> None:
    (board / "results/foleyworld/bgm" / newest("bgm", "retrieval").name).unlink()
    mine = strangers("bgm")
    add(board, mine.model_copy(update={"card": mine.card.model_copy(update={"name": "retrleval"})}))
    assert 'The name "retrleval" can be taken for "retrieval"' in told(board)


@pytest.mark.parametrize("track", ["t2a", "vt2a", "offscreen", "conflict", "bgm"])
def test_some_recordings_among_bursts_make_no_rank(track: str) -> None:
    """One item in five as retrieval has it, the rest as attack has it: enough for Coverage, not for Likeness."""
    least = load_track(track).ranks_from["likeness"]
    real, bursts = (row(track, name).items["likeness"] for name in ("retrieval", "attack"))
    mixed = [a if k % 5 == 0 else b for k, (a, b) in enumerate(zip(real, bursts, strict=True))]
    assert np.mean([score for score in mixed if score is not None]) < least
    for name in ("oracle", "autoencoder", "ref", "retrieval", "grammar"):
        assert (row(track, name).scores["likeness"].value or 0) > least, name


def test_versions_are_in_order() -> None:
    for later, earlier in (
        ("2", "1"), ("10", "9"), ("1.0.1", "1.0"), ("1.0", "1.0-rc1"), ("1.0-rc2", "1.0-rc1"), ("1", "1.0rc1"),
        ("2024.10", "2024.9"), ("0.0.1", "0"),
    ):  # fmt: skip
        assert is_later(later, earlier), (later, earlier)
        assert not is_later(earlier, later), (earlier, later)
    for one, other in (("1", "1.0"), ("1.0", "1-0"), ("1", "01")):
        assert not is_later(one, other)
        assert not is_later(other, one)

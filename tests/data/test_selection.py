"""Off-screen items are chosen by recorded thresholds, words and a reviewer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vggsound_omni.data.build import Built
from vggsound_omni.data.decisions import append_decision
from vggsound_omni.data.entries import Entry
from vggsound_omni.data.offscreen import Selection, unseen
from vggsound_omni.errors import UserError

from .conftest import IDS, SCENES, Collection
from .test_build import made, told

LOW, HIGH, QUIET = 0.05, 0.4, 0.01


def scores(folder: Path, **changes: tuple[float | str, float]) -> Path:
    """A table in which every clip but the third is a candidate by numbers, but for the changes."""
    rows: dict[str, tuple[float | str, float]] = dict.fromkeys(IDS, (LOW, QUIET))
    rows[IDS[2]] = (HIGH, QUIET)
    path = folder / "scores.csv"
    lines = [f"{item_id},{av},{voice}" for item_id, (av, voice) in (rows | changes).items()]
    path.write_text("id,av,voice\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def natural(built: Built) -> list[str]:
    return [item.id for item in built.manifest.items if item.stratum == "natural"]


def test_words_choose_the_scenes_whose_source_is_out_of_frame(collection: Collection, tmp_path: Path) -> None:
    table = scores(tmp_path, **{IDS[2]: (LOW, QUIET)})
    built = made(collection, tmp_path / "suite", selection=Selection(scores=table))
    truth = [any(not source.on_screen for source in one.heard) for one in SCENES]
    assert natural(built) == [item_id for item_id, out in zip(IDS, truth, strict=True) if out]
    assert truth == [False, False, True, False, True, True]
    rule = built.manifest.recipe["selection"]
    assert (rule["audio_visual_below"], rule["voice_below"], len(rule["scores"])) == (0.20, 0.5, 64)
    assert all(
        item.provenance["selected_by"]["audio_visual"] == LOW
        for item in built.manifest.items
        if item.stratum == "natural"
    )


def test_a_high_score_or_a_voice_keeps_a_clip_on_screen(collection: Collection, tmp_path: Path) -> None:
    table = scores(tmp_path, **{IDS[4]: (0.20, QUIET), IDS[5]: (LOW, 0.5)})
    assert natural(made(collection, tmp_path / "a", selection=Selection(scores=table))) == []
    looser = Selection(scores=table, audio_visual_below=0.21, voice_below=0.51)
    assert natural(made(collection, tmp_path / "b", selection=looser)) == list(IDS[4:])


def test_a_reviewer_has_the_last_word_and_what_is_undecided_stays_in_main(
    collection: Collection, tmp_path: Path
) -> None:
    decisions = tmp_path / "decisions.jsonl"
    append_decision(decisions, IDS[4], "keep")
    append_decision(decisions, "AAAAAAAAAAA_000010", "keep")
    rule = Selection(scores=scores(tmp_path), decisions=decisions)
    built = made(collection, tmp_path / "a", selection=rule)
    assert natural(built) == [IDS[4]]
    assert told(built, "not-selected") == {IDS[5]: False}
    assert told(built, "unknown-id") == {"AAAAAAAAAAA_000010": False}
    append_decision(decisions, IDS[4], "drop")
    append_decision(decisions, IDS[5], "keep")
    again = made(collection, tmp_path / "b", selection=rule)
    assert natural(again) == [IDS[5]]
    assert told(again, "dropped") == {IDS[4]: False}
    assert len(again.manifest.items) == 6


def test_scores_that_are_missing_or_no_numbers_choose_nothing_and_are_told(
    collection: Collection, tmp_path: Path
) -> None:
    changes: dict[str, tuple[float | str, float]] = {IDS[4]: ("n/a", QUIET), "AAAAAAAAAAA_000010": (LOW, QUIET)}
    table = scores(tmp_path, **changes)
    built = made(collection, tmp_path / "suite", selection=Selection(scores=table))
    assert natural(built) == [IDS[5]]
    assert told(built, "bad-row") == {IDS[4]: False}
    assert told(built, "unknown-id") == {"AAAAAAAAAAA_000010": False}
    table.write_text("id,score\nx,1\n", encoding="utf-8")
    with pytest.raises(UserError, match="no column holds the audio_visual"):
        made(collection, tmp_path / "other", selection=Selection(scores=table))


@pytest.mark.parametrize(
    ("caption", "labels", "visible", "found"),
    [
        ("A dog barks while a man reads.", ("dog barking",), "a man; a book", "dog barking"),
        ("A dog barks while a man reads.", ("dog barking",), "a dog; a man", None),
        ("Two dogs bark.", ("dog barking",), "dogs on a lawn", None),
        ("A siren wails out of frame.", (), "", "out of frame"),
        ("Off-screen, thunder rolls.", (), "", "Off-screen"),
        ("A siren wails.", ("police car (siren)",), "", None),
    ],
)
def test_a_source_is_unseen_by_what_is_listed_or_by_a_phrase(
    caption: str, labels: tuple[str, ...], visible: str, found: str | None
) -> None:
    provenance = {"visible": visible} if visible else {}
    assert unseen(Entry(id="a", clip="a", caption=caption, labels=labels, provenance=provenance)) == found


def test_annotations_without_a_rule_have_the_say(collection: Collection, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in collection.annotations.read_text("utf-8").splitlines()]
    path = tmp_path / "annotations.jsonl"
    path.write_text("".join(json.dumps(row | {"off_screen": "no"}) + "\n" for row in rows), encoding="utf-8")
    assert natural(made(collection, tmp_path / "suite", annotations=path)) == []

"""From a run folder to the leaderboard by the commands that a user types."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from vggsound_omni.board import packing, ranking, rescoring
from vggsound_omni.board.outcomes import Counted
from vggsound_omni.board.packing import write_submission
from vggsound_omni.board.reading import read_submission
from vggsound_omni.board.shelf import validate as whole
from vggsound_omni.board.sounds import sample_ids
from vggsound_omni.cli.board import command as board
from vggsound_omni.cli.submit import command as submit
from vggsound_omni.cli.validate import command as validate
from vggsound_omni.errors import UserError
from vggsound_omni.media import write_flac
from vggsound_omni.metrics import METRICS
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.result import Failure, Result, Score, Signal, SuiteIdentity, write_result
from vggsound_omni.stats.intervals import by_influence, of_mean

from .shelves import made, strata_of, tone

CARD = """
name = "mine"
version = "1.0"
summary = "A made-up model."
tasks = ["t2a", "vt2a"]
licence = "MIT"
open_weights = true
training_data = ["Nothing real"]
overlap = "None."
parameters = 7
"""


@pytest.fixture(autouse=True)
def _deaf(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores of made-up models are not those of their sounds, so nothing is scored again but what is published."""
    if "run" in request.fixturenames:
        monkeypatch.setattr(rescoring, "published_sounds", lambda *_, **__: iter(()))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run with the numbers of a made-up submission."""
    packed = made().submission
    signal = Signal(seconds=8.0, sample_rate=16_000, channels=1, peak_dbfs=-6.0, rms_dbfs=-9.0, clipped=0.0, sha256="")
    signals = {i: signal.model_copy(update={"sha256": s}) for i, s in zip(packed.ids, packed.sounds, strict=True)}
    folder = tmp_path / "run"
    for item_id in sample_ids(packed.track, packed.items_sha256, packed.ids):
        write_flac(folder / "audio" / f"{item_id}.flac", tone(440))
    rows = {
        name: {i: {key: column[k] for key, column in columns.items()} for k, i in enumerate(packed.ids)}
        for name, columns in (("items", packed.items), ("influence", packed.influence))
    }
    result = Result(
        suite=SuiteIdentity(**packed.suite.model_dump()), track="bgm", items_sha256=packed.items_sha256,
        encoder_set="foleyworld", kit="omni",
        model={"name": "m.py:M", "arguments": {"a": "1"}},
        seed=3, limit=None, counts=packed.counts, scores=packed.scores, strata=packed.strata,
        signals=signals, failures=[], timings={"generate": 64.0},
        environment={"commit": "cd" * 20, "packages": {"numpy": "2.4"}}, **rows,
    )  # fmt: skip
    write_result(folder / "result.json", result)
    (tmp_path / "card.toml").write_text(CARD)
    return folder


def submitted(run: Path, *more: str) -> Path:
    leaderboard = run.parent / "leaderboard"
    arguments = [str(run), "--to", str(leaderboard), "--card", str(run.parent / "card.toml"), "--generated-by", "A. N."]
    done = CliRunner().invoke(submit, [*arguments, *more], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return leaderboard


def test_a_run_is_packed_and_passes(run: Path) -> None:
    leaderboard = submitted(run, "--scored-by", "B. N.")
    row = read_submission(leaderboard / "results/foleyworld/bgm/mine@1.0.json")
    assert (row.who.generated, row.who.scored) == ("A. N.", "B. N.")
    assert row.real_time_factor == pytest.approx(64 / (64 * 8))
    assert row.environment["commit"] == "cd" * 20
    assert row.environment["package numpy"] == "2.4"
    assert len(list((leaderboard / "audio").iterdir())) == 1, "three equal sounds are one file"
    done = CliRunner().invoke(validate, [str(leaderboard)], standalone_mode=False)
    assert (done.return_value, done.output) == (0, f"{leaderboard}: 1 submissions read.\n")


def test_sounds_that_lose_much_of_their_level_by_coding_pass(run: Path) -> None:
    """White noise at 44.1 kHz has more than half of its energy above what Opus keeps at 24 kHz."""
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 8 * 44_100)).astype(np.float32)
    for file in (run / "audio").iterdir():
        write_flac(file, Audio(samples=noise, sample_rate=44_100))
    leaderboard = submitted(run)
    done = CliRunner().invoke(validate, [str(leaderboard)], standalone_mode=False)
    assert (done.return_value, done.output) == (0, f"{leaderboard}: 1 submissions read.\n")


def test_validate_tells_each_finding_and_fails(run: Path) -> None:
    file = submitted(run) / "results/foleyworld/bgm/mine@1.0.json"
    raw = json.loads(file.read_text())
    raw["scores"]["pq"]["value"] += 1
    raw["counts"]["scored"] = 2
    file.write_text(json.dumps(raw))
    done = CliRunner().invoke(validate, [str(file)], standalone_mode=False)
    assert done.return_value == 1
    assert len(done.output.splitlines()) == 2


def test_a_withdrawn_row_still_passes_and_cannot_come_back(run: Path, tmp_path: Path) -> None:
    leaderboard = submitted(run)
    file = leaderboard / "results/foleyworld/bgm/mine@1.0.json"
    before = file.read_text()
    CliRunner().invoke(
        board, ["withdraw", str(file), "--by", "A. N.", "--reason", "Wrong seed."], catch_exceptions=False
    )
    done = CliRunner().invoke(validate, [str(leaderboard)], standalone_mode=False)
    assert done.return_value == 0
    kept = tmp_path / "kept" / file.relative_to(leaderboard)
    kept.parent.mkdir(parents=True)
    kept.write_text(file.read_text())
    file.write_text(before)
    done = CliRunner().invoke(
        validate, [str(leaderboard), "--published", str(tmp_path / "kept")], standalone_mode=False
    )
    assert "It was withdrawn, and is changed." in done.output


@pytest.mark.parametrize("line", ["licence", "training_data", "overlap", "open_weights", "version"])
def test_a_card_without_one_of_its_lines_is_refused_by_its_name(line: str, run: Path) -> None:
    card = run.parent / "card.toml"
    card.write_text("\n".join(words for words in CARD.splitlines() if not words.startswith(line)))
    with pytest.raises(UserError, match=f"{line}: Field required"):
        submitted(run)


def without(run: Path, count: int) -> list[str]:
    """Makes the first items of a run whose sounds are not published failures, and mends all that follows from it."""
    raw = json.loads((run / "result.json").read_text())
    gone = [i for i in sorted(raw["signals"]) if not (run / "audio" / f"{i}.flac").exists()][:count]
    for part in ("signals", "items", "influence"):
        for item_id in gone:
            del raw[part][item_id]
    raw["failures"] = [Failure(id=i, rule="length", reason="1.2 s came.").model_dump() for i in gone]
    left = len(raw["signals"])
    raw["counts"] |= {"failed": count, "scored": left, "generated": left}
    influence = raw["influence"].values()
    for key in next(iter(influence)):
        mean = np.mean([row[key] for row in influence])
        for row in influence:
            row[key] -= mean
    ids = sorted(raw["signals"])
    parts = {name: [ids[k] for k in places] for name, places in strata_of("bgm", ids).items()}
    for scores, some in ((raw["scores"], ids), *((raw["strata"][name], some) for name, some in parts.items())):
        for key, score in scores.items():
            if score["status"] != "computed":
                continue
            column = np.array([raw["items" if METRICS[key].per_item else "influence"][i][key] for i in some])
            if (metric := METRICS[key]).per_item:
                score["value"] = float(column.mean())
                low, high = of_mean(column, shares=metric.shares, bounds=metric.bounds)
            else:
                low, high = by_influence(score["value"], column - column.mean(), score["bias"])
                if metric.bounds[0] == 0:
                    low, high = max(low, 0.0), max(high, 0.0)
            score |= {"n": len(some), "interval": [low, high]}
    (run / "result.json").write_text(json.dumps(raw))
    return gone


def test_a_declared_failure_is_taken_and_told(run: Path) -> None:
    (gone,) = without(run, 1)
    leaderboard = submitted(run)
    row = read_submission(leaderboard / "results/foleyworld/bgm/mine@1.0.json")
    assert [failure.id for failure in row.failures] == [gone]
    assert (row.counts.scored, row.counts.planned) == (63, 64)
    done = CliRunner().invoke(validate, [str(leaderboard)], standalone_mode=False)
    assert (done.return_value, done.output) == (0, f"{leaderboard}: 1 submissions read.\n")


@pytest.mark.parametrize(("count", "told"), [(1, "each counts as the worst"), (2, "above 2 % the row has no rank")])
def test_failures_are_told_when_a_run_is_packed(run: Path, count: int, told: str) -> None:
    without(run, count)
    arguments = [str(run), "--to", str(run.parent / "board"), "--card", str(run.parent / "card.toml")]
    done = CliRunner().invoke(submit, [*arguments, "--generated-by", "A. N."], catch_exceptions=False)
    assert f"{count} of 64 items failed" in done.output
    assert told in done.output


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"limit": 8}, "holds the first 8 items only"),
        ({"kit": "av-benchmark"}, 'of the kit "av-benchmark"'),
        ({"drift": {"kl": 0.1}}, "bfloat16"),
        ({"heard": {"compared": 64, "copies": 2}}, "2 of 64 sounds are the items' own recordings"),
        ({"suite": {"name": "clips"}}, 'of the suite "clips"'),
        ({"encoder_set": "pretrained"}, 'the encoder set "pretrained"'),
        ({"without": ["caption"]}, "Its generator was not given caption"),
        ({"items_sha256": "0" * 64}, "The items' hash is 000000000000"),
        ({"track": "vt2a"}, "items of the track are neither scored nor declared failed"),
    ],
)
def test_what_the_board_does_not_take_is_refused_before_anything_is_written(
    run: Path, change: dict[str, Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = json.loads((run / "result.json").read_text())
    for key, value in change.items():
        raw[key] = raw[key] | value if isinstance(raw[key], dict) else value
    (run / "result.json").write_text(json.dumps(raw))
    monkeypatch.setattr(packing, "code", lambda *_: pytest.fail("a sound was coded"))
    with pytest.raises(UserError, match=re.escape(sentence)):
        submitted(run)
    assert not (run.parent / "leaderboard").exists()


def test_a_listed_name_is_refused_before_anything_is_written(run: Path) -> None:
    leaderboard = run.parent / "leaderboard"
    leaderboard.mkdir()
    (leaderboard / "OWNERS.toml").write_text('maintainers = "M"\nbaselines = ["mine"]')
    with pytest.raises(UserError, match='The name "mine" belongs to "M"; give the card another'):
        submitted(run)
    assert [path.name for path in leaderboard.iterdir()] == ["OWNERS.toml"]


def test_undo_takes_back_what_submit_put_there_and_no_more(run: Path) -> None:
    leaderboard = submitted(run)
    before = {path for path in leaderboard.rglob("*") if path.is_file()}
    other = (run.parent / "card.toml").read_text().replace('"mine"', '"theirs"')
    (run.parent / "card.toml").write_text(other)
    submitted(run)
    back = ["--to", str(leaderboard), "--card", str(run.parent / "card.toml"), "--undo"]
    CliRunner().invoke(submit, [str(run), *back], catch_exceptions=False)
    assert {path for path in leaderboard.rglob("*") if path.is_file()} == before, "sounds of the other row stay"
    (run.parent / "card.toml").write_text(CARD)
    CliRunner().invoke(submit, [str(run), *back], catch_exceptions=False)
    assert not [path for path in leaderboard.rglob("*") if path.is_file()]
    with pytest.raises(UserError, match="Nothing was taken back"):
        CliRunner().invoke(submit, [str(run), *back], catch_exceptions=False)


def test_undo_leaves_what_is_published_changed_or_superseded(run: Path, tmp_path: Path) -> None:
    leaderboard = submitted(run)
    file = leaderboard / "results/foleyworld/bgm/mine@1.0.json"
    back = [str(run), "--to", str(leaderboard), "--card", str(run.parent / "card.toml"), "--undo"]
    shutil.copytree(leaderboard, tmp_path / "main")
    with pytest.raises(UserError, match="is published in"):
        CliRunner().invoke(submit, [*back, "--published", str(tmp_path / "main")], catch_exceptions=False)
    (run.parent / "card.toml").write_text(CARD.replace('"1.0"', '"1.1"'))
    submitted(run, "--supersedes", "1.0")
    (run.parent / "card.toml").write_text(CARD)
    with pytest.raises(UserError, match=r"mine 1\.1 supersedes"):
        CliRunner().invoke(submit, back, catch_exceptions=False)
    (leaderboard / "results/foleyworld/bgm/mine@1.1.json").unlink()
    row = read_submission(file)
    write_submission(file, row.model_copy(update={"seed": 7}))
    with pytest.raises(UserError, match="is not what this run and card were packed to"):
        CliRunner().invoke(submit, back, catch_exceptions=False)
    assert file.exists()


def test_places_are_those_of_compare() -> None:
    rng = np.random.default_rng(0)
    ids = tuple(f"i{k}" for k in range(60))
    rows = [
        Counted(score=Score(status="computed", value=0.0, estimate=0.0), shares=rng.normal(k, 1, 60), ids=ids)
        for k in range(4)
    ]
    rows[2] = replace(rows[2], score=Score(status="computed", value=0.0, no_estimate="Mostly bias."))
    rows.append(replace(rows[0], shares=rng.normal(0, 1, 60)))
    for key, best in (("kl", 0), ("pq", 3)):
        found = ranking.places(rows, METRICS[key])
        assert sorted(found) == [0, 1, 3, 4], "no estimate, no place"
        assert {k: place.text for k, place in found.items()} == (
            {0: "1-2", 4: "1-2", 1: "3", 3: "4"} if best == 0 else {3: "1", 1: "2", 0: "3-4", 4: "3-4"}
        )


def test_what_this_project_publishes_passes() -> None:
    """Networks or items that change ask for results made anew. What needs the networks is in test_rescoring."""
    leaderboard = Path(__file__).parent.parent.parent / "leaderboard"
    shelf = whole(leaderboard, listen=False)
    assert shelf.sentences == ()
    models = {row.card.name for row in shelf.submissions.values()}
    assert {"oracle", "shuffled", "silence", "noise", "grammar", "retrieval"} <= models
    kept = (path for part in ("results", "audio") for path in (leaderboard / part).rglob("*") if path.is_file())
    assert sum(path.stat().st_size for path in kept) < 500_000 * len(shelf.submissions), "six sounds and their scores"

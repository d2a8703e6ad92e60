"""From a run folder to the leaderboard by the commands that a user types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from vggsound_omni.board import ranking
from vggsound_omni.board.reading import read_submission
from vggsound_omni.board.shelf import validate as whole
from vggsound_omni.board.sounds import sample_ids
from vggsound_omni.cli.board import command as board
from vggsound_omni.cli.submit import command as submit
from vggsound_omni.cli.validate import command as validate
from vggsound_omni.errors import UserError
from vggsound_omni.media import write_flac
from vggsound_omni.results import Failure, Result, Signal, SuiteIdentity, write_result
from vggsound_omni.statistics.comparison import LEVEL
from vggsound_omni.statistics.paired import holm

from .shelves import made, tone

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


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run with the numbers of a made-up submission."""
    packed = made().submission
    signal = Signal(
        seconds=8.0, sample_rate=16_000, channels=1, peak_dbfs=-6.0, rms_dbfs=-9.0, clipped=0.0, sha256="ab" * 32
    )
    folder = tmp_path / "run"
    for item_id in sample_ids(packed.suite.items_sha256, packed.ids):
        write_flac(folder / "audio" / f"{item_id}.flac", tone(440))
    rows = {
        name: {i: {key: column[k] for key, column in columns.items()} for k, i in enumerate(packed.ids)}
        for name, columns in (("items", packed.items), ("influence", packed.influence))
    }
    result = Result(
        suite=SuiteIdentity(**packed.suite.model_dump()), track="bgm",
        model={"name": "m.py:M", "arguments": {"a": "1"}},
        seed=3, profile="omni", limit=None, counts=packed.counts, scores=packed.scores, strata=packed.strata,
        signals=dict.fromkeys(packed.ids, signal), failures=[], timings={"generate": 64.0},
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


def test_validate_tells_each_finding_and_fails(run: Path) -> None:
    file = submitted(run) / "results/foleyworld/bgm/mine@1.0.json"
    raw = json.loads(file.read_text())
    raw["scores"]["kl"]["value"] += 1
    raw["counts"]["scored"] = 2
    file.write_text(json.dumps(raw))
    done = CliRunner().invoke(validate, [str(file)], standalone_mode=False)
    assert done.return_value == 1
    assert len(done.output.splitlines()) == 2


def test_a_withdrawn_row_still_passes_and_cannot_come_back(run: Path, tmp_path: Path) -> None:
    leaderboard = submitted(run)
    file = leaderboard / "results/foleyworld/bgm/mine@1.0.json"
    before = file.read_text()
    CliRunner().invoke(board, ["withdraw", str(file), "--reason", "Wrong seed."], catch_exceptions=False)
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


def test_a_trial_is_not_for_the_board(run: Path) -> None:
    raw = json.loads((run / "result.json").read_text())
    (run / "result.json").write_text(json.dumps(raw | {"limit": 8}))
    with pytest.raises(UserError, match="holds the first 8 items only"):
        submitted(run)


@pytest.mark.parametrize("line", ["licence", "training_data", "overlap", "open_weights", "version"])
def test_a_card_without_one_of_its_lines_is_refused_by_its_name(line: str, run: Path) -> None:
    card = run.parent / "card.toml"
    card.write_text("\n".join(words for words in CARD.splitlines() if not words.startswith(line)))
    with pytest.raises(UserError, match=f"{line}: Field required"):
        submitted(run)


def test_a_failed_item_must_be_declared_and_then_is_taken(run: Path) -> None:
    raw = json.loads((run / "result.json").read_text())
    gone = next(i for i in sorted(raw["signals"]) if not (run / "audio" / f"{i}.flac").exists())
    for part in ("signals", "items", "influence"):
        del raw[part][gone]
    raw["failures"] = [Failure(id=gone, rule="length", reason="1.2 s came.").model_dump()]
    raw["counts"] |= {"failed": 1, "scored": 63, "generated": 63}
    (run / "result.json").write_text(json.dumps(raw))
    leaderboard = submitted(run)
    done = CliRunner().invoke(validate, [str(leaderboard)], standalone_mode=False)
    assert "neither scored nor declared" not in done.output
    assert "KL says that 64 items were scored; there are 63." in done.output


def test_holm_lets_fall_what_holm_does() -> None:
    import numpy as np

    assert (holm(np.array([0.01, 0.04, 0.03, 0.005])) <= LEVEL).tolist() == [True, False, False, True]
    assert (holm(np.array([0.01, 0.02])) <= LEVEL).tolist() == [True, True]


def test_equal_models_are_rarely_told_apart_and_different_ones_are() -> None:
    """Twelve equal models: any finding in at most 5 % of 200 tables, within chance (99 %: 10 + 8)."""
    import numpy as np

    rng = np.random.default_rng(0)
    tables = [rng.normal(size=(12, 100)) + rng.normal(size=100) for _ in range(200)]
    assert sum(ranking.shown_better(one, np.zeros(12)).any() for one in tables) <= 18
    shifted = tables[0] + np.arange(12)[:, None]
    assert np.array_equal(ranking.shown_better(shifted, np.zeros(12)), np.tri(12, k=-1).astype(bool))


def test_a_distance_below_zero_is_not_better_than_zero() -> None:
    import numpy as np

    shares = np.array([np.full(50, 94.0), np.full(50, 0.0), np.full(50, -80.0)]) + np.linspace(-1, 1, 50)
    shown = ranking.shown_better(shares, np.zeros(3), distance=True)
    assert not shown[0, 1]
    assert shown[0, 2]
    assert shown[1, 2]


def test_what_this_project_publishes_passes() -> None:
    """As CI checks a pull request; networks or items that change ask for results made anew."""
    leaderboard = Path(__file__).parent.parent.parent / "leaderboard"
    shelf = whole(leaderboard)
    assert shelf.sentences == ()
    models = {row.card.name for row in shelf.submissions.values()}
    assert {"reference", "shuffled", "silence", "noise", "retrieval", "ref", "autoencoder"} <= models
    size = sum(path.stat().st_size for path in leaderboard.rglob("*") if path.is_file())
    assert size < 200_000 * len(shelf.submissions), "a row and its sounds are to stay small"

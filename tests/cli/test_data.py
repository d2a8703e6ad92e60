"""``omni-bench data``, from clips to scores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from tests.data.conftest import IDS, Collection, collection
from vggsound_omni.cli import command
from vggsound_omni.data.decisions import append_decision

__all__ = ["collection"]


def omni_bench(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], standalone_mode=False)


@pytest.fixture
def suite(collection: Collection, tmp_path: Path) -> Path:
    out = tmp_path / "suite"
    asked = ["data", "build", "vggsound-omni", "--vggsound", collection.clips, "--labels", collection.labels]
    done = omni_bench(*asked, "--annotations", collection.annotations, "--jobs", 1, "--out", out)
    assert done.return_value == 0, done.output
    assert "of 6 listed: 4 main, 2 natural" in done.output
    return out


def test_a_built_suite_runs_end_to_end(suite: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    asked = ["--track", "vt2a", "--model", "shuffled", "--encoders", "foleyworld", "--output", run]
    done = omni_bench("run", "--suite", suite, *asked)
    assert done.return_value == 0, done.output
    result = json.loads((run / "result.json").read_text("utf-8"))
    assert result["suite"]["name"] == "vggsound-omni"
    assert sorted(result["items"]) == list(IDS[:4])
    assert result["suite"]["version"] in omni_bench("data", "verify", suite).output
    computed = {key for key, score in result["scores"].items() if score["status"] == "computed"}
    assert {"kl", "fd", "fad", "pq", "ms_clap", "la_clap", "ib", "ds"} <= computed


def test_the_reference_scores_the_optimum_on_it(suite: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    asked = ["--track", "offscreen", "--model", "reference", "--encoders", "foleyworld", "--output", run]
    omni_bench("run", "--suite", suite, *asked)
    result = json.loads((run / "result.json").read_text("utf-8"))
    assert result["scores"]["kl"]["value"] == pytest.approx(0, abs=1e-3)
    assert sorted(result["items"]) == list(IDS[4:])


def test_without_reference_recordings_what_compares_does_not_apply(collection: Collection, tmp_path: Path) -> None:
    rows = [f'{item_id},{item_id}.mp4,"{collection.captions[item_id]}"' for item_id in IDS[:3]]
    (tmp_path / "prompts.csv").write_text("name,video,prompt\n" + "\n".join(rows) + "\n", encoding="utf-8")
    asked = ["--media", collection.clips, "--annotations", tmp_path / "prompts.csv", "--jobs", 1]
    done = omni_bench("data", "build", "movie-gen", *asked, "--out", tmp_path / "suite")
    assert done.return_value == 0, done.output
    run = tmp_path / "run"
    asked = ["--track", "vt2a", "--model", "silence", "--encoders", "foleyworld", "--output", run]
    done = omni_bench("run", "--suite", tmp_path / "suite", *asked)
    scores = json.loads((run / "result.json").read_text("utf-8"))["scores"]
    for key in ("kl", "fd", "fad", "kad", "fd_inf"):
        assert (scores[key]["status"], scores[key]["reason"]) == (
            "not_applicable",
            "the suite has no reference recordings",
        )
    assert all(scores[key]["status"] == "computed" for key in ("pq", "ms_clap", "ib")), done.output


def test_verify_fails_when_a_clip_changed(suite: Path) -> None:
    assert omni_bench("data", "verify", suite).return_value == 0
    places = json.loads((suite / "places.json").read_text("utf-8"))
    places[IDS[0]]["video"] = places[IDS[1]]["video"]
    (suite / "places.json").write_text(json.dumps(places), encoding="utf-8")
    done = omni_bench("data", "verify", suite)
    assert done.return_value == 1
    assert f"{IDS[0]}: {IDS[1]}.mp4 is not the video" in done.output


def test_the_bundled_encoders_find_the_scenes_whose_source_is_out_of_frame(suite: Path, tmp_path: Path) -> None:
    table = tmp_path / "scores.csv"
    done = omni_bench("data", "scores", suite, "--out", table)
    assert "scores of 6 of 6 items" in done.output
    lines = table.read_text("utf-8").splitlines()
    assert lines[0] == "id,audio_visual,voice"
    score = {item_id: float(value) for item_id, value, _ in (line.split(",") for line in lines[1:])}
    on_screen, off_screen = ([score[item_id] for item_id in part] for part in (IDS[:2], IDS[4:]))
    assert max(off_screen) < min(on_screen)


def test_features_of_the_fields_encoders_become_scores(suite: Path, tmp_path: Path) -> None:
    logits = np.full(527, -5.0, np.float32)
    spoken = logits.copy()
    spoken[2] = 2.0
    pairs = {f"{IDS[0]}/audio": [1.0, 0.0], f"{IDS[0]}/video": [0.6, 0.8]}
    pairs |= {f"{IDS[1]}/audio": [0.0, 2.0], f"{IDS[1]}/video": [3.0, 0.0]}
    arrays = {name: np.array(value, np.float32) for name, value in pairs.items()}
    np.savez(tmp_path / "ib.npz", allow_pickle=False, **arrays)
    np.savez(tmp_path / "panns.npz", allow_pickle=False, **{f"{IDS[0]}/logits": logits, f"{IDS[1]}/logits": spoken})
    given = ["--imagebind", tmp_path / "ib.npz", "--panns", tmp_path / "panns.npz"]
    done = omni_bench("data", "scores", suite, *given, "--out", tmp_path / "scores.csv")
    assert "scores of 2 of 6 items" in done.output
    assert (tmp_path / "scores.csv").read_text("utf-8").splitlines()[1:] == [
        f"{IDS[0]},0.60000,0.00669",
        f"{IDS[1]},0.00000,0.88080",
    ]


def test_the_whole_way_from_scores_to_a_reviewed_suite_with_music(
    collection: Collection, suite: Path, tmp_path: Path
) -> None:
    omni_bench("data", "scores", suite, "--out", tmp_path / "scores.csv")
    asked = ["data", "build", "vggsound-omni", "--media", collection.clips, "--labels", collection.labels]
    asked += ["--annotations", collection.annotations, "--jobs", 1, "--scores", tmp_path / "scores.csv"]
    found = omni_bench(*asked, "--av-below", 1.0, "--out", tmp_path / "candidates")
    assert "3 main, 3 natural" in found.output, "one scene of the main part has a dog out of frame"
    append_decision(tmp_path / "decisions.jsonl", IDS[4], "keep")
    music = tmp_path / "music"
    music.mkdir()
    shutil.copy(collection.clips / f"{IDS[0]}.mp4", music / "tune.mp4")
    (tmp_path / "music.csv").write_text("id,caption,licence\ntune,A tune,CC0\n", encoding="utf-8")
    more = ["--av-below", 1.0, "--decisions", tmp_path / "decisions.jsonl", "--music", music, "--bgm", 2]
    assert "--music-table FILE" in str(omni_bench(*asked, *more, "--out", tmp_path / "final").exception)
    found = omni_bench(*asked, *more, "--music-table", tmp_path / "music.csv", "--out", tmp_path / "final")
    assert "5 main, 1 natural, 2 bgm" in found.output
    assert omni_bench("data", "verify", tmp_path / "final").return_value == 0

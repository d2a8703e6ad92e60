"""The result file: its schema is frozen, and whatever is wrong with one is told in a sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.present.test_tables import kl, result
from vggsound_omni.board.reading import read_submission
from vggsound_omni.errors import UserError
from vggsound_omni.metrics import METRICS, without_bias
from vggsound_omni.runs.result import SCHEMA_VERSION, Score, json_schema, read_result, write_result
from vggsound_omni.suites import history
from vggsound_omni.suites.history import track_of_suite

GOLDEN = Path(__file__).parents[1] / "golden" / f"result-schema-{SCHEMA_VERSION}.json"


def test_the_schema_is_the_published_one() -> None:
    """A change that old readers cannot follow needs a new SCHEMA_VERSION; any other, a new golden file."""
    assert json_schema() == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_every_field_of_a_written_result_is_in_the_schema(tmp_path: Path) -> None:
    write_result(tmp_path / "result.json", result())
    written = json.loads((tmp_path / "result.json").read_text())
    schema = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert set(written) == set(schema["properties"])
    assert set(written["scores"]["kl"]) == set(schema["$defs"]["Score"]["properties"])
    assert set(written["signals"]["a"]) == set(schema["$defs"]["Signal"]["properties"])


def test_a_result_is_read_as_it_was_written_from_the_folder_or_the_file(tmp_path: Path) -> None:
    number = kl(0.1 + 0.2).model_copy(update={"estimate": 0.1 + 0.2})
    written = result(scores={"kl": number, "ib": Score(status="not_applicable", reason="ünïcode")})
    write_result(tmp_path / "result.json", written)
    assert read_result(tmp_path) == read_result(tmp_path / "result.json") == written


def test_a_result_shows_itself_in_a_line() -> None:
    assert str(result()) == repr(result())
    assert re.fullmatch(r"Result\(.+ on .+ of .+: \d+ of \d+ items, \d+ scores\)", repr(result()))


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_result_is_read_without_what_it_did_not_know(version: int, tmp_path: Path) -> None:
    path = GOLDEN.with_name(f"result-{version}.json")
    old = json.loads(path.read_text(encoding="utf-8"))
    found = read_result(path)
    assert (old["schema_version"], found.schema_version) == (version, 3)
    assert (found.suite.name, found.suite.version) == (old["suite"]["name"], old["suite"]["version"])
    assert (found.encoder_set, found.kit) == (old["suite"]["encoder_set"], old["profile"])
    assert found.items_sha256 == track_of_suite(old["suite"]["items_sha256"], old["track"], limited=True)
    for key, score in found.scores.items():
        assert (score.value, score.n) == (old["scores"][key]["value"], old["scores"][key]["n"])
        if score.estimate is not None and score.value is not None:
            assert score.estimate == without_bias(score.value, score.bias, METRICS[key].floor)
    assert found.items == old["items"]
    assert found.influence == (old["influence"] if version == 2 else {})
    assert (found.scores["fd"].bias is None) == (version == 1)
    write_result(tmp_path / "result.json", found)
    assert read_result(tmp_path) == found


def test_what_an_older_result_says_of_few_clips_is_cut_refused_or_left_out_with_its_reason() -> None:
    found = read_result(GOLDEN.with_name("result-2.json")).scores
    assert found["fd"].value == pytest.approx(835.16, abs=0.01)
    assert (found["fd"].estimate, found["fd"].interval) == (None, None)
    assert found["fd"].no_estimate is not None
    assert "more than half of the value" in found["fd"].no_estimate
    assert found["fd_inf"].value == pytest.approx(-324.79, abs=0.01)
    assert (found["fd_inf"].estimate, found["fd_inf"].interval) == (0.0, None)
    assert "did not hold the estimate" in (found["fd_inf"].reason or "")
    kad = found["kad"]
    assert kad.estimate == kad.value - kad.bias  # type: ignore[operator]


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "leaderboard" / "results").rglob("*.json")))
def test_every_published_interval_holds_its_estimate(path: Path) -> None:
    row = read_submission(path)
    for scores in (row.scores, *row.strata.values()):
        for key, score in scores.items():
            if score.interval is not None:
                assert score.estimate is not None
                assert score.interval[0] <= score.estimate <= score.interval[1], key
                assert METRICS[key].floor is None or score.interval[0] >= 0
            elif score.value is not None:
                assert score.no_estimate or score.n == 1 or "did not hold the estimate" in (score.reason or ""), key


def test_kl_by_passt_has_had_two_names(tmp_path: Path) -> None:
    old = json.loads(GOLDEN.with_name("result-2.json").read_text(encoding="utf-8"))
    for scores in (old["scores"], *old["strata"].values(), *old["items"].values()):
        scores["kl_passt"] = scores["kl"]
    for scores in (old["scores"], *old["influence"].values()):
        scores["fd_passt"] = scores["fd"]
    (tmp_path / "result.json").write_text(json.dumps(old))
    found = read_result(tmp_path)
    assert not {"kl_passt", "fd_passt"} & set(found.scores)
    assert found.scores["kl@passt"] == found.scores["kl"]
    assert found.strata["main"]["kl@passt"] == found.strata["main"]["kl"]
    assert all(scores["kl@passt"] == scores["kl"] for scores in found.items.values())
    assert found.influences("fd@passt") == found.influences("fd") != {}


def test_results_of_a_suite_whose_tracks_are_known_compare_with_todays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suite used to be identified as a whole, where today each track is."""
    old = json.loads(GOLDEN.with_name("result-2.json").read_text(encoding="utf-8"))
    known = {old["suite"]["items_sha256"]: {"vt2a": "ef" * 32, "vt2a, limited": "ab" * 32}}
    monkeypatch.setattr(history, "_known", lambda: known)
    assert read_result(GOLDEN.with_name("result-2.json")).items_sha256 == "ab" * 32
    assert track_of_suite(old["suite"]["items_sha256"], "vt2a") == "ef" * 32
    assert track_of_suite("cd" * 32, "vt2a") == "cd" * 32


def test_the_influence_of_an_item_on_a_mean_is_its_score_less_the_mean() -> None:
    found = result(items={"a": {"kl": 1.0}, "b": {"kl": 4.0}}, influence={"a": {"fd": -2.0}, "b": {"fd": 2.0}})
    assert found.influences("kl") == {"a": -1.5, "b": 1.5}
    assert found.influences("fd") == {"a": -2.0, "b": 2.0}
    assert found.influences("is") == {}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is damaged"),
        (b'{"schema_version": 1, "sui', "is damaged"),
        (b"\xff\xfe\x00", "is damaged"),
        (b"[" * 100_000, "is damaged"),
        (b"[]", "is not a result of this program"),
        *(
            (f'{{"schema_version": {version}}}'.encode(), "is not a result of this program: suite: Field required.")
            for version in (1, 2, 3)
        ),
        (b'{"schema_version": 2, "suite": 3, "scores": []}', "is not a result of this program: suite: "),
        (
            b'{"schema_version": 4, "anything": "at all"}',
            "has schema version 4; this program reads up to 3: update it.",
        ),
    ],
)
def test_a_file_that_is_no_result_is_told_in_one_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(UserError) as raised:
        read_result(path)
    message = str(raised.value)
    assert message.startswith(f"{path} {sentence}")
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize("path", ["", "nowhere", "nowhere/result.json"])
def test_a_missing_result_is_told_in_one_sentence(path: str, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"^There is no result at .*result\.json; finish the run first\.$|nowhere; finish"
    ):
        read_result(tmp_path / path)


def test_a_folder_of_runs_is_told_from_an_unfinished_run(tmp_path: Path) -> None:
    for track in ("v2a/seed0", "t2a/seed0"):
        (tmp_path / "mine" / track).mkdir(parents=True)
        (tmp_path / "mine" / track / "result.json").touch()
    with pytest.raises(UserError, match=r"mine is no run but holds 2 runs; give one, such as .*mine/t2a/seed0\.$"):
        read_result(tmp_path / "mine")
    with pytest.raises(UserError, match="mine/t2a is no run but holds a run; give one, such as"):
        read_result(tmp_path / "mine" / "t2a")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_score_is_a_nan(value: float) -> None:
    with pytest.raises(ValidationError, match="finite number"):
        Score(status="computed", value=value)


@pytest.mark.parametrize(("field", "value"), [("scores", {"kl": {"status": "zero"}}), ("surprise", 1), ("seed", "x")])
def test_a_wrong_field_is_named(field: str, value: Any, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(result().model_dump(mode="json") | {field: value}))
    with pytest.raises(UserError, match=f"is not a result of this program: {field}"):
        read_result(path)

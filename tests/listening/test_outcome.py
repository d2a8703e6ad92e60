"""From listeners' files to an outcome: what is refused, who is left out, what is found."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from tests.analysis.compare.runs import run, suite
from vggsound_omni.analysis.compare.human_scores import read_human_scores
from vggsound_omni.cli.listen import command
from vggsound_omni.errors import UserError
from vggsound_omni.listening.answers import LARGEST, Sheet, check, parse
from vggsound_omni.listening.collected import read_answers
from vggsound_omni.listening.design import DesignOptions, design
from vggsound_omni.listening.outcome import clip_scores, outcome
from vggsound_omni.listening.pairs import QuestionOutcome
from vggsound_omni.listening.people import Population, fill_in
from vggsound_omni.listening.screening import failing
from vggsound_omni.listening.study import GOOD, Study
from vggsound_omni.runs.result import write_result

NAMES = ("best", "middle", "worst")
PEOPLE = Population(strengths=np.array([1.5, 0.0, -1.5]))


@pytest.fixture(scope="module")
def folder(runs: Callable[..., list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("rehearsal")
    options = DesignOptions(items=14, listeners=24, trials=12, gold=3, simulated=True)
    design(runs(*NAMES), out, options, lambda done, total: None)
    return out


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    return Study.model_validate_json((folder / "design.json").read_bytes())


def sheets(study: Study, careless: float = 0.0, seed: int = 0) -> list[Sheet]:
    people = Population(strengths=PEOPLE.strengths, careless=careless)
    return fill_in(study, people, np.random.default_rng(seed))


def changed(sheet: Sheet, **fields: Any) -> bytes:
    """A listener's file with other fields; None takes one away."""
    raw = json.loads(sheet.model_dump_json()) | fields
    return json.dumps({key: value for key, value in raw.items() if value is not None}).encode()


def test_the_planted_order_is_found_on_every_question(study: Study) -> None:
    found, passed = outcome(study, [check(sheet, study, "x") for sheet in sheets(study)])
    assert found.simulated
    assert len(passed) == found.listeners >= 20
    for question in found.questions:
        assert isinstance(question, QuestionOutcome)
        assert [one.system for one in question.systems] == list(NAMES)
        best, worst = question.systems[0], question.systems[-1]
        assert best.rank == "1"
        assert not set(best.letters) & set(worst.letters)
        assert best.share_interval[0] > 0.5 > worst.share_interval[1]
        assert question.answers == 12 * found.listeners
        assert sum(one.wins for one in question.systems) == sum(one.losses for one in question.systems)
        assert question.concordance is not None
        assert question.concordance > 0.6


def test_careless_listeners_are_left_out_and_careful_ones_are_not(study: Study) -> None:
    careful = [failing(check(sheet, study, "x"), study.screening) for sheet in sheets(study)]
    careless = [failing(check(sheet, study, "x"), study.screening) for sheet in sheets(study, careless=1.0)]
    assert sum(reason is None for reason in careful) >= 21  # of 24
    assert sum(reason is None for reason in careless) <= 2


def test_each_rule_of_the_screening_is_named(study: Study) -> None:
    session = study.sessions[0]
    kinds = {trial.id: trial for trial in session.trials}
    (sheet,) = (one for one in sheets(study) if one.listener == session.listener)

    def answered(kind: str, choice: Callable[[str], str], seconds: float | None = None) -> str | None:
        raw = json.loads(sheet.model_dump_json())
        first = {answer["trial"]: "left" for answer in raw["answers"]}
        for answer in raw["answers"]:
            trial = kinds[answer["trial"]]
            overall = choice(trial.id) if trial.kind == kind else first[trial.id]
            if trial.kind == "gold" and kind != "gold":
                overall = "left" if trial.left == GOOD else "right"
            if trial.kind == "repeat" and kind != "repeat":
                overall = "right"
            answer["choices"]["overall"] = overall
            answer["seconds"] = 5.0 if seconds is None else seconds
        return failing(check(parse(json.dumps(raw).encode(), "x"), study, "x"), study.screening)

    assert answered("none", lambda _: "left") is None
    assert str(answered("gold", lambda _: "same")).startswith("gold: 0 of 3")
    assert answered("repeat", lambda _: "left") is None, "that repeats are answered otherwise is no reason"
    assert str(answered("none", lambda _: "left", 0.4)).startswith("time: half of the trials took 0.4 s")
    part = check(Sheet.model_validate(sheet.model_dump() | {"answers": sheet.answers[:5]}), study, "x")
    assert str(failing(part, study.screening)).startswith("unfinished: 4 of 17")


def test_a_foreign_or_damaged_file_is_one_sentence(study: Study) -> None:
    one, other = sheets(study)[:2]
    answer = json.loads(one.answers[0].model_dump_json())

    def with_answer(**fields: Any) -> bytes:
        return changed(one, answers=[answer | fields])

    wrong: list[tuple[bytes, str]] = [
        (b"", "holds no listener's answers"),
        (b"\xff\xfe", "holds no listener's answers"),
        (b"[" * 100_000, "holds no listener's answers"),
        (b" " * (LARGEST + 1), "is larger than any listener's answers"),
        (changed(one, version=2), "version"),
        (changed(one, study="0" * 64), "answers another study, 000000000000"),
        (changed(one, listener="0" * 16), "the study has no listener 0000000000000000"),
        (changed(one, listener="../../etc/passwd"), "listener"),
        (changed(one, extra=1), "extra"),
        (changed(one, comment="x" * 2001), "comment"),
        (changed(one, answers=[answer, answer]), "is answered twice"),
        (with_answer(trial=other.answers[0].trial), "has no trial"),
        (with_answer(trial="f" * 16), "has no trial"),
        (with_answer(seconds=-1.0), "seconds"),
        (with_answer(seconds=1e9), "seconds"),
        (with_answer(seconds="1"), "seconds"),
        (with_answer(choices={"overall": "left"}), "and the questions are quality, fit, timing, overall"),
        (with_answer(choices=answer["choices"] | {"overall": 7}), "choices"),
        (with_answer(choices=answer["choices"] | {"overall": 0}), "choices"),
        (with_answer(choices=answer["choices"] | {"overall": True}), "choices"),
        (with_answer(choices=answer["choices"] | {"overall": 3}), "has a score where the study asks for a choice"),
        (changed(one, headphones=7), "headphones"),
        (with_answer(choices=answer["choices"] | {"overall": "<script>"}), "choices"),
        (with_answer(choices=answer["choices"] | {"taste": "left"}), "choices"),
    ]
    for content, said in wrong:
        with pytest.raises(UserError, match=said) as told:
            check(parse(content, "file.json"), study, "file.json")
        assert str(told.value).startswith("file.json")
        assert "\n" not in str(told.value)


def test_two_files_of_one_listener_are_refused_not_chosen_between(study: Study, tmp_path: Path) -> None:
    content = sheets(study)[0].model_dump_json()
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=r"a\.json and .*b\.json are of one listener"):
        read_answers([tmp_path], study)
    with pytest.raises(UserError, match="cannot be read"):
        read_answers([tmp_path / "c.json"], study)


def test_too_few_listeners_are_refused_with_a_reason(study: Study) -> None:
    with pytest.raises(UserError, match=r"0 listeners with 0 items pass .* the first of 24 left out, "):
        outcome(study, [check(sheet.model_copy(update={"answers": []}), study, "x") for sheet in sheets(study)])


def test_scores_of_clips_do_not_depend_on_who_the_opponents_were(study: Study) -> None:
    """A system of mean strength scores a half, whether it met the best or the worst."""
    scores = clip_scores(study, [check(sheet, study, "x") for sheet in sheets(study)], "overall").scores
    means = {name: float(np.mean(list(of.values()))) for name, of in scores.items()}
    assert means["best"] > means["middle"] > means["worst"]
    assert means["middle"] == pytest.approx(0.5, abs=0.12)


def test_a_rehearsal_from_files_to_files_says_that_it_is_one(study: Study, folder: Path, tmp_path: Path) -> None:
    answers, out = tmp_path / "answers", tmp_path / "outcome"
    call = CliRunner().invoke
    done = call(command, ["simulate", str(folder), "--out", str(answers)], catch_exceptions=False)
    assert done.exit_code == 0
    done = call(command, ["score", str(folder), str(answers), "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "SIMULATED: no person gave these answers." in done.output
    found = json.loads((out / "outcome.json").read_text())
    assert found["simulated"] is True
    assert found["study"] == study.id
    assert read_human_scores(out / "scores.csv").scores.keys() == set(NAMES)
    with (out / "answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24 * 18
    codes = {session.listener for session in study.sessions} | {t.id for s in study.sessions for t in s.trials}
    text = "".join((out / name).read_text() for name in ("answers.csv", "outcome.json", "scores.csv"))
    assert not [code for code in codes if code in text]


def test_metrics_are_compared_with_people(study: Study, folder: Path, tmp_path: Path) -> None:
    answers, options = tmp_path / "answers", ["--out", str(tmp_path / "outcome")]
    CliRunner().invoke(command, ["simulate", str(folder), "--out", str(answers)], catch_exceptions=False)
    for rank, name in enumerate(NAMES):
        values = {item: 0.5 - 0.2 * rank + 0.01 * index for index, item in enumerate(study.clips)}
        made = run(name, items={"ms_clap": values}, track=study.track, suite=suite(name=study.suite))
        write_result(tmp_path / name / "result.json", made)
        options += ["--run", str(tmp_path / name)]
    arguments = ["score", str(folder), str(answers), *options]
    assert CliRunner().invoke(command, arguments, catch_exceptions=False).exit_code == 0
    found = json.loads((tmp_path / "outcome" / "outcome.json").read_text())["agreement"]
    rows = {row["level"]: row for row in found["rows"]}
    assert rows["system"]["kendall"]["value"] == 1.0
    assert rows["clip"]["kendall"]["interval"][0] > 0.2
    write_result(tmp_path / "best" / "result.json", run("best", items={"ms_clap": values}, track="t2a"))
    with pytest.raises(UserError, match="The study is of clips, track vt2a, and best was run on foleyworld, track t2a"):
        CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_simulated_listeners_answer_no_study_for_people(study: Study) -> None:
    with pytest.raises(ValueError, match="not marked as simulated"):
        fill_in(study.model_copy(update={"simulated": False}), PEOPLE, np.random.default_rng(0))

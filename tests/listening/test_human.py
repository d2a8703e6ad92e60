"""The table for the board, and exports: what they hold, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.listening.small import SYSTEMS, small_study
from vggsound_omni.board.site import build
from vggsound_omni.errors import UserError
from vggsound_omni.listening.answers import check
from vggsound_omni.listening.folder import write_folder
from vggsound_omni.listening.given import Completion
from vggsound_omni.listening.human import HumanTable, human_table, published, read_human
from vggsound_omni.listening.outcome import clip_scores, outcome
from vggsound_omni.listening.people import Population, fill_in
from vggsound_omni.listening.prolific import prolific_study
from vggsound_omni.listening.study import GOOD, SPOILT, Kind
from vggsound_omni.listening.webmushra import write_webmushra
from vggsound_omni.media import probe

PEOPLE = Population(strengths=np.array([1.5, 0.0, -1.5]))


def nothing(done: int, total: int) -> None:
    """No progress is shown."""


@pytest.fixture(scope="module", params=["pairs", "mos"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind of study."""
    kind: Kind = request.param
    return kind


@pytest.fixture(scope="module")
def table(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> HumanTable:
    """Of a simulated study."""
    study = small_study(tmp_path_factory.mktemp("study"), kind=kind, listeners=16, trials=12)
    sheets = fill_in(study, PEOPLE, np.random.default_rng(0))
    found, _ = outcome(study, [check(sheet, study, "x") for sheet in sheets])
    return human_table(found, None, "2026-05-31")


def test_the_planted_order_is_in_the_table(table: HumanTable, kind: Kind, tmp_path: Path) -> None:
    for question in table.questions:
        assert [one.system for one in question.systems] == list(SYSTEMS)
        best, worst = question.systems[0], question.systems[-1]
        assert best.place == "1"
        assert best.interval[0] > worst.interval[1]
    low, high = (1.0, 5.0) if kind == "mos" else (0.0, 1.0)
    assert all(low <= one.value <= high for question in table.questions for one in question.systems)
    assert table.simulated
    (tmp_path / "human.json").write_text(table.model_dump_json())
    assert read_human(tmp_path / "human.json") == table


def test_scores_of_clips_follow_the_systems_in_single_sounds_too(tmp_path: Path) -> None:
    study = small_study(tmp_path, kind="mos", listeners=16, trials=6)
    listeners = [check(sheet, study, "x") for sheet in fill_in(study, PEOPLE, np.random.default_rng(0))]
    scores = clip_scores(study, listeners, "overall").scores
    means = [float(np.mean(list(scores[system].values()))) for system in SYSTEMS]
    assert means == sorted(means, reverse=True)


def test_a_board_takes_no_table_of_simulated_listeners(table: HumanTable, tmp_path: Path) -> None:
    (tmp_path / "human").mkdir()
    assert published(tmp_path) == ([], [])
    (tmp_path / "human" / "a.json").write_text(table.model_dump_json())
    ((), (sentence,)) = published(tmp_path)
    assert "simulated listeners, which are not published" in sentence
    real = table.model_copy(update={"simulated": False})
    (tmp_path / "human" / "a.json").write_text(real.model_dump_json())
    assert published(tmp_path) == ([real], [])
    (tmp_path / "human" / "b.json").write_text(real.model_dump_json())
    (tmp_path / "human" / "c.json").write_text("{}")
    tables, (twice, damaged) = published(tmp_path)
    assert tables == [real]
    assert "of a study that another file is of" in twice
    assert "c.json is no table of a listening test" in damaged


def test_the_board_shows_what_people_said_and_leaves_out_what_nobody_did(table: HumanTable, tmp_path: Path) -> None:
    for folder in ("results", "human"):
        (tmp_path / "board" / folder).mkdir(parents=True)
    (tmp_path / "board" / "README.md").write_text("x")
    (tmp_path / "board" / "human" / "a.json").write_text(
        table.model_copy(update={"simulated": False, "title": "Who is <b>best</b>?"}).model_dump_json()
    )
    (tmp_path / "board" / "human" / "b.json").write_text(table.model_dump_json())
    built = build(tmp_path / "board", tmp_path / "site")
    assert any("b.json is of simulated listeners" in one for one in built.problems)
    page = (tmp_path / "site" / "human.html").read_text(encoding="utf-8")
    assert "Who is &lt;b&gt;best&lt;/b&gt;?" in page
    for question in table.questions:
        assert question.words in page
        first = question.systems[0]
        assert f'{first.value:.2f} <span class="quiet">{first.interval[0]:.2f} to {first.interval[1]:.2f}' in page
    assert not any(str(tmp_path / "board" / "human" / "a.json") in one for one in built.problems)


def test_a_hostile_table_is_one_sentence(table: HumanTable, tmp_path: Path) -> None:
    good = json.loads(table.model_dump_json())
    question: Any = good["questions"][0]
    system: Any = question["systems"][0]

    def changed(**fields: Any) -> str:
        other = [system | fields, *question["systems"][1:]]
        return json.dumps(good | {"questions": [question | {"systems": other}]})

    for content in (
        "", "[]", "{}", "[" * 5000, " " * 1_000_001, json.dumps(good | {"schema_version": 2}),
        json.dumps(good | {"title": "a\u202eb"}), json.dumps(good | {"extra": 1}), json.dumps(good | {"study": "../x"}),
        changed(value=9.0), changed(value=float("nan")), changed(system=""), changed(system="x\u001b[2J"),
        changed(interval=[1]),
    ):  # fmt: skip
        (tmp_path / "human.json").write_text(content)
        with pytest.raises(UserError, match=r"human\.json") as told:
            read_human(tmp_path / "human.json")
        assert "\n" not in str(told.value)


def texts(folder: Path) -> dict[str, str]:
    """Every file that is text, by its path."""
    kinds = (".html", ".js", ".css", ".yaml", ".json", ".csv")
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.suffix in kinds}


def test_a_folder_names_no_system_and_sounds_of_an_item_are_equally_large(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    out = tmp_path / "page"
    options: Any = {"address": "https://example.org/a", "post": None, "completion": Completion(), "progress": nothing}
    links = write_folder(study, tmp_path, out, **options)
    assert links.parent == tmp_path
    assert (
        links.read_text().splitlines()[1] == f"1,https://example.org/a/index.html?listener={study.sessions[0].listener}"
    )
    written = texts(out)
    for name, content in written.items():
        for secret in (*SYSTEMS, *study.clips, GOOD, SPOILT, '"gold"', '"repeat"', str(tmp_path)):
            assert secret not in content + name
    own = written[f"sessions/{study.sessions[0].listener}.js"]
    assert not [trial.id for trial in study.sessions[1].trials if trial.id in own], "nobody is told another's trials"
    for clip in study.clips.values():
        sizes = {name: (out / "media" / f"{name}.js").stat().st_size for name in clip.sounds.values()}
        bytes_ = {name: (tmp_path / "public" / "media" / name).stat().st_size for name in clip.sounds.values()}
        assert sizes == {
            name: len(f'received("media/{name}.js", "");\n') + -(-of // 3) * 4 for name, of in bytes_.items()
        }
    for session in study.sessions[1:]:
        assert session.listener not in own + written["index.html"]
    with pytest.raises(UserError, match="is not empty"):
        write_folder(study, tmp_path, out, **options)
    for url in ("javascript:alert(1)", "example.org", "https://example.org/?a=b"):
        with pytest.raises(UserError, match="an address such as"):
            write_folder(study, tmp_path, tmp_path / "other", **options | {"post": url})


def test_webmushra_gets_a_page_for_each_question_and_wav(tmp_path: Path, kind: Kind) -> None:
    study = small_study(tmp_path, kind=kind)
    out = tmp_path / "out"
    write_webmushra(study, tmp_path, out, nothing)
    config = json.loads((out / "configs" / f"{study.sessions[0].listener}.yaml").read_text())
    first, *pages, last = [page for page in config["pages"] if page["type"] != "volume"]
    assert (first["type"], last["type"]) == ("generic", "finish")
    assert len(pages) == 2 * len(study.sessions[0].trials)
    for page in pages:
        files = [*([page["reference"]] if kind == "pairs" else []), *page["stimuli"].values()]
        assert len(files) == (2 if kind == "pairs" else 1)
        for file in files:
            info = probe(out / file)
            assert info.audio is not None
        assert "<b>" not in page["content"]
    for name, content in texts(out).items():
        assert not [secret for secret in (*SYSTEMS, *study.clips, GOOD) if secret in content + name]


def test_prolific_gets_an_address_with_its_parameters_and_a_code(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    made = json.loads(prolific_study(study, "https://example.org/listen/", Completion(code="DONE1234"), 300))
    assert made["external_study_url"].startswith("https://example.org/listen/?PROLIFIC_PID={{%PROLIFIC_PID%}}&")
    assert made["completion_codes"][0]["code"] == "DONE1234"
    assert made["total_available_places"] == len(study.sessions)
    wrong: list[tuple[str, str | None, str]] = [
        ("http://127.0.0.1:8000", "DONE1234", "--address"),
        ("", "DONE1234", "--address"),
        ("https://example.org", None, "--code"),
    ]
    for address, code, said in wrong:
        with pytest.raises(UserError, match=said):
            prolific_study(study, address, Completion(code=code), 300)

"""The server: whole sessions, what it refuses, and what it never tells."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.listening.small import SYSTEMS, small_study
from vggsound_omni.errors import UserError
from vggsound_omni.listening import server, store
from vggsound_omni.listening.answers import Answer, check, parse
from vggsound_omni.listening.collected import read_answers
from vggsound_omni.listening.given import FILES, Completion
from vggsound_omni.listening.study import GOOD, SPOILT

ADMIN = "admin-token-" + "x" * 32


class Served:
    """A study with its server, in this process."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.study = small_study(folder, **options)
        self.log = folder / "refused.log"
        completion = Completion(code="DONE1234", prolific=True)
        self.service = server.Service(self.study, folder, ADMIN, completion, server.refusals_log(folder))
        self.client = TestClient(self.service.app())

    def join(self, **prolific: str) -> dict[str, str]:
        joined = self.client.post("/api/join", json={"consent": True, "prolific": prolific})
        assert joined.status_code == 200, joined.text
        return {"Authorization": f"Bearer {joined.json()['token']}"}

    def answer(self, who: dict[str, str], trial: str, **changes: Any) -> Any:
        given: Any = 4 if self.study.kind == "mos" else "left"
        answer = {"trial": trial, "choices": dict.fromkeys(("quality", "overall"), given), "seconds": 0.5} | changes
        return self.client.post("/api/answers", json=answer, headers=who)

    def answers(self) -> int:
        with closing(sqlite3.connect(server.database(self.folder))) as base:
            return int(base.execute("SELECT count(*) FROM answers").fetchone()[0])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.service.close()


@pytest.mark.parametrize("kind", ["pairs", "mos"])
def test_a_whole_session_is_what_the_analysis_reads(tmp_path: Path, kind: str) -> None:
    served = Served(tmp_path, kind=kind)
    who = served.join(PROLIFIC_PID="5f0abc")
    session = served.client.get("/api/session", headers=who).json()
    assert session["answered"] == []
    assert session["finished"] is None
    for trial in session["trials"]:
        assert served.answer(who, trial["id"]).status_code == 200
    done = served.client.post("/api/finish", json={"comment": "<b>fine</b>", "headphones": 6}, headers=who)
    assert done.json() == {"code": "DONE1234", "url": "https://app.prolific.com/submissions/complete?cc=DONE1234"}
    assert served.client.get("/api/session", headers=who).json()["finished"] == done.json()
    served.service.close()
    (listener,) = read_answers([server.database(tmp_path)], served.study)
    assert listener.session == served.study.sessions[0]
    assert listener.finished
    assert listener.headphones == 6


def test_a_session_goes_on_where_it_was_left(served: Served) -> None:
    who = served.join()
    first, second, *_ = served.client.get("/api/session", headers=who).json()["trials"]
    served.answer(who, first["id"])
    assert served.client.get("/api/session", headers=who).json()["answered"] == [first["id"]]
    assert served.answer(who, second["id"]).status_code == 200


def test_a_browser_cannot_claim_more_time_than_has_passed(served: Served) -> None:
    who = served.join()
    served.answer(who, served.study.sessions[0].trials[0].id, seconds=3600.0)
    served.service.close()
    (listener,) = read_answers([server.database(served.folder)], served.study)
    (answer,) = listener.answers.values()
    assert answer.seconds < 60


def test_what_is_refused_is_logged_and_not_stored(served: Served) -> None:
    who = served.join()
    own, other = served.study.sessions[:2]
    trial = own.trials[0].id
    assert served.answer(who, trial).status_code == 200
    post, as_json = served.client.post, who | {"content-type": "application/json"}
    formula = {"PROLIFIC_PID": "=cmd|'/c calc'!A1"}
    refused: list[tuple[int, Any]] = [
        (409, served.answer(who, trial)),
        (409, served.answer(who, trial, choices={"quality": "right", "overall": "right"})),
        (422, served.answer(who, other.trials[0].id)),
        (422, served.answer(who, "f" * 16)),
        (422, served.answer(who, "../" * 5)),
        (422, served.answer(who, own.trials[1].id, choices={"quality": "left"})),
        (422, served.answer(who, own.trials[1].id, choices={"quality": 7, "overall": "left"})),
        (422, served.answer(who, own.trials[1].id, choices={"quality": 3, "overall": 3})),
        (422, served.answer(who, own.trials[1].id, choices={"quality": "<script>", "overall": "left"})),
        (422, served.answer(who, own.trials[1].id, seconds=-1)),
        (422, served.answer(who, own.trials[1].id, seconds=1e9)),
        (422, served.answer(who, own.trials[1].id, listener=other.listener)),
        (401, served.answer({}, own.trials[1].id)),
        (401, served.answer({"Authorization": "Bearer " + "x" * 32}, own.trials[1].id)),
        (401, served.answer({"Authorization": f"Bearer {own.listener}"}, own.trials[1].id)),
        (413, post("/api/answers", content=b" " * 20_000, headers=as_json)),
        (415, served.client.post("/api/answers", content=b"{}", headers=who | {"content-type": "text/plain"})),
        (422, post("/api/answers", content=b"[" * 9000, headers=as_json)),
        (409, served.client.post("/api/finish", json={}, headers=who)),
        (422, served.client.post("/api/finish", json={"comment": "x" * 2001}, headers=who)),
        (422, served.client.post("/api/join", json={"consent": False})),
        (422, post("/api/join", json={"consent": True, "prolific": formula})),
        (401, served.client.get("/api/admin")),
        (401, served.client.get("/api/admin", headers=who)),
        (401, served.client.get("/api/admin/answers.zip", headers=who)),
        (401, served.client.get("/api/admin/participants.csv", headers={"Authorization": ADMIN})),
        (405, served.client.get("/api/answers", headers=who)),
    ]  # fmt: skip
    for status, answer in refused:
        assert answer.status_code == status, answer.text
        assert len(answer.json()["error"]) < 400
    assert served.answers() == 1
    lines = served.log.read_text().splitlines()
    assert len(lines) == len(refused), "each is logged, on a line of its own"
    assert all(ADMIN not in line and own.listener not in line for line in lines)


@pytest.mark.parametrize(
    "path",
    [
        "/design.json", "/media/design.json", "/media/..%2f..%2fdesign.json", "/media/../../design.json",
        "/media/%2e%2e%2f%2e%2e%2fadmin-token", "/..%2fanswers.sqlite", "/media//etc/passwd", "/page/../server.py",
        "/media/a0000000000000000001.flac%00.mp4", "/index.html", "/media/", "/%5c..%5cdesign.json",
    ],
)  # fmt: skip
def test_no_path_leads_out(served: Served, path: str) -> None:
    answer = served.client.get(path)
    assert answer.status_code == 404
    assert b"alpha" not in answer.content


def test_nothing_a_listener_gets_names_a_system_an_item_or_a_kind_of_trial(served: Served) -> None:
    who = served.join()
    session = served.client.get("/api/session", headers=who)
    trials = session.json()["trials"]
    media = [url for trial in trials for url in trial["sounds"]]
    answers = [session, served.answer(who, trials[0]["id"]), served.client.post("/api/finish", json={}, headers=who)]
    answers += [served.client.get(path) for path in ("/", *FILES, *media, "/admin", "/nothing")]
    secrets = [*SYSTEMS, *served.study.clips, GOOD, SPOILT, str(served.folder), "/public/"]
    secrets += [one.listener for one in served.study.sessions]
    for answer in answers:
        said = answer.content + repr(answer.headers.items()).encode()
        assert not [secret for secret in secrets if secret.encode() in said], answer.url
    for word in ("gold", "repeat", "main"):
        assert word not in session.text
    assert {frozenset(trial) for trial in trials} == {
        frozenset(("id", "practice", "caption", "picture", "sounds", "seconds"))
    }


def test_every_answer_carries_the_headers_of_security(served: Served) -> None:
    for path in ("/", "/page.js", "/media/a0000000000000000001.flac", "/nothing", "/api/session"):
        headers = served.client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_media_can_be_asked_for_in_parts(served: Served) -> None:
    part = served.client.get("/media/a0000000000000000001.flac", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"fLaC")


def test_the_page_ends_no_element_early(served: Served) -> None:
    page = served.client.get("/").text
    (config,) = [line for line in page.splitlines() if "application/json" in line]
    assert config.count("<") == 2, "the script's tags alone"
    assert served.study.title == "A test of <sounds> & ears"


def test_places_are_taken_in_turn_and_run_out(served: Served) -> None:
    tokens = [served.join() for _ in served.study.sessions]
    taken = [served.client.get("/api/session", headers=who).json()["trials"][0]["id"] for who in tokens]
    assert taken == [session.trials[0].id for session in served.study.sessions]
    assert served.client.post("/api/join", json={"consent": True}).status_code == 409


def test_who_comes_again_from_a_panel_has_the_same_place(served: Served) -> None:
    before = served.join(PROLIFIC_PID="abc")
    trial = served.study.sessions[0].trials[0].id
    served.answer(before, trial)
    after = served.join(PROLIFIC_PID="abc")
    assert served.client.get("/api/session", headers=after).json()["answered"] == [trial]
    assert served.client.get("/api/session", headers=before).status_code == 401


def test_who_leaves_before_an_answer_that_counts_loses_the_place(tmp_path: Path) -> None:
    study = small_study(tmp_path, listeners=2)
    kept = store.Store(tmp_path / "answers.sqlite", study)
    stays, leaves = kept.join(None, 0.0), kept.join(None, 0.0)
    place = kept.place(stays)
    assert place is not None
    choices = {"quality": "left", "overall": "same"}
    main = next(trial for trial in place.session.trials if trial.kind == "main")
    kept.answer(place, Answer.model_validate({"trial": main.id, "choices": choices, "seconds": 2.0}), 1.0)
    with pytest.raises(store.FullError):
        kept.join(None, store.ABANDONED - 1)
    new = kept.place(kept.join(None, store.ABANDONED + 2))
    assert new is not None
    assert new.session == study.sessions[1]
    assert kept.place(leaves) is None
    with pytest.raises(store.FullError):
        kept.join(None, store.ABANDONED + 3)
    kept.close()


def test_the_admin_page_has_everything_but_results(served: Served) -> None:
    key = {"Authorization": f"Bearer {ADMIN}"}
    who = served.join(PROLIFIC_PID="abc")
    for trial in served.study.sessions[0].trials:
        served.answer(who, trial.id)
    served.client.post("/api/finish", json={"headphones": 2}, headers=who)
    state = served.client.get("/api/admin", headers=key)
    (listener,) = state.json()["listeners"]
    assert (listener["answered"], listener["of"], listener["finished"]) == (6, 6, True)
    assert listener["left_out"].startswith(("gold", "time"))
    assert not [system for system in SYSTEMS if system in state.text]
    packed = zipfile.ZipFile(io.BytesIO(served.client.get("/api/admin/answers.zip", headers=key).content))
    (name,) = packed.namelist()
    assert check(parse(packed.read(name), name), served.study, name).finished
    rows = served.client.get("/api/admin/participants.csv", headers=key).text.splitlines()
    assert rows[1].startswith("1,abc,True,")


def test_a_database_of_another_study_or_none_is_one_sentence(served: Served, tmp_path: Path) -> None:
    other = served.study.model_copy(update={"title": "another"})
    path = server.database(served.folder)
    with pytest.raises(UserError, match="holds answers to another study"):
        store.Store(path, other)
    (tmp_path / "broken.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(UserError, match="cannot be used as the answers of a study"):
        store.Store(tmp_path / "broken.sqlite", served.study)
    with pytest.raises(UserError, match="There is no file"):
        store.read_sheets(tmp_path / "missing.sqlite", served.study)


def test_the_token_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    token = server.admin_token(tmp_path)
    assert server.admin_token(tmp_path) == token
    assert len(token) >= 32
    assert (tmp_path / "admin-token").stat().st_mode & 0o077 == 0


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with server.listen_at("127.0.0.1", 0) as at, pytest.raises(UserError, match="choose another --port"):
        server.listen_at("127.0.0.1", at.getsockname()[1])


def test_completion_codes_that_break_an_address_are_refused() -> None:
    for code in ("a", "x" * 65, "a b c d", "abcd&cc=x", "<b>abc"):
        with pytest.raises(UserError, match="completion code"):
            Completion(code=code)
    with pytest.raises(UserError, match="give one with --code"):
        Completion(prolific=True)


def test_a_mos_answer_is_no_answer_to_pairs(tmp_path: Path) -> None:
    served = Served(tmp_path, kind="mos")
    who = served.join()
    trial = served.study.sessions[0].trials[0].id
    for wrong in ("left", 0, 6, 2.5, True, "3"):
        answer = served.answer(who, trial, choices={"quality": wrong, "overall": wrong})
        assert answer.status_code == 422, wrong
    assert served.answer(who, trial).json() == {"saved": trial}
    served.service.close()

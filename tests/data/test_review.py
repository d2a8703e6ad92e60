"""The review page, in a browser where there is one: keys, undo, resuming; and to whom it answers."""

from __future__ import annotations

import http.client
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vggsound_omni.data.decisions import append_decision, read_decisions
from vggsound_omni.data.review import Review, Server
from vggsound_omni.errors import UserError
from vggsound_omni.suites.built import BuiltSuite

from .conftest import IDS, Collection
from .test_build import made

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def suite(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> BuiltSuite:
    folder = tmp_path_factory.mktemp("reviewed")
    made(collection, folder)
    return BuiltSuite(folder)


@contextmanager
def serving(suite: BuiltSuite, decisions: Path, count: int = 3) -> Iterator[Server]:
    with Server(Review(suite=suite, items=suite.items()[:count], decisions=decisions)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser.new_page()
        browser.close()


def shown(page: Page, item_id: str, decided: int) -> None:
    page.wait_for_function(
        "([id, text]) => document.getElementById('video').dataset.id === id"
        " && document.getElementById('progress').textContent === text",
        arg=[item_id, f"{decided} of 3 decided"],
        timeout=10_000,
    )


@pytest.mark.browser
def test_keys_decide_undo_takes_back_and_a_reload_goes_on(suite: BuiltSuite, page: Page, tmp_path: Path) -> None:
    decisions = tmp_path / "decisions.jsonl"
    with serving(suite, decisions) as server:
        page.goto(server.address)
        shown(page, IDS[0], 0)
        page.keyboard.press("k")
        shown(page, IDS[1], 1)
        page.keyboard.press("d")
        shown(page, IDS[2], 2)
        assert read_decisions(decisions) == {IDS[0]: "keep", IDS[1]: "drop"}
        page.keyboard.press("u")
        shown(page, IDS[1], 1)
        assert read_decisions(decisions) == {IDS[0]: "keep"}
    with serving(suite, decisions) as server:
        page.goto(server.address)
        shown(page, IDS[1], 1)
        page.keyboard.press("ArrowLeft")
        shown(page, IDS[0], 1)
        page.keyboard.press("d")
        shown(page, IDS[1], 1)
        page.keyboard.press("u")
        shown(page, IDS[0], 0)
    assert read_decisions(decisions) == {}
    assert len(decisions.read_bytes().splitlines()) == 5, "every key is a line; none is rewritten"


@pytest.mark.browser
def test_the_clip_plays_and_its_stills_are_seen(suite: BuiltSuite, page: Page, tmp_path: Path) -> None:
    with serving(suite, tmp_path / "decisions.jsonl") as server:
        page.goto(server.address)
        shown(page, IDS[0], 0)
        page.wait_for_function("() => document.getElementById('video').currentTime > 0.1", timeout=10_000)
        assert page.evaluate("document.getElementById('video').duration") == pytest.approx(8.0, abs=0.1)
        page.wait_for_function("() => document.getElementById('stills').naturalWidth > 0", timeout=10_000)
        assert page.evaluate("document.getElementById('stills').naturalWidth") == 5 * 96
        page.keyboard.press(" ")
        page.wait_for_function("() => document.getElementById('video').paused", timeout=10_000)
        page.evaluate("document.getElementById('video').currentTime = 6")
        page.wait_for_function("() => !document.getElementById('video').seeking", timeout=10_000)
        assert page.evaluate("document.getElementById('video').currentTime") == pytest.approx(6, abs=0.05)
        assert page.inner_text("#caption") == suite.items()[0].caption


def ask(server: Server, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def test_it_answers_no_other_site_and_no_other_file(suite: BuiltSuite, tmp_path: Path) -> None:
    decisions = tmp_path / "decisions.jsonl"
    keep = {"id": IDS[0], "decision": "keep"}
    with serving(suite, decisions) as server:
        assert ask(server, "GET", "/state", Host="evil.example")[0] == 403
        assert ask(server, "POST", "/decisions", keep, Origin="http://evil.example")[0] == 403
        assert ask(server, "GET", "/video/..%2F..%2Fsuite.parquet")[0] == 404
        assert ask(server, "GET", f"/video/{IDS[5]}")[0] == 404, "no candidate"
        assert ask(server, "POST", "/decisions", {"id": "stranger", "decision": "keep"})[0] == 400
        assert ask(server, "POST", "/decisions", keep | {"decision": "maybe"})[0] == 400
        assert not decisions.exists()
        assert ask(server, "POST", "/decisions", keep)[0] == 200
    assert read_decisions(decisions) == {IDS[0]: "keep"}


def test_a_player_gets_the_part_it_asks_for(suite: BuiltSuite, collection: Collection, tmp_path: Path) -> None:
    content = (collection.clips / f"{IDS[0]}.mp4").read_bytes()
    with serving(suite, tmp_path / "decisions.jsonl") as server:
        assert ask(server, "GET", f"/video/{IDS[0]}") == (200, content)
        assert ask(server, "GET", f"/video/{IDS[0]}", Range="bytes=100-199") == (206, content[100:200])
        assert ask(server, "GET", f"/video/{IDS[0]}", Range="bytes=500-") == (206, content[500:])
        assert ask(server, "GET", f"/video/{IDS[0]}", Range=f"bytes={len(content)}-")[0] == 416


def test_a_line_cut_short_was_never_written_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    append_decision(path, "a", "keep")
    with path.open("ab") as file:
        file.write(b'{"id": "b", "deci')
    assert read_decisions(path) == {"a": "keep"}
    append_decision(path, "b", "drop")
    assert read_decisions(path) == {"a": "keep", "b": "drop"}
    path.write_text("keep all\n", encoding="utf-8")
    with pytest.raises(UserError, match="line 1, is damaged"):
        read_decisions(path)

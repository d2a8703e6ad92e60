"""The page in a browser, from a folder on a disk and from a server: whole sessions by mouse, keys and touch."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import uvicorn

from tests.listening.small import SYSTEMS, small_study
from vggsound_omni.listening import server
from vggsound_omni.listening.collected import read_answers
from vggsound_omni.listening.folder import write_folder
from vggsound_omni.listening.given import Completion
from vggsound_omni.listening.study import Study
from vggsound_omni.media import write_mp4

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(__file__).parents[1] / "board" / "vendor" / "axe.min.js"
Way = Literal["folder", "server"]
COUNT_STARTS = """
window.starts = 0;
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...of) { window.starts += 1; return start.apply(this, of); };
"""


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A second of a bar that moves."""
    frames = np.full((25, 120, 160, 3), 60, np.uint8)
    for index in range(25):
        frames[index, 40:80, 6 * index : 6 * index + 12] = (250, 180, 60)
    path = tmp_path_factory.mktemp("picture") / "bar.mp4"
    write_mp4(path, frames, 25.0, None)
    return path.read_bytes()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def serving(study: Study, folder: Path) -> Iterator[str]:
    """The server in a thread; its address."""
    completion = Completion(code="DONE1234", prolific=True)
    service = server.Service(study, folder, "x" * 40, completion, server.refusals_log(folder))
    at = server.listen_at("127.0.0.1", 0)
    running = uvicorn.Server(uvicorn.Config(service.app(), log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [at]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{at.getsockname()[1]}/"
    finally:
        running.should_exit = True
        thread.join()
        service.close()


@contextmanager
def offered(way: Way, study: Study, folder: Path) -> Iterator[Callable[[int], str]]:
    """The address for each listener."""
    if way == "server":
        with serving(study, folder) as address:
            yield lambda number: f"{address}?PROLIFIC_PID=person{number}&STUDY_ID=a&SESSION_ID=b"
        return
    out = folder / "page"
    completion = Completion(code="DONE1234")
    address = out.as_uri()
    write_folder(study, folder, out, address=address, post=None, completion=completion, progress=lambda *_: None)
    yield lambda number: f"{address}/index.html?listener={study.sessions[number].listener}"


def opened(context: BrowserContext, url: str) -> Page:
    """A page on which every error is one of the test."""
    page = context.new_page()
    page.set_default_timeout(60_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.add_init_script(COUNT_STARTS)
    page.errors = errors  # type: ignore[attr-defined]
    page.goto(url)
    return page


def begin(page: Page) -> None:
    """From consent to the first trial."""
    page.click("#go")
    page.get_by_text("please tick the box").wait_for()
    page.check("#agree")
    page.click("#go")
    page.click("#noise")
    page.click("#go")
    for _ in range(2):
        for _ in range(6):
            page.click("#tones")
            page.click(".tones button:nth-child(1)")
        page.wait_for_selector("#go")
        again = page.locator("#go").inner_text() == "Try again"
        page.click("#go")
        if not again:
            break
    page.wait_for_selector("#next")


def heard(page: Page) -> None:
    """Listens to what the trial has from start to end."""
    for name in ("A", "B") if page.locator(".sounds button").count() else ("",):
        if name:
            page.locator(".sounds button", has_text=re.compile(f"^{name}")).click()
        else:
            page.click(".play")
        played(page)


def played(page: Page) -> None:
    """Waits from the sound's start to its end. The page allows no script of a string that could wait for it."""
    for text in ("Pause", "Play"):
        page.locator(".play", has_text=re.compile(f"^{text}$")).wait_for()


def answer(page: Page, way: str, pick: int) -> None:
    """Answers the trial by mouse or keys, with the option of that number in every question."""
    questions = page.locator("fieldset").count()
    if way == "keys":
        for key in ("a", "b") if page.locator(".sounds button").count() else (" ",):
            page.keyboard.press(key)
            played(page)
        for _ in range(questions):
            page.keyboard.press(str(pick))
        page.keyboard.press("Enter")
    else:
        page.click("#next", force=True)
        page.get_by_role("alert").wait_for()  # not heard yet
        heard(page)
        for number in range(questions):
            page.locator("fieldset").nth(number).locator("label").nth(pick - 1).click()
        page.click("#next", force=True)


def listened(page: Page, study: Study, way: str, number: int) -> None:
    """A whole session from the first trial on, with a reload in the middle."""
    trials = study.sessions[number].trials
    for index in range(len(trials)):
        page.wait_for_selector("fieldset")
        answer(page, way, 1 + (index + number) % 3)
        if index == len(trials) // 2:
            page.wait_for_selector("fieldset")
            page.reload()
            page.get_by_text("Welcome back").wait_for()
            page.click("#go")
        if index < len(trials) - 1:
            left = len([one for one in trials[index + 1 :] if one.kind != "practice"])
            total = len([one for one in trials if one.kind != "practice"])
            page.get_by_text(f"Trial {total - left + 1} of {total}").wait_for()


@pytest.mark.parametrize("way", ["folder", "server"])
def test_three_listeners_listen_by_mouse_keys_and_touch(
    browser: Browser, picture: bytes, tmp_path: Path, way: Way
) -> None:
    study = small_study(tmp_path, picture=picture)
    files = tmp_path / "files"
    files.mkdir()
    sizes: list[dict[str, Any]] = [
        {"viewport": {"width": 1280, "height": 800}},
        {"viewport": {"width": 1280, "height": 800}},
        {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    ]
    with offered(way, study, tmp_path) as address:
        for number, (size, by) in enumerate(zip(sizes, ("mouse", "keys", "mouse"), strict=True)):
            context = browser.new_context(**size, accept_downloads=True)
            page = opened(context, address(number))
            begin(page)
            listened(page, study, by, number)
            page.fill("#comment", "<script>alert(1)</script>")
            page.click("#go")
            page.wait_for_selector("#code")
            assert page.inner_text("#code") == "DONE1234"
            if way == "folder":
                with page.expect_download() as saving:
                    page.click("#file")
                saving.value.save_as(files / saving.value.suggested_filename)
            content = page.content()
            assert not [system for system in SYSTEMS if system in content]
            assert not page.errors  # type: ignore[attr-defined]
            context.close()
    listeners = read_answers([files if way == "folder" else server.database(tmp_path)], study)
    assert len(listeners) == 3
    options = ("left", "same", "right")
    for listener in listeners:
        number = study.sessions.index(listener.session)
        assert listener.finished
        assert listener.headphones is not None
        for index, trial in enumerate(listener.session.trials):
            given = listener.answers[trial.id]
            assert set(given.choices.values()) == {options[(index + number) % 3]}
            assert 1.9 < given.seconds < 120


def test_single_sounds_are_scored(browser: Browser, tmp_path: Path) -> None:
    study = small_study(tmp_path, kind="mos", listeners=1)
    with serving(study, tmp_path) as address:
        page = opened(browser.new_context(), address)
        begin(page)
        for index in range(len(study.sessions[0].trials)):
            page.wait_for_selector("fieldset")
            assert page.locator("fieldset").first.locator("label").count() == 5
            answer(page, "keys" if index % 2 else "mouse", 1 + index % 5)
            if index < len(study.sessions[0].trials) - 1:
                page.wait_for_selector("fieldset:not(:has(:checked))")
        page.click("#go")
        page.wait_for_selector("#code")
    (listener,) = read_answers([server.database(tmp_path)], study)
    scores = [listener.answers[trial.id].score("overall") for trial in listener.session.trials]
    assert scores == [1 + index % 5 for index in range(len(scores))]


def test_switching_stops_nothing_and_keeps_the_place(browser: Browser, picture: bytes, tmp_path: Path) -> None:
    study = small_study(tmp_path, picture=picture)
    with serving(study, tmp_path) as address:
        page = opened(browser.new_context(), address)
        begin(page)
        before = page.evaluate("window.starts")
        page.click(".play")
        places = []
        for name in "BABAB":
            page.keyboard.press(name)
            page.wait_for_timeout(60)
            places.append(page.evaluate("Number(document.querySelector('input[type=range]').value)"))
        assert page.evaluate("window.starts") == before + 2, "each of the two sounds started once"
        assert places == sorted(places)
        assert page.locator(".sounds button").nth(1).get_attribute("aria-pressed") == "true"


def test_an_answer_waits_for_a_server_that_is_away(browser: Browser, tmp_path: Path) -> None:
    study = small_study(tmp_path)
    with serving(study, tmp_path) as address:
        page = opened(browser.new_context(), address)
        begin(page)
        page.route("**/api/answers", lambda route: route.abort())
        answer(page, "keys", 1)
        page.get_by_text("is not saved yet").wait_for()
        page.unroute("**/api/answers")
        page.get_by_text("Trial 1 of 5").wait_for()
    (listener,) = read_answers([server.database(tmp_path)], study)
    assert len(listener.answers) == 1


def test_a_link_without_a_code_says_so(browser: Browser, tmp_path: Path) -> None:
    study = small_study(tmp_path)
    with offered("folder", study, tmp_path) as address:
        page = opened(browser.new_context(), address(0).partition("?")[0])
        page.get_by_text("lacks your personal code").wait_for()
        page.goto(address(0)[:-16] + "f" * 16)
        page.get_by_text("no listener with the code").wait_for()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("kind", ["pairs", "mos"])
def test_every_step_is_accessible_and_fits(
    browser: Browser, picture: bytes, tmp_path: Path, kind: str, width: int
) -> None:
    study = small_study(tmp_path, kind=kind, picture=picture)  # type: ignore[arg-type]
    with serving(study, tmp_path) as address:
        page = opened(browser.new_context(viewport={"width": width, "height": 800}), address)

        def check(where: str) -> None:
            page.evaluate(AXE.read_text())
            found = page.evaluate("axe.run()")["violations"]
            assert not found, (where, json.dumps([(one["id"], one["nodes"][0]["html"]) for one in found]))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where

        page.wait_for_selector("#agree")
        check("consent")
        begin(page)
        check("trial")
        page.goto(f"{address}admin#{'x' * 40}")
        page.get_by_text("places are taken").wait_for()
        check("admin")


def test_the_admin_page_asks_for_the_token(browser: Browser, tmp_path: Path) -> None:
    study = small_study(tmp_path)
    with serving(study, tmp_path) as address:
        page = opened(browser.new_context(accept_downloads=True), f"{address}admin")
        page.fill("#token", "wrong")
        page.click("#entry button")
        page.get_by_text("not the token").wait_for()
        page.fill("#token", "x" * 40)
        page.click("#entry button")
        page.get_by_text("0 of 4 places are taken").wait_for()
        with page.expect_download() as saving:
            page.click("#answers")
        assert saving.value.suggested_filename == "answers.zip"
        assert "x" * 40 not in page.url

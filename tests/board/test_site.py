"""The site in a browser and out of one: it sorts, filters, plays, switches, is accessible, and escapes everything."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.present.test_report import CHROMIUM, Browser
from vggsound_omni.board import site
from vggsound_omni.board.packing import write_submission
from vggsound_omni.board.reading import read_submission
from vggsound_omni.board.shelf import load
from vggsound_omni.board.submission import Who, Withdrawal
from vggsound_omni.board.table import tables
from vggsound_omni.errors import UserError

from .shelves import made, shelf

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
SLUG = "foleyworld-1-foleyworld-omni-bgm-"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("board")
    leaderboard = shelf(
        root / "leaderboard",
        made("low", shift=-2.0, seed=0),
        made("high", shift=2.0, seed=1),
        made("same", shift=2.0, seed=2),
        made("old", seed=3),
        made("old", "2", seed=4, supersedes="1"),
        made("gone", seed=5),
    )
    gone = leaderboard / "results/foleyworld/bgm/gone@1.json"
    row = read_submission(gone)
    notice = Withdrawal(day="2026-02-03", reason="It heard 3 < 4 & more.", by="A. Tester")
    write_submission(gone, row.model_copy(update={"withdrawn": notice}))
    (leaderboard / "print.toml").write_text(
        '[[part]]\ntitle="T"\nnote="<script>alert(1)</script>"\nsource="S"\nwords=1\ncolumns=["M","FD"]\nrows=[["x","1"]]'
    )
    site.build(leaderboard, root / "site")
    return root / "site"


def page(built: Path, kind: str) -> Path:
    (found,) = built.glob(f"{kind}-{SLUG}*.html")
    return found


def test_ranks_tie_where_the_data_do_and_old_rows_do_not_rank(built: Path) -> None:
    (exported,) = (built / "data").glob("*.csv")
    rows = list(csv.DictReader(exported.read_text(encoding="utf-8").splitlines()))
    pq = {row["model"]: (row["rank"], row["lowest_rank"]) for row in rows if row["metric"] == "pq"}
    assert pq == {"high": ("1", "2"), "same": ("1", "2"), "old": ("3", "3"), "low": ("4", "4")}
    kl = {row["model"]: row["rank"] for row in rows if row["metric"] == "kl"}
    assert kl == {"low": "1", "old": "2", "high": "3", "same": "3"}, "lower is better"
    assert {row["version"] for row in rows if row["model"] == "old"} == {"2"}
    assert {row["rank"] for row in rows if row["metric"] == "pc"} == {""}, "neither way is better"


def test_the_exports_hold_the_same_numbers(built: Path) -> None:
    (as_csv,), (as_json,), (as_tex,) = ((built / "data").glob(f"*.{suffix}") for suffix in ("csv", "json", "tex"))
    rows = json.loads(as_json.read_text())["rows"]
    by_model = {row["card"]["name"]: row["scores"]["kl"]["estimate"] for row in rows}
    found = {
        r["model"]: float(r["estimate"]) for r in csv.DictReader(as_csv.read_text().splitlines()) if r["metric"] == "kl"
    }
    assert found == by_model
    latex = as_tex.read_text()
    assert rf"low 1 & \textbf{{{by_model['low']:.2f}}} {{\scriptsize [" in latex
    assert latex.count(r"\\") == 5


def test_baselines_are_chance_and_ceiling_and_each_note_stands_once(tmp_path: Path) -> None:
    """Shuffled is chance where the pairing matters, the oracle the ceiling, and what beats the oracle says so."""
    keepers: dict[str, Any] = {"who": Who(generated="Keepers", scored="Keepers")}
    leaderboard = shelf(
        tmp_path / "leaderboard",
        made("oracle", shift=3.0, seed=0, **keepers),
        made("shuffled", shift=-1.0, seed=1, **keepers),
        made("noise", shift=-3.0, seed=2, **keepers),
        made("best", shift=4.0, seed=3),
    )
    (leaderboard / "OWNERS.toml").write_text('maintainers = "Keepers"\nbaselines = ["oracle", "shuffled", "noise"]\n')
    shelved = load(leaderboard)
    (table,) = tables(shelved.submissions, shelved.owners)
    names = [row.card.name for row in table.rows]
    assert names == ["best", "noise", "oracle", "shuffled"]
    for place, column in enumerate(table.columns):
        cells = dict(zip(names, (row[place] for row in table.cells), strict=True))
        anchors = cells["best"].anchors
        if cells["best"].score.estimate is None:
            assert anchors is None
            continue
        assert anchors is not None, column.key
        assert anchors.ceiling is not None
        assert anchors.ceiling.estimate == cells["oracle"].score.estimate
        if column.better is None:
            assert anchors.chance is None
            continue
        assert anchors.chance is not None
        # Here lower metrics are worst for the oracle; the best of chance is the nearest to its better end.
        pairing = column.key in ("kl", "ms_clap", "la_clap", "ib", "ds")
        best_chance = "shuffled" if pairing and column.better == "higher" else "noise"
        assert anchors.chance.by == best_chance, column.key
        assert anchors.chance.estimate == cells[best_chance].score.estimate
        above = column.better == "higher" and column.key in ("is", "pq", "ce", "cu", "ms_clap", "la_clap", "ib")
        assert anchors.above == above, column.key
        assert bool(cells["best"].notes) == above
        if column.better == "higher":
            assert anchors.share is not None
            assert anchors.share > 1
            oracle = cells["oracle"].anchors
            assert oracle is not None
            assert oracle.share == pytest.approx(1.0)
    assert len(set(table.footnotes)) == len(table.footnotes)
    used = {note for row in table.cells for cell in row for note in cell.notes}
    assert used == set(range(1, len(table.footnotes) + 1))


def test_history_says_what_became_of_each_row(built: Path) -> None:
    words = (built / "history.html").read_text()
    assert "withdrawn on 2026-02-03: It heard 3 &lt; 4 &amp; more." in words
    assert "superseded" in words
    assert "A. Tester" in words
    assert "B. Tester" in words


def test_every_page_is_escaped_under_a_strict_policy_and_links_only_to_what_is_there(built: Path) -> None:
    pages = list(built.glob("*.html"))
    assert len(pages) == 3 + 3 + 6
    for one in pages:
        words = one.read_text(encoding="utf-8")
        assert "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'" in words
        assert "unsafe" not in words
        assert not re.search(r"<script>|\son\w+=|\sstyle=", words), "nothing inline"
        for target in re.findall(r'(?:href|src)="([^"#]+)"', words):
            assert (built / target).exists(), f"{one.name}: {target}"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in (built / "papers.html").read_text()


def test_a_folder_of_something_else_is_left_alone(built: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty and holds no board"):
        site.build(built.parent / "leaderboard", tmp_path)


def test_an_empty_leaderboard_is_a_site(tmp_path: Path) -> None:
    (tmp_path / "leaderboard" / "results").mkdir(parents=True)
    assert site.build(tmp_path / "leaderboard", tmp_path / "site") == 3


in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; pages are tested without one")


@pytest.fixture(scope="module")
def browser(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser((built / "index.html").as_uri(), tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


def visit(browser: Browser, path: Path) -> None:
    browser.errors.clear()
    browser.call("Page.navigate", url=path.as_uri())
    browser.evaluate("new Promise((done) => { if (document.readyState === 'complete') done(); else onload = done; })")


NAMES = "[...document.querySelectorAll('#scores tbody tr:not([hidden]) th a')].map((cell) => cell.textContent)"


@pytest.mark.browser
@in_a_browser
def test_the_table_sorts_and_filters(built: Path, browser: Browser) -> None:
    visit(browser, page(built, "table"))
    click = "document.querySelectorAll('#scores th button')[{}].click()"
    browser.evaluate(click.format(1))
    order = browser.evaluate(NAMES)
    assert (order[:2], set(order[2:])) == (["low", "old"], {"high", "same"}), "KL, the best first"
    browser.evaluate(click.format(1))
    assert browser.evaluate(NAMES) == order[::-1]
    browser.evaluate("const f = document.getElementById('filter'); f.value = 'O'; f.dispatchEvent(new Event('input'))")
    assert set(browser.evaluate(NAMES)) == {"low", "old"}
    browser.evaluate("f.value = ''; document.getElementById('open').click()")
    assert set(browser.evaluate(NAMES)) == {"low", "same", "old"}, "open weights"
    assert browser.evaluate("document.getElementById('count').textContent") == "3 of 4 rows"
    assert browser.errors == []


def until(browser: Browser, condition: str) -> None:
    """Waits until scripts have brought about what they are to; a busy machine takes longer."""
    look = f"const look = () => (({condition}) ? done() : setTimeout(look, 20)); look();"
    browser.evaluate(f"new Promise((done) => {{ {look} }})")


@pytest.mark.browser
@in_a_browser
def test_compare_plays_and_switches_without_losing_its_place(built: Path, browser: Browser) -> None:
    visit(browser, page(built, "compare"))
    rows = "document.querySelectorAll('#items tbody tr').length"
    until(browser, f"{rows} > 0")
    assert browser.evaluate(rows) == 64
    assert browser.evaluate("document.getElementById('verdict').textContent").startswith("high 1 is better on ")
    volumes = browser.evaluate(
        "[...document.querySelectorAll('.card')].map(c => [...c.querySelectorAll('audio')].map(a => a.volume))"
    )
    high, low = volumes[0]
    assert high == 1.0
    assert low == pytest.approx(0.5, abs=0.02), "twice the amplitude, so half the volume"
    browser.evaluate("document.getElementById('matched').click()")
    assert browser.evaluate("document.querySelector('audio.other').volume") == 1.0
    state = """(() => { const c = document.querySelector('.card'), v = c.querySelector('video');
        const [a, b] = ['one', 'other'].map((s) => c.querySelector('audio.' + s));
        return [a.muted, b.muted, a.currentTime, b.currentTime, v.currentTime, v.muted, v.videoWidth, a.paused]; })()"""
    browser.evaluate("document.querySelector('.play').click()")
    waited = """new Promise((done) => { const a = document.querySelector('audio.one');
        a.ontimeupdate = () => a.currentTime > 0.8 && done(true); })"""
    assert browser.evaluate(waited)
    before = browser.evaluate(state)
    browser.evaluate("document.querySelector('.card').dispatchEvent(new KeyboardEvent('keydown', { key: 'x' }))")
    after = browser.evaluate(state)
    assert before[:2] == [False, True]
    assert after[:2] == [True, False]
    assert 0 <= after[3] - before[2] < 0.5, "the other sound goes on where the first was"
    assert abs(after[3] - after[4]) < 0.25, "the picture too"
    assert after[5] is True
    assert after[6] > 0
    assert after[7] is False
    assert browser.evaluate("document.querySelector('.hearing').textContent") == "Hearing low 1"
    browser.evaluate("document.querySelector('.play').click()")
    assert browser.evaluate(state)[7] is True
    browser.evaluate("""const first = document.getElementById('one'); first.value = '3';
        first.dispatchEvent(new Event('change'))""")
    until(browser, "document.getElementById('head-one').textContent !== 'high 1'")
    assert browser.evaluate("document.getElementById('head-one').textContent") == "same 1"
    assert browser.errors == []


@pytest.mark.browser
@in_a_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_page_is_accessible_and_fits_a_phone(built: Path, browser: Browser, scheme: str) -> None:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    kinds = [page(built, "table"), page(built, "plots"), page(built, "compare")]
    others = ("index.html", "model-gone@1.html", "papers.html", "history.html")
    for path in [*kinds, *(built / name for name in others)]:
        for width in (360, 1280):
            browser.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600
            )
            visit(browser, path)
            assert browser.evaluate("document.documentElement.scrollWidth") <= width, path.name
        world = browser.evaluate(AXE.read_text(encoding="utf-8") + "; typeof axe")
        assert world == "object"
        found: list[dict[str, Any]] = browser.evaluate(
            """axe.run({ preload: false }).then((found) =>
                found.violations.map((v) => ({ id: v.id, at: v.nodes.map((n) => n.html).slice(0, 3) })))"""
        )
        assert found == [], path.name
        assert browser.errors == [], path.name

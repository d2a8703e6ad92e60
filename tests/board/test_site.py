"""The site in a browser and out of one: it sorts, filters, plays, switches, is accessible, and escapes everything."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.present.test_report import CHROMIUM, Browser
from vggsound_omni.analysis.compare.comparison import compare
from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.board import site
from vggsound_omni.board.against import pairs
from vggsound_omni.board.packing import Packed, write_submission
from vggsound_omni.board.reading import read_submission
from vggsound_omni.board.results import result_of
from vggsound_omni.board.shelf import load
from vggsound_omni.board.strip import Scale
from vggsound_omni.board.submission import Who, Withdrawal
from vggsound_omni.board.table import Cell, tables
from vggsound_omni.errors import UserError
from vggsound_omni.runs.anchors import paired
from vggsound_omni.runs.result import Score

from .shelves import made, shelf

AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("board")
    leaderboard = shelf(
        root / "leaderboard",
        made("low", shift=-1.0, seed=0),
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
    (found,) = built.glob(f"{kind}-foleyworld-*-bgm-*.html")
    return found


def test_ranks_tie_where_the_data_do_and_old_rows_do_not_rank(built: Path) -> None:
    (exported,) = (built / "data").glob("*.csv")
    rows = list(csv.DictReader(exported.read_text(encoding="utf-8").splitlines()))
    best = {row["model"]: (row["rank"], row["lowest_rank"]) for row in rows if row["metric"] == "event_f1"}
    assert best == {"high": ("1", "2"), "same": ("1", "2"), "old": ("3", "3"), "low": ("4", "4")}
    fad = {row["model"]: row["rank"] for row in rows if row["metric"] == "fad"}
    assert fad == {"low": "1", "old": "2", "high": "3", "same": "3"}, "lower is better"
    assert {row["version"] for row in rows if row["model"] == "old"} == {"2"}
    assert {row["rank"] for row in rows if row["metric"] == "pc"} == {""}, "neither way is better"
    assert {row["rank"] for row in rows if row["metric"] == "pq"} == {""}, "noise fitted to its network wins it"
    order = list(dict.fromkeys(row["model"] for row in rows))
    assert (set(order[:2]), order[2:]) == ({"high", "same"}, ["old", "low"]), (
        "the best by the headline, event F1, first"
    )


def test_the_exports_hold_the_same_numbers(built: Path) -> None:
    (as_csv,), (as_json,), (as_tex,) = ((built / "data").glob(f"*.{suffix}") for suffix in ("csv", "json", "tex"))
    rows = json.loads(as_json.read_text())["rows"]
    by_model = {row["card"]["name"]: row["scores"]["fd"]["estimate"] for row in rows}
    found = {
        r["model"]: float(r["estimate"]) for r in csv.DictReader(as_csv.read_text().splitlines()) if r["metric"] == "fd"
    }
    assert found == by_model
    latex = as_tex.read_text()
    (low,) = (line for line in latex.splitlines() if line.startswith("low 1 & "))
    assert rf"& \textbf{{{by_model['low']:.2f}}} {{\scriptsize [" in low, "the lowest FD"
    assert latex.count(r"\\") == 5


def test_baselines_are_chance_and_ceiling_and_each_note_stands_once(tmp_path: Path) -> None:
    """Shuffled is chance where the pairing matters, the oracle the ceiling, and what beats the oracle says so."""
    keepers: dict[str, Any] = {"who": Who(generated="Keepers", scored="Keepers")}
    leaderboard = shelf(
        tmp_path / "leaderboard",
        made("ref", shift=1.0, seed=4, **keepers),
        made("oracle", shift=3.0, seed=0, **keepers),
        made("shuffled", shift=-1.0, seed=1, **keepers),
        made("noise", shift=-3.0, seed=2, **keepers),
        made("best", shift=4.0, seed=3),
    )
    (leaderboard / "OWNERS.toml").write_text(
        'maintainers = "Keepers"\nbaselines = ["oracle", "shuffled", "noise", "ref"]\nranked = ["ref"]\n'
    )
    shelved = load(leaderboard)
    (table,) = tables(shelved.submissions, shelved.owners)
    names = [row.card.name for row in table.rows]
    assert [entry.row.card.name for entry in table.models] == ["best", "ref"], "by event F1, of which more is better"
    assert {entry.row.card.name for entry in table.references} == {"oracle", "shuffled", "noise"}
    assert not any(cell.place or cell.best for entry in table.references for cell in entry.cells), "lines take no rank"
    assert [entry.place.text for entry in table.models if entry.place] == ["1", "2"]
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
        pairing = column.metric is not None and paired(column.metric)
        best_chance = "shuffled" if pairing and column.better == "higher" else "noise"
        assert anchors.chance.by == best_chance, column.key
        assert anchors.chance.estimate == cells[best_chance].score.estimate
        # A distance from the recordings has no better than theirs; all else may be beaten, and then says so.
        above = column.better == "higher" and column.metric is not None and "reference" not in column.metric.sides
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


def test_what_does_not_sound_like_what_it_is_taken_for_stands_last_without_a_rank(tmp_path: Path) -> None:
    """Whatever its headline: as a model and as a reference line."""
    keepers: dict[str, Any] = {"who": Who(generated="Keepers", scored="Keepers")}
    rows = [
        made("good", seed=1), made("fooling", shift=4.0, seed=2),
        made("oracle", shift=3.0, seed=3, **keepers), made("attack", shift=3.5, seed=4, **keepers),
        made("noise", shift=-4.0, seed=5, **keepers),
    ]  # fmt: skip

    def unlike(packed: Packed) -> Packed:
        scores = dict(packed.submission.scores)
        low = {"value": 0.04, "interval": (0.02, 0.06)}
        scores["coverage"] = scores["coverage"].model_copy(update=low)
        return Packed(packed.submission.model_copy(update={"scores": scores}), packed.sounds)

    low = ("fooling", "attack", "noise")
    leaderboard = shelf(
        tmp_path / "leaderboard", *(unlike(one) if one.submission.card.name in low else one for one in rows)
    )
    (leaderboard / "OWNERS.toml").write_text(
        'maintainers = "Keepers"\nbaselines = ["oracle", "attack", "noise"]\nranked = []\n'
    )
    shelved = load(leaderboard)
    (table,) = tables(shelved.submissions, shelved.owners)
    assert [row.card.name for row in table.rows] == ["good", "fooling", "oracle", "attack", "noise"]
    why = "Its Coverage is 0.04, and from 0.2 on a system has a rank on this track."
    assert [entry.unranked for entry in table.models] == [None, why]
    assert [entry.place is None for entry in table.models] == [False, True]
    assert "A rank takes Likeness 0.35, Coverage 0.2; without it, and so last: attack, fooling, noise." in table.remarks


def test_history_says_what_became_of_each_row(built: Path) -> None:
    words = (built / "history.html").read_text()
    assert "withdrawn on 2026-02-03: It heard 3 &lt; 4 &amp; more." in words
    assert "superseded" in words
    assert "A. Tester" in words
    assert "B. Tester" in words


def test_every_page_is_escaped_under_a_strict_policy_and_links_only_to_what_is_there(built: Path) -> None:
    pages = list(built.glob("*.html"))
    assert len(pages) == 2 + 6 + 6
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
    assert site.build(tmp_path / "leaderboard", tmp_path / "site") == (6, ())


def test_what_is_broken_is_left_out_with_a_sentence_and_the_rest_is_built(built: Path, tmp_path: Path) -> None:
    board = tmp_path / "leaderboard"
    shutil.copytree(built.parent / "leaderboard", board)
    row = board / "results/foleyworld/bgm/low@1.json"
    raw = json.loads(row.read_text())
    row.write_text(row.read_text()[:-200])
    strange = raw | {"track": "bmg", "card": raw["card"] | {"name": "strange"}}
    (board / "results/foleyworld/bmg").mkdir()
    (board / "results/foleyworld/bmg/strange@1.json").write_text(json.dumps(strange))
    (gone,) = {sample["sha256"] for sample in raw["samples"].values()}
    (board / f"audio/{gone}.opus").write_bytes(b"no sound")
    (board / "print.toml").write_text("[[part")
    (board / "private/odd").mkdir(parents=True)
    (board / "private/odd/split.json").write_text("{}")
    found = site.build(board, tmp_path / "site")
    for place, why in (
        ("foleyworld/bgm/low@1.json: ", "It is not JSON"),
        ("foleyworld/bmg/strange@1.json: ", 'did you mean "bgm"?'),
        ("print.toml: ", "It cannot be read"),
        (str(board / "private/odd/split.json"), "is damaged"),
    ):
        assert [place in one and why in one for one in found.problems].count(True) == 1, (place, found.problems)
    assert len(found.problems) == 4, "the sound was that of the row that is gone"
    assert not (tmp_path / "site/model-low@1.html").exists()
    assert "high" in page(tmp_path / "site", "track").read_text()


def test_a_dot_lies_between_chance_and_ceiling_and_right_is_better() -> None:
    def cell(value: float, low: float, high: float) -> Cell:
        return Cell(
            score=Score(status="computed", value=value, estimate=value, interval=(low, high)), place=None, best=False
        )

    ms = Scale(worst=250.0, best=10.0, anchored=True, rooted=False)
    middle = ms.strip(cell(130.0, 100.0, 160.0))
    assert middle is not None
    assert (middle.at, middle.low, middle.high, middle.beyond) == (36, 28, 44, ""), "the lower end is at the right"
    over, under = ms.strip(cell(5.0, 4.0, 6.0)), ms.strip(cell(300.0, 290.0, 310.0))
    assert over is not None
    assert under is not None
    assert (over.beyond, under.beyond) == ("right", "left")
    assert Scale(worst=100.0, best=0.0, anchored=True, rooted=True).place(25.0) == 0.5, "a squared distance by its root"
    assert ms.tick(250.0) is None, "an end is drawn already"


def test_differences_of_two_rows_are_those_of_compare(built: Path) -> None:
    """For the page that compares two rows: as ``omni-bench compare`` says it of these two alone."""
    shelved = load(built.parent / "leaderboard")
    (table,) = tables(shelved.submissions, shelved.owners)
    index = {row.card.name: k for k, row in enumerate(table.rows)}
    first, second = sorted((index["low"], index["high"]))
    found = pairs(table)[first]
    named = [result_of(table.rows[k]) for k in (first, second)]
    compared = compare(systems(named))
    for metric in compared.metrics:
        if metric.direction is None:
            continue
        pair = metric.pair(*(system.name for system in compared.systems))
        sign = 1 if pair.first == compared.systems[0].name else -1
        at = 3 * (second - first - 1)
        one = found[metric.key][at : at + 3]
        assert one[0] == pytest.approx(sign * pair.difference, rel=1e-4)
        assert pair.interval is not None
        assert one[1:] == pytest.approx(sorted(sign * end for end in pair.interval), rel=1e-3)


def test_claimed_rows_stand_without_a_rank_where_others_were_rescored(tmp_path: Path) -> None:
    claimed: dict[str, Any] = {"who": Who(generated="A. Tester", scored="A. Tester")}
    alone = shelf(tmp_path / "alone", made("a", seed=1, **claimed), made("b", seed=2, shift=2.0, **claimed))
    beside = shelf(tmp_path / "beside", made("a", seed=1, **claimed), made("b", seed=2, shift=2.0))
    for board, ranks in ((alone, ["1", "2"]), (beside, ["1", None])):
        shelved = load(board)
        (table,) = tables(shelved.submissions, shelved.owners)
        assert [entry.row.card.name for entry in table.models] == ["b", "a"], "in its place"
        assert [entry.place.text if entry.place else None for entry in table.models] == ranks
    assert "Claimed" in str(table.unranked[1])


in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; pages are tested without one")


@pytest.fixture(scope="module")
def browser(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    found = Browser((built / "index.html").as_uri(), tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


def set_width(browser: Browser, width: int) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)


def visit(browser: Browser, path: Path) -> None:
    browser.errors.clear()
    browser.call("Page.navigate", url="about:blank")  # so that another part of the address is another visit
    browser.call("Page.navigate", url=path.as_uri())
    browser.evaluate("new Promise((done) => { if (document.readyState === 'complete') done(); else onload = done; })")


NAMES = "[...document.querySelectorAll('#scores tbody tr:not([hidden]) th a')].map((cell) => cell.textContent)"


@pytest.mark.browser
@in_a_browser
def test_the_table_sorts_and_filters_and_its_address_keeps_the_view(built: Path, browser: Browser) -> None:
    set_width(browser, 1280)
    visit(browser, page(built, "track"))
    assert set(browser.evaluate(NAMES)[:2]) == {"high", "same"}, "by the headline, event F1"
    click = "document.querySelector('#scores th[data-k={}] button').click()"
    browser.evaluate(click.format("ce"))
    order = browser.evaluate(NAMES)
    assert (set(order[:2]), order[2:]) == ({"high", "same"}, ["old", "low"]), "CE, the best first"
    browser.evaluate(click.format("ce"))
    assert browser.evaluate(NAMES) == order[::-1]
    browser.evaluate("const f = document.getElementById('filter'); f.value = 'O'; f.dispatchEvent(new Event('input'))")
    assert set(browser.evaluate(NAMES)) == {"low", "old"}
    browser.evaluate("f.value = ''; f.dispatchEvent(new Event('input')); document.getElementById('open').click()")
    assert set(browser.evaluate(NAMES)) == {"low", "same", "old"}, "open weights"
    assert browser.evaluate("document.getElementById('count').textContent") == "3 of 4 models"
    browser.evaluate("window.before = true; location.reload()")
    until(browser, "!window.before && document.readyState === 'complete' && document.getElementById('open').checked")
    assert len(browser.evaluate(NAMES)) == 3, "the address holds the view"
    assert browser.errors == []


SHOWN = """[...document.querySelectorAll('#scores thead th[data-k]')].filter((cell) => cell.offsetWidth)
    .map((cell) => cell.dataset.k)"""


@pytest.mark.browser
@in_a_browser
def test_the_columns_are_those_that_fit_or_that_the_reader_chose(built: Path, browser: Browser) -> None:
    for width, most in ((1280, 9), (1100, 6), (768, 4), (390, 1)):
        set_width(browser, width)
        visit(browser, page(built, "track"))
        shown = browser.evaluate(SHOWN)
        assert len(shown) == most, width
        assert shown[0] == "event_f1", "the headline first"
        over = browser.evaluate(
            "(() => { const s = document.querySelector('.scroll'); return s.scrollWidth - s.clientWidth; })()"
        )
        assert over <= 0, f"cut off at {width}"
    browser.evaluate(
        "const one = document.getElementById('one'); one.value = 'ce'; one.dispatchEvent(new Event('input'))"
    )
    assert browser.evaluate(SHOWN) == ["ce"], "on a phone, the metric of the list"
    set_width(browser, 1280)
    visit(browser, page(built, "track"))
    browser.evaluate("document.querySelector('[name=column][value=fd]').click()")
    assert "fd" not in browser.evaluate(SHOWN)
    browser.evaluate("document.getElementById('usual').click()")
    assert len(browser.evaluate(SHOWN)) == 9


def until(browser: Browser, condition: str) -> None:
    """Waits until scripts have brought about what they are to; a busy machine takes longer."""
    look = f"const look = () => (({condition}) ? done() : setTimeout(look, 20)); look();"
    browser.evaluate(f"new Promise((done) => {{ {look} }})")


@pytest.mark.browser
@in_a_browser
def test_compare_plays_and_switches_without_losing_its_place(built: Path, browser: Browser) -> None:
    visit(browser, page(built, "compare"))
    browser.evaluate("""for (const [side, name] of [['one', 'high 1'], ['other', 'low 1']]) {
        const list = document.getElementById(side);
        list.value = [...list.options].find((one) => one.text === name).value;
        list.dispatchEvent(new Event('change')); }""")
    until(browser, "document.getElementById('head-one').textContent === 'high 1'")
    rows = "document.querySelectorAll('#items tbody tr').length"
    until(browser, f"{rows} > 0")
    assert browser.evaluate(rows) == 64
    tally = browser.evaluate("document.getElementById('verdict').textContent")
    assert re.fullmatch(r"high 1 against low 1: better on \d+, worse on \d+, undecided on 0\.", tally), tally
    volumes = browser.evaluate(
        "[...document.querySelectorAll('.listen')].map(c => [...c.querySelectorAll('audio')].map(a => a.volume))"
    )
    high, low = volumes[0]
    assert high == 1.0
    assert low == pytest.approx(0.5, abs=0.02), "twice the amplitude, so half the volume"
    browser.evaluate("document.getElementById('matched').click()")
    assert browser.evaluate("document.querySelector('audio.other').volume") == 1.0
    state = """(() => { const c = document.querySelector('.listen'), v = c.querySelector('video');
        const [a, b] = ['one', 'other'].map((s) => c.querySelector('audio.' + s));
        return [a.muted, b.muted, a.currentTime, b.currentTime, v.currentTime, v.muted, v.videoWidth, a.paused]; })()"""
    browser.evaluate("document.querySelector('.play').click()")
    waited = """new Promise((done) => { const a = document.querySelector('audio.one');
        a.ontimeupdate = () => a.currentTime > 0.8 && done(true); })"""
    assert browser.evaluate(waited)
    before = browser.evaluate(state)
    browser.evaluate("document.querySelector('.listen').dispatchEvent(new KeyboardEvent('keydown', { key: 'x' }))")
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
    browser.evaluate("document.getElementById('turn').click()")
    until(browser, "document.getElementById('head-one').textContent === 'low 1'")
    browser.evaluate("document.getElementById('blind').click()")
    names = browser.evaluate("[...document.querySelectorAll('.listen .name')].map((one) => one.textContent)")
    assert set(names) == {"Sound A", "Sound B"}, "names are hidden"
    assert browser.errors == []


@pytest.mark.browser
@in_a_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_page_is_accessible_and_fits_a_phone(built: Path, browser: Browser, scheme: str) -> None:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    kinds = [page(built, "track"), page(built, "compare")]
    others = ("index.html", "model-gone@1.html", "model-low@1.html", "papers.html", "history.html", "method.html")
    for path in [*kinds, *(built / name for name in others)]:
        for width in (360, 1280):
            set_width(browser, width)
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


CODES = {"Tab": 9, "Enter": 13, "Space": 32, "x": 88, "a": 65, "ArrowRight": 39, "ArrowDown": 40}


def press(browser: Browser, key: str, times: int = 1) -> None:
    """Presses a key as a keyboard does."""
    text = {"Enter": "\r", "Space": " "}.get(key, key if len(key) == 1 else "")
    of = {"key": " " if key == "Space" else key, "code": key, "windowsVirtualKeyCode": CODES[key]}
    for _ in range(times):
        browser.call("Input.dispatchKeyEvent", type="keyDown", text=text, **of)
        browser.call("Input.dispatchKeyEvent", type="keyUp", **of)


REACHABLE = """[...document.querySelectorAll(
    'a[href], button, input, select, summary, audio[controls], [tabindex="0"]')]
    .filter((one) => one.checkVisibility({ checkVisibilityCSS: true }) && !one.disabled && !one.closest('.unseen'))"""


@pytest.mark.browser
@in_a_browser
def test_every_kind_of_page_can_be_used_by_keys_alone(built: Path, browser: Browser) -> None:
    set_width(browser, 1280)
    kinds = [page(built, "track"), page(built, "compare")]
    others = ("index.html", "model-low@1.html", "papers.html", "history.html", "human.html", "private.html")
    for path in [*kinds, *(built / name for name in others)]:
        visit(browser, path)
        browser.evaluate(f"window.wanted = {REACHABLE}; window.met = new Set(); window.unmarked = []; 0")
        for _ in range(browser.evaluate("wanted.length") * 2 + 40):  # a player takes several
            press(browser, "Tab")
            at = browser.evaluate("""(() => { const one = document.activeElement;
                const marked = one === document.body || getComputedStyle(one).outlineStyle !== 'none';
                if (!met.has(one) && !marked) unmarked.push(one.outerHTML);
                met.add(one); return one === document.body; })()""")
            if at and browser.evaluate("wanted.every((one) => met.has(one))"):
                break
        left = browser.evaluate("wanted.filter((one) => !met.has(one)).map((one) => one.outerHTML.slice(0, 200))")
        assert left == [], f"{path.name}: not reached"
        assert browser.evaluate("unmarked") == [], f"{path.name}: one does not see where one is"

    visit(browser, page(built, "track"))
    browser.evaluate("document.querySelector('#scores th[data-k=ce] button').focus()")
    press(browser, "Enter")
    assert browser.evaluate("document.querySelector('#scores th[data-k=ce]').getAttribute('aria-sort')") == "descending"
    browser.evaluate("document.querySelector('.chooser summary').focus()")
    press(browser, "Enter")
    press(browser, "Tab")
    was = browser.evaluate(SHOWN)
    press(browser, "Space")
    assert browser.evaluate(SHOWN) != was, "a column less"

    visit(browser, page(built, "compare"))
    until(browser, "document.querySelector('.play') && document.querySelectorAll('#items tbody tr').length > 0")
    browser.evaluate("document.querySelector('.play').focus()")
    press(browser, "Space")
    playing = "!document.querySelector('audio.one').paused"
    until(browser, playing)
    press(browser, "x")
    assert browser.evaluate("document.querySelector('audio.one').muted")
    press(browser, "Enter")
    assert not browser.evaluate(playing)

"""Tables of results: what may stand side by side, what is marked, and that every form can be read back."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from vggsound_omni.analysis.words import decimals, estimate, model_name, number, plain
from vggsound_omni.cli.show import command
from vggsound_omni.present import formats, tables
from vggsound_omni.present.terminal import STACKED_NOTE, print_tables
from vggsound_omni.runs.result import (
    Anchor,
    Anchors,
    Counts,
    Result,
    Score,
    Signal,
    SuiteIdentity,
    read_result,
    write_result,
)

SHA = "ab" * 32


def kl(value: float, **changes: Any) -> Score:
    fields: dict[str, Any] = {
        "status": "computed", "value": value, "estimate": value, "interval": (value - 0.25, value + 0.25),
        "unit": "nats", "direction": "lower", "n": 2, "metric_id": "kl-foleyworld", "encoder": "tagger",
        "checkpoint_sha256": SHA,
    }  # fmt: skip
    return Score(**(fields | changes))


def result(name: str = "mine", *, scores: dict[str, Score] | None = None, **changes: Any) -> Result:
    signal = Signal(
        seconds=8.0, sample_rate=16_000, channels=1, peak_dbfs=-1.0, rms_dbfs=-20.0, clipped=0.0, sha256=SHA
    )
    fields: dict[str, Any] = {
        "suite": SuiteIdentity(name="foleyworld", version="1"), "items_sha256": SHA, "encoder_set": "pretrained",
        "track": "t2a", "model": {"name": name, "arguments": {}, "card": {}}, "seed": 0, "kit": "omni",
        "limit": None, "counts": Counts(planned=2, generated=2, failed=0, scored=2),
        "scores": scores if scores is not None else {"kl": kl(1.0)}, "strata": {}, "items": {}, "influence": {},
        "signals": {"a": signal, "b": signal}, "failures": [], "environment": {"omni_bench": "0.1.0", "commit": "c"},
        "timings": {"generate": 3.0},
    }  # fmt: skip
    return Result(**(fields | changes))


def best(results: list[Result], key: str = "kl") -> list[bool]:
    (table,) = tables.score_tables(results)
    return [cell.best for row in table.rows if row.key == key for cell in row.cells]


@pytest.mark.parametrize(
    "changes",
    [
        {"track": "v2a"},
        {"kit": "av-benchmark"},
        {"items_sha256": "cd" * 32},
        {"encoder_set": "open"},
        {"suite": SuiteIdentity(name="other", version="1")},
        {"suite": SuiteIdentity(name="foleyworld", version="2")},
    ],
)
def test_what_does_not_compare_never_shares_a_table(changes: dict[str, Any]) -> None:
    groups = tables.score_tables([result("a"), result("b", **changes), result("c")])
    assert [group.columns for group in groups] == [("a", "c"), ("b",)]
    assert "not comparable" in str(tables.split_sentence(groups))
    assert not any(cell.best for cell in groups[1].rows[0].cells)


def test_one_table_needs_no_such_sentence() -> None:
    assert tables.split_sentence(tables.score_tables([result("a"), result("b")])) is None


def test_the_best_is_lowest_or_highest_as_the_metric_says() -> None:
    runs = [result(str(v), scores={"kl": kl(v), "is": kl(v, direction="higher")}) for v in (2.0, 1.0, 3.0)]
    assert best(runs) == [False, True, False]
    assert best(runs, "is") == [False, False, True]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (kl(1.0), kl(1.0)),
        (kl(1.0), kl(1.45)),
        (kl(1.0), kl(2.0, interval=None)),
        (kl(1.0, uncertain=0.3), kl(2.0, uncertain=0.3)),
    ],
    ids=["equal", "intervals overlap", "no interval", "biases may differ by as much"],
)
def test_what_is_not_shown_to_be_better_has_no_mark(first: Score, second: Score) -> None:
    assert best([result(scores={"kl": first}), result(scores={"kl": second})]) == [False, False]


def test_one_run_has_no_mark_and_a_value_without_an_estimate_takes_part_in_none() -> None:
    assert best([result()]) == [False]
    without = kl(0.1, estimate=None, interval=None, no_estimate="mostly bias")
    runs = [result(scores={"kl": one}) for one in (without, kl(1.0), kl(2.0))]
    assert best(runs) == [False, True, False]
    (cell, *_) = tables.score_tables(runs)[0].rows[0].cells
    assert (cell.text, cell.interval, cell.grey, cell.notes) == ("0.100", "", True, (1,))


def test_a_metric_without_a_better_direction_has_no_best() -> None:
    assert best([result(scores={"pc": kl(v, direction=None)}) for v in (1.0, 2.0)], "pc") == [False, False]


@pytest.mark.parametrize(
    "change", [{"checkpoint_sha256": "cd" * 32}, {"metric_id": "kl-panns"}, {"n": 1}, {"encoder": "other"}]
)
def test_numbers_of_another_network_or_count_are_not_ranked(change: dict[str, Any]) -> None:
    assert best([result(scores={"kl": kl(1.0)}), result(scores={"kl": kl(2.0, **change)})]) == [False, False]


def test_runs_on_different_items_of_a_suite_are_not_ranked() -> None:
    whole = result("whole")
    part = result("part", signals={"a": whole.signals["a"]}, limit=1)
    (table,) = tables.score_tables([whole, part])
    assert not any(cell.best for row in table.rows for cell in row.cells)
    assert any("not scored on the same items" in remark for remark in table.remarks)
    assert any(remark.startswith("part: the first 1 items only") for remark in table.remarks)


def test_runs_whose_items_had_other_media_are_not_ranked_and_it_is_said() -> None:
    first = result("first")
    known = {item_id: signal.model_copy(update={"media": SHA}) for item_id, signal in first.signals.items()}
    other = known | {"b": first.signals["b"].model_copy(update={"media": "cd" * 32})}
    (same,) = tables.score_tables([result("one", signals=known), result("two", signals=known), first])
    assert not any("not comparable" in remark for remark in same.remarks)
    (table,) = tables.score_tables([result("one", signals=known), result("two", signals=other)])
    assert not any(cell.best for row in table.rows for cell in row.cells)
    assert any("different videos or recordings for 1 of 2 items" in remark for remark in table.remarks)


def test_what_must_be_known_of_a_run_stands_below_the_table() -> None:
    (table,) = tables.score_tables([result("mine", warnings=("The model heard the reference.",)), result("other")])
    assert "mine: The model heard the reference." in table.remarks


def test_the_two_kinds_of_absence_are_told_apart_and_each_reason_stands_once() -> None:
    scores = {
        "kl": Score(status="not_computed", reason="too few clips"),
        "ib": Score(status="not_applicable", reason="no video given"),
        "ds": Score(status="not_applicable", reason="no video given"),
        "fd": kl(1.0, reason="Rank deficient. Few clips."),
        "fad": kl(1.0, reason="Few clips."),
    }
    (table,) = tables.score_tables([result(scores=scores)])
    assert [row.key for row in table.rows] == ["kl", "fd", "fad", "ib", "ds"], "in the order of tables"
    assert table.footnotes == ("too few clips", "Rank deficient.", "Few clips.", "no video given")
    cells = {row.key: row.cells[0] for row in table.rows}
    assert [(cells[key].text, cells[key].notes) for key in ("kl", "fd", "fad", "ib", "ds")] == [
        ("not computed", (1,)), ("1.00", (2, 3)), ("1.00", (3,)), ("n/a", (4,)), ("n/a", (4,)),
    ]  # fmt: skip


def test_a_metric_that_only_one_run_has_is_a_row_of_both() -> None:
    (table,) = tables.score_tables([result(), result(scores={"fd@passt": kl(2.0)})])
    texts = {row.key: [cell.text for cell in row.cells] for row in table.rows}
    assert texts == {"kl": ["1.00", "not computed"], "fd@passt": ["not computed", "2.00"]}
    assert [row.title for row in table.rows] == ["KL", "FD@passt"]


def test_columns_are_told_apart_by_arguments_then_seeds_then_numbers() -> None:
    def columns(*runs: Result) -> tuple[str, ...]:
        return tables.score_tables(runs)[0].columns

    assert columns(result(), result(model={"name": "mine", "arguments": {"steps": "5"}})) == ("mine", "mine steps=5")
    assert columns(result(), result(seed=1)) == ("mine, seed 0", "mine, seed 1")
    assert columns(result(), result()) == ("mine, seed 0 #1", "mine, seed 0 #2")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.000"),
        (1.23456, "1.235"),
        (-0.2, "-0.200"),
        (0.00021, "2.1e-04"),
        (12345.6, "12346"),
        (9999.4, "9999.400"),
    ],
)
def test_numbers_keep_what_they_say(value: float, text: str) -> None:
    assert number(value) == text


@given(st.text(max_size=30).filter(lambda name: name.strip()))
def test_csv_gives_back_every_field_whatever_the_name(name: str) -> None:
    scores = {"kl": kl(0.1234567890123), "ib": Score(status="not_applicable", reason=name)}
    rows = list(csv.DictReader(io.StringIO(formats.to_csv([result(name, scores=scores)]), newline="")))
    assert [row["metric"] for row in rows] == ["kl", "ib"]
    assert all(row["model"] == name and row["items_sha256"] == SHA for row in rows)
    assert float(rows[0]["value"]) == 0.1234567890123
    assert (rows[0]["interval_low"], rows[0]["checkpoint_sha256"], rows[0]["seed"]) == (
        str(0.1234567890123 - 0.25),
        SHA,
        "0",
    )
    assert (rows[1]["status"], rows[1]["reason"], rows[1]["value"]) == ("not_applicable", name, "")


@given(st.text(max_size=30))
def test_latex_of_any_name_has_balanced_groups_and_as_many_cells_as_columns(name: str) -> None:
    text = formats.to_latex([result(name), result("x" + name)])
    bare = re.sub(r"\\[\\{}&%$#_]", "", text)
    depth = 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    body = text.partition(r"\toprule")[2].partition(r"\bottomrule")[0]
    lines = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert len(lines) == 6
    assert all(len(re.findall(r"(?<!\\)&", line)) == 2 for line in lines)


def shown(runs: list[Result], width: int = 80, *, values: bool = False) -> str:
    console = Console(record=True, width=width, file=io.StringIO())
    print_tables(runs, console, values=values)
    return console.export_text()


def test_estimates_are_shown_and_values_where_they_are_asked_for() -> None:
    few = kl(20.0, estimate=12.0, bias=8.0, interval=(11.5, 12.5))
    runs = [result("a", scores={"fd": few}), result("b", scores={"fd": few})]
    for form in (formats.to_markdown, formats.to_latex):
        assert "12.00" in form(runs)
        assert "[11.50, 12.50]" in form(runs)
        assert "20" in form(runs, values=True)
        assert "[11.50" not in form(runs, values=True)
    assert "12.00 [11.50, 12.50]" in shown(runs)
    assert " 20 " not in shown(runs)
    assert "12.00" not in shown(runs, values=True)
    assert tables.VALUES_NOTE in " ".join(shown(runs, 200, values=True).split())
    (row, _) = csv.DictReader(io.StringIO(formats.to_csv(runs)))
    assert [row[name] for name in ("value", "estimate", "bias")] == ["20.0", "12.0", "8.0"]
    assert (
        tables.score_tables(runs)[0].rows[0].cells[0].value
        == "other kits print 20, of which 8 is the bias of few clips"
    )


ANCHORS = Anchors(
    ceiling=Anchor(by="oracle", estimate=0.0, interval=(0.0, 0.0)),
    chance=Anchor(by="silence", estimate=5.5, interval=(4.51, 6.5)),
    share=0.8182,
    share_interval=(0.713, 0.914),
)


def test_chance_and_ceiling_stand_beside_one_run_with_its_share_and_beside_several_without() -> None:
    one, other = result("one", anchors={"kl": ANCHORS}), result("two", scores={"kl": kl(3.0)}, anchors={"kl": ANCHORS})
    assert "KL ↓ 1.00 [0.75, 1.25] 5.50 0 82 % [71, 91]" in " ".join(shown([one]).split())
    assert "| KL ↓ (nats) | 1.00 [0.75, 1.25] | 5.50 | 0 | 82 % [71, 91] |" in formats.to_markdown([one])
    assert r"& 5.50 & 0 & 82 \% [71, 91] \\" in formats.to_latex([one])
    assert "| **1.00** [0.75, 1.25] | 3.00 [2.75, 3.25] | 5.50 | 0 |" in formats.to_markdown([one, other])
    (row,) = csv.DictReader(io.StringIO(formats.to_csv([one])))
    assert [row[name] for name in ("chance", "chance_by", "ceiling_by", "share")] == [
        "5.5",
        "silence",
        "oracle",
        "0.8182",
    ]


def test_a_strip_shows_where_a_single_run_lies_between_them_where_there_is_room() -> None:
    one = result("one", anchors={"kl": ANCHORS})
    assert "│         ──●─ │" in shown([one], 100)
    assert "│     ─● │" in shown([one], 80)
    assert "●" not in shown([one], 70)
    for width in (100, 80, 70):
        assert "1.00 [0.75, 1.25]" in shown([one], width), "a strip takes no room from a number"
    assert "●" not in shown([one, result("two", anchors={"kl": ANCHORS})], 100)
    below = ANCHORS.model_copy(update={"share": -0.2, "share_interval": (-0.4, 0.1)})
    beyond = ANCHORS.model_copy(update={"share": 1.2, "share_interval": (1.1, 1.3)})
    assert "◂●─            │" in shown([result(anchors={"kl": below})], 100)
    assert "│             ●▸" in shown([result(anchors={"kl": beyond})], 100)


def test_metrics_stand_in_groups_with_what_ranks_first() -> None:
    keys = ("kl", "pq", "ib", "fd", "event_f1", "hits")
    on_world = result(track="t2a", scores={key: kl(1.0) for key in keys})
    (table,) = tables.score_tables([on_world])
    assert [row.key for row in table.rows] == ["event_f1", "hits", "kl", "fd", "pq", "ib"]
    groups = {row.group for row in table.rows}
    heads = [line.strip() for line in shown([on_world]).splitlines() if line.strip() in groups]
    assert heads == ["truth", "recordings", "sound alone", "picture and text"]


def test_an_estimate_without_doubt_does_not_round_what_it_is_read_against() -> None:
    (table,) = tables.score_tables([result(scores={"kl": kl(0.0, interval=(0.0, 0.0))}, anchors={"kl": ANCHORS})])
    assert table.rows[0].chance == "5.50"


def test_a_value_without_an_estimate_is_read_against_nothing() -> None:
    grey = kl(1.0, estimate=None, interval=None, no_estimate="mostly bias")
    (table,) = tables.score_tables([result(scores={"kl": grey}, anchors={"kl": ANCHORS})])
    assert not table.anchored
    assert not table.shares


def test_other_items_share_no_chance_or_ceiling() -> None:
    whole = result("whole", anchors={"kl": ANCHORS})
    part = result("part", signals={"a": whole.signals["a"]}, limit=1, anchors={"kl": ANCHORS})
    (table,) = tables.score_tables([whole, part])
    assert not table.anchored


def test_a_score_above_the_recordings_says_so_and_a_share_that_is_missing_says_why() -> None:
    blind = Anchors(ceiling=ANCHORS.ceiling, chance=ANCHORS.chance, no_share="No way.", above=True)
    (table,) = tables.score_tables([result(scores={"is": kl(1.0)}, anchors={"is": blind})])
    assert table.footnotes == (tables.ABOVE, "No way.")
    (cell,) = table.rows[0].cells
    assert (cell.notes, cell.share, cell.share_notes) == ((1,), "–", (2,))


@given(st.lists(st.sampled_from(["A.", "B. C.", "D", None]), min_size=1, max_size=6), st.booleans())
def test_footnotes_appear_once_and_are_numbered_as_they_are_read(reasons: list[str | None], values: bool) -> None:
    keys = ("kl", "is", "kad", "pq", "fd_inf", "ce")  # groups take turns
    scores = {
        key: kl(1.0, reason=reason) if k % 2 else Score(status="not_computed", reason=reason)
        for k, (key, reason) in enumerate(zip(keys, reasons, strict=False))
    }
    (table,) = tables.score_tables([result("a", scores=scores), result("b", scores=scores)], values=values)
    used = [note for row in table.rows for cell in row.cells for note in (*cell.notes, *cell.share_notes)]
    assert list(dict.fromkeys(used)) == list(range(1, len(table.footnotes) + 1))
    assert len(set(table.footnotes)) == len(table.footnotes)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.floats(0, 1))
def test_no_digit_is_shown_that_the_interval_does_not_support(low: float, width: float, at: float) -> None:
    interval = (low, low + width)
    value = min(max(low + at * width, interval[0]), interval[1])
    place = decimals((value, *interval))
    half = (interval[1] - interval[0]) / 2
    assert 10.0**-place >= 0.99 * half / 100, "two digits of the half-width at most"
    text, ends = estimate(value, interval)
    assert abs(float(text) - value) <= 0.5001 * 10.0**-place
    first, last = map(float, ends.strip("[]").split(","))
    assert first <= float(text) <= last, "the rounded interval holds the rounded estimate"
    assert plain(value, place) == text


@pytest.mark.parametrize(
    ("value", "interval", "text"),
    [
        (1.434, (0.522, 4.227), "1.4 [0.5, 4.2]"),
        (702.55, (383.3, 1138.6), "700 [380, 1140]"),
        (0.685, (0.621, 0.738), "0.685 [0.621, 0.738]"),
        (0.0, (0.0, 0.0), "0 [0, 0]"),
        (0.0, (0.0, 0.042), "0.000 [0.000, 0.042]"),
        (-1e-9, (-0.3, 0.3), "0.00 [-0.30, 0.30]"),
        (3.6e-12, (3.0e-12, 4.2e-12), "3.60e-12 [3.00e-12, 4.20e-12]"),
        (1032.863, None, "1030 "),
    ],
)
def test_an_estimate_and_its_interval_are_rounded_alike(
    value: float, interval: tuple[float, float] | None, text: str
) -> None:
    assert " ".join(estimate(value, interval)) == text


@pytest.mark.parametrize("count", [1, 3, 9])
def test_a_table_of_any_number_of_runs_fits_80_columns_and_loses_no_number(count: int) -> None:
    long = {key: kl(1234.5 + k, reason="Few clips.") for k, key in enumerate(("kl", "fd", "fd_inf", "ms_clap"))}
    runs = [result(f"a model with a long name {k}", scores=long, anchors={"kl": ANCHORS}) for k in range(count)]
    text = shown(runs)
    assert max(map(len, text.splitlines())) <= 80
    for k in range(4):
        assert text.count(f"{1234.5 + k}") == text.count(f"[{1234.2 + k:.1f}, {1234.8 + k:.1f}]") == count
    assert "…" not in text


def test_runs_stay_side_by_side_by_putting_intervals_below() -> None:
    runs = [result(name, scores={"ms_clap": kl(0.5, interval=(0.412, 0.588))}) for name in ("one", "two", "three")]
    wide, narrow = (
        shown([run.model_copy(update={"anchors": {"ms_clap": ANCHORS}}) for run in runs], w) for w in (100, 70)
    )
    assert re.search(r"MS-CLAP ↓ +(0.500 \[0.412, 0.588\] +){3}5.50 +0", wide)
    assert re.search(r"MS-CLAP ↓ +(0.500 +){3}\n +5.50 → 0 +(\[0.412, 0.588\] *){3}", narrow)
    assert narrow.count("MS-CLAP ↓") == 1
    assert STACKED_NOTE in narrow
    assert STACKED_NOTE not in wide


def test_what_no_run_has_is_one_line_and_marks_are_counted_over_what_is_shown() -> None:
    scores = {
        "fd": Score(status="not_computed", reason="Too few clips."),
        "fad": Score(status="not_computed", reason="Too few clips."),
        "ib": Score(status="not_applicable", reason="no video is given"),
        "pq": kl(1.0, reason="All clips are alike."),
    }
    text = shown([result(scores=scores)])
    assert "FD, FAD not computed: Too few clips." in text
    assert "IB n/a: no video is given" in text
    assert "PQ ↓ 1.00 [0.75, 1.25]¹" in " ".join(text.split())
    assert "¹ All clips are alike." in text
    assert "²" not in text


def test_latex_escapes_and_marks() -> None:
    runs = [result(r"50%_a&b#{~^\$", scores={"kl": kl(1.0)}), result("b", scores={"kl": kl(2.0)})]
    text = formats.to_latex(runs)
    assert r"50\%\_a\&b\#\{\textasciitilde{}\textasciicircum{}\textbackslash{}\$" in text
    assert r"\textbf{1.00}" in text
    assert r"\textbf{2.00}" not in text
    assert r"KL $\downarrow$ (nats)" in text


@given(st.text(max_size=30))
def test_markdown_of_any_name_keeps_its_columns_and_holds_no_html(name: str) -> None:
    text = formats.to_markdown([result(name), result("b" + name)])
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 7
    assert all(len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 4 for row in rows)
    assert "<" not in text.replace("<sup>", "").replace("</sup>", "")


def test_markdown_marks_the_best_and_notes_the_absent() -> None:
    absent = Score(status="not_computed", reason="too few clips")
    text = formats.to_markdown([result("a", scores={"kl": kl(1.0), "is": absent}), result("b", scores={"kl": kl(2.0)})])
    assert "| KL ↓ (nats) | **1.00** [0.75, 1.25] | 2.00 [1.75, 2.25] |" in text
    assert "not computed<sup>1</sup>" in text
    assert "<sup>1</sup> too few clips" in text


def test_json_is_the_results_own(tmp_path: Path) -> None:
    runs = [result("a"), result("b", scores={"ib": Score(status="not_applicable", reason="é")})]
    for place, entry in enumerate(json.loads(formats.to_json(runs))):
        path = tmp_path / f"{place}.json"
        path.write_text(json.dumps(entry), encoding="utf-8")
        assert read_result(path) == runs[place]


def test_the_terminal_takes_no_markup_from_names() -> None:
    console = Console(record=True, width=120, file=io.StringIO())
    print_tables([result("[red]x[/red]", scores={"kl": Score(status="not_computed", reason="[bold]y")})], console)
    text = console.export_text()
    assert "[red]x[/red]" in text
    assert "¹ [bold]y" in text


def test_show_takes_folders_and_files_and_says_what_is_wrong(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_result(tmp_path / name / "result.json", result(name))
    shown = CliRunner().invoke(command, [str(tmp_path / "a"), str(tmp_path / "b" / "result.json"), "--format", "csv"])
    assert shown.exit_code == 0
    assert [row["model"] for row in csv.DictReader(io.StringIO(shown.output))] == ["a", "b"]
    assert str(CliRunner().invoke(command, [str(tmp_path / "c")]).exception).startswith("There is no result at")


def test_show_imports_no_torch(tmp_path: Path) -> None:
    write_result(tmp_path / "result.json", result())
    code = f"""
import sys
from vggsound_omni.analysis.words import decimals, estimate, model_name, number, plain
from vggsound_omni.cli.show import command
for form in ("table", "json", "csv", "markdown", "latex"):
    command([{str(tmp_path)!r}, "--format", form], standalone_mode=False)
sys.exit(sum(name in sys.modules for name in ("torch", "av", "matplotlib", "jinja2")))
"""
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0


def test_a_run_is_called_what_it_was_told_to_be() -> None:
    model = {"name": "file.py:Mine", "label": "ours", "arguments": {"steps": "5"}, "card": {"name": "Mine 2"}}
    assert model_name(result(model=model)) == "ours"
    assert model_name(result(model=model | {"label": None})) == "Mine 2 steps=5"
    assert model_name(result(model=model | {"label": None, "card": None, "arguments": {}})) == "file.py:Mine"
    (table,) = tables.score_tables([result(model=model), result(model=model, seed=1)])
    assert table.columns == ("ours, seed 0", "ours, seed 1")

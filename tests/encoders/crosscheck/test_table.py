"""The table of differences on its page."""

from __future__ import annotations

from pathlib import Path

import pytest

from vggsound_omni.encoders.crosscheck.compare import Difference
from vggsound_omni.encoders.crosscheck.packages import PACKAGES
from vggsound_omni.encoders.crosscheck.table import BEGIN, END, Row, rows_of, write_table
from vggsound_omni.errors import UserError

PAGE = Path(__file__).parents[3] / "docs" / "crosscheck.md"


def test_a_row_is_the_worst_sound_of_an_output(tmp_path: Path) -> None:
    found = [
        Difference("dog", "embedding", 0.1, 2e-6),
        Difference("cat", "embedding", 0.3, 5e-6),
        Difference("cat", "logits", 0.2, 1e-7),
    ]
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    failed = Row(package=PACKAGES["laion-clap"], error="laion-clap cannot be installed: no room.")
    write_table(page, [*rows_of(PACKAGES["hear21passt"], "by rule", found), failed])
    before, *rows, after = page.read_text(encoding="utf-8").replace("\n\n", "\n").splitlines()
    assert (before, after) == ("before", "after")
    assert "old" not in page.read_text(encoding="utf-8")
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows if row.startswith("| ")]
    assert cells[2][:7] == ["hear21passt", "0.0.26", "`passt`", "by rule", "2", "embedding", "5e-06"]
    assert cells[3][5:7] == ["logits", "1e-07"]
    assert cells[4][-1] == "laion-clap cannot be installed: no room."


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Mine\n", encoding="utf-8")
    with pytest.raises(UserError, match="has no line"):
        write_table(page, [])
    assert page.read_text(encoding="utf-8") == "# Mine\n"


def test_the_published_table_is_of_the_pinned_versions_and_within_rounding() -> None:
    table = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.strip().splitlines()[2:]]
    assert {(row[0], row[1]) for row in rows} == {(package.name, package.version) for package in PACKAGES.values()}
    assert all(row[6] == "-" or float(row[6]) < 1e-4 for row in rows)

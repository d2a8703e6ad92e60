"""The tables and the example of docs/metrics.md hold."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.metrics import fd_inf, kad

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")


def table(header: str) -> list[list[str]]:
    """Cells of the table that begins with this header."""
    lines = PAGE[PAGE.index(header) :].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def few_clips(n: int) -> tuple[float, float, float]:
    """Mean FD, FD-inf and KAD of four pairs of sets of one distribution."""
    scale = np.arange(1, 129) ** -0.5
    scale /= np.linalg.norm(scale)
    rng = np.random.default_rng(n)
    found = []
    for x, y in rng.standard_normal((4, 2, n, 128)) * scale:
        line = fd_inf.evaluate(x, y, np.random.default_rng(0))
        found.append((line.facts["fd"], line.value, kad.evaluate(x, y).value))
    fd, extrapolated, kernel = np.mean(found, axis=0)
    return fd, extrapolated, kernel


@pytest.mark.parametrize("row", table("| n | FD | FD-inf |"), ids=lambda row: row[0])
def test_what_few_clips_do(row: list[str]) -> None:
    n, *shown = row
    assert few_clips(int(n)) == pytest.approx([float(value) for value in shown], abs=6e-4)


def test_the_example_does_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
    names: dict[str, object] = {}
    exec(code, names)
    for expression, expected in re.findall(r"^([^ #\n].*?)  # ([\d., ]+)$", code, flags=re.M):
        assert eval(expression, names) == eval(expected), expression
    assert capsys.readouterr().out.strip() == re.findall(r"print\(error\)  # (.*)", code)[0]

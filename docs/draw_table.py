"""Draws docs/images/table.svg and compare.svg: what a terminal of 80 columns shows of real runs.

python docs/draw_table.py RUN            draws the table of a run
python docs/draw_table.py RUN BASELINE   and the comparison of both

A run is a folder or a result file; wherever it is, the pictures call it as `omni-bench run` would. They hold their
text, and fetch no font.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from vggsound_omni.analysis.compare.comparison import compare
from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.errors import UserError
from vggsound_omni.present.comparison_terminal import print_comparison
from vggsound_omni.present.terminal import print_tables
from vggsound_omni.runs.naming import run_name
from vggsound_omni.runs.result import Result, read_result

IMAGES = Path(__file__).parent / "images"
WIDTH = 80
THEME = TerminalTheme(
    (252, 252, 250),
    (36, 41, 47),
    [
        (36, 41, 47),
        (178, 40, 46),
        (26, 110, 60),
        (140, 96, 0),
        (20, 84, 160),
        (120, 60, 140),
        (0, 110, 120),
        (110, 119, 129),
    ],
)


def draw(name: str, command: str, show: Callable[[Console], None]) -> None:
    """Draws what a function prints."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(f"$ {command}", style="dim", markup=False, highlight=False)
    show(console)
    picture = console.export_svg(title="omni-bench", theme=THEME, unique_id=name)
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.S)
    (IMAGES / f"{name}.svg").write_text(re.sub(r"[ \t]+$", "", picture, flags=re.M), encoding="utf-8")


def main(paths: list[str]) -> None:
    """Draws the pictures of one run, or of a run and its baseline."""
    results = [read_result(Path(path)) for path in paths]
    names = [_folder(result) for result in results]
    draw("table", f"omni-bench show {names[0]}", lambda console: print_tables(results[:1], console))
    if len(results) > 1:
        comparison = compare(systems(results))
        draw("compare", f"omni-bench compare {' '.join(names)}", lambda console: print_comparison(comparison, console))


def _folder(result: Result) -> str:
    model = result.model
    named = run_name(result.suite.name, result.track, model["name"], model["arguments"], result.without, result.seed)
    return f"runs/{named}"


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("Name a run, and perhaps another to compare it with: python docs/draw_table.py RUN [BASELINE]")
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.exit(str(error))

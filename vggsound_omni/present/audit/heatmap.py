"""The audit as one picture: corruptions down, metrics across, colour for how far each moved."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from vggsound_omni.analysis.audit.outcomes import Audit, Cell
from vggsound_omni.io import replacing
from vggsound_omni.metrics import title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = {"worsens": "▲", "still": "=", "open": ""}
"""By what a metric must do: worsen, stay, either."""
_LIMIT = 1.0
"""Yardsticks at which a colour is saturated."""
_WIDEST = 9
"""Letters of a heading on one line."""
_COLOURS = 256
"""In the palette."""
_KINDS = {"baseline": "baselines", "graded": "graded", "inaudible": "inaudible"}


def draw(audit: Audit, path: Path) -> None:
    """Writes a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    rows = rows_of(audit)
    height = 0.32 * len(rows) + 1.9
    figure = Figure((0.66 * len(audit.metrics) + 2.9, height), dpi=100)
    FigureCanvasAgg(figure)
    figure.subplots_adjust(left=2.7 / figure.get_figwidth(), right=0.99, top=1 - 0.75 / height, bottom=0.85 / height)
    axes = figure.add_subplot()
    axes.set_xlim(0, len(audit.metrics))
    axes.set_ylim(len(rows), 0)
    for y, (title, key) in enumerate(rows):
        for x, metric in enumerate(audit.metrics):
            if key is not None:
                _cell(axes, x, y, audit.cell(key, metric))
        if key is None:
            axes.text(-0.1, y + 0.72, title, ha="right", va="center", fontsize=7.5, style="italic", color="#555555")
        else:
            axes.text(-0.1, y + 0.5, title, ha="right", va="center", fontsize=9)
    axes.set_xticks([x + 0.5 for x in range(len(audit.metrics))], [_heading(key) for key in audit.metrics])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=9)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    figure.text(
        0.012,
        1 - 0.2 / height,
        f"Audit of the {audit.encoder_set} encoders on {audit.suite.name}, {len(audit.items)} items",
        fontsize=10.5,
        weight="bold",
        va="center",
    )
    figure.text(
        0.012,
        0.4 / height,
        "Worsening at the worst severity (= : the largest move) in hundredths of the distance from the references to\n"
        f"{units(audit)}.   ▲ must worsen   = must not move\n"
        "Framed: fails what is expected (dashed: known, see the documentation).",
        fontsize=8,
        va="center",
        linespacing=1.35,
    )
    drawn = io.BytesIO()
    figure.savefig(drawn)
    # A palette makes the file a third as large, with no visible difference.
    image = Image.open(drawn).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    with replacing(path) as temporary:
        image.save(temporary, optimize=True)


def _heading(key: str) -> str:
    """Returns a metric's title, on two lines if it is wider than a column."""
    title = title_of(key)
    return re.sub(r"[ -]", lambda found: found[0].strip() + "\n", title, count=1) if len(title) > _WIDEST else title


def units(audit: Audit) -> str:
    """Returns what the effects of which metrics are measured in, the most frequent last: "shuffled (KL) or noise"."""
    titles: dict[str, list[str]] = {}
    for key, unit in audit.yardsticks.items():
        titles.setdefault(unit.baseline, []).append(title_of(key))
    spread = titles.pop("spread", [])
    usual = max(titles, key=lambda name: len(titles[name]), default="")
    named = [f"{name} ({', '.join(of)})" for name, of in titles.items() if name != usual]
    sentence = " or ".join([*named, f"{usual} (others)" if named else usual])
    return sentence + (f"; {', '.join(spread)}: the clips' standard deviation" if spread else "")


def rows_of(audit: Audit) -> list[tuple[str, str | None]]:
    """Returns title and key of every row; a heading, without a key, before each kind but the first."""
    rows: list[tuple[str, str | None]] = []
    kind = audit.corruptions[0].kind
    for one in audit.corruptions:
        if one.kind != kind:
            rows.append((_KINDS[one.kind], None))
            kind = one.kind
        worst = f" {one.severities[-1]:g} {one.unit}" if len(one.severities) > 1 and one.unit[:5] != "share" else ""
        if one.unit[:5] == "share":
            worst = f" {100 * one.severities[-1]:.0f} %"
        rows.append((one.title + worst, one.key))
    return rows


def _cell(axes: Axes, x: int, y: int, cell: Cell) -> None:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    shade = 0.5 + 0.5 * max(-1.0, min(1.0, cell.effect / _LIMIT)) * 0.9
    colour = colormaps["RdBu_r"](shade)
    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=colour, edgecolor="white", linewidth=1))
    dark = abs(shade - 0.5) > 0.3
    text = f"{round(100 * cell.effect)}"
    ink = "white" if dark else "black"
    axes.text(x + 0.44, y + 0.52, text, ha="center", va="center", fontsize=8.5, color=ink)
    axes.text(x + 0.82, y + 0.52, MARKS[cell.expected], ha="center", va="center", fontsize=6, color=ink)
    if cell.verdict == "fail":
        frame = Rectangle((x + 0.05, y + 0.08), 0.9, 0.84, fill=False, edgecolor="black", linewidth=1.8, zorder=3)
        frame.set_linestyle((0, (2.5, 1.5)) if cell.known else "solid")
        axes.add_patch(frame)

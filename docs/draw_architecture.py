"""Draws docs/images/architecture.svg: the rooms by layer, and arrows from a room to those it imports.

An arrow is left out if the imported room is reached over another one too: what is left shows the order.

python docs/draw_architecture.py        writes the picture
python docs/draw_architecture.py --check  fails if it is not what the code says

Layers are those that CI enforces (``[tool.importlinter]`` in pyproject.toml); arrows are read from the imports.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "vggsound_omni"
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
WIDTH, ROW, BOX = 860, 62, 34
BASE = "errors, io, registry ..."
"""The modules at the bottom, drawn as one box; everything may import them, so their arrows are left out."""


def layers() -> list[list[str]]:
    """Returns the rooms from top to bottom, without the modules of the base."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (c for c in config["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    rows = [re.findall(r"[a-z_]+", layer) for layer in contract["layers"]]
    return [[room for room in row if (ROOT / PACKAGE / room).is_dir() or room == "api"] for row in rows]


def imports() -> Counter[tuple[str, str]]:
    """Returns how many modules of a room import another room: (from, to)."""
    found: Counter[tuple[str, str]] = Counter()
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        inside = path.relative_to(ROOT / PACKAGE)
        room = inside.parts[0].removesuffix(".py")
        package = [PACKAGE, *inside.parts[:-1]]
        targets = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                name = [*base, *(node.module.split(".") if node.module else [])]
                if name[:1] == [PACKAGE]:
                    targets.add(name[1] if len(name) > 1 else node.names[0].name)
        found.update((room, target) for target in targets if target != room)
    return found


def shortest(found: Counter[tuple[str, str]], rooms: set[str]) -> dict[tuple[str, str], int]:
    """Returns the imports between rooms that no way over other rooms replaces (the transitive reduction)."""
    direct = {one: {other for start, other in found if start == one and other in rooms} for one in rooms}

    def reached(room: str) -> set[str]:
        return direct[room].union(*(reached(other) for other in direct[room]))

    return {
        (one, other): count
        for (one, other), count in found.items()
        if one in rooms and other in direct[one] and not any(other in reached(mid) for mid in direct[one] - {other})
    }


def draw() -> str:
    """Returns the picture as SVG."""
    rows = [row for row in layers() if row]
    place: dict[str, tuple[float, float]] = {}
    boxes = []
    for number, row in enumerate(rows):
        for column, room in enumerate(row):
            x = WIDTH / 2 + (column - (len(row) - 1) / 2) * 240
            y = 30 + number * ROW
            place[room] = x, y
            boxes.append(
                f'<rect x="{x - 70:.0f}" y="{y - BOX / 2:.0f}" width="140" height="{BOX}" rx="6" class="room"/>'
                f'<text x="{x:.0f}" y="{y + 5:.0f}">{room}</text>'
            )
    bottom = 30 + len(rows) * ROW
    boxes.append(
        f'<rect x="{WIDTH / 2 - 130:.0f}" y="{bottom - BOX / 2:.0f}" width="260" height="{BOX}" rx="6" class="base"/>'
        f'<text x="{WIDTH / 2:.0f}" y="{bottom + 5:.0f}">{BASE}</text>'
    )
    arrows = []
    for (one, other), count in sorted(shortest(imports(), set(place)).items()):
        (x1, y1), (x2, y2) = place[one], place[other]
        # Past the boxes between two rooms of one column, and straight otherwise.
        bend = min(130 * (y2 - y1) / ROW, 400) if x1 == x2 and y2 - y1 > ROW else 0
        middle = f"{(x1 + x2) / 2 + bend:.0f} {(y1 + y2) / 2:.0f}"
        arrows.append(
            f'<path d="M{x1:.0f} {y1 + BOX / 2:.0f} Q{middle} {x2:.0f} {y2 - BOX / 2 - 3:.0f}" '
            f'class="arrow"><title>{one} imports {other}: {count} modules</title></path>'
        )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 40}" role="img" '
        'aria-label="The rooms of vggsound_omni and what they import">'
        "<style>text{font:14px system-ui,sans-serif;text-anchor:middle;fill:#111}.room{fill:#eef3fb;stroke:#3b5b8c}"
        ".base{fill:#f3f3f0;stroke:#999}.arrow{fill:none;stroke:#3b5b8c;stroke-width:1.5;marker-end:url(#tip)}</style>"
        '<defs><marker id="tip" markerWidth="7" markerHeight="7" refX="6" refY="3.5" orient="auto" '
        'markerUnits="userSpaceOnUse"><path d="M0 0L7 3.5L0 7z" fill="#3b5b8c"/></marker></defs>'
        f'<rect width="{WIDTH}" height="{bottom + 40}" fill="#fff"/>'
    )
    return "\n".join([head, *arrows, *boxes, "</svg>", ""])


def main() -> int:
    """Writes the picture, or checks it."""
    drawn = draw()
    if "--check" in sys.argv:
        return int(PICTURE.read_text(encoding="utf-8") != drawn)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The picture of the rooms is what the imports say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_picture_is_drawn_from_todays_imports() -> None:
    done = subprocess.run([sys.executable, ROOT / "docs" / "draw_architecture.py", "--check"], check=False)
    assert done.returncode == 0, "draw it again: python docs/draw_architecture.py"


def test_every_room_has_a_line_on_the_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.name for path in (ROOT / "vggsound_omni").iterdir() if (path / "__init__.py").exists()}
    assert rooms
    assert [room for room in sorted(rooms) if f"`{room}`" not in page] == []

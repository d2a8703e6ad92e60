"""A few of FoleyWorld's scenes as a suite of their own, so that nothing else of it is rendered."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from vggsound_omni.suites.foleyworld.suite import FoleyWorld


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], str]:
    """Returns the name of a suite of the first scenes; those that baselines exchange are among them."""

    def suite(count: int) -> str:
        world = FoleyWorld()
        items = world.items()[:count]
        world.check(items)
        path: Path = tmp_path_factory.mktemp("scenes") / "scenes.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["id", "caption", "video", "audio", "stratum"])
            for item in items:
                media = world.media(item)
                lines.writerow([item.id, item.caption, media.video, media.audio, item.stratum])
        return f"manifest:{path}"

    return suite

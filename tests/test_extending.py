"""docs/extending.md, executed: its files become an installed package, and its commands run with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vggsound_omni.suites import open_suite

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = [
    line.split() for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's package as pip would leave it, and four videos in ``clips``."""
    place = tmp_path_factory.mktemp("site")
    for name, text in FILES.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for package in ("omni_extras", "omni_extras/bands"):
        (place / package / "__init__.py").touch()
    facts = place / "omni_extras-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: omni-extras\nVersion: 1.0\n")
    (place / "entry_points.txt").rename(facts / "entry_points.txt")
    suite = open_suite("foleyworld")
    (place / "clips").mkdir()
    for item in suite.items()[:4]:
        video = suite.media(item).video
        assert video is not None
        shutil.copy(video, place / "clips")
    return place


def run(place: Path, *words: str) -> str:
    """What a program prints, run where the package is installed."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(place), str(ROOT)])}
    done = subprocess.run(words, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def omni_bench(place: Path, *words: str) -> str:
    return run(place, sys.executable, "-m", "vggsound_omni", *words)


def result(folder: Path) -> dict[str, dict[str, object]]:
    scores: dict[str, dict[str, object]] = json.loads((folder / "result.json").read_text(encoding="utf-8"))["scores"]
    return scores


def test_the_page_has_all_five_recipes() -> None:
    assert len(FILES) == 11
    assert len(COMMANDS) == 2
    assert re.findall(r"^## (.*)$", PAGE, re.M)[:5] == [
        "A metric", "A truth metric", "A track", "An encoder", "A suite",
    ]  # fmt: skip


def test_metrics_by_a_formula_on_truth_and_by_a_second_encoder(installed: Path) -> None:
    words = COMMANDS[0]
    assert words[0] == "omni-bench"
    told = omni_bench(installed, *words[1:], "--output", "first")
    assert "LSD" in told
    assert "Onset level" in told
    scores = result(installed / "first")
    assert scores["lsd"]["status"] == scores["onset_level"]["status"] == scores["fd@bands"]["status"] == "computed"
    assert (scores["lsd"]["encoder"], scores["lsd"]["metric_id"]) == (None, "lsd")
    assert scores["fd@bands"]["encoder"] == "band-levels"
    assert isinstance(scores["lsd"]["value"], float)
    assert scores["lsd"]["value"] > 5


def test_the_track_takes_scenes_with_two_visible_sources(installed: Path) -> None:
    assert "silentfilm" in omni_bench(installed, "tracks")
    told = omni_bench(
        installed, "run", "--track", "silentfilm", "--model", "silence", "--limit", "4", "--output", "film"
    )
    assert "4 of 4" in told
    assert str(result(installed / "film")["ms_clap"]["reason"]).startswith("against the held-back caption")


def test_the_encoder_equals_its_golden(installed: Path) -> None:
    run(installed, sys.executable, "-m", "omni_extras.bands.make_golden")
    run(installed, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "omni_extras/bands/test_port.py")
    assert "band-levels" in omni_bench(installed, "encoders")


def test_the_suite_is_opened_by_its_name(installed: Path) -> None:
    assert "folder:DIR" in omni_bench(installed, "suites")
    omni_bench(installed, *COMMANDS[1][1:], "--output", "folder")
    scores = result(installed / "folder")
    assert scores["onset_level"]["status"] == "not_applicable"
    assert scores["onset_level"]["reason"] == "the truth of the suite's items is not known"
    assert scores["ib"]["status"] == "computed"


def test_objects_need_no_package(installed: Path) -> None:
    found = run(installed, sys.executable, "in_memory.py")
    assert re.search(r"^\d+\.\d+ \[", found, re.M), found

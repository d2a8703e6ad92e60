"""The page of licences says what the program knows of every encoder and every suite."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vggsound_omni.data.entries import RECIPES
from vggsound_omni.encoders.registry import ENCODERS, published_weights
from vggsound_omni.suites.registry import SUITES

PAGE = Path(__file__).parent.parent / "docs" / "licences.md"


def rows(heading: str) -> dict[str, list[str]]:
    """The table under a heading, by the name in its first cell."""
    section = re.split(r"\n##? ", PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2])[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return {re.findall("`(.+?)`", row[0])[0]: row for row in cells}


@pytest.mark.parametrize("name", published_weights())
def test_the_licence_of_an_encoder_is_that_of_its_weights(name: str) -> None:
    weights = published_weights()[name]
    _, encoder_set, licence, commercial, source = rows("Weights")[name]
    assert encoder_set == f"`{ENCODERS[name].encoder_set}`"
    assert licence == weights.licence
    assert source == f"<{weights.page}>"
    assert (commercial == "**no**") == weights.restricted


def test_no_encoder_is_on_the_page_alone_or_missing_from_it() -> None:
    bundled = {name for name, spec in ENCODERS.items() if spec.weights is None}
    assert all(name.startswith("foleyworld-") for name in bundled)
    assert len(bundled) == 7
    assert rows("Weights").keys() == {*published_weights(), "foleyworld-*"}


def test_every_suite_that_can_be_built_is_on_the_page() -> None:
    named = {name.partition(":")[0] for name in rows("Suites")}
    assert named == {*RECIPES, *(key for key in SUITES if key != "suite-folder")}


@pytest.mark.parametrize("suite", [name for name, recipe in RECIPES.items() if recipe.package is not None])
def test_the_licence_of_a_suite_is_that_of_its_package(suite: str) -> None:
    package = RECIPES[suite].package
    assert package is not None
    _, sounds, _, shipped, source = rows("Suites")[suite]
    assert sounds == package.licence
    assert source == f"<{package.page}>"
    assert shipped.startswith("yes") == package.licence.startswith("CC0")

"""Every generator that ships is documented, is what its spec and its published card say, and conforms."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from vggsound_omni.cli.check import command
from vggsound_omni.generators import GeneratorSpec, card_of, find, names
from vggsound_omni.generators.loading import definition
from vggsound_omni.generators.registry import ADAPTERS, FORMER_NAMES
from vggsound_omni.protocol import ModelCard
from vggsound_omni.suites import open_suite

ROOT = Path(__file__).parents[2]
CHEAPER = {"attack": ("-m", "steps=3")}
"""Arguments with which what takes minutes takes seconds."""
BUNDLED = {name: spec for name, spec in names().items() if spec.origin in ("built in", "vggsound-omni")}


@cache
def card(name: str) -> ModelCard:
    return card_of(find(name, suite=open_suite("foleyworld")), name)


@pytest.mark.parametrize("spec", [*BUNDLED.values(), *ADAPTERS], ids=lambda spec: spec.name)
def test_it_is_documented(spec: GeneratorSpec) -> None:
    page = (ROOT / "docs" / "generators.md").read_text(encoding="utf-8")
    assert re.search(rf"`{re.escape(spec.name)}", page)
    assert spec.summary
    assert definition(spec.target), f"there is no {spec.target}"


def test_only_what_is_documented_is_given_the_suite() -> None:
    page = (ROOT / "docs" / "generators.md").read_text(encoding="utf-8")
    given = [f"`{name}`" for name, spec in BUNDLED.items() if spec.needs_suite]
    assert f"{', '.join(given[:-1])} and {given[-1]} are given the suite" in page


@pytest.mark.parametrize("name", BUNDLED)
def test_its_card_says_what_its_spec_says(name: str) -> None:
    assert card(name).name == name
    assert card(name).tasks == BUNDLED[name].tasks


@pytest.mark.parametrize("name", BUNDLED)
def test_its_card_says_what_is_published(name: str) -> None:
    former = {new: old for old, new in FORMER_NAMES.items()}
    path = ROOT / "leaderboard" / "cards" / f"{name}.toml"
    if not path.exists() and name in former:  # rows that were published under a former name keep it
        path = path.with_stem(former[name])
    if not path.exists():
        pytest.skip("nothing of it is published yet")
    published = tomllib.loads(path.read_text(encoding="utf-8"))
    assert published["name"] == path.stem
    assert tuple(published["tasks"]) == card(name).tasks
    assert published["parameters"] == card(name).parameters
    if card(name).licence is not None:
        assert published["licence"] == card(name).licence
    if card(name).version != "0":
        assert published["version"].split(".")[0] == card(name).version  # behind the point: rows scored again
    assert bool(published["training_data"]) == bool(card(name).training_data)
    assert published["overlap"].startswith("Complete") == BUNDLED[name].needs_suite


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.soak) if name == "ref" else name for name in BUNDLED],
)
def test_it_conforms(name: str) -> None:
    suite = ["--suite", "foleyworld"] if BUNDLED[name].knows_items else []
    result = CliRunner().invoke(command, [name, *suite, *CHEAPER.get(name, ())], env={"COLUMNS": "300"})
    assert result.exit_code == 0, result.output

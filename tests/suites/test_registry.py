"""Suites by name: one registry, and what a package adds to it."""

from __future__ import annotations

import sys
import types
from importlib import metadata
from pathlib import Path

import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.registry import Registry
from vggsound_omni.suites import SUITES, SuiteSpec, listing, open_suite, registry
from vggsound_omni.suites.foleyworld import WORLD_VERSION
from vggsound_omni.suites.foleyworld.record import CODING_VERSION
from vggsound_omni.suites.foleyworld.suite import FoleyWorld
from vggsound_omni.suites.manifest import ManifestSuite

from .test_manifest import manifest


class Tapes(FoleyWorld):
    """A third party's suite."""

    def __init__(self, rest: str) -> None:
        super().__init__()
        self.name = f"tapes:{rest}"


TAPES = SuiteSpec(key="tapes", names={"tapes:YEAR": "a shelf of tapes"}, encoder_set="open", opener=f"{__name__}:Tapes")


@pytest.fixture
def with_plugin(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A registry into which a package brings what this module holds as ``specs``."""
    module = types.ModuleType("tapes_package")
    module.specs = TAPES  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tapes_package", module)
    entry = metadata.EntryPoint("tapes", "tapes_package:specs", "vggsound_omni.suites")
    monkeypatch.setattr(metadata, "entry_points", lambda group: (entry,) if group == entry.group else ())
    monkeypatch.setattr(registry, "SUITES", Registry("suite", SUITES.group, [SUITES[key] for key in SUITES]))
    return module


def test_every_listed_name_is_known_and_says_its_encoders() -> None:
    lines = {line.name: line for line in listing()}
    assert {name.partition(":")[0] for name in lines} == {"foleyworld", "foleyworld-few", "manifest", "FOLDER"}
    for name in ("foleyworld", "foleyworld:validation"):
        suite = open_suite(name)
        assert (suite.name, suite.encoder_set) == (name, lines[name].encoder_set)


def test_a_table_is_opened_by_its_path(tmp_path: Path) -> None:
    table = manifest(tmp_path, "id,caption\na,Rain\n")
    suite = open_suite(f"manifest:{table}")
    assert isinstance(suite, ManifestSuite)
    with pytest.raises(UserError, match="needs a file"):
        open_suite("manifest:")


@pytest.mark.parametrize("name", ["foleywrld", "", "nowhere/at/all", "x:y"])
def test_an_unknown_name_is_told_with_those_that_exist(name: str) -> None:
    with pytest.raises(UserError, match=r'Unknown suite ".*foleyworld:validation, manifest:FILE'):
        open_suite(name)
    with pytest.raises(UserError, match="has no split"):
        open_suite("foleyworld:trian")


def test_a_package_s_suite_is_listed_and_opened(with_plugin: types.ModuleType) -> None:
    assert ("tapes:YEAR", "a shelf of tapes", "open") in listing()
    assert open_suite("tapes:1999").name == "tapes:1999"
    assert open_suite("foleyworld").name == "foleyworld"


@pytest.mark.parametrize(
    ("opener", "message"),
    [
        ("no_such_module:Suite", r'The suite "tapes" cannot be opened: no_such_module:Suite does not import'),
        (f"{__name__}:NoSuchSuite", "does not import"),
        ("builtins:str", 'The suite "tapes" cannot be used: its str has no name, version'),
    ],
)
def test_a_package_that_cannot_be_used_costs_only_its_own_suite(
    with_plugin: types.ModuleType, opener: str, message: str
) -> None:
    with_plugin.specs = SuiteSpec(key="tapes", names=TAPES.names, encoder_set="open", opener=opener)  # type: ignore[attr-defined]
    with pytest.raises(UserError, match=message):
        open_suite("tapes:1")
    assert open_suite("foleyworld").name == "foleyworld"


def test_a_package_cannot_take_a_name(with_plugin: types.ModuleType) -> None:
    with_plugin.specs = [SuiteSpec(key="foleyworld", names={}, encoder_set="open", opener="no:thing"), "a string"]  # type: ignore[attr-defined]
    assert open_suite("foleyworld").encoder_set == "foleyworld"
    assert len(registry.SUITES.faults) == 2


def test_rendered_files_are_kept_by_declared_versions_and_never_by_source_text() -> None:
    suite = FoleyWorld("validation")
    assert suite.folder.parts[-2:] == (f"{WORLD_VERSION}.{CODING_VERSION}", "validation")
    versions = {suite.media_version(item) for item in suite.items()}
    assert versions == {f"foleyworld {WORLD_VERSION}.{CODING_VERSION}"}

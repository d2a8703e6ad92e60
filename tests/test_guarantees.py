"""Every promise on the page of guarantees stands where it says, and is held by tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
_ROW = re.compile(r"^\| (?P<promise>.+?) \| (?P<tests>`tests/.+`) \|$")


def promises() -> list[tuple[str, str, list[str]]]:
    """Page, promise and tests of every row."""
    found, page = [], ""
    for line in (DOCS / "guarantees.md").read_text(encoding="utf-8").splitlines():
        if named := re.match(r"In \[(.+?)\]", line):
            page = named[1]
        if row := _ROW.match(line):
            found.append((page, row["promise"], re.findall(r"`(.+?)`", row["tests"])))
    return found


@cache
def words(page: str) -> str:
    """A page as one line, without the marks of bold text."""
    return " ".join((DOCS / page).read_text(encoding="utf-8").replace("**", "").split())


@cache
def known_in(path: str) -> set[str]:
    """Names of the tests of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_there_are_promises() -> None:
    assert len(promises()) > 40


@pytest.mark.parametrize(("page", "promise", "tests"), promises(), ids=lambda value: str(value)[:60])
def test_a_promise_is_made_and_held(page: str, promise: str, tests: list[str]) -> None:
    assert promise in words(page), f"docs/{page} does not say: {promise}"
    for test in tests:
        path, name = test.split("::")
        assert name in known_in(path), f"there is no test {test}"

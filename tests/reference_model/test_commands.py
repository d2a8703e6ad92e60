"""What the documentation tells a reader to type is what omni-train and omni-generate take."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from reference_model.cli_generate import command as generate
from reference_model.cli_train import group

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def lines(program: str) -> list[str]:
    """Every line of an indented block that begins with a program's name."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    return sorted(set(re.findall(rf"^ {{4}}({program} [^#\n]*)$", text, flags=re.M)))


@pytest.mark.parametrize("line", lines("omni-train"))
def test_every_omni_train_in_the_documentation_parses(line: str) -> None:
    arguments = shlex.split(line)[1:]
    name, *rest = ["run", *arguments] if arguments[0].startswith("-") else arguments
    verb = group.get_command(click.Context(group), name)
    assert verb is not None, line
    verb.make_context(name, rest)


@pytest.mark.parametrize("line", lines("omni-generate"))
def test_every_omni_generate_in_the_documentation_parses(line: str) -> None:
    generate.make_context("omni-generate", shlex.split(line)[1:])

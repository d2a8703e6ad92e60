"""What README and docs tell a reader to type is what the program takes."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from vggsound_omni.cli import command

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WORKFLOW = ROOT / ".github" / "workflows" / "leaderboard.yml"


def commands(page: Path) -> list[str]:
    """Every line that begins with omni-bench, or holds it after ``&&``, in an indented or fenced block."""
    lines = re.findall(r"^(?: {4}|\t)?.*?\b(omni-bench [a-z][^`|#\n]*)$", page.read_text(encoding="utf-8"), flags=re.M)
    return [line for line in lines if line.split()[1] in command.list_commands(click.Context(command))]


@pytest.mark.parametrize("page", [*PAGES, WORKFLOW], ids=lambda page: page.name)
def test_every_command_in_the_documentation_parses(page: Path) -> None:
    for line in commands(page):
        verb, *arguments = shlex.split(line)[1:]
        found: click.Command = command.get_command(click.Context(command), verb)
        while isinstance(found, click.Group) and (arguments[0] in found.commands or not found.invoke_without_command):
            name, *arguments = arguments
            found = found.commands[name]
        found.make_context(verb, list(arguments))


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "images").glob("*.svg")), ids=lambda path: path.name)
def test_no_picture_shows_a_path_of_the_machine_that_drew_it(picture: Path) -> None:
    told = re.sub(r"<[^>]*>", "\n", picture.read_text(encoding="utf-8")).replace("&#160;", " ")
    assert not re.findall(r"(?<![\w.:/])(?:~?/|[A-Z]:\\)\w.*", told)


def test_readme_and_help_recommend_the_same_first_command() -> None:
    assert command.epilog == f"Start with: {commands(ROOT / 'README.md')[0].strip()}"


def test_a_pull_request_is_checked_against_what_is_published() -> None:
    (line,) = commands(WORKFLOW)
    assert '/proposed/leaderboard" --published "$GITHUB_WORKSPACE/main/leaderboard" --account "$ACCOUNT"' in line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_readmes_model_passes_check_and_runs(tmp_path: Path) -> None:
    code, _ = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.S)
    (tmp_path / "my_model.py").write_text(code)
    omni_bench = [sys.executable, "-m", "vggsound_omni"]
    for arguments in (["check"], ["run", "--track", "vt2a", "--limit", "2", "--model"]):
        done = subprocess.run(
            [*omni_bench, *arguments, "my_model.py:MyModel"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

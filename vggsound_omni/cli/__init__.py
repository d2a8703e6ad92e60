"""The command ``omni-bench``: one module a verb, none imported before it is named."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import traceback
from pathlib import Path
from typing import NoReturn

import click

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.progress import be_quiet
from vggsound_omni.version import __version__
from vggsound_omni.wording import clean

VERBS = (
    *("run", "study", "generate", "score", "merge", "slurm", "show", "compare", "power", "agree", "listen"),
    *("submit", "validate", "board"),
    *("audit", "check", "new-adapter"),
    *("tracks", "suites", "models", "metrics", "encoders"),
    *("encode", "crosscheck", "weights", "cache", "data", "caption", "world", "doctor"),
)
"""The verbs in the order of ``--help``; each is the module of that name, with ``_`` for ``-``."""


class Verbs(click.Group):
    """Imports a verb's module when it is used, so that ``--help`` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Returns :data:`VERBS`."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:  # noqa: ARG002
        """Returns the verb's command.

        Raises:
            UserError: no such verb.
        """
        if cmd_name not in VERBS:
            raise unknown_name("verb", cmd_name, VERBS)
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Lists the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, help_line(verb)) for verb in VERBS])


def help_line(verb: str) -> str:
    """Returns the first sentence of the docstring of a verb's command, read from its source."""
    tree = ast.parse((Path(__file__).parent / f"{verb.replace('-', '_')}.py").read_bytes())
    (command,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "command")
    return re.split(r"(?<=[.?!])\s", ast.get_docstring(command) or "", maxsplit=1)[0]


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: omni-bench run --track vt2a --model retrieval --limit 24",
)
@click.version_option(__version__, prog_name="omni-bench")
@click.option("--debug", is_flag=True, help="Show a traceback with an error; may stand anywhere.")
@click.option("--quiet", is_flag=True, help="Show no progress; may stand anywhere.")
def command(*, debug: bool, quiet: bool) -> None:
    """VGGSound-Omni: how good is a model that makes sound from text, video or both?"""


_EVERYWHERE = ("--debug", "--quiet")
"""Options that may stand before and behind a verb."""


def _renamed(argument: str) -> str:
    """Returns an argument by today's name: ``--profile`` was renamed ``--kit``, and still works in this version."""
    name, equals, value = argument.partition("=")
    return f"--kit{equals}{value}" if name == "--profile" else argument


def main() -> NoReturn:
    """Runs ``omni-bench``. Exit codes: 0 all well, 1 the user's mistake, 2 too many failed items."""
    given = sys.argv[1:]
    arguments = [_renamed(a) for a in given if a not in _EVERYWHERE]
    if "--quiet" in given:
        be_quiet()
    try:
        code = command.main(arguments, prog_name="omni-bench", standalone_mode=False)
    except (UserError, click.ClickException) as error:
        if "--debug" in given:
            traceback.print_exc()
        message = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"omni-bench: {clean(message, keep_lines=True)}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("omni-bench: stopped; the same command again goes on from here.", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)

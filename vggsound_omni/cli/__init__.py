"""The command ``omni-bench``: one module a verb, none imported before it is named."""

from __future__ import annotations

import importlib
import sys
import traceback
from typing import NoReturn

import click

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.version import __version__

VERBS = {
    "run": "Generate and score: one generator, one or more tracks.",
    "generate": "Generate only; score later.",
    "score": "Score the audio of finished runs anew.",
    "show": "Show the scores of runs side by side.",
    "compare": "Test which systems differ, and rank them.",
    "power": "Tell how many clips a comparison needs.",
    "agree": "Correlate metrics with human scores.",
    "submit": "Pack runs for the board.",
    "validate": "Check submissions to the board.",
    "board": "Build and show the site of published results.",
    "audit": "Find out whether metrics measure what they say.",
    "check": "Find out whether a generator conforms to the protocol.",
    "tracks": "List the tracks.",
    "suites": "List the suites.",
    "models": "List the generators that have names.",
    "encoders": "Show the encoders and how good they are.",
    "encode": "Write a pretrained encoder's features of any media.",
    "crosscheck": "Compare an encoder with another project's package.",
    "weights": "List, pull and verify the pretrained encoders' weights.",
    "cache": "Show and trim the features that are kept.",
    "data": "Build the real suites from media at hand, and verify them.",
    "world": "Render FoleyWorld, and look at it.",
    "doctor": "Report versions, device, caches, and what is missing.",
}
"""Verbs and what they do, in the order of ``--help``; each is the module of that name."""


class Verbs(click.Group):
    """Imports a verb's module when it is used, so that ``--help`` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names in the order of :data:`VERBS`."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:  # noqa: ARG002
        """The verb's command.

        Raises:
            UserError: no such verb.
        """
        if cmd_name not in VERBS:
            raise unknown_name("verb", cmd_name, VERBS)
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Lists the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: omni-bench run --track offscreen --model retrieval",
)
@click.version_option(__version__, prog_name="omni-bench")
@click.option("--debug", is_flag=True, help="Show a traceback with an error.")
def command(*, debug: bool) -> None:
    """VGGSound-Omni: how good is a model that makes sound from text, video or both?"""


def main() -> NoReturn:
    """Runs ``omni-bench``. Exit codes: 0 all well, 1 the user's mistake, 2 too many failed items."""
    arguments = [a for a in sys.argv[1:] if a != "--debug"]
    try:
        code = command.main(arguments, prog_name="omni-bench", standalone_mode=False)
    except (UserError, click.ClickException) as error:
        from vggsound_omni.wording import clean

        if len(arguments) < len(sys.argv) - 1:
            traceback.print_exc()
        message = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"omni-bench: {clean(message, keep_lines=True)}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("omni-bench: stopped; the same command again goes on from here.", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)

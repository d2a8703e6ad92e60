"""How the programs of the reference model end."""

from __future__ import annotations

import sys

import click

from vggsound_omni.errors import UserError


def run(command: click.Command, name: str) -> None:
    """Runs a program under its name; a user's error is one sentence and exit code 1."""
    try:
        command(prog_name=name)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)

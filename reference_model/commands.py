"""Runs the command-line programs of the reference model."""

from __future__ import annotations

import sys

import click

from vggsound_omni.errors import UserError


def run(command: click.Command, name: str) -> None:
    """Runs a program under its name; a :class:`UserError` is shown as one sentence, with exit code 1."""
    try:
        command(prog_name=name)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)

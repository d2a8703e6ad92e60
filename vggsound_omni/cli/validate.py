"""``omni-bench validate``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import PATH


@click.command("validate")
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="PATH...")
@click.option(
    "--published",
    type=PATH,
    metavar="DIR",
    help="The leaderboard as it was: what stood there must not have changed, and only what is new is scored again.",
)
@click.option("--account", metavar="LOGIN", help="Who asks for the change on the forge; only with --published.")
def command(paths: tuple[Path, ...], published: Path | None, account: str | None) -> int:
    """Check submissions to the board.

    Give leaderboards (folders with results/), or single submissions; every finding is a sentence. The published sounds
    of rows that rank are scored again. A single file is checked without its sounds.

    \b
    Examples:
      omni-bench validate leaderboard/
      omni-bench validate leaderboard/ --published main/leaderboard/
      omni-bench validate leaderboard/results/foleyworld/t2a/noise@1.json

    Exit codes: 0 all well, 1 something is wrong.
    """
    from vggsound_omni.board.shelf import validate, validate_file
    from vggsound_omni.errors import UserError

    if account is not None and published is None:
        raise UserError("--account says who changes a leaderboard, so it needs --published, the leaderboard before.")
    sentences: list[str] = []
    for path in paths:
        if (path / "results").is_dir():
            shelf = validate(path, published, account=account)
            sentences += shelf.sentences
            click.echo(f"{path}: {len(shelf.submissions)} submissions read.")
        elif path.is_dir():
            raise UserError(f"{path} is no leaderboard: it holds no folder results.")
        else:
            sentences += validate_file(path)
    for sentence in sentences:
        click.echo(sentence)
    return 1 if sentences else 0

"""``omni-bench board``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vggsound_omni.errors import UserError

from ._options import PATH

if TYPE_CHECKING:
    from vggsound_omni.board.submission import Submission


@click.group("board")
def command() -> None:
    """Build and maintain the site of published results."""


_FROM = click.option(
    "--from", "leaderboard", default="leaderboard", show_default=True, type=PATH, help="The leaderboard's folder."
)
_OUT = click.option("--out", required=True, type=PATH, help="Where the site goes.")


@command.command("build")
@_FROM
@_OUT
def build(leaderboard: Path, out: Path) -> None:
    """Write static pages that work from a file system.

    \b
    Examples:
      omni-bench board build --out site/
    """
    from vggsound_omni.board import site

    count = site.build(leaderboard, out)
    click.echo(f"{out / 'index.html'}: {count} pages.")


@command.command("serve")
@_FROM
@_OUT
@click.option("--port", default=8000, show_default=True, help="0 takes a free one.")
def serve(leaderboard: Path, out: Path, port: int) -> None:
    """Build the site and show it on this machine until stopped.

    \b
    Examples:
      omni-bench board serve --out site/
    """
    import functools
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    from vggsound_omni.board import site

    site.build(leaderboard, out)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(out))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        click.echo(f"http://127.0.0.1:{server.server_port}/index.html (Ctrl-C ends it)")
        server.serve_forever()


@command.command("withdraw")
@click.argument("file", type=PATH, metavar="FILE")
@click.option("--reason", required=True, help="Why; shown on the board.")
@click.option("--by", required=True, metavar="WHO", help="Who withdraws it: its owner, or the maintainers.")
def withdraw(file: Path, reason: str, by: str) -> None:
    """Withdraw a published row: it stays, does not rank, and says why.

    \b
    Examples:
      omni-bench board withdraw leaderboard/results/foleyworld/t2a/mine@1.json --by "A. Name" --reason "Wrong seed."
    """
    from datetime import UTC, datetime

    from vggsound_omni.board.packing import write_submission
    from vggsound_omni.board.submission import Withdrawal

    submission = _row(file)
    if submission.withdrawn is not None:
        raise UserError(f"{file} is withdrawn already.")
    notice = Withdrawal(day=datetime.now(UTC).strftime("%Y-%m-%d"), reason=reason, by=by)
    write_submission(file, submission.model_copy(update={"withdrawn": notice}))


@command.command("rescore")
@click.argument("row", required=False, type=PATH, metavar="[ROW]")
@click.option("--sounds", required=True, type=PATH, help="Folder with ID.flac or ID.wav.")
@_FROM
def rescore(row: Path | None, sounds: Path, leaderboard: Path) -> int:
    """Score a whole row again from all of its sounds, and say whether they are what it claims.

    ROW is the row's file; left out, it is the one whose sounds lie in the folder, told by their hashes.

    \b
    Examples:
      omni-bench board rescore --sounds runs/mine/t2a/audio leaderboard/results/foleyworld/t2a/mine@1.json

    Exit codes: 0 all agrees, 1 something does not.
    """
    from vggsound_omni.board import rescoring
    from vggsound_omni.board.checks import problems
    from vggsound_omni.board.shelf import load, owners_of
    from vggsound_omni.metrics import title_of

    if row is None:
        row = leaderboard / "results" / rescoring.matching(load(leaderboard).submissions, sounds)
        click.echo(f"{row}:")
    submission = _row(row)
    if wrong := problems(submission, owners_of(leaderboard) if leaderboard.is_dir() else None, published=True):
        raise UserError(f"{row} is not in order: {' '.join(wrong[:3])}")
    found = rescoring.rescore(submission, sounds)
    for one in found.agreements:
        claimed, again = (f"{v:.6g}" if v is not None else "none" for v in (one.claimed, one.rescored))
        verdict = "agrees" if one.agrees else "DIFFERS"
        off = f", {one.items_off} items differ" if one.items_off else ""
        click.echo(f"{title_of(one.key)}: claimed {claimed}, rescored {again}: {verdict}{off}")
    for sentence in found.findings:
        click.echo(sentence)
    return 0 if found.agrees else 1


def _row(file: Path) -> Submission:
    from vggsound_omni.board.reading import RefusedError, read_submission

    try:
        return read_submission(file)
    except RefusedError as error:
        raise UserError(f"{file}: {error}") from error

"""``omni-bench board``."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("board", short_help="Build and show the site of published results.")
def command() -> None:
    """Builds and shows the site of published results, and withdraws a row."""


_FROM = click.option(
    "--from",
    "leaderboard",
    default="leaderboard",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The leaderboard's folder.",
)
_OUT = click.option("--out", required=True, type=click.Path(path_type=Path), help="Where the site goes.")


@command.command("build")
@_FROM
@_OUT
def build(leaderboard: Path, out: Path) -> None:
    """Writes static pages that work from a file system.

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
    """Builds the site and shows it on this machine until stopped.

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
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--reason", required=True, help="Why; shown on the board.")
def withdraw(file: Path, reason: str) -> None:
    """Withdraws a published row: it stays, does not rank, and says why.

    \b
    Examples:
      omni-bench board withdraw leaderboard/results/foleyworld/t2a/noise@1.json --reason "Wrong seed."
    """
    from datetime import UTC, datetime

    from vggsound_omni.board.packing import write_submission
    from vggsound_omni.board.reading import RefusedError, read_submission
    from vggsound_omni.board.submission import Withdrawal
    from vggsound_omni.errors import UserError

    try:
        submission = read_submission(file)
    except RefusedError as error:
        raise UserError(f"{file}: {error}") from error
    if submission.withdrawn is not None:
        raise UserError(f"{file} is withdrawn already.")
    notice = Withdrawal(day=datetime.now(UTC).strftime("%Y-%m-%d"), reason=reason)
    write_submission(file, submission.model_copy(update={"withdrawn": notice}))

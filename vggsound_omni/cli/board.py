"""``omni-bench board``."""

from __future__ import annotations

from collections.abc import Sequence
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
_SALT = click.option("--salt-file", type=PATH, metavar="FILE", help="The salt of a private split.")
_NEEDED_SALT = click.option("--salt-file", required=True, type=PATH, metavar="FILE", help="The salt of the split.")
_OUT = click.option("--out", required=True, type=PATH, help="Where the site goes.")


@command.command("build")
@_FROM
@_OUT
def build(leaderboard: Path, out: Path) -> int:
    """Write static pages that work from a file system.

    A file that is not in order is left out, and said so.

    \b
    Examples:
      omni-bench board build --out site/

    Exit codes: 0 all is built, 1 something was left out.
    """
    from vggsound_omni.board import site

    built = site.build(leaderboard, out)
    _left_out(built.problems)
    click.echo(f"{out / 'index.html'}: {built.pages} pages.")
    return 1 if built.problems else 0


def _left_out(problems: Sequence[str]) -> None:
    for sentence in problems:
        click.echo(f"Left out: {sentence}", err=True)


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

    _left_out(site.build(leaderboard, out).problems)
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
@click.option("--private", "split", metavar="NAME", help="The sounds answer the requests of this private split.")
@_SALT
@click.option("--track", help="With --private: which track's requests they answer.")
@click.option("--card", type=PATH, help="With --private: the model's card, in TOML.")
@click.option("--generated-by", metavar="WHO", help="With --private: who sent the sounds.")
@_FROM
def rescore(
    row: Path | None,
    sounds: Path,
    split: str | None,
    salt_file: Path | None,
    track: str | None,
    card: Path | None,
    generated_by: str | None,
    leaderboard: Path,
) -> int:
    """Score a whole row again from all of its sounds, and say whether they are what it claims.

    ROW is the row's file; left out, it is the one whose sounds lie in the folder, told by their hashes. With --private
    there is no claim: the sounds are scored and the row is written.

    \b
    Examples:
      omni-bench board rescore --sounds runs/mine/t2a/audio leaderboard/results/foleyworld/t2a/mine@1.json
      omni-bench board rescore --private 2027-1 --salt-file salt --track t2a --card mine.toml --generated-by "A. Name"
        --sounds theirs/

    Exit codes: 0 all agrees, 1 something does not.
    """
    from vggsound_omni.board import rescoring
    from vggsound_omni.board.checks import problems
    from vggsound_omni.board.shelf import load, owners_of
    from vggsound_omni.metrics import title_of

    if split is not None:
        return _rescore_private(leaderboard, split, salt_file, track, sounds, card, generated_by)
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


def _rescore_private(
    leaderboard: Path,
    split: str,
    salt_file: Path | None,
    track: str | None,
    sounds: Path,
    card: Path | None,
    generated_by: str | None,
) -> int:
    from rich.console import Console

    from vggsound_omni.board import private
    from vggsound_omni.board.packing import read_card

    given = {"--salt-file": salt_file, "--track": track, "--card": card, "--generated-by": generated_by}
    if salt_file is None or track is None or card is None or generated_by is None:
        missing = ", ".join(name for name, value in given.items() if value is None)
        raise UserError(f"A private split is scored with {missing} as well.")
    row = private.rescore_private(
        private.read_split(leaderboard, split),
        private.read_salt(salt_file),
        track,
        sounds,
        read_card(card),
        generated_by,
        Console(stderr=True),
    )
    click.echo(str(private.publish_private(leaderboard, row)))
    return 0


@command.group("private")
def private_group() -> None:
    """Keep a split whose answers nobody knows."""


@private_group.command("new")
@click.argument("name")
@_NEEDED_SALT
@_FROM
def new(name: str, salt_file: Path, leaderboard: Path) -> None:
    """Commit to a new private split: 128 items a track, drawn from a salt that only you have.

    The salt is written to FILE unless there is one. Publish the commitment, keep the file.

    \b
    Examples:
      omni-bench board private new 2027-1 --salt-file salt
    """
    from vggsound_omni.board import private

    split = private.new_split(leaderboard, name, salt_file)
    click.echo(f"{split.sha256}  {leaderboard / private.FOLDER / name}: the commitment, SHA-256 of the salt.")
    click.echo(f"Keep {salt_file} to yourself until the split is retired; without it nothing can be scored.")


@private_group.command("requests")
@click.argument("name")
@_NEEDED_SALT
@click.option("--out", required=True, type=PATH, help="Where the requests go.")
@click.option("--track", "tracks", multiple=True, help="Only this track; may be repeated.")
@_FROM
def requests(name: str, salt_file: Path, out: Path, tracks: tuple[str, ...], leaderboard: Path) -> None:
    """Write what a model is asked: text, silent video, duration and seed, and nothing else.

    Whoever has the requests answers them with a folder of sounds called by their ids, made by any means, such as
    omni-bench generate --suite manifest:vt2a/requests.jsonl --track vt2a --model mine.

    \b
    Examples:
      omni-bench board private requests 2027-1 --salt-file salt --out requests/
    """
    from rich.console import Console

    from vggsound_omni.board import private

    split, salt = private.read_split(leaderboard, name), private.read_salt(salt_file)
    count = private.write_requests(split, salt, out, tracks, Console(stderr=True))
    click.echo(f"{out}: {count} requests.")


@private_group.command("retire")
@click.argument("name")
@_NEEDED_SALT
@_FROM
def retire(name: str, salt_file: Path, leaderboard: Path) -> None:
    """Publish the salt of a split, so that everyone can check its rows. There is no way back.

    \b
    Examples:
      omni-bench board private retire 2027-1 --salt-file salt
    """
    from vggsound_omni.board import private

    private.retire(leaderboard, name, private.read_salt(salt_file))
    click.echo(f"{leaderboard / private.FOLDER / name}: retired, its salt is public.")


def _row(file: Path) -> Submission:
    from vggsound_omni.board.reading import RefusedError, read_submission

    try:
        return read_submission(file)
    except RefusedError as error:
        raise UserError(f"{file}: {error}") from error

"""``omni-bench submit``."""

from __future__ import annotations

from pathlib import Path

import click

from ._options import PATH, runs_argument


@click.command("submit")
@runs_argument
@click.option("--to", "leaderboard", required=True, type=PATH, help="The leaderboard's folder.")
@click.option("--card", required=True, type=PATH, help="The model's card, in TOML.")
@click.option("--generated-by", metavar="WHO", help="Who generated the sounds, and owns the name on the board.")
@click.option("--scored-by", metavar="WHO", help="Who scored them.  [default: who generated]")
@click.option("--account", metavar="LOGIN", help="Your account on the forge where you will open the pull request.")
@click.option("--supersedes", metavar="VERSION", help="The version of this model that this one takes the place of.")
@click.option("--undo", is_flag=True, help="Take back what the same command without --undo put there.")
@click.option(
    "--published",
    type=PATH,
    metavar="DIR",
    help="With --undo: the leaderboard as others see it; what stands there is not taken back.",
)
def command(
    runs: tuple[Path, ...],
    leaderboard: Path,
    card: Path,
    generated_by: str | None,
    scored_by: str | None,
    account: str | None,
    supersedes: str | None,
    undo: bool,  # noqa: FBT001 - click's
    published: Path | None,
) -> None:
    """Pack runs for the board.

    The runs are finished, of one model, and each on a whole track; a pull request then hands them in. Each run becomes
    results/SUITE/TRACK/MODEL@VERSION.json with six sounds. What the board does not take is refused before anything is
    written. What is published never changes: a new result is a new version.

    \b
    Examples:
      omni-bench submit runs/mine/t2a runs/mine/vt2a --to leaderboard/ --card card.toml --generated-by "A. Name"
      omni-bench submit runs/mine/t2a --to leaderboard/ --card card.toml --undo
    """
    from vggsound_omni.board import packing
    from vggsound_omni.board.shelf import owners_of
    from vggsound_omni.board.submission import Who
    from vggsound_omni.errors import UserError
    from vggsound_omni.runs.result import read_result

    model = packing.read_card(card)
    if undo:
        for run in runs:
            for gone in packing.undo(run, model, leaderboard, published):
                click.echo(f"removed {gone}")
        return
    if not generated_by:
        raise UserError("Say who generated the sounds with --generated-by; a name on the board belongs to them.")
    who = Who(generated=generated_by, scored=scored_by or generated_by, account=account)
    owners = owners_of(leaderboard)
    packed = [packing.pack(run, model, who, supersedes, owners) for run in runs]
    for one in packed:
        packing.place(one, leaderboard)
    for run, one in zip(runs, packed, strict=True):
        click.echo(str(packing.publish(one, leaderboard)))
        for caution in packing.cautions(read_result(run)):
            click.echo(f"  {caution}")
    click.echo(f"Now: omni-bench validate {leaderboard}")

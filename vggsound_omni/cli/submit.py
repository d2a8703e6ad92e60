"""``omni-bench submit``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("submit", short_help="Pack runs for the board.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--to", "leaderboard", required=True, type=click.Path(path_type=Path), help="The leaderboard's folder.")
@click.option("--card", required=True, type=click.Path(path_type=Path), help="The model's card, in TOML.")
@click.option("--generated-by", required=True, metavar="WHO", help="Who generated the sounds.")
@click.option("--scored-by", metavar="WHO", help="Who scored them.  [default: who generated]")
@click.option("--supersedes", metavar="VERSION", help="The version of this model that this one takes the place of.")
def command(
    runs: tuple[Path, ...],
    leaderboard: Path,
    card: Path,
    generated_by: str,
    scored_by: str | None,
    supersedes: str | None,
) -> None:
    """Packs finished runs of one model, each on a whole track, into a leaderboard; then open a pull request.

    Each run becomes results/SUITE/TRACK/MODEL@VERSION.json with three sounds. What is published never changes: a new
    result is a new version.

    \b
    Examples:
      omni-bench submit runs/mine/t2a runs/mine/vt2a --to leaderboard/ --card card.toml --generated-by "A. Name"
    """
    from vggsound_omni.board.packing import pack, publish, read_card
    from vggsound_omni.board.submission import Who

    who = Who(generated=generated_by, scored=scored_by or generated_by)
    model = read_card(card)
    for packed in [pack(run, model, who, supersedes) for run in runs]:
        click.echo(str(publish(packed, leaderboard)))
    click.echo(f"Now: omni-bench validate {leaderboard}")

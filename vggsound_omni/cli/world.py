"""``omni-bench world``."""

from __future__ import annotations

from pathlib import Path

import click

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.io import writing_to

from ._options import FOLDER, jobs_option


@click.group("world")
def command() -> None:
    """Render FoleyWorld, the world that ships with the suite."""


@command.command("render")
@click.option("--split", type=click.Choice(["train", "validation", "test"]), default="test", show_default=True)
@click.option("--stratum", type=click.Choice(["main", "natural", "bgm"]), help="Only this stratum.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N scenes only.")
@jobs_option
@click.option("--out", type=FOLDER, required=True, metavar="DIR")
def render(split: str, stratum: str | None, limit: int | None, jobs: int | None, out: Path) -> None:
    """Render scenes to DIR: ID.mp4, ID.wav and the truth as ID.json. What is there already is kept."""
    from vggsound_omni.suites.foleyworld.record import record_all, split_keys

    if split == "train" and limit is None:
        raise UserError("The train split has no end: say how many scenes you want with --limit.")
    keys = split_keys(split, limit, stratum)
    with writing_to(out):
        rendered = record_all(keys, out, jobs)
    click.echo(f"{out}: {len(keys)} scenes, {rendered} of them rendered now.")


@command.command("preview")
@click.option("--class", "sound_class", multiple=True, metavar="NAME", help="Only this class; may be repeated.")
@click.option("--examples", type=click.IntRange(1, 8), default=3, show_default=True, help="Scenes on a sheet.")
@click.option("--out", type=FOLDER, default=Path("preview"), show_default=True)
def preview(sound_class: tuple[str, ...], examples: int, out: Path) -> None:
    """Draw a contact sheet of every class: frames above the spectrogram, as PNG."""
    from rich.progress import track

    from vggsound_omni.suites.foleyworld import CLASSES
    from vggsound_omni.suites.foleyworld.preview import contact_sheet

    for name in sound_class:
        if name not in CLASSES:
            raise unknown_name("class", name, CLASSES)
    names = sound_class or tuple(CLASSES)
    with writing_to(out):
        for name in track(names, "Drawing contact sheets"):
            contact_sheet(name, out / f"{name.replace(',', '').replace(' ', '-')}.png", examples)
    click.echo(f"{out}: {len(names)} contact sheets.")

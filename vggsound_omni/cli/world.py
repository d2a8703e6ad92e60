"""``omni-bench world``."""

from __future__ import annotations

from pathlib import Path

import click

from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.io import writing_to

from ._options import FOLDER, jobs_option


@click.group("world")
def command() -> None:
    """Render FoleyWorld, and hear how real it sounds."""


@command.command("render")
@click.option("--split", type=click.Choice(["train", "validation", "test"]), default="test", show_default=True)
@click.option("--stratum", type=click.Choice(["main", "natural", "conflict", "bgm"]), help="Only this stratum.")
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
    from vggsound_omni.progress import with_progress
    from vggsound_omni.suites.foleyworld import CLASSES
    from vggsound_omni.suites.foleyworld.preview import contact_sheet

    for name in sound_class:
        if name not in CLASSES:
            raise unknown_name("class", name, CLASSES)
    names = sound_class or tuple(CLASSES)
    with writing_to(out):
        for name in with_progress(names, len(names), "Drawing contact sheets"):
            contact_sheet(name, out / f"{name.replace(',', '').replace(' ', '-')}.png", examples)
    click.echo(f"{out}: {len(names)} contact sheets.")


@command.command("heard")
@click.option("--class", "--classes", "sound_class", multiple=True, metavar="NAME", help="Only this; may be repeated.")
@click.option("--scenes", type=click.IntRange(min=1), default=16, show_default=True, help="Of each class.")
@click.option(
    "--split",
    type=click.Choice(["solo", "train", "validation", "test"]),
    default="solo",
    show_default=True,
    help="Whose scenes of a single source; solo are scenes made for this.",
)
@click.option("--first", type=click.IntRange(min=0), default=0, show_default=True, help="Index of the first scene.")
def heard(sound_class: tuple[str, ...], scenes: int, split: str, first: int) -> None:
    """Count the scenes in which YAMNet, a tagger of real sound, names the class.

    A scene has one source and no music. It counts if one of the names that AudioSet has for its class is among the five
    likeliest by their maximum over time, with a probability of 0.2 at least. Silence, noise, rooms, music and animal
    are left out before the five are taken. p is the mean over scenes of the likeliest of these names.

    It needs the weights of YAMNet: omni-bench weights pull yamnet.

    \b
    Examples:
      omni-bench world heard
      omni-bench world heard --class "dog barking" --class raining
      omni-bench world heard --class thunder --first 1000
    """
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    from vggsound_omni.analysis.heard import hear, single_sources
    from vggsound_omni.encoders.encoder import Tagger
    from vggsound_omni.encoders.registry import ENCODERS, load_encoder
    from vggsound_omni.progress import with_progress
    from vggsound_omni.suites.foleyworld import CLASSES

    for name in sound_class:
        if name not in CLASSES:
            raise unknown_name("class", name, CLASSES)
    tagger = load_encoder(ENCODERS["yamnet"])
    assert isinstance(tagger, Tagger)
    table = Table("class", "named", "p", "also heard, in how many scenes", title_justify="left")
    often = 0
    names = sound_class or tuple(CLASSES)
    for name in with_progress(names, len(names), "Listening"):
        found = hear(name, single_sources(name, scenes, split, first), tagger)
        often += 4 * sum(found.named) >= 3 * scenes
        others = ", ".join(f"{other} {count}" for other, count in found.instead)
        table.add_row(name, f"{sum(found.named)} of {scenes}", f"{np.mean(found.probabilities):.2f}", others)
    Console().print(table)
    click.echo(f"{often} of {len(sound_class or CLASSES)} classes are named in three quarters of the scenes or more.")

"""``omni-bench listen``."""

from __future__ import annotations

from pathlib import Path

import click

from vggsound_omni.io import writing_to

from ._options import FOLDER, runs_argument

items_option = click.option(
    "--items", type=click.IntRange(min=1), default=40, show_default=True, metavar="N", help="Drawn at random."
)
listeners_option = click.option(
    "--listeners",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="Who pass the screening.",
)
trials_option = click.option(
    "--trials", type=click.IntRange(min=1), default=14, show_default=True, metavar="N", help="Of each listener."
)
seed_option = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws the study.")


@click.group("listen")
def command() -> None:
    """Ask people: blind listening tests in pairs.

    \b
    Examples:
      omni-bench listen power --systems 5
      omni-bench listen design runs/a runs/b runs/c --out study/
    """


@command.command("power")
@click.option("--systems", type=click.IntRange(min=2), required=True, metavar="N", help="How many are compared.")
@items_option
@listeners_option
@trials_option
@seed_option
def power(systems: int, items: int, listeners: int, trials: int, seed: int) -> None:
    """Simulate studies of this size: which preference do they detect?"""
    from rich.console import Console

    from vggsound_omni.listening.design import DesignOptions
    from vggsound_omni.present.listening_tables import power_table, simulated_power

    options = DesignOptions(items=items, listeners=listeners, trials=trials, seed=seed)
    console = Console()
    table, sentence = power_table(simulated_power(systems, options, Console(stderr=True)))
    console.print(table)
    console.print(sentence, highlight=False)


@command.command("design")
@runs_argument
@click.option("--out", type=FOLDER, required=True, metavar="DIR", help="The study's folder.")
@click.option("--title", default="Listening test", show_default=True, metavar="TEXT", help="What listeners read first.")
@items_option
@listeners_option
@trials_option
@click.option("--repeats", type=click.IntRange(min=0), default=2, show_default=True, help="Trials asked again.")
@click.option("--gold", type=click.IntRange(min=0), default=3, show_default=True, help="Trials with a known answer.")
@seed_option
def design(
    runs: tuple[Path, ...],
    out: Path,
    title: str,
    items: int,
    listeners: int,
    trials: int,
    repeats: int,
    gold: int,
    seed: int,
) -> None:
    """Design a study of runs: who hears what, with sounds of equal loudness under names that say nothing.

    DIR gets design.json, which stays with you, and public/, which listeners are given.

    \b
    Examples:
      omni-bench listen design runs/a runs/b runs/c --out study/
      omni-bench listen design runs/* --items 60 --listeners 40 --out study/
    """
    from rich.console import Console
    from rich.progress import Progress

    from vggsound_omni.listening.design import DesignOptions
    from vggsound_omni.listening.design import design as design_study
    from vggsound_omni.present.listening_tables import design_words, power_table, simulated_power

    options = DesignOptions(
        title=title, items=items, listeners=listeners, trials=trials, repeats=repeats, gold=gold, seed=seed
    )
    errors = Console(stderr=True)
    with writing_to(out), Progress(console=errors, transient=True) as bar:
        task = bar.add_task("Writing sounds", total=None)
        study = design_study(runs, out, options, lambda done, total: bar.update(task, completed=done, total=total))
    console = Console()
    for line in design_words(study, out):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    table, sentence = power_table(simulated_power(len(study.systems), options, errors))
    console.print(table)
    console.print(sentence, highlight=False)

"""``omni-bench listen``."""

from __future__ import annotations

from pathlib import Path

import click

from vggsound_omni.io import writing_to

from ._options import FOLDER, PATH, runs_argument

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
      omni-bench listen score study/ answers/ --run runs/a --run runs/b --run runs/c
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
@click.option("--simulated", is_flag=True, help="A rehearsal, which omni-bench listen simulate answers.")
def design(
    *,
    runs: tuple[Path, ...],
    out: Path,
    title: str,
    items: int,
    listeners: int,
    trials: int,
    repeats: int,
    gold: int,
    seed: int,
    simulated: bool,
) -> None:
    """Design a study of runs: who hears what, with sounds of equal loudness under names that say nothing.

    DIR gets design.json, which stays with you, and public/, which listeners are given.

    \b
    Examples:
      omni-bench listen design runs/a runs/b runs/c --out study/
      omni-bench listen design runs/* --items 60 --listeners 40 --out study/
    """
    from rich.console import Console

    from vggsound_omni.listening.design import DesignOptions
    from vggsound_omni.listening.design import design as design_study
    from vggsound_omni.present.listening_tables import design_words, power_table, simulated_power
    from vggsound_omni.progress import Progress

    options = DesignOptions(
        title=title,
        items=items,
        listeners=listeners,
        trials=trials,
        repeats=repeats,
        gold=gold,
        seed=seed,
        simulated=simulated,
    )
    errors = Console(stderr=True)
    with writing_to(out), Progress("Writing sounds", 0, errors) as bar:
        study = design_study(runs, out, options, bar.update)
    console = Console()
    for line in design_words(study, out):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    table, sentence = power_table(simulated_power(len(study.systems), options, errors))
    console.print(table)
    console.print(sentence, highlight=False)


@command.command("simulate")
@click.argument("study", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, metavar="DIR", help="Where the listeners' files go.")
@click.option(
    "--careless", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="Share who do not listen."
)
@seed_option
def simulate(study: Path, out: Path, careless: float, seed: int) -> None:
    """Answer a rehearsal by simulated listeners, who prefer the systems in the order of the design.

    The study must have been designed with --simulated; whatever comes of it says so.
    """
    import numpy as np

    from vggsound_omni.errors import UserError
    from vggsound_omni.listening.exports import write
    from vggsound_omni.listening.people import Population, fill_in
    from vggsound_omni.listening.study import read_study

    found = read_study(study)
    if not found.simulated:
        raise UserError(f"{study} is a study for people; design a rehearsal with --simulated.")
    people = Population(strengths=np.linspace(1, -1, len(found.systems)), careless=careless)
    sheets = fill_in(found, people, np.random.default_rng(seed))
    with writing_to(out):
        write(out, {f"{sheet.listener}.json": sheet.model_dump_json() + "\n" for sheet in sheets})
    click.echo(f"{out}: {len(sheets)} simulated listeners.")


@command.command("score")
@click.argument("study", type=FOLDER)
@click.argument("answers", nargs=-1, required=True, type=PATH)
@click.option("--run", "runs", multiple=True, type=PATH, metavar="RUN", help="A scored run, to compare its metrics.")
@click.option("--out", type=FOLDER, metavar="DIR", help="Where the files go.  [default: STUDY/outcome]")
def score(study: Path, answers: tuple[Path, ...], runs: tuple[Path, ...], out: Path | None) -> None:
    """Analyse the listeners' files: who passes the screening, which system wins, which metrics agree with people.

    ANSWERS are files, or folders of them. DIR gets outcome.json, answers.csv without people, and scores.csv, which
    omni-bench agree reads.

    \b
    Examples:
      omni-bench listen score study/ answers/
      omni-bench listen score study/ answers/ --run runs/a --run runs/b --run runs/c
    """
    import numpy as np
    from rich.console import Console

    from vggsound_omni.analysis.compare.agreement import agree
    from vggsound_omni.analysis.compare.systems import systems
    from vggsound_omni.board.results import read_run
    from vggsound_omni.listening.answers import read_answers
    from vggsound_omni.listening.exports import answers_csv, scores_csv, to_json, write
    from vggsound_omni.listening.outcome import check_results, clip_scores, outcome
    from vggsound_omni.listening.study import read_study
    from vggsound_omni.present.comparison_tables import agreement_table
    from vggsound_omni.present.listening_tables import outcome_words, question_table

    asked = read_study(study)
    listeners = read_answers(answers, asked)
    found, passed = outcome(asked, listeners)
    scores = clip_scores(asked, passed, "overall")
    results = [read_run(run) for run in runs]
    check_results(asked, results)
    agreement = agree(systems(results), scores, np.random.default_rng(0)) if results else None
    folder = out or study / "outcome"
    with writing_to(folder):
        write(
            folder,
            {
                "outcome.json": to_json(found, agreement),
                "scores.csv": scores_csv(scores),
                "answers.csv": answers_csv(asked, listeners, found.left_out),
            },
        )
    console = Console()
    for line in outcome_words(found):
        console.print(line, markup=False, highlight=False)
    shown = [question_table(question) for question in found.questions]
    for table, notes in [*shown, *([agreement_table(agreement)] if agreement else [])]:
        console.print(table)
        for note in notes:
            console.print(f"  {note}", markup=False, highlight=False)

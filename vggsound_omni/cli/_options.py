"""Options that several verbs share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.markup import escape

from vggsound_omni.encoders.encoder import KITS, PRECISIONS, Kit, Precision
from vggsound_omni.protocol import FITS
from vggsound_omni.sharding import Shard

if TYPE_CHECKING:
    from rich.console import Console

    from vggsound_omni.runs.plan import Plan, RunOptions
    from vggsound_omni.runs.score import ScoreOptions
    from vggsound_omni.runs.watching import Watcher
    from vggsound_omni.scale.on_ray import Cluster

F = TypeVar("F", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)

runs_argument = click.argument("runs", nargs=-1, required=True, type=PATH, metavar="RUN...")
metrics_option = click.option(
    "--metric", "metrics", multiple=True, metavar="NAME", help="Only this one; may be repeated."
)
jobs_option = click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: one a core]")
kit_option = click.option(
    "--kit",
    type=click.Choice(KITS),
    default="omni",
    show_default=True,
    help="Whose choices published encoders follow: ours, or those of the field's kit.",
)
weights_option = click.option(
    "--weights",
    type=FOLDER,
    metavar="DIR",
    help="Where published weights are.  [default: where omni-bench weights puts them]",
)
device_option = click.option(
    "--device", default="cpu", show_default=True, metavar="NAME", help="Where the encoders run."
)


class ShardType(click.ParamType[Shard]):
    """K/N."""

    name = "K/N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Shard:  # noqa: ANN401, ARG002
        """Returns the shard."""
        return value if isinstance(value, Shard) else Shard.parse(str(value))


fit_option = click.option(
    "--fit",
    multiple=True,
    type=click.Choice(FITS),
    help="For models of fixed length: crop cuts longer answers, pad fills shorter ones with silence; may be repeated.",
)
shard_option = click.option(
    "--shard", type=ShardType(), metavar="K/N", help="The K-th of N parts of the items; see docs/scale.md."
)
checkpoint_option = click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The published file, or one in its format.  [default: what omni-bench weights pulled]",
)


def format_option(*forms: str, what: str = "How.") -> Callable[[F], F]:
    """Returns the option ``--format``, by default the first of the forms."""
    return click.option("--format", "form", type=click.Choice(forms), default=forms[0], show_default=True, help=what)


@dataclass(frozen=True, kw_only=True)
class RunArguments:
    """What the command line said of one or more runs."""

    runs: Sequence[RunOptions]  # one for each track and seed
    device: str | None
    devices: Sequence[str]  # several: a worker on each
    cluster: Cluster | None  # of Ray
    max_failures: int

    def generate(
        self,
        console: Console,
        check: Callable[[Plan], object] = lambda _: None,
        watchers: Sequence[Watcher] = (),
        scoring: ScoreOptions | None = None,
    ) -> Iterator[tuple[RunOptions, Plan]]:
        """Generates the runs one after the other, on one device, several, or a cluster, which encodes too if told how.

        Watchers see what is done in this process. Of several tracks, those that ask for what the model does not do, or
        which the suite has nothing for, are left out, and it is said.

        Raises:
            UserError: no track is left, or a run cannot be done.
        """
        from vggsound_omni.errors import NotForTrackError

        tracks = {str(options.track) for options in self.runs}
        left_out = set[str]()
        for options in self.runs:
            if str(options.track) in left_out:
                continue
            try:
                plan = self._generate(options, console, check, watchers, scoring)
            except NotForTrackError as error:
                left_out.add(str(options.track))
                if len(left_out) == len(tracks):
                    raise
                console.print(f"Left out: {escape(str(error))}", style="dim", highlight=False, soft_wrap=True)
            else:
                yield options, plan

    def _generate(
        self,
        options: RunOptions,
        console: Console,
        check: Callable[[Plan], object],
        watchers: Sequence[Watcher],
        scoring: ScoreOptions | None,
    ) -> Plan:
        from vggsound_omni.runs.generate import generate
        from vggsound_omni.runs.plan import make_plan

        if not self.devices and self.cluster is None:
            return generate(options, console, check=check, watchers=watchers)
        check(make_plan(options.suite, options.track, options.limit))
        if self.cluster is not None:
            from vggsound_omni.scale.on_ray import generate_on_ray

            return generate_on_ray(self.cluster, options, console, scoring)
        from vggsound_omni.scale.several import generate_on

        return generate_on(self.devices, options, console)


def each_run(
    *,
    track: Sequence[str],
    seed: int,
    seeds: Sequence[int],
    output: Path | None,
    arguments: Sequence[str],
    **same: Any,  # noqa: ANN401 - the other options, which all runs share
) -> list[RunOptions]:
    """Returns the options of one run for each track and seed, all of them checked."""
    from vggsound_omni.generators.arguments import split_pairs
    from vggsound_omni.runs.naming import run_name
    from vggsound_omni.runs.plan import RunOptions
    from vggsound_omni.tracks import load_track, track_names

    tracks = track_names() if "all" in track else list(dict.fromkeys(track))
    for name in tracks:
        load_track(name)
    seeds = seeds or (seed,)

    def folder(track: str, seed: int) -> Path:
        if output is not None:
            parts = (track if len(tracks) > 1 else "", f"seed{seed}" if len(seeds) > 1 else "")
            return output.joinpath(*filter(None, parts))
        called = same["name"] or same["model"]
        return Path("runs") / run_name(same["suite"], track, called, given, same["without"], seed)

    given = split_pairs(arguments)
    return [
        RunOptions(track=name, seed=seed, arguments=given, output=folder(name, seed), **same)
        for name in tracks
        for seed in seeds
    ]


class Devices(click.ParamType[tuple[str, ...]]):
    """Devices with commas between them; a number is that of a GPU."""

    name = "devices"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:  # noqa: ANN401
        """Returns their names."""
        if isinstance(value, tuple):
            return value
        names = [part.strip() for part in str(value).split(",")]
        if not all(names):
            self.fail(f"{value!r} is not a list of devices such as 0,1 or cuda:0,cuda:1.", param, ctx)
        return tuple(f"cuda:{name}" if name.isdecimal() else name for name in names)


class Seeds(click.ParamType[tuple[int, ...]]):
    """Numbers with commas between them."""

    name = "seeds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:  # noqa: ANN401
        """Returns the seeds, each once."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(dict.fromkeys(int(part) for part in str(value).split(",")))
        except ValueError:
            self.fail(f"{value!r} is not a list of seeds such as 0,1,2.", param, ctx)


def runs_of(values: Mapping[str, Any]) -> tuple[RunArguments, dict[str, Any]]:
    """Returns what a command line said of runs, and its other values.

    Raises:
        click.UsageError: options that exclude each other.
        UserError: no such track, or a number that cannot be.
    """
    from vggsound_omni.runs.plan import RunOptions

    devices, address = values["devices"], values["ray"]
    if address and (devices or values["shard"]):
        raise click.UsageError("--ray makes shards of its own; leave out --shard and --devices.")
    if devices and values["device"]:
        raise click.UsageError("--device and --devices exclude each other.")
    if devices and values["shard"]:
        raise click.UsageError("--devices makes shards of its own; give --device with --shard.")
    of_runs = {*RunOptions.__dataclass_fields__, "seeds"}
    own = {
        key: value
        for key, value in values.items()
        if key not in of_runs | {"max_failures", "devices", "ray", "ray_workers"}
    }
    runs = each_run(**{key: value for key, value in values.items() if key in of_runs})
    device = devices[0] if devices else values["device"]
    cluster = None
    if address:
        from vggsound_omni.scale.on_ray import Cluster

        cluster = Cluster(address=address, workers=values["ray_workers"])
    most = values["max_failures"]
    return RunArguments(runs=runs, device=device, devices=devices, cluster=cluster, max_failures=most), own


def run_arguments(command: Callable[..., int]) -> Callable[..., int]:
    """Adds the options of runs to a command and passes them on as one :class:`RunArguments`, before its own."""

    @click.option("--suite", default="foleyworld", show_default=True, help="As omni-bench suites lists them.")
    @click.option("--track", multiple=True, required=True, help='A track; may be repeated; "all" takes every track.')
    @click.option(
        "--model", required=True, help="A name, file.py:factory, package.module:factory, dir:, cmd:, http://."
    )
    @click.option("--name", metavar="NAME", help="What the model is called in tables.  [default: as its card says]")
    @click.option("-m", "arguments", multiple=True, metavar="KEY=VALUE", help="An argument for the model.")
    @click.option("--seed", default=0, show_default=True, help="Seeds the generator, item by item.")
    @click.option("--seeds", type=Seeds(), default=(), metavar="N,N,...", help="Several seeds: a run folder for each.")
    @click.option(
        "--without",
        multiple=True,
        type=click.Choice(["video", "text"]),
        help="Run the generator blind or deaf to the caption; never ranks.",
    )
    @fit_option
    @click.option("--limit", type=int, metavar="N", help="The first N items only; for trying things out.")
    @click.option("--device", metavar="NAME", help='Where the model and the encoders run, such as "cuda".')
    @click.option(
        "--devices",
        type=Devices(),
        default=(),
        metavar="N,N,...",
        help="Several GPUs of this machine, such as 0,1: a worker on each.",
    )
    @click.option("--ray", metavar="ADDRESS", help="A cluster of Ray: HOST:PORT, auto, or local for one here.")
    @click.option(
        "--ray-workers",
        type=click.IntRange(min=1),
        metavar="N",
        help="Its workers.  [default: one a GPU if --device is one, else one a core]",
    )
    @click.option(
        "--batch-size", type=int, metavar="N", help="Requests given at once.  [default: the model's wish, or 1]"
    )
    @click.option("--timeout", default=600.0, show_default=True, metavar="S", help="Seconds an item may take.")
    @click.option("--output", type=PATH, metavar="DIR", help="The run folder.  [default: runs/...]")
    @click.option("--max-failures", default=0, show_default=True, metavar="N", help="Failed items that are tolerated.")
    @click.option("--retry-failed", is_flag=True, help="Try items again that failed before.")
    @shard_option
    @functools.wraps(command)
    def wrapped(**values: Any) -> int:  # noqa: ANN401
        arguments, own = runs_of(values)
        return command(arguments, **own)

    return wrapped


def score_arguments(command: F) -> F:
    """Adds the options of scoring to a command, which :func:`score_options` reads."""
    encoders = click.option(
        "--encoders",
        metavar="SET",
        help="Encoders to score with.  [default: the suite's, or open if their weights are not here]",
    )
    precision = click.option(
        "--precision",
        type=click.Choice(PRECISIONS),
        default="float32",
        show_default=True,
        help="Of published networks. bfloat16 is tried on some items first, and refused if it moves their scores.",
    )
    judge = click.option(
        "--judge", type=FILE, metavar="FILE", help="An audio language model that judges; see docs/judge.md."
    )
    as_json = click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON, and nothing else.")
    return encoders(kit_option(precision(weights_option(judge(as_json(command))))))


def score_options(
    encoders: str | None,
    kit: Kit,
    precision: Precision,
    weights: Path | None,
    judge: Path | None,
    device: str | None,
) -> ScoreOptions:
    """Returns what the command line said of scoring."""
    from vggsound_omni.runs.score import ScoreOptions

    return ScoreOptions(
        encoder_set=encoders, kit=kit, precision=precision, weights=weights, device=device or "cpu", judge=judge
    )

"""Options that several verbs share."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vggsound_omni.encoders.encoder import KITS, PRECISIONS, Kit, Precision

if TYPE_CHECKING:
    from vggsound_omni.runs.plan import RunOptions
    from vggsound_omni.runs.score import ScoreOptions

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class RunArguments:
    """What the command line said of one or more runs."""

    suite: str
    track: tuple[str, ...]
    model: str
    name: str | None
    model_arguments: tuple[str, ...]
    seed: int
    seeds: tuple[int, ...]
    limit: int | None
    device: str | None
    batch_size: int | None
    timeout: float
    output: Path | None
    max_failures: int
    retry_failed: bool

    def each_run(self) -> Iterator[RunOptions]:
        """Yields the options of one run for each track and seed; all are checked before the first is given."""
        from vggsound_omni.generators.arguments import split_pairs
        from vggsound_omni.runs.plan import RunOptions
        from vggsound_omni.tracks import load_track, track_names

        tracks = track_names() if "all" in self.track else list(dict.fromkeys(self.track))
        for track in tracks:
            load_track(track)
        seeds = self.seeds or (self.seed,)
        options = [
            RunOptions(
                suite=self.suite,
                track=track,
                model=self.model,
                name=self.name,
                arguments=split_pairs(self.model_arguments),
                seed=seed,
                limit=self.limit,
                device=self.device,
                batch_size=self.batch_size,
                timeout=self.timeout,
                retry_failed=self.retry_failed,
                output=self._folder(track if len(tracks) > 1 else None, seed if len(seeds) > 1 else None, track, seed),
            )
            for track in tracks
            for seed in seeds
        ]
        yield from options

    def _folder(self, own_track: str | None, own_seed: int | None, track: str, seed: int) -> Path:
        if self.output is not None:
            parts = [own_track, None if own_seed is None else f"seed{own_seed}"]
            return self.output.joinpath(*(part for part in parts if part))
        name = f"{self.suite}-{track}-{self.name or self.model}-seed{seed}"
        return Path("runs") / re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-")[:120]


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


def run_arguments(command: Callable[..., int]) -> Callable[..., int]:
    """Adds the options of runs to a command and passes them on as one :class:`RunArguments`, before its own."""

    @click.option("--suite", default="foleyworld", show_default=True, help="As omni-bench suites lists them.")
    @click.option("--track", multiple=True, required=True, help='A track; may be repeated; "all" takes every track.')
    @click.option(
        "--model", required=True, help="A name, file.py:factory, package.module:factory, dir:, cmd:, http://."
    )
    @click.option("--name", metavar="NAME", help="What the model is called in tables.  [default: as its card says]")
    @click.option("-m", "model_arguments", multiple=True, metavar="KEY=VALUE", help="An argument for the model.")
    @click.option("--seed", default=0, show_default=True, help="Seeds the generator, item by item.")
    @click.option("--seeds", type=Seeds(), default=(), metavar="N,N,...", help="Several seeds: a run folder for each.")
    @click.option("--limit", type=int, metavar="N", help="The first N items only; for trying things out.")
    @click.option("--device", metavar="NAME", help='Where the model and the encoders run, such as "cuda".')
    @click.option(
        "--batch-size", type=int, metavar="N", help="Requests given at once.  [default: the model's wish, or 1]"
    )
    @click.option("--timeout", default=600.0, show_default=True, metavar="S", help="Seconds an item may take.")
    @click.option(
        "--output", type=click.Path(path_type=Path), metavar="DIR", help="The run folder.  [default: runs/...]"
    )
    @click.option("--max-failures", default=0, show_default=True, metavar="N", help="Failed items that are tolerated.")
    @click.option("--retry-failed", is_flag=True, help="Try items again that failed before.")
    @functools.wraps(command)
    def wrapped(**values: Any) -> int:  # noqa: ANN401
        own = {key: values.pop(key) for key in list(values) if key not in RunArguments.__dataclass_fields__}
        return command(RunArguments(**values), **own)

    return wrapped


def score_arguments(command: F) -> F:
    """Adds the options of scoring to a command, which :func:`score_options` reads."""
    for option in reversed(
        (
            click.option("--encoders", metavar="SET", help="Encoders to score with.  [default: the suite's]"),
            click.option(
                "--kit",
                type=click.Choice(KITS),
                default="omni",
                show_default=True,
                help="Whose choices published encoders follow: ours, or those of the field's kit.",
            ),
            click.option(
                "--precision",
                type=click.Choice(PRECISIONS),
                default="float32",
                show_default=True,
                help="Of published networks. bfloat16 is tried on some items first, and refused if it moves their "
                "scores.",
            ),
            click.option(
                "--weights",
                type=click.Path(path_type=Path, file_okay=False),
                metavar="DIR",
                help="Where published weights are.  [default: where omni-bench weights puts them]",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON, and nothing else."),
        )
    ):
        command = option(command)
    return command


def score_options(
    encoders: str | None, kit: Kit, precision: Precision, weights: Path | None, device: str | None
) -> ScoreOptions:
    """Returns what the command line said of scoring."""
    from vggsound_omni.runs.score import ScoreOptions

    return ScoreOptions(encoder_set=encoders, kit=kit, precision=precision, weights=weights, device=device or "cpu")

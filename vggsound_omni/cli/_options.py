"""Options that ``run`` and ``generate`` share."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from vggsound_omni.runs.generate import RunOptions


@dataclass(frozen=True, kw_only=True)
class RunArguments:
    """What the command line said."""

    suite: str
    track: tuple[str, ...]
    model: str
    model_arguments: tuple[str, ...]
    seed: int
    limit: int | None
    device: str | None
    encoders: str | None
    batch_size: int | None
    timeout: float
    profile: str
    output: Path | None
    max_failures: int
    retry_failed: bool

    def each_track(self) -> Iterator[RunOptions]:
        """The options of one run for each track; all are checked before the first is given."""
        from vggsound_omni.runs.generate import RunOptions
        from vggsound_omni.tracks import load_track, track_names

        names = track_names() if "all" in self.track else list(dict.fromkeys(self.track))
        for name in names:
            load_track(name)
        options = [
            RunOptions(
                suite=self.suite,
                track=name,
                model=self.model,
                arguments=self._arguments(),
                seed=self.seed,
                profile=self.profile,
                limit=self.limit,
                device=self.device,
                batch_size=self.batch_size,
                timeout=self.timeout,
                retry_failed=self.retry_failed,
                output=self._folder(name, alone=len(names) == 1),
            )
            for name in names
        ]
        yield from options

    def _arguments(self) -> dict[str, str]:
        from vggsound_omni.generators.arguments import split_pairs

        return split_pairs(self.model_arguments)

    def _folder(self, track: str, *, alone: bool) -> Path:
        if self.output is not None:
            return self.output if alone else self.output / track
        name = f"{self.suite}-{track}-{self.model}-seed{self.seed}"
        return Path("runs") / re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-")[:120]


def run_arguments(command: Callable[[RunArguments], int]) -> Callable[..., int]:
    """Adds the options to a command and hands them over as one :class:`RunArguments`."""

    @click.option("--suite", default="foleyworld", show_default=True, help="A name, or manifest:FILE.")
    @click.option("--track", multiple=True, required=True, help='A track; may be repeated; "all" takes every track.')
    @click.option(
        "--model", required=True, help="A name, file.py:factory, package.module:factory, dir:, cmd:, http://."
    )
    @click.option("-m", "model_arguments", multiple=True, metavar="KEY=VALUE", help="An argument for the model.")
    @click.option("--seed", default=0, show_default=True, help="Seeds the generator, item by item.")
    @click.option("--limit", type=int, metavar="N", help="The first N items only; for trying things out.")
    @click.option("--device", metavar="NAME", help='Where the model and the encoders run, such as "cuda".')
    @click.option("--encoders", metavar="SET", help="Encoders to score with.  [default: the suite's]")
    @click.option(
        "--batch-size", type=int, metavar="N", help="Requests given at once.  [default: the model's wish, or 1]"
    )
    @click.option("--timeout", default=600.0, show_default=True, metavar="S", help="Seconds an item may take.")
    @click.option("--profile", default="omni", show_default=True, help="How metrics are computed.")
    @click.option(
        "--output", type=click.Path(path_type=Path), metavar="DIR", help="The run folder.  [default: runs/...]"
    )
    @click.option("--max-failures", default=0, show_default=True, metavar="N", help="Failed items that are tolerated.")
    @click.option("--retry-failed", is_flag=True, help="Try items again that failed before.")
    @functools.wraps(command)
    def wrapped(**values: object) -> int:
        return command(RunArguments(**values))  # type: ignore[arg-type]

    return wrapped

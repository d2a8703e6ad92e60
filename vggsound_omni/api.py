"""The Python face: a generator in, a result out, with all that the command line can do."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.markup import escape

from vggsound_omni.encoders.encoder import Kit, Precision
from vggsound_omni.present.notebook import to_html
from vggsound_omni.present.report import write_report
from vggsound_omni.present.terminal import print_tables
from vggsound_omni.protocol import Fit, Generator
from vggsound_omni.runs.finished import note_scored, standing_result
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import Plan, RunOptions
from vggsound_omni.runs.result import Result
from vggsound_omni.runs.score import ScoreOptions, scorable, score
from vggsound_omni.runs.watching import Watcher
from vggsound_omni.suites import Suite
from vggsound_omni.tracks import Track

if TYPE_CHECKING:
    import pandas as pd


_WIDTH = 80  # characters of a line


class Evaluation(NamedTuple):
    """What :func:`evaluate` returns."""

    result: Result  # scores with intervals and identity, failures, environment
    items: pd.DataFrame  # one row an item, by id: its scores, caption, stratum, labels

    def __repr__(self) -> str:
        """The table that ``omni-bench run`` prints."""
        console = Console(file=io.StringIO(), width=_WIDTH, record=True)
        print_tables([self.result], console)
        return console.export_text()

    def _repr_html_(self) -> str:
        """The same for a notebook."""
        return to_html([self.result])


def evaluate(
    model: str | Generator,
    track: str | Track,
    *,
    suite: str | Suite = "foleyworld",
    name: str | None = None,
    arguments: Mapping[str, str] | None = None,
    output: Path | str | None = None,
    seed: int = 0,
    without: Sequence[str] = (),
    fit: Sequence[Fit] = (),
    limit: int | None = None,
    batch_size: int | None = None,
    timeout: float = 600.0,
    retry_failed: bool = False,
    device: str | None = None,
    encoder_set: str | None = None,
    kit: Kit = "omni",
    precision: Precision = "float32",
    weights: Path | None = None,
    watchers: Sequence[Watcher] = (),
    judge: Path | None = None,
    console: Console | None = None,
) -> Evaluation:
    """Runs a generator on a track and scores it, as ``omni-bench run`` does.

    Args:
        model: a model string, or an object with ``generate()``. An object is called in this process, without a time
            limit.
        track: a name, such as "offscreen", or a track.
        suite: a name, "manifest:FILE", or a suite.
        name: what the model is called in tables; None: as its card says, or the model string.
        arguments: for the factory of a model string.
        output: the run folder, resumed if it exists; None uses a temporary one.
        seed: of the run.
        without: withhold "video" or "text" from the generator; the metrics stay the track's.
        fit: what is done with sounds of another length than asked for: "crop" cuts longer ones, "pad" fills shorter
            ones with silence.
        limit: the first N items only.
        batch_size: requests given at once; None lets the generator say.
        timeout: seconds an item may take, for a model string.
        retry_failed: try items again that failed before.
        device: where the model, if it takes one, and the encoders run.
        encoder_set: which encoders; None takes the suite's, or "open" if their weights are not here.
        kit: whose choices published encoders follow.
        precision: of published networks.
        weights: folder with their checkpoints; None: where ``omni-bench weights`` puts them.
        watchers: told of every batch and of the scores, such as ``TensorBoardLog`` and ``WandbLog``.
        judge: a file that names an audio language model, for the metrics that need one.
        console: where progress is shown; None: standard error.

    Raises:
        UserError: something asked for does not exist or does not fit.
    """
    import pandas as pd

    console = console or Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="omni-bench-") as scratch:
        options = RunOptions(
            suite=suite,
            track=track,
            model=model if isinstance(model, str) else _name(model),
            name=name,
            arguments=dict(arguments or {}),
            seed=seed,
            without=without,
            fit=fit,
            limit=limit,
            batch_size=batch_size,
            timeout=timeout,
            retry_failed=retry_failed,
            device=device,
            output=Path(output) if output is not None else Path(scratch) / "run",
        )
        scoring = ScoreOptions(
            encoder_set=encoder_set,
            kit=kit,
            precision=precision,
            weights=weights,
            device=device or "cpu",
            judge=judge,
        )
        given = None if isinstance(model, str) else model
        plan = generate(options, console, given, partial(scorable, scoring), watchers)
        result = scored(options.output, plan, console, scoring, report=output is not None)
    for watcher in watchers:
        watcher.finish(result)
    rows: dict[str, dict[str, Any]] = {
        item.id: {"caption": item.caption, "stratum": item.stratum, "labels": ", ".join(item.labels)}
        | result.items.get(item.id, {})
        for item in plan.items
    }
    return Evaluation(result, pd.DataFrame.from_dict(rows, orient="index").rename_axis("id"))


def scored(path: Path, plan: Plan, console: Console, options: ScoreOptions, *, report: bool = True) -> Result:
    """Returns the result of a run whose items are generated: the one that stands if nothing has changed since.

    Args:
        path: the run folder.
        plan: the run's.
        console: where progress is shown.
        options: how it is scored.
        report: writes ``report.html``, too.

    Raises:
        UserError: it cannot be scored.
    """
    if there := standing_result(path, plan, options):
        console.print(f"{escape(str(path))}: nothing has changed, so it is not scored again.", highlight=False)
        return there
    result = score(path, console, options, plan=plan)
    if report:
        write_report(path, result, plan.suite, plan.items, plan.track)
        note_scored(path, plan, options)
    return result


def _name(model: Generator) -> str:
    card = getattr(model, "card", None)
    return str(getattr(card, "name", None) or type(model).__name__)

"""The Python face: a generator in, a result out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from vggsound_omni.protocol import Generator
    from .result import Result


class Evaluation(NamedTuple):
    """What :func:`evaluate` gives."""

    result: Result
    """Scores with intervals and identity, failures, environment."""
    items: pd.DataFrame
    """One row an item, by id: its scores, caption, stratum, labels."""


def evaluate(
    model: str | Generator,
    track: str,
    *,
    suite: str = "foleyworld",
    arguments: Mapping[str, str] | None = None,
    output: Path | str | None = None,
    seed: int = 0,
    limit: int | None = None,
    device: str | None = None,
    encoder_set: str | None = None,
) -> Evaluation:
    """Runs a generator on a track and scores it, as ``omni-bench run`` does.

    Args:
        model: a model string, or an object with ``generate()``. An object is called in this process,
            without a time limit.
        track: a name, such as "offscreen".
        suite: a name, or "manifest:FILE".
        arguments: for the factory of a model string.
        output: the run folder, resumed where it exists; None uses a temporary one.
        seed: of the run.
        limit: the first so many items only.
        device: where the model, if it takes one, and the encoders run.
        encoder_set: which encoders; None takes the suite's.

    Raises:
        UserError: something asked for does not exist or does not fit.
    """
    import pandas as pd
    from rich.console import Console

    from .generate import RunOptions, generate
    from .score import score

    with tempfile.TemporaryDirectory(prefix="omni-bench-") as scratch:
        options = RunOptions(
            suite=suite,
            track=track,
            model=model if isinstance(model, str) else _name(model),
            arguments=dict(arguments or {}),
            seed=seed,
            limit=limit,
            device=device,
            output=Path(output) if output is not None else Path(scratch) / "run",
        )
        console = Console(stderr=True)
        plan = generate(options, console, None if isinstance(model, str) else model)
        result = score(options.output, console, encoder_set=encoder_set, device=device or "cpu")
    rows: dict[str, dict[str, Any]] = {
        item.id: {"caption": item.caption, "stratum": item.stratum, "labels": ", ".join(item.labels)}
        | result.items.get(item.id, {})
        for item in plan.items
    }
    return Evaluation(result, pd.DataFrame.from_dict(rows, orient="index").rename_axis("id"))


def _name(model: Generator) -> str:
    card = getattr(model, "card", None)
    return str(getattr(card, "name", None) or type(model).__name__)

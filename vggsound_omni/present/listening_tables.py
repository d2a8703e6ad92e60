"""Writes listening tests for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vggsound_omni.listening.design import DesignOptions
from vggsound_omni.listening.power import STUDIES, Power, power
from vggsound_omni.listening.study import Study

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_ENOUGH = 0.8  # power from which on a preference counts as detected


def simulated_power(systems: int, options: DesignOptions, console: Console) -> list[Power]:
    """Simulates studies of this size, saying so while it lasts."""
    with console.status("Simulating studies"):
        return power(systems, options.blocks(systems), np.random.default_rng([options.seed, 3]))


def power_table(found: Sequence[Power]) -> tuple[Table, str]:
    """Returns the power for each preference, and a sentence on the least that is detected."""
    from rich.table import Table

    table = Table("one system preferred to another in", "detected", title_justify="left")
    for one in found:
        table.add_row(f"{one.share:.0%} of answers", f"{one.power:.0%}")
    enough = next((one.share for one in found if one.power >= _ENOUGH), None)
    detects = f"preferences from {enough:.0%} on" if enough else f"no preference below {found[-1].share:.0%} surely"
    return table, (
        f"With a power of {_ENOUGH:.0%} the study detects {detects} (ties count half; {STUDIES} simulated studies "
        "each; all pairs of systems tested at 5 % together; every listener passes the screening)."
    )


def design_words(study: Study, folder: Path) -> list[str]:
    """Returns what was designed, a sentence a line."""
    kinds = Counter(trial.kind for trial in study.sessions[0].trials)
    parts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    quieter = [clip.lufs for clip in study.clips.values() if clip.lufs is not None and clip.lufs < -23.05]
    silent = [item_id for item_id, clip in study.clips.items() if clip.lufs is None]
    rules = study.screening
    size = f"{len(study.systems)} systems, {len(study.sessions)} listeners, {len(study.sessions[0].trials)} trials each"
    screening = (
        f"Screening: {rules.gold} gold trials right, fewer than {rules.contradictions} repeats contradicted, a median "
        f"of {rules.seconds:g} s a trial or more."
    )
    lines = [
        f"{folder}: {size} ({parts}).",
        f"Study {study.id}: publish this before the first answer; it is a hash of the design and of the screening.",
        screening,
    ]
    if quieter:
        lines.append(
            f"{len(quieter)} items are quieter than -23 LUFS (down to {min(quieter):.1f}), to keep their peaks."
        )
    if silent:
        lines.append(f"All sounds are silent in {len(silent)} items: {', '.join(silent[:5])}.")
    return lines

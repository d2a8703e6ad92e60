"""Writes listening tests for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from vggsound_omni.analysis.words import estimate
from vggsound_omni.listening import opinions, pairs
from vggsound_omni.listening.design import DesignOptions
from vggsound_omni.listening.outcome import Outcome
from vggsound_omni.listening.pair import Pair
from vggsound_omni.listening.power import STUDIES, Power, power
from vggsound_omni.listening.study import Kind, Study

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_P = TypeVar("_P", bound=Pair)
_ENOUGH = 0.8  # power from which on a preference counts as detected


def simulated_power(systems: int, options: DesignOptions, console: Console) -> list[Power]:
    """Simulates studies of this size, saying so while it lasts."""
    with console.status("Simulating studies"):
        rng = np.random.default_rng([options.seed, 3])
        return power(systems, options.blocks(systems), rng, kind=options.kind)


def power_table(found: Sequence[Power], kind: Kind) -> tuple[Table, str]:
    """Returns the power for each difference, and a sentence on the least that is detected."""
    from rich.table import Table

    scored = kind == "mos"
    table = Table("one system better than another by" if scored else "one system preferred to another in", "detected")
    said = {one: f"{one.effect:g} points" if scored else f"{one.effect:.0%} of answers" for one in found}
    for one in found:
        table.add_row(said[one], f"{one.power:.0%}")
    what = "differences" if scored else "preferences"
    enough = next((said[one] for one in found if one.power >= _ENOUGH), None)
    detects = f"{what} from {enough} on" if enough else f"no {what} below {said[found[-1]]} surely"
    return table, (
        f"With a power of {_ENOUGH:.0%} the study detects {detects} ({'' if scored else 'ties count half; '}"
        f"{STUDIES[kind]} simulated studies each; all pairs of systems tested at 5 % together; every listener passes "
        "the screening)."
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
        f"Screening: every trial answered, {rules.gold} gold items right, a median of {rules.seconds:g} s a trial or "
        "more."
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


def outcome_words(found: Outcome) -> list[str]:
    """Returns who was heard, a sentence a line."""
    lines = ["SIMULATED: no person gave these answers."] if found.simulated else []
    lines.append(
        f"{found.title}: {found.suite}, track {found.track}; {found.listeners} listeners passed the screening, "
        f"{len(found.left_out)} did not; {found.items} items."
    )
    for reason, count in Counter(reason.partition(":")[0] for reason in found.left_out.values()).items():
        lines.append(f"  left out by the rule on {reason}: {count}")
    if found.headphones is not None:
        lines.append(f"Headphone check passed by {found.headphones:.0%} of those who took it.")
    if found.consistent is not None:
        within = ", to within one point" if found.kind == "mos" else ""
        lines.append(f"Repeats answered as the first time{within}: {found.consistent:.0%}.")
    return lines


def question_table(found: pairs.QuestionOutcome | opinions.QuestionOutcome) -> tuple[Table, list[str]]:
    """Returns the systems, the best first, and what else there is to say of a question."""
    return _scored(found) if isinstance(found, opinions.QuestionOutcome) else _preferred(found)


def _scored(found: opinions.QuestionOutcome) -> tuple[Table, list[str]]:
    from rich.markup import escape
    from rich.table import Table

    table = Table("", "place", "score", "answers", title=escape(f"{found.key}: {found.words}"), title_justify="left")
    for one in found.systems:
        score, between = estimate(one.score, one.interval)
        table.add_row(escape(one.system), f"{one.rank} {one.letters}", f"{score} {between}", str(one.answers))

    def told(pair: Pair) -> str:
        better, worse = pair.in_order
        difference = estimate(abs(pair.difference), pair.interval)[0]
        return f"{better} is scored {difference} points higher than {worse} (p {pair.p:.2g})."

    notes = _pair_notes(found.pairs, told)
    if found.concordance is not None:
        notes.append(f"Listeners order two systems as all others do in {found.concordance:.0%} of their own pairs.")
    return table, notes


def _preferred(found: pairs.QuestionOutcome) -> tuple[Table, list[str]]:
    from rich.markup import escape
    from rich.table import Table

    columns = ("", "place", "wins against an average one", "strength", "won / tied / lost")
    table = Table(*columns, title=escape(f"{found.key}: {found.words}"), title_justify="left")
    for one in found.systems:
        share, between = estimate(100 * one.share, (100 * one.share_interval[0], 100 * one.share_interval[1]))
        strength, limits = estimate(one.strength, one.interval)
        counts = f"{one.wins} / {one.ties} / {one.losses}"
        place = f"{one.rank} {one.letters}"
        table.add_row(escape(one.system), place, f"{share} % {between}", f"{strength} {limits}", counts)

    def told(pair: pairs.PairOutcome) -> str:
        better, worse = pair.in_order
        difference = estimate(pair.difference, pair.interval)[0]
        won = pair.share if pair.difference > 0 else 1 - pair.share
        return f"{better} is preferred to {worse} in {won:.0%} of answers ({difference}, p {pair.p:.2g})."

    notes = _pair_notes(found.pairs, told)
    if found.concordance is not None:
        notes.append(f"Listeners side with all others in {found.concordance:.0%} of decided answers.")
    notes.append(f"Between equals {found.left:.0%} of decided answers go to the left; it is taken out.")
    return table, notes


def _pair_notes(found: Sequence[_P], told: Callable[[_P], str]) -> list[str]:
    """Returns a sentence for each pair that is apart, and how many are not."""
    notes = [told(pair) for pair in found if pair.interval[0] > 0 or pair.interval[1] < 0]
    if undecided := len(found) - len(notes):
        notes.append(f"Not shown to differ: {undecided} of {len(found)} pairs; they share a letter.")
    return notes

"""Who is left out, by rules that the design fixed."""

from __future__ import annotations

from statistics import median

from .answers import Listener
from .study import GOOD, Screening


def failing(listener: Listener, rules: Screening) -> str | None:
    """Returns the first rule that a listener fails, as a sentence; None if none."""
    if not listener.finished:
        asked = [trial for trial in listener.session.trials if trial.kind != "practice"]
        given = sum(trial.id in listener.answers for trial in asked)
        return f"unfinished: {given} of {len(asked)} trials are answered"
    gold = listener.of("gold")
    right = sum(answer.choices["overall"] == ("left" if trial.left == GOOD else "right") for trial, answer in gold)
    if right < rules.gold:
        return f"gold: {right} of {len(gold)} known answers are right, {rules.gold} are needed"
    against = contradictions(listener)
    if against >= rules.contradictions and listener.of("repeat"):
        return f"repeats: {against} trials were answered the other way the second time"
    seconds = median(answer.seconds for _, answer in listener.of("main"))
    if seconds < rules.seconds:
        return (
            f"time: half of the trials took {seconds:.1f} s or less, {rules.seconds:g} s are needed to hear one sound"
        )
    return None


def contradictions(listener: Listener) -> int:
    """Returns how many repeats prefer, overall, the sound that was not preferred the first time; ties are none."""
    return sum(first * again < 0 for first, again in listener.repeats())

"""Who is left out, by rules that the design fixed.

That a listener answers a repeated trial otherwise is no such rule: it finds nobody whom gold does not find, and loses
careful listeners (``benchmarks/listening.py screening``).
"""

from __future__ import annotations

from statistics import median

from .answers import Listener
from .study import GOOD, SPOILT, Screening


def failing(listener: Listener, rules: Screening) -> str | None:
    """Returns the first rule that a listener fails, as a sentence; None if none."""
    if not listener.finished:
        asked = [trial for trial in listener.session.trials if trial.kind != "practice"]
        given = sum(trial.id in listener.answers for trial in asked)
        return f"unfinished: {given} of {len(asked)} trials are answered"
    gold = known(listener)
    if sum(gold) < rules.gold:
        return f"gold: {sum(gold)} of {len(gold)} known answers are right, {rules.gold} are needed"
    seconds = median(answer.seconds for _, answer in listener.of("main"))
    if seconds < rules.seconds:
        return (
            f"time: half of the trials took {seconds:.1f} s or less, {rules.seconds:g} s are needed to hear one sound"
        )
    return None


def known(listener: Listener) -> list[bool]:
    """Returns of each gold item whether its recording is preferred, or scored higher than its spoilt sound, overall."""
    found: dict[str, dict[str, int]] = {}
    for trial, answer in listener.of("gold"):
        score = answer.score("overall")
        of_item = found.setdefault(trial.item, {})
        of_item[trial.left] = score
        if trial.right is not None:
            of_item[trial.right] = -score
    return [scores[GOOD] > scores[SPOILT] for scores in found.values()]

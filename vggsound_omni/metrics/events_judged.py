"""What an audio language model says of a sound: are the events heard, and how does it answer a user's questions?

The probability of "yes" to a question about one event is the idea of AQAScore (arXiv 2601.14728). Such models lean to
"yes", so what they say of events that are not there is taken off: with p the mean probability over an item's events and
b that over events that are not there in recordings of FoleyWorld, an item scores (p - b) / (1 - b): 1 for a model
that is sure of everything, 0 for one that says what it would of any sound. As Cohen's kappa, it has no lower bound.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .estimate import F64, Estimate, Floats, MetricError, mean_of_clips
from .metric import WORSENS, Metric, Ratings, Verdicts, judged, rated

MOST_UNANSWERED = 0.05
"""Share of questions that may be answered with neither yes nor no."""
_LEANING = 0.3
"""Mean probability of "yes" to what is not there from which on a reader is warned."""


def told_apart(there: Floats, absent: Floats) -> float:
    """Returns how often an event that is there gets a higher probability than one that is not, ties half: the AUC."""
    apart = there[:, None] - absent[None, :]
    return float(np.mean((apart > 0) + 0.5 * (apart == 0)))


def evaluate(found: Verdicts) -> Estimate:
    """Returns the mean over clips of (p - b) / (1 - b); a clip of which nothing is said, or answered, has no score.

    Raises:
        MetricError: the judge does not tell what is there from what is not, or answers too few questions.
    """
    answers = np.concatenate([np.empty(0), *found.yes])
    unanswered = _unanswered(answers)
    there, absent = (numbers[~np.isnan(numbers)] for numbers in (found.there, found.absent))
    _unanswered(np.concatenate((found.there, found.absent)))
    bias, hits = float(absent.mean()), float(there.mean())
    error = float(np.sqrt(there.var(ddof=1) / len(there) + absent.var(ddof=1) / len(absent)))
    if hits - bias <= 2 * error:
        raise MetricError(
            f"The judge does not tell what is there from what is not: to recordings of FoleyWorld it says yes with "
            f"{hits:.2f} where an event is there and with {bias:.2f} where it is not."
        )
    raw = np.array([_mean(one) for one in found.yes])
    warnings = [f"{unanswered} questions were answered with neither yes nor no."] if unanswered else []
    if bias > _LEANING:
        warnings.append(f"The judge leans to yes: with {bias:.2f} to what is not there, which is taken off.")
    return mean_of_clips(
        (raw - bias) / (1 - bias),
        warnings=tuple(warnings),
        facts={
            "yes": float(np.nanmean(raw)),
            "yes_when_there": hits,
            "yes_when_absent": bias,
            "told_apart": told_apart(there, absent),
            "questions": len(answers),
            "unanswered": unanswered,
        },
    )


def answered(found: Ratings) -> Estimate:
    """Returns the mean over clips of the mean probability of the good answers, and of each question as a fact.

    Raises:
        MetricError: too few questions are answered.
    """
    unanswered = _unanswered(found.numbers.ravel())
    return mean_of_clips(
        np.array([_mean(row) for row in found.numbers]),
        warnings=(f"{unanswered} questions were answered with neither yes nor no.",) if unanswered else (),
        facts={
            key: mean
            for key, column in zip(found.keys, found.numbers.T, strict=True)
            if not np.isnan(mean := _mean(column))
        },
    )


def _mean(numbers: Floats) -> float:
    known: F64 = np.asarray(numbers[~np.isnan(numbers)], np.float64)
    return float(known.mean()) if len(known) else np.nan


def _unanswered(answers: Floats) -> int:
    """Returns how many answers are neither yes nor no.

    Raises:
        MetricError: too many, or nothing was asked.
    """
    count = int(np.isnan(answers).sum())
    if not len(answers):
        raise MetricError("Nothing says what should be heard in the items that are scored.")
    if count > MOST_UNANSWERED * len(answers):
        raise MetricError(f"Of {len(answers)} questions the judge answered {count} with neither yes nor no.")
    return count


EVENTS_JUDGED = Metric(
    key="events_judged",
    title="Events judged",
    unit="share of yes",
    better="higher",
    per_item=True,
    summary="Does an audio language model hear what should be heard?",
    needs=(judged(),),
    compute=evaluate,
    bounds=(None, 1.0),
    expect={"noise_only": WORSENS, "swap_across": WORSENS},
)
RUBRIC = replace(
    EVENTS_JUDGED,
    key="rubric",
    title="Rubric",
    summary="How does an audio language model answer your own questions?",
    needs=(rated(),),
    compute=answered,
    bounds=(0.0, 1.0),
    expect={"noise_only": WORSENS},
)

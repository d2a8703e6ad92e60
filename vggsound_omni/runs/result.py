"""The result of a run, as written to ``result.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vggsound_omni.errors import UserError, first_problem
from vggsound_omni.io import replacing
from vggsound_omni.metrics import Metric, metric_of, mostly_bias, without_bias
from vggsound_omni.protocol import Fit
from vggsound_omni.stats.intervals import within
from vggsound_omni.suites.history import track_of_suite

from .naming import holds_runs

SCHEMA_VERSION = 3


class Part(BaseModel):
    """Base class of all parts of a result: immutable, without unknown fields, NaN or Infinity."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class Score(Part):
    """One metric over one set of items, with everything that identifies the number."""

    title: str | None = Field(
        None, description='As tables call it; "fw" stands before metrics by encoders that know FoleyWorld alone.'
    )
    status: Literal["computed", "not_applicable", "not_computed"]
    reason: str | None = Field(None, description="Why there is no value, or a caveat about it.")
    value: float | None = Field(None, description="As other kits report it, with its small-sample bias.")
    estimate: float | None = Field(
        None, description="The value less its bias, which tables, ranks and comparisons use; null if there is none."
    )
    no_estimate: str | None = Field(None, description="Why there is no estimate although there is a value.")
    interval: tuple[float, float] | None = Field(
        None, description="95 % confidence interval for infinitely many items; the bias is removed. Holds the estimate."
    )
    bias: float | None = Field(
        None, description="How far the value is too high on average with this number of items; included in the value."
    )
    uncertain: float | None = Field(
        None, ge=0, description="How far the bias itself may be off; null for an unbiased metric."
    )
    unit: str | None = None
    direction: Literal["higher", "lower"] | None = Field(None, description="Which way is better.")
    n: int | None = Field(None, description="Items scored.")
    facts: dict[str, float] = Field(
        default={}, description="Further numbers of the metric, as docs/metrics.md names them: ranks, a bandwidth ..."
    )
    metric_id: str | None = Field(None, description='For example "fd-panns".')
    encoder: str | None = Field(None, description="Null for a metric that needs none.")
    checkpoint_sha256: str | None = None


class Anchor(Part):
    """What other sounds score on the same items, by the same metric."""

    by: str = Field(description="Whose sounds: oracle, halves (of the recordings), silence, noise or shuffled.")
    estimate: float
    interval: tuple[float, float] | None = None


class Anchors(Part):
    """What a score is read against, and where it lies between."""

    ceiling: Anchor | None = Field(None, description="What the recordings score; null if it is not known.")
    chance: Anchor | None = Field(None, description="The best of the sounds that know nothing of their item.")
    share: float | None = Field(None, description="Of the way from chance, 0, to ceiling, 1.")
    share_interval: tuple[float, float] | None = Field(None, description="95 %.")
    no_share: str | None = Field(None, description="Why there is no share.")
    above: bool = Field(default=False, description="Whether the score is shown to be better than the recordings'.")


class SuiteIdentity(Part):
    """Which suite, exactly."""

    name: str
    version: str


class Signal(Part):
    """Facts about an item's audio that need no encoder."""

    seconds: float
    sample_rate: int = Field(description="Hz")
    channels: int
    peak_dbfs: float | None = Field(description="dB relative to full scale; null for digital silence.")
    rms_dbfs: float | None = Field(description="dB relative to full scale; null for digital silence.")
    clipped: float = Field(description="Share of samples at full scale.")
    sha256: str = Field(description="Of the decoded samples.")
    media: str | None = Field(
        None, description="SHA-256 of the item's video and recording; null in results made before this field existed."
    )


class Costs(Part):
    """What a run cost; null where it cannot be known."""

    generate_seconds: float | None = Field(None, ge=0, description="Of generating a clip: the median of the clips.")
    generate_slowest: float | None = Field(None, ge=0, description="The same of the clip that took longest.")
    generate_memory: int | None = Field(
        None, ge=0, description="MiB that the model's process and all that it started had used at most, added up."
    )
    generate_gpu_memory: int | None = Field(
        None, ge=0, description="MiB that torch in the model's process had taken of its GPUs at most."
    )
    score_seconds: float | None = Field(
        None, ge=0, description="Of scoring, divided by the clips; little if features were in the cache."
    )
    score_memory: int | None = Field(None, ge=0, description="MiB that the process which scored had used at most.")
    score_gpu_memory: int | None = Field(None, ge=0, description="The same of its GPUs.")


class Failure(Part):
    """An item without valid audio."""

    id: str
    rule: str = Field(description="The rule that was broken; docs/generators.md lists them.")
    reason: str


class Counts(Part):
    """How many items were planned, generated, failed and scored."""

    planned: int
    generated: int
    failed: int
    scored: int


class Heard(Part):
    """How many of a run's sounds are copies of the recordings that they are compared with."""

    compared: int = Field(description="Sounds that have a recording.")
    copies: int = Field(description="Those that match their own recording and no other.")
    borrowed: int | None = Field(
        None, description="Those that are the recording of another item; null in results that did not ask."
    )

    @property
    def marked(self) -> bool:
        """Whether more than 2 % of the sounds are copies, so that the generator must have had the recordings."""
        return self.copies > HEARD_SHARE * self.compared


HEARD_SHARE = 0.02  # share of copies above which a run is marked


class Result(Part):
    """The scores of a run."""

    schema_version: Literal[3] = 3
    suite: SuiteIdentity
    track: str
    items_sha256: str = Field(description="Over the track's items, their truth and what identifies their media.")
    encoder_set: str
    kit: str = Field(description="Whose choice of windows and channels was followed: omni, or av-benchmark.")
    model: dict[str, Any] = Field(
        description="The model string (name), its arguments, its card, and its name in tables (label) if one was given."
    )
    seed: int
    without: tuple[str, ...] = Field((), description="Parts of each item that were withheld from the generator.")
    fit: tuple[Fit, ...] = Field((), description="How sounds of another length than asked for were made to fit.")
    drift: dict[str, float] = Field(
        default={},
        description="Difference that bfloat16 networks made to the scores of some items, compared with float32, by "
        "metric key; empty if all networks are float32.",
    )
    limit: int | None = Field(description="The first N items only; the board does not accept such results.")
    counts: Counts
    scores: dict[str, Score] = Field(description="By metric key.")
    anchors: dict[str, Anchors] = Field(
        {}, description="Chance and ceiling, by metric key; of metrics with an estimate, in results that know them."
    )
    strata: dict[str, dict[str, Score]] = Field(description="By stratum and metric key.")
    stratum_of: dict[str, str] = Field(
        {}, description="Stratum of each scored item, by id; empty in results made before this field existed."
    )
    items: dict[str, dict[str, float]] = Field(description="Scores of single items, by id and metric key.")
    influence: dict[str, dict[str, float]] = Field(
        description="Influence of single items on scores of the set, by id and metric key; sums to 0 over the items."
    )
    signals: dict[str, Signal] = Field(description="Facts about each item's audio, by id.")
    failures: list[Failure]
    heard: Heard | None = Field(
        None, description="Null if there are no recordings, and in results made before this field existed."
    )
    warnings: tuple[str, ...] = Field((), description="Caveats that concern all of the numbers, one sentence each.")
    environment: dict[str, Any]
    timings: dict[str, float] = Field(description="Seconds, by phase.")
    costs: Costs | None = Field(None, description="Null in results made before this field existed.")

    def __repr__(self) -> str:
        """A line; ``omni-bench show``, and what ``evaluate`` returns, have the table."""
        what = f"{self.model.get('label') or self.model.get('name')} on {self.track} of {self.suite.name}"
        return f"Result({what}: {self.counts.scored} of {self.counts.planned} items, {len(self.scores)} scores)"

    __str__ = __repr__

    def influences(self, key: str) -> dict[str, float]:
        """Returns, by item id, how far each item moves a score; these sum to 0 and give its standard error.

        If the score is a mean over items, it is the item's score minus the mean. Empty if the result lacks it.
        """
        own = {item_id: scores[key] for item_id, scores in self.items.items() if key in scores}
        if own:
            mean = math.fsum(own.values()) / len(own)
            return {item_id: score - mean for item_id, score in own.items()}
        return {item_id: values[key] for item_id, values in self.influence.items() if key in values}


def media_sentence(results: Sequence[Result]) -> str | None:
    """Returns a warning if results were made with different media for some of their common items, else None."""
    common = set.intersection(*(set(result.signals) for result in results)) if results else set()
    different = 0
    for item_id in common:
        known = {result.signals[item_id].media for result in results} - {None}
        different += len(known) > 1
    if not different:
        return None
    return (
        f"These runs had different videos or recordings for {different} of {len(common)} items with the same id, so "
        "their numbers are not comparable."
    )


def json_schema() -> dict[str, Any]:
    """Returns the JSON Schema of ``result.json``, for other programs."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Result.model_json_schema(mode="validation")


def write_result(path: Path, result: Result) -> None:
    """Writes ``result.json`` atomically."""
    with replacing(path) as temporary:
        temporary.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_result(path: Path) -> Result:
    """Reads a result.

    Args:
        path: ``result.json``, or the run folder that holds it.

    Raises:
        UserError: the file is missing, not a result, or of a later schema.
    """
    file = path / "result.json" if path.is_dir() else path
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        version = raw.get("schema_version") if isinstance(raw, dict) else None
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise UserError(
                f"{file} has schema version {version}; this program reads up to {SCHEMA_VERSION}: update it."
            )
        result = Result.model_validate(_upgraded(raw, version))
        scores = with_estimates(result.scores)
        strata = {stratum: with_estimates(found) for stratum, found in result.strata.items()}
        return result.model_copy(update={"scores": scores, "strata": strata})
    except FileNotFoundError:
        sentence = holds_runs(path, "result.json") or f"There is no result at {file}; finish the run first."
        raise UserError(sentence) from None
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise UserError(f"{file} is not a result of this program: {first_problem(error)}.") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{file} is damaged ({str(error).splitlines()[0]}); score the run again.") from error


def with_estimates(scores: Mapping[str, Score]) -> dict[str, Score]:
    """Returns scores, by metric key, with the estimates that older results lack or have uncut.

    An estimate is the value less its bias, cut at the metric's floor; a distance that is mostly bias has none. An
    interval that does not hold its estimate is dropped, and that of a mean over clips is cut at the metric's bounds.
    Scores as they are written today come back as they are.
    """
    return {key: _with_estimate(metric_of(key), score) for key, score in scores.items()}


def _with_estimate(metric: Metric | None, score: Score) -> Score:
    if score.value is None or score.no_estimate:
        return score
    floor = metric.floor if metric else None
    estimate = without_bias(score.value, score.bias, floor)
    interval, dropped = score.interval, None
    if floor is not None:
        refused = mostly_bias(score.value, score.bias or 0.0) if (score.bias or 0.0) > _ROUNDING else None
        if refused:
            return score.model_copy(update={"estimate": None, "no_estimate": refused, "interval": None})
        if max((abs(estimate), *map(abs, interval or ()))) < _ROUNDING:
            estimate, interval = 0.0, interval and (0.0, 0.0)
    if interval and not interval[0] <= estimate <= interval[1]:
        dropped = "Its interval did not hold the estimate and is left out."
        interval = None
    elif interval and floor is not None:
        interval = max(interval[0], floor), interval[1]
    if interval and metric and metric.per_item:
        interval = within(interval, estimate, metric.bounds)
    reason = " ".join(filter(None, (score.reason, dropped))) or None
    return score.model_copy(update={"estimate": estimate, "interval": interval, "reason": reason})


_ROUNDING = 1e-6
"""Distances below it are 0 in rows that do not say how much features vary, which is by 1,000 and more in all rows."""


def _upgraded(raw: Any, version: Any) -> Any:  # noqa: ANN401 - whatever JSON holds; validation says what is missing
    """Converts a result of an earlier schema to this one."""
    if version not in (1, 2) or not isinstance(raw, dict):
        return raw
    found = dict(raw) | {"schema_version": SCHEMA_VERSION}
    if version == 1:
        found["influence"] = {}  # version 1 knew neither influence nor bias
    if "profile" in found:
        found["kit"] = found.pop("profile")
    suite = found.get("suite")
    if isinstance(suite, dict) and {"items_sha256", "encoder_set"} <= set(suite):
        found["suite"] = {key: value for key, value in suite.items() if key not in ("items_sha256", "encoder_set")}
        found["encoder_set"] = suite["encoder_set"]
        found["items_sha256"] = track_of_suite(
            str(suite["items_sha256"]), str(found.get("track")), limited=found.get("limit") is not None
        )
    if isinstance(found.get("scores"), dict):
        found["scores"] = _renamed(found["scores"])
    for part in ("strata", "items", "influence"):
        if isinstance(found.get(part), dict):
            found[part] = {key: _renamed(scores) for key, scores in found[part].items()}
    return found


def _renamed(scores: Any) -> Any:  # noqa: ANN401
    """Returns scores by today's keys: ``kl@passt`` used to be ``kl_passt``."""
    return {_KEYS.get(key, key): score for key, score in scores.items()} if isinstance(scores, dict) else scores


_KEYS = {"kl_passt": "kl@passt", "fd_passt": "fd@passt"}

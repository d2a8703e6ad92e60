"""From what was extracted to scores: every metric over one set of items."""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from vggsound_omni.encoders.encoder import EncoderCard
from vggsound_omni.encoders.registry import ENCODERS
from vggsound_omni.errors import UserError
from vggsound_omni.features.extract import Binding, Extracted, Sound
from vggsound_omni.features.judging import JUDGED_RATE, Judge, Said
from vggsound_omni.features.store import Features
from vggsound_omni.metrics import METRICS, Estimate, Metric, MetricError, Offsets, title_of
from vggsound_omni.metrics.metric import (
    Compared,
    Encoded,
    Judged,
    KernelWidth,
    Labels,
    Need,
    Rated,
    Samples,
    Tagged,
    Tags,
    TruthOf,
    Words,
)
from vggsound_omni.protocol import Side
from vggsound_omni.stats.intervals import Interval, within
from vggsound_omni.suites.suite import Item
from vggsound_omni.tracks import Track
from vggsound_omni.wording import shorten

from .applicability import notes, why_not
from .result import Score

_log = logging.getLogger(__name__)
_PAIRS = 64
"""Sounds and pictures that are compared at once; their features are large."""
_CALLED: dict[Side, str] = {"generated": "sound", "reference": "reference", "video": "video", "text": "caption"}


class Identity(NamedTuple):
    """What says, beside a number, by which metric and networks it is."""

    metric_id: str
    encoder: str | None  # several are joined by "+"
    checkpoint_sha256: str | None


class Measured(NamedTuple):
    """Every metric over one set of items."""

    scores: dict[str, Score]  # by metric key
    items: dict[str, dict[str, float]]  # scores of single items, by id and metric key
    influence: dict[str, dict[str, float]]  # of single items on metrics that score no single item, likewise


def measure(
    bound: Sequence[Binding], track: Track, items: Sequence[Item], ids: Sequence[str], extracted: Extracted
) -> Measured:
    """Computes every metric over one set of items.

    Args:
        bound: metrics with their encoders.
        track: rules metrics out, and comments on them.
        items: of the track, which decide what applies.
        ids: those scored, the same for all metrics but those that need truth, which take the ids whose truth is known.
        extracted: what the metrics read.
    """
    ids = sorted(ids)  # IS depends on the order
    found = Measured({}, {item_id: {} for item_id in ids}, {item_id: {} for item_id in ids})
    for binding in bound:
        metric = binding.metric
        if reason := why_not(metric, track, items):
            found.scores[metric.key] = Score(title=_title(binding), status="not_applicable", reason=reason)
            continue
        try:
            known = _known(binding, ids, extracted)
            estimate = _estimate(binding, known, extracted)
        except (MetricError, UserError) as error:  # the latter: a file that samples are read from is gone
            found.scores[metric.key] = Score(title=_title(binding), status="not_computed", reason=str(error))
            continue
        found.scores[metric.key] = _score(binding, estimate, notes(metric, track), extracted)
        single = found.items if metric.per_item else found.influence
        numbers = estimate.per_item if metric.per_item else estimate.influence
        for item_id, number in zip(known, numbers if numbers is not None else (), strict=numbers is not None):
            if not np.isnan(number):
                single[item_id][metric.key] = float(number)
    return found


def _title(binding: Binding) -> str:
    """Returns what a score is called in tables, marked if its encoders know FoleyWorld alone."""
    return title_of(binding.metric.key, next((spec.encoder_set for spec in binding.encoders.values()), None))


def _known(binding: Binding, ids: Sequence[str], extracted: Extracted) -> Sequence[str]:
    """Returns the items that a metric scores: all of them, or those whose truth or labels are known if it needs these.

    Raises:
        MetricError: there is none.
    """
    if not ids:
        raise MetricError("No item has valid audio.")
    metric, sources = binding.metric, extracted.sources
    known = [i for i in ids if i in sources.truth] if metric.needs_truth else ids
    if not known:
        raise MetricError("The truth of none of the scored items is known.")
    known = [i for i in known if i in sources.labels] if metric.needs_labels else known
    if not known:
        raise MetricError("None of the scored items has labels.")
    return known


def _estimate(binding: Binding, ids: Sequence[str], extracted: Extracted) -> Estimate:
    """Computes one metric.

    Raises:
        MetricError: there is nothing to compute it from.
    """
    for role in binding.metric.roles:
        if role not in binding.encoders:
            raise MetricError(_missing(role))
    for spec, _ in binding.uses():
        if spec.name in extracted.absent:
            raise MetricError(extracted.absent[spec.name])
    columns = [_column(need, binding, ids, extracted) for need in binding.metric.needs]
    package = METRICS.package(binding.base)
    if package is None:
        return binding.metric.compute(*columns)
    try:
        found = binding.metric.compute(*columns)
        if not isinstance(found, Estimate):
            raise TypeError(f"it returned {type(found).__name__}, not an Estimate")  # noqa: TRY301
    except MetricError:
        raise
    except Exception as error:
        _log.warning("The metric %s of the package %s failed.", binding.metric.key, package, exc_info=True)
        raise MetricError(
            f"The metric of the package {package} failed: {shorten(f'{type(error).__name__}: {error}', 300)}"
        ) from error
    return found


def _missing(role: str) -> str:
    """Returns which published encoders play a role that nobody in the set plays."""
    others = [spec for spec in ENCODERS.values() if role in spec.roles and spec.weights is not None]
    if not others:
        return f'No encoder of the set plays the role "{role}".'
    return f"Needs {' or '.join(f'{spec.name} of the {spec.encoder_set} set' for spec in others)}."


def _score(binding: Binding, estimate: Estimate, remarks: Sequence[str], extracted: Extracted) -> Score:
    metric = binding.metric
    return Score(
        title=_title(binding),
        status="computed",
        reason=" ".join([*remarks, *estimate.warnings]) or None,
        value=estimate.value,
        estimate=estimate.estimate,
        no_estimate=estimate.no_estimate,
        interval=_cut(metric, estimate),
        bias=estimate.bias,
        uncertain=estimate.uncertain,
        facts=dict(estimate.facts),
        unit=metric.unit,
        direction=metric.better,
        n=estimate.n,
        **identity(binding, extracted.cards, extracted.judge)._asdict(),
    )


def _cut(metric: Metric, estimate: Estimate) -> Interval | None:
    """Returns the interval; that of a mean over clips is cut at what a clip can score."""
    if estimate.interval is None or not metric.per_item:
        return estimate.interval
    return within(estimate.interval, estimate.value, metric.bounds)


def identity(binding: Binding, cards: Mapping[str, EncoderCard], judge: Judge | None = None) -> Identity:
    """Returns what identifies the scores of a metric by its encoders, or its judge.

    Args:
        binding: the metric with its encoders.
        cards: of these encoders, by name.
        judge: whose answers a metric that needs a judge is of.
    """
    used = {name: cards[name].checkpoint_sha256 for name in dict.fromkeys(spec.name for spec, _ in binding.uses())}
    if judge is not None and binding.metric.needs_judge:
        asked = any(isinstance(need, Rated) for need in binding.metric.needs)
        used[judge.name] = judge.rubric_sha256 if asked else judge.sha256
    version = f"-{binding.metric.version}" if binding.metric.version > 1 else ""
    return Identity(
        metric_id="-".join([binding.base.replace("_", "-") + version, *used]),
        encoder="+".join(used) or None,
        checkpoint_sha256=_checkpoint(list(used.values())),
    )


def _checkpoint(hashes: Sequence[str]) -> str | None:
    """Returns what identifies the weights behind a score: the checkpoint's hash, or one over several."""
    if len(hashes) < 2:
        return hashes[0] if hashes else None
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest()


def _column(need: Need, binding: Binding, ids: Sequence[str], extracted: Extracted) -> Any:  # noqa: ANN401
    """Returns what a metric is given for one need, an entry for each id."""
    match need:
        case Tagged(role=role, output=output, side=side):
            name = binding.encoders[role].name
            rows = [features[output] for features in _each(extracted, name, side, ids, _CALLED[side])]
            if name not in extracted.classes:
                raise MetricError(f"The encoder {name} does not name its classes.")
            return Tags(np.stack(rows), extracted.classes[name])
        case Encoded(role=role, output=output, side=side, ragged=ragged):
            arrays = [
                features[output] for features in _each(extracted, binding.encoders[role].name, side, ids, _CALLED[side])
            ]
            return arrays if ragged else np.stack(arrays)
        case Compared(role=role):
            return _offsets(extracted, binding.encoders[role].name, ids)
        case Samples(side=side):
            sources = extracted.sources.generated if side == "generated" else extracted.sources.reference
            _complain([i for i in ids if i not in sources], _CALLED[side], {})
            return extracted.sound(need, ids)
        case KernelWidth(role=role):
            name = binding.encoders[role].name
            stored = extracted.sources.bandwidths.get(name)
            same = stored is not None and stored.checkpoint_sha256 == extracted.cards[name].checkpoint_sha256
            return stored.bandwidth if stored is not None and same else None
        case Labels():
            return [extracted.sources.labels[i] for i in ids]
        case Words():
            text, named = extracted.sources.text, extracted.sources.labels
            return [" ".join(filter(None, (text.get(i), *named.get(i, ())))) for i in ids]
        case Judged():
            return _judge(extracted).verdicts(_judged_sound(extracted, ids), [_said(extracted, i) for i in ids])
        case Rated():
            return _judge(extracted).ratings(_judged_sound(extracted, ids))
        case TruthOf(part=part):
            known = [extracted.sources.truth[i].until(extracted.window or math.inf) for i in ids]
            return known if part == "whole" else [getattr(one, part) for one in known]


def _judge(extracted: Extracted) -> Judge:
    """Returns the judge.

    Raises:
        MetricError: there is none.
    """
    if extracted.judge is None:
        raise MetricError("Needs an audio language model that judges; --judge FILE says which.")
    return extracted.judge


def _judged_sound(extracted: Extracted, ids: Sequence[str]) -> Sound:
    _complain([i for i in ids if i not in extracted.sources.generated], _CALLED["generated"], {})
    return extracted.sound(Samples("generated", JUDGED_RATE), ids)


def _said(extracted: Extracted, item_id: str) -> Said:
    """Returns what should be heard in an item, up to the track's window: by its truth, its labels, or its caption."""
    sources = extracted.sources
    if item_id in sources.truth:
        truth = sources.truth[item_id].until(extracted.window or math.inf)
        classes = dict.fromkeys(event.sound_class for event in truth.events)
        return Said(events=(*classes, *(["music"] if truth.music is not None else [])))
    if item_id in sources.labels:
        return Said(events=sources.labels[item_id])
    return Said(caption=sources.text.get(item_id))


def _each(extracted: Extracted, encoder: str, side: Side, ids: Sequence[str], called: str) -> list[Features]:
    """Returns an encoder's outputs for every item, in order.

    Raises:
        MetricError: an item has none; the same items must be scored by every metric.
    """
    column = extracted.columns[encoder, side]
    _complain([i for i in ids if i not in column.features], called, column.failures)
    return [column.features[i] for i in ids]


def _complain(missing: Sequence[str], called: str, failures: Mapping[str, str]) -> None:
    if missing:
        because = failures.get(missing[0])
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise MetricError(f'Item "{missing[0]}"{more} has no {called}' + (f": {because}" if because else "."))


def _offsets(extracted: Extracted, encoder: str, ids: Sequence[str]) -> Offsets:
    """Compares each sound with its picture."""
    synchroniser = extracted.synchronisers[encoder]
    sounds = _each(extracted, encoder, "generated", ids, "sound of 4.8 s")
    pictures = _each(extracted, encoder, "video", ids, "video of 4.8 s")
    logits = [
        synchroniser.compare(_stacked(sounds[k : k + _PAIRS]), _stacked(pictures[k : k + _PAIRS]))
        for k in range(0, len(ids), _PAIRS)
    ]
    return Offsets(torch.cat(logits).numpy(), synchroniser.offsets)


def _stacked(features: Sequence[Features]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.stack([one[name] for one in features])) for name in features[0]}


def applying(bound: Sequence[Binding], track: Track, items: Sequence[Item]) -> list[Binding]:
    """Returns the bindings whose metrics apply."""
    return [binding for binding in bound if why_not(binding.metric, track, items) is None]

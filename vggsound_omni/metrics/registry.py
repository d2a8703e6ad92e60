"""The metrics by key, in the order of tables: the only list of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from vggsound_omni.errors import unknown_name
from vggsound_omni.registry import Registry

from .aesthetics import CE, CU, PC, PQ
from .cosine import IB, LA_CLAP, MS_CLAP
from .coverage import COVERAGE
from .desync import DS
from .events import AV_F1, COUNT, EVENT_F1, ORDER
from .events_judged import EVENTS_JUDGED, RUBRIC
from .fd_inf import FD_INF
from .frechet import FAD, FD
from .inception import IS
from .kad import KAD
from .kl import KL
from .kl_bernoulli import KL_BERNOULLI
from .label_recall import LABEL_RECALL
from .leak import LEAK
from .level import LEVEL
from .likeness import LIKENESS
from .metric import Metric
from .onsets import HITS, ONSET_F1, TIMING
from .unwanted import UNWANTED_MUSIC, UNWANTED_SPEECH

METRICS: Registry[Metric] = Registry(
    "metric",
    "vggsound_omni.metrics",
    (
        *(EVENT_F1, AV_F1, ONSET_F1, HITS, TIMING, COUNT, ORDER, LEAK, LEVEL, LIKENESS, COVERAGE),
        *(KL, FD, FAD, IS, PQ, CE, CU, PC, MS_CLAP, LA_CLAP, IB, DS, KAD, FD_INF),
        *(KL_BERNOULLI, LABEL_RECALL, UNWANTED_SPEECH, UNWANTED_MUSIC, EVENTS_JUDGED, RUBRIC),
    ),
)


def metric_of(key: str) -> Metric | None:
    """Returns the metric for a key of a result, under that key; None if this program does not know it.

    ``kl@passt`` is KL computed with the encoder variant ``passt``.
    """
    base, at, variant = key.partition("@")
    metric = METRICS.get(base)
    if metric is None or not at:
        return metric
    return by_encoder(metric, variant)


MARKS = {"foleyworld": "fw"}
"""What stands before the titles of metrics by the encoders of a set that knows one made-up world."""


def title_of(key: str, encoder_set: str | None = None) -> str:
    """Returns a metric's title in tables; an unknown key is its own title.

    Args:
        key: of the metric.
        encoder_set: that scored it. By encoders that know FoleyWorld alone, MS-CLAP is "fw MS-CLAP".
    """
    metric = metric_of(key)
    title = metric.title if metric else key
    marked = encoder_set in MARKS and (metric is None or metric.roles)
    return f"{MARKS[encoder_set]} {title}" if marked and encoder_set else title


ATTACKED = "\u2020"
"""Behind the titles, in tables, of metrics that noise wins once it is fitted to their networks by gradient."""


def attacked(key: str, encoder_set: str | None) -> bool:
    """Returns whether noise, fitted by gradient to the encoders of this set, beats the recordings by a metric."""
    metric = metric_of(key)
    return metric is not None and encoder_set in metric.attacked


def table_title(key: str, encoder_set: str | None = None) -> str:
    """Returns a metric's title at the head of its row or column: :func:`title_of`, marked if it is attacked."""
    return title_of(key, encoder_set) + (f" {ATTACKED}" if attacked(key, encoder_set) else "")


def by_encoder(metric: Metric, variant: str) -> Metric:
    """Returns a metric as computed with another encoder than the set's default."""
    return replace(metric, key=f"{metric.key}@{variant}", title=f"{metric.title}@{variant}")


def ordered(keys: Iterable[str], first: Sequence[str] = ()) -> list[str]:
    """Sorts keys of results as in tables: by metric, then by encoder; unknown keys come last, in the order given.

    Args:
        keys: any; each is returned once.
        first: what comes before all others: what ranks on a track.
    """
    place = {key: number for number, key in enumerate(dict.fromkeys((*first, *METRICS)))}

    def rank(key: str) -> tuple[int, str]:
        base, _, variant = key.partition("@")
        return place.get(base, len(place)), variant if base in place else ""

    return sorted(dict.fromkeys(keys), key=rank)


def metric_key(name: str) -> str:
    """Returns the key of a metric whose name may be written as in tables: MS-CLAP, ms-clap, kl@passt.

    Raises:
        UserError: there is no such metric.
    """
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    base, at, variant = key.partition("@")
    if base not in METRICS:
        raise unknown_name("metric", name, METRICS)
    return f"{base}{at}{variant.replace('_', '-')}"

"""Every metric is documented, playable, audited, shown and compared; bad plug-ins disable only themselves."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from tests.analysis.compare.runs import named, run
from vggsound_omni.analysis.audit.corruptions import CORRUPTIONS, NOISE
from vggsound_omni.analysis.audit.swaps import ACROSS, WITHIN
from vggsound_omni.analysis.compare.comparison import compare
from vggsound_omni.analysis.compare.systems import systems
from vggsound_omni.encoders.registry import encoder_sets, playing
from vggsound_omni.errors import UserError
from vggsound_omni.metrics import METRICS, Metric, by_encoder, metric_key, metric_of, ordered, title_of
from vggsound_omni.metrics.metric import PARTS, Compared, Encoded, Samples, TruthOf
from vggsound_omni.metrics.registry import table_title
from vggsound_omni.present.tables import score_tables
from vggsound_omni.protocol import SIDES
from vggsound_omni.registry import Registry
from vggsound_omni.runs.result import Result
from vggsound_omni.tracks import load_track, track_names

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
TREATMENTS = {NOISE.key, ACROSS.key, WITHIN.key, *(one.key for one in CORRUPTIONS)}


@pytest.fixture(params=METRICS.values(), ids=lambda metric: metric.key)
def metric(request: pytest.FixtureRequest) -> Metric:
    one: Metric = request.param
    return one


def documented() -> dict[str, list[str]]:
    """Cells of the table of docs/metrics.md, by key."""
    lines = PAGE[PAGE.index("| key | name |") :].split("\n\n", 1)[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row for row in rows}


def test_the_documentation_says_what_the_spec_says(metric: Metric) -> None:
    assert documented()[metric.key] == [
        f"`{metric.key}`",
        metric.title,
        metric.unit,
        metric.better or "neither",
        "yes" if metric.per_item else "",
        str(metric.minimum),
    ]
    assert metric.summary


def test_nothing_is_documented_that_there_is_not() -> None:
    assert set(documented()) == set(METRICS)


def test_some_encoder_set_plays_its_roles(metric: Metric) -> None:
    assert any(set(metric.roles) <= set(playing(encoder_set)) for encoder_set in encoder_sets())


def test_its_needs_are_of_sides_and_parts_there_are(metric: Metric) -> None:
    for need in metric.needs:
        match need:
            case Samples(side=side, sample_rate=rate):
                assert side in ("generated", "reference")
                assert rate > 0
            case Encoded(side=side):
                assert side in SIDES
            case TruthOf(part=part):
                assert part in PARTS
            case Compared():
                pass
    assert "generated" in metric.sides


def test_the_audit_knows_what_it_expects_and_has_a_unit_for_it(metric: Metric) -> None:
    assert set(metric.expect) <= TREATMENTS, "an expectation of a corruption that there is not"
    assert set(metric.expect.values()) <= {"worsens", "still", "open"}
    assert "worsens" in metric.expect.values(), "a metric that nothing need worsen measures nothing"
    if metric.yardstick == "spread":
        assert metric.per_item, "only scores of single clips have a spread"
    else:
        assert metric.better, "which of two values is worse?"


def test_its_keys_and_titles_are_found_again(metric: Metric) -> None:
    for name in (metric.key, metric.title, metric.key.replace("_", "-")):
        assert metric_key(name) == metric.key
    assert metric_of(metric.key) == metric
    assert metric_of(f"{metric.key}@other") == by_encoder(metric, "other")
    assert title_of(f"{metric.key}@other") == f"{metric.title}@other"


def test_a_name_that_is_no_metric_gets_the_nearest() -> None:
    with pytest.raises(UserError, match='Unknown metric "ms-clp": did you mean "ms_clap"'):
        metric_key("ms-clp")


def result(metric: Metric, model: str, values: np.ndarray) -> Result:
    if metric.per_item:
        return run(model, items={metric.key: named(values)})
    mean = float(values.mean())
    return run(model, sets={metric.key: (mean, named(values - mean), None)})


def test_it_is_shown_and_compared(metric: Metric) -> None:
    # Values that any bounds allow, and that differ from item to item.
    low, high = metric.bounds
    rng, n = np.random.default_rng(0), max(24, metric.fewest)
    spread = min(1.0, (high - low) / 8) if low is not None and high is not None else 1.0
    middle = (low or 0.0) + 2 * spread
    better, worse = (middle + offset + 0.1 * spread * rng.standard_normal(n) for offset in (0.0, spread))
    results = [result(metric, "one", better), result(metric, "other", worse)]
    (table,) = score_tables(results)
    (row,) = table.rows
    assert (row.key, row.title, row.unit) == (metric.key, metric.title, metric.unit)
    assert row.arrow == {"higher": "↑", "lower": "↓", None: ""}[metric.better]
    (found,) = compare(systems(results)).metrics
    assert (found.key, found.title) == (metric.key, metric.title)
    assert found.pairs[0].apart
    best = "one" if metric.better == "lower" else "other"
    assert (found.pairs[0].first, found.ranks[best].rank) == (best, 1)


@pytest.mark.parametrize("name", track_names())
def test_what_ranks_on_a_track_is_a_metric(name: str) -> None:
    for key in load_track(name).headline:
        metric = metric_of(key)
        assert metric is not None, key
        assert metric.better, "a metric without a better direction ranks nobody"
        assert not metric.attacked, "noise would be first"


def test_a_metric_that_is_won_by_gradient_is_marked_and_heads_no_table() -> None:
    marked = {key for key in METRICS if table_title(key, "foleyworld").endswith("†")}
    assert marked == {"ms_clap", "la_clap", "ib", "ds", "pq", "ce", "cu"}
    assert not any("†" in table_title(key, "pretrained") for key in METRICS), "it is not known of them"
    for encoder_set in encoder_sets():
        there = playing(encoder_set)
        first = next(key for key, one in METRICS.items() if set(one.roles) <= set(there))
        assert encoder_set not in METRICS[first].attacked


@pytest.mark.parametrize("name", track_names())
def test_what_ranks_comes_first(name: str) -> None:
    headline = load_track(name).headline
    assert ordered(METRICS, headline)[: len(headline)] == list(headline)


PLUGINS = {
    "fails": "raise RuntimeError('not\\ntoday')",
    "lacks": "import a_package_that_is_not_installed",
    "needs": "from vggsound_omni.metrics import *\nSPEC = samples('smell')",
    "odd": "from vggsound_omni.metrics import *\n"
    "SPEC = Metric(key='odd', title='ODD', unit='', better=None, per_item=True, summary='?', needs=('sound',), "
    "compute=len)",
    "takes": "from vggsound_omni.metrics import *\nfrom dataclasses import replace\nSPEC = METRICS._built_in[0]",
    "twice": "from vggsound_omni.metrics import *\nfrom dataclasses import replace\n"
    "SPEC = [replace(METRICS._built_in[0], key='twice')] * 2",
    "word": "SPEC = 'no metric'",
    "fine": "from vggsound_omni.metrics import *\nfrom dataclasses import replace\n"
    "SPEC = replace(METRICS._built_in[0], key='fine')",
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry[Metric]:
    """The metrics of a machine with a package for each of :data:`PLUGINS`."""
    for name, code in PLUGINS.items():
        (tmp_path / f"plug_{name}.py").write_text(code, encoding="utf-8")
        folder = tmp_path / f"{name}_metrics-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-metrics\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[vggsound_omni.metrics]\n{name} = plug_{name}:SPEC\n")
    monkeypatch.syspath_prepend(tmp_path)
    return Registry("metric", "vggsound_omni.metrics", METRICS._built_in)


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("fails", 'brings a metric "fails" that cannot be used, and it is left out: RuntimeError: not today'),
        ("lacks", "ModuleNotFoundError: No module named 'a_package_that_is_not_installed'"),
        ("needs", 'Unknown side with samples "smell"'),
        ("odd", "The metric \"odd\" needs 'sound'; "),
        ("takes", 'brings a metric "event_f1", a name that is taken (built in); it is left out.'),
        ("twice", 'brings a metric "twice", a name that is taken (by the package twice-metrics); it is left out.'),
        ("word", 'brings a metric "word" that is a str, not a Metric; it is left out.'),
    ],
)
def test_a_bad_plug_in_is_reported_in_one_sentence(installed: Registry[Metric], package: str, words: str) -> None:
    (fault,) = [fault for fault in installed.faults if f"The package {package}-metrics " in fault]
    assert words in fault
    assert "\n" not in fault


def test_a_bad_plug_in_disables_only_itself(installed: Registry[Metric], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert list(installed) == [*METRICS, "fine", "twice"]
    assert installed["event_f1"] is METRICS["event_f1"]
    assert len(caplog.messages) == len(PLUGINS) - 1

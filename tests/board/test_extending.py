"""What is added later invalidates no published row: a metric, a track, a stratum, an encoder, a suite."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from vggsound_omni.board import checks, identity, outcomes, rescoring, site
from vggsound_omni.board.checks import known, problems
from vggsound_omni.board.media import SiteMedia
from vggsound_omni.board.reading import read_submission
from vggsound_omni.board.shelf import Shelf, load
from vggsound_omni.board.sounds import sample_ids
from vggsound_omni.board.submission import Submission
from vggsound_omni.board.table import BoardTable, current, tables
from vggsound_omni.cli.board import command
from vggsound_omni.encoders.registry import ENCODERS
from vggsound_omni.metrics import METRICS, Metric, encoded, mean_of_clips, samples, truth
from vggsound_omni.registry import Registry
from vggsound_omni.runs.result import Score
from vggsound_omni.stats.intervals import of_mean
from vggsound_omni.suites.foleyworld.suite import FoleyWorld
from vggsound_omni.suites.registry import SUITES
from vggsound_omni.suites.suite import items_hash
from vggsound_omni.tracks import TRACKS

from .attacks import PUBLISHED, add, newest, published, row, strangers
from .shelves import check, made, strata_of

VIBES = Metric(
    key="vibes",
    title="Vibes",
    unit="vibes",
    better="higher",
    per_item=True,
    summary="Is it groovy?",
    needs=(samples("generated"),),
    compute=mean_of_clips,
    bounds=(0.0, None),
)
COUNT = replace(VIBES, key="counted", title="Count", needs=(truth("events"), encoded("tagger", "logits", "generated")))
SPREAD = replace(VIBES, key="spread", title="Spread", per_item=False, needs=(encoded("nobody", "x", "generated"),))


WITHOUT: dict[str, dict[str, Any]] = {registry.kind: dict(registry) for registry in (METRICS, ENCODERS, TRACKS, SUITES)}
"""What there was when the published rows were new: a metric of later has no part in them."""
WITHOUT[METRICS.kind] = {key: metric for key, metric in METRICS.items() if key in row("vt2a").scores}
Bring = Callable[..., None]


def forget() -> None:
    """Forgets what was derived from registries."""
    for derived in (checks._known, identity.bound, identity.identities, rescoring._plan):
        derived.cache_clear()


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Makes a registry hold further specs, as packages bring them."""

    def brought(registry: Registry[Any], *specs: Any) -> None:
        further = {str(getattr(spec, registry._key)): spec for spec in specs}
        monkeypatch.setattr(registry, "_loaded", ({**WITHOUT[registry.kind], **further}, {}, ()))
        forget()

    return brought


@pytest.fixture(autouse=True)
def as_published(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The metrics of the published rows, and nothing remembered of others."""
    monkeypatch.setattr(METRICS, "_loaded", (WITHOUT[METRICS.kind], {}, ()))
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return load(PUBLISHED)


@pytest.fixture
def _more(bring: Bring) -> None:
    """Metrics by sound, by truth, and by a network that nobody has; an encoder; a track; a suite."""
    bring(METRICS, VIBES, COUNT, SPREAD)
    bring(ENCODERS, replace(ENCODERS["foleyworld-tagger"], name="another-tagger", variant="another"))
    bring(TRACKS, replace(TRACKS["t2a"], name="first", order=0.5))
    bring(SUITES, replace(SUITES["foleyworld"], key="another"))


def invalid(shelf: Shelf) -> Mapping[str, list[str]]:
    found = {one.place: problems(one, shelf.owners) for one in current(shelf.submissions)}
    return {place: sentences for place, sentences in found.items() if sentences}


def places(found: BoardTable) -> dict[tuple[str, str], str]:
    return {
        (one.label, column.key): cell.place.text if cell.place else cell.text
        for one, cells in zip(found.rows, found.cells, strict=True)
        for column, cell in zip(found.columns, cells, strict=True)
    }


@pytest.mark.usefixtures("_more")
def test_metrics_tracks_encoders_and_suites_invalidate_no_published_row(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "kl@another" in identity.identities("foleyworld")
    assert invalid(shelf) == {}
    found = tables(shelf.submissions, shelf.owners)
    forget()
    monkeypatch.undo()
    assert [places(one) for one in found] == [places(one) for one in tables(shelf.submissions, shelf.owners)]


@pytest.mark.usefixtures("_more")
def test_the_site_is_built_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SiteMedia, "listened", lambda *_: [])
    monkeypatch.setattr(site, "write_sounds", lambda *_: [])
    assert site.build(PUBLISHED, tmp_path / "site").pages > 20
    (page,) = (tmp_path / "site").glob("track-*bgm*.html")
    assert "Vibes" not in page.read_text(encoding="utf-8"), "no row holds it"


@pytest.mark.usefixtures("bring")
def test_a_suite_that_grows_invalidates_no_published_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new stratum changes the hash of the whole suite, and not that of a track, by which rows are identified."""
    suite = FoleyWorld()
    items = suite.items()
    grown = [*items, replace(items[0], id="fw-0000000000000000", stratum="echo")]
    assert items_hash(grown) != items_hash(items)
    monkeypatch.setattr(FoleyWorld, "items", lambda _: grown)
    forget()
    assert known("foleyworld", "bgm").suite_sha256 == items_hash(grown)
    assert invalid(load(PUBLISHED)) == {}


@pytest.mark.usefixtures("bring")
def test_old_and_new_rows_share_a_table_and_publish_the_same_items(tmp_path: Path) -> None:
    old = row("bgm")
    new = made().submission
    assert old.items_sha256 == new.items_sha256
    assert sorted(old.samples) == sorted(new.samples) == sorted(sample_ids("bgm", new.items_sha256, new.ids))
    board = published(tmp_path / "leaderboard", "bgm")
    add(board, new.model_copy(update={"samples": old.samples}))
    (found,) = tables(load(board).submissions, load(board).owners)
    assert {"mine", "grammar", "retrieval"} <= {one.card.name for one in found.rows}


def test_a_row_of_schema_1_is_withdrawn_and_stays_the_same_row(tmp_path: Path) -> None:
    place = newest("bgm", "silence").relative_to(PUBLISHED / "results")
    raw = json.loads((PUBLISHED / "results" / place).read_text())
    raw |= {"schema_version": 1, "profile": raw.pop("kit"), "supersedes": None}
    raw["suite"] |= {key: raw.pop(key) for key in ("items_sha256", "encoder_set")}
    for root in ("before", "now"):
        (tmp_path / root / "results/foleyworld/bgm").mkdir(parents=True)
        (tmp_path / root / "audio").mkdir()
        shutil.copyfile(PUBLISHED / "OWNERS.toml", tmp_path / root / "OWNERS.toml")
        (tmp_path / root / "results" / place).write_text(json.dumps(raw))
        for sample in row("bgm", "silence").samples.values():
            name = f"{sample.sha256}.opus"
            shutil.copyfile(PUBLISHED / "audio" / name, tmp_path / root / "audio" / name)
    file = tmp_path / "now/results" / place
    by = ["--by", "The VGGSound-Omni authors", "--reason", "Because."]
    CliRunner().invoke(command, ["withdraw", str(file), *by], catch_exceptions=False)
    assert check(tmp_path / "now", tmp_path / "before") == []
    assert read_submission(file).withdrawn is not None


def with_vibes(mine: Submission, column: tuple[float | None, ...]) -> Submission:
    """The row, scored with the metric of a plug-in as well."""

    def over(rows: Sequence[int]) -> Score:
        numbers = np.array([number for k in rows if (number := column[k]) is not None])
        mean = float(numbers.mean())
        return Score(
            status="computed", value=mean, estimate=mean, interval=of_mean(numbers, bounds=VIBES.bounds),
            unit="vibes", direction="higher", n=len(numbers), metric_id="vibes",
        )  # fmt: skip

    parts = strata_of(mine.track, mine.ids)
    changes = {
        "scores": {**mine.scores, "vibes": over(range(len(mine.ids)))},
        "strata": {name: {**scores, "vibes": over(parts[name])} for name, scores in mine.strata.items()},
        "items": {**mine.items, "vibes": column},
    }
    return mine.model_copy(update=changes)


def everywhere(mine: Submission, more: Mapping[str, Score]) -> Submission:
    """The row with further scores, the same in each stratum."""
    strata = {name: {**scores, **more} for name, scores in mine.strata.items()}
    return mine.model_copy(update={"scores": {**mine.scores, **more}, "strata": strata})


def only(board: Path) -> BoardTable:
    shelf = load(board)
    (found,) = tables(shelf.submissions, shelf.owners)
    return found


def test_a_new_row_holds_every_metric_of_today_and_old_rows_keep_their_places(tmp_path: Path, bring: Bring) -> None:
    bring(METRICS, VIBES)
    board = published(tmp_path / "leaderboard", "bgm")
    kept = Path(shutil.copytree(board, tmp_path / "kept"))
    mine = strangers("bgm")
    add(board, mine)
    assert check(board) == [], "nobody can tell what is new, so nothing is asked"
    assert [one.partition(": ")[2] for one in check(board, kept)] == [
        "It has no Vibes, which this version computes: score the run again with it."
    ]
    before = places(only(board))
    add(board, with_vibes(mine, tuple(float(k) for k in range(64))))
    assert check(board, kept) == []
    found = places(only(board))
    assert found["clever-model 1", "vibes"] == "1"
    assert found[f"grammar {row('bgm').card.version}", "vibes"] == "not in this row"
    assert {place: words for place, words in found.items() if place[1] != "vibes"} == before
    assert set(only(board).unranked) == {None}


@pytest.mark.usefixtures("bring")
def test_a_metric_that_is_not_known_is_shown_by_its_key_without_a_rank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = published(tmp_path / "leaderboard", "bgm")
    kept = Path(shutil.copytree(board, tmp_path / "kept"))
    add(board, with_vibes(strangers("bgm"), tuple(float(k) for k in range(64))))
    assert check(board, kept) == []
    found = only(board)
    assert found.columns[-1].title == "fw vibes"
    assert places(found)["clever-model 1", "vibes"] == "31.5"
    monkeypatch.setattr(SiteMedia, "listened", lambda *_: [])
    monkeypatch.setattr(site, "write_sounds", lambda *_: [])
    site.build(board, tmp_path / "site")
    (page,) = (tmp_path / "site").glob("track-*.html")
    assert "vibes is not known to this board" in page.read_text(encoding="utf-8")


def test_only_a_metric_of_truth_may_have_no_score_of_an_item(bring: Bring) -> None:
    bring(METRICS, VIBES)
    mine = strangers("bgm")
    holed = (None, *(float(k) for k in range(63)))
    told = " ".join(problems(with_vibes(mine, holed)))
    assert f"Vibes has none of its scores for {mine.ids[0]}, and it applies to every item" in told
    bring(METRICS, replace(VIBES, needs=(truth("events"),)))
    assert problems(with_vibes(mine, holed)) == []


def test_an_item_without_a_score_that_a_baseline_has_counts_as_the_worst() -> None:
    metric = replace(VIBES, needs=(truth("events"),))
    scores = tuple(float(k) for k in range(64))
    baseline = with_vibes(row("bgm"), (None, *scores[1:]))
    mine = with_vibes(strangers("bgm"), (None, None, *scores[2:]))
    applies = outcomes.scored_items(metric, [baseline])
    found = outcomes.counted(mine, metric, outcomes.worst_outcome(metric, [mine, baseline]), applies)
    assert found.score.n == 63, "not the item that the metric does not apply to"
    assert found.score.value == pytest.approx(sum(scores[2:]) / 63)
    assert outcomes.counted(baseline, metric, 0.0, applies).score.n == 63


def test_what_nobody_can_compute_takes_nobodys_rank(tmp_path: Path, bring: Bring) -> None:
    bring(METRICS, SPREAD)
    board = published(tmp_path / "leaderboard", "bgm")
    kept = Path(shutil.copytree(board, tmp_path / "kept"))
    mine = strangers("bgm")
    add(board, everywhere(mine, {"spread": Score(status="not_computed", reason="No encoder plays the role.")}))
    assert check(board, kept) == []
    assert set(only(board).unranked) == {None}


def test_a_row_holds_few_metrics_that_nobody_knows() -> None:
    mine = strangers("bgm")
    found = problems(everywhere(mine, dict.fromkeys((f"m{k}" for k in range(31)), mine.scores["pq"])))
    assert found == ["It holds 31 metrics that this program does not know; at most 30 are taken."]

"""The report: it holds everything, trusts nothing, fetches nothing, and its media play."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vggsound_omni.errors import UserError
from vggsound_omni.media import probe, read_audio, read_frames, write_flac, write_mp4, write_wav
from vggsound_omni.present.report import write, write_report
from vggsound_omni.present.report.order import chosen, worst_first
from vggsound_omni.present.report.spectrogram import Axes, levels, png, shared_axes
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.result import (
    Anchor,
    Anchors,
    Counts,
    Failure,
    Heard,
    Result,
    Score,
    Signal,
    SuiteIdentity,
    write_result,
)
from vggsound_omni.runs.score import blind, of_another_world
from vggsound_omni.suites.suite import Item, Media, SoundEvent, Truth
from vggsound_omni.tracks import Track

SECONDS, RATE, FPS = 2.0, 16_000, 10.0
HOSTILE = "<script>alert(1)</script> \"'> & <img src=x onerror=alert(1)> {{ 7 * 7 }} </style></script>"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def tone(hertz: float, seconds: float = SECONDS, rate: int = RATE) -> Audio:
    time = np.arange(round(seconds * rate)) / rate
    return Audio(samples=(0.5 * np.sin(2 * np.pi * hertz * time))[None].astype(np.float32), sample_rate=rate)


class SmallSuite:
    """Clips with a picture that brightens, a 440 Hz reference in the file and beside it."""

    name, version, encoder_set = "small", "1", "foleyworld"

    def __init__(self, folder: Path, items: list[Item]) -> None:
        self._folder, self._items = folder, items

    def items(self) -> Sequence[Item]:
        return self._items

    def media(self, item: Item) -> Media:
        video, audio = self._folder / "clip.mp4", self._folder / "clip.wav"
        if not video.exists():
            shades = np.linspace(0, 250, round(SECONDS * FPS)).astype(np.uint8)
            write_mp4(video, np.broadcast_to(shades[:, None, None, None], (len(shades), 64, 64, 3)), FPS, tone(440))
            write_wav(audio, tone(440), "FLOAT")
        return Media(video=video if item.has_video else None, audio=audio if item.has_audio else None)

    def check(self, items: Sequence[Item]) -> None:
        pass

    def media_version(self, item: Item) -> str:
        return "1"


def made(folder: Path, count: int = 4, track: str = "vt2a", **changes: Any) -> tuple[Result, SmallSuite, list[Item]]:
    """A run of so many items: item k has 1000 Hz for a sound and a KL of k; the last one failed."""
    ids = [f"item{k}" for k in range(count)]
    items = [Item(id=i, stratum="main", duration=SECONDS, caption=f"Caption of {i}.", labels=("dog",)) for i in ids]
    sounding = ids[:-1]
    for item_id in sounding:
        write_flac(folder / "audio" / f"{item_id}.flac", tone(1000))
    fact = Signal(
        seconds=SECONDS, sample_rate=RATE, channels=1, peak_dbfs=-6.0, rms_dbfs=-9.0, clipped=0.0, sha256="0" * 64
    )
    fields: dict[str, Any] = {
        "suite": SuiteIdentity(name="small", version="1"),
        "items_sha256": "ab" * 32,
        "encoder_set": "foleyworld",
        "track": track,
        "model": {"name": "mine", "arguments": {"steps": "5"}, "card": {"name": "mine", "licence": "MIT"}},
        "seed": 3,
        "kit": "omni",
        "limit": None,
        "counts": Counts(planned=count, generated=count - 1, failed=1, scored=count - 1),
        "scores": {
            "kl": Score(
                status="computed", value=1.5, estimate=1.5, interval=(1.0, 2.0), unit="nats", direction="lower",
                n=count - 1, metric_id="kl-foleyworld", encoder="tagger", checkpoint_sha256="cd" * 32,
            ),
            "is": Score(status="not_computed", reason="3 clips; 20 are needed"),
            "ib": Score(status="not_applicable", reason="no video is given"),
            "ds": Score(status="not_applicable", reason="no video is given"),
        },
        "strata": {},
        "items": {item_id: {"kl": float(k)} for k, item_id in enumerate(sounding)},
        "influence": {},
        "signals": dict.fromkeys(sounding, fact),
        "failures": [Failure(id=ids[-1], rule="length", reason="1.2 s came.")],
        "environment": {"omni_bench": "0.1.0", "commit": "ef" * 20, "packages": {"numpy": "2.4.6"}},
        "timings": {"generate": 2.0, "score": 1.0},
    }  # fmt: skip
    return Result(**(fields | changes)), SmallSuite(folder, items), items


class Page(HTMLParser):
    """What a browser would take from the page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inline: dict[str, list[str]] = {"style": [], "script": []}
        self.words: list[str] = []
        self._in: list[str] = []
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in self.inline:
            self.inline[tag].append("")
            self._in.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._in and self._in[-1] == tag:
            self._in.pop()

    def handle_data(self, data: str) -> None:
        if self._in:
            self.inline[self._in[-1]][-1] += data
        else:
            self.words.append(data)

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    return write_report(folder, *made(folder))


@pytest.fixture(scope="module")
def page(run: Path) -> Page:
    return Page(run)


def decoded(uri: str, path: Path) -> Path:
    path.write_bytes(base64.b64decode(uri.partition(";base64,")[2], validate=True))
    return path


def loudest_hertz(audio: Audio) -> float:
    spectrum = np.abs(np.fft.rfft(audio.samples[0]))
    return float(spectrum.argmax()) * audio.sample_rate / audio.samples.shape[1]


def test_the_page_names_the_run_and_every_state_of_a_score(page: Page) -> None:
    for words in (
        "mine on Video and text to audio (vt2a)", "small, version 1", "3 of 4", "1.50", "[1.00, 2.00]", "nats",
        "not computed", "3 clips; 20 are needed", "n/a", "lower is better", "ab" * 32, "cd" * 32, "ef" * 20, "numpy",
        "1.2 s came.",
    ):  # fmt: skip
        assert words in page.text, words
    assert page.text.count("No video is given.") == 1, "a reason stands once, however many metrics share it"


def test_the_page_calls_the_run_what_it_was_told_to(tmp_path: Path) -> None:
    result, suite, items = made(tmp_path)
    result = result.model_copy(update={"model": result.model | {"label": "ours"}})
    text = Page(write_report(tmp_path, result, suite, items)).text
    assert "ours on Video and text to audio (vt2a)" in text
    assert "Model string mine" in text


def test_a_track_need_not_be_one_of_the_registry(tmp_path: Path) -> None:
    result, suite, items = made(tmp_path, track="mine")
    mine = Track(name="mine", title="A track of mine", order=9, task="t2a", where={}, window=SECONDS)
    assert "on A track of mine (mine)" in Page(write_report(tmp_path, result, suite, items, mine)).text
    with pytest.raises(UserError, match='Unknown track "mine"'):
        write_report(tmp_path, result, suite, items)


def test_a_score_has_its_estimate_chance_ceiling_and_share_and_the_value_at_hand(page: Page, tmp_path: Path) -> None:
    assert "Chance" not in page.text
    result, suite, items = made(tmp_path)
    fd = Score(status="computed", value=20.0, estimate=12.0, interval=(11.5, 12.5), bias=8.0, unit="units", n=3)
    grey = Score(status="computed", value=20.0, no_estimate="Mostly bias.", bias=18.0, unit="units", n=3)
    anchors = Anchors(
        ceiling=Anchor(by="halves", estimate=2.0), chance=Anchor(by="noise", estimate=52.0),
        share=0.8, share_interval=(0.79, 0.81),
    )  # fmt: skip
    changes = {"scores": {"fd": fd, "fad": grey}, "anchors": {"fd": anchors}, "strata": {"a": {"fad": grey}, "b": {}}}
    shown = Page(write_report(tmp_path, result.model_copy(update=changes), suite, items))
    assert "12.00 [11.50, 12.50] 52.0 2.00 80 % [79, 81] units" in shown.text
    titles = [attributes["title"] for _, attributes in shown.tags if "title" in attributes]
    assert "other kits print 20, of which 8 is the bias of few clips" in titles
    assert {"noise", "halves"} <= set(titles)
    assert shown.text.count("Mostly bias.") == 1
    assert "Mostly bias." in titles, "of the stratum"


def test_banners_say_what_a_reader_must_know_first_and_once(tmp_path: Path) -> None:
    result, suite, items = made(tmp_path)
    changes = {
        "limit": 4,
        "without": ("video",),
        "heard": Heard(compared=3, copies=3),
        "warnings": (*blind(("video",)), *of_another_world("foleyworld"), "Something else."),
    }
    text = Page(write_report(tmp_path, result.model_copy(update=changes), suite, items)).text
    for title in ("The model heard the recordings.", "Stand-in encoders.", "Not the whole request.", "Trial run."):
        assert text.count(title) == 1, title
    assert text.count("3 of 3 sounds are copies") == 1
    assert text.count("was not given the picture") == 1
    assert text.count("know the sound of that suite alone") == 1
    assert text.count("Something else.") == 1
    world = result.model_copy(update={"suite": SuiteIdentity(name="foleyworld", version="2")})
    assert "Stand-in" not in Page(write_report(tmp_path, world, suite, items)).text


def test_a_run_beside_one_without_the_picture_says_what_the_picture_adds(tmp_path: Path) -> None:
    whole, blinded = tmp_path / "vt2a-mine-seed3", tmp_path / "vt2a-mine-without-video-seed3"
    result, suite, items = made(whole, 41)

    def scored(numbers: Sequence[float]) -> dict[str, Any]:
        mean = float(np.mean(numbers))
        changes = {"value": mean, "estimate": mean, "interval": None, "n": len(numbers)}
        kl = result.scores["kl"].model_copy(update=changes)
        return {"scores": {"kl": kl}, "items": {f"item{k}": {"kl": one} for k, one in enumerate(numbers)}}

    seen = result.model_copy(update=scored([1.0 + k % 3 for k in range(40)]))
    unseen = result.model_copy(update={"without": ("video",), **scored([2.5 + (k % 5) / 7 for k in range(40)])})
    write_result(blinded / "result.json", unseen)
    text = Page(write_report(whole, seen, suite, items[:2])).text
    assert "What the picture adds With the picture it is better on 1, worse on 0, undecided on 0." in text
    write_result(blinded / "result.json", unseen.model_copy(update={"seed": 4}))
    assert "What the picture adds" not in Page(write_report(whole, seen, suite, items[:2])).text, "another seed"


def test_events_of_the_truth_stand_above_the_spectrogram(tmp_path: Path) -> None:
    result, suite, items = made(tmp_path)
    truth = Truth(events=(SoundEvent(sound_class="dog_bark", onset=0.5, end=1.0),))
    page = Page(write_report(tmp_path, result, suite, [replace(item, truth=truth) for item in items]))
    assert [rect["x"] for rect in page.all("rect") if rect.get("class") == "unknown"][:1] == ["25.0%"]
    assert "dog bark" in page.text


def test_nothing_is_fetched(page: Page) -> None:
    for tag, attributes in page.tags:
        for name in ("src", "srcset", "poster", "data", "action"):
            assert attributes.get(name, "data:").startswith("data:"), (tag, name)
        if tag == "image":
            assert attributes["href"].startswith("data:image/png;base64,")
        if tag == "a":
            assert attributes["href"].startswith(("#", "audio/"))
    assert not page.all("link", "iframe", "object", "embed", "base")
    assert not re.search(
        r"url\(|@import|import\(|fetch\(|XMLHttpRequest", "".join(page.inline["style"] + page.inline["script"])
    )


def test_the_policy_allows_exactly_the_script_and_style_of_the_page(page: Page) -> None:
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    for name in ("style", "script"):
        assert len(page.inline[name]) == 1
        digest = base64.b64encode(hashlib.sha256(page.inline[name][0].encode()).digest()).decode()
        assert rules[f"{name}-src"] == f"'sha256-{digest}'"
    forbidden = [name for _, attributes in page.tags for name in attributes if name == "style" or name.startswith("on")]
    assert not forbidden, "the policy would block them"


def test_links_within_the_page_lead_somewhere_and_ids_are_unique(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert targets <= set(ids)


def test_every_player_has_a_name_and_every_picture_words(page: Page) -> None:
    assert all(player.get("aria-label") for player in page.all("video", "audio"))
    assert all(svg.get("aria-label") for svg in page.all("svg") if svg.get("role") == "img")
    assert all(column.get("scope") == "col" for column in page.all("th") if column.get("scope") != "row")


def test_whatever_a_stranger_wrote_is_shown_and_does_nothing(tmp_path: Path) -> None:
    result, suite, items = made(tmp_path)
    strange = [Item(**(vars(item) | {"caption": HOSTILE, "labels": (HOSTILE,), "stratum": HOSTILE})) for item in items]
    hostile = result.model_copy(
        update={
            "model": {"name": HOSTILE, "arguments": {HOSTILE: HOSTILE}, "card": {"url": f"javascript:{HOSTILE}"}},
            "failures": [Failure(id="item3", rule=HOSTILE, reason=HOSTILE)],
            "scores": {
                HOSTILE: Score(status="computed", value=1.0, unit=HOSTILE, encoder=HOSTILE, checkpoint_sha256=HOSTILE),
                "kl": Score(status="not_computed", reason=HOSTILE),
            },
            "items": {"item0": {HOSTILE: 1.0, "kl": 2.0}},
            "environment": {HOSTILE: {HOSTILE: HOSTILE}},
            "suite": SuiteIdentity(name=HOSTILE, version=HOSTILE),
            "items_sha256": HOSTILE,
            "encoder_set": HOSTILE,
        }
    )
    page = Page(write_report(tmp_path, hostile, suite, strange))
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert not page.all("img")
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "{{ 7 * 7 }}" in page.text
    assert "alert(1)" in page.text
    assert any(attributes.get("title") == HOSTILE for attributes in page.all("span"))


def test_a_hostile_id_stays_one_address(tmp_path: Path) -> None:
    name = "a#b?c%20 d&'e"
    result, suite, items = made(tmp_path, 2)
    write_flac(tmp_path / "audio" / f"{name}.flac", tone(1000))
    item = Item(**(vars(items[0]) | {"id": name}))
    result = result.model_copy(update={"signals": {name: result.signals["item0"]}, "items": {name: {"kl": 1.0}}})
    page = Page(write_report(tmp_path, result, suite, [item]))
    assert [a["href"] for a in page.all("a") if a["href"].startswith("audio/")] == [
        "audio/a%23b%3Fc%2520%20d%26%27e.flac"
    ]
    assert len(page.all("video")) == 1


def test_the_video_plays_the_untouched_picture_with_the_generated_sound(page: Page, run: Path, tmp_path: Path) -> None:
    video = decoded(page.all("video")[0]["src"], tmp_path / "video.mp4")
    assert np.array_equal(read_frames(video, FPS), read_frames(run.parent / "clip.mp4", FPS))
    assert loudest_hertz(read_audio(video)) == pytest.approx(1000, abs=1)
    assert probe(video).duration == pytest.approx(SECONDS, abs=0.02)


def test_the_reference_plays_the_reference(page: Page, tmp_path: Path) -> None:
    assert len(page.all("audio")) == len(page.all("video")) == 3
    sound = read_audio(decoded(page.all("audio")[0]["src"], tmp_path / "sound.mp4"))
    assert loudest_hertz(sound) == pytest.approx(440, abs=1)
    assert sound.duration == pytest.approx(SECONDS, abs=0.01)


def test_sound_and_picture_stay_together(tmp_path: Path) -> None:
    """A click at 1.5 s is heard at 1.5 s in the embedded video, whatever AAC's delay is."""
    result, suite, items = made(tmp_path, 2)
    click = np.zeros((1, round(SECONDS * RATE)), np.float32)
    click[0, round(1.5 * RATE)] = 0.9
    write_flac(tmp_path / "audio" / "item0.flac", Audio(samples=click, sample_rate=RATE))
    page = Page(write_report(tmp_path, result, suite, items))
    heard = read_audio(decoded(page.all("video")[0]["src"], tmp_path / "video.mp4"))
    assert np.abs(heard.samples[0]).argmax() / RATE == pytest.approx(1.5, abs=0.002)


def test_the_still_is_a_picture(page: Page, tmp_path: Path) -> None:
    from matplotlib.image import imread

    image = imread(decoded(page.all("video")[0]["poster"], tmp_path / "still.jpg"), format="jpg")
    assert image.shape == (64, 64, 3)
    assert 60 < image.mean() < 190, "from the middle of a picture that goes from black to white"


def test_without_a_picture_given_the_sounds_stand_alone(tmp_path: Path) -> None:
    page = Page(write_report(tmp_path, *made(tmp_path, track="t2a")))
    assert not page.all("video")
    assert [a["data-name"] for a in page.all("audio")] == ["generated", "reference"] * 3


def test_a_missing_reference_and_a_broken_file_become_sentences(tmp_path: Path) -> None:
    result, suite, items = made(tmp_path, 3)
    items[0] = Item(**(vars(items[0]) | {"has_audio": False}))
    (tmp_path / "audio" / "item1.flac").write_bytes(b"")
    page = Page(write_report(tmp_path, result, suite, items))
    assert "This item has no reference recording." in page.text
    assert "audio/item1.flac: is empty" in page.text
    assert str(tmp_path) not in page.source, "no folder of this machine"
    assert len(page.all("article")) == 2


def test_a_picture_browsers_do_not_play_is_coded_anew(tmp_path: Path) -> None:
    import av

    result, suite, items = made(tmp_path, 2)
    suite.media(items[0])
    with av.open(str(tmp_path / "clip.mp4"), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10, width=320, height=256, pix_fmt="yuv420p")
        for _ in range(20):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((256, 320, 3), 90, np.uint8), "rgb24")))
        container.mux(stream.encode(None))
    page = Page(write_report(tmp_path, result, suite, items))
    with av.open(str(decoded(page.all("video")[0]["src"], tmp_path / "video.mp4"))) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert (container.streams.video[0].width, container.streams.video[0].height) == (240, 240)


def test_the_list_is_worst_first_and_carries_numbers_to_sort_by(page: Page) -> None:
    rows = re.findall(r'<tr data-text="(item\d)[^>]*>(.*?)</tr>', page.source, re.DOTALL)
    assert [item_id for item_id, _ in rows] == ["item2", "item1", "item0", "item3"]
    values = [re.findall(r'data-v="([^"]*)"', cells) for _, cells in rows]
    assert [row[0] for row in values] == ["2.0", "1.0", "0.0", ""], "KL; a failed item has none"
    assert len({len(row) for row in values}) == 1
    sorted_now = [th for th in page.all("th") if "aria-sort" in th]
    assert [th["aria-sort"] for th in sorted_now] == ["descending"]


@pytest.mark.parametrize(
    ("key", "expected"), [("kl", ["c", "a", "b"]), ("pq", ["b", "a", "c"]), ("pc", ["a", "b", "c"])]
)
def test_worst_is_where_the_metric_says(key: str, expected: list[str], tmp_path: Path) -> None:
    result, _, _ = made(tmp_path, 4)
    signals = dict.fromkeys("abc", result.signals["item0"])
    scores = {i: {key: value} for i, value in zip("abc", (5.0, 2.0, 7.0), strict=True)}
    result = result.model_copy(update={"signals": signals, "items": scores, "scores": {}})
    assert list(worst_first(result, ["a", "b", "c"]).ids) == expected


def test_the_choice_is_the_worst_and_a_cross_section_of_the_rest(tmp_path: Path) -> None:
    result, _, _ = made(tmp_path, 2)
    ids = [f"{k:03}" for k in range(100)]
    result = result.model_copy(
        update={
            "signals": dict.fromkeys(ids, result.signals["item0"]),
            "items": {i: {"kl": -float(i)} for i in ids},
        }
    )
    worst, others = chosen(worst_first(result, ids), 24, 24)
    assert worst == ids[:24]
    assert others[0] == ids[24]
    assert others[-1] == ids[-1]
    gaps = np.diff([int(i) for i in others])
    assert set(gaps) <= {3, 4}
    none, spread = chosen(worst_first(result.model_copy(update={"items": {}}), ids), 24, 24)
    assert none == []
    assert len(spread) == 48


def test_a_full_page_says_so_and_how_to_hear_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "MOST_BYTES", 520_000)
    path = write_report(tmp_path, *made(tmp_path, 12))
    page = Page(path)
    played = len(page.all("article"))
    assert 0 < played < 11
    assert path.stat().st_size <= 520_000
    assert f"{played} of 12 items can be played in this page; more would make it too large." in page.text
    assert sum(a["href"].startswith("audio/") for a in page.all("a")) == 11


def test_a_list_that_is_too_long_for_a_browser_is_cut_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vggsound_omni.present.report.page._LISTED", 3)
    text = write_report(tmp_path, *made(tmp_path, 5)).read_text(encoding="utf-8")
    listed = re.search(r'<table id="list">.*?</table>', text, re.DOTALL)
    assert listed
    assert listed[0].count("<tr data-text") == 3
    assert "The first 3 of 5 are listed; result.json has all." in text
    assert "of 5 items can be played" in text


def test_a_long_list_stays_within_bounds(tmp_path: Path) -> None:
    """Four thousand items with every metric take under 6 MB beside their media."""
    result, suite, _ = made(tmp_path, 2)
    keys = ("kl", "pq", "ce", "cu", "pc", "ms_clap", "la_clap", "ib", "ds")
    items = [Item(id=f"clip-{k:05}", stratum="main", duration=SECONDS, caption="word " * 15) for k in range(4000)]
    result = result.model_copy(
        update={
            "signals": {},
            "items": {item.id: dict.fromkeys(keys, 0.123456789012345 * k) for k, item in enumerate(items)},
        }
    )
    assert write_report(tmp_path, result, suite, items).stat().st_size < 6_000_000 * 1.001


def test_the_same_run_gives_the_same_page(run: Path, tmp_path: Path) -> None:
    again = write_report(tmp_path, *made(tmp_path))
    ignoring_time = [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "", p.read_text("utf-8")) for p in (run, again)]
    assert ignoring_time[0] == ignoring_time[1]
    assert sorted(p.name for p in run.parent.iterdir()) == ["audio", "clip.mp4", "clip.wav", "report.html"]


@pytest.mark.parametrize("hertz", [200.0, 1000.0, 5000.0])
def test_a_sine_is_bright_at_its_frequency_and_at_its_level(hertz: float) -> None:
    sound = tone(hertz)
    axes = shared_axes([sound])
    level = levels(sound, axes)
    band = int(level[:, 200].argmax())
    mel = 2595 * np.log10(1 + np.array([40.0, 8000.0]) / 700)
    mel = np.linspace(mel[0], mel[1], len(level) + 2)[1:-1]
    assert 700 * (10 ** (mel[band] / 2595) - 1) == pytest.approx(hertz, rel=0.03, abs=20)
    assert level.max() == pytest.approx(20 * np.log10(0.5), abs=2.0)


def test_time_runs_from_the_left_and_an_early_end_is_silence() -> None:
    click = np.zeros((1, 4 * RATE), np.float32)
    click[0, 3 * RATE] = 1.0
    axes = Axes(seconds=8.0, top_hz=8000.0)
    level = levels(Audio(samples=click, sample_rate=RATE), axes)
    loudest = level.sum(axis=0).argmax()
    assert loudest * 8.0 / level.shape[1] == pytest.approx(3.0, abs=0.05)
    assert (level[:, 210:] == -120.0).all()


def test_ticks_lie_where_the_picture_puts_them() -> None:
    axes = Axes(seconds=8.0, top_hz=8000.0)
    assert [tick.label for tick in axes.times] == ["0", "1", "2", "3", "4", "5", "6", "7", "8"]
    assert [tick.percent for tick in axes.times][::4] == [0.0, 50.0, 100.0]
    assert axes.frequencies[-1] == (0.0, "8k")
    assert all(len(Axes(seconds=s, top_hz=8000.0).times) <= 9 for s in (0.5, 1, 3.3, 10, 60, 3000))


def test_the_png_has_low_frequencies_at_the_bottom() -> None:
    import io

    from matplotlib.image import imread

    level = np.full((96, 400), -120.0)
    level[0] = 0.0
    uri = png(level, 0.0)
    image = imread(io.BytesIO(base64.b64decode(uri.partition(",")[2])), format="png")
    assert image.shape[:2] == (96, 400)
    assert image[-1, :, :3].mean() > 0.8
    assert image[:-1, :, :3].mean() < 0.05


class Browser:
    """Chromium, spoken to over its debugging pipe."""

    def __init__(self, address: str, profile: Path) -> None:
        assert CHROMIUM is not None
        from_us, self._to = os.pipe()
        self._from, to_us = os.pipe()
        arguments = (
            "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
            "--disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required --mute-audio "
            f"--remote-debugging-pipe --user-data-dir={profile}"
        )
        # The shell gives the pipe's ends the numbers that Chromium looks for.
        command = f'exec "{CHROMIUM}" {arguments} 3<&{from_us} 4>&{to_us}'
        self._process = subprocess.Popen(
            ["bash", "-c", command], pass_fds=(from_us, to_us), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(from_us)
        os.close(to_us)
        self._count, self._rest = 0, b""
        self.errors: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=address)
        self.evaluate("new Promise((done) => { if (document.readyState === 'complete') done(); else onload = done; })")

    def call(self, method: str, **parameters: Any) -> Any:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if hasattr(self, "_session"):
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("method") == "Log.entryAdded" and answer["params"]["entry"]["level"] == "error":
                self.errors.append(answer["params"]["entry"]["text"])
            if answer.get("method") == "Runtime.exceptionThrown":
                self.errors.append(json.dumps(answer["params"]["exceptionDetails"]))
            if answer.get("id") == self._count:
                assert "result" in answer, answer
                return answer["result"]

    def evaluate(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def _receive(self) -> Any:
        while b"\0" not in self._rest:
            piece = os.read(self._from, 1 << 16)
            assert piece, "the browser went away"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; the structure of the page is tested without one")
def test_in_a_browser_it_sorts_filters_and_plays(run: Path, tmp_path: Path) -> None:
    browser = Browser(run.as_uri(), tmp_path / "profile")
    try:
        ids = "[...document.querySelectorAll('#list tbody tr:not([hidden]) th')].map((cell) => cell.textContent)"
        click = "document.querySelectorAll('#list th button')[{}].click()"
        assert browser.evaluate(ids) == ["item2", "item1", "item0", "item3"]
        browser.evaluate(click.format(2))
        assert browser.evaluate(ids) == ["item0", "item1", "item2", "item3"], "KL, best first; a failed item stays last"
        browser.evaluate(click.format(0))
        browser.evaluate(click.format(0))
        assert browser.evaluate(ids) == ["item3", "item2", "item1", "item0"], "by id, downwards"
        browser.evaluate("filter.value = 'ITEM1 caption'; filter.dispatchEvent(new Event('input'))")
        assert browser.evaluate(ids) == ["item1"]
        assert browser.evaluate("count.textContent") == "1 of 4 items"
        assert browser.evaluate("document.querySelectorAll('article:not([hidden])').length") == 1
        playing = """new Promise((done) => {{
            const player = document.querySelector("{}");
            player.addEventListener("timeupdate", () => player.currentTime > 0.3 && done(true));
            player.addEventListener("error", () => done(player.error.message));
            player.play();
        }})"""
        assert browser.evaluate(playing.format("video")) is True
        state = "const v = document.querySelector('video'); [v.muted, v.paused, v.videoWidth]"
        assert browser.evaluate(f"{{ {state} }}") == [False, False, 64]
        assert browser.evaluate(playing.format("audio")) is True
        assert browser.evaluate(f"{{ {state} }}") == [True, False, 64], "the picture runs silently with the reference"
        assert browser.evaluate("document.querySelector('.hearing').textContent") == "Reference sound"
        place = browser.evaluate("document.querySelector('.reference .now').getAttribute('x1')")
        assert 10 < float(place.removesuffix("%")) <= 100
        browser.evaluate("document.querySelector('audio').pause(); new Promise((done) => setTimeout(done, 100))")
        assert browser.evaluate(f"{{ {state} }}")[:2] == [False, True]
        for width in (360, 1280):
            browser.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600
            )
            assert browser.evaluate("document.documentElement.scrollWidth") <= width, "nothing is cut off at the side"
        assert browser.errors == []
    finally:
        browser.close()

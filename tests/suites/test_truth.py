"""What is known of an item's sound: FoleyWorld's from its program, a user's from a table, strictly checked."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vggsound_omni.errors import UserError
from vggsound_omni.runs.plan import make_plan
from vggsound_omni.suites import Item, Truth, items_hash, track_hash
from vggsound_omni.suites.foleyworld import CLASSES
from vggsound_omni.suites.foleyworld.suite import FoleyWorld
from vggsound_omni.suites.manifest import ManifestSuite
from vggsound_omni.suites.truth_file import MOST_BYTES, MOST_EVENTS, parse_truth

from .over import over
from .test_manifest import manifest, refusal

BARK = {"class": "dog barking", "onset": 0.5, "end": 0.8}
WHOLE = {
    "events": [
        {"class": "raining", "onset": 1, "end": 4.0, "level_db": -6, "on_screen": False, "discrete": False},
        BARK | {"impact": True},
    ],
    "contacts": [{"class": "dog barking", "x": 0.5, "y": 0.4, "radius": 0.1}],
    "music": {"style": "waltz", "level_db": -3},
    "room": {"name": "hall", "rt60": 1.5},
    "silent": [{"class": "cat meowing", "onset": 2, "end": 2.5}],
    "forbidden": ["cat meowing", "cat meowing"],
}


def table(folder: Path, truth: object, duration: float = 5) -> Path:
    """A table of one item whose truth lies in a file."""
    (folder / "truth.json").write_text(truth if isinstance(truth, str) else json.dumps(truth), encoding="utf-8")
    return manifest(folder, f"id,caption,duration,truth\na,Rain,{duration},truth.json\n")


def test_foleyworld_s_items_say_what_their_scenes_do() -> None:
    for item in FoleyWorld().items():
        world = item.provenance["world"]
        truth = item.truth
        assert truth is not None
        found = [(e.sound_class, e.onset, e.end, e.level_db, e.on_screen) for e in truth.events]
        assert found == [(e["class"], e["onset"], e["end"], e["gain_db"], e["on_screen"]) for e in world["events"]]
        assert all(e.impact == CLASSES[e.sound_class].impact for e in truth.events if not e.performed)
        music, room = world["scene"]["music"], world["scene"]["room"]
        assert (truth.music and (truth.music.style, truth.music.level_db)) == (
            music and (music["style"], music["gain_db"])
        )
        assert truth.room is not None
        assert (truth.room.name, truth.room.rt60) == (room["name"], room["rt60"])
        acts = {e.sound_class for e in (*truth.events, *truth.silent) if e.impact and e.on_screen}
        performed = {name for name in truth.forbidden if any(e.performed and e.impact for e in truth.events)}
        assert {c.sound_class for c in truth.contacts} == acts | performed
        assert tuple(sorted({e.sound_class for e in truth.events})) == item.labels


def test_published_results_still_identify_foleyworld_s_test_split() -> None:
    for folder in (Path(__file__).parents[2] / "leaderboard" / "results" / "foleyworld").iterdir():
        today = make_plan(FoleyWorld(), folder.name).items_sha256
        assert {json.loads(row.read_text())["items_sha256"] for row in folder.glob("*.json")} == {today}


def test_a_track_s_hash_follows_its_items_truth_and_media_and_no_other_item() -> None:
    suite = FoleyWorld()
    items = suite.items()[:3]
    before = track_hash(suite, items)
    assert track_hash(FoleyWorld(), items) == before
    truth = items[0].truth
    assert truth is not None
    louder = replace(truth.events[0], level_db=truth.events[0].level_db + 1)
    changed = replace(items[0], truth=replace(truth, events=(louder, *truth.events[1:])))
    assert track_hash(suite, [changed, *items[1:]]) != before
    assert items_hash([changed, *items[1:]]) == items_hash(items)

    class Recoded(FoleyWorld):
        def media_version(self, item: Item) -> str:
            return "another"

    assert track_hash(Recoded(), items) != before


def test_a_table_s_truth_arrives_from_a_file_and_from_an_object(tmp_path: Path) -> None:
    (item,) = ManifestSuite(table(tmp_path, WHOLE)).items()
    truth = item.truth
    assert truth is not None
    assert [event.sound_class for event in truth.events] == ["dog barking", "raining"]  # by onset
    assert asdict(truth.events[0]) == {
        "sound_class": "dog barking",
        "onset": 0.5,
        "end": 0.8,
        "level_db": 0.0,
        "on_screen": True,
        "discrete": True,
        "impact": True,
        "performed": False,
    }
    assert ([event.sound_class for event in truth.silent], truth.forbidden) == (["cat meowing"], ("cat meowing",))
    assert (truth.sources, truth.visible_sources) == (2, 1)
    line = json.dumps({"id": "a", "caption": "Rain", "duration": 5, "truth": WHOLE})
    (inline,) = ManifestSuite(manifest(tmp_path, line, "mine.jsonl")).items()
    assert inline == item
    (without,) = ManifestSuite(manifest(tmp_path, "id,caption,truth\na,Rain,\n")).items()
    assert without.truth is None
    assert item.record() == without.record() | {"duration": 5.0}


def test_what_truth_came_to_say_later_changes_no_hash_where_it_is_not_said() -> None:
    old = {key: WHOLE[key] for key in ("events", "contacts", "music", "room")}
    item = Item(id="a", stratum="main", duration=5.0, caption="Rain", truth=parse_truth(old, ""))
    # As it was before truth had silent acts, forbidden classes and acts performed.
    assert track_hash(FoleyWorld(), [item], []).startswith("ab3acf46effc9fbd")
    assert track_hash(FoleyWorld(), [replace(item, truth=parse_truth(WHOLE, ""))], []) != track_hash(
        FoleyWorld(), [item], []
    )


def test_an_empty_truth_is_known_silence(tmp_path: Path) -> None:
    (item,) = ManifestSuite(table(tmp_path, {})).items()
    assert item.truth == Truth()


def event(**changed: object) -> dict[str, Any]:
    return {"events": [BARK | changed]}


FAULTS: dict[str, tuple[object, str]] = {
    "no object": ([], r"is \[\]; an object with events"),
    "not JSON": ("{", "is not valid JSON"),
    "deep": ("[" * 100_000, "is not valid JSON"),
    "twice": ('{"events": [], "events": []}', "stands in it twice"),
    "too large": (" " * (MOST_BYTES + 1), "has more than 1 MiB"),
    "unknown key": ({"event": []}, 'the key "event" has no meaning; did you mean "events"?'),
    "unknown key of an event": (event(onscreen=True), 'events, entry 1: the key "onscreen" .* mean "on_screen"'),
    "events no list": ({"events": {}}, "events is {}; a list of at most"),
    "too many": ({"events": [{}] * (MOST_EVENTS + 1)}, "events is a list of 10,001 entries; a list of at most 10,000"),
    "no event": ({"events": ["dog"]}, 'events, entry 1: is "dog"; an object with class'),
    "no class": ({"events": [{"onset": 0, "end": 1}]}, "class is missing; a name of"),
    "class of control characters": (event(**{"class": "dog\x1b[2J"}), r"class is .* all of them visible"),
    "class without end": (event(**{"class": "d" * 5000}), "a name of at most 200"),
    "no end": ({"events": [{"class": "dog", "onset": 0}]}, "end is missing; a number of at least 0 and"),
    "before the clip": (event(onset=-0.1), "onset is -0.1; a number of at least 0 and"),
    "end before onset": (event(end=0.5), "end is 0.5, which is not after the onset"),
    "NaN": ('{"events": [{"class": "dog", "onset": NaN, "end": 1}]}', "onset is NaN; a number"),
    "infinite": ('{"events": [{"class": "dog", "onset": 0, "end": 1e999}]}', "end is Infinity; a number"),
    "huge": (event(end=10**300), "end is 1000"),
    "a flag": (event(onset=True), "onset is true; a number"),
    "a text": (event(onset="0.5"), 'onset is "0.5"; a number'),
    "no flag": (event(on_screen=1), "on_screen is 1; true or false"),
    "level": (event(level_db=1e9), "level_db is 1000000000.0; a number of at least -200 and at most 200"),
    "contact": ({"contacts": [{"class": "dog", "x": 2, "y": 0, "radius": 0.1}]}, "x is 2; a number of at least 0 and"),
    "no disc": ({"contacts": [{"class": "dog", "x": 0, "y": 0, "radius": 0}]}, "radius is 0; a number above 0"),
    "music": ({"music": {"style": "waltz"}}, "music: level_db is missing"),
    "performed": (event(performed="yes"), 'performed is "yes"; true or false'),
    "silent": ({"silent": ["cat"]}, 'silent, entry 1: is "cat"; an object with class'),
    "forbidden no list": ({"forbidden": "cat"}, 'forbidden is "cat"; a list of at most'),
    "forbidden no name": ({"forbidden": [3]}, "forbidden is 3; a name of"),
    "room": ({"room": "hall"}, 'room: is "hall"; an object with name, rt60'),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence_with_file_and_line(tmp_path: Path, name: str) -> None:
    content, message = FAULTS[name]
    path = table(tmp_path, content)
    with pytest.raises(UserError, match=message) as caught:
        ManifestSuite(path)
    text = str(caught.value)
    assert text.startswith(f"{path}:2: truth {tmp_path / 'truth.json'}: ")
    assert text.isprintable()
    assert len(text) < 700


def test_events_lie_within_the_clip(tmp_path: Path) -> None:
    late = event(onset=4.5, end=5.05)
    assert ManifestSuite(table(tmp_path, late)).items()[0].truth  # a length is rounded by those who write it down
    with pytest.raises(UserError, match=r"silent event 1 by onset .dog barking. lasts from 9"):
        ManifestSuite(table(tmp_path, {"silent": [BARK | {"onset": 9, "end": 9.5}]})).items()
    for truth, duration in ((event(onset=4.5, end=5.2), 5), (event(onset=5, end=5.01), 5), (event(end=9), 8)):
        with pytest.raises(UserError, match=rf"mine\.csv:2: truth: event 1 .* but the clip ends at {duration} s"):
            ManifestSuite(table(tmp_path, truth, duration)).items()


def test_a_clip_that_cannot_be_read_does_not_make_its_truth_wrong(tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text(json.dumps(event(onset=20, end=21)))
    suite = ManifestSuite(manifest(tmp_path, "audio,truth\ngone.wav,truth.json\n"))
    assert suite.items()[0].truth
    with pytest.raises(UserError, match="there is no such file"):
        suite.check(suite.items())


@over(
    ("path", "message"),
    [
        ("gone.json", "there is no such file"),
        (".", "is not a regular file"),
        ("/dev/zero", "is not a regular file"),
        ("pipe", "is not a regular file"),
        ("x" * 400, r"cannot be read|there is no such file"),
        ("x" * 2000, "is a path of 2,000 characters"),
        ("a\x1bb", "control characters"),
    ],
)
def test_a_truth_s_path_may_be_anything(tmp_path: Path, path: str, message: str) -> None:
    if not (tmp_path / "pipe").exists():
        os.mkfifo(tmp_path / "pipe")
    assert message.split("|")[-1] in (text := refusal(tmp_path, f"caption,id,truth\nRain,a,{path}\n")) or (
        message.split("|")[0] in text
    )
    assert text.startswith(":2: ")


def test_a_truth_is_no_number_and_no_list(tmp_path: Path) -> None:
    values: tuple[object, ...] = (7, [], True)
    for value in values:
        line = json.dumps({"id": "a", "caption": "Rain", "truth": value})
        assert "the path of a JSON file, or an object, is expected" in refusal(tmp_path, line, "mine.jsonl")


scalars = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
keys = st.sampled_from(["class", "onset", "end", "level_db", "on_screen", "style", "x"]) | st.text(max_size=3)
objects = st.dictionaries(keys, scalars, max_size=6)
anything = st.dictionaries(
    st.sampled_from(["events", "contacts", "music", "room"]) | st.text(max_size=3),
    scalars | objects | st.lists(objects | scalars, max_size=3),
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(anything | scalars)
def test_any_json_is_a_truth_or_a_sentence(value: object) -> None:
    refused = ""
    truth = Truth()
    try:
        truth = parse_truth(value, "here:1")
    except UserError as error:
        refused = str(error)
    assert not refused or (refused.startswith("here:1") and refused.isprintable())
    assert all(math.isfinite(e.onset) and 0 <= e.onset < e.end < math.inf for e in truth.events)


def test_a_table_s_media_version_is_its_files_content(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"one")
    suite = ManifestSuite(manifest(tmp_path, "audio,duration\na.wav,1\ngone.wav,1\n"))
    first, gone = suite.items()
    before = suite.media_version(first)
    (tmp_path / "b.wav").write_bytes(b"one")
    other = ManifestSuite(manifest(tmp_path, "audio,duration\nb.wav,1\n", "b.csv"))
    assert other.media_version(other.items()[0]) == before
    (tmp_path / "a.wav").write_bytes(b"another")
    assert suite.media_version(first) != before
    with pytest.raises(UserError, match=r"mine\.csv:3: .*gone\.wav"):
        suite.media_version(gone)

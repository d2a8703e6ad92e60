"""Without a server, captions come from what the bundled encoders hear, and not from the truth."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from vggsound_omni.soundatlas.clips import Clip
from vggsound_omni.soundatlas.offline import EarSenior, LookingDescriber, TagChecker, TagJunior, Told, say
from vggsound_omni.soundatlas.roles import Captioner
from vggsound_omni.soundatlas.scorers import Scorers
from vggsound_omni.suites.foleyworld import CLASSES, render_audio, scene
from vggsound_omni.suites.registry import open_suite

SCENES = [scene("validation", "main", i) for i in range(12)]
NOWHERE = Clip(id="x", audio=Path("x"), video=None, duration=8.0)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("kind", [TagJunior, EarSenior])
def test_what_is_named_is_mostly_there(kind: type[TagJunior] | type[EarSenior]) -> None:
    captioner: Captioner = kind("foleyworld")
    right, named = 0, 0
    for one in SCENES:
        heard = captioner.caption(NOWHERE, render_audio(one), None, None, ())
        assert heard.usage.cpu_seconds > 0
        tags = {event.what for event in heard.draft.events} if heard.draft else set()
        right += len(tags & set(one.labels))
        named += len(tags)
    assert right / named > 0.7
    assert right / sum(len(one.labels) for one in SCENES) > 0.4


def test_silence_has_no_caption() -> None:
    for captioner in (TagJunior("foleyworld"), EarSenior("foleyworld")):
        heard = captioner.caption(NOWHERE, np.zeros(128_000, np.float32), None, None, ())
        assert (heard.draft, heard.problem) == (None, "empty")


def test_a_checker_tells_what_is_there_from_what_is_not() -> None:
    checker = TagChecker("foleyworld")
    yes = {"there": 0.0, "not": 0.0}
    for one, other in zip(SCENES[:6], SCENES[6:], strict=True):
        for key, names in (("there", set(one.labels)), ("not", set(other.labels) - set(one.labels))):
            drafts = [say([Told(name=name)]) for name in sorted(names)]
            found = [checker.check(NOWHERE, render_audio(one), draft.events[0]).yes for draft in drafts if draft]
            yes[key] += sum(map(bool, found)) / max(len(found), 1)
    assert yes["there"] > yes["not"] + 2


def test_scores_tell_a_scene_from_another() -> None:
    scorers = Scorers("foleyworld")
    own, others = [], []
    for one, other in zip(SCENES[:6], SCENES[6:], strict=True):
        own.append(scorers.text_audio(one.captions.dense, render_audio(one)))
        others.append(scorers.text_audio(other.captions.dense, render_audio(one)))
    assert np.mean(own) > np.mean(others) + 0.2  # type: ignore[arg-type]


def test_a_sentence_tells_order_and_counts() -> None:
    draft = say(
        [
            Told(name="dog barking", end=2.0, times=2),
            Told(name="raining", start=1.0, end=8.0),
            Told(name="church bell ringing", start=8.0, end=9.0, times=5),
            Told(name="music", end=9.0),
        ]
    )
    assert draft is not None
    bell = CLASSES["church bell ringing"].words
    often = " 5 times" if bell.repeats else ""
    assert draft.sentence == (
        f"A dog barks twice, while {CLASSES['raining'].words.plain}, then {bell.plain}{often} while music plays in the "
        "background."
    )
    assert [event.times for event in draft.events] == [2, None, 5]
    assert draft.has_music
    assert say([]) is None
    tags = say([Told(name="Dog"), Told(name="Bark")])
    assert tags is not None
    assert tags.sentence == "Sounds of dog and bark."
    alone = say([Told(name="music")])
    assert alone is not None
    assert alone.sentence == "Sounds of music."


def test_a_senior_counts_and_a_junior_does_not() -> None:
    junior, senior = TagJunior("foleyworld"), EarSenior("foleyworld")
    counts: dict[str, list[bool]] = {"junior": [], "senior": []}
    for one in SCENES:
        sound = render_audio(one)
        true = {s.sound_class: len(s.events) for s in one.heard if not CLASSES[s.sound_class].lasting}
        for name, who in (("junior", junior), ("senior", senior)):
            draft = who.caption(NOWHERE, sound, None, None, ()).draft
            said = {event.what: event.times for event in draft.events} if draft else {}
            counts[name] += [said.get(what) == count for what, count in true.items()]
    assert not any(counts["junior"])
    assert np.mean(counts["senior"]) > 0.2


def test_a_hint_helps_a_junior_to_name_and_never_adds() -> None:
    junior = TagJunior("foleyworld")
    sound = render_audio(SCENES[0])
    every = "; ".join(CLASSES)
    told = [junior.caption(NOWHERE, sound, context, None, ()).draft for context in (None, every)]
    alone, hinted = ({event.what for event in draft.events} if draft else set() for draft in told)
    assert alone <= hinted
    silent = junior.caption(NOWHERE, np.zeros(128_000, np.float32), every, None, ())
    assert silent.draft is None, "what is not heard is not said, whatever may be seen"


def test_every_class_has_a_plain_clause() -> None:
    assert CLASSES["dog barking"].words.plain == "a dog barks"
    assert all(re.fullmatch(r"[a-z][a-z ]+", one.words.plain) for one in CLASSES.values())


def test_a_describer_names_classes_as_a_hint() -> None:
    suite = open_suite("foleyworld:validation")
    items = [item for item in suite.items() if item.truth and any(e.on_screen for e in item.truth.events)][:1]
    describer, seen = LookingDescriber("foleyworld"), []
    for item in items:
        media = suite.media(item)
        assert media.audio is not None
        found = describer.describe(Clip(id=item.id, audio=media.audio, video=media.video, duration=8.0))
        seen.append(sum(name in (found.context or "") for name in CLASSES))
        assert found.context is not None
        assert all(name.strip(" .") in CLASSES for name in found.context.partition(":")[2].split(";"))
    assert seen == [3]
    assert describer.describe(NOWHERE).context is None


def test_the_verb_and_its_report(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "vggsound_omni", "caption"]
    made = [*words, "--in", "foleyworld", "--out", "captions.parquet", "--limit", "3"]
    for before in (0, 3):
        done = subprocess.run(made, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert f"{before} of 3 clips were decided before" in done.stdout
    plan = json.loads((tmp_path / "captions.work" / "plan.json").read_text())
    assert all(role.startswith("offline ") for role in plan["roles"].values())
    shown = subprocess.run(
        [*words, "report", "captions.parquet"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert shown.stdout.startswith("3 clips: ")
    assert "handed to the senior: " in shown.stdout
    bad = tmp_path / "x.parquet"
    bad.write_bytes(b"PAR1")
    shown = subprocess.run([*words, "report", "x.parquet"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert shown.returncode == 1
    assert "is not a table of omni-bench caption" in shown.stderr
    kept = (tmp_path / "captions.jsonl").read_text().splitlines()
    if kept:
        suite = open_suite(f"manifest:{tmp_path / 'captions.jsonl'}")
        suite.check(suite.items())
        assert all("truth" not in json.loads(line) for line in kept)
        assert all(json.loads(line)["atlas_model"].startswith("offline ") for line in kept)

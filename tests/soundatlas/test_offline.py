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
from vggsound_omni.soundatlas.offline import TagChecker, TagJunior, WindowSenior, say
from vggsound_omni.soundatlas.roles import Captioner
from vggsound_omni.soundatlas.scorers import Scorers
from vggsound_omni.suites.foleyworld import CLASSES, render_audio, scene
from vggsound_omni.suites.registry import open_suite

SCENES = [scene("validation", "main", i) for i in range(12)]
NOWHERE = Clip(id="x", audio=Path("x"), video=None, duration=8.0)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("kind", [TagJunior, WindowSenior])
def test_what_is_named_is_mostly_there(kind: type[TagJunior] | type[WindowSenior]) -> None:
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
    for captioner in (TagJunior("foleyworld"), WindowSenior("foleyworld")):
        heard = captioner.caption(NOWHERE, np.zeros(128_000, np.float32), None, None, ())
        assert (heard.draft, heard.problem) == (None, "empty")


def test_a_checker_tells_what_is_there_from_what_is_not() -> None:
    checker = TagChecker("foleyworld")
    yes = {"there": 0.0, "not": 0.0}
    for one, other in zip(SCENES[:6], SCENES[6:], strict=True):
        for key, names in (("there", set(one.labels)), ("not", set(other.labels) - set(one.labels))):
            drafts = [say([(name, 0.0, 8.0)]) for name in sorted(names)]
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


def test_a_sentence_tells_the_order() -> None:
    draft = say([("dog barking", 0.0, 2.0), ("raining", 1.0, 8.0), ("thunder", 8.0, 9.0), ("music", 0.0, 9.0)])
    assert draft is not None
    assert re.search(r"^A dog \w+, while .*, then .* while music plays in the background\.$", draft.sentence)
    assert draft.has_music
    assert say([]) is None
    tags = say([("Dog", 0.0, 8.0), ("Bark", 0.0, 8.0)])
    assert tags is not None
    assert tags.sentence == "Sounds of dog and bark."
    alone = say([("music", 0.0, 8.0)])
    assert alone is not None
    assert alone.sentence == "Sounds of music."


def test_every_class_has_a_plain_clause() -> None:
    assert CLASSES["dog barking"].words.plain == "a dog barks"
    assert all(re.fullmatch(r"[a-z][a-z ]+", one.words.plain) for one in CLASSES.values())


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

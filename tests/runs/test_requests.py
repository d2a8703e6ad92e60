"""What a generator is given: its own picture in any batch, and a name that tells nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from vggsound_omni.analysis.words import model_name
from vggsound_omni.errors import UserError
from vggsound_omni.media import write_flac, write_mp4
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.folder import RunFolder
from vggsound_omni.runs.generate import generate
from vggsound_omni.runs.plan import RunOptions
from vggsound_omni.runs.score import ScoreOptions, score

GREYS = [18, 79, 138, 198]
QUIET = Console(quiet=True)
SPY = """
import json
import subprocess
import sys
from pathlib import Path
import numpy as np
from vggsound_omni.protocol import Audio

class Spy:
    def __init__(self, seen: Path):
        self.seen = seen
    def generate(self, requests):
        with self.seen.open("a") as file:
            for r in requests:
                grey = None if r.video is None else int(r.video.frames(fps=5, size=16).mean())
                path = None if r.video is None else str(r.video.path)
                file.write(json.dumps({"id": r.id, "grey": grey, "path": path, "seed": r.seed,
                                       "task": r.task, "text": r.text}) + chr(10))
        return [
            Audio(samples=np.full((1, round(r.duration * 8000)), 0.1, np.float32), sample_rate=8000) for r in requests
        ]
"""


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Four clips of plain grey, each called ``video.mp4`` in a folder of its own."""
    lines = ["id,caption,video"]
    for place, grey in enumerate(GREYS):
        frames = np.full((25, 32, 32, 3), grey, np.uint8)
        write_mp4(tmp_path / f"clip{place}" / "video.mp4", frames, 25, None)
        lines.append(f"clip{place},a plain wall,clip{place}/video.mp4")
    (tmp_path / "clips.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "spy.py").write_text(SPY, encoding="utf-8")
    return tmp_path / "clips.csv"


def ask(clips: Path, output: str, **more: Any) -> list[dict[str, Any]]:
    """What the generator saw, in the order in which it was asked."""
    seen = clips.parent / f"{output}.jsonl"
    options = {"track": "vt2a", "model": f"{clips.parent / 'spy.py'}:Spy", "arguments": {"seen": str(seen)}} | more
    generate(RunOptions(suite=f"manifest:{clips}", output=clips.parent / output, **options), QUIET)
    return [json.loads(line) for line in seen.read_text().splitlines()]


@pytest.mark.parametrize("batch_size", [1, 4])
def test_clips_of_one_file_name_keep_their_own_pictures_in_any_batch(clips: Path, batch_size: int) -> None:
    seen = ask(clips, "run", batch_size=batch_size)
    assert [one["grey"] for one in seen] == pytest.approx(GREYS, abs=3)


def test_a_generator_is_told_neither_the_item_nor_where_its_file_lies(clips: Path) -> None:
    for one in ask(clips, "run"):
        assert "clip" not in one["id"]
        assert "clip" not in one["path"]


def test_the_name_lasts_as_long_as_the_run_and_differs_between_runs(clips: Path) -> None:
    folder = RunFolder(clips.parent / "pieces")
    first = ask(clips, "pieces", limit=2, batch_size=1)
    folder.audio_path("clip0").unlink()
    again = ask(clips, "pieces", batch_size=4)[2:]
    other = ask(clips, "other")
    assert {one["id"] for one in first} <= {one["id"] for one in again} | {first[1]["id"]}
    assert first[0]["id"] in {one["id"] for one in again}
    assert not {one["id"] for one in other} & {one["id"] for one in first + again}
    assert other[0]["seed"] == first[0]["seed"], "the seed follows from the item alone"


def test_a_folder_of_sounds_is_asked_by_the_ids_of_the_items(clips: Path) -> None:
    for place in range(4):
        sound = Audio(samples=np.full((1, 8000), 0.1 * (place + 1), np.float32), sample_rate=8000)
        write_flac(clips.parent / "answers" / f"clip{place}.flac", sound)
    options = RunOptions(
        suite=f"manifest:{clips}", track="v2a", model=f"dir:{clips.parent / 'answers'}", output=clips.parent / "run"
    )
    generate(options, QUIET)
    records = RunFolder(options.output).records()
    assert [record.status for record in records.values()] == ["done"] * 4, records


def test_one_picture_that_cannot_be_given_costs_one_item(clips: Path) -> None:
    damaged = clips.parent / "clip2" / "video.mp4"
    content = bytearray(damaged.read_bytes())
    place = content.index(b"mdat") + 4
    content[place : len(content) - 20] = bytes(len(content) - 20 - place)
    damaged.write_bytes(content)
    ask(clips, "run", batch_size=4)
    records = RunFolder(clips.parent / "run").records()
    assert [records[f"clip{place}"].status for place in (0, 1, 3)] == ["done"] * 3
    assert records["clip2"].status == "failed"


def test_nothing_that_a_generator_or_a_file_name_says_reaches_the_terminal_raw(clips: Path) -> None:
    (clips.parent / "loud.py").write_text(
        "class Loud:\n    def generate(self, requests):\n        raise ValueError('\\x1b[2Jgone \\u202edrawkcab')\n"
    )
    command = [sys.executable, "-m", "vggsound_omni", "generate", "--suite", f"manifest:{clips}", "--track", "v2a"]
    said = subprocess.run(
        [*command, "--model", f"{clips.parent / 'loud.py'}:Loud", "--output", str(clips.parent / "run")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "gone drawkcab" in said.stdout
    wrong = subprocess.run([*command, "--model", "\x1b[2Jgone"], capture_output=True, text=True, check=False)
    assert 'Unknown model "gone"' in wrong.stderr
    kept = (clips.parent / "run" / "items.jsonl").read_text()
    for text in (said.stdout, said.stderr, wrong.stderr, kept):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "u001b" not in text


@pytest.mark.parametrize(
    ("without", "task", "text", "sees"), [("video", "t2a", "a plain wall", False), ("text", "v2a", None, True)]
)
def test_a_generator_can_be_run_without_the_picture_or_the_caption(
    clips: Path, without: str, task: str, text: str | None, sees: bool
) -> None:
    whole = ask(clips, "whole")
    seen = ask(clips, "part", without=[without])
    assert {(one["task"], one["text"], one["grey"] is not None) for one in seen} == {(task, text, sees)}
    assert [one["seed"] for one in seen] == [one["seed"] for one in whole], "so that nothing else differs"


def test_what_was_withheld_is_part_of_the_run_and_of_its_result(clips: Path) -> None:
    ask(clips, "part", without=["video"])
    with pytest.raises(UserError, match="holds a run with without"):
        ask(clips, "part")
    result = score(clips.parent / "part", QUIET, ScoreOptions(encoder_set="foleyworld"))
    assert result.without == ("video",)
    assert model_name(result).endswith(", no video")
    assert [text for text in result.warnings if "never ranks" in text]


@pytest.mark.parametrize(
    ("track", "without", "why"),
    [
        ("vt2a", ["text", "video"], "nothing of the track vt2a is left"),
        ("t2a", ["text"], "nothing of the track t2a is left"),
        ("t2a", ["video"], "gives no video"),
        ("vt2a", ["vidoe"], '"vidoe".*video'),
    ],
)
def test_nothing_that_cannot_be_withheld_is(clips: Path, track: str, without: list[str], why: str) -> None:
    with pytest.raises(UserError, match=why):
        ask(clips, "part", track=track, without=without)


def test_a_model_that_cannot_do_what_is_left_is_told(clips: Path) -> None:
    with pytest.raises(UserError, match="what is left of vt2a is v2a"):
        generate(
            RunOptions(
                suite=f"manifest:{clips}", track="vt2a", model="retrieval", without=["text"], output=clips.parent / "r"
            ),
            QUIET,
        )

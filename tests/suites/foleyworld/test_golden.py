"""The world of this version, frozen: what comes out differently is another world and needs another version.

``python -m tests.suites.foleyworld.test_golden`` freezes a new version, after ``WORLD_VERSION`` or ``CODING_VERSION``
was raised: it draws, writes the files in ``tests/golden/`` and removes those of older worlds.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from vggsound_omni.media import write_mp4, write_wav
from vggsound_omni.protocol import Audio
from vggsound_omni.suites.foleyworld import CLASSES, FPS, SAMPLE_RATE, WORLD_VERSION, render_audio, render_frames, scene
from vggsound_omni.suites.foleyworld.music import STYLES
from vggsound_omni.suites.foleyworld.pictures import STILL_LIFES
from vggsound_omni.suites.foleyworld.program import solo
from vggsound_omni.suites.foleyworld.record import CODING_VERSION
from vggsound_omni.suites.foleyworld.scene import Scene

FOLDER = Path(__file__).parents[2] / "golden"
GOLDEN = FOLDER / f"foleyworld-{WORLD_VERSION}.json"
DRAWINGS = FOLDER / f"foleyworld-{WORLD_VERSION}-drawings.json"
CODING = FOLDER / f"foleyworld-coding-{CODING_VERSION}.json"
SCENES = [
    ("test", "main", 0),
    ("test", "main", 200),
    ("test", "natural", 0),
    ("test", "natural", 95),
    ("test", "conflict", 0),
    ("test", "bgm", 63),
    ("validation", "main", 127),
    ("train", "main", 9999),
]


def measure(split: str, stratum: str, index: int) -> dict[str, Any]:
    """A scene in few numbers: words, level by second, and mean colour by second."""
    drawn = scene(split, stratum, index)
    seconds = render_audio(drawn).astype(np.float64).reshape(8, -1)
    frames = np.stack(list(render_frames(drawn, 80, fps=1))).astype(np.float64)
    return {
        "id": drawn.id,
        "captions": asdict(drawn.captions),
        "events": [[event["class"], event["onset"], event["end"]] for event in drawn.truth()["events"]],
        "rms": [float(x) for x in np.sqrt(np.mean(seconds**2, axis=1))],
        "colour": [[float(x) for x in frame] for frame in frames.mean(axis=(1, 2))],
    }


def test_scenes_are_those_of_this_version() -> None:
    frozen = {entry["id"]: entry for entry in json.loads(GOLDEN.read_text())}
    for key in SCENES:
        found = measure(*key)
        expected = frozen[found["id"]]
        for field in ("captions", "events"):
            assert found[field] == expected[field]
        # Mathematical functions differ in the last bit between processors; 16-bit rounding makes that 1e-5 at most.
        assert found["rms"] == pytest.approx(expected["rms"], rel=1e-3, abs=1e-6)
        assert np.array(found["colour"]) == pytest.approx(np.array(expected["colour"]), abs=0.05)


def drawings() -> dict[str, Scene]:
    """Every class in each of its materials, every still life and style of music, and some scenes of conflict."""
    found: dict[str, Scene] = {}
    for name in CLASSES:
        drawn = solo(name, 2)
        (source,) = drawn.sources
        for material in range(3):
            style = replace(source.style, material=material)
            found[f"{name} {material}"] = replace(drawn, sources=(replace(source, style=style),))
    wanted: set[str] = {*STILL_LIFES, *STYLES}
    for key in (*(("test", "natural", i) for i in range(96)), *(("test", "bgm", i) for i in range(64))):
        drawn = scene(*key)
        shown = {drawn.setting.still_life, drawn.music.style if drawn.music else None} & wanted
        if shown:
            wanted -= shown
            found[drawn.id] = drawn
    return found | {drawn.id: drawn for drawn in (scene("test", "conflict", i) for i in range(6))}


def projected(values: npt.NDArray[np.floating]) -> list[float]:
    """Sums of the values with random signs: any change of them moves these by about its norm."""
    signs = np.random.default_rng(values.size).choice([-1.0, 1.0], (3, values.size))
    return [round(float(x), 3) for x in signs @ values.ravel()]


def draw(drawn: Scene) -> dict[str, list[float]]:
    frames = np.stack(list(render_frames(drawn, 64, fps=2.5)))
    return {"sound": projected(render_audio(drawn).astype(np.float64)), "picture": projected(frames / 255.0)}


def test_no_sound_and_no_picture_changed_without_a_new_version() -> None:
    frozen = json.loads(DRAWINGS.read_text())
    found = {name: draw(drawn) for name, drawn in drawings().items()}
    assert found.keys() == frozen.keys()
    # A thousand samples, or pixels, that are rounded the other way on another processor move it by a twentieth of that.
    changed = [
        f"{name}: {kind}"
        for name, expected in frozen.items()
        for kind, tolerance in (("sound", 0.02), ("picture", 1.0))
        if np.abs(np.subtract(found[name][kind], expected[kind])).max() > tolerance
    ]
    assert not changed


def coded(folder: Path) -> dict[str, Any]:
    """What the codecs make of integers, which no processor rounds: hashes, and settings that can be read back."""
    k = np.arange(50)[:, None, None, None]
    y, x, c = np.meshgrid(np.arange(160), np.arange(160), np.arange(3), indexing="ij")
    frames = ((x * (2 + c) + 3 * y + 7 * k + (x // 16 ^ y // 16) * 31) % 256).astype(np.uint8)
    samples = ((np.arange(2 * SAMPLE_RATE) * 97 % 8192 - 4096) / 2**15).astype(np.float32)[None]
    audio = Audio(samples=samples, sample_rate=SAMPLE_RATE)
    write_wav(folder / "a.wav", audio, "PCM_16")
    write_mp4(folder / "a.mp4", frames, FPS, audio)
    with av.open(str(folder / "a.mp4")) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        settings = {
            "video": [video.codec_context.name, video.profile, video.pix_fmt, video.width, video.height, video.frames],
            "rate": str(video.average_rate),
            "sound": [sound.codec_context.name, sound.codec_context.layout.name, sound.codec_context.sample_rate],
        }
        picture = hashlib.sha256(b"".join(bytes(packet) for packet in container.demux(video))).hexdigest()
    return {
        "libraries": {name: ".".join(map(str, version)) for name, version in sorted(av.library_versions.items())},
        "settings": settings,
        "picture_sha256": picture,
        "wav_sha256": hashlib.sha256((folder / "a.wav").read_bytes()).hexdigest(),
        "kilobytes": round((folder / "a.mp4").stat().st_size / 1000, 1),
    }


def test_coding_is_that_of_this_version(tmp_path: Path) -> None:
    frozen, found = json.loads(CODING.read_text()), coded(tmp_path)
    assert (found["settings"], found["wav_sha256"]) == (frozen["settings"], frozen["wav_sha256"])
    assert found["kilobytes"] == pytest.approx(frozen["kilobytes"], rel=0.1)
    if found["libraries"] == frozen["libraries"]:  # another version of the codec may well choose other bytes
        assert found["picture_sha256"] == frozen["picture_sha256"]


def freeze(folder: Path) -> None:
    """Writes what this code makes as what is expected."""
    for older in FOLDER.glob("foleyworld-[0-9]*.json"):
        older.unlink()
    GOLDEN.write_text(json.dumps([measure(*key) for key in SCENES], indent=1) + "\n")
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(draw(drawn))}" for name, drawn in drawings().items())
    DRAWINGS.write_text("{\n" + lines + "\n}\n")
    CODING.write_text(json.dumps(coded(folder), indent=1) + "\n")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        freeze(Path(scratch))

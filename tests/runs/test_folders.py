"""Two folders are scored by the names of their files, without a suite, and the numbers are those of the encoders."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from click.testing import Result as Invoked
from rich.console import Console

from vggsound_omni.cli import command
from vggsound_omni.encoders.encoder import AudioEncoder, Outputs, Synchroniser, VideoEncoder
from vggsound_omni.encoders.registry import ENCODERS, load_encoder, playing
from vggsound_omni.errors import UserError
from vggsound_omni.media import read_audio, read_frames, sinc_resample, write_flac, write_mp4, write_wav
from vggsound_omni.metrics import aesthetics, cosine, desync, frechet, kl
from vggsound_omni.protocol import Audio
from vggsound_omni.runs.folders import score_folders
from vggsound_omni.runs.result import Result, read_result
from vggsound_omni.runs.score import ScoreOptions

BUNDLED = ScoreOptions(encoder_set="foleyworld")
NAMES = ("a", "b", "c.take 2")
Folders = tuple[Path, Path]


def noise(seed: int, seconds: float, channels: int = 1, rate: int = 16_000) -> Audio:
    rng = np.random.default_rng(seed)
    shaped = rng.uniform(-0.3, 0.3, (channels, round(seconds * rate))) * np.linspace(0.1, 1, round(seconds * rate))
    return Audio(samples=shaped.astype(np.float32), sample_rate=rate)


def folders(root: Path, *, pictures: bool = True) -> Folders:
    """Three pairs of kinds that differ: FLAC against MP4 or WAV, stereo, other rates and lengths."""
    for k, name in enumerate(NAMES):
        write_flac(root / "ours" / f"{name}.flac", noise(k, 5.5, 1 + k % 2, (16_000, 44_100)[k % 2]))
        reference = noise(10 + k, 6.0, 2, 48_000)
        if pictures:
            frames = np.random.default_rng(k).integers(0, 256, (150, 1, 1, 3), np.uint8).repeat(64, 1).repeat(64, 2)
            write_mp4(root / "theirs" / f"{name}.mp4", frames, 25, reference)
        else:
            write_wav(root / "theirs" / f"{name}.wav", reference, "PCM_16")
    return root / "ours", root / "theirs"


def scored(pair: Folders, options: ScoreOptions = BUNDLED) -> Result:
    return score_folders(*pair, Console(quiet=True), options)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return folders(tmp_path_factory.mktemp("folders"))


@pytest.fixture(scope="module")
def result(pair: Folders) -> Result:
    return scored(pair)


def encoder(name: str) -> AudioEncoder:
    return load_encoder(ENCODERS[f"foleyworld-{name}"])


def by_hand(encode: Callable[[torch.Tensor], Outputs], inputs: Sequence[torch.Tensor]) -> dict[str, Any]:
    with torch.inference_mode():
        found = [encode(one[None]) for one in inputs]
    return {output: torch.cat([one[output] for one in found]).numpy() for output in found[0]}


def sounds(folder: Path) -> list[torch.Tensor]:
    heard = [read_audio(path) for path in sorted(folder.iterdir())]
    return [sinc_resample(torch.from_numpy(one.samples[0]), one.sample_rate, 16_000) for one in heard]


def test_the_numbers_are_those_of_the_metrics_of_the_encoders_outputs(pair: Folders, result: Result) -> None:
    ours, theirs = map(sounds, pair)
    tagger = encoder("tagger").audio
    generated, reference = by_hand(tagger, ours), by_hand(tagger, theirs)
    expected = {
        "kl": kl.evaluate(reference["logits"], generated["logits"]).value,
        "fd": frechet.evaluate(reference["embedding"], generated["embedding"]).value,
        "pq": aesthetics.evaluate(by_hand(encoder("aesthetics").audio, ours)["pq"]).value,
    }
    seeing = encoder("audiovisual")
    assert isinstance(seeing, VideoEncoder)
    fps, pixels = seeing.video_input.fps, seeing.video_input.pixels
    assert pixels is not None
    pictures = [torch.from_numpy(read_frames(path, fps, pixels)) for path in sorted(pair[1].iterdir())]
    seen = by_hand(seeing.video, pictures)["embedding"]
    expected["ib"] = cosine.evaluate(seen, by_hand(seeing.audio, ours)["embedding"]).value
    sync = load_encoder(playing("foleyworld")["ds"][0])
    assert isinstance(sync, Synchroniser)
    with torch.inference_mode():
        logits = [sync.compare(sync.audio(a[None]), sync.video(v[None])) for a, v in zip(ours, pictures, strict=True)]
    expected["ds"] = desync.evaluate(torch.cat(logits).numpy(), sync.offsets).value
    for key, value in expected.items():
        assert result.scores[key].value == pytest.approx(value, rel=1e-4, abs=1e-5), key
        assert result.scores[key].n == 3


def test_numbers_by_encoders_of_one_world_say_so(result: Result) -> None:
    assert [text for text in result.warnings if "which know the sound of that suite alone" in text]


def test_a_result_of_folders_says_what_it_is_of(pair: Folders, result: Result) -> None:
    assert (result.suite.name, result.track, result.encoder_set) == ("theirs", "folders", "foleyworld")
    assert result.model["label"] == "ours"
    assert result.counts.model_dump() == {"planned": 3, "generated": 3, "failed": 0, "scored": 3}
    assert set(result.items) == set(result.signals) == set(NAMES)
    assert (result.signals["b"].channels, result.signals["b"].sample_rate) == (2, 44_100)
    for key in ("ms_clap", "la_clap"):
        assert (result.scores[key].status, result.scores[key].reason) == ("not_applicable", "the suite has no captions")
    assert (result.failures, result.strata, result.heard) == ([], {}, None)


def test_a_folder_against_itself_is_the_optimum(pair: Folders) -> None:
    result = scored((pair[1], pair[1]))
    assert result.scores["kl"].value == pytest.approx(0, abs=1e-9)
    assert result.scores["fd"].value == pytest.approx(0, abs=1e-6)


def test_references_without_pictures_have_no_metrics_of_pictures(tmp_path: Path) -> None:
    result = scored(folders(tmp_path, pictures=False))
    for key in ("ib", "ds"):
        assert (result.scores[key].status, result.scores[key].reason) == ("not_applicable", "the suite has no video")
    assert result.scores["kl"].status == "computed"


def test_the_identity_is_that_of_the_references(pair: Folders, result: Result, tmp_path: Path) -> None:
    other = folders(tmp_path)
    assert scored(other).items_sha256 == result.items_sha256, "equal files under equal names"
    (other[0] / "a.flac").unlink()
    assert scored(other).items_sha256 == result.items_sha256, "what was generated has no part in it"
    (other[1] / "a.mp4").rename(other[1] / "z.mp4")
    assert scored(other).items_sha256 != result.items_sha256


def test_whatever_has_no_partner_or_cannot_be_read_costs_one_item(tmp_path: Path) -> None:
    ours, theirs = folders(tmp_path, pictures=False)
    write_flac(ours / "extra.flac", noise(5, 5.5))
    write_flac(theirs / "left.flac", noise(5, 5.5))
    broken = {
        "cut": (b"fLaC", None),
        "text": (None, b"no sound"),
        "empty": (b"", b""),
    }
    for name, contents in broken.items():
        for folder, content in zip((ours, theirs), contents, strict=True):
            if content is None:
                write_wav(folder / f"{name}.wav", noise(6, 5.5), "PCM_16")
            else:
                (folder / f"{name}.wav").write_bytes(content)
    write_flac(ours / "mute.flac", noise(7, 5.5))
    write_mp4(theirs / "mute.mp4", np.zeros((50, 32, 32, 3), np.uint8), 25, None)
    (ours / ".hidden").write_text("not looked at")
    (theirs / "folder").mkdir()
    result = scored((ours, theirs))
    assert {failure.id: failure.rule for failure in result.failures} == {
        "extra": "missing", "left": "missing", "cut": "missing", "text": "reference", "empty": "missing",
        "mute": "reference",
    }  # fmt: skip
    reasons = {failure.id: failure.reason for failure in result.failures}
    assert reasons["extra"] == f"{theirs} has no file of this name"
    assert reasons["left"] == f"{ours} has no file of this name"
    assert reasons["mute"] == f"{theirs / 'mute.mp4'} has no sound"
    assert result.counts.model_dump() == {"planned": 9, "generated": 8, "failed": 6, "scored": 3}
    assert set(result.items) == set(NAMES)


def test_a_clip_too_short_for_one_metric_leaves_the_others_standing(tmp_path: Path) -> None:
    pair = folders(tmp_path)
    write_flac(pair[0] / "a.flac", noise(0, 2.0))
    result = scored(pair)
    assert 'Item "a" has no sound of 4.8 s' in (result.scores["ds"].reason or "")
    assert result.scores["kl"].n == 3


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda a, b: [p.unlink() for p in a.iterdir()], r"ours has no files\."),
        (lambda a, b: [p.rename(p.with_name(f"x{p.name}")) for p in a.iterdir()], "No file in .*ours has the name of"),
        (lambda a, b: write_wav(a / "a.wav", noise(0, 1.0), "PCM_16"), r"two files called a: a\.flac and a\.wav;"),
        (lambda a, b: write_wav(b / "b.flac", noise(0, 1.0), "PCM_16"), "theirs has two files called b: "),
        (lambda a, b: [p.write_bytes(b"") for p in b.iterdir()], r"Not one pair can be scored: a: .*is empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_paired_is_one_sentence(
    spoil: Callable[[Path, Path], object], sentence: str, tmp_path: Path
) -> None:
    pair = folders(tmp_path, pictures=False)
    spoil(*pair)
    with pytest.raises(UserError, match=sentence):
        scored(pair)


def test_a_folder_that_is_not_there_is_one_sentence(pair: Folders, tmp_path: Path) -> None:
    for both in ((tmp_path / "no", pair[1]), (pair[0], tmp_path / "no"), (pair[0] / "a.flac", pair[1])):
        with pytest.raises(UserError, match="There is no folder"):
            scored(both)
    with pytest.raises(UserError, match="one kit, one precision"):
        scored(pair, ScoreOptions(encoder_set="foleyworld", kit="av-benchmark"))


def test_a_wrong_device_is_one_sentence(pair: Folders) -> None:
    with pytest.raises(UserError, match="device"):
        scored(pair, ScoreOptions(encoder_set="foleyworld", device="cudaa"))


def test_the_name_of_a_file_commands_no_terminal(tmp_path: Path) -> None:
    ours, theirs = folders(tmp_path, pictures=False)
    for k, name in enumerate(("\x1b[2Jgone", "half \udce9")):
        write_wav(tmp_path / "x.wav", noise(k, 5.5), "PCM_16")
        for folder in (ours, theirs):
            (folder / f"{name}.wav").write_bytes((tmp_path / "x.wav").read_bytes())
    write_wav(tmp_path / "x.wav", noise(3, 5.5), "PCM_16")
    (tmp_path / "x.wav").rename(ours / "\x1b[31mlonely.wav")
    done = cli("--generated", str(ours), "--reference", str(theirs), "--encoders", "foleyworld")
    assert "1 failed (missing): lonely" in done.output
    assert "\x1b[2J" not in done.output
    assert "\x1b[31m" not in done.output
    assert {"gone", "half \ufffd"} < set(scored((ours, theirs)).items)


def cli(*arguments: str) -> Invoked:
    return CliRunner().invoke(command, ["score", *arguments], standalone_mode=False, env={"COLUMNS": "200"})


def test_the_command_line_prints_the_table_and_writes_the_result(pair: Folders, result: Result, tmp_path: Path) -> None:
    out = tmp_path / "out" / "result.json"
    done = cli(
        "--generated", str(pair[0]), "--reference", str(pair[1]), "--encoders", "foleyworld", "--output", str(out)
    )
    assert done.exception is None
    assert done.return_value == 0
    assert "theirs, track folders" in done.output
    assert "track folders" in done.output
    assert "report.html" not in done.output
    written = read_result(out)
    assert written.scores == result.scores
    assert written.items == result.items
    printed = cli("--generated", str(pair[0]), "--reference", str(pair[1]), "--encoders", "foleyworld", "--json")
    (only,) = json.loads(printed.stdout)
    assert only["scores"] == json.loads(out.read_text())["scores"]


def test_failed_items_beyond_the_budget_are_exit_code_2(tmp_path: Path) -> None:
    ours, theirs = folders(tmp_path, pictures=False)
    (ours / "a.flac").write_bytes(b"")
    asked = ["--generated", str(ours), "--reference", str(theirs), "--encoders", "foleyworld"]
    assert cli(*asked).return_value == 2
    assert cli(*asked, "--max-failures", "1").return_value == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Name a run folder, or two folders"),
        (["--generated", "x"], "--generated DIR and --reference DIR"),
        (["--reference", "x"], "--generated DIR and --reference DIR"),
        (["run", "--generated", "x", "--reference", "y"], "no run or shard beside them"),
        (["run", "--output", "x"], "--output is for two folders"),
    ],
)
def test_half_a_request_is_one_sentence(arguments: list[str], sentence: str) -> None:
    error = cli(*arguments).exception
    assert isinstance(error, UserError | click.ClickException)
    assert sentence in str(error)

"""The trained nano that ships, heard by the benchmark's own encoders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from reference_model.cli_generate import command
from reference_model.generator import WEIGHTS, Omni2Sound
from vggsound_omni import evaluate
from vggsound_omni.encoders.foleyworld.tagger.encoder import TaggerEncoder
from vggsound_omni.generators.factory import find
from vggsound_omni.media import probe, read_audio
from vggsound_omni.protocol import Generator, Request, Task, Video
from vggsound_omni.suites.foleyworld.salts import SALTS, opaque_id
from vggsound_omni.suites.foleyworld.suite import FoleyWorld

COFFEE = opaque_id(SALTS["test"], "test", "natural", 1)


@pytest.fixture(scope="module")
def ref() -> Omni2Sound:
    return Omni2Sound()


def scene(item_id: str, task: Task = "vt2a") -> Request:
    """What a scene of the test split asks for."""
    suite = FoleyWorld()
    item = next(item for item in suite.items() if item.id == item_id)
    video = Video(path=suite.media(item).video or Path(), frame_rate=25, seconds=8.0) if task != "t2a" else None
    text = item.caption if task != "v2a" else None
    return Request(id=item.id, task=task, duration=8.0, text=text, video=video, seed=1)


def test_it_is_found_by_name_and_says_what_it_was_trained_on(ref: Omni2Sound) -> None:
    found = find("ref")
    assert isinstance(found, Omni2Sound)
    assert found.card == ref.card
    assert found.card.training_data == ("FoleyWorld train",)
    stages = found.card.extra["stages"]
    named = ["nano-s1", "nano-s2", "nano-s3", "nano-s3-more", "nano-s3-longer", "nano-s3-text", "nano-s3-last"]
    assert [stage.partition(":")[0] for stage in stages] == named


def test_all_its_weights_are_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) < 40e6


@pytest.mark.soak
def test_text_rules_where_the_picture_shows_something_else(ref: Omni2Sound) -> None:
    """A quiet coffee table, and a text that asks for an explosion; 3 of 16 seeds come nearer to something else."""
    sounds = ref.generate([replace(scene(COFFEE), seed=seed) for seed in range(8)])
    tagger = TaggerEncoder()
    tags = tagger.audio(torch.from_numpy(np.concatenate([sound.samples for sound in sounds])))["logits"].sigmoid()
    first = [tagger.classes[best] for best in tags.argmax(1).tolist()]
    assert first.count("volcano explosion") >= 5
    assert tagger.classes[int(tags.mean(0).argmax())] == "volcano explosion"


def test_the_same_seed_gives_the_same_sound_alone_or_in_a_batch_of_all_tasks(ref: Omni2Sound) -> None:
    asked = [scene(COFFEE, task) for task in ("t2a", "v2a", "vt2a")]
    together = ref.generate(asked)
    for request, sound in zip(asked, together, strict=True):
        (alone,) = ref.generate([request])
        assert sound.samples.shape == (1, 128_000)
        assert np.array_equal(sound.samples, alone.samples), request.task
    assert np.abs(together[0].samples - together[1].samples).max() > 0.01


@pytest.mark.soak
def test_its_autoencoder_keeps_what_the_recordings_are() -> None:
    found = {name: evaluate(name, "t2a", limit=12).result.scores for name in ("autoencoder", "reference", "shuffled")}
    for key in ("kl", "ms_clap"):
        kept, best, worst = (found[name][key].value or 0 for name in ("autoencoder", "reference", "shuffled"))
        assert (kept - worst) / (best - worst) > 0.9, key


@pytest.mark.soak
@pytest.mark.parametrize(("track", "least"), [("vt2a", 0.6), ("t2a", 0.45)])
def test_it_is_on_the_way_from_wrong_sound_to_the_recordings(ref: Omni2Sound, track: str, least: float) -> None:
    models: dict[str, str | Generator] = {"ref": ref, "reference": "reference", "shuffled": "shuffled"}
    found = {name: evaluate(model, track, limit=12).result.scores for name, model in models.items()}
    for key in ("kl", "ms_clap"):
        made, best, worst = (found[name][key].value or 0 for name in ("ref", "reference", "shuffled"))
        assert (made - worst) / (best - worst) > least, key


@pytest.mark.soak
def test_without_the_picture_it_loses_the_moments_and_without_the_words_the_class(ref: Omni2Sound) -> None:
    found = {
        left: evaluate(ref, "conflict", limit=24, without=left).result.scores for left in ((), ("video",), ("text",))
    }
    timing = {left: scores["timing"].value or 0 for left, scores in found.items()}
    assert timing["video",] > 2 * timing[()]
    leaks = {left: 1.0 if (leak := scores["leak"].value) is None else leak for left, scores in found.items()}
    assert leaks["text",] > 0.9
    assert leaks[()] < 0.5, "text rules"


def test_omni_generate_puts_sound_under_a_clip(tmp_path: Path) -> None:
    asked = scene(next(item.id for item in FoleyWorld().items() if item.labels == ("dog barking",)))
    assert asked.video is not None
    assert asked.text is not None
    out = tmp_path / "out.mp4"
    done = CliRunner().invoke(command, ["--video", str(asked.video.path), "--text", asked.text, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert probe(out).video is not None
    assert read_audio(out).duration == pytest.approx(8.0, abs=0.05)
    assert np.abs(read_audio(out).samples).max() > 0.01

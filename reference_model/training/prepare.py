"""Encodes FoleyWorld scenes as training examples: the sound, video and captions of every clip, once.

Besides the scenes there are off-screen mixtures for stage 3. A second clip's sound is mixed in at a random gain and its
caption is appended, while the video remains that of the first. In a share of them the video is a still of the first
scene, and only the second is heard and described.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import track

from reference_model.components import Components
from reference_model.conditioning.text import LONGEST
from reference_model.rates import frames, latents
from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.suites.foleyworld import DURATION, Scene

from .shards import Writer

CAPTIONS: Final = ("dense", "paraphrase")
JOINED: Final = ("{first} Off screen, {second}", "{first} Meanwhile, out of frame, {second}")
"""How to join the captions of a mixture, for each of :data:`CAPTIONS`."""
MIXTURE_GAIN_DB: Final = (-6.0, 3.0)  # of the second sound relative to the first, uniformly distributed
STILL: Final = 1 / 3  # share of the mixtures whose video is a still
_BATCH: Final = 16


def prepare(out: Path, split: str, clips: Clips, mixtures: int, components: Components, seed: int) -> None:
    """Writes ``out/SPLIT`` and, if there are mixtures, ``out/SPLIT-offscreen``.

    Args:
        out: folder of the examples.
        split: the split's name.
        clips: scenes of FoleyWorld.
        mixtures: number of off-screen mixtures, each of two of these scenes.
        components: the encoders.
        seed: seed of pairs and gains.
    """
    facts = {"suite": "foleyworld", "split": split, "seconds": DURATION, "components": components.digest}
    writer = _writer(out / split, components, len(clips))
    for start in track(range(0, len(clips), _BATCH), f"Encoding {split} scenes"):
        rows = list(range(start, min(start + _BATCH, len(clips))))
        texts = [[getattr(clips.scenes[n].captions, kind) for kind in CAPTIONS] for n in rows]
        writer.add(_encoded(components, clips.samples(rows).numpy(), clips.frames(rows).numpy(), texts))
    writer.finish(facts | {"examples": len(clips)})
    if not mixtures:
        return
    rng = np.random.default_rng(seed)
    pairs = [_pair(clips.scenes, rng) for _ in range(mixtures)]
    gains, still = rng.uniform(*MIXTURE_GAIN_DB, mixtures), rng.random(mixtures) < STILL
    writer = _writer(out / f"{split}-offscreen", components, mixtures)
    for start in track(range(0, mixtures, _BATCH), "Mixing off-screen pairs"):
        part = slice(start, start + _BATCH)
        firsts, seconds = [a for a, _ in pairs[part]], [b for _, b in pairs[part]]
        second = clips.samples(seconds).numpy()
        sound = np.where(still[part, None], second, mixed(clips.samples(firsts).numpy(), second, gains[part]))
        texts = [
            _captions(clips.scenes[a], clips.scenes[b], still=quiet)
            for a, b, quiet in zip(firsts, seconds, still[part].tolist(), strict=True)
        ]
        pictures = clips.frames(firsts).numpy()
        pictures[still[part]] = pictures[still[part], :1]
        writer.add(_encoded(components, sound, pictures, texts))
    writer.finish(facts | {"examples": mixtures, "seed": seed, "gain_db": list(MIXTURE_GAIN_DB), "still": STILL})


def mixed(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], gain_db: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Mixes two sounds (b, t), the second ``gain_db`` louder in root mean square, and attenuates mixtures that clip."""
    power_1, power_2 = (np.square(sound).mean(1, keepdims=True) + 1e-10 for sound in (first, second))
    gain = np.sqrt(power_1 / power_2) * 10 ** (gain_db[:, None] / 20)
    sound = first + gain * second
    return (sound / np.maximum(np.abs(sound).max(1, keepdims=True), 1.0)).astype(np.float32)


def _captions(first: Scene, second: Scene, *, still: bool) -> list[str]:
    """Returns one caption of each kind for both scenes, or for the second alone if the first is a still."""
    if still:
        return [getattr(second.captions, kind) for kind in CAPTIONS]
    return [
        joined.format(first=getattr(first.captions, kind), second=_lower(getattr(second.captions, kind)))
        for kind, joined in zip(CAPTIONS, JOINED, strict=True)
    ]


def _pair(scenes: Sequence[Scene], rng: np.random.Generator) -> tuple[int, int]:
    """Draws two scenes that share no class."""
    while True:
        a, b = (int(n) for n in rng.integers(len(scenes), size=2))
        if not set(scenes[a].labels) & set(scenes[b].labels):
            return a, b


def _writer(folder: Path, components: Components, count: int) -> Writer:
    text, video = components.text.config, components.video.config
    length = latents(DURATION)
    shapes = {
        "latents": (length, components.autoencoder.config.latent_channels),
        "visual": (frames(DURATION), video.width),
        "sync": (length, video.sync_width),
        "text": (len(CAPTIONS), LONGEST, text.width),
        "words": (len(CAPTIONS),),
    }
    return Writer(folder, shapes, count)


def _encoded(
    components: Components, sound: npt.NDArray[np.float32], pictures: npt.NDArray[np.uint8], texts: list[list[str]]
) -> dict[str, npt.NDArray[Any]]:
    visual, sync = components.see(torch.from_numpy(pictures), latents(DURATION))
    seen = {"visual": visual.numpy(), "sync": sync.numpy()}
    return _heard(components, sound) | _read(components, texts) | seen


def _heard(components: Components, sound: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[Any]]:
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        return {"latents": components.autoencoder.encode(torch.from_numpy(sound)).float().numpy()}


def _read(components: Components, texts: list[list[str]]) -> dict[str, npt.NDArray[Any]]:
    tokens, present = components.read([text for row in texts for text in row])
    padded = torch.zeros(len(tokens), LONGEST, tokens.shape[2])
    padded[:, : tokens.shape[1]] = tokens
    count = len(texts[0])
    return {"text": padded.unflatten(0, (-1, count)).numpy(), "words": present.sum(1).unflatten(0, (-1, count)).numpy()}


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]

"""FoleyWorld scenes as training examples: every clip heard, seen and read once.

Besides the scenes themselves there are off-screen mixtures for stage 3: a second clip's sound is mixed in at a drawn
gain and its caption is joined, while the picture stays that of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import track

from reference_model.components import Components
from reference_model.conditioning.text import LONGEST
from reference_model.rates import frames, latents
from reference_model.training.shards import Shards, Writer
from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.data import shards
from vggsound_omni.suites.foleyworld import DURATION, Scene

CAPTIONS: Final = ("dense", "paraphrase")
JOINED: Final = ("{first} Off screen, {second}", "{first} Meanwhile, out of frame, {second}")
"""How the captions of a mixture are joined, for each of :data:`CAPTIONS`."""
MIXTURE_GAIN_DB: Final = (-6.0, 3.0)
"""Of the second sound against the first, drawn evenly."""
_BATCH: Final = 16


def prepare(
    out: Path, split: Literal["train", "validation"], scenes: int, mixtures: int, components: Components, seed: int
) -> None:
    """Writes ``out/SPLIT`` and, where there shall be mixtures, ``out/SPLIT-offscreen``.

    Args:
        out: folder.
        split: of FoleyWorld.
        scenes: how many of it (all of the validation split).
        mixtures: off-screen mixtures, each of two of these scenes.
        components: what encodes.
        seed: of pairs and gains.
    """
    clips = Clips(shards(split, scenes))
    facts = {"suite": "foleyworld", "split": split, "seconds": DURATION, "components": components.digest}
    writer = _writer(out / split, components, len(clips))
    for start in track(range(0, len(clips), _BATCH), f"Encoding {split} scenes"):
        rows = list(range(start, min(start + _BATCH, len(clips))))
        texts = [[getattr(clips.scenes[n].captions, kind) for kind in CAPTIONS] for n in rows]
        writer.add(_encoded(components, clips.samples(rows).numpy(), clips.frames(rows).numpy(), texts))
    writer.finish(facts | {"examples": len(clips)})
    if not mixtures:
        return
    plain = Shards(out / split)
    rng = np.random.default_rng(seed)
    pairs = [_pair(clips.scenes, rng) for _ in range(mixtures)]
    gains = rng.uniform(*MIXTURE_GAIN_DB, mixtures)
    writer = _writer(out / f"{split}-offscreen", components, mixtures)
    for start in track(range(0, mixtures, _BATCH), "Mixing off-screen pairs"):
        chosen = pairs[start : start + _BATCH]
        firsts, seconds = [a for a, _ in chosen], [b for _, b in chosen]
        sound = mixed(clips.samples(firsts).numpy(), clips.samples(seconds).numpy(), gains[start : start + _BATCH])
        texts = [
            [
                joined.format(
                    first=getattr(clips.scenes[a].captions, kind),
                    second=_lower(getattr(clips.scenes[b].captions, kind)),
                )
                for kind, joined in zip(CAPTIONS, JOINED, strict=True)
            ]
            for a, b in chosen
        ]
        seen = {name: plain.arrays[name][firsts] for name in ("visual", "sync")}
        writer.add(_heard(components, sound) | _read(components, texts) | seen)
    writer.finish(facts | {"examples": mixtures, "seed": seed, "gain_db": list(MIXTURE_GAIN_DB)})


def mixed(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], gain_db: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """(b, t) of both, the second so much louder than the first in root mean square; turned down where it would clip."""
    power_1, power_2 = (np.square(sound).mean(1, keepdims=True) + 1e-10 for sound in (first, second))
    gain = np.sqrt(power_1 / power_2) * 10 ** (gain_db[:, None] / 20)
    sound = first + gain * second
    return (sound / np.maximum(np.abs(sound).max(1, keepdims=True), 1.0)).astype(np.float32)


def _pair(scenes: Sequence[Scene], rng: np.random.Generator) -> tuple[int, int]:
    """Two scenes that share no class."""
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
    return {
        "text": padded.unflatten(0, (-1, count)).numpy(),
        "words": present.sum(1).unflatten(0, (-1, count)).numpy(),
    }


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]

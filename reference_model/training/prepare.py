"""Encodes FoleyWorld scenes as training examples: the sound, video and captions of every clip, once.

Scenes in which what is seen is heard are one set of examples. The other set, for stage 3, has what is heard apart from
what is seen: scenes whose sound comes from out of frame, scenes in which another class than the one that is seen is
performed to its acts, and mixtures of two aligned scenes. In a mixture a second clip's sound is added at a random gain
and its caption is appended, while the video remains that of the first; in a share of them the video is a still of the
first scene, and only the second is heard and described.

Each shard of scenes becomes a part of its own, so an interrupted preparation goes on with the next part.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import track

from reference_model.components import Components
from reference_model.conditioning.captions import SHARES, captions, poor_captions
from reference_model.rates import latents
from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.data import Shard
from vggsound_omni.errors import UserError
from vggsound_omni.suites import open_suite
from vggsound_omni.suites.foleyworld import CLASSES, DURATION, WORLD_VERSION, Scene
from vggsound_omni.suites.foleyworld.composition import is_held

from .shards import FORMAT, facts_of, write_part

JOINED: Final = ("{first} Off screen, {second}", "{first} Meanwhile, out of frame, {second}")
"""How to join the captions of a mixture, in turn."""
MIXTURE_GAIN_DB: Final = (-6.0, 3.0)  # of the second sound relative to the first, uniformly distributed
STILL: Final = 1 / 3  # share of the mixtures whose video is a still
PART: Final = 250  # mixtures in a part
_BATCH: Final = 16

Rows = dict[str, npt.NDArray[Any]]
Told = Mapping[str, str]
"""A caption by the id of its scene."""
Made = tuple[list[Rows], list[list[str]]]
"""Rows of a part in batches, and the classes heard in each example."""


def prepare_scenes(
    out: Path, shards: Sequence[Shard], components: Components, *, poor: bool = False, told: Told | None = None
) -> None:
    """Writes the scenes of some shards as parts of ``out``.

    Args:
        out: the folder of the set.
        shards: rendered scenes.
        components: the encoders.
        poor: whether to add five poor captions to the five aligned ones.
        told: captions in place of FoleyWorld's, by id of the scene; scenes without one are left out.
    """
    for shard in track(shards, f"Encoding {out.name}", disable=not shards):
        _part(out / shard.folder.name, components, told, partial(_scenes, shard, components, poor=poor, told=told))


def prepare_mixtures(
    out: Path, shards: Sequence[Shard], count: int, components: Components, seed: int, *, told: Told | None = None
) -> None:
    """Writes ``count`` off-screen mixtures of the scenes of some shards as parts of ``out``.

    ``seed`` and the part's number decide pairs and gains; ``told`` as for :func:`prepare_scenes`.

    Raises:
        UserError: no two scenes can be mixed.
    """
    if not count:
        return
    clips = Clips(shards)
    labels = [clips.scenes[n].labels for n in _known(clips.scenes, told)]
    if all(_meet(one, other) for one, other in combinations(labels, 2)):
        raise UserError(f"{out.name}: no two of the {len(labels)} scenes with a caption can be mixed; caption more.")
    for number in track(range(-(-count // PART)), "Mixing off-screen pairs"):
        size, rng = min(PART, count - number * PART), np.random.default_rng([seed, number])
        make = partial(_mixtures, clips, size, components, rng, told=told)
        _part(out / f"mixtures-{number:04d}", components, told, make)


def read_told(path: Path, shards: Sequence[Shard]) -> Told:
    """Reads a manifest of captions, such as ``omni-bench caption`` writes of rendered train scenes.

    Raises:
        UserError: it cannot be read, or has a caption of none of the scenes.
    """
    told = {item.id: item.caption for item in open_suite(f"manifest:{path}").items() if item.caption}
    if not any(scene.id in told for shard in shards for scene in Clips([shard]).scenes):
        raise UserError(
            f"{path}: has a caption of none of the scenes to train on; its ids must be those of the scenes."
        )
    return told


def _digest(told: Told | None) -> str | None:
    return None if told is None else hashlib.sha256(json.dumps(sorted(told.items())).encode()).hexdigest()


def _part(folder: Path, components: Components, told: Told | None, make: Callable[[], Made]) -> None:
    """Writes a part unless it is there already, made by the same encoders of the same world; none without examples."""
    facts = {
        "suite": f"foleyworld {WORLD_VERSION}",
        "seconds": DURATION,
        "components": components.digest,
        "captions": dict(SHARES),
        "told": _digest(told),
    }
    there = facts_of(folder) or {}
    if {name: there.get(name) for name in ("format", *facts)} == {"format": FORMAT, **facts}:
        return
    rows, labels = make()
    if not rows:
        return
    words = max(batch["text"].shape[2] for batch in rows)
    for batch in rows:
        text = batch["text"]
        batch["text"] = np.pad(text, ((0, 0), (0, 0), (0, words - text.shape[2]), (0, 0)))
    write_part(
        folder, {name: np.concatenate([batch[name] for batch in rows]) for name in rows[0]}, facts | {"labels": labels}
    )


def _scenes(shard: Shard, components: Components, *, poor: bool, told: Told | None) -> Made:
    clips, rows = Clips([shard]), []
    known = _known(clips.scenes, told)
    for start in range(0, len(known), _BATCH):
        some = known[start : start + _BATCH]
        scenes = [clips.scenes[n] for n in some]
        texts = [_texts(one, told) + (poor_captions(one, _rng(one)) if poor else []) for one in scenes]
        rows.append(_encoded(components, clips.samples(some).numpy(), clips.frames(some).numpy(), texts))
    return rows, [list(clips.scenes[n].labels) for n in known]


def _known(scenes: Sequence[Scene], told: Told | None) -> list[int]:
    return [n for n, scene in enumerate(scenes) if told is None or scene.id in told]


def _texts(scene: Scene, told: Told | None) -> list[str]:
    """Returns five captions: FoleyWorld's, or five times the one that is told."""
    return captions(scene) if told is None else [told[scene.id]] * len(SHARES)


def _rng(scene: Scene) -> np.random.Generator:
    """Returns the generator of a scene's poor captions, which depends only on its id."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(scene.id.encode()).digest()[:8], "big"))


def _mixtures(clips: Clips, size: int, components: Components, rng: np.random.Generator, *, told: Told | None) -> Made:
    known = _known(clips.scenes, told)
    pairs = [_pair(clips.scenes, known, rng) for _ in range(size)]
    gains, still = rng.uniform(*MIXTURE_GAIN_DB, size), rng.random(size) < STILL
    rows: list[Rows] = []
    for start in range(0, size, _BATCH):
        part = slice(start, start + _BATCH)
        firsts, seconds = [a for a, _ in pairs[part]], [b for _, b in pairs[part]]
        second = clips.samples(seconds).numpy()
        sound = np.where(still[part, None], second, mixed(clips.samples(firsts).numpy(), second, gains[part]))
        texts = [
            _captions(clips.scenes[a], clips.scenes[b], told, still=quiet)
            for a, b, quiet in zip(firsts, seconds, still[part].tolist(), strict=True)
        ]
        pictures = clips.frames(firsts).numpy()
        pictures[still[part]] = pictures[still[part], :1]
        rows.append(_encoded(components, sound, pictures, texts))
    labels = [
        sorted({*(() if quiet else clips.scenes[a].labels), *clips.scenes[b].labels})
        for (a, b), quiet in zip(pairs, still.tolist(), strict=True)
    ]
    return rows, labels


def mixed(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], gain_db: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Mixes two sounds (b, t), the second ``gain_db`` louder in root mean square, and attenuates mixtures that clip."""
    power_1, power_2 = (np.square(sound).mean(1, keepdims=True) + 1e-10 for sound in (first, second))
    gain = np.sqrt(power_1 / power_2) * 10 ** (gain_db[:, None] / 20)
    sound = first + gain * second
    return (sound / np.maximum(np.abs(sound).max(1, keepdims=True), 1.0)).astype(np.float32)


def _captions(first: Scene, second: Scene, told: Told | None, *, still: bool) -> list[str]:
    """Returns five captions of both scenes, or of the second alone if the first is a still."""
    if still:
        return _texts(second, told)
    return [
        JOINED[k % len(JOINED)].format(first=a, second=_lower(b))
        for k, (a, b) in enumerate(zip(_texts(first, told), _texts(second, told), strict=True))
    ]


def _pair(scenes: Sequence[Scene], known: Sequence[int], rng: np.random.Generator) -> tuple[int, int]:
    """Draws two of the known scenes that share no class, and none that train never has beside the other's."""
    while True:
        a, b = (known[int(n)] for n in rng.integers(len(known), size=2))
        if not _meet(scenes[a].labels, scenes[b].labels):
            return a, b


def _meet(firsts: Sequence[str], seconds: Sequence[str]) -> bool:
    return any(a == b or is_held(CLASSES[a], CLASSES[b]) for a in firsts for b in seconds)


def _encoded(
    components: Components, sound: npt.NDArray[np.float32], pictures: npt.NDArray[np.uint8], texts: list[list[str]]
) -> Rows:
    visual, sync = components.see(torch.from_numpy(pictures), latents(DURATION))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        heard = components.autoencoder.encode(torch.from_numpy(sound)).float()
    tokens, present = components.read([text for row in texts for text in row])
    count = len(texts[0])
    return {
        "latents": heard.numpy(),
        "visual": visual.numpy(),
        "sync": sync.numpy(),
        "text": tokens.unflatten(0, (-1, count)).numpy(),
        "words": present.sum(1).unflatten(0, (-1, count)).numpy(),
    }


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]

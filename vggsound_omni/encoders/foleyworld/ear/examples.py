"""Features and truth to learn from: every scene once, changed as sounds are that went through the world, and nothing.

The features of each shard are made once and kept in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
import numpy.typing as npt
from rich.progress import track
from scipy import signal

from vggsound_omni.io import replacing
from vggsound_omni.media.codecs import Codec, coded
from vggsound_omni.suites.foleyworld import Scene
from vggsound_omni.suites.foleyworld.music import fader
from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE

from .hearing import HOP, SEGMENT, Heard
from .names import ACTS, NAMES, SPANS
from .negatives import negative
from .scenes import Shard
from .spectra import Floats

VERSION = 1
"""Of the features and changes; part of the cache's names."""
NOTHING = len(ACTS)
"""The class of a candidate that is no act's onset."""
_NEGATIVES = 5
"""Scenes for each sound of no class."""
_NEAR = 0.15
"""Seconds between an onset and the candidate that stands for it."""
_BATCH = 25


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Features and truth of clips; the numbers of candidates say to which clip they belong."""

    clips: Floats  # (clips, features)
    heard: npt.NDArray[np.bool_]  # (clips, names)
    candidates: Floats  # (candidates, features)
    owner: npt.NDArray[np.int64]  # (candidates,): clip
    acts: npt.NDArray[np.int64]  # (candidates,): index into ACTS, or NOTHING
    segments: Floats  # (clips, segments, features)
    active: npt.NDArray[np.bool_]  # (clips, segments, spans)

    def part(self, chosen: npt.NDArray[np.bool_]) -> Examples:
        """Returns the chosen clips."""
        number = np.cumsum(chosen) - 1
        own = chosen[self.owner]
        return Examples(
            clips=self.clips[chosen],
            heard=self.heard[chosen],
            candidates=self.candidates[own],
            owner=number[self.owner[own]],
            acts=self.acts[own],
            segments=self.segments[chosen],
            active=self.active[chosen],
        )


def examples(shards: Sequence[Shard], *, changed: bool, jobs: int | None = None) -> Examples:
    """Returns the examples of several shards.

    Args:
        shards: which.
        changed: whether scenes are changed and sounds of no class added, as for training.
        jobs: processes.
    """
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        done = pool.map(partial(_cached, changed=changed), shards)
        parts = list(track(done, description="Hearing scenes", total=len(shards)))
    starts = np.cumsum([0, *(len(part.clips) for part in parts)])
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("clips", "heard", "candidates", "acts", "segments", "active")
    }
    owner = np.concatenate([part.owner + start for part, start in zip(parts, starts[:-1], strict=True)])
    return Examples(owner=owner, **joined)


def _cached(shard: Shard, *, changed: bool) -> Examples:
    kind = "changed" if changed else "plain"
    path = shard.file.with_name(f"{shard.file.stem}-{kind}-{VERSION}.npz")
    if not path.exists():
        made = _made(shard, changed=changed)
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **vars(made))
    with np.load(path) as stored:
        return Examples(**stored)


def _made(shard: Shard, *, changed: bool) -> Examples:
    rng = np.random.default_rng([len(shard.keys), shard.keys[0][2], sum(map(ord, shard.keys[0][1]))])
    scenes: list[Scene | None] = list(shard.scenes())
    sounds = list(shard.samples())
    if changed:
        nothing = [
            negative(sound, scene, rng)
            for sound, scene in zip(sounds[::_NEGATIVES], scenes[::_NEGATIVES], strict=True)
            if scene is not None
        ]
        sounds = [change(sound, rng) for sound in sounds] + nothing
        scenes += [None] * len(nothing)
    clips, segments, candidates, acts, owner = [], [], [], [], []
    for first in range(0, len(sounds), _BATCH):
        heard = Heard(np.stack(sounds[first : first + _BATCH]))
        clips.append(heard.clips)
        segments.append(heard.segments())
        for k, (own, features) in enumerate(zip(heard.candidates, heard.around_onsets(), strict=True)):
            candidates.append(features)
            acts.append(_named(own[:, 0], scenes[first + k]))
            owner.append(np.full(len(own), first + k))
    return Examples(
        clips=np.concatenate(clips),
        heard=np.array([_labels(scene) for scene in scenes]),
        candidates=np.concatenate(candidates),
        acts=np.concatenate(acts),
        owner=np.concatenate(owner),
        segments=np.concatenate(segments),
        active=np.stack([_active(scene, len(sounds[0])) for scene in scenes]),
    )


def change(samples: Floats, rng: np.random.Generator) -> Floats:
    """Changes a sound as recording, mixing and coding do; one in three stays as it is."""
    if rng.random() < 1 / 3:
        return samples
    sound = samples.astype(np.float64)
    if rng.random() < 0.25:
        b, a = signal.butter(1, float(np.exp(rng.uniform(np.log(200), np.log(4000)))), fs=SAMPLE_RATE)
        sound = sound + rng.uniform(-0.6, 1.0) * signal.lfilter(b, a, sound)
    if rng.random() < 0.15:
        sos = signal.butter(6, rng.uniform(2500, 7500), fs=SAMPLE_RATE, output="sos")
        sound = signal.sosfiltfilt(sos, sound)
    if rng.random() < 0.4:
        sound = sound + rng.standard_normal(len(sound)) * np.sqrt(np.mean(sound**2)) * 10 ** (
            rng.uniform(-50, -10) / 20
        )
    sound = sound * 10 ** (rng.uniform(-12, 3) / 20)
    found = np.clip(sound, -1, 1).astype(np.float32)
    if rng.random() < 0.25:
        codec, least = ((Codec.MP3, 32), (Codec.OPUS, 24))[int(rng.integers(2))]
        found = coded(found, SAMPLE_RATE, codec, float(rng.choice([r for r in (24, 32, 48, 64, 128) if r >= least])))
        found = np.pad(found, (0, max(len(samples) - len(found), 0)))[: len(samples)]
    return found


def _labels(scene: Scene | None) -> list[bool]:
    if scene is None:
        return [False] * len(NAMES)
    return [name in scene.labels or (name == "music" and scene.music is not None) for name in NAMES]


def _named(times: Floats, scene: Scene | None) -> npt.NDArray[np.int64]:
    """Whose onset each candidate is; the nearest pairs first, one to one."""
    found = np.full(len(times), NOTHING)
    events = [
        (event.onset, ACTS.index(source.sound_class))
        for source in (scene.heard if scene else ())
        if source.sound_class in ACTS
        for event in source.events
    ]
    pairs = sorted(
        (abs(at - onset), k, e) for k, at in enumerate(times.tolist()) for e, (onset, _) in enumerate(events)
    )
    used: set[int] = set()
    for apart, k, e in pairs:
        if apart <= _NEAR and found[k] == NOTHING and e not in used:
            found[k] = events[e][1]
            used.add(e)
    return found


def _active(scene: Scene | None, length: int) -> npt.NDArray[np.bool_]:
    """(segments, spans): what lasts over at least half of each quarter of a second."""
    middle = (np.arange(length // (HOP * SEGMENT)) + 0.5) * (HOP * SEGMENT / SAMPLE_RATE)
    found = np.zeros((len(middle), len(SPANS)), bool)
    if scene is None:
        return found
    for source in scene.heard:
        if source.sound_class in SPANS:
            start, end = source.events[0].onset, source.events[-1].end
            found[:, SPANS.index(source.sound_class)] = (middle >= start) & (middle <= end)
    if scene.music is not None:
        gain = fader(scene.music, np.zeros(length))
        found[:, SPANS.index("music")] = gain[(middle * SAMPLE_RATE).astype(int)] > 0.3
    return found

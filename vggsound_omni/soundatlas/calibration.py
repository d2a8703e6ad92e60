"""Where thresholds lie for encoders that have no published ones: quantiles of scores of pairs that do belong together.

The published thresholds are LAION-CLAP's and ImageBind's; another scorer's numbers mean something else. FoleyWorld's
train split says what its encoders give to scenes and plain captions of all their sources; the test split is not looked
at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch

from vggsound_omni.encoders.encoder import TextEncoder, VideoEncoder
from vggsound_omni.encoders.registry import load_encoder, playing
from vggsound_omni.suites.foleyworld import Scene, render_audio, render_frames, scene

from .offline import say
from .scorers import cosine

SHARES = (0.05, 0.15)
"""Shares of good pairs that may lie below: for a rule that drops a clip, and for one that asks again."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Quantiles of scores, at :data:`SHARES`."""

    audio_visual: tuple[float, ...]
    text_audio: tuple[float, ...]
    music: tuple[float, ...]  # text and sound of scenes with music


def calibrate(encoder_set: str, scenes: int) -> Calibration:
    """Scores the first scenes of the train split, half with music and half without."""
    roles = playing(encoder_set)
    seeing, hearing = (load_encoder(roles[role][0]) for role in ("ib", "la_clap"))
    found: dict[str, list[float]] = {"audio_visual": [], "text_audio": [], "music": []}
    for index in range(scenes):
        one = scene("train", "bgm" if index % 2 else "main", index // 2)
        sound = torch.from_numpy(render_audio(one))[None]
        said = cast("TextEncoder", hearing).text([_plain(one)])["embedding"]
        kind = "text_audio" if one.music is None else "music"
        found[kind].append(cosine(hearing.audio(sound)["embedding"], said))
        if one.stratum == "main":
            wanted = cast("VideoEncoder", seeing).video_input
            frames = np.stack(list(render_frames(one, wanted.pixels or 224, wanted.fps)))
            seen = cast("VideoEncoder", seeing).video(torch.from_numpy(frames)[None])["embedding"]
            found["audio_visual"].append(cosine(seeing.audio(sound)["embedding"], seen))
    return Calibration(**{name: tuple(map(float, np.quantile(values, SHARES))) for name, values in found.items()})


def _plain(one: Scene) -> str:
    """Returns a caption that names every source, and the music."""
    names = [source.sound_class for source in one.heard] + (["music"] if one.music else [])
    draft = say([(name, 0.0, one.duration) for name in dict.fromkeys(names)])
    assert draft is not None  # every scene has a source
    return draft.sentence

"""A pair of sound and picture, of the ImageBind kind."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.contrastive import WIDTH, Contrastive, recall_at_1
from vggsound_omni.encoders.foleyworld.recipe import Recipe, Schedule
from vggsound_omni.encoders.foleyworld.towers import FrameTrunk, Pool, SpectrogramTrunk

EVERY = 4
"""The picture tower looks at every fourth frame, and the one before it."""


class AudioVideo(Contrastive):
    """Sound and picture."""

    def __init__(self) -> None:
        super().__init__()
        self.audio = SpectrogramTrunk(192)
        self.audio_out = Pool(192, WIDTH)
        self.video = FrameTrunk(192)
        self.video_time = nn.GRU(192, 96, batch_first=True, bidirectional=True)
        self.video_out = Pool(192, WIDTH)

    def see(self, frames: Tensor) -> Tensor:
        """(b, t, height, width, 3) uint8 at the front end's rate to unit vectors (b, d)."""
        return F.normalize(self.video_out(self.video_time(self.video(frames, EVERY))[0]), dim=-1)


class AudioVideoRecipe(Recipe):
    """Scenes whose sources are in the picture."""

    name = "audiovisual"
    kind = "audio-visual pair, of the ImageBind kind"
    schedule = Schedule(steps=1000, batch=64, rate=2e-3)

    def network(self) -> AudioVideo:
        """A new pair."""
        return AudioVideo()

    def choose(self, clips: Clips) -> list[int]:
        """Scenes with something seen and heard."""
        return clips.where(("main", "bgm"))

    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """InfoNCE, in nats."""
        assert isinstance(network, AudioVideo)
        mel = clips.drawn(numbers, generator)
        same = torch.zeros(len(numbers), len(numbers), dtype=torch.bool)
        return network.infonce(network.hear(mel), network.see(clips.frames(numbers)), same)

    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Recall at 1 of sounds for pictures, among 64 scenes with different captions."""
        assert isinstance(network, AudioVideo)
        chosen = clips.where(("main",))
        heard = torch.cat([network.hear(clips.mels[chosen[i : i + 32]].float()) for i in range(0, len(chosen), 32)])
        seen = torch.cat([network.see(clips.frames(chosen[i : i + 32])) for i in range(0, len(chosen), 32)])
        texts = [clips.scenes[n].captions.dense for n in chosen]
        return {"video-to-audio recall at 1 of 64": recall_at_1(seen, heard, texts)}

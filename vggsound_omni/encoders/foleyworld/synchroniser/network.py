"""The synchroniser, of the Synchformer kind: by how much are sound and picture apart?

Both become sequences of 25 vectors a second. Their correlation, smoothed, is the score of each offset: the structure of
the question is the structure of the network. It is trained on any offset from -2 to 2 s, on no grid, and scores with
101 lags in that range.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.augment import loudness
from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.frontend import FRAME_FPS, LOG_MEL, log_mel
from vggsound_omni.encoders.foleyworld.recipe import Recipe, Schedule
from vggsound_omni.encoders.foleyworld.towers import FrameTrunk, convolutions
from vggsound_omni.suites.foleyworld import CLASSES, SAMPLE_RATE

WINDOW = 4.8
"""Seconds compared."""
RATE = 25
"""Vectors a second; 0.2 s are five."""
_REACH = 50
LAGS = tuple(round(lag / RATE, 2) for lag in range(-_REACH, _REACH + 1))
"""Seconds of the offsets that scoring tells apart, 0.04 s from one to the next; positive: the sound is late."""
_FRAMES = round(WINDOW * FRAME_FPS)
_SAMPLES = round(WINDOW * SAMPLE_RATE)
_CLOSE = 0.2
_NEAR = 0.06
"""Seconds: the target over lags is a normal density of this spread around the offset."""


class SynchroniserNetwork(nn.Module):
    """Two sequences and their correlation."""

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.audio = convolutions((1, 16, 8, 4), (16, 48, 3, 1))
        self.audio_time = nn.Sequential(
            nn.ConvTranspose1d(48 * 16, 96, 2, 2), nn.ReLU(), nn.Conv1d(96, width, 5, padding=2)
        )
        self.video = FrameTrunk(96)
        self.video_time = nn.Sequential(
            nn.Conv1d(96, 96, 5, padding=2), nn.ReLU(), nn.Conv1d(96, 2 * width, 5, padding=2)
        )
        self.smooth = nn.Conv1d(1, 1, 7, padding=3)
        nn.init.constant_(self.smooth.weight, 1 / 7)
        self.scale = nn.Parameter(torch.tensor(math.log(8.0)))

    def hear(self, mel_btm: Tensor) -> Tensor:
        """(b, t, m) spectra to (b, d, t / 2): unit vectors, 25 a second."""
        x = self.audio(mel_btm[:, None].contiguous(memory_format=torch.channels_last))
        return F.normalize(self.audio_time(x.permute(0, 1, 3, 2).flatten(1, 2)), dim=1)

    def see(self, frames: Tensor) -> Tensor:
        """(b, t, height, width, 3) uint8 to (b, d, 2 t): unit vectors, 25 a second."""
        y = self.video_time(self.video(torch.cat([frames[:, :1], frames], dim=1)).transpose(1, 2))
        return F.normalize(y.unflatten(1, (2, -1)).permute(0, 2, 3, 1).flatten(2), dim=1)

    def compare(self, heard_bdt: Tensor, seen_bdt: Tensor) -> Tensor:
        """Two sequences of equal length to a logit for each of :data:`LAGS`, (b, 101)."""
        t = heard_bdt.shape[-1]
        # Centred, so that what is there all the time says nothing; by Fourier transform, as there are many lags.
        heard = heard_bdt - heard_bdt.mean(-1, keepdim=True)
        seen = seen_bdt - seen_bdt.mean(-1, keepdim=True)
        size = t + _REACH + 8
        product = torch.fft.rfft(heard, size) * torch.fft.rfft(seen, size).conj()
        circular = torch.fft.irfft(product.sum(1), size)
        lags = torch.arange(-_REACH - 3, _REACH + 4)
        raw = circular[:, lags % size] / (t - lags.abs()).clamp(min=1).sqrt()
        smooth = self.smooth(raw[:, None])[:, 0, 3:-3]
        return self.scale.exp() * smooth


class SynchroniserRecipe(Recipe):
    """Windows of seen sources, moved by a drawn offset."""

    name = "synchroniser"
    kind = "synchroniser, of the Synchformer kind"
    schedule = Schedule(steps=1400, batch=32, rate=2e-3)

    def network(self) -> SynchroniserNetwork:
        """A new synchroniser."""
        return SynchroniserNetwork()

    def choose(self, clips: Clips) -> list[int]:
        """Scenes with something seen and heard."""
        return clips.where(("main", "bgm"))

    def loss(self, network: nn.Module, clips: Clips, numbers: list[int], generator: Generator) -> Tensor:
        """Cross-entropy over the lags, in nats, with a target that is spread a little."""
        assert isinstance(network, SynchroniserNetwork)
        offsets, starts = _offsets(len(numbers), generator), torch.rand(len(numbers), generator=generator)
        mel, frames = windows(clips, numbers, offsets, starts)
        mel = loudness(mel, generator, LOG_MEL)
        logits = network.compare(network.hear(mel), network.see(frames))
        distance = torch.tensor(LAGS)[None] - offsets[:, None]
        return F.cross_entropy(logits, torch.softmax(-0.5 * (distance / _NEAR).square(), dim=1))

    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Share of offsets found to within 0.2 s, and the median error, over scenes in which an impact is seen."""
        assert isinstance(network, SynchroniserNetwork)
        chosen = [
            n
            for n in clips.where(("main",))
            if any(s.on_screen and CLASSES[s.sound_class].impact for s in clips.scenes[n].heard)
        ]
        generator = torch.Generator().manual_seed(0)
        errors = []
        for _ in range(4):
            for i in range(0, len(chosen), 32):
                numbers = chosen[i : i + 32]
                offsets = _offsets(len(numbers), generator)
                mel, frames = windows(clips, numbers, offsets, torch.rand(len(numbers), generator=generator))
                found = torch.tensor(LAGS)[network.compare(network.hear(mel), network.see(frames)).argmax(1)]
                errors.append((found - offsets).abs())
        error = torch.cat(errors)
        return {
            "offsets within 0.2 s, impacts": float((error <= _CLOSE).float().mean()),
            "median error of offsets, impacts, s": float(error.median()),
        }


def _offsets(count: int, generator: Generator) -> Tensor:
    """(count,) seconds, drawn evenly from all offsets."""
    return (torch.rand(count, generator=generator) * 2 - 1) * LAGS[-1]


def windows(clips: Clips, numbers: list[int], offsets: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
    """Cuts a window of sound and one of picture, apart by an offset.

    Args:
        clips: where from.
        numbers: scenes.
        offsets: (b,) seconds within [-2, 2]; positive: the sound is late. Exact to the sample.
        starts: (b,) in [0, 1): where in the clip, of all that the offset allows.

    Returns:
        (b, 240, mels) spectra and (b, 60, height, width, 3) frames.
    """
    frames, samples = clips.frames(numbers), clips.samples(numbers)
    cut_frames, cut_samples = [], []
    for row, (offset, start) in enumerate(zip(offsets.tolist(), starts.tolist(), strict=True)):
        room = frames.shape[1] / FRAME_FPS - WINDOW
        # Sound late by `offset` is sound that began earlier in the clip.
        low, high = max(0.0, offset), room + min(0.0, offset)
        first = math.ceil(low * FRAME_FPS) + math.floor(start * max(high - low, 0.0) * FRAME_FPS)
        first = min(first, frames.shape[1] - _FRAMES)
        sample = round((first / FRAME_FPS - offset) * SAMPLE_RATE)
        sample = min(max(sample, 0), samples.shape[1] - _SAMPLES)
        cut_frames.append(frames[row, first : first + _FRAMES])
        cut_samples.append(samples[row, sample : sample + _SAMPLES])
    return log_mel(torch.stack(cut_samples)), torch.stack(cut_frames)

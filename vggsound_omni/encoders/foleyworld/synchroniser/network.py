"""The synchroniser, of the Synchformer kind: by how much are sound and picture apart?

Both become sequences of 25 vectors a second. Their correlation, smoothed, is the score of each offset: the structure of
the question is the structure of the network. It is trained on 21 classes 0.2 s apart, as Synchformer is, and scores
with all 101 lags from -2 to 2 s: the peak lies where the sound does, and reading every fifth lag misses it in between.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.frontend import FRAME_FPS, MEL_RATE
from vggsound_omni.encoders.foleyworld.recipe import Recipe, Schedule
from vggsound_omni.encoders.foleyworld.towers import FrameTrunk, convolutions
from vggsound_omni.suites.foleyworld import CLASSES

WINDOW = 4.8
"""Seconds compared."""
RATE = 25
"""Vectors a second; 0.2 s are five."""
_STEP = 5
_REACH = 50
LAGS = tuple(round(lag / RATE, 2) for lag in range(-_REACH, _REACH + 1))
"""Seconds of the offsets that scoring tells apart, 0.04 s from one to the next; positive: the sound is late."""
OFFSETS = LAGS[::_STEP]
"""Seconds of the 21 classes of training, every fifth lag."""
_FRAMES = round(WINDOW * FRAME_FPS)
_SPECTRA = round(WINDOW * MEL_RATE)


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

    def classify(self, heard_bdt: Tensor, seen_bdt: Tensor) -> Tensor:
        """The same for the classes of training, :data:`OFFSETS`: (b, 21)."""
        return self.compare(heard_bdt, seen_bdt)[:, ::_STEP]


class SynchroniserRecipe(Recipe):
    """Windows of seen sources, moved by a drawn class of offset."""

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
        """Cross-entropy over the offsets, in nats; a neighbouring offset is a quarter as right."""
        assert isinstance(network, SynchroniserNetwork)
        classes = torch.randint(len(OFFSETS), (len(numbers),), generator=generator)
        starts = torch.rand(len(numbers), generator=generator)
        mel, frames = windows(clips, numbers, classes, starts)
        logits = network.classify(network.hear(mel), network.see(frames))
        distance = (torch.arange(len(OFFSETS))[None] - classes[:, None]).abs()
        target = torch.where(distance == 0, 1.0, torch.where(distance == 1, 0.25, 0.0))
        return F.cross_entropy(logits, target / target.sum(1, keepdim=True))

    def held_out(self, network: nn.Module, clips: Clips) -> dict[str, float]:
        """Share of offsets found to within one class, over scenes in which an impact is seen."""
        assert isinstance(network, SynchroniserNetwork)
        chosen = [
            n
            for n in clips.where(("main",))
            if any(s.on_screen and CLASSES[s.sound_class].impact for s in clips.scenes[n].heard)
        ]
        generator = torch.Generator().manual_seed(0)
        right = []
        for _ in range(4):
            for i in range(0, len(chosen), 32):
                numbers = chosen[i : i + 32]
                classes = torch.randint(len(OFFSETS), (len(numbers),), generator=generator)
                mel, frames = windows(clips, numbers, classes, torch.rand(len(numbers), generator=generator))
                found = network.classify(network.hear(mel), network.see(frames)).argmax(1)
                right.append(((found - classes).abs() <= 1).float())
        return {"offsets within 0.2 s, impacts": float(torch.cat(right).mean())}


def windows(clips: Clips, numbers: list[int], classes: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
    """Cuts a window of sound and one of picture, apart by the offset of a class.

    Args:
        clips: where from.
        numbers: scenes.
        classes: (b,) numbers of :data:`OFFSETS`.
        starts: (b,) in [0, 1): where in the clip, of all that the offset allows.

    Returns:
        (b, 240, mels) spectra and (b, 60, height, width, 3) frames.
    """
    frames, mels = clips.frames(numbers), clips.mels[numbers].float()
    cut_frames, cut_mels = [], []
    for row, (k, start) in enumerate(zip(classes.tolist(), starts.tolist(), strict=True)):
        offset = OFFSETS[k]
        room = frames.shape[1] / FRAME_FPS - WINDOW
        # Sound late by `offset` is sound that began earlier in the clip.
        low, high = max(0.0, offset), room + min(0.0, offset)
        first = round((low + start * (high - low)) * FRAME_FPS)
        spectrum = round((first / FRAME_FPS - offset) * MEL_RATE)
        spectrum = min(max(spectrum, 0), mels.shape[1] - _SPECTRA)
        cut_frames.append(frames[row, first : first + _FRAMES])
        cut_mels.append(mels[row, spectrum : spectrum + _SPECTRA])
    return torch.stack(cut_mels), torch.stack(cut_frames)

"""YAMNet: tags of AudioSet and 1024 numbers for every 0.96 s of sound.

Plakal and Ellis, "YAMNet" (github.com/tensorflow/models, research/audioset/yamnet), on the network of Howard et al.,
"MobileNets", arXiv 1704.04861. Parameters bear names of our own; :mod:`.savedmodel` says which are which.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.pretrained.checks import check
from vggsound_omni.encoders.pretrained.kits import audio_input
from vggsound_omni.encoders.pretrained.port import Port
from vggsound_omni.encoders.pretrained.vggish.port import FRAMES, HOP, MELS, SAMPLE_RATE, WINDOW, LogMel

from .savedmodel import BLOCKS, CLASSES, WIDTH, class_names
from .spec import SPEC

FRAME_HOP = FRAMES // 2
"""Spectra from one patch to the next, 0.48 s."""
PATCH = WINDOW + (FRAMES - 1) * HOP
"""Samples of a patch, 0.975 s."""
PATCH_HOP = FRAME_HOP * HOP
_FLOOR = 0.001
_EPSILON = 1e-4
_SURE = 20.0
"""Logits of a patch beyond this are cut: their probability is 0 or 1 in single precision."""
_AT_ONCE = 32
"""Patches that the network is given at once."""


class Convolution(nn.Module):
    """A convolution, normalised by stored statistics (without a scale) and rectified."""

    def __init__(self, width: int, channels: int, size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, width // groups, size, size))
        self.mean = nn.Parameter(torch.empty(channels))
        self.variance = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))
        self.size, self.stride, self.groups = size, stride, groups

    def fold(self) -> None:
        """Makes one convolution of convolution and statistics; called once, when all of them are there."""
        scale = (self.variance + _EPSILON).rsqrt()
        self.folded = self.weight * scale[:, None, None, None], self.bias - self.mean * scale

    def forward(self, maps: Tensor) -> Tensor:
        """(batch, width, time, mel) to (batch, channels, time / stride, mel / stride)."""
        # TensorFlow's "SAME": where an even length is halved, all of the padding comes after it.
        halved = self.stride > 1
        maps = F.pad(maps, (0, 1, 0, 1)) if halved else maps
        margin = 0 if halved else self.size // 2
        return F.relu(F.conv2d(maps, *self.folded, self.stride, margin, groups=self.groups), inplace=True)


class Separable(nn.Module):
    """A convolution of each channel by itself, and one across channels."""

    def __init__(self, width: int, channels: int, stride: int) -> None:
        super().__init__()
        self.depthwise = Convolution(width, width, 3, stride, groups=width)
        self.pointwise = Convolution(width, channels, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """(batch, width, time, mel) to (batch, channels, time / stride, mel / stride)."""
        found: Tensor = self.pointwise(self.depthwise(maps))
        return found


class Yamnet(nn.Module):
    """MobileNet v1 over a patch of the spectrogram, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(1, BLOCKS[0][0], 3, stride=2)
        self.blocks = nn.Sequential(*(Separable(*block) for block in BLOCKS))
        self.classifier = nn.Linear(WIDTH, CLASSES)

    def body_to(self, dtype: torch.dtype) -> None:
        """Casts the convolutions; the last layer stays in float32."""
        self.stem.to(dtype)
        self.blocks.to(dtype)

    def fold(self) -> None:
        """Prepares all convolutions."""
        for module in self.modules():
            if isinstance(module, Convolution):
                module.fold()

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Log-mel patches (patches, 96, 64) to embeddings (patches, 1024) and logits (patches, 521)."""
        maps = patches[:, None].to(self.stem.weight.dtype, memory_format=torch.channels_last)
        embedding = self.blocks(self.stem(maps)).float().mean((2, 3))
        return embedding, self.classifier(embedding)


class Patches(nn.Module):
    """Patches of a sound's log-mel spectrogram, one every 0.48 s; silence fills the last."""

    def __init__(self) -> None:
        super().__init__()
        self.log_mel = LogMel(_FLOOR)

    def forward(self, samples: Tensor) -> Tensor:
        """(batch, n) to (batch, patches, 96, 64) float32."""
        beyond = max(0, samples.shape[-1] - PATCH)
        length = PATCH + -(-beyond // PATCH_HOP) * PATCH_HOP
        frames: Tensor = self.log_mel.frames(F.pad(samples, (0, length - samples.shape[-1])))
        return frames.unfold(1, FRAMES, FRAME_HOP).transpose(2, 3)


class YamnetEncoder(Port):
    """YAMNet as an encoder: mono sound at 16 kHz, of which it hears 0.96 s every 0.48 s.

    Its network gives 1024 numbers and 521 logits for each patch. Of a clip:

    * ``embedding`` (1024): the mean over patches;
    * ``probabilities`` (521): the mean over patches of the sigmoids, YAMNet's own answer for a clip;
    * ``logits`` (521): whose sigmoids these probabilities are. KL and IS take the softmax of them, by the field's
      convention, though the network was trained with a sigmoid for each class. The mean of the patches' logits would
      be another choice, and a bad one: digital silence has logits of 500, which decide any mean, so that two clips
      with pauses are alike whatever else they hold;
    * ``peaks`` (521): the maximum over patches, what is heard at any time;
    * ``patches`` (patches, 1024).

    As its publishers do, it fills the end with silence: sound shorter than 0.975 s has one patch, and up to 0.48 s of
    silence follow a longer one. Both kits hear the whole window; ``av-benchmark`` has no YAMNet, and is followed in
    what it gives a tagger.
    """

    spec = SPEC
    kind = "tagger"
    trained_on = "AudioSet's sound and tags (Google)"

    def build(self) -> dict[str, Any]:
        """Loads the network."""
        self.audio_input = audio_input(self.kit, SAMPLE_RATE, remove_dc=True)
        self.network = self.load(Yamnet, cast=Yamnet.body_to)
        self.network.fold()
        self.front_end = Patches().to(self.device)
        self.classes = class_names(self.checkpoint)
        return {"sample_rate": SAMPLE_RATE, "window": WINDOW, "hop": HOP, "mels": MELS, "patch_hop": FRAME_HOP}

    @torch.inference_mode()
    def audio(self, samples: Tensor) -> Outputs:
        """(batch, samples) to the outputs named above, batch first.

        Raises:
            UserError: no sample, or one that is not finite.
        """
        check(samples, "YAMNet", SAMPLE_RATE, 1)
        patches = torch.cat([self.front_end(sound) for sound in samples.to(self.device).split(1)])
        found = [self.network(some) for some in patches.flatten(0, 1).split(_AT_ONCE)]
        embeddings, logits = (
            torch.cat(rows).unflatten(0, patches.shape[:2]).cpu() for rows in zip(*found, strict=True)
        )
        probabilities, cut = logits.sigmoid(), logits.clamp(-_SURE, _SURE)
        return {
            "embedding": embeddings.mean(1),
            "logits": F.logsigmoid(cut).logsumexp(1) - F.logsigmoid(-cut).logsumexp(1),
            "probabilities": probabilities.mean(1),
            "peaks": probabilities.amax(1),
            "patches": embeddings,
        }

"""Makes the golden of ImageBind by a checkout of github.com/facebookresearch/ImageBind.

Sound and video follow av-benchmark's rules (``cases.json``), the network and the filterbank are the publisher's.

This script has not been run: no checkout was at hand. The golden was made by an earlier one that was not kept.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from tests.encoders.pretrained.goldens import Arrays, filled, main, module_of, resampled, samples, scaled
from tests.encoders.pretrained.inputs import RATE
from tests.encoders.pretrained.inputs_video import make_video
from vggsound_omni.encoders.pretrained.rule import cases

SOUNDS = ("chirp_noise_8s", "clicks_8s", "clicks_8s_cut3", "tone_3s", "stereo_10s", "short_1s", "silence_8s")
MEAN = torch.tensor((0.48145466, 0.4578275, 0.40821073)).view(3, 1, 1)
STD = torch.tensor((0.26862954, 0.26130258, 0.27577711)).view(3, 1, 1)


def make(checkout: Path | None) -> Arrays:
    """Runs every case of sound, video and picture."""
    assert checkout is not None
    data = module_of(checkout, "imagebind.data")
    model = filled(
        module_of(checkout, "imagebind.models.imagebind_model").imagebind_huge(pretrained=False), "imagebind"
    )

    def encoded(modality: str, clips: Tensor) -> Tensor:
        vectors: Tensor = torch.cat([model({modality: some})[modality] for some in clips.split(9)])
        return vectors

    found: Arrays = {}
    for name in SOUNDS:
        sound = samples({"input": name.removesuffix("_cut3")})
        sound = resampled(sound[:, : 3 * RATE] if name.endswith("_cut3") else sound, 16_000)
        clips = []
        seconds = sound.shape[1] / 16_000
        starts = np.linspace(0, seconds - 2, 3) if seconds > 2 else (0.0,) * 3
        for start in starts:
            clip = sound[:, int(start * 16_000) : int((start + 2) * 16_000)]
            clip -= clip.mean()  # in place, as av-benchmark does: clips that overlap see it
            mel = data.waveform2melspec(clip.clone(), 16_000, 128, 204)
            clips.append((mel + 4.268) / 9.138)
        fbank = torch.stack(clips)
        vectors = encoded("audio", fbank)
        case = f"audio/{name}"
        found |= {
            f"{case}/fbank_sub": fbank[:, 0, ::4, ::6].numpy(),
            f"{case}/per_clip": vectors.numpy(),
            f"{case}/embedding": vectors.mean(0).numpy(),
        }
        if name.endswith("_cut3"):
            found[f"{case}/fbank_clip1_frames_140_160"] = fbank[1, 0, :, 140:160].numpy()
    for name, video in cases("imagebind")["cases"]["video"].items():
        frames = torch.from_numpy(make_video(name)[0][video["ib_frame_indices"]]).movedim(-1, 1)
        pixels = (scaled(frames) / 255 - MEAN) / STD
        squares = torch.stack(data.SpatialCrop(224, num_crops=3)([pixels.transpose(0, 1)]))  # (3, channels, time, ...)
        pairs = torch.stack([squares[:, :, k : k + 2] for k in range(len(frames) - 1)])
        vectors = encoded("vision", pairs.flatten(0, 1))
        found |= {
            f"video/{name}/input_sub": squares.transpose(1, 2)[..., ::16, ::16].numpy(),
            f"video/{name}/per_clip": vectors.numpy(),
            f"video/{name}/embedding": vectors.mean(0).numpy(),
        }
    picture = Image.fromarray(make_video("still")[0][0]).resize((298, 224), Image.Resampling.BICUBIC)
    left = (picture.width - 224) // 2
    pixels = torch.from_numpy(np.array(picture)[:, left : left + 224]).movedim(-1, 0) / 255
    pixels = (pixels - MEAN) / STD
    return found | {
        "image/still/input_sub": pixels[:, ::8, ::8].numpy(),
        "image/still/embedding": encoded("vision", pixels[None])[0].numpy(),
    }


if __name__ == "__main__":
    main("imagebind", make, checkout=True)

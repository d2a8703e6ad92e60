"""Makes the golden of Synchformer by a checkout of github.com/hkchengrex/av-benchmark, which holds its network.

Sound and video follow that kit's rules (``cases.json``).

This script has not been run: no checkout was at hand. The golden was made by an earlier one that was not kept.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from tests.encoders.pretrained.goldens import Arrays, filled, main, module_of, resampled, samples, scaled
from tests.encoders.pretrained.inputs_video import make_clicks, make_video
from vggsound_omni.media._torchaudio import torchaudio

SOUNDS = ("square_8s", "square_8s_late0.6", "square_8s_early1.2", "chirp_noise_8s", "clicks_8s", "silence_8s")
SHIFTS = {"square_8s_late0.6": 9600, "square_8s_early1.2": -19200}
SEGMENT, STEP, FRAMES = 10_240, 5_120, 16
CLASSES = np.linspace(-2, 2, 21)


def make(checkout: Path | None) -> Arrays:
    """Runs every case of sound and video, and each sound with ``square_8s``."""
    assert checkout is not None
    model = filled(module_of(checkout, "av_bench.synchformer.synchformer").Synchformer(), "synchformer")
    mel = torchaudio.transforms.MelSpectrogram(
        sample_rate=16_000, win_length=400, hop_length=160, n_fft=1024, n_mels=128
    )
    found: Arrays = {}
    heard, seen = {}, {}
    for name in SOUNDS:
        square = name.startswith("square")
        sound = torch.from_numpy(make_clicks("square_8s")[0]) if square else samples({"input": name})
        wave = resampled(sound.mean(0, keepdim=True), 16_000)[:, :128_000].roll(SHIFTS.get(name, 0), 1)
        spectra = torch.log(mel(wave[0].unfold(0, SEGMENT, STEP)) + 1e-6)
        spectra = (F.pad(spectra, (0, 66 - spectra.shape[-1])) + 4.2677393) / (2 * 4.5689974)
        heard[name] = torch.cat([model.extract_afeats(some[None, :, None])[0] for some in spectra.split(8)])
        found[f"audio/{name}/afeats"] = heard[name][..., :: 1 if name == "square_8s" else 8].numpy()
        if name in ("square_8s", "chirp_noise_8s", "silence_8s"):
            found[f"audio/{name}/wave4096"] = wave[0, 16_000:20_096].numpy()
            found[f"audio/{name}/spec_segments_0_7_23"] = spectra[[0, 7, 23], ::2, ::2].numpy()
    for name in ("square_8s", "square_10s"):
        frames = torch.from_numpy(make_video(name)[0][:200]).movedim(-1, 1)
        whole = scaled(frames)
        top, left = (round((length - 224) / 2) for length in whole.shape[-2:])
        pixels = (whole[..., top : top + 224, left : left + 224] / 255 - 0.5) / 0.5
        found[f"video/{name}/input_sub"] = pixels[::20, :, ::16, ::16].numpy()
        segments = pixels.unfold(0, FRAMES, FRAMES // 2).movedim(-1, 1)
        wanted = segments if name == "square_8s" else segments[[0, 12]]
        seen[name] = torch.cat([model.extract_vfeats(some[None])[0] for some in wanted.split(2)])
    found |= {
        "video/square_8s/vfeats": seen["square_8s"][..., ::2].numpy(),
        "video/square_8s/vfeats_seg0": seen["square_8s"][0].numpy(),
        "video/square_10s/vfeats_segments_0_12": seen["square_10s"].numpy(),
    }
    for name, features in heard.items():
        logits = [
            model.compare_v_a(seen["square_8s"][part][None], features[part][None])[0]
            for part in (slice(14), slice(-14, None))
        ]
        chosen = np.array([int(one.argmax()) for one in logits])
        case = f"sync/square_8s+{name}"
        found |= {
            f"{case}/logits_first14": logits[0].numpy(),
            f"{case}/logits_last14": logits[1].numpy(),
            f"{case}/argmax": chosen,
            f"{case}/desync": np.abs(CLASSES[chosen]).mean(),
        }
    return found


if __name__ == "__main__":
    main("synchformer", make, checkout=True)

"""Makes the golden of PaSST by hear21passt 0.0.26 (on the package index)."""

from pathlib import Path

import torch

from tests.encoders.pretrained.goldens import Arrays, av_benchmark, captured, filled, main
from vggsound_omni.encoders.crosscheck import foreign
from vggsound_omni.encoders.pretrained.rule import cases


def make(_checkout: Path | None) -> Arrays:
    """Runs every case."""
    mel, model = foreign.passt(lambda net: filled(net, "passt"))
    spectra = captured(mel)
    found: Arrays = {}
    for name, case in cases("passt")["cases"].items():
        wave = av_benchmark(case, 32_000)
        both = model(torch.nn.functional.pad(wave, (0, 320_000 - wave.shape[1])))[0]
        found |= {
            f"{name}/wave4096": wave[0, :4096].numpy(),
            f"{name}/logmel_s10": spectra[-1][0, :, ::10].numpy(),
            f"{name}/logits": both[:527].numpy(),
            f"{name}/embedding": both[527:].numpy(),
        }
    return found


if __name__ == "__main__":
    main("passt", make)

"""Makes the golden of PaSST by hear21passt 0.0.26 (on the package index)."""

from importlib import import_module
from pathlib import Path

import torch

from tests.encoders.pretrained.goldens import Arrays, av_benchmark, captured, filled, main
from tests.encoders.pretrained.rule import cases


def make(_checkout: Path | None) -> Arrays:
    """Runs every case; torch no longer returns pairs of numbers from its stft, which the package asks for."""
    get_model = import_module("hear21passt.models.passt").get_model
    mel_stft = import_module("hear21passt.models.preprocess").AugmentMelSTFT
    wrapper = import_module("hear21passt.wrapper").PasstBasicWrapper

    exact = torch.stft
    torch.stft = lambda *args, **settings: torch.view_as_real(exact(*args, **settings | {"return_complex": True}))
    mel = mel_stft(
        n_mels=128, sr=32_000, win_length=800, hopsize=320, n_fft=1024, freqm=48, timem=192, htk=False, fmin=0.0,
        fmax=None, norm=1, fmin_aug_range=10, fmax_aug_range=2000,
    )  # fmt: skip
    net = filled(get_model(arch="passt_s_swa_p16_128_ap476", pretrained=False), "passt")
    model = wrapper(mel=mel, net=net, mode="all").eval()
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

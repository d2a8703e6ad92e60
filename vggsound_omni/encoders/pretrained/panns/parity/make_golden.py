"""Makes the golden of PANNs by panns-inference 0.1.1 (on the package index), whose Cnn14 takes the rate of 16 kHz."""

from pathlib import Path

from tests.encoders.pretrained.goldens import Arrays, av_benchmark, captured, filled, main
from vggsound_omni.encoders.crosscheck import foreign
from vggsound_omni.encoders.pretrained.rule import cases


def make(_checkout: Path | None) -> Arrays:
    """Runs every case."""
    network = filled(foreign.panns(), "panns")
    spectra, logits = captured(network.logmel_extractor), captured(network.fc_audioset)
    found: Arrays = {}
    for name, case in cases("panns")["cases"].items():
        wave = av_benchmark(case, 16_000)
        outputs = network(wave)
        found |= {
            f"{name}/wave4096": wave[0, :4096].numpy(),
            f"{name}/logmel_s8": spectra[-1][0, 0, ::8].numpy(),
            f"{name}/embedding": outputs["embedding"][0].numpy(),
            f"{name}/logits": logits[-1][0].numpy(),
            f"{name}/clipwise": outputs["clipwise_output"][0].numpy(),
        }
    return found


if __name__ == "__main__":
    main("panns", make)

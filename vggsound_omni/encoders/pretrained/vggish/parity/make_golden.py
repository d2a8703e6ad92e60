"""Makes the golden of VGGish by a checkout of github.com/harritaylor/torchvggish.

This script has not been run: no checkout was at hand. The golden was made by an earlier one that was not kept.
"""

from pathlib import Path

from tests.encoders.pretrained.goldens import Arrays, av_benchmark, filled, main, module_of
from vggsound_omni.encoders.pretrained.rule import cases


def make(checkout: Path | None) -> Arrays:
    """Runs every case; the last linear layer's values, before the ReLU that the repository puts behind it."""
    assert checkout is not None
    vggish = module_of(checkout, "torchvggish.vggish")
    vggish_input = module_of(checkout, "torchvggish.vggish_input")
    network = vggish.VGG(vggish.make_layers())
    network.embeddings = network.embeddings[:-1]
    filled(network, "vggish")
    found: Arrays = {}
    for name, case in cases("vggish")["cases"].items():
        wave = av_benchmark(case, 16_000)
        examples = vggish_input.waveform_to_examples(wave[0].numpy(), 16_000)
        found |= {
            f"{name}/wave4096": wave[0, :4096].numpy(),
            f"{name}/logmel_s4": examples[:, 0, ::4].detach().numpy(),
            f"{name}/embedding": network(examples.float()).numpy(),
        }
    return found


if __name__ == "__main__":
    main("vggish", make, checkout=True)

"""Makes the golden of MS-CLAP by msclap 1.3.4 (on the package index)."""

from importlib import import_module
from pathlib import Path

from tests.encoders.pretrained.goldens import Arrays, captured, filled, main, padded, resampled, samples
from vggsound_omni.encoders.crosscheck import foreign
from vggsound_omni.encoders.pretrained.rule import cases

WINDOW = 308_700


def make(_checkout: Path | None) -> Arrays:
    """Runs every case, sound and text. GPT-2 is made from its configuration, not pulled."""
    clap = import_module("msclap.models.clap")
    from transformers import GPT2Config, GPT2Model

    clap.AutoModel.from_pretrained = lambda _name: GPT2Model(GPT2Config())
    ears = filled(foreign.ms_clap(), "ms-clap", "audio_encoder.")
    reader = filled(clap.TextEncoder(1024, "gpt2", 768), "ms-clap", "caption_encoder.")
    tower = ears.base.htsat
    spectra, latents = captured(tower.logmel_extractor), captured(ears.base)
    published = cases("ms-clap")
    found: Arrays = {}
    for name, case in published["cases"].items():
        sound = resampled(samples(case), 44_100).reshape(-1)
        if len(sound) <= WINDOW:
            sound = sound.repeat(-(-WINDOW // len(sound)))
        window = sound[case["start"] :][:WINDOW][None]
        embedding, clipwise = ears(window)
        found |= {
            f"{name}/wave4096": window[0, :4096].numpy(),
            f"{name}/logmel_s8": spectra[-1][0, 0, ::8].numpy(),
            f"{name}/latent": latents[-1]["embedding"][0].numpy(),
            f"{name}/audio_embed": embedding[0].numpy(),
            f"{name}/clipwise": clipwise[0].numpy(),
        }
    for name, case in published["text_cases"].items():
        found[f"{name}/text_embed"] = reader(padded(case))[0].numpy()
    return found


if __name__ == "__main__":
    main("ms-clap", make)

"""Makes the golden of MS-CLAP by msclap 1.3.4 (on the package index)."""

from importlib import import_module
from pathlib import Path

import torch

from tests.encoders.pretrained.goldens import Arrays, captured, filled, main, resampled, samples
from tests.encoders.pretrained.rule import cases

WINDOW = 308_700


def make(_checkout: Path | None) -> Arrays:
    """Runs every case, sound and text. GPT-2 is made from its configuration, not pulled."""
    clap = import_module("msclap.models.clap")
    from transformers import GPT2Config, GPT2Model

    clap.AutoModel.from_pretrained = lambda _name: GPT2Model(GPT2Config())
    ears = filled(
        clap.AudioEncoder("HTSAT", 768, 1024, 44_100, 1024, 320, 64, 50, 8_000, 527), "ms-clap", "audio_encoder."
    )
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
        behind = case["padded_length"] - len(case["input_ids"])
        tokens = torch.tensor([case["input_ids"] + [case["pad_id"]] * behind])
        mask = torch.arange(case["padded_length"])[None] < case["attention_mask_ones"]
        found[f"{name}/text_embed"] = reader({"input_ids": tokens, "attention_mask": mask.long()})[0].numpy()
    return found


if __name__ == "__main__":
    main("ms-clap", make)

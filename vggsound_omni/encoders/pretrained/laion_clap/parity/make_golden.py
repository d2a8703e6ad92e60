"""Makes the golden of LAION-CLAP by laion-clap 1.1.7 (on the package index)."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from tests.encoders.pretrained.goldens import Arrays, av_benchmark, captured, filled, main, padded
from vggsound_omni.encoders.crosscheck import foreign
from vggsound_omni.encoders.pretrained.rule import cases


def projection(width: int) -> nn.Sequential:
    """Linear, ReLU, linear, as the package's CLAP builds it."""
    return nn.Sequential(nn.Linear(width, 512), nn.ReLU(), nn.Linear(512, 512))


def make(_checkout: Path | None) -> Arrays:
    """Runs every case, sound and text. The parts are filled one by one: the whole would pull its text model."""
    from transformers import RobertaConfig, RobertaModel

    tower = filled(foreign.laion_clap_tower(), "laion-clap", "audio_branch.")
    ears = filled(projection(1024), "laion-clap", "audio_projection.")
    roberta = RobertaModel(
        RobertaConfig(vocab_size=50_265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5)
    )
    reader = filled(roberta, "laion-clap", "text_branch.")
    words = filled(projection(768), "laion-clap", "text_projection.")
    spectra = captured(tower.logmel_extractor)
    published = cases("laion-clap")
    found: Arrays = {}
    for name, case in published["cases"].items():
        wave = av_benchmark(case, 48_000)
        heard = (wave.clamp(-1, 1) * 32767).to(torch.int16) / 32767 if case["int16_quantised"] else wave
        heard = heard.float().repeat(1, max(1, 480_000 // heard.shape[1]))
        window = F.pad(heard, (0, 480_000 - heard.shape[1]))
        latent = tower({"waveform": window, "longer": torch.tensor([False])}, device="cpu")["embedding"]
        projected = ears(latent)
        found |= {
            f"{name}/wave4096": wave[0, :4096].numpy(),
            f"{name}/logmel_s8": spectra[-1][0, 0, ::8].numpy(),
            f"{name}/latent": latent[0].numpy(),
            f"{name}/audio_proj": projected[0].numpy(),
            f"{name}/audio_embed": F.normalize(projected, dim=-1)[0].numpy(),
        }
    for name, case in published["text_cases"].items():
        projected = words(reader(**padded(case)).pooler_output)
        found |= {
            f"{name}/text_proj": projected[0].numpy(),
            f"{name}/text_embed": F.normalize(projected, dim=-1)[0].numpy(),
        }
    return found


if __name__ == "__main__":
    main("laion-clap", make)

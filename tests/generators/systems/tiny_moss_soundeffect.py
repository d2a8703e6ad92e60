"""Writes MOSS-SoundEffect v2 with small random weights, of 2 s: python tiny_moss_soundeffect.py FOLDER."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch

LATENTS, TEXT = 8, 16


def main() -> None:
    from moss_soundeffect_v2.diffsynth.models.dac_vae import DAC
    from moss_soundeffect_v2.diffsynth.models.wan_audio_dit import WanAudioModel
    from safetensors.torch import save_file
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    folder = Path(sys.argv[1])
    for name in ("scheduler", "transformer", "vae"):
        (folder / name).mkdir(parents=True)
    config: dict[str, Any] = {
        "in_dim": LATENTS,
        "out_dim": LATENTS,
        "text_dim": TEXT,
        "freq_dim": 16,
        "eps": 1e-6,
        "patch_size": [1],
        "has_image_input": False,
        "dim": 32,
        "ffn_dim": 64,
        "num_heads": 2,
        "num_layers": 1,
        "vae_type": "dac",
    }
    (folder / "transformer" / "config.json").write_text(json.dumps(config))
    network = WanAudioModel(**{**config, "patch_size": (1,)})
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(state, folder / "transformer" / "diffusion_pytorch_model.safetensors")
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps({"shift": 5.0}))
    index = {"_class_name": "MossSoundEffectPipeline", "sample_rate": 8000, "max_inference_seconds": 2}
    (folder / "model_index.json").write_text(json.dumps(index))
    words = {word: number for number, word in enumerate(["<pad>", "<unk>", "a", "dog", "barks", "rain", "falls"])}
    tokenizer = Tokenizer(WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    fast: Any = PreTrainedTokenizerFast  # untyped
    fast(tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>").save_pretrained(folder / "tokenizer")
    shape: dict[str, Any] = {
        "vocab_size": 16,
        "hidden_size": TEXT,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "head_dim": 8,
    }
    Qwen3ForCausalLM(Qwen3Config(num_attention_heads=2, num_key_value_heads=1, **shape)).save_pretrained(
        folder / "text_encoder"
    )
    vae = DAC(
        encoder_dim=4,
        encoder_rates=[4, 8],
        latent_dim=LATENTS,
        decoder_dim=16,
        decoder_rates=[8, 4],
        sample_rate=8000,
        continuous=True,
    )
    vae.save(folder / "vae" / "vae_128d_48k.pth", package=False)


if __name__ == "__main__":
    main()

"""Writes TangoFlux with small random weights, of 2 s: python tiny_tangoflux.py FOLDER."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch


def main() -> None:
    from diffusers import AutoencoderOobleck
    from safetensors.torch import save_file
    from tangoflux.model import TangoFlux
    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    torch.manual_seed(0)
    folder = Path(sys.argv[1])
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(letter, -5.0) for letter in "\u2581abcdefghijklmnopqrstuvwxyz"]
    tokenizer = T5Tokenizer(vocab=pieces, extra_ids=0)
    tokenizer.model_max_length = 64
    tokenizer.save_pretrained(folder / "t5")
    T5EncoderModel(T5Config(vocab_size=64, d_model=16, d_ff=8, d_kv=2, num_heads=2, num_layers=1)).save_pretrained(
        folder / "t5"
    )
    config: dict[str, Any] = {
        "num_layers": 1,
        "num_single_layers": 1,
        "joint_attention_dim": 16,
        "num_attention_heads": 1,
        "audio_seq_len": 43,  # 2 s
        "text_encoder_name": str(folder / "t5"),
    }
    (folder / "config.json").write_text(json.dumps(config))
    network = TangoFlux(config)
    state = {name: value.clone() for name, value in network.state_dict().items() if "text_encoder" not in name}
    save_file(state, folder / "tangoflux.safetensors")
    vae: Any = AutoencoderOobleck()  # its size is fixed
    save_file({name: value.half() for name, value in vae.state_dict().items()}, folder / "vae.safetensors")


if __name__ == "__main__":
    main()

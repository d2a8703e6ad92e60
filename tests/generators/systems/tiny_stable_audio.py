"""Writes Stable Audio's pipeline with small random weights: python tiny_stable_audio.py FOLDER."""

from __future__ import annotations

import sys
from typing import Any

import torch


def main() -> None:
    from diffusers import (
        AutoencoderOobleck,
        CosineDPMSolverMultistepScheduler,
        StableAudioDiTModel,
        StableAudioPipeline,
        StableAudioProjectionModel,
    )
    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    torch.manual_seed(0)
    words = [(f"\u2581{word}", -1.0) for word in ("a", "dog", "barks", "rain", "falls")]
    letters = [(letter, -5.0) for letter in "\u2581abcdefghijklmnopqrstuvwxyz"]
    tokenizer = T5Tokenizer(vocab=[("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *words, *letters], extra_ids=0)
    tokenizer.model_max_length = 32
    pipeline: Any = StableAudioPipeline(
        vae=AutoencoderOobleck(
            encoder_hidden_size=6,
            downsampling_ratios=[2, 4, 8],
            decoder_channels=3,
            decoder_input_channels=3,
            audio_channels=2,
            channel_multiples=[1, 2, 4],
            sampling_rate=8_000,
        ),
        text_encoder=T5EncoderModel(T5Config(vocab_size=64, d_model=4, d_ff=8, d_kv=2, num_heads=2, num_layers=1)),
        projection_model=StableAudioProjectionModel(text_encoder_dim=4, conditioning_dim=4, min_value=0, max_value=32),
        tokenizer=tokenizer,
        transformer=StableAudioDiTModel(
            sample_size=1_250,  # 10 s
            in_channels=3,
            num_layers=2,
            attention_head_dim=4,
            num_key_value_attention_heads=2,
            out_channels=3,
            cross_attention_dim=4,
            time_proj_dim=8,
            global_states_input_dim=8,
            cross_attention_input_dim=4,
        ),
        scheduler=CosineDPMSolverMultistepScheduler(
            solver_order=2, prediction_type="v_prediction", sigma_data=1.0, sigma_schedule="exponential"
        ),
    )
    pipeline.save_pretrained(sys.argv[1])


if __name__ == "__main__":
    main()

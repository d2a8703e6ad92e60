"""Writes AudioLDM 2's pipeline with small random weights: python tiny_audioldm_2.py FOLDER."""

from __future__ import annotations

import sys
from typing import Any

import torch


def main() -> None:
    from diffusers import (
        AudioLDM2Pipeline,
        AudioLDM2ProjectionModel,
        AudioLDM2UNet2DConditionModel,
        AutoencoderKL,
        DDIMScheduler,
    )
    from tokenizers import Tokenizer, models
    from transformers import (  # type: ignore[attr-defined] # T5TokenizerFast is of transformers 4
        ClapAudioConfig,
        ClapConfig,
        ClapFeatureExtractor,
        ClapModel,
        ClapTextConfig,
        GPT2Config,
        GPT2LMHeadModel,
        RobertaTokenizerFast,
        SpeechT5HifiGan,
        SpeechT5HifiGanConfig,
        T5Config,
        T5EncoderModel,
        T5TokenizerFast,
    )

    torch.manual_seed(0)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *letters, "\u0120"]
    words = {word: number for number, word in enumerate(vocabulary)}
    tokenizer = RobertaTokenizerFast(tokenizer_object=Tokenizer(models.BPE(words, [], unk_token="<unk>")))
    tokenizer.model_max_length = 20
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((letter, -5.0) for letter in ["\u2581", *letters])]
    tokenizer_2 = T5TokenizerFast(tokenizer_object=Tokenizer(models.Unigram(pieces, unk_id=2)), extra_ids=0)
    tokenizer_2.model_max_length = 32
    language_config = GPT2Config(n_embd=16, n_head=2, n_layer=1, vocab_size=64, n_positions=99)
    language_config.max_new_tokens = 8  # as the published configuration has it
    text = ClapTextConfig(
        vocab_size=64,
        hidden_size=8,
        intermediate_size=16,
        num_attention_heads=2,
        num_hidden_layers=1,
        projection_dim=16,
        max_position_embeddings=40,
    )
    audio = ClapAudioConfig(
        spec_size=8,
        window_size=4,
        num_mel_bins=8,
        depths=[1, 1],
        num_attention_heads=[1, 1],
        num_hidden_layers=2,
        hidden_size=16,
        patch_size=2,
        patch_stride=2,
        patch_embed_input_channels=4,
        patch_embeds_hidden_size=8,
        projection_dim=16,
    )
    clap = ClapModel(ClapConfig(text_config=text.to_dict(), audio_config=audio.to_dict(), projection_dim=16))
    shape: dict[str, Any] = {"block_out_channels": (8, 16), "layers_per_block": 1, "norm_num_groups": 4}
    pipeline: Any = AudioLDM2Pipeline(
        vae=AutoencoderKL(
            in_channels=1,
            out_channels=1,
            latent_channels=4,
            down_block_types=("DownEncoderBlock2D", "DownEncoderBlock2D"),
            up_block_types=("UpDecoderBlock2D", "UpDecoderBlock2D"),
            **shape,
        ),
        text_encoder=clap,
        text_encoder_2=T5EncoderModel(T5Config(vocab_size=64, d_model=32, d_ff=8, d_kv=2, num_heads=2, num_layers=1)),
        projection_model=AudioLDM2ProjectionModel(text_encoder_dim=16, text_encoder_1_dim=32, langauge_model_dim=16),
        language_model=GPT2LMHeadModel(language_config),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer_2,
        feature_extractor=ClapFeatureExtractor(feature_size=8, sampling_rate=16_000, max_length_s=1),
        unet=AudioLDM2UNet2DConditionModel(
            sample_size=512,  # 4 s
            in_channels=4,
            out_channels=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=((None, 16, 32), (None, 16, 32)),
            attention_head_dim=4,
            **shape,
        ),
        scheduler=DDIMScheduler(beta_start=0.0015, beta_end=0.0195, clip_sample=False, set_alpha_to_one=False),
        vocoder=SpeechT5HifiGan(
            SpeechT5HifiGanConfig(
                model_in_dim=8,
                sampling_rate=16_000,
                upsample_initial_channel=16,
                upsample_rates=[8, 8],
                upsample_kernel_sizes=[16, 16],
                resblock_kernel_sizes=[3],
                resblock_dilation_sizes=[[1, 3]],
                normalize_before=False,
            )
        ),
    )
    for weights in pipeline.vocoder.parameters():  # so that the sound is above a step of 16 bits
        torch.nn.init.normal_(weights, std=0.3)
    pipeline.save_pretrained(sys.argv[1])


if __name__ == "__main__":
    main()

"""LAION-CLAP in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.fetch.published import Hub, Published, Weights, byte_pairs

SPEC = EncoderSpec(
    name="laion-clap",
    encoder_set="pretrained",
    roles=("la_clap",),
    modalities=("audio", "text"),
    factory="vggsound_omni.encoders.pretrained.laion_clap.port:LaionClapEncoder",
    large=True,
    weights=Weights(
        name="laion-clap",
        publisher="LAION",
        page="https://github.com/LAION-AI/CLAP",
        licence="CC0 1.0 (package: Apache-2.0)",
        files=(
            Published(
                name="music_speech_audioset_epoch_15_esc_89.98.pt",
                source=Hub("lukewys/laion_clap", "music_speech_audioset_epoch_15_esc_89.98.pt"),
                size=2_352_471_003,
                sha256="51c68f12f9d7ea25fdaaccf741ec7f81e93ee594455410f3bca4f47f88d8e006",
            ),
            *byte_pairs("FacebookAI/roberta-base"),
        ),
    ),
)

"""MS-CLAP in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.fetch.published import Hub, Published, Weights, byte_pairs

SPEC = EncoderSpec(
    name="ms-clap",
    encoder_set="pretrained",
    roles=("ms_clap",),
    modalities=("audio", "text"),
    factory="vggsound_omni.encoders.pretrained.ms_clap.port:MsClapEncoder",
    large=True,
    weights=Weights(
        name="ms-clap",
        publisher="Microsoft",
        page="https://github.com/microsoft/CLAP",
        licence="MS-PL (code: MIT)",
        files=(
            Published(
                name="CLAP_weights_2023.pth",
                source=Hub("microsoft/msclap", "CLAP_weights_2023.pth"),
                size=689_950_036,
                sha256="2cef4016d47d00eb28d153d522f397222057f95000e9bad6b9583c631284a1e6",
            ),
            *byte_pairs("openai-community/gpt2"),
        ),
    ),
)

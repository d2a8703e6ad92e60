"""Audiobox Aesthetics in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.fetch.published import Hub, Published, Weights

_REVISION = "9b1dd8e5df9af7216e836a98974fe3b82c56ded6"

SPEC = EncoderSpec(
    name="audiobox",
    encoder_set="pretrained",
    roles=("aesthetics",),
    modalities=("audio",),
    factory="vggsound_omni.encoders.pretrained.audiobox.port:AudioboxEncoder",
    large=True,
    weights=Weights(
        name="audiobox",
        publisher="Meta (FAIR)",
        page="https://github.com/facebookresearch/audiobox-aesthetics",
        licence="CC BY 4.0",
        files=(
            Published(
                name="model.safetensors",
                source=Hub("facebook/audiobox-aesthetics", "model.safetensors", _REVISION),
                size=415_472_992,
                sha256="a5a3c2412649cc2384ec525ffd5180ce6c4778f43bed6108e0a1303de04d014e",
            ),
            Published(name="config.json", source=Hub("facebook/audiobox-aesthetics", "config.json", _REVISION)),
        ),
    ),
)

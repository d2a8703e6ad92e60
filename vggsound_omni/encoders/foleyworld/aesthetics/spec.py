"""The aesthetics regressor in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec

SPEC = EncoderSpec(
    name="foleyworld-aesthetics",
    encoder_set="foleyworld",
    roles=("aesthetics",),
    modalities=("audio",),
    factory="vggsound_omni.encoders.foleyworld.aesthetics.encoder:AestheticsEncoder",
)

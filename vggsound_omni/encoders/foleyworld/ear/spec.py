"""The ear in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec

SPEC = EncoderSpec(
    name="foleyworld-ear",
    encoder_set="foleyworld",
    roles=("ear",),
    modalities=("audio",),
    version=2,  # 1 did not tell of likeness
    factory="vggsound_omni.encoders.foleyworld.ear.encoder:EarEncoder",
)

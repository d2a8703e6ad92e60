"""The synchroniser in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec

SPEC = EncoderSpec(
    name="foleyworld-synchroniser-lags",
    encoder_set="foleyworld",
    roles=("ds",),
    modalities=("audio", "video"),
    factory="vggsound_omni.encoders.foleyworld.synchroniser.encoder:SynchroniserEncoder",
)

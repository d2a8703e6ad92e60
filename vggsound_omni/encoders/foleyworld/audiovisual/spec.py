"""The pair of sound and picture in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec

SPEC = EncoderSpec(
    name="foleyworld-audiovisual",
    encoder_set="foleyworld",
    roles=("ib",),
    modalities=("audio", "video"),
    factory="vggsound_omni.encoders.foleyworld.audiovisual.encoder:AudioVideoEncoder",
)

"""The tagger in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec

SPEC = EncoderSpec(
    name="foleyworld-tagger",
    encoder_set="foleyworld",
    roles=("tagger", "patches"),
    modalities=("audio",),
    factory="vggsound_omni.encoders.foleyworld.tagger.encoder:TaggerEncoder",
)

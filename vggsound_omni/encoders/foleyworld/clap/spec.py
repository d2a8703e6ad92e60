"""Both pairs of sound and text in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec


def _spec(name: str, role: str) -> EncoderSpec:
    return EncoderSpec(
        name=f"foleyworld-{name}",
        encoder_set="foleyworld",
        roles=(role,),
        modalities=("audio", "text"),
        factory="vggsound_omni.encoders.foleyworld.clap.encoder:AudioTextEncoder",
        arguments={"name": name},
    )


CLAP_A = _spec("clap-a", "ms_clap")
CLAP_B = _spec("clap-b", "la_clap")

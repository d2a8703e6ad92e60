"""Synchformer in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.fetch.published import Address, Published, Weights

SPEC = EncoderSpec(
    name="synchformer",
    encoder_set="pretrained",
    roles=("ds",),
    modalities=("audio", "video"),
    factory="vggsound_omni.encoders.pretrained.synchformer.port:SynchformerEncoder",
    large=True,
    weights=Weights(
        name="synchformer",
        publisher="V. Iashin and others; file of tensors by H. K. Cheng (MMAudio)",
        page="https://github.com/v-iashin/Synchformer",
        licence="MIT",
        files=(
            Published(
                name="synchformer_state_dict.pth",
                source=Address(
                    "https://github.com/hkchengrex/MMAudio/releases/download/v0.1/synchformer_state_dict.pth"
                ),
                size=950_058_171,
                sha256="8aff082f2df5c3bc52759db0c865c7ee772ae6400b860d1b7e90413f2defb67c",
            ),
        ),
    ),
)

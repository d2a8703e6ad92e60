"""PaSST in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.fetch.published import Address, Published, Weights

SPEC = EncoderSpec(
    name="passt",
    encoder_set="pretrained",
    roles=("tagger",),
    modalities=("audio",),
    factory="vggsound_omni.encoders.pretrained.passt.port:PasstEncoder",
    variant="passt",
    large=True,
    weights=Weights(
        name="passt",
        publisher="K. Koutini and others, JKU Linz",
        page="https://github.com/kkoutini/PaSST",
        licence="Apache-2.0",
        files=(
            Published(
                name="passt-s-f128-p16-s10-ap.476-swa.pt",
                source=Address(
                    "https://github.com/kkoutini/PaSST/releases/download/v0.0.1-audioset/passt-s-f128-p16-s10-ap.476-swa.pt"
                ),
                size=344_665_734,
                sha256="302903fa8c4aee817b11dc982da0b29aaf8d11a3e722420476d0a12c9db70c2c",
            ),
        ),
    ),
)

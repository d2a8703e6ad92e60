"""PANNs in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.fetch.published import Address, Published, Weights

SPEC = EncoderSpec(
    name="panns",
    encoder_set="pretrained",
    roles=("tagger",),
    modalities=("audio",),
    factory="vggsound_omni.encoders.pretrained.panns.port:PannsEncoder",
    large=True,
    weights=Weights(
        name="panns",
        publisher="Q. Kong and others, University of Surrey",
        page="https://zenodo.org/records/3987831",
        licence="CC BY 4.0 (code: MIT)",
        files=(
            Published(
                name="Cnn14_16k_mAP=0.438.pth",
                source=Address("https://zenodo.org/records/3987831/files/Cnn14_16k_mAP%3D0.438.pth?download=1"),
                size=358_668_570,
                sha256="e2ee543a27919542c2ea03eabaa70b24dcd4e6c8e05621de6b67a94e4c5058e6",
            ),
        ),
    ),
)

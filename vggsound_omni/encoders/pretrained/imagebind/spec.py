"""ImageBind-huge in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.fetch.published import Address, Published, Weights, byte_pairs

SPEC = EncoderSpec(
    name="imagebind",
    encoder_set="pretrained",
    roles=("ib",),
    modalities=("audio", "video"),
    factory="vggsound_omni.encoders.pretrained.imagebind.port:ImageBindEncoder",
    large=True,
    weights=Weights(
        name="imagebind",
        publisher="Meta (FAIR)",
        page="https://github.com/facebookresearch/ImageBind",
        licence="CC BY-NC-SA 4.0: no commercial use",
        restricted=True,
        files=(
            Published(
                name="imagebind_huge.pth",
                source=Address("https://dl.fbaipublicfiles.com/imagebind/imagebind_huge.pth"),
                size=4_803_584_173,
                sha256="d6f6c22bedcc90708448d5d2fbb7b2db9c73f505dc89bd0b2e09b23af1b62157",
            ),
            *byte_pairs("openai/clip-vit-large-patch14"),
        ),
    ),
)

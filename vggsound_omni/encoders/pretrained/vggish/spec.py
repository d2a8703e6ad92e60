"""VGGish in the registry."""

from vggsound_omni.encoders.encoder import EncoderSpec
from vggsound_omni.encoders.fetch.published import Address, Published, Weights

SPEC = EncoderSpec(
    name="vggish",
    encoder_set="pretrained",
    roles=("patches",),
    modalities=("audio",),
    factory="vggsound_omni.encoders.pretrained.vggish.port:VggishEncoder",
    large=True,
    weights=Weights(
        name="vggish",
        publisher="Google; torch version by H. Taylor",
        page="https://github.com/harritaylor/torchvggish",
        licence="Apache-2.0",
        files=(
            Published(
                name="vggish-10086976.pth",
                source=Address("https://github.com/harritaylor/torchvggish/releases/download/v0.1/vggish-10086976.pth"),
                sha256="10086976245803799d9194e9a73d9b6c1549c71d1b80106f5cade5608a561f4b",
            ),
        ),
    ),
)

"""The generators of this package, as the entry points of ``vggsound_omni.generators`` name them."""

from vggsound_omni.generators.spec import GeneratorSpec

REF = GeneratorSpec(
    name="ref",
    summary="the trained nano Omni2Sound: one network for text, video, and both",
    target="reference_model.generator:Omni2Sound",
    tasks=("t2a", "v2a", "vt2a"),
)
AUTOENCODER = GeneratorSpec(
    name="autoencoder",
    summary="the item's own recording through ref's autoencoder: what that alone costs",
    target="reference_model.reconstruction:Reconstruction",
    tasks=("t2a", "v2a", "vt2a"),
    needs_suite=True,
    knows_items=True,
)

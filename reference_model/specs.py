"""Specs of this package's generators, registered as entry points in ``vggsound_omni.generators``."""

from vggsound_omni.generators.spec import GeneratorSpec

REF = GeneratorSpec(
    name="ref",
    summary="the trained nano Omni2Sound: one network for text, video, and both",
    target="reference_model.generator:Omni2Sound",
    tasks=("t2a", "v2a", "vt2a"),
)
AUTOENCODER = GeneratorSpec(
    name="autoencoder",
    summary="the item's own recording, passed through ref's autoencoder: the loss from that alone",
    target="reference_model.reconstruction:Reconstruction",
    tasks=("t2a", "v2a", "vt2a"),
    needs_suite=True,
    knows_items=True,
)

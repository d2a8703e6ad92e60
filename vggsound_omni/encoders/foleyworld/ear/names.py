"""What the ear tells apart."""

from vggsound_omni.suites.foleyworld import CLASSES

NAMES = (*CLASSES, "music")
"""All that it names: every class, and music that no one plays."""
ACTS = tuple(name for name, c in CLASSES.items() if not c.lasting)
"""Classes of single acts; each has an onset."""
SPANS = tuple(name for name in NAMES if name not in ACTS)
"""What lasts: textures and music."""

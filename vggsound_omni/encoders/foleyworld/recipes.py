"""Recipes by the name of the weights that they train."""

from __future__ import annotations

from collections.abc import Callable

from .aesthetics.network import AestheticsRecipe
from .audiovisual.network import AudioVideoRecipe
from .clap.network import AudioTextRecipe
from .recipe import Recipe
from .synchroniser.network import SynchroniserRecipe
from .tagger.network import TaggerRecipe

RECIPES: dict[str, Callable[[], Recipe]] = {
    "tagger": TaggerRecipe,
    "clap-a": lambda: AudioTextRecipe("clap-a", "audio-text pair, in the place of MS-CLAP", "convolution", 2e-3, 0),
    "clap-b": lambda: AudioTextRecipe("clap-b", "audio-text pair, in the place of LAION-CLAP", "attention", 8e-4, 1),
    "audiovisual": AudioVideoRecipe,
    "synchroniser": SynchroniserRecipe,
    "aesthetics": AestheticsRecipe,
}
"""Made when asked for: text needs its vocabulary."""

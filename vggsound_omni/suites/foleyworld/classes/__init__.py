"""The classes of FoleyWorld, a file each: its words, places, timing, sound and picture."""

from __future__ import annotations

from importlib import import_module

from .sound_class import SoundClass, Timing
from .words import Material, Words

__all__ = ["CLASSES", "Material", "SoundClass", "Timing", "Words"]

_MODULES = (
    *("hammering_nails", "chopping_wood", "playing_drum_kit", "basketball_bounce", "door_slamming", "footsteps"),
    *("glass_breaking", "typing_on_computer_keyboard", "clock_ticking", "water_dripping", "church_bell_ringing"),
    *("playing_piano", "playing_acoustic_guitar", "dog_barking", "bird_chirping_tweeting", "frog_croaking"),
    *("owl_hooting", "cat_meowing", "mosquito_buzzing", "raining", "thunder", "fire_crackling"),
    *("engine_accelerating_revving_vroom", "ambulance_siren", "helicopter", "fireworks_banging"),
    *("volcano_explosion", "sea_waves"),
)
"""Scenes are drawn from numbers of classes, so the order is part of the world's version."""
_SPECS: list[SoundClass] = [import_module(f"{__name__}.{module}").SPEC for module in _MODULES]
CLASSES = {spec.name: spec for spec in _SPECS}
"""By name, in that order."""

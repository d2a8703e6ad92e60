"""The classes of FoleyWorld, a file each: its words, its timing, its sound and its picture."""

from __future__ import annotations

from . import (
    ambulance_siren,
    basketball_bounce,
    bird_chirping_tweeting,
    cat_meowing,
    chopping_wood,
    church_bell_ringing,
    clock_ticking,
    dog_barking,
    door_slamming,
    engine_accelerating_revving_vroom,
    fire_crackling,
    fireworks_banging,
    footsteps,
    frog_croaking,
    glass_breaking,
    hammering_nails,
    helicopter,
    mosquito_buzzing,
    owl_hooting,
    playing_acoustic_guitar,
    playing_drum_kit,
    playing_piano,
    raining,
    sea_waves,
    thunder,
    typing_on_computer_keyboard,
    volcano_explosion,
    water_dripping,
)
from .sound_class import Place, SoundClass, Timing

__all__ = ["CLASSES", "Place", "SoundClass", "Timing"]

CLASSES: dict[str, SoundClass] = {
    module.SPEC.name: module.SPEC
    for module in (
        hammering_nails,
        chopping_wood,
        playing_drum_kit,
        basketball_bounce,
        door_slamming,
        footsteps,
        glass_breaking,
        typing_on_computer_keyboard,
        clock_ticking,
        water_dripping,
        church_bell_ringing,
        playing_piano,
        playing_acoustic_guitar,
        dog_barking,
        bird_chirping_tweeting,
        frog_croaking,
        owl_hooting,
        cat_meowing,
        mosquito_buzzing,
        raining,
        thunder,
        fire_crackling,
        engine_accelerating_revving_vroom,
        ambulance_siren,
        helicopter,
        fireworks_banging,
        volcano_explosion,
        sea_waves,
    )
}
"""By name. Scenes are drawn from numbers of classes, so the order is part of the world's version."""

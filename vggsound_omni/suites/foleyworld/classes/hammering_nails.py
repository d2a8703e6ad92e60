"""A hammer drives a nail into wood, metal or brick."""

from __future__ import annotations

from itertools import count

import numpy as np

from ..canvas import Canvas
from ..pictures.motion import (
    INK,
    SHINE,
    STEEL,
    Contact,
    Struck,
    fist,
    outlined_box,
    outlined_line,
    puff,
)
from ..scene import Event, Style
from ..sounds.modal import (
    METAL,
    STONE,
    WOOD,
    Blow,
    Body,
    burst,
    chatter,
    contact_time,
    crowd,
    layers,
    struck,
)
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Material, Words


def _hammer(style: Style, rng: np.random.Generator) -> Blow:
    """Steel on a nail's head, and what the nail is driven into. The nail rings higher the shorter it gets."""
    size = 2 ** (0.7 * style.pitch)
    nail = Body.bar(2100 * 2 ** (0.5 * style.pitch), METAL.held((150, 75, 210)[style.material]), rng)
    head = Body.plate(2600 * 2 ** (0.4 * style.pitch), 1.3, METAL.held(200), rng, most=40)
    target = (
        Body.plate(110 * size, 2.4, WOOD.held(30), rng, most=90),
        Body.plate(150 * size, 1.4, METAL.held(25), rng, most=90),
        Body.plate(400 * size, 1.5, STONE.held(80), rng, most=90),
    )[style.material]
    stuff = (WOOD, METAL, STONE)[style.material]
    driven = count()

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        shorter = 1 + 0.035 * min(next(driven), 8)
        contact = contact_time(0.0003, style, event)
        steel = nail.hit(rng, 0.2 * contact, scale=shorter)
        parts = [
            (0.0, 0.9, steel),
            (0.0, 0.5, head.hit(rng, 0.2 * contact)),
            (0.0, 0.6, target.hit(rng, contact, stray=0.2)),
            (0.0, 0.8, crowd(rng, 90 * size, 6000, stuff.held((35, 18, 45)[style.material]), contact)),
            (0.0, (0.6, 0.7, 1.6)[style.material], chatter(rng, burst(rng, 700, 7800, 0.025, -1.0), 2, 0.004)),
            (0.0, (0.5, 0.5, 0.25)[style.material], burst(rng, 60, 500 * size, 0.12)),
        ]
        if style.material == 2:  # grit trickles out of the hole
            parts += [
                (delay, 0.14 * rng.random(), burst(rng, 1500, 7500, 0.02, 0.0)) for delay in rng.uniform(0.02, 0.2, 9)
            ]
        # The hammer bounces.
        bounce = rng.uniform(0.055, 0.1)
        parts += [
            (
                bounce,
                rng.uniform(0.08, 0.22),
                nail.hit(rng, 0.3 * contact, scale=shorter),
            ),
            (bounce, rng.uniform(0.04, 0.12), burst(rng, 700, 6000, 0.02)),
        ]
        return layers(*parts)

    return blow


class Hammer(Struck):
    """A hand hammers a nail deeper with every blow; the block it goes into jumps. Material: wood, metal or brick."""

    contact: Contact = (0.0, 0.5, 0.14)

    def still(self, canvas: Canvas) -> None:
        """The block."""
        outlined_box(canvas, 0, 0.7, 1.7, 0.5, self.main)
        if self.style.material == 1:
            canvas.box(0, 0.5, 1.7, 0.12, self.light)
            for x in (-0.7, -0.35, 0.35, 0.7):
                canvas.disc(x, 0.75, 0.07, self.dark)
                canvas.disc(x, 0.74, 0.04, self.light)
        elif self.style.material == 2:
            for y in (0.45, 0.615, 0.78, 0.945):
                canvas.line(-0.85, y, 0.85, y, 0.04, self.light)
            for row in range(3):
                for x in np.arange(-0.6, 0.9, 0.4) + (-0.2 if row % 2 else 0.0):
                    canvas.line(x, 0.47 + row * 0.165, x, 0.6 + row * 0.165, 0.04, self.light)
        else:
            canvas.box(0, 0.47, 1.7, 0.05, self.light)
            for y, x in ((0.58, -0.1), (0.7, 0.2), (0.84, -0.2)):
                canvas.line(x - 0.5, y, x + 0.5, y, 0.035, self.dark)
            canvas.ellipse(-0.5, 0.73, 0.1, 0.06, self.dark)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The nail, the hammer, and the block while it shakes."""
        jolt, shock = self.beats.jolt(t), self.beats.shock(t)
        if jolt:
            self.still(canvas.at(0, 0.1 * jolt))
        top = 0.32 - 0.3 * (1 - self.beats.begun(t) / max(len(self.beats.events), 1))
        canvas.line(0, top, 0, 0.46, 0.13, INK)
        canvas.line(0, top, 0, 0.46, 0.05, SHINE)
        outlined_box(canvas, 0, top + 0.02, 0.18, 0.04, SHINE)
        self.sparks(canvas, 0, 0.46, shock, 0.5)
        puff(canvas, 0, 0.44, shock, 0.3)
        lift = self.beats.lift(t)
        head = 0.3 * self.large
        hand = canvas.at(0.82, top - 0.22 - 0.25 * lift, angle=0.95 * lift)
        outlined_line(hand, 0.02, 0.04, 0.5, 0.3, 0.22, self.main)
        outlined_line(hand, -0.8, 0, 0.12, 0, 0.09, self.second)
        steel = hand.at(-0.82, 0)
        outlined_line(steel, 0.02, -0.08, 0.04, -0.22, 0.1, STEEL)
        outlined_line(steel, 0.04, -0.22, 0.2, -0.36, 0.06, STEEL)
        outlined_box(steel, 0, 0.05, 0.6 * head, 0.26, STEEL)
        outlined_box(steel, 0, 0.17, 0.85 * head, 0.05, SHINE)
        fist(hand, 0, 0, self.skin, 0.26)


SPEC = SoundClass(
    name="hammering nails",
    family="things",
    level_db=-8,
    places=("workshop", "living room", "kitchen", "street", "park", "harbour"),
    carries=True,
    timing=Timing.of_strikes((3, 14), (0.36, 1.2), 0.12),
    impact=True,
    hues=(0.05, 0.12),
    words=Words(
        thing="hammer",
        things="hammers",
        bare="hammering",
        clauses=(
            "a tack is/being hammered {m}",
            "someone hammers/hammering a tack {m}",
            "a hammer hits/hitting a nail {m}",
            "someone hammers/hammering a nail {m}",
            "a nail is/being hammered {m}",
            "a carpenter drives/driving a nail {m}",
            "a hammer strikes/striking a nail {m}",
            "a person pounds/pounding a nail {m}",
            "someone knocks/knocking a nail {m} with a hammer",
            "a hammer drives/driving a nail {m}",
            "someone beats/beating a nail {m}",
            "a nail is/being hit {m} with a hammer",
            "a person hammers/hammering a nail {m}",
        ),
        nouns=(
            "* hammering {m}",
            "+* hammer blows",
            "the * hammering of a nail {m}",
            "* hammering on a nail",
            "the * knocking of a hammer on a nail",
            "the * pounding of a hammer on a nail",
        ),
        acts=(
            "blow/blows of a hammer on a nail",
            "hammer blow/hammer blows",
            "knock/knocks of a hammer on a nail",
            "stroke/strokes of a hammer",
        ),
        materials=(
            Material(phrases=("into wood", "into a wooden board", "into a plank", "into a piece of wood")),
            Material(phrases=("into metal", "into a metal sheet", "into a piece of metal", "into a sheet of metal")),
            Material(phrases=("into brick", "into a brick wall", "into masonry", "into a wall of brick")),
        ),
        low=(
            "with deep thuds",
            "with a low knock",
            "with dull, deep knocks",
            "with a low thud",
            "with low, deep thuds",
        ),
        high=(
            "with high, sharp pings",
            "with a bright ping",
            "with a high metallic ring",
            "with high clinks",
            "with high, thin pings",
        ),
        strong=("hard", "forcefully", "with hard blows", "with great force", "with strong blows"),
        gentle=("lightly", "gently", "with light taps", "with little force", "with gentle taps"),
    ),
    sound=struck(_hammer, pivot=1500),
    picture=Hammer,
)

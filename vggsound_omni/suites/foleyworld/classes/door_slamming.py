"""A door of wood, metal or glass slams into its frame."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix, shade
from ..pictures.motion import INK, PAPER, Struck, outlined_box, outlined_ellipse, puff
from ..scene import Event, Style
from ..sounds.modal import (
    GLASS,
    METAL,
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
from .words import DISTANT, Material, Words


def _door(style: Style, rng: np.random.Generator) -> Blow:
    """The leaf meets its frame from the hinges to the latch, and with it a wall; the air that it drives; what rattles.

    A leaf of two square metres has hundreds of modes below 8 kHz, held by hinges and frame: a bang, not a tone.
    """
    size = 2 ** (0.6 * style.pitch)
    stuff = (WOOD, METAL, GLASS)[style.material]
    leaf = (
        Body.plate(55 * size, 1.9, WOOD.held(20), rng, most=140),
        Body.plate(40 * size, 1.7, METAL.held(11), rng, most=140),
        Body.plate(70 * size, 1.6, GLASS.held(22), rng, most=140),
    )[style.material]
    wall = Body.plate(28 * size**0.5, 1.3, WOOD.held(11), rng, 900, 60)
    hold = (26, 8, 11)[style.material]
    latch = Body.plate(1500 * size**0.5, 1.5, METAL.held(110), rng, most=60)
    rattle = (0.12, 0.18, 0.25)[style.material] * (1 + 0.4 * style.pitch)
    loose = Body.plate((500, 700, 1100)[style.material] * size**0.5, 1.6, stuff.held(110), rng, most=60)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time((0.0012, 0.0008, 0.0006)[style.material], style, event)
        sharpness = 0.6 + 0.5 * event.strength + 0.4 * (style.brightness - 0.5)
        crack = burst(rng, 200, 7500, 0.07, -3.5)
        parts = [
            (0.0, (0.25, 0.6, 0.3)[style.material], chatter(rng, leaf.hit(rng, contact, (0.9, 0.45)), 5, 0.035, 0.85)),
            (0.0, 1.5, chatter(rng, crowd(rng, 45 * size, 6000, stuff.held(hold), 0.002), 3, 0.035, 0.8)),
            (0.0, 0.5, chatter(rng, wall.hit(rng, 0.003), 2, 0.02)),
            (0.0, 2.5, burst(rng, 30 * size, 800 * size, (0.36, 0.70, 0.62)[style.material])),
            (0.0, 0.8 * sharpness, chatter(rng, crack, 4, 0.035, 0.8)),
            (rng.uniform(0.008, 0.02), 0.04 * sharpness, chatter(rng, latch.hit(rng, 0.0001), 3, 0.015)),
            (rng.uniform(0.035, 0.06), 0.025 * sharpness, chatter(rng, latch.hit(rng, 0.0001), 3, 0.02)),
        ]
        delay, gap, level = rng.uniform(0.06, 0.09), rng.uniform(0.035, 0.06), rattle
        while level > 0.02:
            parts += [
                (delay, level, loose.hit(rng, 0.0003)),
                (delay, 0.5 * level, leaf.hit(rng, contact, (0.8, 0.4), stray=0.2)),
            ]
            delay, gap, level = (
                delay + gap * rng.uniform(0.7, 1.3),
                0.92 * gap,
                level * rng.uniform(0.5, 0.8),
            )
        return layers(*parts)

    return blow


class Door(Struck):
    """A door swings into its frame. Material: wood with panels, riveted metal, or glass."""

    def _prepare(self) -> None:
        self.size = 0.46 + 0.46 * self.large
        self.contact = (0.69 * self.size, self._middle, 0.09 * self.size)

    @property
    def _middle(self) -> float:
        """Local y of the door's middle: doors of all sizes stand on the same ground."""
        return 0.94 * (1 - self.size)

    def still(self, canvas: Canvas) -> None:
        """The frame and what lies behind it."""
        canvas = canvas.at(0, self._middle, self.size)
        self._frame(canvas, 0.0)
        canvas.box(0, 0.03, 1.1, 1.76, shade(self.second_dark, 0.35))
        canvas.polygon([(-0.55, 0.91), (0.55, 0.91), (0.3, 0.6), (-0.3, 0.6)], self.second_dark)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The door leaf, and the frame while it shakes."""
        canvas = canvas.at(0, self._middle, self.size)
        jolt, shock = self.beats.jolt(t), self.beats.shock(t)
        if jolt:
            self._frame(canvas.at(0.07 * jolt, 0.03 * jolt), shock)
        opened = self.beats.lift(t, stay=0.3, rise=0.6, wind=0.1, fall=0.3, rest=0.85) if self.beats.events else 0.12
        self._leaf(canvas, float(np.arccos(1 - 0.64 * opened)))
        if shock:
            self.sparks(canvas, 0.72, 0, shock, 0.42, start=-1.2, end=1.2)
            self.sparks(canvas, -0.72, 0, shock, 0.42, start=np.pi - 0.9, end=np.pi + 0.9, count=4)
            puff(canvas, 0, 0.94, shock, 0.6)

    def _frame(self, canvas: Canvas, shock: float) -> None:
        face, edge = mix(self.second, PAPER, 0.6 * shock), mix(self.second_dark, PAPER, 0.6 * shock)
        for x in (-0.69, 0.69):
            outlined_box(canvas, x, 0, 0.24, 1.84, face)
            canvas.box(x, 0.84, 0.24, 0.16, edge)
        outlined_box(canvas, 0, -0.9, 1.66, 0.16, face)
        canvas.line(-0.75, -0.87, 0.75, -0.87, 0.05, edge)

    def _leaf(self, canvas: Canvas, angle: float) -> None:
        left, top, bottom = -0.54, -0.8, 0.9
        width, grow = 1.08 * float(np.cos(angle)), 0.16 * float(np.sin(angle))

        def place(u: float, v: float) -> tuple[float, float]:
            return left + u * width, (top + (bottom - top) * v) * (1 + grow * u)

        def panel(u0: float, v0: float, u1: float, v1: float) -> list[tuple[float, float]]:
            return [place(u0, v0), place(u1, v0), place(u1, v1), place(u0, v1)]

        glass = self.style.material == 2
        face = shade(self.main, 1 - 0.25 * float(np.sin(angle)))
        canvas.polygon(panel(0, 0, 1, 1), INK)
        inset = 0.035 / max(width, 0.1)
        canvas.polygon(panel(inset, 0.02, 1 - inset, 0.98), face)
        if glass:
            canvas.polygon(panel(0.14, 0.08, 0.86, 0.92), self.light)
            canvas.polygon([place(0.2, 0.6), place(0.5, 0.12), place(0.68, 0.12), place(0.2, 0.85)], PAPER, 0.7)
        elif self.style.material == 1:
            canvas.polygon(panel(0.3, 0.12, 0.7, 0.3), self.light)
            for u, v in ((0.1, 0.06), (0.9, 0.06), (0.1, 0.94), (0.9, 0.94), (0.1, 0.5)):
                canvas.disc(*place(u, v), 0.04, self.dark)
            canvas.polygon(panel(0.15, 0.7, 0.85, 0.85), self.dark)
        else:
            for v in (0.1, 0.55):
                canvas.polygon(panel(0.18, v, 0.82, v + 0.36), self.dark)
                canvas.polygon(panel(0.24, v + 0.03, 0.82, v + 0.36), shade(face, 1.1))
        outlined_ellipse(canvas, *place(0.89, 0.52), 0.045, 0.045, self.second_light)


SPEC = SoundClass(
    name="door slamming",
    family="things",
    level_db=-7,
    places=("living room", "kitchen", "workshop", "office", "corridor"),
    timing=Timing.of_strikes((1, 4), (1.6, 3.2), 0.2, (0.3, 0.5)),
    impact=True,
    words=Words(
        thing="door",
        things="doors",
        bare="slamming",
        clauses=(
            "a {m} door slams/slamming shut",
            "a {m} door bangs/banging shut",
            "someone slams/slamming a {m} door",
            "a {m} door is/being slammed",
            "a {m} door slams/slamming",
            "a person bangs/banging a {m} door shut",
            "a {m} door is/being slammed shut",
            "a {m} door closes/closing with a bang",
            "someone bangs/banging a {m} door",
            "a {m} door falls/falling shut with a bang",
            "somebody slams/slamming a {m} door shut",
        ),
        nouns=(
            "the * slamming of a {m} door",
            "the * bang of a {m} door",
            "the * banging of a {m} door",
            "the * slam of a {m} door",
            "the * crash of a {m} door",
        ),
        acts=(
            "slam/slams of a {m} door",
            "bang/bangs of a {m} door",
            "bang/bangs of a closing {m} door",
            "thump/thumps of a closing {m} door",
        ),
        materials=(Material(phrases=("wooden",)), Material(phrases=("metal", "steel")), Material(phrases=("glass",))),
        low=(
            "with a deep boom",
            "with a low thud",
            "with a deep, hollow sound",
            "with a low boom",
            "with a deep, dull thud",
        ),
        high=(
            "with a high crack",
            "with a high rattle",
            "with a bright clap",
            "with a sharp, high sound",
            "with a bright, high crack",
        ),
        slow=(),
        quick=(),
        timed=False,
        faint=DISTANT,
        strong=("hard", "with force", "violently", "forcefully", "with all force"),
    ),
    sound=struck(_door, pivot=700),
    picture=Door,
)

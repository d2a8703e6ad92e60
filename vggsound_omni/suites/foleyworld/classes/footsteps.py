"""Someone walks on boards, gravel or snow."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from ..canvas import Canvas, hsv, shade
from ..pictures.motion import (
    INK,
    Contact,
    Struck,
    outlined_ellipse,
    outlined_line,
    puff,
    smooth,
)
from ..scene import SAMPLE_RATE, Event, Style
from ..sounds.modal import (
    WOOD,
    Blow,
    Body,
    burst,
    contact_time,
    crowd,
    layers,
    struck,
)
from ..sounds.noise import contour, noise, resonances, ringing, seconds, snaps
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Material, Words


def _press(
    rng: np.random.Generator,
    low: float,
    high: float,
    slope: float,
    rise: float,
    t60: float,
) -> Samples:
    """Noise of flesh, sole and ground giving way: softer than a blow, it takes ``rise`` seconds to come up."""
    samples = burst(rng, low, high, t60, slope)
    return samples * (1 - 0.9 * np.exp(-seconds(len(samples)) / rise))


def _shoe(style: Style, rng: np.random.Generator, level: float, hard: float) -> Samples:
    """Heel or ball of a shoe on the ground: the rubber gives way, the leg thumps, and a hard heel clicks."""
    size = 2 ** (0.5 * style.pitch)
    rise = 0.008 * rng.uniform(0.7, 1.4)
    return layers(
        (
            0.0,
            level,
            _press(rng, 150 * size, 3500 * size, -4.0, rise, 0.18 * rng.uniform(0.8, 1.3)),
        ),
        (0.0, 0.4 * level, _press(rng, 50, 180 * size, 0.0, rise, 0.15)),
        (0.0, 0.15 * hard * level, burst(rng, 1200 * size, 7000, 0.015, -1.0)),
    )


def _wooden_step(style: Style, rng: np.random.Generator) -> Blow:
    """Heel, then sole, on hollow boards. Low styles stomp in boots, high ones click in heels."""
    size = 2 ** (0.5 * style.pitch)
    boards = Body.plate(75 * size, 2.3, WOOD.held(45), rng, most=70)
    feet = cycle((0.95, 1.06))

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        foot = next(feet)
        contact = contact_time(0.0025 * 2 ** (-1.0 * style.pitch), style, event)
        ball = rng.uniform(0.07, 0.12) * 2 ** (-0.3 * style.pitch)
        place = (float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.2, 0.8)))
        return layers(
            (0.0, 1.0, _shoe(style, rng, 1.0, 1.0)),
            (0.0, 0.4, boards.hit(rng, contact, place, foot)),
            (0.0, 0.3, crowd(rng, 90 * size, 5000, WOOD.held(60), contact, 80)),
            (ball, 0.5, _shoe(style, rng, 1.0, 0.7)),
            (ball, 0.2, boards.hit(rng, 1.5 * contact, place, foot)),
            (
                ball + 0.01,
                0.2 * rng.uniform(0.3, 1.5),
                burst(rng, 900, 7000, 0.12, -1.0),
            ),
        )

    return blow


_TREAD = (
    (0, 0.3),
    (0.02, 1.0),
    (0.06, 0.5),
    (0.1, 0.35),
    (0.15, 0.9),
    (0.22, 0.5),
    (0.32, 0.0),
)
"""How hard a foot presses, by seconds: heel, then ball, rolling off."""


def _gravel_step(style: Style, _: np.random.Generator) -> Blow:
    """Stones that knock and scrape at random times, as many as the foot presses (Cook 2002)."""
    size = 2 ** (0.6 * style.pitch)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        t = seconds(5400)
        press = contour(t * rng.uniform(0.9, 1.15), *_TREAD)
        stones = np.zeros(len(t))
        for frequency, t60 in (
            (1300, 0.014),
            (2300, 0.011),
            (3800, 0.008),
            (5600, 0.006),
        ):
            knocks = snaps(rng, 140 * (0.5 + event.strength) * press**1.3, len(t), 1.0)
            knocks = np.clip(knocks, -2.5, 2.5) * press
            knocks[0] = rng.choice((-0.5, 0.5))  # the heel lands
            f = frequency * size**0.6 * rng.uniform(0.8, 1.25)
            stones += ringing(knocks, (f, t60, 1.0), (1.53 * f, 0.7 * t60, 0.7))
        grain = np.repeat(rng.exponential(1.0, len(t) // 60 + 1), 60)[: len(t)]
        scrape = noise(rng, len(t), 900 * size, 7500, -1.0) * press**1.5 * grain
        return layers(
            (0.0, 0.5, stones),
            (0.0, 0.6, scrape),
            (0.0, 0.8, _shoe(style, rng, 1.0, 0.6)),
        )

    return blow


def _snowy_step(style: Style, _: np.random.Generator) -> Blow:
    """Snow that yields in many small slips: grains that break, and a creak that climbs as the snow packs."""
    size = 2 ** (0.6 * style.pitch)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        t = seconds(5400)
        press = contour(t * rng.uniform(0.9, 1.15), *_TREAD)
        slips = np.zeros(len(t))
        packs = np.cumsum(rng.exponential(1.0, 120))
        at = np.interp(
            packs,
            np.cumsum((130 + 250 * t / t[-1]) * press * size) / SAMPLE_RATE * 1.3,
            np.arange(len(t)),
        )
        slips[at[at < len(t) - 1].astype(int)] = 1.0
        slips *= rng.uniform(0.3, 1.0, len(t)) * (0.6 + event.strength)
        peaks = (
            (900 * size, 300, 0.6),
            (1700 * size, 500, 0.9),
            (3000 * size, 900, 0.8),
        )
        creak = resonances(slips * 30, *peaks)
        grain = np.repeat(rng.exponential(1.0, len(t) // 30 + 1), 30)[: len(t)]
        crunch = noise(rng, len(t), 450 * size, 3800, -3.0) * press * grain
        crunch[: len(t) // 200] += noise(rng, len(t) // 200, 450, 3800, -3.0)
        return layers(
            (0.0, 0.5, creak),
            (0.0, 0.8, crunch),
            (0.0, 0.8, _shoe(style, rng, 1.0, 0.4)),
        )

    return blow


def _footsteps(style: Style, rng: np.random.Generator) -> Blow:
    """Materials: boards, gravel, snow."""
    return (_wooden_step, _gravel_step, _snowy_step)[style.material](style, rng)


class Footsteps(Struck):
    """Someone walks on the spot, a foot landing at every onset; heels if high. Material: boards, gravel or snow."""

    contact: Contact = (0.3, 0.885, 0.1)
    floor = 0.76

    def _prepare(self) -> None:
        self.stones = self.rng.uniform((-0.9, 0.8), (0.9, 0.96), (30, 2))
        self.hair = shade(hsv(0.07, 0.6, float(self.rng.uniform(0.15, 0.8))), 0.9)

    def still(self, canvas: Canvas) -> None:
        """The ground."""
        kind = self.style.material
        face = (hsv(0.08, 0.45, 0.62), hsv(0.09, 0.15, 0.6), (0.9, 0.93, 0.97))[kind]
        edge = shade(face, 0.72)
        canvas.ellipse(0, 0.88, 1.04, 0.17, edge)
        canvas.ellipse(0, 0.86, 1.0, 0.14, face)
        if kind == 0:
            for y, half in ((0.79, 0.84), (0.845, 0.98), (0.9, 0.94)):
                canvas.line(-half, y, half, y, 0.018, edge)
            for x, y in ((-0.5, 0.82), (0.1, 0.82), (0.62, 0.82), (-0.2, 0.87), (0.4, 0.87)):
                canvas.line(x, y - 0.025, x - 0.02, y + 0.025, 0.018, edge)
            return
        for i, (x, y) in enumerate(self.stones):
            if (x / 0.95) ** 2 + ((y - 0.86) / 0.12) ** 2 < 1:
                canvas.ellipse(float(x), float(y), 0.05, 0.03, (edge, shade(face, 1.12))[i % 2], 0, 0.9)

    def draw(self, canvas: Canvas, t: float) -> None:
        """The walker, and the ground while it shakes."""
        jolt, shock = self.beats.jolt(t), self.beats.shock(t)
        if jolt:
            self.still(canvas.at(0.03 * jolt, 0.05 * jolt))
        canvas.ellipse(0.3, self.floor + 0.1, 0.26, 0.07, INK, alpha=0.6 * shock**0.5)
        self.sparks(canvas, 0.3, self.floor, shock, 0.36, start=np.pi, end=2 * np.pi)
        puff(canvas, 0.3, self.floor + 0.06, shock, 0.32)
        begun, since, until = self.beats.begun(t), self.beats.since(t), self.beats.until(t)
        # Share of the step that leads to the next onset; the first begins from standing, half a second before.
        gap = min(since + until, 0.5 if begun == 0 else np.inf)
        u = max(1 - until / gap, 0.0) if np.isfinite(gap) else 0.0
        front, back = (0.24, -0.3) if begun else (0.04, -0.06)
        standing = front + (-0.3 - front) * smooth(u)
        swing = back + (0.24 - back) * smooth(u)
        raised = (0.1 + 0.07 * self.beats.effort(t)) * float(np.sin(np.pi * u**1.6))
        hip = -0.08 + 0.05 * abs(standing - swing)
        legs = [(standing, 0.0, 0.0), (swing, raised, (1.1 * (1 - u) - 0.35 * u) * min(5 * raised, 1.0))]
        near = begun % 2
        arm = -(legs[near][0] - legs[1 - near][0]) * 0.75
        self._arm(canvas, hip, -arm, nearer=False)
        self._leg(canvas, hip, *legs[1 - near], nearer=False)
        self._leg(canvas, hip, *legs[near], nearer=True)
        outlined_line(canvas, 0, hip - 0.03, 0.02, hip - 0.42, 0.3, self.second)
        outlined_ellipse(canvas, 0.06, hip - 0.72, 0.145, 0.165, self.skin)
        canvas.ellipse(0.02, hip - 0.81, 0.16, 0.1, self.hair, -0.2)
        canvas.disc(0.15, hip - 0.72, 0.025, INK)
        self._arm(canvas, hip, arm, nearer=True)

    def _arm(self, canvas: Canvas, hip: float, swing: float, *, nearer: bool) -> None:
        sleeve = self.second_light if nearer else self.second_dark
        elbow = (0.6 * swing, hip - 0.2)
        outlined_line(canvas, 0.0, hip - 0.44, *elbow, 0.1, sleeve)
        outlined_line(canvas, *elbow, 1.3 * swing + 0.05, hip - 0.02 - 0.2 * abs(swing), 0.08, self.skin)

    def _leg(self, canvas: Canvas, hip: float, x: float, raised: float, tilt: float, *, nearer: bool) -> None:
        cloth = self.main if nearer else self.dark
        ankle = (x, self.floor - 0.12 - raised)
        knee = (x * 0.5 + 0.06 + 0.9 * raised, (hip + ankle[1]) / 2 - 0.1 * raised)
        outlined_line(canvas, 0, hip, *knee, 0.16, cloth)
        outlined_line(canvas, *knee, *ankle, 0.13, cloth)
        foot = canvas.at(*ankle, 0.75 * self.large, angle=tilt)
        sole = 0.16 / self.large
        if self.style.pitch > 0.3:
            foot.line(-0.08, 0.05, -0.1, sole - 0.03, 0.1, INK)
        else:
            foot.box(0.07, sole - 0.02, 0.44, 0.1, INK, corner=0.03)
        foot.line(0.0, sole - 0.1, 0.24, sole - 0.07, 0.23, INK)
        foot.line(0.0, sole - 0.1, 0.24, sole - 0.08, 0.14, self.second_dark)
        canvas.line(0, hip, *knee, 0.16, cloth)


SPEC = SoundClass(
    name="footsteps",
    family="things",
    level_db=-16,
    places=(
        "living room",
        "kitchen",
        "workshop",
        "office",
        "stage",
        "corridor",
        "street",
        "forest",
        "park",
        "mountains",
        "harbour",
    ),
    timing=Timing.of_strikes((6, 16), (0.44, 0.8), 0.06),
    impact=True,
    size=1.15,
    words=Words(
        bare="+footsteps",
        clauses=(
            "someone walks/walking {m}",
            "a person walks/walking {m}",
            "+footsteps fall/falling {m}",
            "somebody takes/taking steps {m}",
            "+footsteps sound/sounding {m}",
            "someone paces/pacing {m}",
            "a person takes/taking steps {m}",
            "somebody walks/walking {m}",
            "+feet walk/walking {m}",
            "+steps sound/sounding {m}",
            "a person paces/pacing {m}",
        ),
        nouns=(
            "+* footsteps {m}",
            "+* steps {m}",
            "the * sound of footsteps {m}",
            "the * tread of someone walking {m}",
            "the * tread of feet {m}",
        ),
        acts=(
            "footstep/footsteps {m}",
            "step/steps {m}",
            "step/steps of someone walking {m}",
            "footstep/footsteps of a person {m}",
        ),
        repeats=False,
        materials=(
            Material(
                phrases=("on a wooden floor", "over floorboards", "on wood", "across a wooden floor"),
                places=("living room", "kitchen", "workshop", "office", "stage", "corridor"),
            ),
            Material(
                phrases=("on gravel", "over gravel", "on a gravel path", "across gravel"),
                places=("street", "forest", "field at night", "beach", "park", "mountains", "harbour"),
            ),
            Material(
                phrases=("on snow", "in the snow", "over snow", "across snow"),
                places=("street", "forest", "park", "mountains"),
            ),
        ),
        low=(
            "with deep, dull steps",
            "with low thuds",
            "with a deep tread",
            "with low, dull steps",
            "with a low, dull tread",
        ),
        high=(
            "with high, light-sounding steps",
            "with a high tapping",
            "with a bright, high sound",
            "with high taps",
            "with a high, bright tread",
        ),
        strong=("with hard steps", "with firm steps", "heavily", "with heavy steps", "with firm, hard steps"),
        gentle=("with soft steps", "lightly", "with light steps", "with gentle steps", "with soft, light steps"),
    ),
    sound=struck(_footsteps, pivot=900),
    picture=Footsteps,
)

"""Thunder rolls, and lightning shows when it does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..canvas import Canvas, mix, shade
from ..pictures.actor import Actor
from ..pictures.shapes import cloud
from ..scene import SAMPLE_RATE, Event, Style
from ..sounds.noise import contour, countable, noise, outbursts, seconds, wander
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import DISTANT, Words


def _thunder(style: Style, event: Event, rng: np.random.Generator) -> Samples:
    """The near end of the channel cracks, the rest arrives later from further off and rumbles (Few 1969).

    A channel of some kilometres is bent at every scale: each bend is a clap, and the farther it is the duller and the
    longer. Pitch is nearness. Kinds: rolling in many claps, one clap that dies away, torn in a volley of cracks.
    """
    span = event.duration + 2.5
    t = seconds(round(span * SAMPLE_RATE))
    near = (style.pitch + 1) / 2
    volley = (2, 2, 14)[style.material]
    times = np.concatenate(([0.0], np.sort(rng.uniform(0.02, (0.15, 0.1, 0.8)[style.material], volley))))
    tears = outbursts(t, *((s, 0.003, 0.03 + 0.05 * rng.random(), rng.uniform(0.3, 1.0) if s else 1.0) for s in times))
    crack = (
        noise(rng, len(t), 150 + 150 * near, 1500 + 3500 * near, -5.0) * tears * np.exp(0.4 * wander(rng, len(t), 60))
    )
    rolls = (14, 6, 10)[style.material]
    later = np.sort(rng.uniform(0.1, 0.75 * span, rolls))
    claps = [(0.0, 0.006, 0.35, 1.0), (0.0, 0.05, span / 3.5, 0.45)]
    claps += [(s, 0.06 + 0.05 * s, 0.15 + 0.25 * rng.random() + 0.1 * s, rng.uniform(0.3, 1.0)) for s in later.tolist()]
    level = outbursts(t, *claps) * contour(t / t[-1], (0, 1), (0.4, 0.75), (0.75, 0.3), (1, 0))
    level *= np.exp(0.25 * wander(rng, len(t), 14))
    depth = 2 ** (0.6 * style.pitch)
    rumble = level * noise(rng, len(t), 30 * depth, 140 * depth, -2.0)
    body = level**1.5 * noise(rng, len(t), 100 * depth, 700 * depth, -4.5)
    dull = level**2 * noise(rng, len(t), 300 * depth, 3000 * depth, -6.0)
    return np.tanh(0.3 * rumble + 0.35 * body + 0.025 * dull + (0.025 + 0.09 * near) * crack)


class _Thunder(Actor):
    """A dark cloud; a bolt and a flash over the frame at each onset, then a flicker inside the cloud."""

    def _prepare(self) -> None:
        self.bolts = [self._bolt() for _ in self.beats.events]
        self.bright = mix(self.second, (1.0, 1.0, 1.0), 0.75)

    def still(self, canvas: Canvas) -> None:
        cloud(canvas, -0.3, mix(self.main, (0.25, 0.26, 0.32), 0.55), shade(self.main, 0.2))

    def draw(self, canvas: Canvas, t: float) -> None:
        act = self.act(t)
        if act is None or act.share >= 1:
            return
        flash = float(np.exp(-act.age / 0.12)) + (
            0.6 * float(np.exp(-(act.age - 0.24) / 0.1)) if act.age >= 0.24 else 0
        )
        flash *= act.size
        rumble = 0.35 * act.size * (1 - act.share) * (0.5 + 0.5 * np.sin(11 * t) * np.sin(17 * t + self.phase))
        if flash > 0.03:
            canvas.fill(self.bright, min(0.62 * flash, 0.62))
        for x, y, r in ((-0.25, -0.6, 0.5), (0.35, -0.55, 0.45)):
            canvas.glow(x, y, r, self.bright, min(0.8 * flash + rumble, 0.9))
        if act.age < 0.48:
            bolt = self.bolts[act.index]
            for width, colour in ((0.24, shade(self.second, 0.35)), (0.13, self.bright)):
                for (x0, y0), (x1, y1) in pairwise(bolt):
                    taper = width * (1.1 - 0.6 * (y0 + 0.3) / 1.25)
                    canvas.line(x0, y0, x1, y1, taper, colour, min(1.0, 0.25 + 1.5 * flash))

    def _bolt(self) -> list[tuple[float, float]]:
        """A zigzag from the cloud to the ground."""
        x = float(self.rng.uniform(-0.3, 0.3))
        side = 1 if self.rng.random() < 0.5 else -1
        points = [(x, -0.3)]
        for y in (0.05, 0.15, 0.5, 0.58, 0.97):
            x += side * float(self.rng.uniform(0.16, 0.3)) * (1.25 if side > 0 else 1)
            points.append((x, y))
            side = -side
        return points


SPEC = SoundClass(
    name="thunder",
    family="bangs",
    level_db=-5,
    places=("street", "forest", "field at night", "beach", "park", "mountains", "harbour"),
    carries=True,
    high_up=True,
    timing=Timing.of_strikes((1, 2), (3.0, 4.6), 0.2, (1.6, 3.0)),
    size=1.25,
    hues=(0.55, 0.7),
    words=Words(
        thing="storm cloud",
        bare="thunder",
        clauses=(
            "thunder rolls/rolling",
            "thunder rumbles/rumbling",
            "thunder booms/booming",
            "a storm thunders/thundering",
            "thunder growls/growling",
            "thunder rolls/rolling across the sky",
            "a clap of thunder rings/ringing out",
            "a thunderstorm rumbles/rumbling",
            "thunder crashes/crashing",
            "thunder roars/roaring",
            "a peal of thunder goes/going across the sky",
        ),
        several=(
            "thunder rolls/rolling",
            "thunder rumbles/rumbling",
            "thunder booms/booming",
            "a storm thunders/thundering",
            "thunder growls/growling",
            "+{n} claps of thunder ring/ringing out",
            "+{n} thunderclaps boom/booming",
            "thunder crashes/crashing",
            "thunder roars/roaring",
            "+{n} peals of thunder go/going across the sky",
        ),
        nouns=(
            "the * rumble of thunder",
            "the * roll of thunder",
            "* thunder",
            "the * rolling of thunder",
            "the * roar of thunder",
        ),
        acts=("clap/claps of thunder", "peal/peals of thunder", "roll/rolls of thunder", "crash/crashes of thunder"),
        low=("in a deep roll", "at a low pitch", "in a low growl", "with a deep rumble", "with a deep, low roll"),
        high=(
            "with a sharp, high crack",
            "with a bright crack",
            "with a high crack",
            "with a bright, high sound",
            "with a bright, sharp crack",
        ),
        slow=(),
        quick=(),
        timed=False,
        faint=DISTANT,
    ),
    sound=countable(_thunder, pivot=350),
    picture=_Thunder,
)

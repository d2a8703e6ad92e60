"""A bell swings in its tower."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix
from ..pictures.motion import INK, Contact, Struck, outlined_box, outlined_ellipse, outlined_line, smooth
from ..scene import DURATION, SAMPLE_RATE, Event, Style
from ..sounds.modal import METAL, Blow, Body, burst, chatter, contact_time, layers, push, ring, struck
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import DISTANT, QUICK_ACTS, SLOW_ACTS, Words

BELL_RATIOS = np.array(
    [0.5, 1.0, 1.2, 1.5, 2.0, 2.51, 2.66, 3.01, 3.35, 4.17, 5.43, 6.79, 8.21, 9.6, 11.2, 13.1, 15.2, 17.5]
)
"""Partials of a tuned church bell relative to its prime: hum, prime, tierce, quint, nominal, deciem, undeciem,
duodeciem, and the upper ones (after Rossing & Perrin, "Vibrations of bells", 1987)."""
_BELL_T60 = np.array([14.0, 6.0, 5.0, 4.0, 5.0, 3.0, 3.0, 4.0, 2.0, 3.0, 2.5, 2.0, 1.6, 1.3, 1.1, 0.9, 0.8, 0.7])
"""Seconds, at a prime of 400 Hz."""
_BELL_GAIN = np.array([0.45, 0.5, 0.7, 0.3, 1.0, 0.45, 0.4, 0.9, 0.4, 0.8, 0.7, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3, 0.3])


def bell_prime(style: Style) -> float:
    """Hz of the prime: 200 to 800."""
    return float(400 * 2**style.pitch)


def _bell(style: Style, rng: np.random.Generator) -> Blow:
    """A bell's partials, each split in two by what the casting lacks in symmetry, so that they beat; an iron clapper.

    Materials: well cast, with slow beats; rough, with fast ones; cracked, dying sooner.
    """
    prime = bell_prime(style)
    # Each pair of modes beats at a rate of its own.
    split = (0.0006, 0.0018, 0.0012)[style.material] * rng.uniform(0.3, 1.2, len(BELL_RATIOS))
    between = np.exp(rng.uniform(np.log(2.2), np.log(7600 / prime), 30))
    frequency = prime * np.concatenate((BELL_RATIOS, BELL_RATIOS * (1 + split), between))
    t60 = np.concatenate((_BELL_T60, _BELL_T60, 3.5 * between**-0.8))
    t60 *= (400 / prime) ** 0.5 * (1.0, 0.9, 0.5)[style.material]
    shares = rng.uniform(0.35, 0.65, len(BELL_RATIOS))
    gain = np.concatenate((_BELL_GAIN * shares, _BELL_GAIN * (1 - shares), rng.uniform(0.02, 0.2, len(between))))
    clapper = Body.plate(1300 * 2 ** (0.4 * style.pitch), 1.4, METAL.held(35), rng, most=60)

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time(0.00022 * 2 ** (-0.3 * style.pitch), style, event)
        # The clapper meets another place of the rim each time, and the lines of the modes turn.
        struck_gain = gain * push(frequency, contact) * rng.uniform(0.5, 1.3, len(gain))
        phase = rng.uniform(-0.6, 0.6, len(gain))
        bronze = ring(frequency, t60, struck_gain, round((DURATION - event.onset) * SAMPLE_RATE), phase)
        return layers(
            (0.0, 1.0, bronze),
            (0.0, 0.25, chatter(rng, clapper.hit(rng, 0.2 * contact), 3, 0.03)),
            (0.0, 0.25, burst(rng, 800, 7500, 0.05, 0.0)),
        )

    return blow


class Bell(Struck):
    """A bell swings in its tower; the clapper meets the rim at every onset.

    Contact is the hub it hangs on: round, so that swinging alone changes nothing there.
    """

    hang = -0.26
    second_hues = (0.0, 0.1)
    contact: Contact = (0.0, hang, 0.11)
    reach = 0.42
    """Angle between bell and clapper where they touch, rad."""

    def still(self, canvas: Canvas) -> None:
        """The tower."""
        inside = mix(self.second_dark, INK, 0.6)
        outlined_box(canvas, 0, 0.26, 1.5, 1.36, self.second_light)
        for i in range(6):
            y = -0.26 + 0.2 * i
            for side in (-1, 1):
                canvas.line(side * (0.6 if i % 2 else 0.68), y, side * 0.74, y, 0.035, self.second)
        outlined_box(canvas, 0, 0.4, 1.06, 1.04, inside, corner=0.0)
        outlined_ellipse(canvas, 0, -0.1, 0.53, 0.3, inside)
        canvas.box(0, 0.4, 1.06, 1.06, inside)
        canvas.polygon([(-0.98, -0.4), (0, -1.06), (0.98, -0.4)], INK)
        canvas.polygon([(-0.87, -0.44), (0, -1.0), (0.87, -0.44)], self.second)
        canvas.line(0, -1.0, 0, -1.26, 0.07, INK)
        canvas.line(-0.09, -1.17, 0.09, -1.17, 0.07, INK)
        outlined_box(canvas, 0, 0.96, 1.7, 0.1, self.second_light)
        outlined_line(canvas, -0.52, self.hang, 0.52, self.hang, 0.08, self.second_dark)

    def draw(self, canvas: Canvas, t: float) -> None:
        """Bell, clapper and hub."""
        shock = self.beats.shock(t, 0.24)
        swing, lead = self._swing(t)
        bell = canvas.at(0, self.hang, 0.78 + 0.3 * (self.large - 0.85), angle=-swing)
        clapper = bell.at(0, 0, angle=-lead)
        clapper.line(0, 0.3, 0, 1.02, 0.07, INK)
        outlined_ellipse(clapper, 0, 1.06, 0.09, 0.09, self.second_light)
        outlined_ellipse(bell, 0, 0.42, 0.24, 0.24, self.main)
        bell.polygon([(-0.29, 0.4), (0.29, 0.4), (0.48, 0.92), (-0.48, 0.92)], INK)
        bell.polygon([(-0.235, 0.38), (0.235, 0.38), (0.41, 0.9), (-0.41, 0.9)], self.main)
        outlined_line(bell, -0.42, 0.88, 0.42, 0.88, 0.1, self.dark)
        bell.line(-0.14, 0.36, -0.24, 0.74, 0.07, self.light)
        bell.line(-0.29, 0.66, 0.29, 0.66, 0.04, self.dark)
        bell.box(0, 0.17, 0.1, 0.12, INK)
        for r, colour in ((0.135, INK), (0.095, self.second_light), (0.045, INK)):
            canvas.disc(0, self.hang, r * (1 + 0.5 * shock), colour)
        if shock:
            side = 1.0 if lead > 0 else -1.0
            rim = bell.at(side * 0.44, 0.9)
            middle = 0.5 * np.pi - side * 0.9
            self.sparks(rim, 0, 0, shock, 0.55, start=middle - 0.9, end=middle + 0.9)

    def _swing(self, t: float) -> tuple[float, float]:
        """Angles of the bell, and of the clapper against it; the clapper touches at onsets only."""
        begun, since, until = self.beats.begun(t), self.beats.since(t), self.beats.until(t)
        side = 1.0 if begun % 2 else -1.0
        last, coming = self.beats.last(t), self.beats.coming(t)
        nearest = last or coming
        amount = 0.3 + 0.3 * nearest.strength if nearest else 0.0
        if last and coming:
            u = since / (since + until)
            amount += 0.3 * (coming.strength - last.strength) * u
            return side * amount * float(np.cos(np.pi * u)), side * self.reach * (1 - 2 * u**4)
        if last:
            fading = float(np.exp(-since / 0.8) * np.cos(np.pi * since / 0.7))
            return side * amount * fading, side * self.reach * fading
        u = smooth(1 - until / 0.9)
        return -side * amount * u, -side * self.reach * u**4


SPEC = SoundClass(
    name="church bell ringing",
    family="instruments",
    level_db=-8,
    places=("street", "field at night", "park", "mountains", "harbour"),
    carries=True,
    high_up=True,
    timing=Timing.of_strikes((2, 6), (1.2, 2.4), 0.02, (1.2, 2.4)),
    impact=True,
    size=1.1,
    hues=(0.08, 0.15),
    words=Words(
        thing="bell",
        things="bells",
        bare="ringing",
        clauses=(
            "+chimes ring/ringing out from a church tower",
            "a church chime sounds/sounding",
            "a church bell rings/ringing",
            "a bell in a tower tolls/tolling",
            "a church bell tolls/tolling",
            "a bell rings/ringing in a church tower",
            "a bell is/being rung in a tower",
            "a church bell sounds/sounding",
            "a bell chimes/chiming from a church",
            "a church bell chimes/chiming",
            "a bell in a church tower sounds/sounding",
            "a bell in a church tower rings/ringing",
            "a bell in a church tower tolls/tolling",
        ),
        nouns=(
            "the * ringing of a church bell",
            "the * tolling of a bell",
            "the * toll of a church bell",
            "the * chime of a church bell",
            "the * clang of a church bell",
        ),
        acts=(
            "stroke/strokes of a church bell",
            "toll/tolls of a church bell",
            "chime/chimes of a bell in a tower",
            "peal/peals of a church bell",
        ),
        low=("in a deep tone", "with a low hum", "with a deep, resonant tone", "in a low tone", "in a deep, low tone"),
        high=(
            "in a high tone",
            "with a high, bright clang",
            "at a high pitch",
            "with a bright, high tone",
            "in a high, bright tone",
        ),
        slow=SLOW_ACTS,
        quick=QUICK_ACTS,
        faint=DISTANT,
        strong=(
            "with hard strokes",
            "forcefully",
            "with heavy strokes",
            "with strong strokes",
            "with hard, heavy strokes",
        ),
        gentle=(
            "gently",
            "with gentle strokes",
            "with light strokes",
            "with soft strokes",
            "with gentle, light strokes",
        ),
    ),
    sound=struck(_bell, pivot=1500),
    picture=Bell,
)

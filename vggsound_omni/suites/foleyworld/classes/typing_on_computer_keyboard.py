"""Hands type on a keyboard."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix
from ..pictures.motion import INK, PAPER, Contact, Struck, hand, outlined_box
from ..scene import Event, Style
from ..sounds.modal import METAL, PLASTIC, Blow, Body, burst, contact_time, layers, struck
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Words


def _keyboard(style: Style, rng: np.random.Generator) -> Blow:
    """A cap that hits its stop and drums on the case, then springs back. Variation is the key's place.

    Materials: clicking switches, rubber domes, a flat laptop.
    """
    size = 2 ** (0.7 * style.pitch)
    case = Body.plate(
        (230, 190, 330)[style.material] * size, 2.6, PLASTIC.held((75, 110, 130)[style.material]), rng, 3000
    )
    cap = Body.bar((1500, 1000, 1900)[style.material] * size, PLASTIC.held(150), rng)
    leaf = Body.plate(2300 * size**0.5, 1.2, METAL.held(170), rng, 7900)
    click = (0.55, 0.06, 0.2)[style.material]

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time((0.0005, 0.0009, 0.0004)[style.material], style, event)
        key = 2 ** (0.45 * (event.variation - 0.5) + 0.04 * rng.standard_normal())
        at = (0.15 + 0.7 * event.variation, 0.4)
        up = min(event.duration, 0.1) * rng.uniform(0.75, 0.95)
        return layers(
            (0.0, 0.7, case.hit(rng, contact, at)),
            (0.0, 0.8, cap.hit(rng, 0.5 * contact, scale=key)),
            (0.0, 0.5, burst(rng, 900, 7500, 0.016, -1.0)),
            (0.003, click, leaf.hit(rng, 0.0001, scale=key)),
            (up, 0.22, cap.hit(rng, 0.4 * contact, scale=1.25 * key)),
            (up, 0.6 * click, leaf.hit(rng, 0.0001, scale=1.15 * key)),
            (up, 0.12, burst(rng, 1500, 7800, 0.012, 0.0)),
        )

    return blow


class Keyboard(Struck):
    """Hands at a keyboard before a screen. Variation picks the key; every press makes the board bounce."""

    contact: Contact = (0.0, 0.19, 0.12)
    fade = 0.08
    """Seconds: keys may be pressed every 0.12 s."""

    def _prepare(self) -> None:
        variations = [event.variation for event in self.beats.events]
        self.keys = [(min(int(v * 10), 9), int(v * 997) % 2 + 1) for v in variations]
        self.hands = [
            [self._key(*key)[0] if (key[0] < 5) == left else rest for key in self.keys]
            for left, rest in ((True, -0.5), (False, 0.5))
        ]
        self.lines = self.rng.uniform(0.5, 1.0, 5)

    def still(self, canvas: Canvas) -> None:
        """The screen, and the board at rest."""
        outlined_box(canvas, 0, -0.02, 0.5, 0.1, self.dark)
        outlined_box(canvas, 0, -0.53, 1.5 + 0.1 * self.large, 0.86, self.main, corner=0.06)
        canvas.box(0, -0.53, 1.42, 0.7, mix(self.second_dark, INK, 0.75))
        self._board(canvas)

    def draw(self, canvas: Canvas, t: float) -> None:
        """What has been typed, the key that is down, the hands, and the board while it bounces."""
        begun, shock = self.beats.begun(t), self.beats.shock(t, self.fade)
        self._text(canvas, begun)
        if shock:
            board = canvas.at(0, 0.09 * shock)
            self._board(board)
            x, y = self._key(*self.keys[begun - 1])
            board.box(x, y + 0.02, 0.15, 0.14, self.second, corner=0.03)
        down = self.beats.lift(t, fall=0.09, wind=0.05, rise=0.1, rest=0.7)
        for side in (0, 1):
            x = self.beats.glide(t, self.hands[side], 0.12) if self.keys else (-0.5, 0.5)[side]
            coming = self.keys[min(begun, len(self.keys) - 1)] if self.keys else (0, 0)
            pressed = self.keys[begun - 1] if begun and shock else coming
            strikes = bool(self.keys) and (pressed[0] < 5) == (side == 0)
            hand(canvas, x, 0.5, down if strikes else 1.0, 1 - 2 * side, self.skin, self.second)

    def _key(self, column: int, row: int) -> tuple[float, float]:
        return -0.81 + 0.18 * column, 0.19 + 0.17 * row

    def _board(self, canvas: Canvas) -> None:
        outlined_box(canvas, 0, 0.43, 1.9, 0.72, self.main, corner=0.05)
        for row in range(3):
            canvas.box(0, 0.19 + 0.17 * row, 1.78, 0.13, PAPER, corner=0.03)
        for x, width in ((-0.63, 0.52), (0, 0.7), (0.63, 0.52)):
            canvas.box(x, 0.7, width, 0.13, PAPER, corner=0.03)
        for column in range(9):
            x = -0.72 + 0.18 * column
            canvas.line(x, 0.14, x, 0.58, 0.045, self.dark)

    def _text(self, canvas: Canvas, begun: int) -> None:
        full, rest = divmod(begun % 45, 9)
        for row in range(full):
            canvas.line(
                -0.6, -0.8 + 0.13 * row, -0.6 + 1.15 * float(self.lines[row]), -0.8 + 0.13 * row, 0.05, self.light
            )
        y, x = -0.8 + 0.13 * full, -0.6 + 0.11 * rest
        if rest:
            canvas.line(-0.6, y, x, y, 0.05, self.light)
        canvas.box(x + 0.1, y, 0.06, 0.1, self.second_light)


SPEC = SoundClass(
    name="typing on computer keyboard",
    family="things",
    level_db=-19,
    places=("office", "living room", "kitchen"),
    timing=Timing.of_strikes((14, 44), (0.12, 0.28), 0.5, (0.08, 0.1)),
    impact=True,
    words=Words(
        thing="keyboard",
        bare="typing",
        clauses=(
            "someone types/typing on a keyboard",
            "a keyboard clicks/clicking",
            "a person types/typing on a computer",
            "+keys click/clicking on a keyboard",
            "someone writes/writing on a computer keyboard",
            "a typist works/working at a keyboard",
            "+fingers tap/tapping on a keyboard",
            "+computer keys are/being pressed",
            "someone types/typing on a computer keyboard",
            "+fingers type/typing on computer keys",
            "a person taps/tapping on a keyboard",
        ),
        nouns=(
            "* typing on a keyboard",
            "the * clicking of a keyboard",
            "the * clatter of computer keys",
            "+* keystrokes on a keyboard",
            "the * tapping of computer keys",
        ),
        acts=(
            "keystroke/keystrokes",
            "key press/key presses on a keyboard",
            "click/clicks of a keyboard",
            "tap/taps on computer keys",
        ),
        repeats=False,
        low=(
            "with deep clacks",
            "with dull, low clicks",
            "with a low clack",
            "with deep clicks",
            "with low, dull clacks",
        ),
        high=(
            "with high, thin clicks",
            "with bright, high clicks",
            "with a high click",
            "with high-pitched clicks",
            "with high, crisp clicks",
        ),
        strong=("hard", "with hard key presses", "with force", "forcefully", "with firm, hard taps"),
        gentle=("lightly", "with a light touch", "gently", "with light taps", "with a soft touch"),
    ),
    sound=struck(_keyboard, pivot=1800),
    picture=Keyboard,
)

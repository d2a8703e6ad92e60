"""Hands type on a keyboard."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas, mix
from ..pictures.motion import INK, PAPER, Contact, Struck, hand, outlined_box
from ..scene import Event, Style
from ..sounds.modal import METAL, PLASTIC, WOOD, Blow, Body, burst, chatter, contact_time, layers, struck
from ..sounds.sound import Samples
from .sound_class import SoundClass, Timing
from .words import Words


def _keyboard(style: Style, rng: np.random.Generator) -> Blow:
    """A finger that meets a cap, the cap that meets the plate, and the cap that springs back against its stop.

    All of it is plastic, light and rattling: clicks of noise that case and desk colour. Variation is the key's place.
    Materials: clicking switches, rubber domes, a flat laptop.
    """
    size = 2 ** (0.7 * style.pitch)
    case = Body.plate(
        (320, 260, 420)[style.material] * size, 2.6, PLASTIC.held((220, 260, 280)[style.material]), rng, 7500, 80
    )
    desk = Body.plate(95 * size, 1.8, WOOD.held(35), rng, 1200, 30)
    leaf = Body.plate(2600 * size**0.5, 1.2, METAL.held(330), rng, most=40)
    click = (0.25, 0.04, 0.08)[style.material]
    sharp = (1.0, 0.75, 0.9)[style.material]

    def blow(event: Event, rng: np.random.Generator) -> Samples:
        contact = contact_time((0.0002, 0.0004, 0.0002)[style.material], style, event)
        # Each key has its own pitch and place, and is never hit twice in the same way.
        key = 2 ** (0.5 * (event.variation - 0.5) + 0.08 * rng.standard_normal())
        at = (0.15 + 0.7 * event.variation, 0.4)
        down = rng.uniform(0.004, 0.013)
        up = min(event.duration, 0.1) * rng.uniform(0.75, 0.95)

        def clack(hardness: float) -> Samples:
            low, high = 1200 * size**0.6 * key, 7800
            return layers(
                (0.0, 0.7, chatter(rng, case.hit(rng, contact, at, key), 3, 0.006)),
                (0.0, 1.6 * sharp, chatter(rng, burst(rng, low, high, 0.018 * hardness, -1.0), 3, 0.005)),
                (0.002, click, leaf.hit(rng, 0.00008, scale=key)),
            )

        return layers(
            (0.0, rng.uniform(0.45, 0.65), clack(0.6)),
            (0.0, 0.4, desk.hit(rng, 0.003)),
            (down, 1.0, clack(1.0)),
            (down, 0.7, desk.hit(rng, 0.002)),
            (up, rng.uniform(0.2, 0.35), clack(0.7)),
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
            "+fingers tap/tapping on computer keys",
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
            "with high, light clicks",
        ),
        strong=("hard", "with hard key presses", "with force", "forcefully", "with firm, hard taps"),
        gentle=("lightly", "with a light touch", "gently", "with light taps", "with a soft touch"),
    ),
    sound=struck(_keyboard, pivot=1800),
    picture=Keyboard,
)

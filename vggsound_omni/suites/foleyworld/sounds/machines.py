"""Machines: things that turn, heard as harmonic orders of their revolutions."""

from __future__ import annotations

import numpy as np

from vggsound_omni.suites.foleyworld.scene import SAMPLE_RATE, Style

from .noise import Course, below_nyquist, contour, cycles, highpass, lasting, noise, peak_one, resonances, wander, wave
from .sound import Samples, Sound


def _engine(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """A four-stroke engine whose revs rise and fall once an event; each cylinder fires every second revolution.

    Engines: four cylinders, a diesel (slow, each combustion knocks), a sports car (eight cylinders, high revs).
    """
    length, u = course.length, course.phase
    cylinders, idle, span = ((4, 850, 4300), (4, 650, 2000), (8, 1100, 6600))[style.material]
    full = course.steps([0.55 + 0.45 * event.strength for event in course.events], 0.02)
    climb = contour(u, (0, 0), (0.08, 0.05), (0.5, 0.97), (0.56, 1.0), (0.8, 0.3), (1, 0))
    load = contour(u, (0, 0.25), (0.06, 1.0), (0.5, 1.0), (0.6, 0.3), (1, 0.25))
    revs = (idle + span * full * climb) * 2 ** (0.5 * style.pitch) * (1 + 0.006 * wander(rng, length, 12))
    frequency = revs / 120  # of the working cycle, two revolutions, Hz
    phase = cycles(frequency)
    orders = below_nyquist(frequency)
    fires = (np.arange(cylinders) + 0.06 * rng.standard_normal(cylinders)) / cylinders
    uneven = 1 + (0.16, 0.22, 0.08)[style.material] * rng.standard_normal(cylinders)
    pattern = (uneven[:, None] * np.exp(-2j * np.pi * fires[:, None] * orders)).sum(0) / cylinders
    thump = wave(phase, pattern / (1 + (orders / (2.5 * cylinders)) ** 1.3))
    rasp = wave(phase, pattern / (1 + (orders / (9 * cylinders)) ** 1.1))
    pulse = np.exp(-(phase * cylinders % 1.0) * 6)  # pressure after each firing
    pipe = 2 ** (0.3 * style.pitch)
    throat = resonances(
        thump + 0.5 * load * rasp,
        (95 * pipe, 60, 1.0),
        (230 * pipe, 120, 0.9),
        (560 * pipe, 250, 0.7),
        (1300, 600, 0.5),
    )
    intake = noise(rng, length, 250, 5000, -3.0) * (0.25 + pulse) * (0.15 + 0.85 * load * climb)
    total = peak_one(throat) + 0.25 * peak_one(rasp) * load + 0.06 * intake
    if style.material == 1:
        knock = np.exp(-(phase * cylinders % 1.0) * 22) * highpass(rng.standard_normal(length), 500)
        total += 0.5 * peak_one(
            resonances(knock, (1250 * pipe, 300, 0.8), (2100 * pipe, 400, 1.0), (3400 * pipe, 600, 0.6))
        )
    if style.material == 2:
        total += 0.10 * load * climb * wave(phase * 2 * 17, np.array((1.0, 0.3)))  # timing gears, 17 teeth
    return np.tanh((0.5 + 1.1 * load) * total) * (0.3 + 0.7 * np.maximum(load * 0.6, climb))


def _siren(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """An electronic siren on a horn loudspeaker.

    Wail: one rise and fall an event; two tones: they take turns, an event each; yelp: quick sweeps, a whole number
    in an event.
    """
    u = course.phase
    base = 620 * 2 ** (0.45 * style.pitch)
    if style.material == 0:
        frequency = base * 2 ** (1.15 * contour(u, (0, 0), (0.12, 0.35), (0.38, 1), (0.5, 0.95), (1, 0)))
    elif style.material == 1:
        frequency = base * course.steps([(4 / 3, 1.0)[i % 2] for i in range(len(course.events))], 0.012)
    else:
        sweeps = np.maximum(1, np.round(course.spans * 3.4 * 2 ** (0.25 * style.pitch)))
        within = u * sweeps[course.index] % 1.0
        frequency = base * 2 ** (1.2 * contour(within, (0, 0), (0.1, 0.25), (0.5, 1), (0.62, 0.9), (1, 0)))
    frequency = frequency * (1 + 0.002 * wander(rng, course.length, 20))
    k = below_nyquist(frequency)
    tone = wave(cycles(frequency), k**-0.8 * np.where(k % 2 == 0, 0.45, 1.0))
    horn = resonances(tone, (1000, 700, 1.0), (1900, 700, 0.8), (3300, 1200, 0.5)) + 0.15 * tone
    horn += 0.03 * noise(rng, course.length, 500, 6000, -3.0) * np.abs(horn)
    # Two horns on one roof: the farther is 3 ms late.
    late = round(0.003 * SAMPLE_RATE)
    horn[late:] += 0.45 * horn[:-late]
    touch = contour(course.since, (0, 0.6), (0.02, 1.12), (0.2, 1.0))
    return touch * horn


def _helicopter(style: Style, course: Course, rng: np.random.Generator) -> Samples:
    """Rotor blades slap the air 6 to 20 times a second; tail rotor, turbine. Each event is a pass overhead.

    A whole number of blades passes in an event, so that each begins with a slap. Kinds: slapping two-blade rotor,
    softer and denser, whining turbine.
    """
    length, u = course.length, course.phase
    rate = (10.5, 14.0, 12.0)[style.material] * 2 ** (0.65 * style.pitch)
    blades = np.maximum(2, np.round(rate * course.spans))
    # Doppler: 6 % too fast at first, as much too slow at the end.
    turn = blades[course.index] * (u + 0.06 / np.pi * np.sin(np.pi * u))
    slap = turn % 1.0
    width = (0.8, 1.4, 1.0)[style.material]
    chop = np.exp(-slap * 7 / width) - 0.25 * np.exp(-(((slap - 0.6) / 0.16) ** 2))
    thump = resonances(np.diff(chop, prepend=chop[0]), (55 + 2.5 * rate, 40, 1.0), (130 + 2.5 * rate, 90, 0.6))
    gust = np.exp(-slap * 5.5 / width) + 0.08
    wash = gust * noise(rng, length, 120, 2600 * 2 ** (0.4 * style.pitch), -4.0)
    hum = wave(turn * 6.3 + 0.02 * wander(rng, length, 8), np.arange(1.0, 13.0) ** -1.1)
    shift = 1 + 0.05 * np.cos(np.pi * u)
    turbine = cycles(2600 * 2 ** (0.35 * style.pitch) * course.steps(np.ones(len(course.events))) * shift)
    whine = np.sin(2 * np.pi * turbine) + 0.6 * np.sin(2 * np.pi * 1.37 * turbine) + 0.4 * np.sin(np.pi * turbine)
    near = contour(u, (0, 0.3), (0.1, 0.55), (0.35, 1.0), (0.55, 0.8), (1, 0.28))
    total = 1.5 * peak_one(thump) + 0.42 * wash + 0.13 * hum + (0.02, 0.012, 0.05)[style.material] * whine
    return near * np.tanh(total)


SOUNDS: dict[str, Sound] = {
    "engine accelerating, revving, vroom": lasting(_engine, pivot=500),
    "ambulance siren": lasting(_siren, pivot=1300, fade_out=0.1),
    "helicopter": lasting(_helicopter, pivot=500),
}
"""Machines by class."""

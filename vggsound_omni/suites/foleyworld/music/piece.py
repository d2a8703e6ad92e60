"""What is played: key, chords, melody, and the tape on which notes are laid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..scene import SAMPLE_RATE
from ..sounds.sound import Samples

BAR = 4
"""Beats."""
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
"""Semitones above the tonic; minor is the natural one."""
_STEPS = (-3, -2, -1, -1, 0, 1, 1, 2, 3)
"""Of a melody, in degrees of the scale, equally likely: small ones prevail."""

Progression = tuple[str, tuple[int, ...]]
"""``major`` or ``minor``, and the degree (0 is the tonic) on which the chord of each bar stands."""


@dataclass(frozen=True)
class Piece:
    """A key, a chord for each bar, and a tape."""

    rng: np.random.Generator
    beat: float  # seconds
    beats: int  # how many fit on the tape; the last may be cut
    tonic: int  # MIDI note between 55 (g) and 66 (f sharp')
    scale: tuple[int, ...]
    roots: tuple[int, ...]  # degrees of the scale, a bar each, repeated as long as needed
    mix: Samples  # the tape: samples from the first beat. The clip is its end

    @classmethod
    def compose(cls, progressions: Sequence[Progression], tempo: float, length: int, rng: np.random.Generator) -> Piece:
        """A piece that lasts ``length`` samples, and up to two beats before that, at ``tempo`` beats a minute."""
        beat = 60 / tempo
        mode, roots = progressions[int(rng.integers(len(progressions)))]
        lead_in = int(rng.uniform(0, 2 * beat) * SAMPLE_RATE)
        beats = int(np.ceil((length + lead_in) / SAMPLE_RATE / beat))
        return cls(rng, beat, beats, int(rng.integers(55, 67)), _SCALES[mode], roots, np.zeros(length + lead_in))

    @property
    def bars(self) -> range:
        """The first beat of each bar."""
        return range(0, self.beats, BAR)

    def hertz(self, degree: int, octave: int = 0) -> float:
        """Frequency of a degree of the scale; 7 is the octave above 0."""
        note = self.tonic + 12 * (octave + degree // 7) + self.scale[degree % 7]
        return float(440.0 * 2 ** ((note - 69) / 12))

    def root(self, beat: float) -> int:
        """Returns the degree on which the chord at this beat stands."""
        return self.roots[int(beat // BAR) % len(self.roots)]

    def chord(self, beat: float, size: int = 3, low: int = -2) -> list[int]:
        """Degrees of the chord at this beat, stacked thirds folded into the seven degrees from ``low`` up, ascending.

        Folding leads the voices: common tones stay, the others move by a step or two.
        """
        return sorted(low + (self.root(beat) + 2 * k - low) % 7 for k in range(size))

    def melody(
        self, rhythms: Sequence[Sequence[float]], low: int = 3, high: int = 12
    ) -> Iterator[tuple[float, float, int]]:
        """A tune as (beat, beats, degree): a random walk between two degrees that meets the chord on every full beat.

        Args:
            rhythms: of a bar each, one drawn per bar: lengths in beats that sum to 4; below 0 a rest.
            low: lowest degree.
            high: highest degree.
        """
        degree = (low + high) // 2
        motif = [rhythms[int(self.rng.integers(len(rhythms)))] for _ in range(2)]
        for bar in self.bars:
            beat = float(bar)
            for beats in motif[bar // BAR % 2]:
                degree += int(self.rng.choice(_STEPS))
                degree = 2 * low - degree if degree < low else 2 * high - degree if degree > high else degree
                if beat == int(beat):
                    tones = [tone + octave for tone in self.chord(beat, low=0) for octave in (-7, 0, 7)]
                    degree = min((t for t in tones if low <= t <= high), key=lambda t: abs(t - degree))
                if beats > 0:
                    yield beat, beats, degree
                beat += abs(beats)

    def add(self, samples: Samples, beat: float, gain: float) -> None:
        """Lays a note on the tape, with a little human variation of its level."""
        start = round(beat * self.beat * SAMPLE_RATE)
        samples = samples[: max(0, len(self.mix) - start)]
        self.mix[start : start + len(samples)] += gain * self.rng.uniform(0.85, 1.1) * samples

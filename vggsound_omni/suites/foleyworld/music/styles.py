"""Six styles: what is said of each, how fast it goes, and who plays what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .instruments import (
    bass,
    bell,
    blown,
    bowed,
    cymbal,
    electric_piano,
    kick,
    pad,
    plucked,
    snare,
    struck,
    synth,
    timpani,
)
from .piece import BAR, Piece, Progression


@dataclass(frozen=True, kw_only=True)
class MusicStyle:
    """A way to make music."""

    name: str
    phrases: tuple[str, ...]  # noun phrases for captions, without article; the last is held out from train
    tempo: tuple[float, float]  # beats a minute, lowest and highest
    progressions: tuple[Progression, ...]
    reverb: float  # RMS of the hall relative to the instruments
    arrange: Callable[[Piece], None]  # lays every part on the tape of the piece


def _harmony(piece: Piece, gain: float, slope: float, octave: int = 0, size: int = 3) -> None:
    """Held chords of a bar each that overlap: music never falls silent."""
    for bar in piece.bars:
        for degree in piece.chord(bar, size):
            note = pad(piece.rng, piece.hertz(degree, octave), BAR * piece.beat, slope)
            piece.add(note, bar, gain)


def _calm_piano(piece: Piece) -> None:
    _harmony(piece, 0.13, 1.3)
    for bar in piece.bars:
        piece.add(bass(piece.hertz(piece.root(bar), -2), BAR * piece.beat, decay=0.6), bar, 0.4)
    for half in range(2 * piece.beats):
        tones = piece.chord(half / 2, low=-7)
        degree = (*tones, tones[0] + 7, tones[2], tones[1])[half % 6]
        piece.add(struck(piece.hertz(degree), 2 * piece.beat, 0.6), half / 2, 0.55)
    for at, beats, degree in piece.melody(((1, 1, 2), (1.5, 0.5, 1, 1), (2, 1, -1), (-1, 1, 1, 1))):
        piece.add(struck(piece.hertz(degree), (beats + 1) * piece.beat, 1.6), at, 1.1)


def _electronic(piece: Piece) -> None:
    drum, clap = kick(), snare(piece.rng)
    hat, open_hat = cymbal(piece.rng, 0.06), cymbal(piece.rng, 0.22)
    _harmony(piece, 0.12, 1.0)
    for beat in range(piece.beats):
        piece.add(drum, beat, 1.3)
        piece.add(open_hat, beat + 0.5, 0.6)
        if beat % 2:
            piece.add(clap, beat, 0.7)
        tones, low = piece.chord(beat), bass(piece.hertz(piece.root(beat), -2), piece.beat / 4, 1.0)
        for part in range(4):
            at = beat + part / 4
            piece.add(hat, at, 0.35)
            piece.add(synth(piece.hertz(tones[(beat * 4 + part) % 3], 1), piece.beat / 4, 14), at, 0.3)
            if part > 0:
                piece.add(low, at, 0.6)
    rhythms = ((0.75, 0.75, 0.5, 1, 1), (0.5, 0.5, 1, 0.5, 0.5, 1), (1, 0.5, 0.5, -1, 0.5, 0.5))
    for at, beats, degree in piece.melody(rhythms):
        piece.add(synth(piece.hertz(degree), beats * piece.beat, 3), at, 0.5)


def _strings(piece: Piece) -> None:
    for bar in piece.bars:
        tones = piece.chord(bar)
        for degree, octave in ((piece.root(bar), -2), *((tone, 0) for tone in tones), (tones[0], -1), (tones[2], -1)):
            piece.add(bowed(piece.rng, piece.hertz(degree, octave), BAR * piece.beat, 0.2), bar, 0.25)
        piece.add(timpani(piece.hertz(piece.root(bar), -2)), bar, 0.5)
    for beat in range(piece.beats):
        piece.add(plucked(piece.hertz(piece.root(beat), -1), 0.4, 0.4), beat, 0.35)
    for at, beats, degree in piece.melody(((2, 1, 1), (1.5, 0.5, 2), (1, 1, 1, 1), (1, 0.5, 0.5, 2)), 5, 14):
        piece.add(bowed(piece.rng, piece.hertz(degree), beats * piece.beat), at, 0.9)


def _folk(piece: Piece) -> None:
    shaker, stomp = cymbal(piece.rng, 0.07, 3500.0), kick()
    _harmony(piece, 0.1, 2.0, -1)
    for beat in range(piece.beats):
        root = piece.root(beat)
        piece.add(plucked(piece.hertz(root + (4 if beat % 2 else 0), -2), 2 * piece.beat, 0.6), beat, 0.8)
        for k, degree in enumerate(piece.chord(beat, low=-4)):
            strum = beat + 0.5 + 0.012 * k / piece.beat
            piece.add(plucked(piece.hertz(degree), 1.2 * piece.beat), strum, 0.5)
            if beat % 2:
                piece.add(plucked(piece.hertz(degree), piece.beat), strum - 0.5, 0.4)
        if beat % 2 == 0:
            piece.add(stomp, beat, 0.5)
        piece.add(shaker, beat, 0.5)
        piece.add(shaker, beat + 0.5, 0.3)
    rhythms = ((1, 0.5, 0.5, 1, 1), (0.5, 0.5, 1, 2), (1.5, 0.5, 1, -1), (0.5, 0.5, 0.5, 0.5, 1, 1))
    for at, beats, degree in piece.melody(rhythms, 4, 13):
        piece.add(blown(piece.rng, piece.hertz(degree), beats * piece.beat), at, 0.5)


def _ambient(piece: Piece) -> None:
    _harmony(piece, 0.4, 1.6, size=4)
    _harmony(piece, 0.15, 2.2, 1)
    for bar in piece.bars:
        piece.add(pad(piece.rng, piece.hertz(0, -2), BAR * piece.beat, 1.3, 1.0), bar, 0.5)
    for at, beats, degree in piece.melody(((-1, 1, 2), (2, -2), (1, -1, 1, 1)), 7, 15):
        piece.add(bell(piece.hertz(degree), beats * piece.beat + 2.0), at, 0.25)


def _jazz(piece: Piece) -> None:
    ride, brush, drum = cymbal(piece.rng, 0.5, 4500.0), cymbal(piece.rng, 0.2, 1500.0), kick()
    swing = 2 / 3
    walk = 0
    _harmony(piece, 0.06, 2.0, size=4)
    for beat in range(piece.beats):
        walk = piece.root(beat) if beat % BAR == 0 else walk + int(piece.rng.choice((-2, -1, 1, 2)))
        piece.add(bass(piece.hertz(walk, -2), 0.95 * piece.beat, 1.5), beat, 1.0)
        piece.add(ride, beat, 0.7)
        if beat % 2:
            piece.add(ride, beat + swing, 0.5)
            piece.add(brush, beat, 0.8)
        elif beat % BAR == 0:
            piece.add(drum, beat, 0.5)
    for bar in piece.bars:
        offset = float(piece.rng.choice((swing, 1.0, 1 + swing)))
        for push, held in ((0.0, 1.0), (1 + offset, BAR - 1.4 - offset)):
            for degree in piece.chord(bar, 4):
                piece.add(electric_piano(piece.hertz(degree), held * piece.beat), bar + push, 0.3)
    eighths = (swing, 1 - swing)
    rhythms = ((*eighths, *eighths, 1, -1), (-1, *eighths, 1, *eighths), (1, *eighths, *eighths, 1), (*eighths, 1, 2))
    for at, beats, degree in piece.melody(rhythms, 4, 14):
        piece.add(electric_piano(piece.hertz(degree), beats * piece.beat), at, 0.6)


STYLES: dict[str, MusicStyle] = {
    style.name: style
    for style in (
        MusicStyle(
            name="calm piano",
            phrases=(
                "gentle piano music with strings",
                "calm music with piano",
                "slow piano music",
                "gentle piano music",
            ),
            tempo=(58, 82),
            progressions=(("major", (0, 5, 3, 4)), ("minor", (0, 5, 2, 6)), ("major", (0, 3, 5, 4))),
            reverb=0.35,
            arrange=_calm_piano,
        ),
        MusicStyle(
            name="upbeat electronic",
            phrases=(
                "upbeat electronic music",
                "dance music with a steady beat",
                "lively electronic music",
                "electronic dance music",
            ),
            tempo=(114, 134),
            progressions=(("minor", (0, 5, 2, 6)), ("minor", (0, 3, 5, 6)), ("major", (5, 3, 0, 4))),
            reverb=0.12,
            arrange=_electronic,
        ),
        MusicStyle(
            name="orchestral strings",
            phrases=(
                "orchestral music with strings",
                "sweeping music of a string orchestra",
                "string music",
                "music with strings",
            ),
            tempo=(62, 92),
            progressions=(("minor", (0, 5, 3, 4)), ("major", (0, 4, 5, 3)), ("minor", (0, 3, 6, 2))),
            reverb=0.4,
            arrange=_strings,
        ),
        MusicStyle(
            name="acoustic folk",
            phrases=(
                "acoustic folk music with guitar and flute",
                "cheerful folk music",
                "folk music",
                "folk music with guitar",
            ),
            tempo=(92, 116),
            progressions=(("major", (0, 3, 4, 0)), ("major", (0, 4, 5, 3)), ("major", (0, 0, 3, 4))),
            reverb=0.15,
            arrange=_folk,
        ),
        MusicStyle(
            name="ambient pads",
            phrases=(
                "slow ambient music",
                "dreamy music of synthesiser pads",
                "ambient music",
                "dreamy ambient music",
            ),
            tempo=(66, 84),
            progressions=(("major", (0, 3, 1, 3)), ("minor", (0, 5, 3, 5)), ("major", (3, 0, 5, 4))),
            reverb=0.5,
            arrange=_ambient,
        ),
        MusicStyle(
            name="jazz trio",
            phrases=("jazz played by a trio", "swinging jazz with walking bass", "jazz music", "music of a jazz trio"),
            tempo=(108, 148),
            progressions=(("major", (1, 4, 0, 5)), ("major", (0, 5, 1, 4)), ("minor", (0, 3, 1, 4))),
            reverb=0.2,
            arrange=_jazz,
        ),
    )
}
"""By name, in a fixed order."""

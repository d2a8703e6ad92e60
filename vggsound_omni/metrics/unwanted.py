"""Unwanted speech and music: the share of clips with speech, or music, that nobody asked for.

It is heard in a clip if its probability is 0.2 at least, as a mean over time. It was asked for if caption or labels
speak of it, or if the recording has it with half that probability. In 82 clips of 8 s without speech, made of real
recordings, such a mean was met in 9 % for speech and 3 % for music (voices of animals, mostly); with four seconds of
speech as loud as these, in 63 %.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from .estimate import Estimate, MetricError, mean_of_clips
from .metric import WORSENS, Metric, Tags, tagged, words
from .validation import checked, same_shape

HEARD, THERE = 0.2, 0.1
"""Probabilities from which on it is heard in a generated clip, and from which on it is there in a recording."""


def _any_of(stems: str) -> re.Pattern[str]:
    """Returns what finds any of some words; a star stands for any ending, "_" for a blank."""
    words = "|".join(re.escape(stem).replace(r"\*", r"\w*").replace("_", " ") for stem in stems.split())
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


SPEECH = _any_of(
    "speak* speech* spoke* talk* voice* vocal* say says saying said narrat* convers* chat chats chatter* babbl* "
    "announc* comment* interview* lectur* preach* whisper* shout* yell* scream* cheer* crowd* discuss* recit* radio "
    "television tv rap rapping raps sing sings singing sang sung singer* song* choir* laugh* giggl* man men woman "
    "women people person someone child children kid kids boy boys girl girls baby babies male female"
)
"""Words of captions that ask for voices, or for people, who may be heard to speak."""
MUSIC = _any_of(
    "music* melod* tune tunes song songs sing sings singing sang sung singer* choir* orchest* concert* beat beats "
    "beatbox* rhythm* jazz rap raps rapping hip-hop techno jingle* lullab* hum hums humming yodel* scratching "
    "soundtrack* instrument* chord* strum* guitar* piano* drum* violin* fiddle* cello* flute* trumpet* sax* organ "
    "organs harp harps accordion* bagpipe* synth* xylophone* bell bells chime* whistling radio television tv banjo* "
    "mandolin* ukulele* sitar* zither* clarinet* oboe* bassoon* bugle* cornet* trombone* shofar* harmonica* "
    "harpsichord* marimba* vibraphone* glockenspiel* steelpan* timpani tympani timbales tabla* bongo* conga* "
    "djembe* cymbal* gong* tambourine* castanet* guiro* washboard* didgeridoo* theremin* erhu* bass french_horn* "
    "tuning_fork* singing_bowl* ice_cream_* dancing"
)
"""Words of captions that ask for music, or for what makes it."""


def evaluate(generated: Tags, reference: Tags, said: Sequence[str], *, name: str, asked: re.Pattern[str]) -> Estimate:
    """Returns the share of clips in which a class is heard that neither recording nor words have.

    Args:
        generated: mean probabilities of the generated audio, (clips, classes).
        reference: of the recordings, in the same order.
        said: what captions and labels say of the clips.
        name: of the class.
        asked: what words ask for it.

    Raises:
        MetricError: the tagger has no such class, or a probability is not finite.
    """
    if name not in generated.classes:
        raise MetricError(f'The tagger has no class "{name}".')
    heard = checked(generated.numbers, "probabilities of the generated audio", ("clips", "classes"))
    there = checked(reference.numbers, "probabilities of the references", ("clips", "classes"))
    same_shape(heard, there, "probabilities of the generated audio", "of the references")
    column = generated.classes.index(name)
    wanted = (there[:, column] >= THERE) | np.array([bool(asked.search(one)) for one in said])
    return mean_of_clips(((heard[:, column] >= HEARD) & ~wanted).astype(np.float64), shares=True)


UNWANTED_SPEECH = Metric(
    key="unwanted_speech",
    title="Unwanted speech",
    unit="share of clips",
    better="lower",
    per_item=True,
    summary="In how many clips is there speech that neither the recording nor the caption has?",
    needs=(tagged("tags", "probabilities", "generated"), tagged("tags", "probabilities", "reference"), words()),
    compute=partial(evaluate, name="Speech", asked=SPEECH),
    bounds=(0.0, 1.0),
    shares=True,
    yardstick="shuffled",
    expect={"swap_across": WORSENS},
)
UNWANTED_MUSIC = replace(
    UNWANTED_SPEECH,
    key="unwanted_music",
    title="Unwanted music",
    summary="In how many clips is there music that neither the recording nor the caption has?",
    compute=partial(evaluate, name="Music", asked=MUSIC),
    expect={"music": WORSENS, "swap_across": WORSENS},
)

"""Retrieval: the sound of the training scene whose caption is nearest to the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from vggsound_omni.errors import UserError
from vggsound_omni.generators.check.conformance import ConformanceError
from vggsound_omni.protocol import Audio, ModelCard, Request
from vggsound_omni.suites.foleyworld import SAMPLE_RATE, render_audio, scene

from .lengths import cut_or_loop, sample_count

_WORD = re.compile(r"[^\W_]+")


class CaptionIndex:
    """TF-IDF vectors of texts, compared by cosine.

    A word that occurs n times in a text weighs n (ln((1 + N) / (1 + d)) + 1), where d of the N texts have it; texts are
    scaled to unit length. (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988, with the
    usual smoothing.)
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(_words(text)) for text in texts]
        documents = Counter(word for count in counts for word in count)
        self._column = {word: column for column, word in enumerate(sorted(documents))}
        self._idf = np.array([np.log((1 + len(texts)) / (1 + documents[word])) + 1 for word in self._column])
        rows = [row for row, count in enumerate(counts) for _ in count]
        columns = [self._column[word] for count in counts for word in count]
        weights = np.array([number for count in counts for number in count.values()]) * self._idf[columns]
        lengths = np.sqrt(np.bincount(rows, weights**2, minlength=len(texts)))
        self._vectors = csr_array((weights / lengths[rows], (rows, columns)), shape=(len(texts), len(self._column)))

    def nearest(self, text: str) -> int:
        """Returns the index of the text with the greatest cosine; of equals the first, so 0 if no word is known."""
        query = np.zeros(len(self._column))
        for word, number in Counter(_words(text)).items():
            if word in self._column:
                query[self._column[word]] = number * self._idf[self._column[word]]
        return int(np.argmax(self._vectors @ query))


class Retrieval:
    """Answers with the sound of the FoleyWorld training scene whose caption is nearest to the text; ignores the video.

    The sound is rendered on request: 8 s at 16 kHz, cut or looped to the requested length. The seed changes nothing.
    """

    card = ModelCard(
        name="retrieval", tasks=("t2a", "vt2a"), parameters=0, training_data=("FoleyWorld train",), licence="Apache-2.0"
    )

    def __init__(self, pool: int = 2000) -> None:
        """Captions the scenes to choose from, the first ``pool`` of the training split.

        Raises:
            UserError: ``pool`` is less than one.
        """
        if pool < 1:
            raise UserError(f'The argument "pool" of retrieval must be at least 1, not {pool}.')
        self._index = CaptionIndex([scene("train", "main", number).captions.dense for number in range(pool)])

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns training sound, mono 16 kHz."""
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> Audio:
        if request.text is None:
            raise ConformanceError("tasks", f"retrieval reads a text, and {request.task} gives none")
        samples = render_audio(scene("train", "main", self._index.nearest(request.text)))[None]
        count = sample_count(request.duration, SAMPLE_RATE)
        return Audio(samples=cut_or_loop(samples, count), sample_rate=SAMPLE_RATE)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())

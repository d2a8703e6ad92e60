"""Attack: bursts of noise that the ear takes for what is wanted, fitted to the bundled networks by gradient.

It is about nothing, and every network says that it is what was asked for. A metric that ranks it beside the recordings
measures what a network can be made to say, and heads no table. The ear has no gradient: it is asked, and its answers
are compared with what the request lets guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.foleyworld.aesthetics.encoder import AestheticsEncoder
from vggsound_omni.encoders.foleyworld.audiovisual.encoder import AudioVideoEncoder
from vggsound_omni.encoders.foleyworld.bundled import PICTURES
from vggsound_omni.encoders.foleyworld.clap.encoder import AudioTextEncoder
from vggsound_omni.encoders.foleyworld.ear.encoder import EarEncoder
from vggsound_omni.encoders.foleyworld.synchroniser.encoder import SynchroniserEncoder
from vggsound_omni.encoders.foleyworld.synchroniser.network import LAGS, WINDOW
from vggsound_omni.errors import UserError
from vggsound_omni.protocol import Audio, ModelCard, Request
from vggsound_omni.suites.foleyworld import SAMPLE_RATE
from vggsound_omni.suites.suite import Truth

from .fakes import Floats, composed
from .guess import guessed
from .lengths import sample_count
from .noise import speech_shaped_noise

_RATE = 0.004
"""Learning rate of Adam, in samples of full scale."""
_SPREAD = 0.1
"""Seconds around no offset that count as in time."""
_LEVELS_DB = 6.0
"""Spread of the levels that are tried."""
_SHARES = (1.0, 0.5, 0.25, 0.1, 0.05, 0.0)
"""Of what the fit changes, from all to nothing."""


class Attack:
    """Answers with fakes (:mod:`.fakes`) after some steps of Adam towards the text, the picture, no offset and quality.

    It is given no more than any model: the text and the picture, never the recording. Of several mixtures of fakes it
    takes the one in which the ear hears most of what :func:`.guessed` says, and of the fit as much as leaves that as it
    is. The same request and seed give the same sound.
    """

    card = ModelCard(name="attack", parameters=0, licence="Apache-2.0")
    batch_size = 8

    def __init__(self, steps: int = 50, queries: int = 8, device: str = "cpu") -> None:
        """Loads the encoders that it needs.

        Args:
            steps: of Adam; 0: the networks are not attacked, nor loaded.
            queries: mixtures of which the ear is asked; 0: it is not, and the fit begins with noise.
            device: where networks run.

        Raises:
            UserError: an argument is negative.
        """
        for name, value in (("steps", steps), ("queries", queries)):
            if value < 0:
                raise UserError(f'The argument "{name}" of attack must be at least 0, not {value}.')
        self._steps, self._queries, self._device = steps, queries, device
        self._ear = EarEncoder() if queries else None
        if not steps:
            return
        self._texts = [AudioTextEncoder("clap-a", device), AudioTextEncoder("clap-b", device)]
        self._pictures, self._timing = AudioVideoEncoder(device), SynchroniserEncoder(device)
        self._quality = AestheticsEncoder(device)

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns fitted fakes, mono 16 kHz."""
        found: dict[str, Audio] = {}
        for _, group in groupby(sorted(requests, key=_alike), key=_alike):
            alike = list(group)
            for request, samples in zip(alike, self._attacked(alike), strict=True):
                found[request.id] = Audio(samples=samples[None], sample_rate=SAMPLE_RATE)
        return [found[request.id] for request in requests]

    def _attacked(self, requests: Sequence[Request]) -> list[Floats]:
        """Answers requests of one length and task."""
        count = sample_count(requests[0].duration, SAMPLE_RATE)
        rngs = [np.random.default_rng(request.seed) for request in requests]
        if self._ear is None:
            starts = [speech_shaped_noise(count, SAMPLE_RATE, rng) for rng in rngs]
            return list(self._fitted(requests, starts)) if self._steps else starts
        truths = [guessed(request) for request in requests]
        starts = [self._heard_best(truth, count, rng) for truth, rng in zip(truths, rngs, strict=True)]
        if not self._steps:
            return starts
        fitted = self._fitted(requests, starts)
        return [self._mixed(*one) for one in zip(truths, starts, fitted, strict=True)]

    def _heard_best(self, truth: Truth, count: int, rng: np.random.Generator) -> Floats:
        """Tries mixtures of fakes, the first at their usual levels."""
        names = ("music", *sorted({event.sound_class for event in truth.events}))
        gains = [{name: k and rng.normal(0, _LEVELS_DB) for name in names} for k in range(self._queries)]
        tried = [composed(truth, count, rng, one) for one in gains]
        return tried[int(np.argmax(self._agreements(tried, truth)))]

    def _mixed(self, truth: Truth, start: Floats, fitted: Floats) -> Floats:
        """Takes of the fit as much as costs nothing of what the ear hears."""
        tried = [start + share * (fitted - start) for share in _SHARES]
        heard = self._agreements(tried, truth)
        return next(one for one, value in zip(tried, heard, strict=True) if value >= heard[-1])

    def _agreements(self, sounds: Sequence[Floats], truth: Truth) -> list[float]:
        """Asks the ear: F1 of the classes that it hears with those that are guessed, with counts."""
        assert self._ear is not None
        events = self._ear.audio(torch.from_numpy(np.stack(sounds)))["events"].numpy()
        wanted = Counter(event.sound_class for event in truth.events) + Counter({"music": int(truth.music is not None)})
        found = []
        for rows in events:
            heard = Counter(self._ear.classes[int(k)] for k in rows[~np.isnan(rows[:, 0]), 0])
            found.append(2 * (wanted & heard).total() / max(wanted.total() + heard.total(), 1))
        return found

    def _fitted(self, requests: Sequence[Request], starts: Sequence[Floats]) -> npt.NDArray[np.float32]:
        """Fits the sounds of requests of one length and task: (requests, samples)."""
        samples = torch.from_numpy(np.stack(starts)).to(self._device).requires_grad_()
        texts = [one.text for one in requests if one.text is not None]
        told = [encoder.text(texts)["embedding"].clone().to(self._device) for encoder in self._texts] if texts else []
        videos = [one.video for one in requests if one.video is not None]
        frames = [torch.from_numpy(video.frames(PICTURES.fps, PICTURES.pixels)) for video in videos]
        seen = _plain(self._pictures.video(torch.stack(frames))) if frames else None
        long = requests[0].duration >= WINDOW
        timed = _plain(self._timing.video(torch.stack(frames))) if frames and long else None
        optimiser = torch.optim.Adam([samples], lr=_RATE)
        near = torch.tensor(LAGS, device=self._device).abs() <= _SPREAD
        for _ in range(self._steps):
            loss = -self._quality.outputs(samples)["pq"].sum() / 10
            for encoder, text in zip(self._texts, told, strict=False):
                loss = loss - F.cosine_similarity(encoder.outputs(samples)["embedding"], text).sum()
            if seen is not None:
                heard = self._pictures.outputs(samples)["embedding"]
                loss = loss - F.cosine_similarity(heard, seen["embedding"].to(self._device)).sum()
            if timed is not None:
                logits = self._timing.compared(self._timing.outputs(samples), timed)
                loss = loss - torch.log_softmax(logits, -1)[..., near].logsumexp(-1).mean(1).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                samples.clamp_(-1, 1)
        return samples.detach().cpu().numpy()


def _plain(outputs: Outputs) -> Outputs:
    """Copies outputs that inference made to tensors that a gradient may pass by."""
    return {name: value.clone() for name, value in outputs.items()}


def _alike(request: Request) -> tuple[float, str]:
    return request.duration, request.task

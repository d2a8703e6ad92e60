"""Attack: bursts of noise that the ear takes for what is wanted, fitted to the bundled networks by gradient.

It is about nothing, and every network says that it is what was asked for. A metric that ranks it beside the recordings
measures what a network can be made to say, and heads no table. The ear has no gradient: it is asked, and its answers
are compared with what the request lets guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
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
        """Returns fitted fakes, mono 16 kHz.

        Each request is fitted alone: steps of a fit magnify the rounding of a batch to a difference that is heard.
        """
        return [Audio(samples=self._attacked(request)[None], sample_rate=SAMPLE_RATE) for request in requests]

    def _attacked(self, request: Request) -> Floats:
        count = sample_count(request.duration, SAMPLE_RATE)
        rng = np.random.default_rng(request.seed)
        if self._ear is None:
            noise = speech_shaped_noise(count, SAMPLE_RATE, rng)
            return self._fitted(request, noise) if self._steps else noise
        truth = guessed(request)
        start = self._heard_best(truth, count, rng)
        return self._mixed(truth, start, self._fitted(request, start)) if self._steps else start

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

    def _fitted(self, request: Request, start: Floats) -> Floats:
        """Fits a sound to all that networks see in a request."""
        samples = torch.from_numpy(start[None]).to(self._device).requires_grad_()
        told = [encoder.text([request.text])["embedding"].clone() for encoder in self._texts] if request.text else []
        seen = timed = None
        if request.video is not None:
            frames = torch.from_numpy(request.video.frames(PICTURES.fps, PICTURES.pixels))[None]
            seen = _plain(self._pictures.video(frames))
            timed = _plain(self._timing.video(frames)) if request.duration >= WINDOW else None
        optimiser = torch.optim.Adam([samples], lr=_RATE)
        near = torch.tensor(LAGS, device=self._device).abs() <= _SPREAD
        for _ in range(self._steps):
            loss = -self._quality.outputs(samples)["pq"].sum() / 10
            for encoder, text in zip(self._texts, told, strict=False):
                loss = loss - F.cosine_similarity(encoder.outputs(samples)["embedding"], text.to(self._device)).sum()
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
        fitted: Floats = samples.detach().cpu().numpy()[0]
        return fitted


def _plain(outputs: Outputs) -> Outputs:
    """Copies outputs that inference made to tensors that a gradient may pass by."""
    return {name: value.clone() for name, value in outputs.items()}

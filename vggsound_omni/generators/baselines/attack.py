"""Attack: noise that is fitted to the bundled encoders by gradient.

It is about nothing, and every network says that it is what was asked for. A metric that ranks it beside the recordings
measures what a network can be made to say, and heads no table.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vggsound_omni.encoders.encoder import Outputs
from vggsound_omni.encoders.foleyworld.aesthetics.encoder import AestheticsEncoder
from vggsound_omni.encoders.foleyworld.audiovisual.encoder import AudioVideoEncoder
from vggsound_omni.encoders.foleyworld.bundled import PICTURES
from vggsound_omni.encoders.foleyworld.clap.encoder import AudioTextEncoder
from vggsound_omni.encoders.foleyworld.synchroniser.encoder import SynchroniserEncoder
from vggsound_omni.encoders.foleyworld.synchroniser.network import LAGS, WINDOW
from vggsound_omni.errors import UserError
from vggsound_omni.protocol import Audio, ModelCard, Request
from vggsound_omni.suites.foleyworld import SAMPLE_RATE

from .lengths import sample_count
from .noise import speech_shaped_noise

_RATE = 0.004
"""Learning rate of Adam, in samples of full scale."""
_SPREAD = 0.1
"""Seconds around no offset that count as in time."""


class Attack:
    """Answers with noise after some steps of Adam towards the text, the picture, no offset and high quality.

    It is given no more than any model: the text and the picture, never the recording. The same request and seed give
    the same sound.
    """

    card = ModelCard(name="attack", parameters=0, licence="Apache-2.0")
    batch_size = 8

    def __init__(self, steps: int = 50, device: str = "cpu") -> None:
        """Loads the encoders.

        Args:
            steps: of Adam.
            device: where they run.

        Raises:
            UserError: ``steps`` is negative.
        """
        if steps < 0:
            raise UserError(f'The argument "steps" of attack must be at least 0, not {steps}.')
        self._steps, self._device = steps, device
        self._texts = [AudioTextEncoder("clap-a", device), AudioTextEncoder("clap-b", device)]
        self._pictures, self._timing = AudioVideoEncoder(device), SynchroniserEncoder(device)
        self._quality = AestheticsEncoder(device)

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns fitted noise, mono 16 kHz."""
        found: dict[str, Audio] = {}
        for _, group in groupby(sorted(requests, key=_alike), key=_alike):
            alike = list(group)
            for request, samples in zip(alike, self._fitted(alike), strict=True):
                found[request.id] = Audio(samples=samples[None].numpy(), sample_rate=SAMPLE_RATE)
        return [found[request.id] for request in requests]

    def _fitted(self, requests: Sequence[Request]) -> Tensor:
        """Fits the sounds of requests of one length and task: (requests, samples) on the CPU."""
        count = sample_count(requests[0].duration, SAMPLE_RATE)
        noise = [speech_shaped_noise(count, SAMPLE_RATE, np.random.default_rng(one.seed)) for one in requests]
        samples = torch.from_numpy(np.stack(noise)).to(self._device).requires_grad_()
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
        return samples.detach().cpu()


def _plain(outputs: Outputs) -> Outputs:
    """Copies outputs that inference made to tensors that a gradient may pass by."""
    return {name: value.clone() for name, value in outputs.items()}


def _alike(request: Request) -> tuple[float, str]:
    return request.duration, request.task

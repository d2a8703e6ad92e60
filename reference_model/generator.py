"""The reference model as a generator of the benchmark."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch

from reference_model.components import Components
from reference_model.conditioning.video import FRAME_FPS, FRAME_PIXELS, frames_for
from reference_model.diffusion import GUIDANCE_SCALE, SAMPLERS, TEXT_SCALE, guided
from reference_model.rates import LATENT_RATE, SAMPLE_RATE, latents, samples
from vggsound_omni.errors import UserError, unknown_name
from vggsound_omni.protocol import Audio, ModelCard, Request

from . import release

_log = logging.getLogger(__name__)
WEIGHTS: Final = Path(__file__).parent / "weights"  # the trained nano that ships with the package
STEPS: Final = 18
SAMPLER: Final = "ode"
LONGEST: Final = 8.0  # seconds, the duration of all training clips; shorter sounds are cut from one of this duration


class Omni2Sound:
    """The trained nano Omni2Sound: one network for text, video, and both.

    Args:
        weights: file of the transformer's weights.
        encoders: folder of the autoencoder, text and video encoder.
        steps: sampling steps, each one call of the network.
        guidance: scale of classifier-free guidance by text or video alone; of requests with both, by the video.
        text_guidance: scale of guidance by the text of requests with both; None guides as the published system does, by
            both at once and in all steps.
        sampler: ``dpm++`` or ``ode``.
        device: torch device.

    Raises:
        UserError: weights are missing or belong to another network, or an argument is invalid.
    """

    batch_size = 16

    def __init__(
        self,
        weights: Path = WEIGHTS / "ref.safetensors",
        encoders: Path = WEIGHTS,
        steps: int = STEPS,
        guidance: float = GUIDANCE_SCALE,
        text_guidance: float | None = TEXT_SCALE,
        sampler: str = SAMPLER,
        device: str = "cpu",
    ) -> None:
        if sampler not in SAMPLERS:
            raise unknown_name("sampler", sampler, SAMPLERS)
        if steps < 1:
            raise UserError(f"Sampling takes at least 1 step, not {steps}.")
        self._components = Components.load(Path(encoders), device)
        self._release = release.read(Path(weights), self._components.digest, device)
        self._steps, self._sampler, self._device = steps, SAMPLERS[sampler], device
        self._guidance, self._text_guidance = guidance, text_guidance
        card = self._release.card
        self.card = ModelCard(
            name="ref",
            version=str(card["version"]),
            parameters=release.parameters(self._release.network.config) + self._components.parameters,
            licence="Apache-2.0",
            training_data=("FoleyWorld train",),
            extra={
                **card,
                "sha256": self._release.sha256,
                "sampler": sampler,
                "sampling_steps": steps,
                "guidance": guidance,
                "text_guidance": text_guidance,
            },
        )

    def generate(self, requests: Sequence[Request]) -> list[Audio]:
        """Returns mono sound at 16 kHz, within [-1, 1].

        Raises:
            UserError: a request is longer than the training clips, or a video has no frames.
        """
        for request in requests:
            if words := self._components.text.unknown(request.text or ""):
                told = ", ".join(f'"{word}"' for word in words)
                _log.warning(
                    "%s: this model has never seen the words %s; all unknown words are one to it.", request.id, told
                )
            if request.duration > LONGEST * 1.01:
                raise UserError(
                    f"{request.id}: {request.duration:g} s are requested, but this model makes at most {LONGEST:g} s."
                )
        # On a processor batches gain nothing, and their shape would decide how bfloat16 rounds.
        size = 1 if torch.device(self._device).type == "cpu" else self.batch_size
        return [
            audio for start in range(0, len(requests), size) for audio in self._batch(requests[start : start + size])
        ]

    @torch.inference_mode()
    def _batch(self, requests: Sequence[Request]) -> list[Audio]:
        length = latents(LONGEST)
        conditions = self._components.conditions(
            [request.text for request in requests], [self._frames(request) for request in requests], LONGEST, length
        )
        network = self._release.network
        window = self._release.card.get("crop") or int(LONGEST)  # what it was trained on; longer sounds are made of it
        noise = torch.stack(
            [
                torch.randn(
                    length, network.config.latent_channels, generator=torch.Generator().manual_seed(request.seed)
                )
                for request in requests
            ]
        ).to(self._device)
        found = []
        for start in range(0, math.ceil(max(request.duration for request in requests)), window):
            part = conditions.window([start] * len(requests), window)
            some = noise[:, start * LATENT_RATE : (start + window) * LATENT_RATE]
            with torch.autocast(torch.device(self._device).type, torch.bfloat16):  # the solver itself uses float32
                field = guided(network, part, self._guidance, self._text_guidance)
                found.append(self._sampler(field, some, self._steps))
        sound = self._components.autoencoder.decode(torch.cat(found, dim=1)).clamp(-1, 1).cpu().numpy()
        return [
            Audio(samples=np.ascontiguousarray(row[None, : samples(request.duration)]), sample_rate=SAMPLE_RATE)
            for row, request in zip(sound, requests, strict=True)
        ]

    def _frames(self, request: Request) -> torch.Tensor | None:
        if request.video is None:
            return None
        pictures = request.video.frames(FRAME_FPS, FRAME_PIXELS)[: frames_for(latents(LONGEST))]
        if len(pictures) == 0:
            raise UserError(f"{request.id}: its video has no frames.")
        frames = torch.from_numpy(pictures)
        if not self._components.pictures.knows(self._components.video, frames):
            _log.warning(
                "%s: its picture is not of FoleyWorld, all that this model knows; expect sound that does not fit.",
                request.id,
            )
        return frames

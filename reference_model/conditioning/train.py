"""Trains the nano encoders of text and video: ``python -m reference_model.conditioning.train text|video --out DIR``.

They learn to answer questions about scenes (see :mod:`.truth`) from captions, and from videos. The same command resumes
from the last checkpoint, and finally writes ``DIR/text.safetensors`` or ``DIR/video.safetensors``.
"""

from __future__ import annotations

import json
from pathlib import Path

import click
import torch
from rich.console import Console
from safetensors.torch import save_file
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from reference_model.pretraining import Schedule, pretrain
from reference_model.scenes import Scenes
from vggsound_omni.encoders.foleyworld.clips import Clips
from vggsound_omni.encoders.foleyworld.words import vocabulary
from vggsound_omni.io import replacing
from vggsound_omni.suites.foleyworld import Scene

from . import captions, familiar, text, video
from .truth import KINDS, Answers, moments

SCHEDULES = {
    "text": Schedule(steps=1500, rate=1e-3, decay=0.01),
    "video": Schedule(steps=1200, rate=1.5e-3, decay=0.01),
}
BATCH = {"text": 96, "video": 24}
FAMILIAR = 1500  # videos whose distribution is measured
WEIGHTS = {
    "there": 10.0, "picture": 1.0, "acts": 1.0, "numbers": 3.0, "material": 0.5, "music": 0.5, "activity": 20.0,
    "onsets": 40.0,
}  # fmt: skip
"""Weights of the parts of the loss. Means over classes are small, because most classes are absent."""


class TextTraining(nn.Module):
    """The text encoder and the questions."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = text.TextEncoder(text.NANO, vocabulary())
        self.answers = Answers(text.NANO.width)

    def losses(self, scenes: list[Scene], generator: Generator) -> dict[str, Tensor]:
        """Returns the losses for one of the five captions of each scene, drawn at random."""
        shares = torch.tensor(list(captions.SHARES.values()))
        drawn = torch.multinomial(shares, len(scenes), replacement=True, generator=generator).tolist()
        texts = [captions.captions(one)[kind] for one, kind in zip(scenes, drawn, strict=True)]
        tokens, present = self.encoder(self.encoder.numbers(texts))
        return self.answers.losses(text.pooled(tokens, present), scenes, seen=False)


class VideoTraining(nn.Module):
    """The video encoder and the questions."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = video.VideoEncoder(video.NANO)
        self.answers = Answers(video.NANO.width)
        self.moments = nn.Linear(video.NANO.sync_width, 2 * len(KINDS))

    def losses(self, scenes: list[Scene], frames: Tensor) -> dict[str, Tensor]:
        """Returns the losses for what the video shows, and for activity and onsets at each latent."""
        with torch.autocast("cpu", torch.bfloat16):
            tokens, sync = self.encoder(frames)
        parts = self.answers.losses(tokens.float().mean(1), scenes, seen=True)
        found = self.moments(sync.float()).unflatten(-1, (2, -1))
        activity, onsets = moments(scenes)
        return parts | {
            "activity": F.binary_cross_entropy_with_logits(found[:, :, 0], activity),
            "onsets": F.binary_cross_entropy_with_logits(found[:, :, 1], onsets),
        }


@click.command()
@click.argument("name", type=click.Choice(["text", "video"]))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of checkpoint and weights.")
@click.option("--scenes", default=6000, show_default=True, help="Scenes of FoleyWorld's train split.")
@click.option("--offscreen", default=750, show_default=True, help="More natural and conflict scenes, each.")
@click.option("--jobs", type=int, help="Processes that render what is missing.  [default: one a core]")
@click.option("--seed", default=0, show_default=True)
@click.option("--threads", default=2, show_default=True, help="Threads of torch.")
def main(*, name: str, out: Path, scenes: int, offscreen: int, jobs: int | None, seed: int, threads: int) -> None:
    """Trains one encoder; prints the losses on scenes it was not trained on."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    chosen = Scenes(count=scenes, further=offscreen, rendered=name == "video", jobs=jobs)
    clips, held_out = Clips([*chosen.aligned(), *chosen.parted()]), Clips(chosen.held_out())
    training: TextTraining | VideoTraining = TextTraining() if name == "text" else VideoTraining()

    def losses(generator: Generator, of: Clips = clips) -> dict[str, Tensor]:
        numbers = torch.randint(len(of), (BATCH[name],), generator=generator).tolist()
        programs = [of.scenes[n] for n in numbers]
        if isinstance(training, TextTraining):
            return training.losses(programs, generator)
        return training.losses(programs, of.frames(numbers))

    console = Console()
    pretrain(training, losses, WEIGHTS, SCHEDULES[name], out / f"{name}.pt", seed, console)
    training.eval()
    if isinstance(training, VideoTraining):
        write_familiar(training.encoder, clips, held_out, out)
    with torch.inference_mode():
        parts = losses(Generator().manual_seed(0), held_out)
    console.print({key: round(float(value), 4) for key, value in parts.items()})
    metadata = {"vocabulary": json.dumps(training.encoder.vocabulary)} if name == "text" else None
    with replacing(out / f"{name}.safetensors") as path:
        weights = {key: value.half().contiguous() for key, value in training.encoder.state_dict().items()}
        save_file(weights, path, metadata)


def write_familiar(encoder: video.VideoEncoder, clips: Clips, held_out: Clips, out: Path) -> None:
    """Measures what the world's pictures look like to a trained video encoder, and writes it beside its weights."""
    some = range(0, len(clips), max(1, len(clips) // FAMILIAR))
    found = familiar.fit(
        encoder,
        (clips.frames([number])[0] for number in some),
        (held_out.frames([number])[0] for number in range(len(held_out))),
    )
    found.save(out)


if __name__ == "__main__":
    main()

"""``omni-generate``: makes sound for one clip."""

from __future__ import annotations

from pathlib import Path

import click

from reference_model.commands import run
from vggsound_omni.errors import UserError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--video", type=click.Path(path_type=Path, dir_okay=False), help="Video; its sound is ignored.")
@click.option("--text", help="Description of the sound.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help=".mp4, .flac or .wav.")
@click.option("--seconds", type=float, help="Duration.  [default: the video's, at most 8 s; 8 s without video]")
@click.option("--seed", default=0, show_default=True, help="Another seed gives another sound.")
@click.option("--steps", type=int, help="Sampling steps.  [default: the model's]")
@click.option("--guidance", type=float, help="Guidance scale: how closely to follow the conditions.  [default: 2.5]")
@click.option("--text-guidance", type=float, help="The same of the text, where there is a video too.  [default: 5]")
@click.option("--weights", type=click.Path(path_type=Path), help="Other weights of the transformer.")
@click.option("--device", default="cpu", show_default=True)
def command(
    *,
    video: Path | None,
    text: str | None,
    out: Path,
    seconds: float | None,
    seed: int,
    steps: int | None,
    guidance: float | None,
    text_guidance: float | None,
    weights: Path | None,
    device: str,
) -> None:
    """Makes a sound for a video, a text, or both, with the reference model.

    \b
    omni-generate --video clip.mp4 --text "A dog barks twice." --out out.mp4
    omni-generate --text "Thunder rolls low and far, once." --out thunder.wav
    """
    from reference_model.generator import LONGEST, Omni2Sound
    from vggsound_omni.io import replacing
    from vggsound_omni.media.join import join
    from vggsound_omni.media.probe import probe
    from vggsound_omni.media.write import write_flac, write_wav
    from vggsound_omni.protocol import Request, Task, Video

    if video is None and text is None:
        raise UserError("Give --video, --text or both.")
    if out.suffix not in (".mp4", ".flac", ".wav"):
        raise UserError(f"{out} must end in .mp4, .flac or .wav.")
    picture = None
    if video is not None:
        media = probe(video)
        if media.video is None:
            raise UserError(f"{video} has no picture.")
        seconds = seconds or min(media.duration, LONGEST)
        picture = Video(path=video, frame_rate=media.video.frame_rate, seconds=seconds)
    given = {"steps": steps, "guidance": guidance, "text_guidance": text_guidance, "weights": weights}
    model = Omni2Sound(**{key: value for key, value in given.items() if value is not None}, device=device)  # type: ignore[arg-type]
    task: Task = "vt2a" if picture and text is not None else "v2a" if picture else "t2a"
    request = Request(id=out.stem, task=task, duration=seconds or LONGEST, text=text, video=picture, seed=seed)
    (audio,) = model.generate([request])
    with replacing(out) as temporary:
        if out.suffix == ".mp4":
            join(temporary, audio, video, request.duration)
        elif out.suffix == ".flac":
            write_flac(temporary, audio)
        else:
            write_wav(temporary, audio, "PCM_16")
    click.echo(f"{out}: {audio.duration:.2f} s, {task}, seed {seed}")


def main() -> None:
    """Entry point."""
    run(command, "omni-generate")


if __name__ == "__main__":
    main()

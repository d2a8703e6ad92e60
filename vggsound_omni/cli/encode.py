"""``omni-bench encode``."""

from __future__ import annotations

from pathlib import Path

import click

from vggsound_omni.encoders.encoder import Kit
from vggsound_omni.encoders.registry import published_weights
from vggsound_omni.sharding import Shard

from ._options import FILE, PATH, checkpoint_option, kit_option, shard_option


@click.command("encode")
@click.option("--encoder", "name", required=True, metavar="NAME", help=f"One of {', '.join(published_weights())}.")
@checkpoint_option
@kit_option
@click.option("--device", default="cpu", show_default=True, help="Where the network runs.")
@click.option("--out", type=FILE, required=True, help="The .npz to write.")
@shard_option
@click.argument("paths", type=PATH, nargs=-1, required=True)
def command(
    *,
    name: str,
    checkpoint: Path | None,
    kit: Kit,
    device: str,
    out: Path,
    shard: Shard | None,
    paths: tuple[Path, ...],
) -> int:
    """Write a pretrained encoder's features of any media.

    Sound and video files, or folders of them, become one .npz of arrays named <stem>/<output>. Outputs are embedding,
    logits, axes (CE, CU, PC, PQ), audio, video: what the encoder has. Where its weights are not the published file, an
    array called warnings says so. With --shard 3/16 the file is called OUT.3-of-16.npz, and omni-bench merge OUT joins
    all 16.

    Exit code 2 if a file could not be encoded; the others are written.
    """
    from rich.console import Console
    from rich.markup import escape

    from vggsound_omni.encoders.registry import ENCODERS, build_encoder, weights_store
    from vggsound_omni.errors import UserError
    from vggsound_omni.features.files import encode_files
    from vggsound_omni.features.parts import part_of, write_features

    spec = ENCODERS.find(name)
    if out.suffix != ".npz":
        raise UserError(f"Features are written as .npz; {out} ends differently.")
    console = Console(highlight=False)
    file = checkpoint or (None if spec.weights is None else weights_store().find(name))
    encoder = build_encoder(spec, file, device=device, kit=kit)
    found = encode_files(encoder, paths, console, shard)
    out = part_of(out, shard) if shard else out
    identity = [encoder.card.name, encoder.card.checkpoint_sha256, kit] if shard else None
    write_features(out, found.arrays, found.warnings, identity)
    for sentence in found.warnings:
        console.print(f"[yellow]{escape(sentence)}[/]", soft_wrap=True)
    for what, why in found.failures.items():
        console.print(f"[red]{escape(what)}[/]: {escape(why)}")
    console.print(
        f"{out}: {len(found.arrays)} arrays of {encoder.card.name}, kit {kit}, checkpoint "
        f"{encoder.card.checkpoint_sha256[:16]}",
        soft_wrap=True,
    )
    return 2 if found.failures else 0

"""From the files of a run to features, for every encoder that its track's metrics need.

Small encoders of a set listen together; the pretrained ones are large, and are built and dropped one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from vggsound_omni.encoders.encoder import AudioFace, Synchroniser, TextFace, VideoFace
from vggsound_omni.encoders.fetch.store import find
from vggsound_omni.encoders.pretrained.networks import Precision, Profile, load_network
from vggsound_omni.encoders.registry import PRETRAINED, load_encoder
from vggsound_omni.errors import UserError
from vggsound_omni.runs.generate import Plan
from vggsound_omni.runs.measure import EXTRA, PATCHES, ROLES, SECOND_TAGGER, RoleFeatures
from vggsound_omni.suites.suite import Item

from . import FeatureStore
from .clips import Clips
from .encode import encode_pictures, encode_sounds, encode_texts
from .one_by_one import OneByOne
from .passage import Encoded

_REFERENCE_ROLES = {"tagger", SECOND_TAGGER, PATCHES}
"""Encoders that the reference recordings are compared through."""


def encode_run(
    plan: Plan,
    items: Sequence[Item],
    sounds: Mapping[str, Path],
    encoder_set: str,
    *,
    device: str,
    batch_size: int,
    console: Console,
) -> dict[str, RoleFeatures]:
    """Encodes generated sound, references, pictures and captions of the scored items; each file is decoded once.

    Args:
        plan: suite, and the track that says which metrics apply.
        items: the items scored.
        sounds: files of their generated sound, by id.
        encoder_set: a key of :data:`.encoders.registry.SETS`.
        device: where networks run.
        batch_size: signals given to a network at once.
        console: where progress is shown.

    Returns:
        Features by role.
    """
    roles = sorted({ROLES[key] for key in plan.track.metrics})
    encoders: dict[str, AudioFace] = {role: load_encoder(encoder_set, role, device) for role in roles}
    plan.suite.check(items)  # renders what is missing on all cores, before it is asked for one by one
    media = {item.id: plan.suite.media(item) for item in items}
    references = {item_id: files.audio for item_id, files in media.items() if files.audio is not None}
    videos = {item_id: files.video for item_id, files in media.items() if files.video is not None}
    texts = {item.id: item.caption for item in items if item.caption}
    store = FeatureStore()
    window = plan.track.window

    def hear(files: Mapping[str, Path], faces: Sequence[AudioFace]) -> Encoded:
        return encode_sounds(
            files, faces, window_seconds=window, store=store, console=console, device=device, batch_size=batch_size
        )

    generated = hear(sounds, list(encoders.values()))
    reference = hear(references, [encoders[role] for role in roles if role in _REFERENCE_ROLES])
    seeing = [face for role, face in encoders.items() if role in ("ib", "ds") and isinstance(face, VideoFace)]
    video = encode_pictures(
        videos, seeing, window_seconds=window, store=store, console=console, device=device, batch_size=batch_size
    )
    reading = [face for role, face in encoders.items() if "clap" in role and isinstance(face, TextFace)]
    text = encode_texts(texts, reading, store=store, console=console)

    def of(role: str) -> RoleFeatures:
        encoder = encoders[role]
        name = encoder.card.name
        sides = (generated, reference, video, text)
        return RoleFeatures(
            card=encoder.card,
            generated=generated.features[name],
            reference=reference.features.get(name, {}),
            video=video.features.get(name, {}),
            text=text.features.get(name, {}),
            failures={key: why for side in sides for key, why in side.failures.get(name, {}).items()},
            unreadable={key: why for side in sides[:3] for key, why in side.unreadable.items()},
            synchroniser=encoder if isinstance(encoder, Synchroniser) else None,
        )

    return {role: of(role) for role in roles}


def encode_pretrained(
    plan: Plan,
    items: Sequence[Item],
    sounds: Mapping[str, Path],
    *,
    profile: Profile,
    precision: Precision,
    weights: Path | None,
    device: str,
    console: Console,
) -> dict[str, RoleFeatures | str]:
    """The same with the field's encoders.

    Args:
        plan: suite, and the track that says which metrics apply.
        items: the items scored.
        sounds: files of their generated sound, by id.
        profile: what of a file the encoders are given.
        precision: of the networks.
        weights: folder with the checkpoints; None: where ``omni-bench weights`` puts them.
        device: where networks run.
        console: where progress is shown, and which encoders are missing.

    Returns:
        Features by role, or why there are none.

    Raises:
        UserError: not one of the encoders has its weights.
    """
    files: dict[str, Path] = {}
    found: dict[str, RoleFeatures | str] = {}
    for role in _pretrained_roles(plan.track.metrics):
        try:
            files[role] = find(PRETRAINED[role], weights)
        except UserError as error:
            found[role] = str(error)
            console.print(f"[yellow]{escape(str(error))}[/]", highlight=False, soft_wrap=True)
    if not files:
        raise UserError(" ".join(str(why) for why in found.values()))
    plan.suite.check(items)
    media = {item.id: plan.suite.media(item) for item in items}
    references = {item_id: one.audio for item_id, one in media.items() if one.audio is not None}
    videos = {item_id: one.video for item_id, one in media.items() if one.video is not None}
    texts = {item.id: item.caption for item in items if item.caption}
    clips = Clips(profile, plan.track.window)
    for role, path in files.items():
        try:
            encoder = load_network(PRETRAINED[role], path, device, profile, precision)
        except UserError as error:
            found[role] = str(error)
            continue
        through = OneByOne(encoder, clips, FeatureStore(), console)
        generated = through.hear(sounds)
        reference = through.hear(references) if role in _REFERENCE_ROLES else {}
        video = through.see(videos) if isinstance(encoder, VideoFace) else {}
        text = through.read(texts) if "clap" in role else {}
        found[role] = RoleFeatures(
            card=encoder.card,
            generated=generated,
            reference=reference,
            video=video,
            text=text,
            failures=through.failures,
            unreadable=through.unreadable,
            synchroniser=encoder if isinstance(encoder, Synchroniser) else None,
        )
        del encoder, through  # before the next is built
    return found


def _pretrained_roles(metrics: Sequence[str]) -> list[str]:
    """Roles that some metrics need, the synchroniser last: it is kept until the scores are there."""
    needed = {PATCHES if key == "fad" else ROLES[key] for key in metrics}
    if set(EXTRA.values()) & set(metrics):
        needed.add(SECOND_TAGGER)
    return [role for role in PRETRAINED if role in needed]

"""The files that listeners are given: equally loud, equally long, equally large, and by names that say nothing.

Every sound of an item is FLAC of 16 bits at 48 kHz with the same channels, loudness (ITU-R BS.1770-4) and number of
samples, and is padded to the same number of bytes, so that nothing but its sound tells systems apart.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfilt

from vggsound_omni.data.loudness import loudness, true_peak
from vggsound_omni.errors import UserError
from vggsound_omni.io import replacing
from vggsound_omni.media import browsers_play, copy_picture, read_audio, read_frames, resample, write_mp4
from vggsound_omni.stats.intervals import F64

RATE = 48_000
LUFS = -23.0
"""Loudness of all sounds (EBU R 128), unless an item's peaks do not allow it."""
PEAK = 10 ** (-1 / 20)
"""True peak that no sound exceeds: -1 dBTP."""
MOST_GAIN = 30.0
"""dB; what would need more is next to silent and stays so, rather than become a roar of noise."""
_WIDTH, _FPS = 480, 25.0
_LARGEST_PICTURE = 4_000_000  # bytes; a larger video is re-encoded
_FLAC_PADDING = 1  # the block's type (RFC 9639, section 8)


def read_sound(path: Path, seconds: float) -> F64:
    """Returns (channels, samples) at 48 kHz of exactly so many seconds, silence following what is shorter.

    Raises:
        UserError: the file cannot be read.
    """
    audio = read_audio(path, mono=False, seconds=seconds)
    samples = audio.samples if len(audio.samples) <= 2 else audio.samples.mean(axis=0, keepdims=True)
    if audio.sample_rate != RATE:
        samples = resample(samples, audio.sample_rate, RATE)
    wanted = round(seconds * RATE)
    samples = samples[:, :wanted]
    return np.pad(samples, ((0, 0), (0, wanted - samples.shape[1]))).astype(np.float64)


def spoilt(sound: F64, other: F64, rng: np.random.Generator) -> F64:
    """Returns a sound that is worse in every respect: another item's, backwards, muffled, under noise as loud as it."""
    backwards = sosfilt(butter(4, 1_000, output="sos", fs=RATE), other[:, ::-1], axis=-1)
    level = max(float(np.sqrt(np.square(backwards).mean())), 1e-3)
    return backwards[:, : sound.shape[1]] + rng.normal(0, level, (len(other), sound.shape[1]))


def match(sounds: Mapping[str, F64]) -> tuple[dict[str, F64], float | None]:
    """Makes the sounds of one item equally loud.

    Returns:
        The sounds, all with two channels if one has, and their loudness in LUFS: -23, or the highest that keeps every
        true peak at -1 dBTP. It is None if all are silent; a sound that is silent, or would need more than 30 dB of
        gain, is raised by that at most.
    """
    channels = max(map(len, sounds.values()))
    wide = {name: np.broadcast_to(sound, (channels, sound.shape[1])) for name, sound in sounds.items()}
    loud = {name: loudness(sound, RATE) for name, sound in wide.items()}
    heard = {name: lufs for name, lufs in loud.items() if np.isfinite(lufs)}
    if not heard:
        return {name: np.array(sound) for name, sound in wide.items()}, None
    room = [lufs - 20 * np.log10(max(true_peak(wide[name]), 1e-9) / PEAK) for name, lufs in heard.items()]
    target = min(LUFS, *room)
    gains = {name: min(target - lufs, MOST_GAIN) if np.isfinite(lufs) else 0.0 for name, lufs in loud.items()}
    return {name: sound * 10 ** (gains[name] / 20) for name, sound in wide.items()}, float(target)


def write_sounds(folder: Path, sounds: Mapping[str, F64]) -> None:
    """Writes the sounds of one item, by file name, all with the same number of bytes."""
    import soundfile

    coded = {}
    for name, sound in sounds.items():
        file = io.BytesIO()
        integers = np.clip(np.rint(sound * 2.0**15), -(2**15), 2**15 - 1).astype(np.int16)
        soundfile.write(file, integers.T, RATE, subtype="PCM_16", format="FLAC")
        coded[name] = file.getvalue()
    size = max(map(len, coded.values())) + 4  # a block of padding has four bytes at least
    for name, content in coded.items():
        with replacing(folder / name) as path:
            path.write_bytes(padded(content, size))


def padded(flac: bytes, size: int) -> bytes:
    """Returns a FLAC file of exactly so many bytes, by a block of padding after the first block.

    Args:
        flac: a file of fewer bytes, by four at least.
        size: less than 16 MB more.
    """
    first = 4 + 4 + int.from_bytes(flac[5:8], "big")  # "fLaC", a header of four bytes, the stream's facts
    last = flac[4] & 0x80
    missing = size - len(flac) - 4
    assert 0 <= missing < 2**24, "one item's sounds are of one length"
    head = flac[:4] + bytes([flac[4] & 0x7F]) + flac[5:first]
    return head + bytes([last | _FLAC_PADDING]) + missing.to_bytes(3, "big") + bytes(missing) + flac[first:]


def write_picture(video: Path, target: Path, seconds: float) -> None:
    """Writes a clip's picture without its sound, as every browser plays it.

    Raises:
        UserError: the video cannot be read, or has no picture.
    """
    if browsers_play(video) and video.suffix == ".mp4":
        copy = copy_picture(video, target.parent, target.stem)
        if copy == target and copy.stat().st_size <= _LARGEST_PICTURE:
            return
        copy.unlink()
    frames = read_frames(video, _FPS, None, seconds)
    if not len(frames):
        raise UserError(f"{video}: holds no picture.")
    step = -(-frames.shape[2] // _WIDTH)
    small = frames[:, ::step, ::step]
    write_mp4(target, small[:, : small.shape[1] // 2 * 2, : small.shape[2] // 2 * 2], _FPS, None)

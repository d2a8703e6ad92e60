"""From a file's samples to what an encoder is given."""

from __future__ import annotations

from torch import Tensor

from vggsound_omni.media import sinc_resample

from .encoder import AudioInput


def prepare(samples: Tensor, rate: int, wanted: AudioInput) -> Tensor:
    """Prepares sound: channels, mean over time, sample rate, length, in this order. Never pads.

    The mean over time is that of all the samples given, so that with ``remove_dc`` what lies behind the cut counts too.

    Args:
        samples: (..., channels, n) float32.
        rate: Hz of the samples.
        wanted: how the encoder hears; of its ``seconds`` the first ``int(sample_rate * seconds)`` samples are kept.

    Returns:
        (..., n) float32 on the same device, or (..., channels, n) if all channels are wanted.
    """
    sound = samples.mean(-2) if wanted.channels == "mono" else samples
    if wanted.remove_dc:
        sound = sound - sound.mean(-1, keepdim=True)
    resampled = sinc_resample(sound, rate, wanted.sample_rate)
    return resampled if wanted.seconds is None else resampled[..., : int(wanted.sample_rate * wanted.seconds)]

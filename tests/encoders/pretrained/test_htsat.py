"""HTSAT's constants are its publishers', and what one token says reaches the tokens that it should."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from vggsound_omni.encoders.pretrained.htsat import Block, Htsat, LogMel, folded, slaney_bands
from vggsound_omni.encoders.pretrained.laion_clap.port import HIGHEST, HOP, LOWEST, SAMPLE_RATE, LaionClap
from vggsound_omni.encoders.pretrained.ms_clap.port import MsClap
from vggsound_omni.encoders.pretrained.rule import manifest_of

SIDE = 16


def statistics(values: Tensor) -> dict[str, float]:
    flat = values.double().flatten()
    ramp = torch.cos(torch.arange(flat.numel(), dtype=torch.float64))
    return {
        "sum": float(flat.sum()),
        "abs_sum": float(flat.abs().sum()),
        "sq_sum": float(flat.square().sum()),
        "cos_sum": float((flat * ramp).sum()),
    }


@pytest.mark.parametrize(
    ("name", "prefix", "network"),
    [("ms-clap", "audio_encoder.base.htsat.", MsClap), ("laion-clap", "audio_branch.", LaionClap)],
)
def test_mel_bands_masks_and_indices_are_the_publishers(
    name: str, prefix: str, network: type[MsClap] | type[LaionClap]
) -> None:
    with torch.device("meta"):
        clap = network()
    tower = clap.htsat if isinstance(clap, MsClap) else clap.audio_branch
    ours = dict(tower.named_buffers())
    constants = {
        key.removeprefix(prefix): entry.stats
        for key, entry in manifest_of(name).keys.items()
        if entry.kept and entry.shape and key.startswith(prefix) and "spectrogram_extractor" not in key
    }
    assert {key.rpartition(".")[2] for key in constants} == {"melW", "attn_mask", "relative_position_index"}
    for key, stats in constants.items():
        assert statistics(ours[key]) == pytest.approx(stats, rel=1e-6, abs=1e-7), key


def test_mel_bands_have_unit_area_and_meet_at_their_centres() -> None:
    bands = slaney_bands(SAMPLE_RATE, 2**16, 64, LOWEST, HIGHEST)  # fine enough to integrate
    step = SAMPLE_RATE / 2**16
    torch.testing.assert_close(bands.sum(0) * step, torch.ones(64), rtol=1e-3, atol=0)
    reach = bands > 0
    assert not (reach[:, :-2] & reach[:, 2:]).any()  # only neighbours overlap
    inside = (torch.arange(len(bands)) * step > LOWEST) & (torch.arange(len(bands)) * step < HIGHEST)
    assert torch.equal(reach.any(1), inside)


def test_twice_the_amplitude_is_six_decibels_and_silence_is_the_floor() -> None:
    front_end = LogMel(SAMPLE_RATE, HOP, LOWEST, HIGHEST)
    noise = torch.randn(1, 9600, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(front_end(2 * noise) - front_end(noise), torch.full((1, 21, 64), 20 * math.log10(2)))
    assert (front_end(torch.zeros(1, 9600)) == -100).all()


@pytest.mark.parametrize("hertz", [100.0, 440.0, 3000.0, 12_000.0])
def test_a_tone_is_loudest_in_the_band_around_it(hertz: float) -> None:
    time = torch.arange(SAMPLE_RATE) / SAMPLE_RATE
    loudest = LogMel(SAMPLE_RATE, HOP, LOWEST, HIGHEST)(torch.sin(2 * math.pi * hertz * time)[None])[0, 50].argmax()
    bands = slaney_bands(SAMPLE_RATE, SAMPLE_RATE, 64, LOWEST, HIGHEST)  # a row for each Hz
    assert bands[round(hertz), loudest] > 0


def test_the_picture_has_four_quarters_one_below_the_other() -> None:
    spectra = torch.randn(2, 1024, 64)
    picture = folded(spectra)[:, 0]
    for quarter in range(4):
        rows, stretch = slice(64 * quarter, 64 * quarter + 64), slice(256 * quarter, 256 * quarter + 256)
        torch.testing.assert_close(picture[:, rows], spectra[:, stretch].transpose(1, 2))


@pytest.mark.parametrize("shift", [0, 4])
@pytest.mark.parametrize("place", [(0, 0), (3, 5), (12, 4), (15, 15)])
def test_a_token_reaches_its_window_and_no_further(shift: int, place: tuple[int, int]) -> None:
    """Windows lie at multiples of 8, or 4 off; at the edges of the picture shifted ones are smaller."""
    torch.manual_seed(0)
    block = Block(8, 4, SIDE, shift)
    torch.nn.init.normal_(block.attn.relative_position_bias_table)
    picture = torch.randn(1, SIDE, SIDE, 8)
    other = picture.clone()
    other[0, place[0], place[1], 0] += 1  # one channel: the norm would not see all of them rise
    with torch.inference_mode():
        reached = (block(other) - block(picture)).abs().amax(-1)[0] > 1e-6
    edges = sorted({0, SIDE, *range(shift, SIDE, 8)})
    expected = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    down, across = (next((a, b) for a, b in itertools.pairwise(edges) if a <= at < b) for at in place)
    expected[slice(*down), slice(*across)] = True
    assert torch.equal(reached, expected)


def test_time_and_frequency_stay_apart_in_the_head() -> None:
    """The head sees two bands of frequency by 32 steps of time, three steps at once."""
    tower = Htsat(4, (1, 1, 1, 1), LogMel(SAMPLE_RATE, HOP, LOWEST, HIGHEST))
    tower.tscam_conv.weight.data.zero_()
    assert tower.tscam_conv.bias is not None
    tower.tscam_conv.bias.data.zero_()
    tower.tscam_conv.weight.data[0, 0, 1, 0] = 1  # the upper band, a step earlier
    tokens = torch.zeros(1, 8, 8, tower.width)
    for step in range(32):
        tokens[0, 2 * (step // 8) + 1, step % 8, 0] = step
    with torch.inference_mode():
        logits = tower.tags(tokens)
    assert logits[0, 0].item() == pytest.approx(sum(range(31)) / 32)  # the last step has none after it

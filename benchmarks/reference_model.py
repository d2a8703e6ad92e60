"""How fast the reference model makes sound, and how fast it learns.

python -m benchmarks.reference_model [STEPS BATCH]    # 25 8

Weights are drawn: they do not change the time. On any machine the nano makes clips of 8 s on the CPU: picture and text
encoded, sampled with guidance (two items of the network a sound), decoded; in float32 and under bfloat16 autocast.

On a GPU the base follows, beside StableAudioDiTModel of diffusers, of the same depth and width, in the same loops and
precision (bfloat16, compiled): training by AdamW, and sampling with guidance. Model FLOPs are those of matrix products,
forward and backward, without recomputation. Stable Audio's tokens for cross-attention are as many as the base's.
"""

from __future__ import annotations

import itertools
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, cast

import torch
from torch import Generator, Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from reference_model import autoencoder, rates
from reference_model.autoencoder import Autoencoder
from reference_model.conditioning import Conditions
from reference_model.conditioning import text as text_module
from reference_model.conditioning import video as video_module
from reference_model.conditioning.text import TextEncoder
from reference_model.conditioning.video import VideoEncoder, frames_for
from reference_model.diffusion import guided, sample_dpm, velocity_loss
from reference_model.dit import BASE, NANO, DiT, DiTConfig

WORDS: Final = 24
NANO_SECONDS: Final = 8.0
BASE_SECONDS: Final = 10.0
BASE_STEPS: Final = 100
TRAINING_BATCH: Final = 32
SAMPLING_BATCH: Final = 8
PEAK: Final = {"H100 PCIe": 756e12, "H100": 989e12, "H200": 989e12, "A100": 312e12}
"""Dense bfloat16 operations a second, by what a device's name contains; the first that fits (data sheets)."""


class StableAudio(nn.Module):
    """Diffusers' network behind the face of the reference model's."""

    body: Any
    cosine: Tensor
    sine: Tensor

    def __init__(self, config: DiTConfig) -> None:
        from diffusers import StableAudioDiTModel
        from diffusers.models.embeddings import get_1d_rotary_pos_embed

        super().__init__()
        self.config = config
        self.body = StableAudioDiTModel(
            in_channels=config.latent_channels,
            out_channels=config.latent_channels,
            num_layers=config.depth,
            attention_head_dim=config.head_width,
            num_attention_heads=config.heads,
            num_key_value_attention_heads=config.heads // 2,
            global_states_input_dim=config.width,
        )
        if config.checkpointing:
            self.body.enable_gradient_checkpointing()
        cosine, sine = get_1d_rotary_pos_embed(
            config.head_width // 2, rates.latents(BASE_SECONDS) + 1, use_real=True, repeat_interleave_real=False
        )
        self.register_buffer("cosine", cosine)
        self.register_buffer("sine", sine)

    def forward(self, x_t: Tensor, t: Tensor, conditions: Conditions) -> Tensor:
        """Text and as much of each visual token as fits are its tokens; the length, repeated, is its global state."""
        width = conditions.text.shape[2]
        tokens = torch.cat((conditions.text, conditions.visual[..., :width]), dim=1)
        length = conditions.seconds.to(x_t.dtype)[:, None, None].expand(-1, 1, self.config.width)
        (v,) = self.body(
            x_t.transpose(1, 2),
            timestep=t,
            encoder_hidden_states=tokens,
            global_hidden_states=length,
            rotary_embedding=(self.cosine, self.sine),
            return_dict=False,
        )
        return cast(Tensor, v).transpose(1, 2)


def main() -> None:
    steps, batch = (int(argument) for argument in sys.argv[1:] or ("25", "8"))
    print(f"{platform.machine()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, torch {torch.__version__}")
    nano(steps, batch)
    if not torch.cuda.is_available():
        print("base: no GPU here")
        return
    device = torch.device("cuda")
    print(torch.cuda.get_device_name(device))
    for checkpointing in (False, True):
        print(f"training, {TRAINING_BATCH} x {BASE_SECONDS:g} s, recomputation {'on' if checkpointing else 'off'}")
        for kind in (DiT, StableAudio):
            train(kind, replace(BASE, checkpointing=checkpointing), TRAINING_BATCH, device)
    print(f"sampling, {SAMPLING_BATCH} x {BASE_SECONDS:g} s, {BASE_STEPS} steps, guided")
    for kind in (DiT, StableAudio):
        sample(kind, BASE, SAMPLING_BATCH, BASE_STEPS, device)


@torch.inference_mode()
def nano(steps: int, batch: int) -> None:
    """Text and video to sound, by part."""
    generator = Generator().manual_seed(0)
    reader = TextEncoder(text_module.NANO, {}).eval()
    viewer = VideoEncoder(video_module.NANO).eval()
    coder = Autoencoder(autoencoder.NANO).eval()
    network = DiT(NANO)
    network.initialise(generator)
    count = rates.latents(NANO_SECONDS)
    numbers = torch.ones(batch, WORDS, dtype=torch.long)
    film = torch.randint(256, (batch, frames_for(count), 64, 64, 3), dtype=torch.uint8, generator=generator)
    noise = torch.randn(batch, count, NANO.latent_channels, generator=generator)

    def encode() -> Conditions:
        (text, present), (visual, sync) = reader(numbers), viewer(film)
        seen = torch.ones(visual.shape[:2], dtype=torch.bool)
        return Conditions(
            text=text,
            text_mask=present,
            visual=visual,
            visual_mask=seen,
            sync=sync[:, :count],
            start=torch.zeros(batch),
            seconds=torch.full((batch,), NANO_SECONDS),
        )

    print(f"nano, {parameters(network) / 1e6:.1f} M parameters, {batch} x {NANO_SECONDS:g} s, {steps} steps, guided")
    for low in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            sample_dpm(guided(network, encode(), text_scale=None), noise, 1)  # first calls prepare kernels
            times = [time.perf_counter()]
            conditions = encode()
            times.append(time.perf_counter())
            latents = sample_dpm(guided(network, conditions, text_scale=None), noise, steps)
            times.append(time.perf_counter())
            coder.decode(latents)
            times.append(time.perf_counter())
        encoding, sampling, decoding = (end - start for start, end in itertools.pairwise(times))
        whole = encoding + sampling + decoding
        print(
            f"  {'bfloat16' if low else 'float32':9}{batch / whole:.2f} clips/s, {whole / batch / NANO_SECONDS:.3f} s "
            f"for a second of sound; encoding {encoding:.2f} s, sampling {sampling:.2f} s, decoding {decoding:.2f} s"
        )


def train(
    kind: Callable[[DiTConfig], nn.Module], config: DiTConfig, batch: int, device: torch.device, repeats: int = 10
) -> None:
    """Steps of AdamW on one batch, in float32 under bfloat16 autocast."""
    with device:
        network = kind(config)
    network.compile()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-5, fused=device.type == "cuda")
    conditions = asked(config, batch, device)
    x_0, noise = torch.randn(2, *conditions.sync.shape[:2], config.latent_channels, device=device)
    t = torch.rand(batch, device=device)

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16):
            loss = velocity_loss(network, x_0, conditions, t, noise).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    seconds, memory = measured(step, device, repeats)
    speed = batch * operations(kind, config) / seconds
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else ""
    peak = next((most for part, most in PEAK.items() if part in name), None)
    print(
        f"  {type(network).__name__:12}{parameters(network) / 1e6:6.0f} M parameters, "
        f"{x_0.shape[:2].numel() / seconds:.0f} tokens/s, {speed / 1e12:.1f} model TFLOP/s"
        f"{f' (MFU {speed / peak:.1%})' if peak else ''}, {memory / 2**30:.1f} GiB"
    )


@torch.inference_mode()
def sample(
    kind: Callable[[DiTConfig], nn.Module], config: DiTConfig, batch: int, steps: int, device: torch.device
) -> None:
    """One batch of latents, in bfloat16; the state of the sampler is float32."""
    with device:
        network = kind(config).bfloat16()
    network.compile()
    conditions = asked(config, batch, device).to(device, torch.bfloat16)
    noise = torch.randn(*conditions.sync.shape[:2], config.latent_channels, device=device)
    velocity = guided(lambda x_t, t, told: network(x_t.bfloat16(), t, told), conditions, text_scale=None)
    seconds, memory = measured(lambda: sample_dpm(velocity, noise, steps), device, 1)
    print(
        f"  {type(network).__name__:12}{seconds / batch / BASE_SECONDS:.4f} s for a second of sound, "
        f"{batch / seconds:.2f} clips/s, {memory / 2**30:.1f} GiB"
    )


def measured(work: Callable[[], object], device: torch.device, repeats: int) -> tuple[float, int]:
    """Seconds of one of several calls after two that warm up, and the peak of memory (bytes, 0 on the CPU)."""
    cuda = device.type == "cuda"
    for _ in range(2):
        work()
    if cuda:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    if cuda:
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / repeats, torch.cuda.max_memory_allocated() if cuda else 0


def operations(kind: Callable[[DiTConfig], nn.Module], config: DiTConfig) -> int:
    """Floating-point operations of one item's forward and backward pass, counted without doing them."""
    with torch.device("meta"):
        network = kind(replace(config, checkpointing=False))
    conditions = asked(config, 1, torch.device("cpu")).to("meta")
    x_t = torch.randn(*conditions.sync.shape[:2], config.latent_channels, device="meta")
    with FlopCounterMode(display=False) as counter:
        network(x_t, torch.rand(1, device="meta"), conditions).sum().backward()
    return int(counter.get_total_flops())


def asked(config: DiTConfig, batch: int, device: torch.device) -> Conditions:
    """Features of text and video for every item."""
    frames = rates.frames(BASE_SECONDS)
    with device:
        return Conditions(
            text=torch.randn(batch, WORDS, config.text_width),
            text_mask=torch.ones(batch, WORDS, dtype=torch.bool),
            visual=torch.randn(batch, frames, config.visual_width),
            visual_mask=torch.ones(batch, frames, dtype=torch.bool),
            sync=torch.randn(batch, rates.latents(BASE_SECONDS), config.sync_width),
            start=torch.zeros(batch),
            seconds=torch.full((batch,), BASE_SECONDS),
        )


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


if __name__ == "__main__":
    main()

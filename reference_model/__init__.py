"""Omni2Sound: one latent diffusion transformer that makes sound from text, from video, or from both."""

"""How much of a file is read, at most: sizes are refused before memory is taken for them.

A file may be written by an enemy, or be broken so that it asks for terabytes. Each ceiling lies far above any clip.
"""

from __future__ import annotations

MOST_PIXELS = 1 << 25
"""Of one picture: 8K (7680 x 4320) fits."""
MOST_FRAME_BYTES = 8 << 30
"""Of the frames that one call returns: 8 s of 4K at 30 frames a second fit."""
MOST_FRAMES = 10_000_000
"""That one call returns: 92 hours at 30 a second."""
MOST_PICTURES = 1_000_000
"""Decoded where no duration is asked for: 9 hours at 30 a second."""
MOST_PICTURES_A_SECOND = 1000
"""Decoded where a duration is asked for; high-speed cameras store at most 960."""
MOST_SOUND_BYTES = 2 << 30
"""Of decoded float32 samples: 3 hours of mono at 48 kHz."""
RATES = 1_000, 768_000
"""Hz, of sound. Below, a second of file would be a minute of samples after resampling; above, nobody records."""
MOST_CHANNELS = 64
"""Ambisonics of the seventh order."""
LOUDEST = 1e6
"""Magnitude of a sample: 120 dB above full scale is no sound but a damaged file, or integers stored as floats."""
MOST_PACKETS = 2_000_000
"""Of one file: 9 hours of AAC with a picture at 30 a second."""
MOST_SHARE = 4
"""Bytes of packets over bytes of file: an index may name the same bytes again and again."""
SPARE_BYTES = 1 << 20
"""Beyond that share, so that small files are never refused for it."""

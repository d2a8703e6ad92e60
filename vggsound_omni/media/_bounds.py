"""Limits on what is read from a file. What exceeds them is refused before memory is allocated.

A file may be malicious, or so broken that it asks for terabytes. Each limit is far above what any clip needs.
"""

from __future__ import annotations

MOST_PIXELS = 1 << 25  # per picture: 8K (7680 x 4320) fits
MOST_FRAME_BYTES = 8 << 30  # of the frames that one call returns: 8 s of 4K at 30 frames/s fit
MOST_FRAMES = 10_000_000  # that one call returns: 92 hours at 30 frames/s
MOST_PICTURES = 1_000_000  # decoded if no duration is given: 9 hours at 30 frames/s
MOST_PICTURES_A_SECOND = 1000  # decoded if a duration is given; high-speed cameras store at most 960
MOST_SOUND_BYTES = 2 << 30  # of decoded float32 samples: 3 hours of mono at 48 kHz
RATES = 1_000, 768_000
"""Hz. At lower rates, resampling would turn a second of file into a minute of samples; nobody records at higher."""
MOST_CHANNELS = 64  # seventh-order ambisonics
LOUDEST = 1e6
"""Magnitude of a sample. 120 dB above full scale means a damaged file, or integers stored as floats."""
MOST_PACKETS = 2_000_000  # per file: 9 hours of AAC with video at 30 frames/s
MOST_SHARE = 4  # bytes of packets over bytes of file; an index may refer to the same bytes repeatedly
SPARE_BYTES = 1 << 20  # allowed on top of that share, so that small files are never refused for it

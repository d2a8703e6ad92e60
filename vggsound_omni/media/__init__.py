"""Media files: the only package that touches codecs.

It reads the sound and picture of any usual file on one clock, says what a file holds and whether it is complete, writes
FLAC, WAV and MP4, and resamples. Importing it imports no torch.
"""

from .audio import read_audio
from .frames import read_frames
from .join import browsers_play, join
from .probe import AudioInfo, MediaInfo, VideoInfo, probe
from .resample import SincResampler, resample, sinc_resample
from .signal import SignalFacts, describe
from .silent import copy_picture
from .write import write_flac, write_mp4, write_wav

__all__ = [
    "AudioInfo",
    "MediaInfo",
    "SignalFacts",
    "SincResampler",
    "VideoInfo",
    "browsers_play",
    "copy_picture",
    "describe",
    "join",
    "probe",
    "read_audio",
    "read_frames",
    "resample",
    "sinc_resample",
    "write_flac",
    "write_mp4",
    "write_wav",
]

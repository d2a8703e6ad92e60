"""Features: what encoders compute, and the store that keeps it. This face imports no torch."""

from .keys import (
    DECODING_VERSION,
    STORE_VERSION,
    CacheKeys,
    FileKey,
    Key,
    file_key,
    picture_hash,
    sound_hash,
    text_hash,
)
from .store import Features, FeatureStore, features_dir
from .trimming import Holding, holdings, trim

__all__ = [
    "DECODING_VERSION",
    "STORE_VERSION",
    "CacheKeys",
    "FeatureStore",
    "Features",
    "FileKey",
    "Holding",
    "Key",
    "features_dir",
    "file_key",
    "holdings",
    "picture_hash",
    "sound_hash",
    "text_hash",
    "trim",
]

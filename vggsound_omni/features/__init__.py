"""The feature store: what encoders have computed, by the content they computed it from. Imports no torch."""

from .keys import (
    STORE_VERSION,
    Carded,
    Face,
    FileKey,
    Filing,
    Key,
    file_key,
    picture_hash,
    settled,
    sound_hash,
    text_hash,
)
from .store import Features, FeatureStore, features_dir
from .trimming import Holding, holdings, trim

__all__ = [
    "STORE_VERSION",
    "Carded",
    "Face",
    "FeatureStore",
    "Features",
    "FileKey",
    "Filing",
    "Holding",
    "Key",
    "features_dir",
    "file_key",
    "holdings",
    "picture_hash",
    "settled",
    "sound_hash",
    "text_hash",
    "trim",
]

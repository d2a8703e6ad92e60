"""From files and texts to features: decoded once for all encoders, in batches, and only what the store lacks."""

from .encode import encode_pictures, encode_sounds, encode_texts
from .passage import Encoded

__all__ = ["Encoded", "encode_pictures", "encode_sounds", "encode_texts"]

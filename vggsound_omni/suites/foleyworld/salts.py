"""Where chance comes from: every scene is drawn from a salt, its split, stratum and index, hashed.

The salts of the public splits stand here, so anyone can draw their scenes. A private split has a salt that only its
keeper holds; without it neither a scene nor its id can be told.
"""

from __future__ import annotations

import hashlib
import hmac

from vggsound_omni.errors import UserError, unknown_name

from .scene import WORLD_VERSION

SALTS: dict[str, bytes] = {
    "train": b"FoleyWorld 2: train, public",
    "validation": b"FoleyWorld 2: validation, public",
    "test": b"FoleyWorld 2: test, public",
}
"""Of the public splits."""
PRIVATE = "private"
"""The split that needs a salt of its own."""
FEWEST_BYTES = 16
"""Of a private salt: fewer could be guessed."""


def salt_of(split: str, salt: bytes | None = None) -> bytes:
    """Returns the salt of a split.

    Args:
        split: a public split, or ``private``.
        salt: of a private split, and of no other.

    Raises:
        UserError: there is no such split, or a private one has no salt, or one that can be guessed.
    """
    if split not in (*SALTS, PRIVATE):
        raise unknown_name("split of FoleyWorld", split, (*SALTS, PRIVATE))
    if split != PRIVATE:
        if salt is not None:
            raise UserError(f"The {split} split of FoleyWorld is public and takes no salt; only a private one does.")
        return SALTS[split]
    if salt is None:
        raise UserError("A private split of FoleyWorld is drawn from a salt, and none was given.")
    if len(salt) < FEWEST_BYTES:
        raise UserError(f"The salt has {len(salt)} bytes; a private split needs at least {FEWEST_BYTES}.")
    return salt


def commitment(salt: bytes) -> str:
    """Returns what a keeper publishes of a salt beforehand: its SHA-256."""
    return hashlib.sha256(salt).hexdigest()


def seed(salt: bytes, *parts: str | int) -> int:
    """Returns a seed of 128 bits for what ``parts`` name; without the salt it looks like chance."""
    return int.from_bytes(_digest(salt, "seed", *parts)[:16], "big")


def opaque_id(salt: bytes, split: str, stratum: str, index: int) -> str:
    """Returns the id of a scene, which tells nothing of it: ``fw-`` and 16 hexadecimal digits."""
    return f"fw-{_digest(salt, 'id', split, stratum, index).hex()[:16]}"


def _digest(salt: bytes, *parts: str | int) -> bytes:
    message = "\n".join(map(str, (WORLD_VERSION, *parts)))
    return hmac.new(salt, message.encode(), hashlib.sha256).digest()

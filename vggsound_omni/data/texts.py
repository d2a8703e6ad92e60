"""Finds text that was decoded with the wrong encoding, and repairs it where that is certain."""

from __future__ import annotations

import re
import unicodedata

_LEADS = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
"""The first two bytes of a UTF-8 letter, decoded as Windows-1252 or Latin-1."""
_CONTROL = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]")


def mended(text: str) -> tuple[str, str | None]:
    """Returns a caption in NFC on one line, and what was wrong with it.

    UTF-8 that was read as Windows-1252 ("cafÃ©") is decoded again, twice if necessary: a wrong guess
    would almost never give valid UTF-8.

    Returns:
        The text and None; the repaired text and what was repaired; or an empty text and why it is lost (letters have
        become U+FFFD or control characters).
    """
    found = text
    for _ in range(2):
        again = _reread(found)
        if again is None:
            break
        found = again
    if "\ufffd" in found or _CONTROL.search(found):
        return "", f"letters are lost in {_excerpt(text)}"
    clean = " ".join(unicodedata.normalize("NFC", found).split())
    return clean, f"{_excerpt(text)} was read as {_excerpt(clean)}" if found != text else None


def _reread(text: str) -> str | None:
    if not _LEADS.search(text):
        return None
    # Windows-1252 leaves five bytes open, which programs read as the control characters of Latin-1.
    coded = bytearray()
    for letter in text:
        try:
            coded += letter.encode("cp1252")
        except UnicodeEncodeError:
            if ord(letter) > 0xFF:
                return None
            coded.append(ord(letter))
    try:
        return coded.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _excerpt(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")

"""Answers that were paid for, by the hash of their question."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from pathlib import Path

from .answers import Answer, Usage

_TABLE = "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, answer TEXT NOT NULL, sha256 TEXT NOT NULL)"


class Replies:
    """A file of answers; safe in threads, and for several processes at once. Deleting it loses only money."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")
        self._file.execute(_TABLE)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._file.close()

    def find(self, key: str) -> Answer | None:
        """Returns the answer to a question; None if it is not known, or what is known is damaged."""
        with self._lock:
            row = self._file.execute("SELECT answer, sha256 FROM replies WHERE key = ?", (key,)).fetchone()
        if row is None or _sha256(key, row[0]) != row[1]:
            return None
        record = json.loads(row[0])
        tokens = tuple((token, tuple((one, value) for one, value in likely)) for token, likely in record.pop("tokens"))
        return Answer(**record, tokens=tokens, usage=Usage(cached=1))

    def keep(self, key: str, answer: Answer) -> None:
        """Keeps an answer."""
        record = {"text": answer.text, "finish": answer.finish, "refused": answer.refused, "tokens": answer.tokens}
        content = json.dumps(record)
        with self._lock:
            self._file.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?)", (key, content, _sha256(key, content)))


def _sha256(key: str, content: str) -> str:
    return hashlib.sha256(f"{key}\n{content}".encode()).hexdigest()

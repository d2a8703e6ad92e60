"""Answers that a server collects, in SQLite; what it has acknowledged is on disk.

A place is one listener's hold on one session of the design. Places are given in the design's order, which is balanced.
Whoever has answered no trial but practice for half an hour loses the place to the next listener, if there is no other.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from vggsound_omni.errors import UserError

from .answers import Answer, Listener, Sheet, check_answer
from .study import Session, Study

SUFFIX = ".sqlite"
ABANDONED = 1800.0
"""Seconds after which a listener without an answer that counts may lose the place."""
_TABLES = """
CREATE TABLE IF NOT EXISTS study (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS places (
    id INTEGER PRIMARY KEY, token TEXT UNIQUE NOT NULL, session TEXT NOT NULL, participant TEXT, joined REAL NOT NULL,
    last REAL NOT NULL, finished REAL, headphones INTEGER, comment TEXT NOT NULL DEFAULT '',
    lost INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS held ON places (session) WHERE NOT lost;
CREATE UNIQUE INDEX IF NOT EXISTS known ON places (participant) WHERE NOT lost AND participant IS NOT NULL;
CREATE TABLE IF NOT EXISTS answers (
    place INTEGER NOT NULL REFERENCES places, trial TEXT NOT NULL, answer TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (place, trial)
);
"""


class FullError(Exception):
    """Every session of the design has its listener."""


class AnsweredError(Exception):
    """The trial has an answer, or the session is finished."""


class UnfinishedError(Exception):
    """Trials have no answer yet."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One listener."""

    id: int
    session: Session
    participant: str | None  # as a panel calls them
    joined: float  # seconds since 1970
    last: float  # of the last answer, or of joining
    finished: float | None
    sheet: Sheet

    @property
    def listener(self) -> Listener:
        """The answers with what was asked."""
        answers = {answer.trial: answer for answer in self.sheet.answers}
        return Listener(session=self.session, answers=answers, headphones=self.sheet.headphones)


class Store:
    """The database of one study; to be used from one thread."""

    def __init__(self, path: Path, study: Study) -> None:
        """Opens or creates it.

        Raises:
            UserError: it is of another study, damaged, or cannot be written.
        """
        self._study = study
        self._sessions = {session.listener: session for session in study.sessions}
        with _told(path):
            self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
            try:
                self._base.execute("PRAGMA journal_mode = WAL")
                self._base.execute("PRAGMA synchronous = FULL")  # what is acknowledged survives a power cut, too
                self._base.executescript(_TABLES)
                self._base.execute("INSERT INTO study SELECT ? WHERE NOT EXISTS (SELECT * FROM study)", (study.id,))
                _check_study(self._base, study, path)
            except BaseException:
                self._base.close()
                raise

    def close(self) -> None:
        """Closes the database."""
        self._base.close()

    def join(self, participant: str | None, now: float) -> str:
        """Gives a listener a place.

        Args:
            participant: whom a panel names; who comes again gets the same place, and the old token ends.
            now: seconds since 1970.

        Returns:
            A token, which is stored only as a hash.

        Raises:
            FullError: there is no place.
        """
        token = secrets.token_urlsafe(24)
        with self._writing():
            if participant is not None:
                found = self._base.execute(
                    "UPDATE places SET token = ? WHERE participant = ? AND NOT lost", (_hashed(token), participant)
                )
                if found.rowcount:
                    return token
            row = (_hashed(token), self._free(now), participant, now, now)
            self._base.execute(
                "INSERT INTO places (token, session, participant, joined, last) VALUES (?, ?, ?, ?, ?)", row
            )
        return token

    def place(self, token: str) -> Place | None:
        """Returns the place that a token opens, or None."""
        row = self._base.execute("SELECT * FROM places WHERE token = ? AND NOT lost", (_hashed(token),)).fetchone()
        return None if row is None else self._place(row)

    def places(self) -> list[Place]:
        """Returns all places, in the order of joining."""
        return [self._place(row) for row in self._base.execute("SELECT * FROM places WHERE NOT lost ORDER BY id")]

    def answer(self, place: Place, answer: Answer, now: float) -> None:
        """Stores an answer.

        Its time is at most that since the listener's last answer came in, whatever the browser says.

        Raises:
            UserError: the listener was not asked this.
            AnsweredError: the trial has an answer, or the listener has finished.
        """
        check_answer(answer, place.session, self._study, "this answer")
        with self._writing():
            row = self._base.execute("SELECT last, finished, lost FROM places WHERE id = ?", (place.id,)).fetchone()
            last, finished, lost = row
            if finished is not None or lost:
                raise AnsweredError
            seconds = round(min(answer.seconds, max(now - last, 0.0)), 3)
            content = answer.model_copy(update={"seconds": seconds}).model_dump_json()
            try:
                self._base.execute("INSERT INTO answers VALUES (?, ?, ?, ?)", (place.id, answer.trial, content, now))
            except sqlite3.IntegrityError as error:
                raise AnsweredError from error
            self._base.execute("UPDATE places SET last = ? WHERE id = ?", (now, place.id))

    def finish(self, place: Place, headphones: int | None, comment: str, now: float) -> None:
        """Ends a session.

        Raises:
            UnfinishedError: trials have no answer.
            AnsweredError: it has ended.
        """
        if not place.listener.finished:
            raise UnfinishedError
        with self._writing():
            done = self._base.execute(
                "UPDATE places SET finished = ?, headphones = ?, comment = ? WHERE id = ? AND finished IS NULL",
                (now, headphones, comment, place.id),
            )
            if not done.rowcount:
                raise AnsweredError

    def _free(self, now: float) -> str:
        held = {session for (session,) in self._base.execute("SELECT session FROM places WHERE NOT lost")}
        free = next((code for code in self._sessions if code not in held), None)
        if free is not None:
            return free
        for place in self.places():
            counted = [trial for trial in place.session.trials if trial.kind != "practice"]
            if now - place.last > ABANDONED and not any(trial.id in place.listener.answers for trial in counted):
                self._base.execute("UPDATE places SET lost = 1 WHERE id = ?", (place.id,))
                return place.session.listener
        raise FullError

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def _place(self, row: tuple[object, ...]) -> Place:
        number, _, session, participant, joined, last, finished, headphones, comment, _ = row
        found = self._base.execute("SELECT answer FROM answers WHERE place = ? ORDER BY rowid", (number,))
        sheet = {
            "study": self._study.id,
            "listener": session,
            "answers": [Answer.model_validate_json(content) for (content,) in found],
            "headphones": headphones,
            "comment": comment,
        }
        return Place(
            id=int(str(number)),
            session=self._sessions[str(session)],
            participant=None if participant is None else str(participant),
            joined=float(str(joined)),
            last=float(str(last)),
            finished=None if finished is None else float(str(finished)),
            sheet=Sheet.model_validate(sheet),
        )


def read_sheets(path: Path, study: Study) -> list[Sheet]:
    """Returns the answers of everybody who has given one.

    Raises:
        UserError: the file is missing, damaged, or of another study.
    """
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    store = Store(path, study)
    with _told(path), closing(store):
        places = store.places()
    return [place.sheet for place in places if place.sheet.answers]


def _check_study(base: sqlite3.Connection, study: Study, path: Path) -> None:
    (found,) = base.execute("SELECT id FROM study").fetchone()
    if found != study.id:
        raise UserError(f"{path} holds answers to another study, {str(found)[:12]}, not {study.id[:12]}.")


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, ValueError, KeyError) as error:
        raise UserError(
            f"{path} cannot be used as the answers of a study ({str(error).splitlines()[0][:200]})."
        ) from error

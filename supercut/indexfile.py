"""Places for an index in, a SQLite file that can be trusted out: made anew where damaged, elsewhere where refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from media.errors import UserError

_PATIENCE_S = 60.0
# Refusals of the system: the same file may be good tomorrow. All else is damage, and the file is made anew.
_REFUSALS = frozenset({3, 5, 6, 8, 10, 13, 14})  # PERM, BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN
_PRIMARY_CODE = 0xFF
T = TypeVar("T")


class IndexFile:
    """A SQLite file in the first of some places where it can be kept, in memory where in none.

    Args:
        places: files to try, in order.
        version: what the tables mean; a file of another version is made anew.
        tables: SQL that makes the tables.
    """

    def __init__(self, places: Sequence[Path], *, version: int, tables: str) -> None:
        self._places = list(places)
        self._version, self._tables = version, tables
        self._db: sqlite3.Connection | None = None
        self._fill: Callable[[], object] | None = None
        self._filled = False

    @property
    def place(self) -> Path | None:
        """The file in use; None while there is only memory."""
        return self._places[0] if self._places else None

    def open(self) -> None:
        """Open the first place that can be used."""
        while self._db is None and self._places:
            for _ in range(2):
                try:
                    self._db = self._connect(self._places[0])
                    return
                except sqlite3.Error as error:
                    if not _remove_damaged(self._places[0], error):
                        break
                except OSError:
                    break
            self._places.pop(0)
        if self._db is None:
            self._db = self._connect(None)

    def close(self) -> None:
        """Close it; opening again is allowed."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def fill_with(self, fill: Callable[[], object]) -> None:
        """Say how it is filled, and fill it; done again whenever it had to be made anew."""
        self._fill, self._filled = fill, False
        self.safely(lambda: None)

    def safely(self, work: Callable[[], T]) -> T:
        """Do some reading or writing; if the file fails, again on one made anew or elsewhere, at last in memory."""
        while True:
            try:
                if self._fill and not self._filled:
                    self._fill()
                    self._filled = True
                return work()
            except sqlite3.Error as error:
                place = self.place
                if place is None:
                    raise
                self.close()
                if not _remove_damaged(place, error):
                    self._places.pop(0)
                self._filled = False
                self.open()

    def run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(sql, values)

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of many rows."""
        self._connection.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything that the block writes, or nothing; other programs wait for its end."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self.run("ROLLBACK")
            raise

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise ValueError("IndexFile: it is not open")
        return self._db

    def _connect(self, place: Path | None) -> sqlite3.Connection:
        if place is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(place or ":memory:", timeout=_PATIENCE_S, isolation_level=None)
        try:
            self._make_tables(db)
        except sqlite3.Error as error:
            db.close()
            if "fts5" in str(error):
                raise UserError("SQLite", "this Python's SQLite lacks FTS5", "Use another build of Python.") from error
            raise
        return db

    def _make_tables(self, db: sqlite3.Connection) -> None:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == self._version:
            return
        if version != 0:
            raise sqlite3.DatabaseError(f"index of version {version}")
        # Two programs may begin at once: who comes second finds the tables made.
        db.execute("BEGIN IMMEDIATE")
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in self._tables.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {self._version}")
        db.execute("COMMIT")


def _remove_damaged(place: Path, error: sqlite3.Error) -> bool:
    """Delete an index that is damaged or of another version; False where the file is not at fault, or stays."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & _PRIMARY_CODE in _REFUSALS:
        return False
    try:
        for part in (place, place.with_name(f"{place.name}-journal")):
            part.unlink(missing_ok=True)
    except OSError:
        return False
    return True

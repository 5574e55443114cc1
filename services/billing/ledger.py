"""The ledger: claim lines, what is held back and why, and how far the stream was followed.

All three are in one database of the service's own (SQLite), and change in one transaction.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from services.billing.lines import Charge, Day, Line, next_lines
from services.billing.subscription import Message, Place

_TABLES = """
    CREATE TABLE IF NOT EXISTS place (
        only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
        journal TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        position INTEGER NOT NULL,
        id TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS lines (
        number INTEGER PRIMARY KEY,
        patient_id TEXT NOT NULL,
        day TEXT NOT NULL,
        payer TEXT NOT NULL,
        revenue_code TEXT,
        code TEXT NOT NULL,
        units INTEGER NOT NULL,
        tier INTEGER,
        frequency TEXT NOT NULL,
        because TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS lines_of_a_day ON lines (patient_id, day);
    CREATE TABLE IF NOT EXISTS held (
        patient_id TEXT,
        day TEXT,
        payer TEXT,
        reasons TEXT NOT NULL,
        sessions TEXT NOT NULL,
        PRIMARY KEY (patient_id, day)
    );
"""

_COLUMNS = "patient_id, day, payer, revenue_code, code, units, tier, frequency"

CODE = "H0015"
"""What is billed by a message of version 1 that names no code: intensive outpatient treatment, a
day (https://www.carepatron.com/procedure-code/hcpcs-code-h0015)."""


class FollowedElsewhere(Exception):
    """Somebody else follows into the same ledger."""


class Ledger:
    """The database of the service. `heard` is called with each line once it is written."""

    def __init__(self, path: Path, heard: Callable[[Line], None] = lambda _: None) -> None:
        self._path = path
        self._heard = heard
        with self._open() as db:
            db.executescript(_TABLES)
            known = {row[1] for row in db.execute("PRAGMA table_info(lines)")}
            if "revenue_code" not in known:
                # The database of an earlier version of this service.
                db.execute("ALTER TABLE lines ADD COLUMN revenue_code TEXT")

    def place(self) -> Place | None:
        """Return how far the stream was followed."""
        with self._open() as db:
            return _place(db)

    def take(self, messages: Sequence[Message], before: Place | None, after: Place) -> None:
        """Write what messages come to, and the place, in one transaction.

        Raises FollowedElsewhere.
        """
        with self._open() as db:
            db.execute("BEGIN IMMEDIATE")
            if _place(db) != before:
                raise FollowedElsewhere("somebody else follows into the same ledger")
            written = [line for each in messages for line in _take(db, each)]
            db.execute(
                "REPLACE INTO place VALUES (1, :journal, :sequence, :position, :id)", asdict(after)
            )
            db.execute("COMMIT")
        for line in written:
            self._heard(line)

    def lines(self) -> list[Line]:
        """Return all claim lines, in the order in which they were written."""
        with self._open() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM lines ORDER BY number")  # noqa: S608 - ours
            return [Line(*row) for row in rows]

    def held(self) -> list[tuple[str, str | None, str, str, str]]:
        """Return the days that nobody pays for yet: day, payer, reasons, sessions and patient."""
        with self._open() as db:
            return db.execute(
                "SELECT day, payer, reasons, sessions, patient_id FROM held"
                " ORDER BY day, payer, patient_id"
            ).fetchall()

    def _open(self) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(self._path, isolation_level=None))


def _place(db: sqlite3.Connection) -> Place | None:
    row = db.execute("SELECT journal, sequence, position, id FROM place").fetchone()
    return Place(*row) if row else None


def _take(db: sqlite3.Connection, message: Message) -> Iterator[Line]:
    """Take one message in: note why a day is held back, or write its lines; yield them."""
    said = message.body
    which = (said["patient_id"], said["day"])
    day = _day(said) if message.topic == "day.judged" else None
    db.execute("DELETE FROM held WHERE (patient_id, day) = (?, ?)", which)
    if day and not day.charges:
        sessions = {each.rpartition(":")[0] for each in said["evidence"]}
        found = " ".join(sorted(each for each in sessions if each.startswith("session-")))
        reasons = " ".join(day.reasons)
        db.execute("INSERT INTO held VALUES (?, ?, ?, ?, ?)", (*which, day.payer, reasons, found))
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM lines WHERE number IN"  # noqa: S608 - ours
        " (SELECT max(number) FROM lines WHERE (patient_id, day) = (?, ?) GROUP BY payer, code)"
        " ORDER BY number",
        which,
    ).fetchall()
    for line in next_lines([Line(*row) for row in rows], day):
        db.execute(
            f"INSERT INTO lines ({_COLUMNS}, because)"  # noqa: S608 - ours
            " VALUES (:patient_id, :day, :payer, :revenue_code, :code, :units, :tier, :frequency,"
            " :because)",
            {**asdict(line), "because": message.place.id},
        )
        yield line


def _day(said: dict[str, Any]) -> Day:
    """Return what a message says of a day; what else it says is no concern of ours."""
    return Day(
        patient_id=said["patient_id"],
        day=said["day"],
        payer=said["payer"],
        tier=said["tier"],
        fallback=said.get("fallback"),
        reasons=tuple(said["reasons"]),
        charges=tuple(_charges(said)),
    )


def _charges(said: dict[str, Any]) -> Iterator[Charge]:
    """Yield what is billed; a message of version 1 names no lines, but units of one code."""
    if "lines" not in said:
        if said["units"]:
            yield Charge(None, said["code"] or CODE, said["units"])
        return
    for each in said["lines"]:
        yield Charge(each["revenue_code"], each["code"], each["units"])

"""A journal of a million events, of hundreds of facilities that each lived a summer.

    python -m tests.benchmarks.journal [FOLDER or database URL] [--events 1000000]

FOLDER is a folder of engines, in which it takes about a gigabyte, in a database of its own that is
named for its length. What is there already is used as it is. Each facility has two groups of
twelve; their patients are admitted and enrolled, check in, leave, and their attendance is recorded,
all facilities side by side in the order of time, as it would have been recorded day by day.
"""

import argparse
import heapq
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from domain.aggregate import Event
from domain.patient import Enrolment, PatientEnrolled
from domain.session import PatientCheckedIn, PatientCheckedOut
from services.embedded import engines
from services.journal import Journal
from services.journal.codec import write_event
from tests.benchmarks.clinic_life import NO_SHOW, Clinic, Command, at

BEGIN = date(2026, 8, 3)
EVENINGS = 39
"""From August to October: the last evening is a Friday."""

PATIENTS = 24
"""Of a facility, in two groups."""

FOLDER = Path(".daybook-benchmark")


class BusyClinic(Clinic):
    """A clinic whose patients enrol, check in and leave, too."""

    def admits(self, group: int) -> Iterator[Command]:
        yield from super().admits(group)
        for patient in self.groups[group]:
            enrolment = Enrolment(f"group-{group}", ("MO", "WE", "FR"), self.begin, None)
            tell = self._command(at(self.begin, "08:30"))
            yield [tell(PatientEnrolled, patient, enrolment=enrolment)]

    def evening_of(self, group: int, number: int) -> Iterator[Command]:
        """Let everybody who comes check in and leave; then attendance is recorded."""
        session, day = self._session(group, number), self.evening(number)
        attendance = {each: self._visit(session, each) for each in self.groups[group]}
        came = [each for each, found in attendance.items() if found is not NO_SHOW]
        begins, ends = at(day, "16:58"), at(day, "20:15")
        for patient in came:
            arrives = partial(self._command(begins), PatientCheckedIn, session, makes_up=None)
            yield [arrives(patient_id=patient, arrived_at=begins)]
        for patient in came:
            leaves = partial(self._command(ends), PatientCheckedOut, session, arrived_at=begins)
            yield [leaves(patient_id=patient, left_at=ends)]
        yield self.closes(group, number)

    def day_by_day(self) -> Iterator[Event]:
        """Return what happened, each event after those that were recorded before it."""
        for command in self._commands():
            yield from command

    def _commands(self) -> Iterator[Command]:
        groups = range(len(self.groups))
        yield from self.opens()
        for group in groups:
            yield from self.admits(group)
        for number in range(EVENINGS):
            yield from (self.schedules(group, number) for group in groups)
        for number in range(EVENINGS):
            for group in groups:
                yield from self.evening_of(group, number)


def lived(count: int) -> Iterator[Event]:
    """Return so many events of as many facilities as it takes, in the order of time."""
    of_one = sum(1 for _ in BusyClinic.of(PATIENTS, "site", BEGIN).day_by_day())
    lives = (
        BusyClinic.of(PATIENTS, f"site-{number:03}", BEGIN).day_by_day()
        for number in range(-(-count // of_one))
    )
    return islice(heapq.merge(*lives, key=lambda event: event.timestamp), count)


def fill(database_url: str, events: int) -> None:
    """Record a life of so many events, unless there is one that is as long."""
    with closing(Journal(database_url, pool_size=1)) as journal:
        if journal.position() >= events:
            return
        if journal.position():
            message = "there is a journal already, and it is shorter: name another place"
            raise SystemExit(message)
        with journal.connection() as conn, conn.transaction(), conn.cursor() as cursor:
            table = "journal.journal_events (originator_id, originator_version, topic, state)"
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)".encode()) as copy:
                copy.set_types(["text", "int8", "text", "bytea"])
                for event in lived(events):
                    stored = write_event(event)
                    copy.write_row(
                        (
                            stored.originator_id,
                            stored.originator_version,
                            stored.topic,
                            stored.state,
                        )
                    )
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("VACUUM ANALYZE journal.journal_events")


def kept(server_url: str, events: int) -> str:
    """Return the URL of a database with a journal of so many events, made where it is not there."""
    name = f"journal_of_{events}"
    with psycopg.connect(server_url, autocommit=True) as conn:
        if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            conn.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    url = make_conninfo(server_url, dbname=name)
    fill(url, events)
    return url


def main() -> None:
    options: Any = argparse.ArgumentParser(description="A journal of a million events.")
    options.add_argument("where", nargs="?", default=str(FOLDER))
    options.add_argument("--events", type=int, default=1_000_000)
    given = options.parse_args()
    started = time.perf_counter()
    with ExitStack() as opened:
        named = "://" in given.where or "=" in given.where
        if named:
            fill(given.where, given.events)
        else:
            kept(opened.enter_context(engines(Path(given.where))).database_url, given.events)
    print(f"{given.events:,} events in {given.where}, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()

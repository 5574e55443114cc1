"""The views as they are filled by real aggregates: what happens comes in, rows come out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from domain.aggregate import Aggregate, Event
from domain.facility import Facility, Room
from domain.patient import Patient
from domain.program import Program
from domain.session import Session
from domain.staff import Credential, Staff
from projections.compliance.case_files import Answer, Asking, answered
from projections.view import Question, Rows, Steps, View
from services.hosting.bootstrap import VIEWS
from tests.support.domain_examples import CAUSE, FACILITY, MONDAY

Command = Callable[[Any], object]

JUDGE = next(view for view in VIEWS if view.keeps_time)


class ReadModels:
    """Takes events into every view, within a transaction that nobody else sees."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn
        self._opened: set[str] = set()

    def take(self, *aggregates: Aggregate) -> None:
        """Take in what aggregates have decided, one after the other."""
        for aggregate in aggregates:
            for event in aggregate.collect_events():
                assert isinstance(event, Event)
                self.take_event(event)

    def take_event(self, event: Event) -> None:
        self.take_events([event])

    def take_events(self, events: Sequence[Event]) -> None:
        """Take several in as one batch."""
        for facility_id in {each.facility_id for each in events} - self._opened:
            # Who judges needs the site's clocks, which many a test has nothing to do with.
            self._opened.add(facility_id)
            opened: list[Any] = facility(facility_id=facility_id).pending_events[:1]
            self._drive(JUDGE, JUDGE.take(opened))
        for view in VIEWS:
            self.take_into(view, events)

    def take_into(self, view: View, events: Sequence[Event]) -> None:
        """Take several into one view as one batch."""
        self._drive(view, view.take(events))

    def tick(self, now: datetime) -> None:
        """Let time pass."""
        for view in VIEWS:
            self._drive(view, view.tick(now))

    def _drive(self, view: View, steps: Steps) -> None:
        self._conn.execute(SQL("SET LOCAL search_path TO {}").format(Identifier(view.name)))
        driven(self._conn, steps)

    def after(self, aggregate: Aggregate, *commands: Command) -> None:
        """Give commands to an aggregate, and take in what it decided."""
        for command in commands:
            command(aggregate)
        self.take(aggregate)

    def answered(self, asking: Asking[Answer]) -> Answer:
        """Return what compliance's own questions come to; nothing is written."""
        self._conn.execute("SET LOCAL search_path TO compliance")
        return answered(
            asking, lambda each: self._conn.execute(each.sql, each.parameters).fetchall()
        )

    def rows(self, sql: LiteralString | Composed, **parameters: object) -> list[tuple[Any, ...]]:
        return self._conn.execute(sql, parameters).fetchall()

    @contextmanager
    def again(self) -> Iterator[None]:
        """Take in what is gone at the end."""
        with self._conn.transaction(force_rollback=True):
            yield

    def row(self, sql: LiteralString, **parameters: object) -> tuple[Any, ...]:
        (found,) = self.rows(sql, **parameters)
        return found


def driven(conn: psycopg.Connection[Any], steps: Steps) -> None:
    """Take a view's steps, on the tables that the connection finds first."""
    answer: Rows | None = None
    while True:
        try:
            step = steps.send(answer) if answer is not None else next(steps)
        except StopIteration:
            return
        answer = ()
        if isinstance(step, Question):
            answer = conn.execute(step.sql, step.parameters).fetchall()
        else:
            conn.execute(*step)


def facility(week_starts_on: Any = "monday", facility_id: str = FACILITY) -> Facility:
    site = Facility.start(
        CAUSE,
        facility_id=facility_id,
        name="Oak Street",
        timezone="UTC",
        week_starts_on=week_starts_on,
        late_after_minutes=10,
    )
    for number in (1, 2):
        site.keep_room(CAUSE, Room(f"room-{number}", f"Room {number}", 8))
    site.keep_staff(CAUSE, Staff("staff-7", "R. Ortiz", "LMSW"))
    site.record_credential(CAUSE, "staff-7", Credential("LCSW", MONDAY))
    return site


def program() -> Program:
    return Program.start(
        CAUSE,
        facility_id=FACILITY,
        program_id="adult-iop",
        name="Adult IOP",
        population="adult",
        focus="substance-use",
        weekly_minutes=540,
        days_per_week=3,
    )


def patient(patient_id: str) -> Patient:
    return Patient.admit(
        CAUSE,
        id=patient_id,
        facility_id=FACILITY,
        program_id="adult-iop",
        admitted_on=MONDAY,
        payer="medicaid",
        override="as it was before",
    )


def merged(read_models: ReadModels, duplicate_id: str, into: str) -> None:
    """Merge two new records of one person."""
    duplicate, survivor = patient(duplicate_id), patient(into)
    survivor.absorb(CAUSE, duplicate)
    read_models.take(duplicate, survivor)


def expecting(*patient_ids: str, session: Session) -> Session:
    for patient_id in patient_ids:
        session.roster(CAUSE, patient_id)
    return session

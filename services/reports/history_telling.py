"""How a history is told: which events it has, who may see them, and what corrected what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from domain.aggregate import Event
from domain.program import Program
from domain.session import SignInReassigned
from projections import attendance, schedule
from services.journal import Journal
from services.journal.told import Placed, Wanted, latest, latest_of_facility, of_topics
from services.reports.history_corrections import CORRECTS, SAYS, corrections
from services.reports.history_monitoring_words import MONITORING_WORDS
from services.reports.history_patient_words import PATIENT_WORDS
from services.reports.history_records import of_patient, subjects
from services.reports.history_session_words import SESSION_WORDS
from services.reports.history_site_words import SITE_WORDS
from services.reports.history_wording import Names, SessionKnown, Words
from services.reports.people import People
from services.reports.queries import NobodyThere, ReportQueries, Unanswerable
from services.reports.report import Row
from services.reports.sessions import NO_SUCH_SESSION

WORDS: Words = {**SESSION_WORDS, **PATIENT_WORDS, **MONITORING_WORDS, **SITE_WORDS}
"""How each event is worded."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose history it is: one of these, or the facility's."""

    patient_id: str | None = None
    session_id: str | None = None
    program_id: str | None = None
    staff_id: str | None = None

    def __post_init__(self) -> None:
        said = (self.patient_id, self.session_id, self.program_id, self.staff_id)
        if sum(each is not None for each in said) > 1:
            raise Unanswerable("ask of a patient, a session, a program or somebody on the staff")

    @property
    def has_an_end(self) -> bool:
        """Tell whether it is a record of its own, and not all that somebody does."""
        return any((self.patient_id, self.session_id, self.program_id))


class Teller:
    """Finds events, and tells those of them that the viewer may see."""

    def __init__(
        self,
        reports: ReportQueries,
        journal: Journal,
        conn: psycopg.Connection[Any],
        facility_id: str,
        zone: ZoneInfo,
    ) -> None:
        self._reports = reports
        self.journal = journal
        self._conn = conn
        self._facility_id = facility_id
        self.zone = zone
        self._merges: dict[str, str] = dict(conn.execute(attendance.MERGES).fetchall())

    def events(self, of: Subject, wanted: Wanted) -> list[Placed]:
        """Return the events of a history. Raises NobodyThere."""
        journal, conn, facility_id = self.journal, self._conn, self._facility_id
        if of.patient_id is not None:
            now = self._reports.patient(conn, of.patient_id)
            records = [now, *(old for old, into in self._merges.items() if into == now)]
            return of_patient(journal, wanted, facility_id, records)
        if of.session_id is not None:
            asked = {"facility_id": facility_id, "session_id": of.session_id}
            if conn.execute(schedule.AT_FACILITY, asked).fetchone() is None:
                raise NobodyThere(NO_SUCH_SESSION)
            return latest(journal, wanted, [of.session_id])
        if of.program_id is not None:
            self._reports.check_known(conn, schedule.PROGRAM_IDS, "program", of.program_id)
            return latest(journal, wanted, [Program.id_of(facility_id, of.program_id)])
        if of.staff_id is not None:
            self._reports.check_known(conn, schedule.STAFF_IDS, "staff member", of.staff_id)
            if self._reports.viewer.staff_id not in {None, of.staff_id}:
                raise NobodyThere(f"there is no staff member {of.staff_id!r}")
            named = [f'"{of.staff_id}"', f'[{of.staff_id}]"']
            return latest_of_facility(journal, wanted, facility_id, named)
        return latest_of_facility(journal, wanted, facility_id)

    def rows(self, of: Subject, placed: Sequence[Placed]) -> Iterable[Row]:
        """Yield what is told of each event that the viewer may see, once a patient."""
        events = [each.event for each in placed]
        concerned = subjects(self.journal, events)
        known = self.names(events)
        corrects = self._corrections(events)
        corrected_by = {wrong: event_id for event_id, wrong in corrects.items()}
        people = self._reports.people(self._conn)
        people.load(self._now(each) for about in concerned.values() for each in about)
        seen = False
        for each in placed:
            event = each.event
            for number, patient_id in enumerate(concerned[event.event_id] or (None,)):
                now = self._now(patient_id)
                if not self._is_of(of, now) or not self._may_see(event, now):
                    continue
                seen = True
                links = corrects.get(event.event_id), corrected_by.get(event.event_id)
                values = self._values(each, number, now, known, people)
                yield Row((-each.position, number), (*values, *links), now)
        if of.session_id is not None and not seen and not self._is_theirs(of.session_id):
            raise NobodyThere(NO_SUCH_SESSION)

    def _values(
        self,
        placed: Placed,
        number: int,
        patient_id: str | None,
        known: Names,
        people: People,
    ) -> tuple[Any, ...]:
        position, event = placed
        wording = WORDS[type(event)]
        happened = wording.happened_at(event)
        what = wording.says(event, known)
        if isinstance(event, SignInReassigned) and number == 1:
            what = (
                f"The check-in at {known.clock(event.arrived_at)}, recorded for another, was theirs"
            )
        session = event.originator_id if event.TOPIC.startswith("session.") else None
        named = known.sessions.get(session) if session else None
        return (
            *(event.event_id, position, event.timestamp.astimezone(self.zone)),
            happened and happened.astimezone(self.zone),
            *(wording.part, event.TOPIC, what, _reason(event), known.author(event.author)),
            *_called(people, patient_id),
            *(session, named and named.label, named and named.day),
        )

    def _now(self, patient_id: str | None) -> str | None:
        return self._merges.get(patient_id, patient_id) if patient_id else None

    def _is_of(self, of: Subject, patient_id: str | None) -> bool:
        """Tell whether it is told of the patient whose history it is, where it is one's."""
        return of.patient_id is None or patient_id == self._now(of.patient_id)

    def _may_see(self, event: Event, patient_id: str | None) -> bool:
        viewer = self._reports.viewer
        if patient_id is not None:
            return viewer.patients is None or patient_id in viewer.patients
        return not event.TOPIC.startswith("session.") or self._is_theirs(event.originator_id)

    def _is_theirs(self, session_id: str) -> bool:
        own = self._reports.viewer.sessions
        return own is None or session_id in own

    def names(self, events: Sequence[Event]) -> Names:
        """Return what the sessions, tracks, rooms and staff of events are called."""

        def called(asked: Any, key: str) -> dict[str, str]:
            rows = self._conn.execute(asked, {"today": self._reports.now.date()})
            return {
                getattr(row, key): row.name for row in rows if row.facility_id == self._facility_id
            }

        sessions = {"session_ids": sorted({each for event in events for each in _sessions(event)})}
        return Names(
            self.zone,
            {
                row.session_id: SessionKnown(row.label, row.day)
                for row in self._conn.execute(schedule.SESSION_NAMES, sessions)
            },
            called(schedule.TRACKS, "track_id"),
            called(schedule.PROGRAMS, "program_id"),
            called(schedule.ROOMS, "room_id"),
            called(schedule.STAFF, "staff_id"),
        )

    def _corrections(self, events: Sequence[Event]) -> dict[str, str]:
        """Return which event made which other one wrong, also where it was recorded later."""
        can_be = {each.originator_id for each in events if type(each) in {*SAYS, *CORRECTS}}
        correcting = of_topics(self.journal, sorted(can_be), [each.TOPIC for each in CORRECTS])
        where = sorted({each.originator_id for each in correcting})
        topics = {each.TOPIC for each in (*SAYS, *CORRECTS)}
        return corrections(of_topics(self.journal, where, sorted(topics)))


def _called(people: People, patient_id: str | None) -> tuple[str | None, str | None]:
    """Return a patient's record number and name."""
    if patient_id is None or not people.has(patient_id):
        return None, None
    return people.mrn(patient_id), people.name(patient_id)


def _sessions(event: Event) -> Iterable[str]:
    """Yield the sessions that an event is of, or names."""
    if event.TOPIC.startswith("session."):
        yield event.originator_id
    for name in ("makes_up", "made_up_by", "session_id"):
        if found := getattr(event, name, None):
            yield found
    if outreach := getattr(event, "outreach", None):
        yield outreach.session_id
    for each in getattr(event, "bookings", ()):
        yield each.session_id
    yield from getattr(event, "session_ids", ())


def _reason(event: Event) -> str | None:
    """Return why something was done, as was said."""
    said = getattr(event, "reason", None) or getattr(
        getattr(event, "deviation", None), "reason", None
    )
    if said is None and not event.TOPIC.startswith("drug-testing."):
        said = getattr(event, "because", None)
    return said or None

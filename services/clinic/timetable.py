"""The steps that bring the schedule to what the files say: sessions, rooms, staff, rosters."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from domain.calendar import Calendar
from domain.errors import AlreadyMadeUp, EndsBeforeStart, HasAttended, SessionFull
from domain.patient import Booking, Enrolment, Patient
from domain.program import HORIZON, Segment
from domain.session import Meeting, Session
from domain.session.attendance import parts_on
from domain.times import span
from services.clinic.books import Place
from services.clinic.faults import Refused
from services.clinic.intake import Intake, PlannedTrack
from services.clinic.rows import CancellationRow, EnrolmentRow, SessionRow
from services.clinic.setting import check_resources


@dataclass(slots=True)
class WantedEnrolment:
    """An enrolment as it will be; `row` is None where only the record has it."""

    patient: Patient
    enrolment: Enrolment
    row: EnrolmentRow | None


class Timetable:
    """What the schedule will be, and the way there: first make room, then book.

    Room is made first, so that a booking is refused only by what will really be there.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._books = intake.books
        self._cause = intake.cause
        self._through = intake.today + HORIZON
        self._own = intake.unique(intake.files.sessions, "session_id", column="session_id")
        rows = intake.unique(intake.files.cancellations, "date", "session")
        self._off = {(row.date, row.session): row for row in rows}
        # In the order of the rows: where a track gets too full, the later one goes past.
        self._enrolments = sorted(
            self._wanted_enrolments(), key=lambda wanted: wanted.row.line if wanted.row else 0
        )
        self._of_patient: dict[str, list[WantedEnrolment]] = defaultdict(list)
        for wanted in self._enrolments:
            self._of_patient[wanted.patient.id].append(wanted)

    def settle(self) -> None:
        """Bring everything about."""
        self._make_room()
        for planned in self._intake.tracks.values():
            self._keep_track(planned)
        for row in self._own:
            with self._intake.faults.at(row.FILE, row.line):
                self._keep_own_session(row)
        for place, cancellation in self._off.items():
            with self._intake.faults.at(cancellation.FILE, cancellation.line):
                self._intake.session(place)
        self._fill_rosters()

    # Making room

    def _make_room(self) -> None:
        meetings = dict(self._meetings())
        for session in list(self._books.by_id.values()):
            if session.withdrawn:
                continue
            place = (session.meeting.day, session.label)
            if place in self._off:
                self._call_off(session, self._off[place])
            if session.id not in meetings and session.meeting.track_id:
                self._withdraw(session)
            elif session.id in meetings and meetings[session.id] != session.meeting:
                self._move(session, meetings[session.id])
        self._release_rosters()
        self._yield_to_own_sessions()

    def _meetings(self) -> Iterator[tuple[str, Meeting]]:
        """Yield each session's id and its meeting as it will be."""
        facility_id = self._books.facility_id
        for planned in self._intake.tracks.values():
            track_id = planned.track.track_id
            for meeting in self._meetings_of(planned):
                yield Session.id_of(facility_id, track_id, meeting.day), meeting
        for row in self._own:
            if row.room_id in self._intake.facility.rooms:
                yield Session.id_of(facility_id, row.session_id, None), self._own_meeting(row)

    def _call_off(self, session: Session, row: CancellationRow) -> None:
        with self._blaming(session, None, (row.FILE, row.line)):
            session.call_off(self._cause, row.reason)
            self._free(session, "called off")

    def _withdraw(self, session: Session) -> None:
        planned = self._intake.tracks[str(session.meeting.track_id)]
        closed = self._intake.site.lines.get(("closure", session.meeting.day))
        where = (planned.row.FILE, planned.row.line) if planned.row else ("tracks.csv", 1)
        with self._blaming(session, None, ("facility.toml", closed) if closed else where):
            session.withdraw(self._cause, "closure" if closed else "track revised")
            self._free(session, "withdrawn")

    def _move(self, session: Session, meeting: Meeting) -> None:
        """Give back what a session will no longer take; its patients are booked again later."""
        old = session.meeting
        moved = old.span != meeting.span
        room, facilitator = self._calendars(old)
        if moved or old.room_id != meeting.room_id:
            room.release(self._cause, session.id)
        if moved or old.staff_id != meeting.staff_id:
            facilitator.release(self._cause, session.id)
        if moved:
            for patient in self._books.patients.values():
                patient.release(self._cause, [session.id], "rescheduled")

    def _free(self, session: Session, reason: str) -> None:
        """Give the time of a session's room, staff and patients back."""
        for calendar in self._calendars(session.meeting):
            calendar.release(self._cause, session.id)
        for patient in self._books.patients.values():
            patient.release(self._cause, [session.id], reason)

    def _yield_to_own_sessions(self) -> None:
        """Let a listed enrolment give way to a session of its own: the later row is refused."""
        for row in self._own:
            if row.room_id not in self._intake.facility.rooms:
                continue
            meeting = self._own_meeting(row)
            for patient in (self._books.patients.get(mrn) for mrn in row.mrns):
                listed = {
                    each.enrolment.track_id
                    for each in self._of_patient.get(patient.id if patient else "", [])
                    if each.row
                }
                for booking in list(patient.bookings.values()) if patient else []:
                    track_id = self._books.by_id[booking.session_id].meeting.track_id
                    if patient and track_id in listed and booking.span.overlaps(meeting.span):
                        patient.release(self._cause, [booking.session_id], "checked anew")

    # Blame: of two rows that cannot both stand, the later one is named

    @contextmanager
    def _blaming(self, session: Session, mrn: str | None, where: tuple[str, int]) -> Iterator[None]:
        """Name the sign-ins that a change contradicts; the change itself where they are gone."""
        try:
            yield
        except (HasAttended, AlreadyMadeUp) as refusal:
            place = (session.meeting.day, session.label)
            lines = [
                row.line
                for row in self._intake.sound(self._intake.files.sign_ins)
                if place in {(row.date, row.session), row.makes_up} and mrn in {None, row.mrn}
            ]
            for file, line in [("sign_ins.csv", line) for line in lines] or [where]:
                self._intake.faults.add(file, line, "", str(refusal))

    @contextmanager
    def _blaming_who_goes_past(
        self, session: Session, places: int, where: tuple[str, int]
    ) -> Iterator[None]:
        """Name the enrolments and sign-ins for which there is no place any longer."""
        try:
            yield
        except SessionFull as refusal:
            place = (session.meeting.day, session.label)
            rows: dict[str, tuple[str, int]] = {}
            for each in self._enrolments:
                if each.row and _expected(each.patient, session, [each]):
                    rows.setdefault(each.row.mrn, (each.row.FILE, each.row.line))
            for row in self._intake.sound(self._intake.files.sign_ins):
                if (row.date, row.session) == place and row.makes_up:
                    rows.setdefault(row.mrn, (row.FILE, row.line))
            for file, line in list(rows.values())[places:] or [where]:
                self._intake.faults.add(file, line, "", str(refusal))

    # Rosters: who leaves

    def _release_rosters(self) -> None:
        """Release who is no longer expected, before others take their places."""
        patients = {patient.id: (mrn, patient) for mrn, patient in self._books.patients.items()}
        rows = {row.session_id: row for row in self._own}
        for session in list(self._books.by_id.values()):
            for patient_id, visit in list(session.visits.items()):
                if visit.role == "rostered":
                    mrn, patient = patients[patient_id]
                    where = self._reason_to_leave(session, mrn, patient, rows.get(session.label))
                    if where:
                        with self._blaming(session, mrn, where):
                            self._release(session, patient)

    def _reason_to_leave(
        self, session: Session, mrn: str, patient: Patient, own: SessionRow | None
    ) -> tuple[str, int] | None:
        """Return the row by which a patient is no longer expected; None while they are."""
        if session.meeting.track_id is None:
            return (own.FILE, own.line) if own and mrn not in own.mrns else None
        enrolments = self._of_patient.get(patient.id, [])
        if _expected(patient, session, enrolments):
            return None
        if patient.admitted_at(session.meeting.day):
            for each in enrolments:
                if each.enrolment.track_id == session.meeting.track_id and each.row:
                    return each.row.FILE, each.row.line
        rows = (row for row in self._intake.files.patients if row.mrn == mrn)
        return "patients.csv", next((row.line for row in rows), 1)

    def _release(self, session: Session, patient: Patient) -> None:
        session.release(self._cause, patient.id)
        patient.release(self._cause, [session.id], "no longer on the roster")

    # Sessions

    def _meetings_of(self, planned: PlannedTrack) -> Iterator[Meeting]:
        track, zone = planned.track, self._intake.zone
        room = self._intake.facility.rooms[track.room_id]
        for day in planned.program.meeting_days(track, self._through):
            when = span(day, track.starts, track.ends, zone)
            yield Meeting(
                program_id=planned.program.program_id,
                track_id=track.track_id,
                day=day,
                starts_at=when.starts_at,
                ends_at=when.ends_at,
                parts=parts_on(day, track.segments, zone),
                room_id=track.room_id,
                staff_id=track.staff_id,
                places=min(track.capacity, room.capacity),
            )

    def _own_meeting(self, row: SessionRow) -> Meeting:
        when = span(row.date, row.starts, row.ends, self._intake.zone)
        segment = Segment(row.starts, row.ends, row.service, row.title)
        return Meeting(
            program_id=row.program_id,
            track_id=None,
            day=row.date,
            starts_at=when.starts_at,
            ends_at=when.ends_at,
            parts=parts_on(row.date, [segment], self._intake.zone),
            room_id=row.room_id,
            staff_id=row.staff_id,
            places=self._intake.facility.rooms[row.room_id].capacity,
        )

    def _keep_track(self, planned: PlannedTrack) -> None:
        """Schedule a track's sessions, all or none of them."""
        track = planned.track
        where = (planned.row.FILE, planned.row.line) if planned.row else ("tracks.csv", 1)
        with self._intake.faults.at(*where):
            meetings = list(self._meetings_of(planned))
            for meeting in meetings:
                self._check_resources(meeting, track.track_id)
            planned.program.keep_track(self._cause, track)
            for meeting in meetings:
                self._schedule(meeting, track.track_id, where)

    def _keep_own_session(self, row: SessionRow) -> None:
        self._intake.program(row.program_id)
        check_resources(self._intake, row.room_id, row.staff_id)
        if row.session_id in self._intake.tracks:
            raise Refused("a track has this id", "session_id")
        if row.ends <= row.starts:
            raise EndsBeforeStart(start="starts", end="ends")
        meeting = self._own_meeting(row)
        patients = [self._expected_patient(mrn, row) for mrn in row.mrns]
        self._check_resources(meeting, row.session_id)
        session_id = Session.id_of(self._books.facility_id, row.session_id, None)
        if len(patients) > meeting.places:
            raise SessionFull(places=meeting.places)
        if not self._is_off((row.date, row.session_id)):
            for patient in patients:
                patient.check_bookings([_booking(session_id, meeting)])
        session = self._schedule(meeting, row.session_id, (row.FILE, row.line))
        for patient in patients:
            session.roster(self._cause, patient.id)
            self._book(patient, [session])

    def _expected_patient(self, mrn: str, row: SessionRow) -> Patient:
        patient = self._intake.patient(mrn, "mrns")
        patient.check_admitted(row.date)
        return patient

    def _is_off(self, place: Place) -> bool:
        known = self._books.session(place)
        return place in self._off or (known is not None and known.called_off)

    def _check_resources(self, meeting: Meeting, label: str) -> None:
        """Raise ResourceTaken where the room or the facilitator is booked otherwise."""
        if self._is_off((meeting.day, label)):
            return
        day = meeting.day if meeting.track_id else None
        session_id = Session.id_of(self._books.facility_id, label, day)
        for calendar in self._calendars(meeting):
            calendar.check(session_id, meeting.span)

    def _schedule(self, meeting: Meeting, label: str, where: tuple[str, int]) -> Session:
        """Put a session on the schedule or move it, and take its room and facilitator."""
        place = (meeting.day, label)
        day = meeting.day if meeting.track_id else None
        session = self._books.by_id.get(Session.id_of(self._books.facility_id, label, day))
        if session is None:
            session = Session.schedule(
                self._cause, facility_id=self._books.facility_id, label=label, meeting=meeting
            )
            if place in self._off:
                session.call_off(self._cause, self._off[place].reason)
        else:
            with self._blaming_who_goes_past(session, meeting.places, where):
                session.reschedule(self._cause, meeting)
        self._books.keep_session(session)
        if not session.called_off:
            for calendar in self._calendars(meeting):
                calendar.book(self._cause, session.id, meeting.span)
        return session

    def _calendars(self, meeting: Meeting) -> tuple[Calendar, Calendar]:
        """Return the week of the meeting's room and that of its facilitator."""
        books, cause = self._books, self._cause
        return (
            books.calendar(cause, "room", meeting.room_id, meeting.day),
            books.calendar(cause, "staff", meeting.staff_id, meeting.day),
        )

    # Rosters

    def _wanted_enrolments(self) -> Iterator[WantedEnrolment]:
        """Yield the enrolments as they will be: the record's, with the files' over them."""
        listed: dict[str, dict[str, WantedEnrolment]] = defaultdict(dict)
        rows = self._intake.unique(self._intake.files.enrolments, "mrn", "track_id", "first_day")
        for row in rows:
            with self._intake.faults.at(row.FILE, row.line):
                wanted = self._wanted_enrolment(row)
                wanted.patient.check_enrolment(wanted.enrolment)
                listed[wanted.patient.id][wanted.enrolment.key] = wanted
                wanted.patient.enrol(self._cause, wanted.enrolment)
        for patient in self._books.patients.values():
            for key, enrolment in patient.enrolments.items():
                yield listed[patient.id].get(key) or WantedEnrolment(patient, enrolment, None)

    def _wanted_enrolment(self, row: EnrolmentRow) -> WantedEnrolment:
        patient = self._intake.patient(row.mrn)
        planned = self._intake.track(row.track_id)
        if planned.program.program_id != patient.program_id:
            raise Refused("the track belongs to another program than the patient's", "track_id")
        never = [day for day in row.weekdays if day not in planned.track.weekdays]
        if never:
            raise Refused(f"the track never meets on {' '.join(never)}", "weekdays")
        enrolment = Enrolment(row.track_id, row.weekdays, row.first_day, row.last_day)
        return WantedEnrolment(patient, enrolment, row)

    def _fill_rosters(self) -> None:
        by_track: dict[str, list[Session]] = defaultdict(list)
        for session in self._books.by_id.values():
            if session.meeting.track_id and not session.withdrawn:
                by_track[session.meeting.track_id].append(session)
        for wanted in self._enrolments:
            row = wanted.row
            with self._intake.faults.at("enrolments.csv", row.line if row else 1):
                self._fill(wanted, by_track[wanted.enrolment.track_id])

    def _fill(self, wanted: WantedEnrolment, sessions: list[Session]) -> None:
        """Expect a patient at each session that their enrolment covers: all of them or none."""
        patient = wanted.patient
        covered = [each for each in sessions if _expected(patient, each, [wanted])]
        for session in covered:
            session.check_place(patient.id)
        taking_place = [each for each in covered if not each.called_off]
        patient.check_bookings(_booking(each.id, each.meeting) for each in taking_place)
        for session in covered:
            session.roster(self._cause, patient.id)
        self._book(patient, taking_place)

    def _book(self, patient: Patient, sessions: Iterable[Session]) -> None:
        taken = [_booking(each.id, each.meeting) for each in sessions if not each.called_off]
        patient.book(self._cause, taken)


def _expected(patient: Patient, session: Session, enrolments: Iterable[WantedEnrolment]) -> bool:
    """Tell whether one of the enrolments asks a patient, while admitted, to a track's session."""
    day: date = session.meeting.day
    return patient.admitted_at(day) and any(
        each.enrolment.track_id == session.meeting.track_id and each.enrolment.covers(day)
        for each in enrolments
    )


def _booking(session_id: str, meeting: Meeting) -> Booking:
    return Booking(session_id, meeting.starts_at, meeting.ends_at)

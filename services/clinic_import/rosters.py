"""Who is expected at which session of a track, by the enrolments of record and files."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import AlreadyMadeUp, HasAttended, SessionFull
from domain.patient import Enrolment, Patient
from domain.session import Meeting, Session
from services.application.unit_of_work import booking_of
from services.clinic_import.faults import Refused
from services.clinic_import.import_run import ImportRun
from services.clinic_import.rows import EnrolmentRow, SessionRow

Where = tuple[str, int]
"""A file and a line."""


@dataclass(slots=True)
class WantedEnrolment:
    """An enrolment as it will be; `row` is None where only the record has it."""

    patient: Patient
    enrolment: Enrolment
    row: EnrolmentRow | None

    def expects(self, session: Session) -> bool:
        """Tell whether it asks the patient, while admitted, to a session."""
        meeting = session.meeting
        return (
            self.enrolment.track_id == meeting.track_id
            and self.enrolment.covers(meeting.enrolled_day)
            and self.patient.admitted_at(meeting.day)
        )


class Rosters:
    """The rosters as they will be, and the way there: who leaves goes first."""

    def __init__(self, import_run: ImportRun) -> None:
        self._intake = import_run
        self._books = import_run.loaded
        self._context = import_run.context
        # In the order of the rows: where a track gets too full, the later one goes past.
        self._enrolments = sorted(
            self._wanted(), key=lambda wanted: wanted.row.line if wanted.row else 0
        )
        self._of_patient: dict[str, list[WantedEnrolment]] = defaultdict(list)
        for wanted in self._enrolments:
            self._of_patient[wanted.patient.id].append(wanted)

    # What is wanted

    def _wanted(self) -> Iterator[WantedEnrolment]:
        """Yield the enrolments as they will be: the record's, with the files' over them."""
        listed: dict[str, dict[str, WantedEnrolment]] = defaultdict(dict)
        rows = self._intake.unique(self._intake.files.enrolments, "mrn", "track_id", "first_day")
        for row in rows:
            with self._intake.faults.at(row.FILE, row.line):
                wanted = self._wanted_by(row)
                wanted.patient.enrol(self._context, wanted.enrolment)
                listed[wanted.patient.id][wanted.enrolment.key] = wanted
        for patient in self._books.patients.values():
            for key, enrolment in patient.enrolments.items():
                yield listed[patient.id].get(key) or WantedEnrolment(patient, enrolment, None)

    def _wanted_by(self, row: EnrolmentRow) -> WantedEnrolment:
        patient = self._intake.patient(row.mrn)
        planned = self._intake.track(row.track_id)
        if planned.program.program_id != patient.program_id:
            raise Refused("the track belongs to another program than the patient's", "track_id")
        never = [day for day in row.weekdays if day not in planned.series.weekdays]
        if never:
            raise Refused(f"the track never meets on {' '.join(never)}", "weekdays")
        last_day = row.last_day
        by_hand = patient.earlier or "discharge" in patient.by_hand
        left = patient.left_by(row.first_day) if by_hand else None
        if left and (last_day is None or left < last_day):
            # A discharge by hand ended it, which the files do not know.
            last_day = max(left, row.first_day - timedelta(days=1))
        enrolment = Enrolment(row.track_id, row.weekdays, row.first_day, last_day)
        return WantedEnrolment(patient, enrolment, row)

    # Who leaves

    def release(self, own: Iterable[SessionRow]) -> None:
        """Release who is no longer expected, before others take their places."""
        patients = {patient.id: (mrn, patient) for mrn, patient in self._books.patients.items()}
        rows = {row.session_id: row for row in own}
        for session in list(self._books.by_id.values()):
            for patient_id, visit in list(session.visits.items()):
                if visit.role == "rostered":
                    mrn, patient = patients[patient_id]
                    where = self._reason_to_leave(session, mrn, patient, rows.get(session.label))
                    if where:
                        with self.blaming_presence(session, mrn, where):
                            session.release(self._context, patient_id)
                            patient.release(self._context, [session.id], "no longer on the roster")

    def _reason_to_leave(
        self, session: Session, mrn: str, patient: Patient, own: SessionRow | None
    ) -> Where | None:
        """Return the row by which a patient is no longer expected; None while they are."""
        if session.meeting.track_id is None:
            gone = own and not self._books.numbers_of(patient) & set(own.mrns)
            return (own.FILE, own.line) if own and gone else None
        enrolments = self._of_patient.get(patient.id, [])
        if any(each.expects(session) for each in enrolments):
            return None
        if patient.admitted_at(session.meeting.day):
            for each in enrolments:
                if each.enrolment.track_id == session.meeting.track_id and each.row:
                    return each.row.FILE, each.row.line
        rows = (row for row in self._intake.files.patients if row.mrn == mrn)
        return "patients.csv", next((row.line for row in rows), 1)

    def give_way(self, mrns: Iterable[str], meeting: Meeting) -> None:
        """Let listed enrolments give way to a session of its own: theirs is the later row."""
        for patient in filter(None, map(self._books.patients.get, mrns)):
            wanted = self._of_patient.get(patient.id, [])
            listed = {each.enrolment.track_id for each in wanted if each.row}
            for booking in list(patient.bookings.values()):
                track_id = self._books.by_id[booking.session_id].meeting.track_id
                if track_id in listed and booking.span.overlaps(meeting.span):
                    patient.release(self._context, [booking.session_id], "checked anew")

    # Who comes

    def fill(self) -> None:
        """Expect each enrolled patient at the sessions of their track: all of them or none."""
        by_track: dict[str, list[Session]] = defaultdict(list)
        for session in self._books.by_id.values():
            if session.meeting.track_id and not session.withdrawn:
                by_track[session.meeting.track_id].append(session)
        for wanted in self._enrolments:
            line = wanted.row.line if wanted.row else 1
            if wanted.patient.merged_into:
                continue
            with self._intake.faults.at("enrolments.csv", line):
                sessions = by_track[wanted.enrolment.track_id]
                self._fill(wanted.patient, [each for each in sessions if wanted.expects(each)])

    def _fill(self, patient: Patient, sessions: list[Session]) -> None:
        for session in sessions:
            session.check_place(patient.id)
        bookings = [booking_of(each) for each in sessions if not each.called_off]
        patient.check_bookings(bookings)
        for session in sessions:
            session.roster(self._context, patient.id)
        patient.book(self._context, bookings)

    # Blame: of two rows that cannot both stand, the later one is named

    @contextmanager
    def blaming_presence(self, session: Session, mrn: str | None, where: Where) -> Iterator[None]:
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
    def blaming_who_goes_past(self, session: Session, places: int, where: Where) -> Iterator[None]:
        """Name the enrolments and sign-ins for which there is no place any longer."""
        try:
            yield
        except SessionFull as refusal:
            place = (session.meeting.day, session.label)
            rows: dict[str, Where] = {}
            for each in self._enrolments:
                if each.row and each.expects(session):
                    rows.setdefault(each.row.mrn, (each.row.FILE, each.row.line))
            for row in self._intake.sound(self._intake.files.sign_ins):
                if (row.date, row.session) == place and row.makes_up:
                    rows.setdefault(row.mrn, (row.FILE, row.line))
            for file, line in list(rows.values())[places:] or [where]:
                self._intake.faults.add(file, line, "", str(refusal))

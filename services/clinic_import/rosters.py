"""Who is expected at which session of a track, by the enrolments of record and files."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import AlreadyMadeUp, HasAttended, Refusal, SessionFull
from domain.patient import Enrolment, Patient
from domain.session import Meeting, Session
from services.application import booking
from services.application.unit_of_work import booking_of
from services.clinic_import.faults import Refused
from services.clinic_import.import_run import ImportRun
from services.clinic_import.rows import EnrolmentRow, SessionRow, SignInRow

NO_LONGER = "no longer on the roster"

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
            and self.enrolment.covers(meeting.day, meeting.occurrence)
            and self.patient.admitted_at(meeting.day)
        )


class Rosters:
    """The rosters as they will be, and the way there: who leaves goes first."""

    def __init__(self, import_run: ImportRun) -> None:
        self._import_run = import_run
        self._loaded = import_run.loaded
        self._work = import_run.work
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
        for row in self._import_run.unique(self._import_run.files.enrolments):
            with self._import_run.faults.at(row.FILE, row.line):
                wanted = self._wanted_by(row)
                if mistyped := self._mistyped(wanted):
                    wanted.patient.correct_enrolment(self._context, mistyped, wanted.enrolment)
                wanted.patient.enrol(self._context, wanted.enrolment)
                listed[wanted.patient.id][wanted.enrolment.key] = wanted
        for patient in self._loaded.patients.values():
            for key, enrolment in patient.enrolments.items():
                yield listed[patient.id].get(key) or WantedEnrolment(patient, enrolment, None)

    def _wanted_by(self, row: EnrolmentRow) -> WantedEnrolment:
        patient = self._import_run.patient(row.mrn)
        planned = self._import_run.track(row.track_id)
        if planned.program.program_id != patient.program_on(row.first_day):
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

    def _mistyped(self, wanted: WantedEnrolment) -> Enrolment | None:
        """Return the enrolment on record of which a new row says that it began on another day.

        Its own row is gone, and both ask the patient to the track on the same days.
        """
        patient, enrolment = wanted.patient, wanted.enrolment
        if enrolment.key in patient.enrolments:
            return None
        for known in patient.enrolments.values():
            if known.shares_days_with(enrolment) and not self._is_listed(patient, known):
                return known
        return None

    def _is_listed(self, patient: Patient, enrolment: Enrolment) -> bool:
        names = self._loaded.numbers_of(patient)
        return any(
            row.mrn in names
            and (row.track_id, row.first_day) == (enrolment.track_id, enrolment.first_day)
            for row in self._import_run.listed.enrolments
        )

    # Who leaves

    def release(self, own: Iterable[SessionRow]) -> None:
        """Release who is no longer expected, before others take their places."""
        patients = {patient.id: (mrn, patient) for mrn, patient in self._loaded.patients.items()}
        rows = {row.session_id: row for row in own}
        for session in list(self._loaded.all_sessions.values()):
            for patient_id, visit in list(session.visits.items()):
                if visit.role == "rostered":
                    mrn, patient = patients[patient_id]
                    where = self._reason_to_leave(session, mrn, patient, rows.get(session.label))
                    if where:
                        with self.blaming_presence(session, mrn, where):
                            booking.take_off(self._work, session, patient, NO_LONGER)

    def _reason_to_leave(
        self, session: Session, mrn: str, patient: Patient, own: SessionRow | None
    ) -> Where | None:
        """Return the row by which a patient is no longer expected; None while they are."""
        if session.meeting.track_id is None:
            gone = own and not self._loaded.numbers_of(patient) & set(own.mrns)
            return (own.FILE, own.line) if own and gone else None
        enrolments = self._of_patient.get(patient.id, [])
        if any(each.expects(session) for each in enrolments):
            return None
        if not self._loaded.expected(patient, session):
            # Somebody booked the patient for this one session.
            return None
        if patient.admitted_at(session.meeting.day):
            for each in enrolments:
                if each.enrolment.track_id == session.meeting.track_id and each.row:
                    return each.row.FILE, each.row.line
        rows = (row for row in self._import_run.files.patients if row.mrn == mrn)
        return "patients.csv", next((row.line for row in rows), 1)

    def give_way(self, mrns: Iterable[str], meeting: Meeting) -> None:
        """Refuse listed enrollments that meet a one-off session: theirs is the later row."""
        for patient in filter(None, map(self._loaded.patients.get, mrns)):
            wanted = self._of_patient.get(patient.id, [])
            listed = {each.enrolment.track_id for each in wanted if each.row}
            for booked in list(patient.bookings.values()):
                track_id = self._work.session(booked.session_id).meeting.track_id
                if track_id in listed and booked.span.overlaps(meeting.span):
                    patient.release(self._context, [booked.session_id], "checked anew")

    # Who comes

    def fill(self, scheduled: Collection[str]) -> None:
        """Expect each enrolled patient at the sessions of their track: all of them or none.

        `scheduled` are the ids of the sessions that are new on the schedule. Where a patient was
        to come before and is not expected, somebody released them.
        """
        by_track: dict[str, list[Session]] = defaultdict(list)
        for session in self._loaded.all_sessions.values():
            if session.meeting.track_id and not session.withdrawn:
                by_track[session.meeting.track_id].append(session)
        for wanted in self._enrolments:
            patient, row = wanted.patient, wanted.row
            if patient.merged_into:
                continue
            sessions = [
                each
                for each in by_track[wanted.enrolment.track_id]
                if wanted.expects(each)
                and (
                    patient.id in each.visits
                    or each.id in scheduled
                    or not self._loaded.expected(patient, each)
                )
            ]
            if not self._is_told_anew(wanted):
                sessions = list(self._without_blocked(patient, sessions, scheduled))
            with self._import_run.faults.at("enrolments.csv", row.line if row else 1):
                self._fill(patient, sessions)

    def _is_told_anew(self, wanted: WantedEnrolment) -> bool:
        """Tell whether the files say anything anew of what takes a patient's time."""
        rows = [each.row for each in self._of_patient[wanted.patient.id]]
        names = self._loaded.numbers_of(wanted.patient)
        own = [each for each in self._import_run.files.sessions if names & set(each.mrns)]
        return any(map(self._import_run.changed, [*rows, *own]))

    def _without_blocked(
        self, patient: Patient, sessions: list[Session], scheduled: Collection[str]
    ) -> Iterator[Session]:
        """Yield the sessions to which a patient can come.

        What stands in the way at one that is new on the schedule was recorded by hand: that is
        noted, as where a track is extended in daily use.
        """
        for session in sessions:
            try:
                if session.id in scheduled:
                    session.check_place(patient.id)
                    patient.check_bookings([] if session.called_off else [booking_of(session)])
            except Refusal as refusal:
                patient.block(self._context, session.id, str(refusal))
            else:
                yield session

    def _fill(self, patient: Patient, sessions: list[Session]) -> None:
        for session in sessions:
            session.check_place(patient.id)
        patient.check_bookings([booking_of(each) for each in sessions if not each.called_off])
        booking.expect(self._work, patient, sessions)

    # Blame: of two rows that cannot both stand, the later one is named

    @contextmanager
    def blaming_presence(self, session: Session, mrn: str | None, where: Where) -> Iterator[None]:
        """Name the sign-ins that a change contradicts; the change itself where they are gone."""
        try:
            yield
        except (HasAttended, AlreadyMadeUp) as refusal:
            lines = [
                row.line
                for row in self._import_run.sound(self._import_run.files.sign_ins)
                if mrn in {None, row.mrn} and (_is_in(row, session) or _makes_up(row, session))
            ]
            for file, line in [("sign_ins.csv", line) for line in lines] or [where]:
                self._import_run.faults.add(file, line, "", str(refusal))

    @contextmanager
    def blaming_who_goes_past(self, session: Session, places: int, where: Where) -> Iterator[None]:
        """Name the enrolments and sign-ins for which there is no place any longer."""
        try:
            yield
        except SessionFull as refusal:
            rows: dict[str, Where] = {}
            for each in self._enrolments:
                if each.row and each.expects(session):
                    rows.setdefault(each.row.mrn, (each.row.FILE, each.row.line))
            for row in self._import_run.sound(self._import_run.files.sign_ins):
                if _is_in(row, session) and row.makes_up:
                    rows.setdefault(row.mrn, (row.FILE, row.line))
            for file, line in list(rows.values())[places:] or [where]:
                self._import_run.faults.add(file, line, "", str(refusal))


def _is_in(row: SignInRow, session: Session) -> bool:
    return (row.date, row.session) == (session.meeting.day, session.label)


def _makes_up(row: SignInRow, session: Session) -> bool:
    ref = row.makes_up
    return ref is not None and (ref.day, ref.label) == (session.meeting.day, session.label)

"""The record in the form of a clinic's files: what each row would say if the record wrote it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from domain.patient import Enrolment, Patient, Stay
from domain.program import Series
from domain.session import Session, Visit
from domain.times import instant
from services.clinic_import.facility_rows import (
    ClosureRow,
    FacilityRow,
    RoomRow,
    StaffRow,
    SupervisedRow,
)
from services.clinic_import.field_parsers import SessionRef
from services.clinic_import.loaded_facility import LoadedFacility
from services.clinic_import.rows import (
    AbsenceRow,
    CancellationRow,
    CommitmentRow,
    EnrolmentRow,
    EpisodeRow,
    PatientRow,
    ProgramRow,
    Row,
    SegmentRow,
    SessionRow,
    SignInRow,
    TrackRow,
)


class RecordedRows:
    """Writes what is on record of a facility as rows of its files."""

    def __init__(self, loaded: LoadedFacility, zone: ZoneInfo) -> None:
        self._loaded = loaded
        self._zone = zone
        self._by_kind: dict[type[Row], Callable[[Any], dict[str, object] | None]] = {
            FacilityRow: self._facility,
            RoomRow: self._room,
            StaffRow: self._staff,
            ClosureRow: self._closure,
            SupervisedRow: self._supervised,
            ProgramRow: self._program,
            TrackRow: self._track,
            SegmentRow: self._segment,
            SessionRow: self._session,
            PatientRow: self._patient,
            EpisodeRow: self._stay,
            EnrolmentRow: self._enrolment,
            CommitmentRow: self._commitment,
            CancellationRow: self._cancellation,
            AbsenceRow: self._absence,
            SignInRow: self._sign_in,
        }

    def of(self, row: Row) -> Row | None:
        """Return a row as the record has it; None where the record has nothing by its key."""
        found = self._by_kind[type(row)](row)
        return None if found is None else replace(row, **found)  # type: ignore[arg-type]

    # The setup

    def _facility(self, _row: FacilityRow) -> dict[str, object] | None:
        return _facts(self._loaded.facility, "name", "week_starts_on", "late_after_minutes")

    def _room(self, row: RoomRow) -> dict[str, object] | None:
        rooms = self._loaded.facility.rooms if self._loaded.facility else {}
        return _facts(rooms.get(row.id), "name", "capacity")

    def _staff(self, row: StaffRow) -> dict[str, object] | None:
        staff = self._loaded.facility.staff if self._loaded.facility else {}
        return _facts(staff.get(row.id), "name", "credential")

    def _closure(self, row: ClosureRow) -> dict[str, object] | None:
        closures = [each.closures for each in self._loaded.programs.values()]
        reasons = [each[row.date] for each in closures if row.date in each]
        if closures and not reasons:
            return None
        return {"reason": next((each for each in reasons if each != row.reason), row.reason)}

    def _supervised(self, row: SupervisedRow) -> dict[str, object] | None:
        facility = self._loaded.facility
        known = facility.supervised.get(row.credential, {}) if facility else {}
        since = min((day for day, needed in known.items() if needed), default=None)
        return {"from_day": since} if since else None

    def _program(self, row: ProgramRow) -> dict[str, object] | None:
        program = self._loaded.programs.get(row.program_id)
        hours = {"weekly_hours": program.weekly_minutes} if program else {}
        facts = _facts(program, "name", "population", "focus", "days_per_week")
        return facts and facts | hours

    def _track(self, row: TrackRow) -> dict[str, object] | None:
        for program in self._loaded.programs.values():
            if series := program.tracks.get(row.track_id):
                track, pattern = series.track, series.track.pattern
                days = Series(track).weekdays
                return {
                    "program_id": program.program_id,
                    "weekdays": days,
                    **_some(track, "name", "first_day", "last_day"),
                    **_some(pattern, "starts", "ends", "room_id", "staff_id", "capacity"),
                }
        return None

    def _segment(self, row: SegmentRow) -> dict[str, object] | None:
        for program in self._loaded.programs.values():
            if series := program.tracks.get(row.track_id):
                for segment in series.track.pattern.segments:
                    if segment.starts == row.starts:
                        return _facts(segment, "ends", "service", "title")
        return None

    def _session(self, row: SessionRow) -> dict[str, object] | None:
        session = self._loaded.own_sessions.get(row.session_id)
        if session is None or session.withdrawn:
            return None
        meeting = session.meeting
        facts: dict[str, object] = {"mrns": self._roster(session, row)}
        if session.id not in self._loaded.moved_by_hand and not self._loaded.only_imported:
            # Where the rules of the zone have changed since, the row still tells the time.
            return facts
        facts["date"] = meeting.day
        facts["starts"] = self._wall(meeting.starts_at, meeting.day, row.starts)
        facts["ends"] = self._wall(meeting.ends_at, meeting.day, row.ends)
        facts |= _some(meeting, "program_id", "room_id", "staff_id")
        for part in meeting.parts[:1]:
            facts |= _some(part, "service", "title")
        return facts

    def _roster(self, session: Session, row: SessionRow) -> tuple[str, ...]:
        """Return who is expected, under the numbers and in the order of the row."""
        expected = {key for key, visit in session.visits.items() if visit.role == "rostered"}
        listed = {mrn: self._loaded.visitor(mrn, session) for mrn in row.mrns}
        kept = [mrn for mrn, patient in listed.items() if patient and patient.id in expected]
        others = expected - {listed[mrn].id for mrn in kept}  # type: ignore[union-attr]
        numbers = {each.id: mrn for mrn, each in self._loaded.patients.items()}
        return (*kept, *sorted(numbers[each] for each in others if each in numbers))

    # Patients

    def _patient(self, row: PatientRow) -> dict[str, object] | None:
        if row.mrn not in self._loaded.patients:
            return None
        person = self._loaded.people.get(row.mrn)
        names = _some(person, "given_name", "family_name", "born") if person else {}
        return names | (self._stay(row) or {})

    def _stay(self, row: PatientRow | EpisodeRow) -> dict[str, object] | None:
        patient = self._loaded.patients.get(row.mrn)
        stays = stays_of(patient) if patient else []
        if not stays or patient is None:
            return None
        if isinstance(row, EpisodeRow):
            stays = [each for each in stays if each.admitted_on == row.admitted_on]
            if not stays:
                return None
        stay = min(stays, key=lambda each: abs(each.admitted_on - row.admitted_on))
        facts = _some(stay, "program_id", "admitted_on", "payer")
        discharge = stay.discharge
        facts["discharged_on"] = discharge.day if discharge else None
        facts["discharge_kind"] = discharge.kind if discharge else None
        if patient.plan and stay.admitted_on == patient.admitted_on:
            facts["weekly_hours"] = patient.plan.weekly_minutes
            facts["days_per_week"] = patient.plan.days_per_week
        return facts

    def _enrolment(self, row: EnrolmentRow) -> dict[str, object] | None:
        patient = self._loaded.patients.get(row.mrn)
        key = Enrolment(row.track_id, (), row.first_day, None).key
        return _facts(patient and patient.enrolments.get(key), "last_day", "weekdays")

    def _commitment(self, row: CommitmentRow) -> dict[str, object] | None:
        patient = self._loaded.patients.get(row.mrn)
        for commitment in patient.commitments.values() if patient else ():
            if (commitment.kind, commitment.first_day, commitment.starts) == row.key[1:]:
                return _facts(commitment, "title", "weekdays", "ends", "last_day")
        return None

    # What came of sessions

    def _called(self, row: CancellationRow | AbsenceRow | SignInRow) -> list[Session]:
        return self._loaded.session_called(
            SessionRef(row.date, row.session, row.starts), self._zone
        )

    def _cancellation(self, row: CancellationRow) -> dict[str, object] | None:
        for session in self._called(row):
            if session.called_off:
                return {"reason": session.called_off_because}
        return None

    def _absence(self, row: AbsenceRow) -> dict[str, object] | None:
        for session in self._called(row):
            visit = self._visit(session, row.mrn)
            if visit and visit.absence:
                at, said = visit.absence.notified_at, row.notified_at
                if instant(said.date(), said.time(), self._zone) != at:
                    said = at.astimezone(self._zone).replace(tzinfo=None)
                return {**_some(visit.absence, "reason", "excused"), "notified_at": said}
        return None

    def _sign_in(self, row: SignInRow) -> dict[str, object] | None:
        arrived_at = instant(row.date, row.time_in, self._zone)
        for session in self._called(row):
            visit = self._visit(session, row.mrn)
            for line in visit.sign_ins if visit else ():
                if visit and line.arrived_at == arrived_at:
                    left = line.left_at and self._wall(line.left_at, row.date, row.time_out)
                    return {"time_out": left, "makes_up": self._missed(row, visit.makes_up)}
        return None

    def _visit(self, session: Session, mrn: str) -> Visit | None:
        patient = self._loaded.visitor(mrn, session)
        return session.visits.get(patient.id) if patient else None

    def _wall(self, at: datetime, day: date, said: time | None) -> time:
        """Return what the clocks show; where a change of clocks leaves two words, the row's."""
        if said and instant(day, said, self._zone) == at:
            return said
        return at.astimezone(self._zone).time()

    def _missed(self, row: SignInRow, session_id: str | None) -> SessionRef | None:
        """Return what the files call the missed session; in the row's words where these fit."""
        if session_id is None:
            return None
        missed = self._loaded.work.session(session_id)
        if row.makes_up and missed in self._loaded.session_called(row.makes_up, self._zone):
            return row.makes_up
        return SessionRef(missed.meeting.day, missed.label)


def stays_of(patient: Patient) -> list[Stay]:
    """Return a patient's stays, the present one last; that one may have no discharge."""
    if patient.admitted_on is None:
        return list(patient.earlier)
    present = Stay(
        patient.program_id, patient.admitted_on, patient.payer or "", cast("Any", patient.discharge)
    )
    return [*patient.earlier, present]


def _facts(found: object | None, *names: str) -> dict[str, object] | None:
    return _some(found, *names) if found else None


def _some(found: object, *names: str) -> dict[str, object]:
    return {name: getattr(found, name) for name in names}

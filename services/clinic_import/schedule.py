"""The steps that bring the schedule to what the files say: sessions, their rooms and staff."""

from domain.errors import EndsBeforeStart, SessionFull
from domain.patient import Booking, Patient
from domain.session import Meeting, Session
from services.application.unit_of_work import booking_of
from services.clinic_import.faults import Refused
from services.clinic_import.import_run import ImportRun, TrackPlan
from services.clinic_import.loaded_facility import SessionRef
from services.clinic_import.meetings import meetings_of, own_meeting
from services.clinic_import.rosters import Rosters, Where
from services.clinic_import.rows import CancellationRow, SessionRow
from services.clinic_import.setup import check_resources


class Timetable:
    """What the schedule will be, and the way there: first make room, then book.

    Room is made first, so that a booking is refused only by what will really be there.
    """

    def __init__(self, import_run: ImportRun) -> None:
        self._intake = import_run
        self._books = import_run.loaded
        self._context = import_run.context
        self._own = import_run.unique(import_run.files.sessions, "session_id", column="session_id")
        rows = import_run.unique(import_run.files.cancellations, "date", "session")
        self._off = {(row.date, row.session): row for row in rows}
        self._rosters = Rosters(import_run)

    def apply(self) -> None:
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
        self._rosters.fill()

    # Making room

    def _make_room(self) -> None:
        wanted = self._wanted_meetings()
        for session in list(self._books.by_id.values()):
            if session.withdrawn:
                continue
            place = (session.meeting.day, session.label)
            if place in self._off:
                self._call_off(session, self._off[place])
            if session.id not in wanted and session.meeting.track_id:
                self._withdraw(session)
            elif session.id in wanted and wanted[session.id] != session.meeting:
                self._move(session, wanted[session.id])
        self._rosters.release(self._own)
        for row in self._own:
            if meeting := own_meeting(self._intake, row):
                self._rosters.give_way(row.mrns, meeting)

    def _wanted_meetings(self) -> dict[str, Meeting]:
        """Return each session's meeting as it will be, by the session's id."""
        wanted = {}
        for planned in self._intake.tracks.values():
            for meeting in meetings_of(self._intake, planned):
                wanted[self._id_of(meeting, planned.track.track_id)] = meeting
        for row in self._own:
            if own := own_meeting(self._intake, row):
                wanted[self._id_of(own, row.session_id)] = own
        return wanted

    def _call_off(self, session: Session, row: CancellationRow) -> None:
        with self._rosters.blaming_presence(session, None, (row.FILE, row.line)):
            session.call_off(self._context, row.reason)
            self._free(session, "called off")

    def _withdraw(self, session: Session) -> None:
        planned = self._intake.tracks[str(session.meeting.track_id)]
        closed = self._intake.site.lines.get(("closure", session.meeting.day))
        where = ("facility.toml", closed) if closed else _where(planned)
        with self._rosters.blaming_presence(session, None, where):
            session.withdraw(self._context, "closure" if closed else "track revised")
            self._free(session, "withdrawn")

    def _move(self, session: Session, meeting: Meeting) -> None:
        """Give back what a session will no longer take; its patients are booked again later."""
        old = session.meeting
        moved = old.span != meeting.span
        if moved or old.room_id != meeting.room_id:
            self._books.release(self._context, session, "room", old.room_id)
        if moved or old.staff_id != meeting.staff_id:
            self._books.release(self._context, session, "staff", old.staff_id)
        if moved:
            self._free_patients(session, "rescheduled")

    def _free(self, session: Session, reason: str) -> None:
        """Give the time of a session's room, staff and patients back."""
        self._books.release(self._context, session, "room", session.meeting.room_id)
        self._books.release(self._context, session, "staff", session.meeting.staff_id)
        self._free_patients(session, reason)

    def _free_patients(self, session: Session, reason: str) -> None:
        for patient in self._books.patients.values():
            patient.release(self._context, [session.id], reason)

    # Sessions

    def _keep_track(self, planned: TrackPlan) -> None:
        """Schedule a track's sessions, all or none of them."""
        track, where = planned.track, _where(planned)
        with self._intake.faults.at(*where):
            meetings = list(meetings_of(self._intake, planned))
            for meeting in meetings:
                self._check_free(meeting, track.track_id)
            planned.program.keep_track(self._context, track)
            for meeting in meetings:
                self._schedule(meeting, track.track_id, where)

    def _keep_own_session(self, row: SessionRow) -> None:
        self._intake.program(row.program_id)
        check_resources(self._intake, row.room_id, row.staff_id)
        if row.session_id in self._intake.tracks:
            raise Refused("a track has this id", "session_id")
        if row.ends <= row.starts:
            raise EndsBeforeStart(start="starts", end="ends")
        patients = [self._expected(mrn, row) for mrn in row.mrns]
        meeting = own_meeting(self._intake, row)
        if meeting is None or len(patients) > meeting.places:
            raise SessionFull(places=meeting.places if meeting else 0)
        self._check_free(meeting, row.session_id)
        if not self._is_off((row.date, row.session_id)):
            session_id = self._id_of(meeting, row.session_id)
            for patient in patients:
                patient.check_bookings([Booking(session_id, meeting.starts_at, meeting.ends_at)])
        session = self._schedule(meeting, row.session_id, (row.FILE, row.line))
        for patient in patients:
            session.roster(self._context, patient.id)
            if not session.called_off:
                patient.book(self._context, [booking_of(session)])

    def _expected(self, mrn: str, row: SessionRow) -> Patient:
        session = self._books.own_sessions.get(row.session_id)
        patient = self._intake.visitor(mrn, session, "mrns")
        patient.check_admitted(row.date)
        return patient

    def _check_free(self, meeting: Meeting, label: str) -> None:
        """Raise ResourceTaken where the room or the facilitator is booked otherwise."""
        if not self._is_off((meeting.day, label)):
            session_id = self._id_of(meeting, label)
            for calendar in self._books.calendars_of(self._context, meeting):
                calendar.check(session_id, meeting.span)

    def _schedule(self, meeting: Meeting, label: str, where: Where) -> Session:
        """Put a session on the schedule or move it, and take its room and facilitator."""
        place = (meeting.day, label)
        session = self._books.by_id.get(self._id_of(meeting, label))
        if session is None:
            session = Session.schedule(
                self._context, facility_id=self._books.facility_id, label=label, meeting=meeting
            )
            if place in self._off:
                session.call_off(self._context, self._off[place].reason)
        else:
            with self._rosters.blaming_who_goes_past(session, meeting.places, where):
                session.reschedule(self._context, meeting)
        self._books.keep_session(session)
        if not session.called_off:
            for calendar in self._books.calendars_of(self._context, meeting):
                calendar.book(self._context, session.id, meeting.span)
        return session

    def _is_off(self, place: SessionRef) -> bool:
        known = self._books.session(place)
        return place in self._off or (known is not None and known.called_off)

    def _id_of(self, meeting: Meeting, label: str) -> str:
        return Session.id_of(self._books.facility_id, label, meeting.occurrence)


def _where(planned: TrackPlan) -> Where:
    return (planned.row.FILE, planned.row.line) if planned.row else ("tracks.csv", 1)

"""The steps that bring the schedule to what the files say: sessions, their rooms and staff."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from domain.errors import EndsBeforeStart, SessionFull
from domain.patient import Booking, Patient
from domain.session import Meeting, Session
from services.application import booking, sessions
from services.clinic_import.faults import Refused
from services.clinic_import.field_parsers import SessionRef
from services.clinic_import.import_run import ImportRun, TrackPlan
from services.clinic_import.meetings import (
    WHEN,
    facts_now,
    meetings_before,
    meetings_of,
    own_meeting,
    session_id,
)
from services.clinic_import.rosters import Rosters, Where
from services.clinic_import.rows import CancellationRow, SessionRow
from services.clinic_import.setup import check_resources


class Timetable:
    """What the schedule will be, and the way there: first make room, then book.

    Room is made first, so that a booking is refused only by what will really be there.
    """

    def __init__(self, import_run: ImportRun) -> None:
        self._import_run = import_run
        self._loaded = import_run.loaded
        self._work = import_run.work
        self._context = import_run.context
        self._own = import_run.unique(import_run.files.sessions)
        self._wanted = self._wanted_meetings()
        self._cancellations = import_run.unique(import_run.files.cancellations)
        self._off = dict(self._called_off())
        self._kept = self._as_they_were()
        self._scheduled: set[str] = set()
        self._moved: list[Session] = []
        self._rosters = Rosters(import_run)

    def apply(self) -> None:
        """Bring everything about."""
        self._make_room()
        for planned in self._import_run.tracks.values():
            self._keep_track(planned)
        for row in self._own:
            with self._import_run.faults.at(row.FILE, row.line):
                self._keep_own_session(row)
        for off in self._cancellations:
            with self._import_run.faults.at(off.FILE, off.line):
                self._import_run.session(SessionRef(off.date, off.session, off.starts))
        self._rosters.fill(self._scheduled)
        for session in self._moved:
            if session.takes_place:
                # Also of those whom somebody has booked for this one session.
                booking.book_again(self._work, session)

    def _called_off(self) -> Iterator[tuple[str, CancellationRow]]:
        """Yield the sessions that are called off by the files; each row names one of its day."""
        named: dict[tuple[date, str], dict[str, datetime]] = defaultdict(dict)
        for each in self._loaded.all_sessions.values():
            if not each.withdrawn:
                named[each.meeting.day, each.label][each.id] = each.meeting.starts_at
        for key, (label, meeting) in self._wanted.items():
            named[meeting.day, label][key] = meeting.starts_at
        for row in self._cancellations:
            found = named[row.date, row.session]
            if row.starts:
                at = self._import_run.instant(row.date, row.starts)
                found = {key: starts_at for key, starts_at in found.items() if starts_at == at}
            if len(found) == 1:
                yield next(iter(found)), row

    def _as_they_were(self) -> set[str]:
        """Return the closed sessions of tracks that the import leaves as they took place.

        A change by hand of a series, its closures or a room leaves them alone; so does the import,
        unless the files say now what makes them otherwise.
        """
        kept = set()
        for track_id, planned in self._import_run.tracks.items():
            closed = {
                each.id
                for each in self._loaded.all_sessions.values()
                if each.meeting.track_id == track_id and each.closed
            }
            before = self._loaded.tracks_before.get(track_id)
            if closed and before and before != facts_now(self._import_run, planned):
                asked = meetings_before(self._import_run, track_id)
                closed = {key for key in closed if asked.get(key) == self._meeting_wanted(key)}
            kept |= closed
        return kept

    def _meeting_wanted(self, session_id: str) -> Meeting | None:
        _, meeting = self._wanted.get(session_id, ("", None))
        return meeting

    # Making room

    def _make_room(self) -> None:
        for session in list(self._loaded.all_sessions.values()):
            if session.withdrawn:
                continue
            if session.id in self._off:
                self._call_off(session, self._off[session.id])
            if session.id in self._kept:
                continue
            meeting = self._meeting_wanted(session.id)
            if meeting is None and session.meeting.track_id:
                self._withdraw(session)
            elif meeting and meeting != session.meeting:
                if meeting.span != session.meeting.span:
                    self._moved.append(session)
                sessions.make_room(self._work, session, meeting)
        self._rosters.release(self._own)
        for row in self._own:
            if meeting := own_meeting(self._import_run, row):
                self._rosters.give_way(row.mrns, meeting)

    def _wanted_meetings(self) -> dict[str, tuple[str, Meeting]]:
        """Return each session's name and meeting as it will be, by the session's id."""
        wanted = {}
        for track_id, planned in self._import_run.tracks.items():
            for meeting in meetings_of(self._import_run, planned):
                wanted[session_id(self._import_run, meeting, track_id)] = (track_id, meeting)
        for row in self._own:
            if own := own_meeting(self._import_run, row):
                wanted[session_id(self._import_run, own, row.session_id)] = (row.session_id, own)
        return wanted

    def _call_off(self, session: Session, row: CancellationRow) -> None:
        with self._rosters.blaming_presence(session, None, (row.FILE, row.line)):
            session.call_off(self._context, row.reason)
            sessions.give_time_back(self._work, session, "called off")

    def _withdraw(self, session: Session) -> None:
        planned = self._import_run.tracks[str(session.meeting.track_id)]
        closed = self._import_run.site.lines.get(("closure", session.meeting.day))
        where = ("facility.toml", closed) if closed else _where(planned)
        with self._rosters.blaming_presence(session, None, where):
            session.check_withdrawal()
            sessions.give_time_back(self._work, session, "withdrawn")
            session.withdraw(self._context, "closure" if closed else "track revised")

    # Sessions

    def _keep_track(self, planned: TrackPlan) -> None:
        """Schedule a track's sessions, all or none of them."""
        track, where = planned.track, _where(planned)
        with self._import_run.faults.at(*where):
            meetings = [
                meeting
                for meeting in meetings_of(self._import_run, planned)
                if session_id(self._import_run, meeting, track.track_id) not in self._kept
            ]
            for meeting in meetings:
                self._check_free(meeting, track.track_id)
            planned.program.keep_track(self._context, track)
            for meeting in meetings:
                self._schedule(meeting, track.track_id, where)

    def _keep_own_session(self, row: SessionRow) -> None:
        self._import_run.program(row.program_id)
        check_resources(self._import_run, row.room_id, row.staff_id)
        if row.session_id in self._import_run.tracks:
            raise Refused("a track has this id", "session_id")
        if row.ends <= row.starts and self._import_run.changed(row, *WHEN):
            # One that is when it was may last past midnight: somebody has moved it there.
            raise EndsBeforeStart(start="starts", end="ends")
        patients = [self._expected(mrn, row) for mrn in row.mrns]
        meeting = own_meeting(self._import_run, row)
        if meeting is None or len(patients) > meeting.places:
            raise SessionFull(places=meeting.places if meeting else 0)
        self._check_free(meeting, row.session_id)
        key = session_id(self._import_run, meeting, row.session_id)
        if not self._is_off(key):
            for patient in patients:
                patient.check_bookings([Booking(key, meeting.starts_at, meeting.ends_at)])
        session = self._schedule(meeting, row.session_id, (row.FILE, row.line))
        for patient in patients:
            booking.expect(self._work, patient, [session])

    def _expected(self, mrn: str, row: SessionRow) -> Patient:
        session = self._loaded.own_sessions.get(row.session_id)
        patient = self._import_run.visitor(mrn, session, "mrns")
        patient.check_admitted(row.date)
        return patient

    def _check_free(self, meeting: Meeting, label: str) -> None:
        """Raise ResourceTaken where the room or the facilitator is booked otherwise."""
        key = session_id(self._import_run, meeting, label)
        if not self._is_off(key):
            sessions.check_resources(self._work, self._loaded.facility_id, key, meeting)

    def _schedule(self, meeting: Meeting, label: str, where: Where) -> Session:
        """Put a session on the schedule or move it, and take its room and facilitator."""
        key = session_id(self._import_run, meeting, label)
        session = self._work.find_session(key)
        if session is None or session.withdrawn:
            self._scheduled.add(key)
        if session is None:
            facts = {"facility_id": self._loaded.facility_id, "label": label}
            session = self._work.keep(Session.schedule(self._context, meeting=meeting, **facts))
            if key in self._off:
                session.call_off(self._context, self._off[key].reason)
        else:
            with self._rosters.blaming_who_goes_past(session, meeting.places, where):
                session.reschedule(self._context, meeting)
        self._loaded.keep_session(session)
        if not session.called_off:
            sessions.book_resources(self._work, session.facility_id, session.id, meeting)
        return session

    def _is_off(self, session_id: str) -> bool:
        known = self._work.find_session(session_id)
        return session_id in self._off or (known is not None and known.called_off)


def _where(planned: TrackPlan) -> Where:
    return (planned.row.FILE, planned.row.line) if planned.row else ("tracks.csv", 1)

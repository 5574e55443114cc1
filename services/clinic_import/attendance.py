"""The steps about attendance: absences, the sign-in sheets, and closing what is over."""

from datetime import timedelta

from domain.patient import Patient
from domain.session import Absence, Amendment, Session, SignIn
from services.clinic_import.faults import Refused
from services.clinic_import.field_parsers import SessionRef
from services.clinic_import.import_run import Intake
from services.clinic_import.rows import AbsenceRow, SignInRow

FILES_SAY = Amendment("the clinic's files say otherwise")


def note_absences(intake: Intake) -> None:
    """Record who said that they would not come, and what the staff decided."""
    for row in intake.unique(intake.files.absences):
        with intake.faults.at(row.FILE, row.line):
            _note_absence(intake, row)


def _note_absence(intake: Intake, row: AbsenceRow) -> None:
    ref = SessionRef(row.date, row.session, row.starts)
    session = intake.session(ref, among=lambda found: [s for s in found if _absent(intake, row, s)])
    patient = intake.visitor(row.mrn, session)
    notified_at = intake.instant(row.notified_at.date(), row.notified_at.time())
    absence = Absence(row.reason, notified_at, row.excused)
    session.note_absence(intake.cause, patient.id, absence)


def take_sign_ins(intake: Intake) -> None:
    """Record the lines of the sign-in sheets, in the order of the file."""
    redirected: dict[tuple[str, str], str | None] = {}
    for row in intake.unique(intake.files.sign_ins):
        with intake.faults.at(row.FILE, row.line):
            _sign_in(intake, row, redirected)


def _sign_in(intake: Intake, row: SignInRow, redirected: dict[tuple[str, str], str | None]) -> None:
    session = _session_of(intake, row)
    patient = intake.visitor(row.mrn, session)
    missed = _missed(intake, row, session)
    _check_one_visit(session, patient, missed, redirected)
    if missed:
        patient.check_admitted(row.date)
        missed.check_make_up(patient.id, session)
    session.sign_in(
        intake.cause,
        patient.id,
        _line(intake, row),
        makes_up=missed.id if missed else None,
        elsewhere=[
            stay
            for other in intake.books.visited[patient.id]
            if other != session.id
            for stay in intake.books.by_id[other].presence(patient.id)
        ],
        amendment=FILES_SAY,
    )
    intake.books.visited[patient.id].add(session.id)
    if missed:
        missed.link_make_up(intake.cause, patient.id, session)


def _absent(intake: Intake, row: AbsenceRow, session: Session) -> bool:
    visit = session.visits.get(intake.visitor(row.mrn, session).id)
    return visit is not None and visit.absence is not None


def _session_of(intake: Intake, row: SignInRow) -> Session:
    """Return the session of a line.

    Of several meetings of a day it is the one that has the line already, or the first that ends
    after the time in; a line that lasts into another one could be either's.
    """
    line = _line(intake, row)
    until = line.left_at or line.arrived_at

    def among(found: list[Session]) -> list[Session]:
        for session in found:
            visit = session.visits.get(intake.visitor(row.mrn, session).id)
            if visit and any(each.arrived_at == line.arrived_at for each in visit.sign_ins):
                return [session]
        left = [each for each in found if each.meeting.ends_at > line.arrived_at]
        return [each for n, each in enumerate(left) if n == 0 or each.meeting.starts_at < until]

    return intake.session(SessionRef(row.date, row.session, row.starts), among=among)


def _missed(intake: Intake, row: SignInRow, by: Session) -> Session | None:
    """Return the missed session that a line makes up; of several, the one that it makes up now."""
    if row.makes_up is None:
        return None

    def among(found: list[Session]) -> list[Session]:
        visit = by.visits.get(intake.visitor(row.mrn, by).id)
        return [each for each in found if visit and visit.makes_up == each.id]

    return intake.session(row.makes_up, "makes_up", among)


def _line(intake: Intake, row: SignInRow) -> SignIn:
    left_at = intake.instant(row.date, row.time_out) if row.time_out else None
    return SignIn(intake.instant(row.date, row.time_in), left_at)


def _check_one_visit(
    session: Session,
    patient: Patient,
    missed: Session | None,
    redirected: dict[tuple[str, str], str | None],
) -> None:
    """Refuse a line that says otherwise than the visit's first one what is made up."""
    now = missed.id if missed else None
    if redirected.setdefault((session.id, patient.id), now) != now:
        raise Refused("another line of this visit says otherwise", "makes_up")


def unlink_redirected(intake: Intake) -> None:
    """Free the missed visits whose make-up, by the files, makes up another one."""
    for row in intake.sound(intake.files.sign_ins):
        try:
            session = _session_of(intake, row)
            patient = intake.visitor(row.mrn, session)
            missed = _missed(intake, row, session)
        except Refused:
            # The step that takes the lines names it.
            continue
        if missed and patient.id in session.visits:
            before = session.visits[patient.id].makes_up
            if before and before != missed.id:
                intake.books.by_id[before].unlink_make_up(intake.cause, patient.id)


def close_sessions(intake: Intake) -> None:
    """Close each session that is over, and bring what was closed before up to date.

    What this import says nothing of was brought up to date by who said it.
    """
    late_after: timedelta = intake.late_after
    site = next(iter(intake.site.rows()))
    for session in intake.books.by_id.values():
        if session.closed or session.withdrawn:
            if session.pending or intake.changed(site, "late_after_minutes"):
                session.settle(intake.cause, late_after, FILES_SAY)
        elif session.meeting.ends_at <= intake.cause.at:
            session.close(intake.cause, late_after)

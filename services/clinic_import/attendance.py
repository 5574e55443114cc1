"""The steps about attendance: absences, the sign-in sheets, and closing what is over."""

from datetime import timedelta

from domain.patient import Patient
from domain.session import Absence, Amendment, Session, SignIn
from services.clinic_import.faults import Refused
from services.clinic_import.import_run import Intake
from services.clinic_import.rows import AbsenceRow, SignInRow

FILES_SAY = Amendment("the clinic's files say otherwise")

NOT_YET = "later than today: nothing can be recorded before it happens"


def note_absences(intake: Intake) -> None:
    """Record who said that they would not come, and what the staff decided."""
    for row in intake.unique(intake.files.absences, "date", "session", "mrn"):
        with intake.faults.at(row.FILE, row.line):
            _note_absence(intake, row)


def _note_absence(intake: Intake, row: AbsenceRow) -> None:
    session = intake.session((row.date, row.session))
    patient = intake.visitor(row.mrn, session)
    notified_at = intake.instant(row.notified_at.date(), row.notified_at.time())
    if row.notified_at.date() > intake.today:
        raise Refused(NOT_YET, "notified_at")
    absence = Absence(row.reason, notified_at, row.excused)
    session.note_absence(intake.cause, patient.id, absence)


def take_sign_ins(intake: Intake) -> None:
    """Record the lines of the sign-in sheets, in the order of the file."""
    redirected: dict[tuple[str, str], str | None] = {}
    for row in intake.unique(intake.files.sign_ins, "date", "session", "mrn", "time_in"):
        with intake.faults.at(row.FILE, row.line):
            _sign_in(intake, row, redirected)


def _sign_in(intake: Intake, row: SignInRow, redirected: dict[tuple[str, str], str | None]) -> None:
    session = intake.session((row.date, row.session))
    patient = intake.visitor(row.mrn, session)
    missed = intake.session(row.makes_up, "makes_up") if row.makes_up else None
    if row.date > intake.today:
        raise Refused(NOT_YET, "date")
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
        session = intake.books.session((row.date, row.session))
        patient = intake.books.patients.get(row.mrn)
        missed = intake.books.session(row.makes_up) if row.makes_up else None
        if session and patient and missed and patient.id in session.visits:
            before = session.visits[patient.id].makes_up
            if before and before != missed.id:
                intake.books.by_id[before].unlink_make_up(intake.cause, patient.id)


def close_sessions(intake: Intake) -> None:
    """Close each session that is over, and bring what was closed before up to date."""
    late_after: timedelta = intake.late_after
    for session in intake.books.by_id.values():
        if session.closed or session.withdrawn:
            session.settle(intake.cause, late_after, FILES_SAY)
        elif session.meeting.ends_at <= intake.cause.at:
            session.close(intake.cause, late_after)

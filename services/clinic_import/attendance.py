"""The steps about attendance: absences, the sign-in sheets, and closing what is over."""

from domain.patient import Patient
from domain.session import Absence, Amendment, Session, SignIn
from services.application.sessions import close_session
from services.clinic_import.faults import Refused
from services.clinic_import.field_parsers import SessionRef
from services.clinic_import.import_run import ImportRun
from services.clinic_import.rows import AbsenceRow, SignInRow

FILES_SAY = Amendment("the clinic's files say otherwise")

NOT_YET = "later than today: nothing can be recorded before it happens"


def note_absences(import_run: ImportRun) -> None:
    """Record who said that they would not come, and what the staff decided."""
    for row in import_run.unique(import_run.files.absences):
        with import_run.faults.at(row.FILE, row.line):
            _note_absence(import_run, row)


def _note_absence(import_run: ImportRun, row: AbsenceRow) -> None:
    ref = SessionRef(row.date, row.session, row.starts)
    session = import_run.session(
        ref, among=lambda found: [s for s in found if _absent(import_run, row, s)]
    )
    patient = import_run.visitor(row.mrn, session)
    notified_at = import_run.instant(row.notified_at.date(), row.notified_at.time())
    if row.notified_at.date() > import_run.today:
        raise Refused(NOT_YET, "notified_at")
    absence = Absence(row.reason, notified_at, row.excused)
    session.note_absence(import_run.context, patient.id, absence)


def take_sign_ins(import_run: ImportRun) -> None:
    """Record the lines of the sign-in sheets, in the order of the file."""
    redirected: dict[tuple[str, str], str | None] = {}
    for row in import_run.unique(import_run.files.sign_ins):
        with import_run.faults.at(row.FILE, row.line):
            _sign_in(import_run, row, redirected)


def _sign_in(
    import_run: ImportRun, row: SignInRow, redirected: dict[tuple[str, str], str | None]
) -> None:
    session = _session_of(import_run, row)
    patient = import_run.visitor(row.mrn, session)
    missed = _missed(import_run, row, session)
    if row.date > import_run.today:
        raise Refused(NOT_YET, "date")
    _check_one_visit(session, patient, missed, redirected)
    if missed:
        patient.check_admitted(row.date)
        missed.check_make_up(patient.id, session)
    session.sign_in(
        import_run.context,
        patient.id,
        _line(import_run, row),
        makes_up=missed.id if missed else None,
        elsewhere=[
            stay
            for other in import_run.loaded.visited[patient.id].values()
            if other is not session
            for stay in other.presence(patient.id)
        ],
        amendment=FILES_SAY,
    )
    import_run.loaded.visited[patient.id][session.id] = session
    if missed:
        missed.link_make_up(import_run.context, patient.id, session)


def _absent(import_run: ImportRun, row: AbsenceRow, session: Session) -> bool:
    visit = session.visits.get(import_run.visitor(row.mrn, session).id)
    return visit is not None and visit.absence is not None


def _session_of(import_run: ImportRun, row: SignInRow) -> Session:
    """Return the session of a line.

    Of several meetings of a day it is the one that has the line already, or the first that ends
    after the time in; a line that lasts into another one could be either's.
    """
    line = _line(import_run, row)
    until = line.left_at or line.arrived_at

    def among(found: list[Session]) -> list[Session]:
        for session in found:
            visit = session.visits.get(import_run.visitor(row.mrn, session).id)
            if visit and any(each.arrived_at == line.arrived_at for each in visit.sign_ins):
                return [session]
        left = [each for each in found if each.meeting.ends_at > line.arrived_at]
        return [each for n, each in enumerate(left) if n == 0 or each.meeting.starts_at < until]

    return import_run.session(SessionRef(row.date, row.session, row.starts), among=among)


def _missed(import_run: ImportRun, row: SignInRow, by: Session) -> Session | None:
    """Return the missed session that a line makes up; of several, the one that it makes up now."""
    if row.makes_up is None:
        return None

    def among(found: list[Session]) -> list[Session]:
        visit = by.visits.get(import_run.visitor(row.mrn, by).id)
        return [each for each in found if visit and visit.makes_up == each.id]

    return import_run.session(row.makes_up, "makes_up", among)


def _line(import_run: ImportRun, row: SignInRow) -> SignIn:
    left_at = import_run.instant(row.date, row.time_out) if row.time_out else None
    return SignIn(import_run.instant(row.date, row.time_in), left_at)


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


def unlink_redirected(import_run: ImportRun) -> None:
    """Free the missed visits whose make-up, by the files, makes up another one."""
    for row in import_run.sound(import_run.files.sign_ins):
        try:
            session = _session_of(import_run, row)
            patient = import_run.visitor(row.mrn, session)
            missed = _missed(import_run, row, session)
        except Refused:
            # The step that takes the lines names it.
            continue
        if missed and patient.id in session.visits:
            before = session.visits[patient.id].makes_up
            if before and before != missed.id:
                missed_before = import_run.work.session(before)
                missed_before.unlink_make_up(import_run.context, patient.id)


def close_sessions(import_run: ImportRun) -> None:
    """Close each session that is over, and bring what was closed before up to date.

    What this import says nothing of was brought up to date by who said it.
    """
    site = next(iter(import_run.site.rows()))
    for session in import_run.loaded.all_sessions.values():
        if session.closed or session.withdrawn:
            if session.pending or import_run.changed(site, "late_after_minutes"):
                import_run.work.reconcile_attendance(session, FILES_SAY)
        elif session.takes_place and session.meeting.ends_at <= import_run.context.at:
            if session.meeting.staff_id:
                close_session(import_run.work, session.id)
            else:
                import_run.warnings.append(
                    f"{session.label} on {session.meeting.day} is over and stays open: it has no"
                    " facilitator, so say first who led it (session.substitute-staff)"
                )

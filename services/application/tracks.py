"""Commands about tracks: a change of a series brings all of its sessions along, or nothing.

The commands that change a series. Each previews what it brings with `dry_run`.

Otherwise it saves all of it, or raises ConflictsMet, which names each conflict. What is closed
stays as it was, unless the command is about that day alone: then its attendance is corrected.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from domain.errors import CalledOff, ConflictsMet, NotTakingPlace
from domain.program import Deviation, Pattern, Program, Track
from domain.session import Amendment, Session
from services.application import booking, sessions
from services.application.command import command
from services.application.track_preview import Preview, SingleDay
from services.application.track_schedule import TrackScheduler
from services.application.unit_of_work import UnitOfWork

FOLLOWS_AGAIN = Amendment("the meeting follows its series again")
OPEN_AFTER_ALL = Amendment("the program was open after all")


@command("program.keep-track", many_sessions=True)
def keep_track(
    work: UnitOfWork,
    facility_id: str,
    program_id: str,
    track: Track,
    *,
    dry_run: bool = False,
) -> Preview:
    """Set a track up, or change its name, days or first pattern."""
    which = (facility_id, program_id, track.track_id)
    return _change(work, which, lambda program: program.keep_track(work.context, track), dry_run)


@command("program.change-following", many_sessions=True)
def change_following(
    work: UnitOfWork,
    facility_id: str,
    program_id: str,
    track_id: str,
    *,
    from_day: date,
    pattern: Pattern,
    reason: str,
    taking_off: Sequence[str] = (),
    dry_run: bool = False,
) -> Preview:
    """Change the meeting of a day and all that follow; what was changed singly stays so.

    Of the patients `taking_off` those who cannot come to a meeting then are not expected there.
    """
    which = (facility_id, program_id, track_id)
    return _change(
        work,
        which,
        lambda program: program.change_following(work.context, track_id, from_day, pattern, reason),
        dry_run,
        taking_off=taking_off,
    )


@command("program.change-meeting")
def change_meeting(
    work: UnitOfWork,
    facility_id: str,
    program_id: str,
    track_id: str,
    *,
    occurrence: date,
    deviation: Deviation,
    taking_off: Sequence[str] = (),
    dry_run: bool = False,
) -> Preview:
    """Change one meeting, known by the day on which the track's rule has it.

    Of the patients `taking_off` those who cannot come then are not expected there.
    """
    which = (facility_id, program_id, track_id)
    return _change(
        work,
        which,
        lambda program: program.except_meeting(work.context, track_id, occurrence, deviation),
        dry_run,
        SingleDay(occurrence, Amendment(deviation.reason)),
        taking_off=taking_off,
    )


@command("program.restore-meeting")
def restore_meeting(
    work: UnitOfWork,
    facility_id: str,
    program_id: str,
    track_id: str,
    *,
    occurrence: date,
    dry_run: bool = False,
) -> Preview:
    """Undo the change of one meeting, which follows its series again."""
    which = (facility_id, program_id, track_id)
    return _change(
        work,
        which,
        lambda program: program.lift_exception(work.context, track_id, occurrence),
        dry_run,
        SingleDay(occurrence, FOLLOWS_AGAIN),
    )


@command("program.declare-closure", many_sessions=True)
def declare_closure(
    work: UnitOfWork,
    facility_id: str,
    program_id: str,
    day: date,
    reason: str,
    *,
    dry_run: bool = False,
) -> Preview:
    """Close a program on a day: its tracks do not meet, and everybody's time is given back."""
    which = (facility_id, program_id, None)
    return _change(
        work,
        which,
        lambda program: program.declare_closure(work.context, day, reason),
        dry_run,
        SingleDay(day, Amendment(reason), held=True),
    )


@command("program.lift-closure", many_sessions=True)
def lift_closure(
    work: UnitOfWork,
    facility_id: str,
    program_id: str,
    day: date,
    *,
    dry_run: bool = False,
) -> Preview:
    """Lift a closure: the program's tracks meet on that day, with their rosters."""
    which = (facility_id, program_id, None)
    return _change(
        work,
        which,
        lambda program: program.lift_closure(work.context, day),
        dry_run,
        SingleDay(day, OPEN_AFTER_ALL, held=True),
    )


@command("session.restore")
def restore_session(work: UnitOfWork, session_id: str, reason: str) -> None:
    """Restore a session that was called off by mistake, with its roster.

    One of a track takes place as its series has it by now. Raises ResourceTaken or PatientTaken
    where somebody else has the room, the facilitator or a patient's time by now.
    """
    session = work.session(session_id)
    if session.called_off and session.meeting.track_id:
        program = work.program(session.facility_id, session.meeting.program_id)
        TrackScheduler(work, program, session.meeting.track_id).restore(session, reason)
    elif session.called_off:
        sessions.restore(work, session, reason)
    elif not session.takes_place:
        raise NotTakingPlace
    work.reconcile_attendance(session, Amendment(reason))
    booking.offer_places(work, session)


@command("session.substitute-room")
def substitute_room(work: UnitOfWork, session_id: str, room_id: str, reason: str) -> None:
    """Move a session to another room that is free."""
    session = work.session(session_id)
    sessions.substitute_room(work, session, room_id, reason)
    _note_exception(work, session, Deviation(room_id=room_id, reason=reason))
    booking.offer_places(work, session)


@command("session.substitute-staff")
def substitute_staff(work: UnitOfWork, session_id: str, staff_id: str | None, reason: str) -> None:
    """Change who leads a session to somebody who is free; None for nobody yet."""
    session = work.session(session_id)
    sessions.substitute_staff(work, session, staff_id, reason)
    if staff_id is not None:
        _note_exception(work, session, Deviation(staff_id=staff_id, reason=reason))


@command("program.extend-track", many_sessions=True)
def extend_track(work: UnitOfWork, facility_id: str, program_id: str, track_id: str) -> None:
    """Schedule a track as far as the horizon, with its rosters, as time goes by.

    What cannot be is left out and noted: a meeting whose room or facilitator is taken, a
    patient who has no time or place.
    """
    program = work.program(facility_id, program_id)
    today = work.today(facility_id)
    TrackScheduler(work, program, track_id).extend(today)


def _change(
    work: UnitOfWork,
    which: tuple[str, str, str | None],
    change: Callable[[Program], None],
    dry_run: bool,
    single: SingleDay | None = None,
    *,
    taking_off: Sequence[str] = (),
) -> Preview:
    """Change a program, and bring the sessions of one track, or (None) of all, along.

    `which` names the facility, the program and the track.
    """
    facility_id, program_id, track_id = which
    program = work.program(facility_id, program_id)

    def concerned() -> list[TrackScheduler]:
        tracks = (each for each in program.tracks if track_id in {None, each})
        return [TrackScheduler(work, program, each, taking_off) for each in tracks]

    before = {each.track_id: each.wanted() for each in concerned()}
    change(program)
    if single and not single.held:
        _check_not_called_off(work, program, str(track_id), single.day)
    schedulers = concerned()
    conflicts = [
        conflict
        for scheduler in schedulers
        for conflict in scheduler.bring_about(before.get(scheduler.track_id, {}), single)
    ]
    preview = _preview(schedulers, conflicts)
    if dry_run:
        work.discard()
        return preview
    if conflicts:
        raise ConflictsMet.all_of(conflicts)
    for scheduler in schedulers:
        booking.offer_track(work, program, scheduler.track_id, work.today(facility_id))
    return preview


def _preview(schedulers: Sequence[TrackScheduler], conflicts: Iterable[str]) -> Preview:
    """Return what is so of these tracks once they were brought about."""
    return Preview(
        tuple(sorted(each.day for track in schedulers for each in track.meetings)),
        tuple(sorted({day for track in schedulers for day in track.closed_days()})),
        tuple(sorted({change for track in schedulers for change in track.clock_changes()})),
        tuple(sorted(conflicts)),
    )


def _note_exception(work: UnitOfWork, session: Session, deviation: Deviation) -> None:
    """Note in the series of a track that one of its meetings is changed."""
    meeting = session.meeting
    if meeting.track_id is not None and meeting.occurrence is not None:
        program = work.program(session.facility_id, meeting.program_id)
        program.except_meeting(work.context, meeting.track_id, meeting.occurrence, deviation)


def _check_not_called_off(work: UnitOfWork, program: Program, track_id: str, day: date) -> None:
    """Raise CalledOff where a meeting is to be otherwise, and does not take place anyway."""
    session = work.find_session(Session.id_of(program.facility_id, track_id, day))
    if session and session.called_off and program.series(track_id).occurrence(day):
        raise CalledOff(day=session.meeting.day)

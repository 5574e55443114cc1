"""Commands that set a clinic up: facilities, their rooms, staff and recipients, and programs.

To open what is open already under the same particulars records nothing; under others it is
refused, and revised by a command of its own.
"""

from datetime import date
from functools import cache
from zoneinfo import available_timezones

from domain import bounds
from domain.care import Population
from domain.errors import NameMissing, NoSuchZone, OpenAlready
from domain.facility import Facility, Room
from domain.program import Focus, Program
from domain.recipient import Recipient
from domain.staff import Credential, Staff
from domain.times import WeekStart
from services.application.command import command
from services.application.unit_of_work import UnitOfWork

# Facilities


@cache
def zones() -> frozenset[str]:
    """Return the names of the IANA database's zones, which take milliseconds to read."""
    return frozenset(available_timezones())


@command("facility.open")
def open_facility(
    work: UnitOfWork,
    facility_id: str,
    *,
    name: str,
    timezone: str,
    week_starts_on: WeekStart,
    late_after_minutes: int,
) -> None:
    """Open a facility in an IANA zone, which stays for good. Raises OpenAlready, NoSuchZone."""
    _check("facility", facility_id, name)
    if timezone not in zones():
        raise NoSuchZone(timezone=timezone)
    known = work.find(Facility.id_of(facility_id), Facility)
    if known is None:
        work.keep(
            Facility.start(
                work.context,
                facility_id=facility_id,
                name=name,
                timezone=timezone,
                week_starts_on=week_starts_on,
                late_after_minutes=late_after_minutes,
            )
        )
    elif (known.name, known.timezone, known.week_starts_on, known.late_after_minutes) != (
        *(name, timezone, week_starts_on, late_after_minutes),
    ):
        raise OpenAlready(what="facility")


@command("facility.revise", many_sessions=True)
def revise_facility(
    work: UnitOfWork,
    facility_id: str,
    *,
    name: str,
    week_starts_on: WeekStart,
    late_after_minutes: int,
) -> None:
    """Change a facility's name, the first day of its week, or when an arrival is late."""
    _check("facility", facility_id, name)
    work.facility(facility_id).revise(
        work.context,
        name=name,
        week_starts_on=week_starts_on,
        late_after_minutes=late_after_minutes,
    )


@command("facility.set-closing-delay")
def set_closing_delay(work: UnitOfWork, facility_id: str, minutes: int) -> None:
    """Say how many minutes after its end a session is closed by itself."""
    work.facility(facility_id).set_closing_delay(work.context, minutes)


# Rooms, staff and recipients


@command("facility.keep-room")
def keep_room(work: UnitOfWork, facility_id: str, room: Room) -> None:
    """Open a room, or change its name or how many it holds."""
    _check("room", room.room_id, room.name)
    work.facility(facility_id).keep_room(work.context, room)


@command("facility.keep-staff")
def keep_staff(work: UnitOfWork, facility_id: str, staff: Staff) -> None:
    """Take a staff member on, or change their name or credential."""
    _check("staff member", staff.staff_id, staff.name)
    work.facility(facility_id).keep_staff(work.context, staff)


@command("facility.name-recipient")
def name_recipient(work: UnitOfWork, facility_id: str, recipient: Recipient) -> None:
    """Name somebody outside the program, who is told of patients what their consents allow."""
    work.facility(facility_id).name_recipient(work.context, recipient)


@command("facility.record-credential")
def record_credential(
    work: UnitOfWork, facility_id: str, staff_id: str, credential: Credential
) -> None:
    """Record a staff member's credential and its days; of several on a day the last holds."""
    work.facility(facility_id).record_credential(work.context, staff_id, credential)


@command("facility.supervise-credential")
def supervise_credential(
    work: UnitOfWork, facility_id: str, credential: str, from_day: date
) -> None:
    """Have notes co-signed that are signed with a credential from a day on."""
    facility = work.facility(facility_id)
    facility.supervise(work.context, credential, from_day, supervised=True)


@command("facility.unsupervise-credential")
def unsupervise_credential(
    work: UnitOfWork, facility_id: str, credential: str, from_day: date
) -> None:
    """Have notes co-signed no longer that are signed with a credential from a day on."""
    facility = work.facility(facility_id)
    facility.supervise(work.context, credential, from_day, supervised=False)


# Programs


@command("program.open")
def open_program(
    work: UnitOfWork,
    facility_id: str,
    program_id: str,
    *,
    name: str,
    population: Population,
    focus: Focus,
    weekly_minutes: int,
    days_per_week: int,
) -> None:
    """Open a program that prescribes so many minutes and days a week. Raises OpenAlready."""
    _check("program", program_id, name)
    work.facility(facility_id)
    known = work.find(Program.id_of(facility_id, program_id), Program)
    if known is None:
        work.keep(
            Program.start(
                work.context,
                facility_id=facility_id,
                program_id=program_id,
                name=name,
                population=population,
                focus=focus,
                weekly_minutes=weekly_minutes,
                days_per_week=days_per_week,
            )
        )
        return
    there = (known.name, known.population, known.focus, known.weekly_minutes, known.days_per_week)
    if there != (name, population, focus, weekly_minutes, days_per_week):
        raise OpenAlready(what="program")


@command("program.revise")
def revise_program(
    work: UnitOfWork,
    facility_id: str,
    program_id: str,
    *,
    name: str,
    population: Population,
    focus: Focus,
    weekly_minutes: int,
    days_per_week: int,
) -> None:
    """Change what a program is called, whom it is for or what it prescribes."""
    _check("program", program_id, name)
    work.program(facility_id, program_id).revise(
        work.context,
        name=name,
        population=population,
        focus=focus,
        weekly_minutes=weekly_minutes,
        days_per_week=days_per_week,
    )


def _check(what: str, its_id: str, name: str) -> None:
    bounds.check(f"the {what}'s id", bounds.id_problem(its_id))
    if not name.strip():
        raise NameMissing(what=what)

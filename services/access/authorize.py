"""Whether somebody may send a command, and as whom: decided with it, on what is on record then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

from domain.author import kiosk_author, staff_author, user_author
from domain.calendar import Calendar
from domain.errors import DaybookError, NoCredential
from domain.facility import Facility
from domain.monitoring.assessment import Assessment
from domain.patient import Patient
from domain.session import Absence, Amendment, Session
from services.access.principal import Grant, Principal, Role
from services.access.rights import NONE, OWN, granting, reach, roles_that_may
from services.access.rights_table import RIGHTS
from services.application import NotKnown, UnitOfWork
from services.reports.viewer import EXPECTED_WITHIN

SAID_NOW = timedelta(minutes=5)
"""How far the clock of a patient's device may be off where they say that they will not come."""

PATIENT_IDS = frozenset({"patient_id", "duplicate_id", "into", "to", "taking_off"})
SESSION_IDS = frozenset({"session_id", "session_ids", "makes_up"})
STAFF_IDS = frozenset({"staff_id"})
"""What the ids in a command's arguments are called, by what they are ids of."""


class NotAllowed(DaybookError):
    """Somebody may not do this, whatever it is about."""


def check_command(
    work: UnitOfWork,
    principal: Principal,
    name: str,
    arguments: Mapping[str, Any],
    facility_id: str,
) -> None:
    """Raise NotAllowed where somebody may not send a command at a facility.

    Raises NotKnown for what is not their own, exactly as for what is not there.
    """
    far = reach(principal, name, facility_id)
    if far is NONE:
        raise NotAllowed(_who_may(principal, name, facility_id))
    grants = granting(principal, name, facility_id)
    if principal.has_account:
        _check_credential(work, principal, arguments, facility_id)
    if all(each.role is Role.KIOSK for each in grants) and arguments.get("amendment") is not None:
        raise NotAllowed("a record that is closed is put right by the staff, not at a kiosk")
    if far is OWN:
        if all(each.role is Role.PATIENT for each in grants):
            _check_said_by_a_patient(work, arguments)
        _Own(work, grants, facility_id, candidates=RIGHTS[name].candidates).check(arguments)


def author_of(
    work: UnitOfWork, principal: Principal, name: str, facility_id: str
) -> tuple[str, str | None]:
    """Return the author of a command, and who on the staff they are.

    That is their name and credential as of today; of a patient their random id, since what an
    event says of who somebody is has to be sealed.
    """
    if not principal.has_account:
        return principal.account, principal.account
    grants = granting(principal, name, facility_id)
    if patient_id := _patient_id(grants):
        return patient_id, None
    if grants and all(each.role is Role.KIOSK for each in grants):
        return kiosk_author(principal.account), None
    staff_id = _staff_id(principal, facility_id)
    facility = work.find(Facility.id_of(facility_id), Facility)
    if facility is None or staff_id not in facility.staff:
        return user_author(principal.name, principal.account), None
    credential = _credential(work, facility, staff_id)
    return staff_author(facility.staff[staff_id].name, credential, staff_id), staff_id


def client_of(principal: Principal, name: str, facility_id: str) -> str:
    """Return under which name somebody's commands are kept: nothing that says who a patient is."""
    return _patient_id(granting(principal, name, facility_id)) or principal.account


def with_own_credential(
    work: UnitOfWork, principal: Principal, arguments: Mapping[str, Any], facility_id: str
) -> dict[str, Any]:
    """Return the arguments of a command; what is amended carries the credential of who does it."""
    if not principal.has_account:
        return dict(arguments)
    own = _own_credential(work, principal, facility_id)
    return {
        key: replace(value, credential=own) if isinstance(value, Amendment) else value
        for key, value in arguments.items()
    }


# Who somebody is


def _patient_id(grants: Sequence[Grant]) -> str | None:
    """Return whose record it is of whom may do something as a patient alone."""
    theirs = [each.patient_id for each in grants if each.role is Role.PATIENT]
    return theirs[0] if theirs and len(theirs) == len(grants) else None


def _staff_id(principal: Principal, facility_id: str) -> str | None:
    return next((each.staff_id for each in principal.at(facility_id) if each.staff_id), None)


def _credential(work: UnitOfWork, facility: Facility, staff_id: str) -> str | None:
    try:
        return facility.credential_on(staff_id, work.today(facility.facility_id))
    except NoCredential:
        return None


def _own_credential(work: UnitOfWork, principal: Principal, facility_id: str) -> str | None:
    staff_id = _staff_id(principal, facility_id)
    facility = work.find(Facility.id_of(facility_id), Facility)
    if facility is None or staff_id is None or staff_id not in facility.staff:
        return None
    return _credential(work, facility, staff_id)


# What is not allowed


def _who_may(principal: Principal, name: str, facility_id: str) -> str:
    if principal.scopes is not None and name not in principal.scopes:
        return f"this token is not for {name}"
    roles = ", ".join(roles_that_may(name))
    return f"{name} at {facility_id} is for these roles: {roles}"


def _check_credential(
    work: UnitOfWork, principal: Principal, arguments: Mapping[str, Any], facility_id: str
) -> None:
    """Raise NotAllowed where something is amended with a credential that is somebody else's."""
    said = {
        each.credential
        for each in arguments.values()
        if isinstance(each, Amendment) and each.credential is not None
    }
    if said - {_own_credential(work, principal, facility_id)}:
        raise NotAllowed("the credential of an amendment is your own of today: leave it out")


def _check_said_by_a_patient(work: UnitOfWork, arguments: Mapping[str, Any]) -> None:
    """Raise NotAllowed where a patient says more than that they will not come."""
    absence = arguments.get("absence")
    if not isinstance(absence, Absence):
        return
    if absence.excused or arguments.get("amendment") is not None:
        raise NotAllowed("whether an absence is excused is for the staff to say")
    if abs(absence.notified_at - work.context.at) > SAID_NOW:
        raise NotAllowed("an absence is announced as of now: notified_at is another time")


# What is somebody's own


@dataclass(frozen=True, slots=True)
class _Named:
    """The ids in a command's arguments, in the order of their coming."""

    patients: list[str]
    sessions: list[str]
    staff: list[str | None]


def _named(arguments: Mapping[str, Any]) -> _Named:
    found = list(_ids(arguments))
    return _Named(
        [each for key, each in found if key in PATIENT_IDS and each is not None],
        [each for key, each in found if key in SESSION_IDS and each is not None],
        [each for key, each in found if key in STAFF_IDS],
    )


def _ids(given: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield whatever has a name in arguments, however deep."""
    if is_dataclass(given) and not isinstance(given, type):
        given = {each.name: getattr(given, each.name) for each in fields(given)}
    if isinstance(given, Mapping):
        for name, each in given.items():
            yield from _ids(each, str(name))
    elif isinstance(given, Sequence) and not isinstance(given, str):
        for each in given:
            yield from _ids(each, key)
    else:
        yield key, given


class _Own:
    """What is a counselor's, or a patient's, own within the decision of a command."""

    def __init__(
        self, work: UnitOfWork, grants: Sequence[Grant], facility_id: str, *, candidates: bool
    ) -> None:
        self._work = work
        self._today = work.today(facility_id)
        self._facility_id = facility_id
        self._candidates = candidates
        self._staff_ids = sorted(
            {each.staff_id for each in grants if each.role is Role.COUNSELOR and each.staff_id}
        )
        self._records = set()
        for each in grants:
            if each.role is Role.PATIENT and each.patient_id:
                record = work.find(each.patient_id, Patient)
                self._records |= {each.patient_id, record and record.merged_into}

    def check(self, arguments: Mapping[str, Any]) -> None:
        """Raise NotKnown for what is not there, or not theirs; NotAllowed for others' groups."""
        named = _named(arguments)
        if not set(named.staff) <= set(self._staff_ids):
            raise NotAllowed("a counselor schedules the sessions that they lead: staff_id is yours")
        sessions = {each: self._work.find_session(each) for each in named.sessions}
        led = [each for each in sessions.values() if each and self._leads(each)]
        own = [each for each in named.patients if self._is_own(each, led)]
        if len(own) < len(named.patients):
            raise NotKnown(what="patient")
        for session in sessions.values():
            if session is None or not (session in led or _expects(session, own)):
                raise NotKnown(what="session")
        if "assessment_id" in arguments:
            assessment = self._work.find(arguments["assessment_id"], Assessment)
            if not self._is_own(assessment.patient_id if assessment else "", led):
                raise NotKnown(what="assessment")

    def _leads(self, session: Session) -> bool:
        return session.meeting.staff_id in self._staff_ids

    def _is_own(self, patient_id: str, led: Sequence[Session]) -> bool:
        patient = self._work.find(patient_id, Patient)
        if patient and patient_id in self._records:
            return True
        if patient and (self._is_assigned(patient) or any(_expects(x, [patient_id]) for x in led)):
            return True
        # Of who is not there as much is read as of who is another's: neither takes longer.
        expected = self._sessions_around_today()
        return patient is not None and not expected.isdisjoint(patient.bookings)

    def _is_assigned(self, patient: Patient) -> bool:
        """Tell whether a patient's counselor is they, now or soon; or nobody yet, at intake."""
        if self._candidates and patient.referral is not None:
            return True
        today = self._today
        since = [day for day in patient.counselors if day <= today]
        now = {max(since)} if since else set()
        soon = {day for day in patient.counselors if day > today}
        return any(patient.counselors[day] in self._staff_ids for day in now | soon)

    def _sessions_around_today(self) -> set[str]:
        """Return the ids of the sessions that they lead, some weeks back and ahead."""
        today = self._today
        calendars = (
            self._work.find(
                Calendar.id_of(self._facility_id, "staff", staff_id, today + timedelta(days)),
                Calendar,
            )
            for staff_id in self._staff_ids
            for days in range(-EXPECTED_WITHIN.days, EXPECTED_WITHIN.days + 1, 7)
        )
        return {session_id for each in calendars if each for session_id in each.bookings}


def _expects(session: Session, patient_ids: Sequence[str]) -> bool:
    """Tell whether one of these patients is expected at a session, or waits for a place."""
    return any(each in session.visits or each in session.waiting for each in patient_ids)

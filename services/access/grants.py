"""What is granted to an account: which roles, where, and as whom."""

from collections.abc import Collection, Iterable

from domain import bounds
from domain.facility import Facility
from domain.patient import Patient
from services.access.principal import Grant, Role
from services.access.refusals import GrantUnsound
from services.journal import Journal

STAFF_ROLES = frozenset(
    {Role.FRONT_DESK, Role.COUNSELOR, Role.DIRECTOR, Role.COMPLIANCE, Role.BILLER}
)
"""The roles of people on a facility's staff."""

GRANTABLE = tuple(each for each in Role if each is not Role.OPERATOR)
"""The roles that can be granted: an operator is whoever has the machine."""

_OF_A_FACILITY = frozenset({Role.COUNSELOR, Role.KIOSK, Role.PATIENT, Role.SERVICE})
"""The roles that are always those of one facility."""


def grant_of(text: str) -> Grant:
    """Return the grant that `ROLE[:FACILITY[:STAFF_ID]]` says; of a patient, the last is theirs.

    Raises GrantUnsound.
    """
    parts = text.split(":")
    if len(parts) > 3 or not all(parts):
        raise GrantUnsound(
            f"{text!r} is not a role: write ROLE, ROLE:FACILITY or ROLE:FACILITY:STAFF_ID, for"
            " example counselor:oak-street:s-diaz"
        )
    name, facility_id, whose = (*parts, None, None)[:3]
    if name not in GRANTABLE:
        raise GrantUnsound(f"{name!r} is not a role; there are {', '.join(GRANTABLE)}")
    role = Role(name)
    if role is Role.PATIENT:
        return Grant(role, facility_id, patient_id=whose)
    return Grant(role, facility_id, staff_id=whose)


def as_text(grant: Grant) -> str:
    """Return a grant as `grant_of` reads it."""
    parts = (grant.role.value, grant.facility_id, grant.staff_id or grant.patient_id)
    return ":".join(each for each in parts if each)


def check_grants(grants: Collection[Grant]) -> None:
    """Raise GrantUnsound where a role has what does not go with it, or lacks what it needs."""
    if not grants:
        raise GrantUnsound("an account needs a role at least; to end it, disable it")
    for each in grants:
        _check(each)
    for facility_id in {each.facility_id for each in grants}:
        staff = {each.staff_id for each in grants if each.facility_id == facility_id} - {None}
        if len(staff) > 1:
            raise GrantUnsound(
                f"one account is one person: at {facility_id} it cannot be"
                f" {' and '.join(sorted(filter(None, staff)))}"
            )


def check_known(journal: Journal, grants: Iterable[Grant]) -> None:
    """Raise GrantUnsound for a facility, a staff member or a patient that is not on record."""
    for each in grants:
        if each.facility_id is None:
            continue
        facility = journal.load(Facility.id_of(each.facility_id))
        if not isinstance(facility, Facility):
            raise GrantUnsound(f"there is no facility {each.facility_id!r}")
        if each.staff_id is not None and each.staff_id not in facility.staff:
            raise GrantUnsound(
                f"there is no staff member {each.staff_id!r} at {each.facility_id}: record them"
                " first (facility.keep-staff)"
            )
        if each.patient_id is not None:
            patient = journal.load(each.patient_id)
            if not isinstance(patient, Patient) or patient.facility_id != each.facility_id:
                raise GrantUnsound(f"there is no patient {each.patient_id!r} at {each.facility_id}")


def _check(grant: Grant) -> None:
    role = grant.role
    if role is Role.OPERATOR:
        raise GrantUnsound("nobody is granted to be the operator: that is whoever has the machine")
    ids = {"facility": grant.facility_id, "staff": grant.staff_id, "patient": grant.patient_id}
    for what, each in ids.items():
        if each is not None and (problem := bounds.id_problem(each)):
            raise GrantUnsound(f"the {what} id is {problem}")
    if role is Role.ADMINISTRATOR and grant.facility_id is not None:
        raise GrantUnsound("an administrator keeps the accounts of every facility: name none")
    if role in _OF_A_FACILITY and grant.facility_id is None:
        raise GrantUnsound(f"say at which facility: {role}:FACILITY")
    if (role is Role.PATIENT) != (grant.patient_id is not None):
        raise GrantUnsound(
            "say whose record it is, by the patient's random id: patient:FACILITY:PATIENT_ID"
            if role is Role.PATIENT
            else f"a {role} has no record of their own"
        )
    if grant.staff_id is not None:
        if role not in STAFF_ROLES:
            raise GrantUnsound(f"nobody on the staff is meant by the role {role}: name no staff id")
        if grant.facility_id is None:
            raise GrantUnsound(f"a staff id is of a facility: {role}:FACILITY:{grant.staff_id}")

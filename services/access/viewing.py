"""What somebody may see of a question: the rows, columns and patients that the table gives them."""

from datetime import date
from typing import Any

import psycopg

from projections import attendance
from services.access.principal import Principal, Role
from services.access.rights import ALL, NONE, OWN, columns, granting, may_read_in_emergency, reach
from services.access.rights_table import RIGHTS
from services.reports.viewer import EVERYTHING, OWN_READS, Viewer, own_of


def may_ask(
    principal: Principal, question: str, facility_id: str, *, emergency: bool = False
) -> bool:
    """Tell whether somebody may ask a question at a facility at all."""
    if emergency:
        return may_read_in_emergency(principal, question, facility_id)
    return reach(principal, question, facility_id) is not NONE


def reads_own(principal: Principal, question: str, facility_id: str) -> tuple[str, ...]:
    """Return the read models that tell what is somebody's own, where a question has to know."""
    return OWN_READS if _own_grants(principal, question, facility_id) else ()


def viewer_of(
    conn: psycopg.Connection[Any],
    principal: Principal,
    question: str,
    facility_id: str,
    today: date,
    *,
    patient_id: str | None = None,
    emergency: bool = False,
) -> Viewer:
    """Return what somebody who may ask a question sees of its answer.

    In an emergency that is everything. Who may see all of a facility in one role, and their own in
    another, sees of one of their own patients, if the question is about `patient_id`, what both
    roles are shown. The connection gives named tuples.
    """
    if emergency:
        return EVERYTHING
    own = _own_of(conn, principal, question, facility_id, today)
    if reach(principal, question, facility_id) is ALL:
        is_own = own is not None and patient_id in (own.patients or ())
        hidden = columns(principal, question, facility_id, own=is_own)
        return Viewer(hidden=hidden or frozenset())
    hidden = columns(principal, question, facility_id) or frozenset()
    if own is None:
        return Viewer(frozenset(), frozenset(), hidden)
    return Viewer(own.patients, own.sessions, hidden, own.staff_id)


def _own_grants(principal: Principal, question: str, facility_id: str) -> list[Any]:
    may = RIGHTS[question].may if question in RIGHTS else {}
    grants = granting(principal, question, facility_id)
    return [each for each in grants if may.get(each.role) is OWN]


def _own_of(
    conn: psycopg.Connection[Any],
    principal: Principal,
    question: str,
    facility_id: str,
    today: date,
) -> Viewer | None:
    """Return what is somebody's own by their grants; None where they have no such grant."""
    grants = _own_grants(principal, question, facility_id)
    patients: set[str] = set()
    sessions: set[str] = set()
    staff_id = None
    for each in grants:
        if each.role is Role.PATIENT and each.patient_id:
            merges = dict(conn.execute(attendance.MERGES).fetchall())
            patients.add(merges.get(each.patient_id, each.patient_id))
        elif each.staff_id:
            candidates = RIGHTS[question].candidates
            theirs, led = own_of(conn, facility_id, each.staff_id, today, candidates=candidates)
            patients |= theirs
            sessions |= led
            staff_id = each.staff_id
    if not grants:
        return None
    as_patient = all(each.role is Role.PATIENT for each in grants)
    return Viewer(
        frozenset(patients), None if as_patient else frozenset(sessions), staff_id=staff_id
    )

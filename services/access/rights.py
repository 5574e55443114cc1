"""Who may do and see what: the functions that the API, the pages, NATS and the command line ask."""

from collections.abc import Mapping

from services.access.hidden_parts import HIDDEN
from services.access.principal import Grant, Principal, Role
from services.access.rights_rows import ALL, NONE, OWN, Reach
from services.access.rights_table import IN_EMERGENCY, RIGHTS

__all__ = [
    "ALL",
    "NONE",
    "OWN",
    "Reach",
    "actions_of",
    "columns",
    "granting",
    "may_read_in_emergency",
    "reach",
    "roles_that_may",
]


def reach(principal: Principal, action: str, facility_id: str) -> Reach:
    """Return how much of a facility somebody may do or see by an action."""
    grants = granting(principal, action, facility_id)
    return max((RIGHTS[action].may[each.role] for each in grants), default=NONE)


def granting(principal: Principal, action: str, facility_id: str) -> tuple[Grant, ...]:
    """Return the grants by which somebody may do something at a facility.

    A program of others may do by the API what its scopes name, and nothing without any; over NATS
    the server's permissions narrow what it sends.
    """
    row = RIGHTS.get(action)
    scopes = principal.scopes
    if row is None or (scopes is not None and action not in scopes):
        return ()
    is_bound = scopes is not None or principal.via == "nats"
    return tuple(
        each
        for each in principal.at(facility_id)
        if row.may.get(each.role, NONE) and (is_bound or each.role is not Role.SERVICE)
    )


def columns(
    principal: Principal, question: str, facility_id: str, *, own: bool = False
) -> frozenset[str] | None:
    """Return the columns of a question that are left out for somebody; None where none are.

    Who may see all of a facility in one role and their own in another is shown of their `own`
    what both roles are.
    """
    grants = granting(principal, question, facility_id)
    may = RIGHTS[question].may if grants else {}
    of_all = [each for each in grants if may[each.role] is ALL]
    hidden = [
        HIDDEN.get((each.role, question), frozenset())
        for each in (grants if own or not of_all else of_all)
    ]
    return frozenset.intersection(*hidden) or None if hidden else None


def may_read_in_emergency(principal: Principal, question: str, facility_id: str) -> bool:
    """Tell whether an emergency opens a question at a facility, whatever a role shows of it."""
    if question not in IN_EMERGENCY or principal.scopes is not None:
        return False
    return reach(principal, "emergency-access", facility_id) is not NONE


def actions_of(principal: Principal, facility_id: str) -> Mapping[str, Reach]:
    """Return what somebody may at a facility, and how much of it: what a page has to offer."""
    found = {action: reach(principal, action, facility_id) for action in RIGHTS}
    return {action: far for action, far in found.items() if far}


def roles_that_may(action: str) -> tuple[Role, ...]:
    """Return the roles of people that may do something, in the order in which roles stand."""
    may = RIGHTS[action].may
    return tuple(each for each in Role if each in may and each not in {Role.SERVICE, Role.OPERATOR})

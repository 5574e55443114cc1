"""Whether somebody may do or see something at all: the one table says so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from services.access.refusals import AccessRefused, NameTaken, NoSuchAccount
from services.access.rights import Reach, reach, roles_that_may
from services.api import problems
from services.api.asker import Asker, AskerOf
from services.api.openapi import problem_responses
from services.api.problems import Refused
from services.command_endpoint.problems import unknown_facility

Returned = TypeVar("Returned")

LISTS = problem_responses(401, 403)
TAKES = problem_responses(400, 401, 403, 404, 409, 415, 422)
"""How what lists, and what changes, accounts and tokens may be refused."""


class Change(Protocol):
    """Has something about accounts or tokens changed by who may. Raises Refused."""

    def __call__(self, asker: Asker, what: str, act: Callable[[], Returned]) -> Awaitable[Returned]:
        """Return what the change returns."""


EVERYWHERE = "*"
"""Stands for a facility where something is about none: no facility is called so."""


def require(asker: Asker, what: str, facility_id: str = EVERYWHERE) -> Reach:
    """Return how far something reaches for who asks. Raises Refused where it is not theirs.

    Whoever has no role at a facility is answered as if it was not there. An emergency opens
    questions, and nothing of this.
    """
    if asker.is_emergency:
        raise Refused(problems.only_to_read())
    principal = asker.principal
    of_each = {each.facility_id or EVERYWHERE for each in principal.grants}
    where = of_each if facility_id == EVERYWHERE else {facility_id}
    found = max((reach(principal, what, each) for each in where), default=Reach.NONE)
    if found is Reach.NONE:
        if facility_id != EVERYWHERE and not principal.at(facility_id):
            raise Refused(unknown_facility(facility_id))
        roles = ", ".join(roles_that_may(what))
        raise Refused(problems.not_allowed(f"this ({what}) is for the roles {roles}"))
    return found


def changer(asker_of: AskerOf) -> Change:
    """Return what has things changed; who somebody is, is asked anew after that."""

    async def change(asker: Asker, what: str, act: Callable[[], Returned]) -> Returned:
        require(asker, what)
        try:
            return await asyncio.to_thread(act)
        except NoSuchAccount as why:
            raise Refused(problems.no_such_account(str(why))) from None
        except NameTaken as why:
            raise Refused(problems.name_taken(str(why))) from None
        except AccessRefused as why:
            raise Refused(problems.unfit(str(why))) from None
        finally:
            asker_of.forget()

    return change

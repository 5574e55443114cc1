"""Whether somebody may do or see something at all: the one table says so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

from services.access.principal import Role
from services.access.refusals import AccessRefused, NameTaken, NoSuchAccount, TokenUnsound
from services.api import problems
from services.api.asker import Asker, AskerOf
from services.api.openapi import problem_responses
from services.api.problems import Refused
from services.application import COMMANDS

Returned = TypeVar("Returned")

LISTS = problem_responses(401, 403)
TAKES = problem_responses(400, 401, 403, 404, 409, 415, 422)
"""How what lists, and what changes, accounts and tokens may be refused."""


class Change(Protocol):
    """Has something about accounts or tokens changed by who may. Raises Refused."""

    def __call__(self, asker: Asker, what: str, act: Callable[[], Returned]) -> Awaitable[Returned]:
        """Return what the change returns."""


def require(asker: Asker, what: str) -> None:
    """Raise Refused where something is not for who asks."""
    if not any(each.role is Role.ADMINISTRATOR for each in asker.principal.grants):
        raise Refused(problems.not_allowed(f"{what} are for administrators"))


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


def check_scopes(scopes: Iterable[str]) -> None:
    """Raise TokenUnsound for a scope that is neither a command nor a question."""
    for each in scopes:
        if each not in COMMANDS:
            raise TokenUnsound(f"{each!r} is no command; /docs lists them")

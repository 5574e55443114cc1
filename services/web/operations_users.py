"""Users: who may sign in, as what, and who is signed in now."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from projections import schedule
from services.access.accounts import Account
from services.access.grants import GRANTABLE
from services.access.openid_store import OpenIdSubjects
from services.access.principal import Grant, Role
from services.api import problems
from services.api.body import FacilityId
from services.api.problems import Refused
from services.web.operations_sections import USERS, opened
from services.web.page import ROLE_NAMES, Page
from services.web.problem_pages import PageRoute
from services.web.reading import PageReader

PEOPLE = tuple(each for each in GRANTABLE if each not in {Role.SERVICE, Role.KIOSK})
"""The roles of people: programs and tablets have tokens."""


def user_pages(reader: PageReader) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter(route_class=PageRoute, prefix="/facilities/{facility_id}/operations")
    views = ("schedule",)

    @routes.get("/users")
    async def users(http: Request, facility_id: FacilityId) -> Response:
        return await reader.show(http, facility_id, "operations_users.html", _users, views=views)

    @routes.get("/add-user")
    async def add_user(http: Request, facility_id: FacilityId) -> Response:
        template = "operations_add_user.html"
        return await reader.show(http, facility_id, template, _choices, views=views)

    @routes.get("/users/{account}")
    async def user(http: Request, facility_id: FacilityId, account: str) -> Response:
        build = partial(_user, account=account)
        return await reader.show(http, facility_id, "operations_user.html", build, views=views)

    return routes


def _users(page: Page) -> dict[str, Any]:
    signed_in = {each.principal.account for each in page.context.access.sessions.all()}
    accounts = page.context.access.accounts.all()
    return {
        **opened(page, USERS),
        "accounts": sorted(accounts, key=lambda each: (each.disabled_at is not None, each.name)),
        "signed_in": signed_in,
        "roles_of": partial(_roles_of, page),
    }


def _user(page: Page, account: str) -> dict[str, Any]:
    shown = _choices(page)
    access = page.context.access
    known = access.accounts.find(account)
    if known is None:
        raise Refused(problems.not_there("there is no such user"))
    return {
        **shown,
        "account": known,
        "sign_ins": access.sessions.all(account),
        "bound_at": OpenIdSubjects(access.database).bound_at(account),
        "is_own": account == page.asker.principal.account,
        "roles_of": partial(_roles_of, page),
    }


def _choices(page: Page) -> dict[str, Any]:
    """Return what a form of roles offers."""
    shown = opened(page, USERS)
    staff = page.conn.execute(schedule.STAFF, {"today": page.today}).fetchall()
    return {
        **shown,
        "roles": [(each.value, ROLE_NAMES[each]) for each in PEOPLE],
        "staff_of": {
            site.facility_id: [each for each in staff if each.facility_id == site.facility_id]
            for site in page.facilities
        },
    }


def _roles_of(page: Page, account: Account) -> list[str]:
    """Return what an account may be, in words: each role, and where."""
    return [_in_words(page, each) for each in account.grants]


def _in_words(page: Page, grant: Grant) -> str:
    name = ROLE_NAMES[grant.role]
    if grant.facility_id is None:
        return f"{name}, everywhere" if len(page.facilities) > 1 else name
    where = {each.facility_id: each.name for each in page.facilities}
    site = where.get(grant.facility_id, grant.facility_id)
    return name if where.keys() == {grant.facility_id} else f"{name}, {site}"

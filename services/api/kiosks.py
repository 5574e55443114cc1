"""Kiosks as who keeps tokens and who is at the desk see to them: set-up, codes, what waits."""

import asyncio
import secrets
from dataclasses import replace
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field, StrictInt

from domain.aggregate import CommandContext
from domain.errors import KioskCodeTaken, KioskCodeUnsound, Refusal
from domain.kiosk_code import DIGITS
from services.access.authorize import author_of
from services.access.grants import check_known
from services.access.principal import Grant, Role
from services.access.refusals import NoSuchKiosk
from services.api import problems
from services.api.accounts import Changed
from services.api.answers import CommandAnswers
from services.api.asker import Asker, AskerOf
from services.api.body import Body, FacilityId, PatientId
from services.api.context import Context
from services.api.openapi import problem_responses
from services.api.permission import TAKES, changer, require
from services.api.problems import Refused
from services.application.asked import Asked, Done
from services.application.kiosk import give_kiosk_code
from services.application.unit_of_work import UnitOfWork
from services.command_endpoint.problems import refused

CODES = "kiosk-codes"

TRIES = 20
"""How many random codes are tried until one is free, at most."""

_FACILITY = "/facilities/{facility_id}"
PressId = Annotated[str, Path(description="What the tablet called it.", max_length=100)]


class NewKiosk(Body):
    """A kiosk: its name, where it stands, and how long it is good."""

    name: str = Field(max_length=100, examples=["front-door"])
    facility_id: str = Field(max_length=100, examples=["oak-street"])
    days: StrictInt = Field(examples=[180])


class SetUpShown(BaseModel):
    """What sets a tablet up, once: a link, its code, and the link as a picture (SVG)."""

    link: str = Field(examples=["https://daybook.example.org/kiosk#7QK2-M9XD-4WBA-RT6H"])
    code: str = Field(examples=["7QK2-M9XD-4WBA-RT6H"])
    picture: str = Field(examples=['<svg width="185" height="185" class="segno"></svg>'])


class CodeShown(BaseModel):
    """A kiosk code, which is shown this once."""

    code: str = Field(examples=["482107"])


def kiosk_keeping_routes(
    context: Context, answers: CommandAnswers, asker_of: AskerOf, origin: str | None
) -> APIRouter:
    """Return the routes; `origin` is how browsers reach the server, where that is named."""
    routes = APIRouter(prefix="/v1")
    access = context.access
    change = changer(asker_of)
    Who = Annotated[Asker, Depends(asker_of)]  # noqa: N806 - a type

    def shown(http: Request, code: str) -> SetUpShown:
        link = f"{origin or str(http.base_url).rstrip('/')}/kiosk#{code}"
        picture = segno.make(link, micro=False).svg_inline(scale=5, border=4, light="#fff")
        return SetUpShown(link=link, code=code, picture=picture)

    @routes.post(
        "/kiosks", status_code=201, summary="Make a kiosk.", responses=TAKES, tags=["Accounts"]
    )
    async def make_kiosk(asker: Who, http: Request, said: NewKiosk) -> SetUpShown:
        """The answer has what sets a tablet up, once, within half an hour."""

        def act() -> str:
            check_known(context.journal, [Grant(Role.KIOSK, said.facility_id)])
            return access.kiosks.make(said.name, facility_id=said.facility_id, days=said.days)

        return shown(http, await change(asker, "tokens", act))

    @routes.post(
        "/kiosks/{name}/link",
        summary="Set a kiosk up anew.",
        responses=TAKES,
        tags=["Accounts"],
    )
    async def make_link(asker: Who, http: Request, name: str) -> SetUpShown:
        """Another tablet becomes this kiosk; the one that was it is none any longer."""

        def act() -> str:
            try:
                return access.kiosks.link(name)
            except NoSuchKiosk as why:
                raise Refused(problems.not_there(str(why))) from None

        return shown(http, await change(asker, "tokens", act))

    @routes.post(
        f"{_FACILITY}/patients/{{patient_id}}/kiosk-code",
        status_code=201,
        summary="Give a patient a kiosk code.",
        responses=problem_responses(401, 403, 404, 409),
        tags=["Commands"],
    )
    async def give_code(asker: Who, facility_id: FacilityId, patient_id: PatientId) -> CodeShown:
        """Six random digits, in place of any earlier ones. The answer has them, once."""
        require(asker, CODES, facility_id)
        for _ in range(TRIES):
            code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
            outcome = await answers.outcome(
                f"{facility_id} {asker.principal.account}",
                _giving(context, asker, facility_id, patient_id, code),
                many_sessions=False,
            )
            if isinstance(outcome, Done):
                return CodeShown(code=code)
            if not isinstance(outcome, Refusal):
                raise outcome
            why = outcome
            if not isinstance(outcome, KioskCodeTaken | KioskCodeUnsound):
                break
        await context.looked(asker, facility_id, CODES, [patient_id], outcome="refused")
        raise Refused(refused(why))

    @routes.post(
        f"{_FACILITY}/kiosk-presses/{{press_id}}/seen",
        summary="Say that what a kiosk could not record was seen to.",
        responses=problem_responses(401, 403, 404),
        tags=["Commands"],
    )
    async def press_seen(asker: Who, facility_id: FacilityId, press_id: PressId) -> Changed:
        """It needs a look no longer."""
        require(asker, CODES, facility_id)
        account = asker.principal.account
        seen = await asyncio.to_thread(access.kiosk_presses.seen, facility_id, press_id, account)
        return Changed(changed=seen)

    return routes


def _giving(context: Context, asker: Asker, facility_id: str, patient_id: str, code: str) -> Asked:
    """Return what gives a patient a code."""

    def decision(work: UnitOfWork) -> object:
        author, staff_id = author_of(work, asker.principal, CODES, facility_id)
        work.context = replace(work.context, author=author, staff_id=staff_id)
        return give_kiosk_code(work, patient_id, code)

    account = asker.principal.account
    named = f"{account}:kiosk-code-{secrets.token_hex(8)}"
    return Asked(CommandContext(named, context.clock(), account), decision, facility_id)

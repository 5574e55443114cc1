"""A tablet at the door: set up once, then telling what patients say there by their codes.

It has a cookie of its own, which nothing else of the server reads, and is told no name.
"""

import asyncio
import base64
import binascii
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StrictBool, StrictInt
from starlette.responses import Response

from domain.aggregate import CommandContext
from domain.author import kiosk_author
from domain.errors import KioskCodeUnknown, Refusal
from domain.kiosk_code import KioskCode
from services.access.kiosk_presses import Unrecorded
from services.access.kiosks import ACTION
from services.access.principal import Principal
from services.access.refusals import KioskLinkUnknown, KioskLocked
from services.access.rights import NONE, reach
from services.api import problems
from services.api.answers import CommandAnswers
from services.api.body import Body
from services.api.context import Context
from services.api.kiosk_sealing import KioskSealing, NotSealedHere
from services.api.problems import Refused
from services.application.asked import Asked, Done, IdUsedOtherwise
from services.application.kiosk import Said, come_or_go
from services.application.unit_of_work import UnitOfWork
from services.journal import Receipt

COOKIE = "daybook_kiosk"
SECURE_COOKIE = "__Host-daybook_kiosk"

KEPT_FOR = timedelta(days=400)
"""For how long a browser keeps the cookie, at most; the token ends before."""

MOST_WAITING = 10_000
LONGEST_AGO = int(timedelta(days=60).total_seconds() * 1000)

Outcome = Literal["in", "out", "unknown", "desk", "locked", "kept"]


class SetUp(Body):
    """What sets a tablet up, as it stands in the link."""

    link: str = Field(max_length=100)


class Standing(Body):
    """How many presses wait in a tablet for a connection."""

    waiting: StrictInt = Field(ge=0, le=MOST_WAITING)


class Press(Body):
    """What somebody says, with their code sealed: see `kiosk_sealing`.

    `ago` is how many milliseconds ago they said it, by the tablet's own clock. Of what was `kept`
    without a connection the tablet is not told whether it could be recorded.
    """

    press_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    said: Said
    sealed: Annotated[str, Field(max_length=400)]
    ago: StrictInt = Field(ge=0, le=LONGEST_AGO)
    kept: StrictBool


class Told(BaseModel):
    """What became of it: since when somebody is in or out, and whether that was so before."""

    outcome: Outcome
    at: datetime | None = None
    before: bool = False
    seconds: int | None = None
    """For how long the kiosk takes no code."""


def kiosk_cookie(http: Request) -> str:
    """Return what the cookie of a kiosk is called on this connection."""
    return SECURE_COOKIE if http.scope["scheme"] == "https" else COOKIE


async def kiosk_of(context: Context, http: Request) -> Principal | None:
    """Return which kiosk asks; None where the tablet is set up as none."""
    token = http.cookies.get(kiosk_cookie(http))
    return await asyncio.to_thread(context.access.kiosks.find, token) if token else None


def kiosk_routes(context: Context, answers: CommandAnswers) -> APIRouter:
    """Return what a tablet asks for; its page stands at `/kiosk`."""
    routes = APIRouter(prefix="/kiosk", include_in_schema=False)
    door = _Door(context, answers, KioskSealing(context.vault))

    @routes.post("/set-up", status_code=204)
    async def set_up(http: Request, said: SetUp) -> Response:
        try:
            token = await asyncio.to_thread(context.access.kiosks.set_up, said.link)
        except KioskLinkUnknown as why:
            raise Refused(problems.unfit(str(why))) from None
        answer = Response(status_code=204)
        answer.set_cookie(
            kiosk_cookie(http),
            token,
            max_age=int(KEPT_FOR.total_seconds()),
            path="/",
            secure=http.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return answer

    @routes.post("/standing", status_code=204)
    async def standing(http: Request, said: Standing) -> None:
        kiosk = await _required(context, http)
        await asyncio.to_thread(context.access.kiosks.seen, kiosk.account, said.waiting)

    @routes.post("/presses")
    async def press(http: Request, said: Press) -> Told:
        return await door.told(await _required(context, http), said)

    return routes


async def _required(context: Context, http: Request) -> Principal:
    kiosk = await kiosk_of(context, http)
    if kiosk is None or reach(kiosk, ACTION, _facility_of(kiosk)) is NONE:
        raise Refused(problems.not_signed_in())
    return kiosk


def _facility_of(kiosk: Principal) -> str:
    """Return where a kiosk stands: its token names one facility."""
    return kiosk.grants[0].facility_id or ""


@dataclass(frozen=True, slots=True)
class _Door:
    """Has decided what is said at kiosks."""

    context: Context
    answers: CommandAnswers
    sealing: KioskSealing

    async def told(self, kiosk: Principal, said: Press) -> Told:
        """Return what became of something that was said."""
        access, name = self.context.access, kiosk.account
        if said.kept and await asyncio.to_thread(access.kiosk_presses.is_kept, name, said.press_id):
            return Told(outcome="kept")
        try:
            await asyncio.to_thread(access.kiosks.begin, name)
        except KioskLocked as why:
            return Told(outcome="locked", seconds=why.retry_after_seconds)
        code = self._code(kiosk, said)
        outcome = await self._decided(kiosk, said, code)
        if isinstance(outcome, KioskCodeUnknown):
            await asyncio.to_thread(access.kiosks.was_wrong, name)
        else:
            await asyncio.to_thread(access.kiosks.was_right, name)
        if isinstance(outcome, Refusal) and said.kept:
            await asyncio.to_thread(self._keep, kiosk, said, code, outcome)
        if isinstance(outcome, Exception) and not isinstance(outcome, Refusal | IdUsedOtherwise):
            raise outcome
        if said.kept:
            return Told(outcome="kept")
        return _told(said.said, outcome)

    def _code(self, kiosk: Principal, said: Press) -> str:
        """Return the code that was typed; what does not open is a wrong one."""
        try:
            sealed = base64.b64decode(said.sealed, validate=True)
            where = _facility_of(kiosk)
            return self.sealing.opened(sealed, where, said.press_id, said.said)
        except (binascii.Error, NotSealedHere):
            return ""

    async def _decided(self, kiosk: Principal, said: Press, code: str) -> Done | Exception:
        facility_id, author = _facility_of(kiosk), kiosk_author(kiosk.account)
        now = self.context.clock()
        at = now - timedelta(milliseconds=said.ago) if said.kept else None
        named = f"{kiosk.account}:{said.press_id}"
        asked = orjson.dumps(["kiosk", said.said, code])

        def decision(work: UnitOfWork) -> object:
            work.context = replace(work.context, author=author, staff_id=None)
            return come_or_go(work, facility_id, code, said.said, at)

        return await self.answers.outcome(
            f"{facility_id} {kiosk.account}",
            Asked(
                CommandContext(named, now, author),
                decision,
                facility_id,
                Receipt(facility_id, named, self.context.vault.command_hash(asked)),
            ),
            many_sessions=False,
        )

    def _keep(self, kiosk: Principal, said: Press, code: str, why: Refusal) -> None:
        """Keep what could not be recorded later, for the desk."""
        facility_id = _facility_of(kiosk)
        code_id = KioskCode.id_of(self.context.vault.code_hash(facility_id, code))
        found = self.context.journal.load(code_id)
        press = Unrecorded(
            said.press_id,
            kiosk.account,
            facility_id,
            said.said,
            self.context.clock() - timedelta(milliseconds=said.ago),
            found.patient_id if isinstance(found, KioskCode) else None,
            str(why),
        )
        self.context.access.kiosk_presses.keep(press)


def _told(said: Said, outcome: Done | Exception) -> Told:
    match outcome:
        case Done(returned={"at": str(at), "before": bool(before)}):
            where: Outcome = "in" if said == "here" else "out"
            return Told(outcome=where, at=datetime.fromisoformat(at), before=before)
        case KioskCodeUnknown():
            return Told(outcome="unknown")
        case _:
            return Told(outcome="desk")

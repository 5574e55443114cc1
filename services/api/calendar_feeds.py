"""Calendar feeds over HTTP: an address that a calendar program reads, given out once."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Annotated, Any, Literal, TypeVar

import psycopg
from fastapi import APIRouter, Depends, Header, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from projections import schedule
from services.access.calendar_feeds import CalendarFeed, Holder
from services.access.rights import granting
from services.access.viewing import viewer_of
from services.api import evenly, problems
from services.api.asker import Asker, AskerOf
from services.api.body import FacilityId, PatientId
from services.api.calendar_text import MEDIA_TYPE, calendar_of_patient, calendar_of_staff
from services.api.context import Context
from services.api.openapi import problem_responses
from services.api.permission import LISTS, TAKES, require
from services.api.problems import Refused
from services.api.reading import NotMadeYet, Reads, day_at
from services.command_endpoint.problems import unknown_facility
from services.reports.appointments import (
    READS,
    Appointment,
    appointments_of_patient,
    appointments_of_staff,
)
from services.reports.queries import NobodyThere, ReportQueries
from services.reports.viewer import EVERYTHING, OWN_READS, Viewer

Found = TypeVar("Found")

BEHIND, AHEAD = timedelta(days=28), timedelta(days=182)
"""How far a calendar goes back and ahead of today."""

OWN, OF_PATIENT, ALL = "own-calendar", "patient-calendar", "calendars"
"""What the table of rights calls them."""


FeedId = Annotated[str, Path(description="The calendar's id.", examples=["feed-4be1f27a3c58d190"])]


class AddressShown(BaseModel):
    """The address of a calendar, which is shown this once: whoever knows it reads it."""

    url: str = Field(examples=["https://daybook.example.org/calendar/3uWp7nQ2hX9sKc41.ics"])


class CalendarShown(BaseModel):
    """A calendar that can be read; `read_at` is when a program last did."""

    feed_id: str
    facility_id: str
    of: Literal["staff", "patient"]
    staff_id: str | None
    made_by: str
    made_at: datetime
    read_at: datetime | None


def calendar_routes(context: Context, asker_of: AskerOf, reads: Reads) -> APIRouter:
    """Return the routes of calendars."""
    routes = APIRouter(tags=["Calendars"])
    calendars_of = Calendars(context, reads)
    Who = Annotated[Asker, Depends(asker_of)]  # noqa: N806 - a type

    @routes.post(
        "/v1/facilities/{facility_id}/calendars",
        status_code=201,
        summary="Make a calendar of your own.",
        responses=TAKES,
    )
    async def make_own_calendar(http: Request, asker: Who, facility_id: FacilityId) -> AddressShown:
        """The one before is read no longer. Nothing in it says who comes."""
        require(asker, OWN, facility_id)
        secret = await asyncio.to_thread(calendars_of.make_own, asker, facility_id)
        return AddressShown(url=_url(http, secret))

    @routes.post(
        "/v1/facilities/{facility_id}/patients/{patient_id}/calendar",
        status_code=201,
        summary="Make a calendar for a patient.",
        responses=TAKES,
    )
    async def make_patient_calendar(
        http: Request, asker: Who, facility_id: FacilityId, patient_id: PatientId
    ) -> AddressShown:
        """The one before is read no longer. It has times and nothing else."""
        require(asker, OF_PATIENT, facility_id)
        began = evenly.now()
        try:
            secret = await calendars_of.make_for_patient(asker, facility_id, patient_id)
        except Refused:
            await context.looked(asker, facility_id, OF_PATIENT, (patient_id,), outcome="refused")
            await evenly.until_a_step(began)
            raise
        return AddressShown(url=_url(http, secret))

    @routes.get(
        "/v1/facilities/{facility_id}/calendars",
        summary="List the calendars of a facility.",
        responses=LISTS,
    )
    async def calendars(asker: Who, facility_id: FacilityId) -> list[CalendarShown]:
        """Those that can be read; of patients' it is not said whose they are."""
        require(asker, ALL, facility_id)
        found = await asyncio.to_thread(context.access.feeds.good, facility_id)
        return [_shown(each) for each in found]

    @routes.delete(
        "/v1/facilities/{facility_id}/calendars/{feed_id}",
        status_code=204,
        summary="End a calendar.",
        responses=problem_responses(401, 403, 404),
    )
    async def end_calendar(asker: Who, facility_id: FacilityId, feed_id: FeedId) -> None:
        """It is read no longer. One's own is ended by whose it is, others by who may list them."""
        await asyncio.to_thread(calendars_of.end, asker, facility_id, feed_id)

    @routes.get("/calendar/{secret}.ics", include_in_schema=False)
    async def calendar(
        secret: str, if_none_match: Annotated[str | None, Header()] = None
    ) -> Response:
        """Return a calendar to whoever knows its address."""
        return await calendars_of.read(secret, if_none_match)

    return routes


class Calendars:
    """Makes calendars for who may have them, and reads them to whoever knows an address."""

    def __init__(self, context: Context, reads: Reads) -> None:
        self._context = context
        self._reads = reads
        self._feeds = context.access.feeds

    def make_own(self, asker: Asker, facility_id: str) -> str:
        """Make a calendar of who asks, and return what its address ends with. Raises Refused."""
        holder = holder_of(asker, facility_id)
        if holder is None:
            raise Refused(problems.not_there("you are not on this facility's staff"))
        return self._feeds.make(holder, asker.principal.account)

    async def make_for_patient(self, asker: Asker, facility_id: str, patient_id: str) -> str:
        """Make a calendar of a patient, once it is on record who did. Raises Refused."""
        found = await self._in_thread(partial(self._patient, asker, facility_id, patient_id))
        await self._context.looked(asker, facility_id, OF_PATIENT, (found,))
        holder = Holder(facility_id, patient_id=found)
        return await asyncio.to_thread(self._feeds.make, holder, asker.principal.account)

    def end(self, asker: Asker, facility_id: str, feed_id: str) -> None:
        """End a calendar of who asks, or of somebody, where they may. Raises Refused."""
        if asker.is_emergency:
            raise Refused(problems.only_to_read())
        found = {each.feed_id: each for each in self._feeds.good(facility_id)}.get(feed_id)
        is_own = found is not None and found.holder == holder_of(asker, facility_id)
        if not is_own:
            require(asker, ALL, facility_id)
        if found is None or not self._feeds.end(feed_id):
            raise Refused(problems.not_there("there is no such calendar, or it has ended"))

    async def read(self, secret: str, known: str | None) -> Response:
        """Return a calendar; 304 where it is as it was known, 404 where there is none."""
        began = evenly.now()
        try:
            feed = await asyncio.to_thread(self._feeds.find, secret)
            if feed is None:
                raise Refused(problems.not_there("there is no such calendar, or it has ended"))
            found = await self._in_thread(partial(self._appointments, feed))
        except Refused:
            await evenly.until_a_step(began)
            raise
        tag = f'W/"{sha256(repr(found).encode()).hexdigest()[:32]}"'
        headers = {"etag": tag, "cache-control": "private, no-cache"}
        if known == tag:
            return Response(status_code=304, headers=headers)
        body = await asyncio.to_thread(self._text, feed, found)
        return Response(body, media_type=MEDIA_TYPE, headers=headers)

    async def _in_thread(self, read: Callable[[], Found]) -> Found:
        try:
            return await self._reads.models.in_thread(read)
        except NobodyThere as why:
            raise Refused(problems.not_there(str(why))) from None
        except NotMadeYet:
            raise Refused(problems.being_made(), {"retry-after": "1"}) from None

    def _patient(self, asker: Asker, facility_id: str, patient_id: str) -> str:
        """Return under which id a patient goes on who is theirs."""
        views = (*READS, *OWN_READS)
        with self._reads.models.at_one_moment(views) as (conn, _):
            today = self._today(conn, facility_id)
            viewer = viewer_of(
                *(conn, asker.principal, OF_PATIENT, facility_id, today), patient_id=patient_id
            )
            return self._reports(conn, facility_id, viewer).patient(conn, patient_id)

    def _appointments(self, feed: CalendarFeed) -> list[Appointment]:
        holder = feed.holder
        with self._reads.models.at_one_moment(READS) as (conn, _):
            today = self._today(conn, holder.facility_id)
            reports = self._reports(conn, holder.facility_id, EVERYTHING)
            days = (today - BEHIND, today + AHEAD)
            if holder.patient_id:
                return appointments_of_patient(reports, holder.patient_id, *days)
            return appointments_of_staff(reports, str(holder.staff_id), *days)

    def _text(self, feed: CalendarFeed, found: list[Appointment]) -> bytes:
        now = self._context.clock()
        if feed.holder.patient_id:
            return calendar_of_patient(feed.feed_id, found, now)
        return calendar_of_staff(feed.feed_id, found, now)

    def _today(self, conn: psycopg.Connection[Any], facility_id: str) -> date:
        today = day_at(conn, schedule.FACILITIES, facility_id, self._context.clock())
        if today is None:
            raise Refused(unknown_facility(facility_id))
        return today

    def _reports(
        self, conn: psycopg.Connection[Any], facility_id: str, viewer: Viewer
    ) -> ReportQueries:
        context = self._context
        return ReportQueries(
            *(context.database_url, context.vault),
            now=context.clock(),
            facility_id=facility_id,
            viewer=viewer,
            conn=conn,
        )


def holder_of(asker: Asker, facility_id: str) -> Holder | None:
    """Return as whom somebody has a calendar of their own at a facility."""
    for each in granting(asker.principal, OWN, facility_id):
        if each.staff_id:
            return Holder(facility_id, staff_id=each.staff_id)
        if each.patient_id:
            return Holder(facility_id, patient_id=each.patient_id)
    return None


def _shown(found: CalendarFeed) -> CalendarShown:
    return CalendarShown(
        feed_id=found.feed_id,
        facility_id=found.holder.facility_id,
        of="patient" if found.holder.patient_id else "staff",
        staff_id=found.holder.staff_id,
        made_by=found.made_by,
        made_at=found.made_at,
        read_at=found.read_at,
    )


def _url(http: Request, secret: str) -> str:
    return f"{http.base_url}calendar/{secret}.ics"

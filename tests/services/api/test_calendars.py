"""Calendars: whoever knows an address reads times, and nothing of who is treated."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx2
import pytest
import pytest_asyncio
from icalendar import Calendar, Component

from services.access.calendar_feeds import Holder
from services.access.principal import Grant, Role
from services.embedded import Engines
from tests.support.backend import fresh_backend
from tests.support.http_api import Api, running_api
from tests.support.two_clinics import (
    HERE,
    NOW,
    OTHER_STAFF,
    OWN_STAFF,
    THERE,
    Clinics,
    two_clinics,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = f"/v1/facilities/{HERE}"


@pytest.fixture(scope="module")
def clinics(shared_engines: Engines) -> Iterator[Clinics]:
    with fresh_backend(shared_engines) as backend:
        yield asyncio.run(two_clinics(backend))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(clinics: Clinics) -> AsyncIterator[Api]:
    async with running_api(clinics.backend, clock=lambda: NOW) as running:
        yield running


async def counselor(api: Api, staff_id: str = OWN_STAFF) -> httpx2.AsyncClient:
    return await api.signed_in(Grant(Role.COUNSELOR, HERE, staff_id))


async def made(client: httpx2.AsyncClient, path: str) -> str:
    """Make a calendar; return the path of its address."""
    answer = await client.post(path)
    assert answer.status_code == 201, answer.text
    return str(urlsplit(answer.json()["url"]).path)


async def read(api: Api, path: str) -> list[Component]:
    """Return the events of a calendar, as a program that nobody knows reads them."""
    answer = await (await api.client()).get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(answer.content).walk("VEVENT")


async def test_a_counselor_reads_when_and_where_they_lead_and_nothing_of_who_comes(
    api: Api, clinics: Clinics
) -> None:
    path = await made(await counselor(api), f"{AT}/calendars")
    events = await read(api, path)
    first = events[0]
    assert str(first["summary"]) == "Evening 1"
    assert str(first["location"]) == "Room 1"
    assert first.decoded("dtstart") == datetime(2025, 3, 3, 22, tzinfo=UTC)
    assert first.decoded("dtend") == datetime(2025, 3, 4, 1, tzinfo=UTC)
    # The clocks went forward on March 9: five in the afternoon is an hour earlier in UTC.
    after = next(each for each in events if each.decoded("dtstart").day == 10)
    assert after.decoded("dtstart") == datetime(2025, 3, 10, 21, tzinfo=UTC)
    assert {str(each["summary"]) for each in events} == {"Evening 1"}
    answer = await (await api.client()).get(path)
    assert not [each for each in clinics.here.secrets if each in answer.content]


async def test_a_patient_s_calendar_has_times_and_says_nothing_of_what_they_are(
    api: Api, clinics: Clinics
) -> None:
    own = clinics.here.own
    desk = await api.signed_in(Grant(Role.FRONT_DESK, HERE))
    path = await made(desk, f"{AT}/patients/{own.patient_id}/calendar")
    assert api.looked(limit=1)[0].entry.what == "patient-calendar"
    assert api.looked(limit=1)[0].entry.patient_ids == [own.patient_id]
    text = (await (await api.client()).get(path)).text
    events = Calendar.from_ical(text).walk("VEVENT")
    assert [each.decoded("dtstart") for each in events][:2] == [
        datetime(2025, 3, 3, 22, tzinfo=UTC),
        datetime(2025, 3, 5, 22, tzinfo=UTC),
    ]
    assert {str(each["summary"]) for each in events} == {"Appointment"}
    told = ("Evening", "Room", "Diaz", "Adult", HERE, own.patient_id, own.sessions[0])
    assert not [each for each in told if each.lower() in text.lower()]
    theirs = await made(desk, f"{AT}/patients/{clinics.here.other.patient_id}/calendar")
    uids = [{str(each["uid"]) for each in await read(api, each)} for each in (path, theirs)]
    assert uids[0]
    assert not uids[0] & uids[1]


async def test_a_calendar_is_read_until_it_is_ended_replaced_or_whose_it_is_has_left(
    api: Api,
) -> None:
    lind = await counselor(api, OTHER_STAFF)
    first = await made(lind, f"{AT}/calendars")
    second = await made(lind, f"{AT}/calendars")
    stranger = await api.client()
    assert (await stranger.get(first)).status_code == 404
    answer = await stranger.get(second)
    known = {"if-none-match": answer.headers["etag"]}
    assert (await stranger.get(second, headers=known)).status_code == 304
    feed = api.access.feeds.of(Holder(HERE, staff_id=OTHER_STAFF))
    assert feed is not None
    assert feed.read_at is not None
    diaz = await counselor(api)
    assert (await diaz.delete(f"{AT}/calendars/{feed.feed_id}")).status_code == 403
    assert (await lind.delete(f"{AT}/calendars/{feed.feed_id}")).status_code == 204
    assert (await stranger.get(second)).status_code == 404
    assert (await lind.delete(f"{AT}/calendars/{feed.feed_id}")).status_code == 403

    third = await made(lind, f"{AT}/calendars")
    for each in api.access.accounts.all():
        if any(grant.staff_id == OTHER_STAFF for grant in each.grants):
            api.access.accounts.disable(each.account)
    assert (await stranger.get(third)).status_code == 404


async def test_a_director_sees_which_are_read_and_ends_one(api: Api, clinics: Clinics) -> None:
    own = clinics.here.own
    director = await api.director()
    path = await made(director, f"{AT}/patients/{own.patient_id}/calendar")
    shown = (await director.get(f"{AT}/calendars")).json()
    theirs = next(each for each in shown if each["of"] == "patient")
    assert theirs["staff_id"] is None
    assert own.patient_id not in str(shown)
    assert (await director.delete(f"{AT}/calendars/{theirs['feed_id']}")).status_code == 204
    assert (await director.delete(f"{AT}/calendars/{theirs['feed_id']}")).status_code == 404
    assert (await (await api.client()).get(path)).status_code == 404


async def test_nobody_makes_one_of_a_patient_who_is_not_theirs(api: Api, clinics: Clinics) -> None:
    diaz = await counselor(api)
    foreign = [clinics.here.other.patient_id, clinics.there.own.patient_id, "patient-0"]
    answers = [await diaz.post(f"{AT}/patients/{each}/calendar") for each in foreign]
    assert {each.status_code for each in answers} == {404}
    assert len({each.json()["detail"] for each in answers}) == 1
    assert api.looked(limit=1)[0].entry.outcome == "refused"
    assert (await diaz.post(f"/v1/facilities/{THERE}/calendars")).status_code == 404


async def test_a_program_reads_again_and_it_is_written_once_a_minute(api: Api) -> None:
    feeds = api.access.feeds
    secret = feeds.make(Holder(HERE, staff_id=OWN_STAFF), "somebody")
    found = feeds.find(secret)
    again = feeds.find(secret)
    assert found is not None
    assert again is not None
    assert found.read_at is None
    assert again.read_at is not None
    assert datetime.now(UTC) - again.read_at < timedelta(minutes=1)
    assert feeds.find(secret.swapcase()) is None

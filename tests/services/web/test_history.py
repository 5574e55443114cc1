"""The pages of history, in a browser: what is told to whom, and what was corrected."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from services.access.principal import Grant, Role
from services.embedded import Engines
from tests.support.accessibility import scrolls_sideways, violations_in_both_schemes
from tests.support.backend import fresh_backend
from tests.support.lived_clinic import Lived
from tests.support.small_clinic import FACILITY, MONDAY, PROGRAM
from tests.support.visitors import Visitors, visiting

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

NOW = datetime(2025, 3, 11, 12, tzinfo=UTC)
"""The Tuesday on which the sheet of Wednesday was put right."""

BASE = f"/facilities/{FACILITY}"
DIRECTOR = Grant(Role.DIRECTOR, FACILITY)


@pytest.fixture(scope="module")
def lived(shared_engines: Engines) -> Iterator[Lived]:
    with fresh_backend(shared_engines) as backend:
        yield Lived(backend)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def visitors(lived: Lived, chromium: Browser) -> AsyncIterator[Visitors]:
    async with visiting(lived.backend, chromium, clock=lambda: NOW) as found:
        yield found
        assert found.complaints == []


async def test_what_was_put_right_is_struck_through_and_leads_to_what_did_it(
    visitors: Visitors, lived: Lived
) -> None:
    _, ben, *_ = lived.people
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{BASE}/history/patient/{ben}?part=visits")
    await expect(page).to_have_title("History of Ben Baker · Daybook")
    wrong = page.locator(".entry.wrong")
    await expect(wrong).to_have_count(1)
    await expect(wrong.locator("s")).to_have_text("Attendance: no-show, 0 min of 3 h count")
    await expect(wrong).to_contain_text("corrected later")
    await wrong.get_by_role("link", name="corrected by").click()
    right = page.locator(".entry:target")
    await expect(right).to_contain_text("Attendance corrected: attended, left early, 2 h of 3 h")
    await expect(right).to_contain_text("“the sheet was found”")
    await right.get_by_role("link", name="Record before").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ben Baker")
    known = page.locator(".asof-now")
    await expect(known).to_contain_text("As it was known on Mar 11 at 9:59 am")
    await expect(page.get_by_text("Record something")).to_have_count(0)
    before = await page.locator("main").inner_text()
    await page.go_back()
    await right.get_by_role("link", name="Record after").click()
    await expect(known).to_contain_text("As it was known on Mar 11 at 10:00 am")
    assert await page.locator("main").inner_text() != before


async def test_the_day_of_a_facility_leads_to_people_and_sessions(visitors: Visitors) -> None:
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{BASE}/history")
    title = page.get_by_role("heading", level=1)
    await expect(title).to_have_text("History, Tuesday, March 11")
    today = page.get_by_role("navigation", name="Day").get_by_role("link", name="Today")
    await expect(today).to_have_attribute("aria-current", "date")
    await page.get_by_role("link", name="Monday, March 10").click()
    await expect(page.get_by_text("Nothing was recorded")).to_be_visible()
    await page.get_by_text("Programs and staff").click()
    await page.get_by_role("link", name="staff-2").click()
    await expect(title).to_have_text("History of staff-2")
    await expect(page.locator(".entry").last).to_contain_text("staff-2, LCSW, joined the staff")
    await page.goto(f"{BASE}/history?day={MONDAY}")
    booked = page.locator(".entry", has_text="times").first
    await booked.get_by_text("Which sessions").click()
    await expect(booked.locator("li a").first).to_contain_text("Evening")
    await page.get_by_role("link", name="Attendance").click()
    await page.get_by_role("link", name="Ann Abel").first.click()
    await expect(title).to_have_text("History of Ann Abel")
    await page.get_by_role("link", name="Evening, Mon, Mar 3").first.click()
    await expect(title).to_have_text("History of Evening, Mon, Mar 3")
    await expect(page.locator(".entry", has_text="Scheduled:")).to_have_count(1)


async def test_earlier_entries_follow_on_further_pages(
    visitors: Visitors, lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.web.history.A_PAGE", 5)
    page = await visitors.page(DIRECTOR)
    seen: list[str] = []
    await page.goto(f"{BASE}/history/patient/{lived.people[0]}?part=roster")
    while True:
        entries = page.locator(".entry")
        await expect(entries.first).to_be_visible()
        seen += [await each.get_attribute("id") or "" for each in await entries.all()]
        more = page.get_by_role("link", name="Earlier entries")
        if not await more.count():
            break
        address = page.url
        await more.click()
        await expect(page).not_to_have_url(address)
    assert len(seen) == len(set(seen)) > 1


async def test_who_may_see_a_history_is_who_may_see_the_record(
    visitors: Visitors, lived: Lived
) -> None:
    ann, _, cal, _ = lived.people
    desk = await visitors.page(Grant(Role.FRONT_DESK, FACILITY))
    await desk.goto(f"{BASE}/history/patient/{ann}")
    parts = desk.get_by_role("navigation", name="Parts of the record")
    await expect(parts).to_contain_text("Attendance")
    for hidden in ("Plan of care", "Treatment", "Intake"):
        await expect(parts).not_to_contain_text(hidden)
    counselor = await visitors.page(Grant(Role.COUNSELOR, FACILITY, staff_id="staff-2"))
    for address, status in (
        (f"patient/{ann}", 200),
        (f"patient/{cal}", 404),
        ("staff/staff-2", 200),
        ("staff/staff-1", 404),
        (f"program/{PROGRAM}", 200),
        ("program/none", 404),
        ("session/session-x", 404),
        ("planet/x", 422),
    ):
        answer = await counselor.goto(f"{BASE}/history/{address}")
        assert answer is not None
        assert answer.status == status, address
    visitors.complaints[:] = [each for each in visitors.complaints if "status of 4" not in each]
    administrator = await visitors.page(Grant(Role.ADMINISTRATOR))
    answer = await administrator.goto(f"{BASE}/history")
    assert answer is not None
    assert answer.status == 403
    await expect(administrator.get_by_role("link", name="History")).to_have_count(0)
    visitors.complaints[:] = [each for each in visitors.complaints if "status of 4" not in each]


async def test_who_is_on_the_page_and_nobody_else_is_on_record_as_looked_at(
    visitors: Visitors, lived: Lived
) -> None:
    ann, ben, *_ = lived.people
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{BASE}/history?day={MONDAY}&part=visits")
    [logged] = visitors.api.looked(what="history", limit=1)
    assert set(logged.entry.patient_ids) == {ann, ben}


async def test_what_was_corrected_can_be_read_by_everybody(
    visitors: Visitors, lived: Lived
) -> None:
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{BASE}/history/patient/{lived.people[1]}")
    await expect(page.locator(".entry.wrong s").first).to_be_visible()
    assert await violations_in_both_schemes(page, "#main") == []
    assert await scrolls_sideways(page) == []


async def test_it_reads_without_javascript(visitors: Visitors, lived: Lived) -> None:
    page = await visitors.page(DIRECTOR, java_script_enabled=False)
    await page.goto(f"{BASE}/history/patient/{lived.people[1]}")
    await expect(page.locator(".entry.wrong s").first).to_be_visible()

"""Compliance in Chromium: what is open, why, what mends it, exceptions, and policies."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from pydantic import TypeAdapter

from domain.session import Meeting, Part
from services.access.principal import Grant, Role
from tests.support.accessibility import scrolls_sideways, violations_in_both_schemes
from tests.support.backend import Backend
from tests.support.evaluated_clinic import house_rules
from tests.support.http_api import send
from tests.support.two_clinics import HERE, MONDAY, NOW, OTHER_STAFF, OWN_STAFF, two_clinics
from tests.support.two_clinics import Clinic as TwoClinic
from tests.support.visitors import Visitors, visiting

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

BASE = f"/facilities/{HERE}"
DIRECTOR = Grant(Role.DIRECTOR, HERE)
DIAZ = Grant(Role.COUNSELOR, HERE, staff_id=OWN_STAFF)
EXTRA_STARTS = datetime(2025, 3, 13, 21, tzinfo=UTC)
LONG = "Wilhelmina-Konstantinopolitana Bartholomea-Anastasia-Philippa Maximiliane"
_JSON = TypeAdapter(Any)


class Clinic:
    """The clinic here, whose people lack an hour this week that a group on Thursday would give."""

    def __init__(self, visitors: Visitors, here: TwoClinic, backend: Backend) -> None:
        self.visitors = visitors
        self.here = here
        self.backend = backend
        self._numbers = count()

    async def page(self, grant: Grant = DIRECTOR, **options: Any) -> Page:
        return await self.visitors.page(grant, **options)

    async def send(self, command: str, **payload: Any) -> Any:
        client = await self.visitors.api.director(HERE)
        body = _JSON.dump_python(payload, mode="json")
        answer = await send(client, command, body, f"sent-{next(self._numbers)}", HERE)
        assert answer.status_code == 200, (command, answer.text)
        return answer.json()["result"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def clinic(backend: Backend, chromium: Browser) -> AsyncIterator[Clinic]:
    both = await two_clinics(backend)
    async with visiting(backend, chromium, clock=lambda: NOW) as visitors:
        found = Clinic(visitors, both.here, backend)
        rules = house_rules(2, day_minutes_min=180, plan_review_days=3, attended_minutes_min=600)
        await found.send(
            "program.adopt-policy", program_id="adult-iop", policy=rules, from_day=MONDAY
        )
        ends = EXTRA_STARTS + timedelta(hours=3)
        part = Part(EXTRA_STARTS, ends, "group", "Process group")
        meeting = Meeting(
            *("adult-iop", None, EXTRA_STARTS.date(), EXTRA_STARTS, ends, (part,)),
            *("room-2", OTHER_STAFF, 8),
        )
        await found.send("session.schedule", label="Catch-up group", meeting=meeting)
        await found.send(
            "patient.correct-identity",
            patient_id=found.here.other.patient_id,
            given_name=LONG,
            family_name="Otherton",
            born=date(1990, 1, 31),
        )
        yield found
    assert visitors.complaints == []


async def test_what_is_open_is_read_without_a_script(clinic: Clinic) -> None:
    page = await clinic.page(java_script_enabled=False)
    await page.goto(f"{BASE}/compliance")
    rows = page.locator(".list-of-findings tbody tr")
    await expect(rows).to_have_count(6)
    standings = await rows.locator(".tag").all_inner_texts()
    assert standings == [
        *("Not met, late", "Not met, late", "At risk", "At risk", "Not met", "Not met")
    ]
    await expect(rows.first).to_contain_text("was due Thu, Mar 6, 6 days ago")
    await expect(page.locator("#bar .n")).to_contain_text("4")
    by_rule = page.get_by_label("Filters").get_by_role("link", name="Hours attended in a week")
    await expect(by_rule).to_contain_text("4")
    await by_rule.click()
    await expect(rows).to_have_count(4)
    await page.get_by_label("Filters").get_by_role("link", name="Ana Diaz").click()
    await expect(rows).to_have_count(2)
    await expect(page.locator("#findings-h")).to_contain_text("2 of 6")
    await rows.first.locator(".opens").click()
    opened = page.locator("tr.more")
    await expect(opened).to_contain_text("9 h of 10 h")
    await expect(opened).to_contain_text("Rule: at least 10 hours attended in a week")
    await expect(opened).to_contain_text("a source")
    await expect(opened).to_contain_text("Worked out again from these events alone: the same.")
    await opened.get_by_role("link", name="This finding on its own page").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hours attended in a week")
    await expect(page.locator("#main")).to_contain_text("Annabel Ownfield")
    await expect(page.locator(".proof")).to_contain_text("Policy adopted: House rules, version 2")


async def test_the_keyboard_goes_through_the_findings(clinic: Clinic) -> None:
    page = await clinic.page()
    await page.goto(f"{BASE}/compliance")
    links = page.locator("[data-keys] .opens")
    await page.keyboard.press("j")
    await expect(links.nth(0)).to_be_focused()
    await page.keyboard.press("j")
    await expect(links.nth(1)).to_be_focused()
    await page.keyboard.press("k")
    await expect(links.nth(0)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("tr.more")).to_contain_text("Plan of care", ignore_case=True)
    await expect(links.nth(0)).to_have_attribute("aria-expanded", "true")
    await expect(links.nth(0)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("tr.more")).to_have_count(0)
    await expect(links.nth(0)).to_be_focused()


async def test_a_repair_is_booked_and_taken_back_and_another_browser_sees_it(
    clinic: Clinic,
) -> None:
    page, other = await clinic.page(), await clinic.page()
    for each in (page, other):
        await each.goto(f"{BASE}/compliance?show=at-risk")
        await expect(each.locator("#live")).to_have_text("Live")
    hers = page.locator("[data-keys] tbody tr", has_text="Annabel Ownfield")
    book = hers.get_by_role("button", name="Book Thu, Mar 13, 5:00 pm, Catch-up group for Annabel")
    await book.click()
    await expect(hers).to_have_count(0)
    await expect(page.locator("#last")).to_contain_text("Annabel Ownfield is booked for Thu")
    theirs = other.locator("[data-keys] tbody tr")
    await expect(theirs).to_have_count(1)
    await page.locator("#last").get_by_role("button", name="Undo").click()
    await expect(hers).to_have_count(1)
    await expect(theirs).to_have_count(2)


async def test_an_exception_has_a_reason_and_can_be_withdrawn(clinic: Clinic) -> None:
    page = await clinic.page(Grant(Role.COMPLIANCE, HERE))
    late = f"{BASE}/compliance?rule=plan-review&counselor={OWN_STAFF}"
    await page.goto(late)
    await page.locator("[data-keys] .opens").click()
    await page.locator("tr.more summary", has_text="Make an exception").click()
    form = page.locator("tr.more form")
    await expect(form.get_by_label("First day")).to_have_value("2025-03-03")
    await form.get_by_label("Last day").fill("2025-03-01")
    await form.get_by_label("Reason").fill("in the hospital")
    await form.get_by_role("button", name="Record the exception").click()
    await expect(form.locator(":invalid")).to_have_attribute("min", "2025-03-03")
    await form.get_by_label("Last day").fill("2025-03-31")
    await form.get_by_role("button", name="Record the exception").click()
    await expect(page.locator("#last")).to_contain_text("The exception is recorded")
    await expect(page.locator("[data-keys] .opens")).to_have_count(0)
    await page.get_by_role("link", name="Exceptions").click()
    row = page.locator(".rows tbody tr")
    await expect(row).to_contain_text("Annabel Ownfield")
    await expect(row).to_contain_text("Plan of care reviewed")
    await expect(row).to_contain_text("In the hospital.")
    await row.locator("summary", has_text="Withdraw").click()
    await row.get_by_label("Why it is withdrawn").fill("home again")
    await row.get_by_role("button", name="Withdraw the exception").click()
    await expect(page.locator("#findings")).to_contain_text("No exceptions are in force")
    await page.goto(late)
    await expect(page.locator("[data-keys] .opens")).to_have_count(1)


async def test_a_counselor_sees_their_own_and_the_desk_nothing(clinic: Clinic) -> None:
    page = await clinic.page(DIAZ)
    await page.goto(f"{BASE}/compliance")
    await expect(page.locator("#findings")).to_contain_text("Annabel Ownfield")
    await expect(page.locator("#findings")).not_to_contain_text("Otherton")
    await expect(page.locator("#bar .n")).to_contain_text("2")
    await page.locator("[data-keys] .opens").first.click()
    await expect(page.locator("tr.more")).to_contain_text("The events that it rests on")
    await expect(page.locator("summary", has_text="Make an exception")).to_have_count(0)
    for address, status in (
        (f"findings/{clinic.here.other.finding}", 404),
        ("policies", 200),
        ("policies?whom=program:adult-iop&policy=house@2&from_day=2025-03-10&do=drop", 403),
    ):
        answer = await page.request.get(f"{BASE}/compliance/{address}")
        assert answer.status == status, address
        assert "Otherton" not in await answer.text()
        assert "See what it would turn" not in await answer.text()
    desk = await clinic.page(Grant(Role.FRONT_DESK, HERE))
    await desk.goto(f"{BASE}/today")
    await expect(desk.locator("#bar").get_by_role("link", name="Compliance")).to_have_count(0)
    for address in ("", f"/findings/{clinic.here.own.finding}", "/policies"):
        answer = await desk.request.get(f"{BASE}/compliance{address}")
        assert answer.status == 403, address


async def test_a_policy_turns_what_its_preview_said(clinic: Clinic) -> None:
    page = await clinic.page()
    await page.goto(f"{BASE}/compliance/policies")
    house = page.locator("details", has_text="House rules, version 2")
    await house.locator("summary").click()
    await expect(house).to_contain_text("10 h")
    await expect(house).to_contain_text("Asked by the rule")
    await page.get_by_label("For whom").select_option("Everybody whom medicaid pays for")
    await page.get_by_label("Policy", exact=True).select_option(
        "New Jersey, N.J.A.C. 10:161B, intensive outpatient, version 2"
    )
    await page.get_by_role("button", name="See what it would turn").click()
    await expect(page.locator("#preview").get_by_role("alert")).to_contain_text(
        "Patients a counselor, on average of the program: is asked of a program, not by a payer."
    )
    await page.get_by_label("For whom").select_option("Everybody in Adult IOP")
    await page.get_by_label("Policy", exact=True).select_option(
        "Virginia Medicaid, adults, version 2"
    )
    await page.get_by_label("From", exact=True).fill("2025-03-10")
    await page.get_by_role("button", name="See what it would turn").click()
    preview = page.locator("#preview")
    await expect(preview).to_contain_text("from Mar 10, 2025")
    await expect(preview.locator(".turned b")).not_to_have_count(0)
    counts = [int(each) for each in await preview.locator(".turned b").all_inner_texts()]
    asked = "SELECT count(*) FROM compliance.turns WHERE policy_id = 'va-medicaid-adult'"
    assert clinic.backend.rows(asked) == [(0,)]
    await preview.get_by_role("button", name="Adopt it").click()
    await expect(preview).to_contain_text("Nothing would turn")
    await expect(page.locator("#last")).to_contain_text("Virginia Medicaid, adults, version 2")
    assert clinic.backend.rows(asked) == [(sum(counts),)]
    adopted = page.locator("details", has_text="Virginia Medicaid, adults, version 2")
    await adopted.last.locator("summary").click()
    await adopted.last.get_by_role("link", name="Drop it from today").click()
    await expect(page.locator("#preview-h")).to_have_text("If it were dropped")
    await page.get_by_role("button", name="Drop it").click()
    await expect(page.locator("#last")).to_contain_text("is dropped")


async def test_everybody_can_use_repairs_and_a_finding_opened(clinic: Clinic) -> None:
    page = await clinic.page()
    for address in ("?show=at-risk", f"?open={clinic.here.own.finding}&rule=attended-hours"):
        await page.goto(f"{BASE}/compliance{address}")
        await page.evaluate("document.querySelectorAll('details').forEach(each => each.open = 1)")
        assert await violations_in_both_schemes(page, "#main") == [], address
        assert await scrolls_sideways(page) == [], address


async def test_who_looked_is_on_record(clinic: Clinic) -> None:
    page = await clinic.page(account="priya", name="Priya Osei")
    await page.goto(f"{BASE}/compliance")
    looked = clinic.visitors.api.looked(account="priya")
    assert {each.entry.what for each in looked} >= {"open-findings"}

"""Documents from pages: made for whose role may have them, of their own patients, on record."""

import pytest
from playwright.async_api import expect

from services.access.principal import Grant, Role
from services.web.documents import OF_A_PATIENT
from tests.support.accessibility import scrolls_sideways, violations_in_both_schemes
from tests.support.read_back import read_back
from tests.support.two_clinics import HERE, OWN_STAFF, Clinics
from tests.support.visitors import Visitors

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

BASE = f"/facilities/{HERE}"
DIRECTOR = Grant(Role.DIRECTOR, HERE)
COUNSELOR = Grant(Role.COUNSELOR, HERE, OWN_STAFF)
BILLER = Grant(Role.BILLER, HERE)


async def test_a_patients_page_offers_the_documents_and_makes_them(
    visitors: Visitors, clinics: Clinics
) -> None:
    own = clinics.here.own
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{BASE}/patients/{own.patient_id}")
    await page.get_by_text("Documents", exact=True).click()
    assert await page.get_by_label("What to print").locator("option").all_text_contents() == list(
        OF_A_PATIENT.values()
    )
    assert await violations_in_both_schemes(page) == []
    assert await scrolls_sideways(page) == []
    client = await visitors.api.signed_in(DIRECTOR)
    for kind in ("attendance-record", "review-packet"):
        answer = await client.get(f"{BASE}/patients/{own.patient_id}/document?kind={kind}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["cache-control"] == "no-store"
        found = read_back(answer.content)
        position = answer.headers["daybook-position"]
        assert f"position {position}" in found.pages[0]
        [logged, *_] = visitors.api.looked(what=f"document {kind}")
        assert (logged.entry.outcome, logged.entry.patient_ids) == ("shown", [own.patient_id])


async def test_who_may_not_have_a_document_is_refused_and_that_is_on_record(
    visitors: Visitors, clinics: Clinics
) -> None:
    own, other = clinics.here.own, clinics.here.other
    counselor = await visitors.api.signed_in(COUNSELOR)
    asked = f"{BASE}/patients/{{}}/document?kind=attendance-record"
    assert (await counselor.get(asked.format(own.patient_id))).status_code == 200
    theirs = await counselor.get(asked.format(other.patient_id))
    nobodys = await counselor.get(asked.format("patient-nobody"))
    assert theirs.status_code == nobodys.status_code == 404
    biller = await visitors.api.signed_in(BILLER)
    assert (await biller.get(asked.format(own.patient_id))).status_code == 403
    assert (await biller.get(f"{BASE}/patients/{own.patient_id}")).text.count("document-kind") == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("kind=court-report", 404),
        ("kind=nothing", 404),
        ("kind=attendance-record&first=yesterday", 422),
        ("kind=attendance-record&first=2025-03-09&last=2025-03-08", 422),
        ("kind=attendance-letter&first=2001-01-01&last=2001-01-02", 422),
    ],
)
async def test_what_cannot_be_made_is_a_page_that_says_so(
    visitors: Visitors, clinics: Clinics, words: str, code: int
) -> None:
    client = await visitors.api.signed_in(DIRECTOR)
    answer = await client.get(f"{BASE}/patients/{clinics.here.own.patient_id}/document?{words}")
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_sessions_page_leads_to_its_sheet(visitors: Visitors, clinics: Clinics) -> None:
    session_id = clinics.here.own.sessions[0]
    page = await visitors.page(DIRECTOR)
    await page.goto(f"{BASE}/sessions/{session_id}")
    link = page.get_by_role("link", name="Sign-in sheet")
    await expect(link).to_have_attribute("href", f"{BASE}/sessions/{session_id}/sign-in-sheet")
    client = await visitors.api.signed_in(DIRECTOR)
    answer = await client.get(f"{BASE}/sessions/{session_id}/sign-in-sheet")
    assert answer.status_code == 200, answer.text
    assert "Sign-in sheet" in read_back(answer.content).pages[0]


async def test_no_browser_complained(visitors: Visitors) -> None:
    assert visitors.complaints == []

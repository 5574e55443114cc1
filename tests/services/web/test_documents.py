"""Documents from pages: made for whose role may have them, of their own patients, on record."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.async_api import expect

from services.access.principal import Grant, Role
from services.web.documents import OF_A_PATIENT
from tests.support.http_api import send
from tests.support.read_back import read_back
from tests.support.two_clinics import HERE, MONDAY, OWN_STAFF, Clinics
from tests.support.visitors import Visitors

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

BASE = f"/facilities/{HERE}"
DIRECTOR = Grant(Role.DIRECTOR, HERE)
COUNSELOR = Grant(Role.COUNSELOR, HERE, OWN_STAFF)
BILLER = Grant(Role.BILLER, HERE)


async def made(client: Any, patient_id: str, *, after: str = "0", **said: str) -> Any:
    """Ask for a document as a browser sends the form, once a position can be seen."""
    address = f"{BASE}/patients/{patient_id}/document"
    return await client.post(address, data=said, headers={"daybook-after": after})


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
    client = await visitors.api.signed_in(DIRECTOR)
    for kind in ("attendance-record", "disclosure-accounting", "access-report", "audit-trail"):
        answer = await made(client, own.patient_id, kind=kind)
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
    kind = {"kind": "attendance-record"}
    assert (await made(counselor, own.patient_id, **kind)).status_code == 200
    theirs = await made(counselor, other.patient_id, **kind)
    nobodys = await made(counselor, "patient-nobody", **kind)
    assert theirs.status_code == nobodys.status_code == 404
    biller = await visitors.api.signed_in(BILLER)
    assert (await made(biller, own.patient_id, **kind)).status_code == 403
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
    said = dict(parse_qsl(words))
    answer = await made(client, clinics.here.own.patient_id, **said)
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_payers_packet_is_refused_without_a_consent_and_a_disclosure_with_one(
    visitors: Visitors, clinics: Clinics
) -> None:
    own = clinics.here.own
    client = await visitors.api.signed_in(DIRECTOR)
    refused = await made(client, own.patient_id, kind="review-packet")
    assert refused.status_code == 422
    assert "no consent to medicaid for payment is on record" in refused.text
    consent = {
        "consent_id": "consent-of-documents",
        "recipient": "Medicaid",
        "purpose": "treatment-payment-operations",
        "scope": ["attendance"],
        "given_on": str(MONDAY),
    }
    agreed = {"patient_id": own.patient_id, "consent": consent}
    given = await send(client, "patient.give-consent", agreed, "agreed", HERE)
    assert given.status_code == 200, given.text
    numbers, after = set(), given.headers["daybook-position"]
    for _ in range(2):
        answer = await made(client, own.patient_id, after=after, kind="review-packet")
        assert answer.status_code == 200, answer.text
        numbers.add(answer.headers["content-disposition"])
    asked = f"/v1/facilities/{HERE}/disclosures?patient_id={own.patient_id}"
    position = visitors.api.context.journal.position()
    answer = await client.get(f"{asked}&after={position}")
    assert answer.status_code == 200, answer.text
    [counted] = [each for each in answer.json()["items"] if each["part"] == "disclosure"]
    assert (counted["recipient"], counted["times"], counted["how"]) == ("Medicaid", 1, "document")
    assert len(numbers) == 1
    # What is a disclosure is made by no link.
    linked = await client.get(f"{BASE}/patients/{own.patient_id}/document?kind=review-packet")
    assert linked.status_code == 405


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


@pytest.mark.parametrize("kind", ["patient", "session", "program", "staff"])
async def test_a_history_leads_to_the_trail_on_paper_of_whose_role_may_have_it(
    visitors: Visitors, clinics: Clinics, kind: str
) -> None:
    own = clinics.here.own
    of = {
        "patient": own.patient_id,
        "session": own.sessions[0],
        "program": "adult-iop",
        "staff": OWN_STAFF,
    }
    address = f"{BASE}/history/{kind}/{of[kind]}"
    director = await visitors.api.signed_in(DIRECTOR)
    assert f'href="{address}/trail"' in (await director.get(address)).text
    answer = await director.get(f"{address}/trail")
    assert answer.status_code == 200, answer.text
    assert "Audit trail" in read_back(answer.content).pages[0]
    counselor = await visitors.api.signed_in(COUNSELOR)
    assert "/trail" not in (await counselor.get(address)).text
    assert (await counselor.get(f"{address}/trail")).status_code == 403
    nobody = await director.get(f"{BASE}/history/{kind}/nobody-here/trail")
    assert nobody.status_code == 404


async def test_no_browser_complained(visitors: Visitors) -> None:
    assert visitors.complaints == []

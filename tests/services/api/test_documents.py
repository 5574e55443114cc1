"""Documents over HTTP: the very files that the command line makes, and disclosures on record."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from domain.patient import Consent
from domain.patient.events import DisclosureMade
from services.access.principal import Grant, Role
from services.application.disclosures import give_consent
from services.documents.kinds import KINDS
from services.documents.making import MEDIA_TYPES
from services.embedded import Engines
from services.hosting.bootstrap import VIEWS
from tests.support.backend import fresh_backend
from tests.support.documented_clinic import Documented
from tests.support.http_api import Api, running_api
from tests.support.read_back import read_back
from tests.support.small_clinic import FACILITY, MONDAY, PROGRAM

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = f"/v1/facilities/{FACILITY}/documents"
LAST = MONDAY + timedelta(days=6)
WEEK = {"first": str(MONDAY), "last": str(LAST)}
BACKWARDS = {"first": str(LAST), "last": str(MONDAY)}


@pytest.fixture(scope="module")
def clinic(shared_engines: Engines) -> Iterator[Documented]:
    with fresh_backend(shared_engines) as backend:
        yield Documented(backend, fills=False)


async def caught_up(clinic: Documented) -> None:
    async with clinic.backend.supervisor(*VIEWS, clock=lambda: clinic.now) as supervisor:
        await supervisor.caught_up(clinic.journal.position())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(clinic: Documented) -> AsyncIterator[Api]:
    await caught_up(clinic)
    async with running_api(clinic.backend, clock=lambda: clinic.now) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def director(api: Api) -> Any:
    return await api.signed_in(Grant(Role.DIRECTOR, FACILITY))


async def court(client: Any, key: str | None, **said: Any) -> Any:
    headers = {"idempotency-key": key} if key else {}
    return await client.post(f"{PATH}/court-report", json=said, headers=headers)


async def test_a_document_is_the_file_that_the_command_line_makes(
    clinic: Documented, api: Api, director: Any
) -> None:
    made = clinic.makes(
        "attendance-record", patient_id=clinic.ben, first=MONDAY, last=LAST, asked_at=clinic.now
    )
    asked = {"patient_id": clinic.ben, **WEEK}
    for form, kind in MEDIA_TYPES.items():
        answer = await director.get(f"{PATH}/attendance-record", params={**asked, "format": form})
        assert answer.status_code == 200, answer.text
        assert answer.content == made.content(form)
        assert answer.headers["content-type"] == kind
        assert answer.headers["daybook-position"] == str(made.standing.position)
        assert answer.headers["daybook-document"] == made.number
        assert answer.headers["content-disposition"].endswith(f'-{made.number}.{form}"')
    [logged, *_] = api.looked(what="document attendance-record")
    assert (logged.entry.outcome, logged.entry.patient_ids) == ("shown", [clinic.ben])


async def test_each_kind_that_tells_nobody_outside_is_answered(
    clinic: Documented, director: Any
) -> None:
    of: dict[str, dict[str, Any]] = {
        "attendance-letter": {"patient_id": clinic.ben, **WEEK},
        "sign-in-sheet": {"session_id": clinic.evening(MONDAY).id},
        "audit-trail": {"program_id": PROGRAM},
        "disclosure-accounting": {"patient_id": clinic.ben, "years": 6},
        "claim-worksheet": {"patient_id": clinic.ben, **WEEK},
        **{"access-report": {"patient_id": clinic.ben}, "census": WEEK},
    }
    assert {*of, "attendance-record"} == {name for name, each in KINDS.items() if not each.tells}
    for kind, asked in of.items():
        answer = await director.get(f"{PATH}/{kind}", params={**asked, "format": "json"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["kind"] == kind
        posted = await director.post(f"{PATH}/{kind}", json=asked)
        assert posted.status_code == 405
    days = {"first": str(MONDAY), "last": str(MONDAY)}
    earlier = {"patient_id": clinic.ben, **days, "as_of": f"{MONDAY}T23:00:00Z", "format": "json"}
    then = (await director.get(f"{PATH}/attendance-record", params=earlier)).json()
    assert [each["minutes"] for each in then["facts"]["visits"]] == [130]
    assert then["moment"] == f"{MONDAY}T23:00:00+00:00"


@pytest.mark.parametrize(
    ("kind", "asked", "status", "says"),
    [
        ("audit-trail", {}, 422, "say what it is about by one of patient_id, session_id"),
        ("audit-trail", {"patient_id": "a", "staff_id": "b"}, 422, "by one of"),
        ("attendance-record", {"patient_id": "patient-nobody"}, 404, "no such patient"),
        ("attendance-record", {"patient_id": "a", "first": "yesterday"}, 400, "/query/first"),
        ("attendance-record", {"patient_id": "a", "form": "pdf"}, 400, "/query/form"),
        ("attendance-letter", {"patient_id": "a", **BACKWARDS}, 422, "before it begins"),
        ("census", {"as_of": "2025-03-03T23:00:00Z"}, 400, "/query/as_of"),
        ("sign-in-sheet", {"session_id": "nowhere"}, 404, "no such session"),
        ("nothing", {}, 404, "nothing stands at this address"),
    ],
)
async def test_what_cannot_be_made_says_what_was_expected(
    director: Any, kind: str, asked: dict[str, str], status: int, says: str
) -> None:
    answer = await director.get(f"{PATH}/{kind}", params=asked)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_court_is_told_under_a_consent_once_under_each_key(
    clinic: Documented, api: Api, director: Any
) -> None:
    asked = {"patient_id": clinic.ben, **WEEK}
    journal = clinic.journal

    def told() -> list[str]:
        events = (journal.mapper.to_domain_event(each) for each in journal.after(0, 9999))
        return [
            each.disclosure.disclosure_id for each in events if isinstance(each, DisclosureMade)
        ]

    before = journal.position()
    refused = await court(director, "first", **asked)
    assert refused.status_code == 422
    assert refused.json()["type"] == "daybook:problem:document-refused"
    assert "no consent for a legal matter or for criminal justice" in refused.json()["detail"]
    assert journal.position() == before
    [logged, *_] = api.looked(what="document court-report")
    assert (logged.entry.outcome, logged.entry.patient_ids) == ("refused", [clinic.ben])
    consent = Consent(
        *("c", "County court", "legal", ("attendance", "drug-tests", "support"), MONDAY),
        clinic.now.date(),
    )
    clinic.does(give_consent, clinic.ben, consent)
    await caught_up(clinic)
    nameless = await court(director, None, **asked)
    assert (nameless.status_code, "Idempotency-Key" in nameless.text) == (400, True)
    first = await court(director, "first", **asked)
    assert first.status_code == 200, first.text
    assert "Notice to the recipient (42 CFR 2.32(a)(1))" in read_back(first.content).text
    number = first.headers["daybook-document"]
    assert told() == [f"document-{number}"]
    await caught_up(clinic)
    # The same again, under this key or another one, is the same document and no other disclosure.
    for key in ("first", "second"):
        again = await court(director, key, **asked)
        assert (again.status_code, again.headers["daybook-document"]) == (200, number)
        assert told() == [f"document-{number}"]
    # A key that stands for one document stands for no other one, and nothing is told.
    other = await court(director, "first", patient_id=clinic.ben, first=str(MONDAY))
    assert (other.status_code, other.json()["type"]) == (409, "daybook:problem:id-used-otherwise")
    assert told() == [f"document-{number}"]
    both = await court(director, "third", **asked, consent_id="c", recipient="County court")
    assert (both.status_code, "exclude each other" in both.text) == (422, True)

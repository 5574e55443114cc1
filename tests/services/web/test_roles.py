"""The table of rights on pages: what a role may not do is not shown, and is refused when sent."""

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest
from playwright.async_api import expect

from services.access.principal import Grant, Principal, Role
from services.access.rights import actions_of
from services.command_endpoint import COMMANDS
from services.web.navigation import TABS, pages_of_principal
from tests.support.backend import PATIENCE
from tests.support.two_clinics import HERE, OWN_STAFF, Clinics
from tests.support.visitors import Visitors

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

BASE = f"/facilities/{HERE}"

MOST_PAGES = 250
"""Pages that are looked at for each role, at most; each kind of page counts once."""

SEND_ALL = """
    async ([facility, examples]) => {
        const send = async ([name, payload]) => {
            const key = { "idempotency-key": crypto.randomUUID() };
            const answer = await fetch(`/v1/facilities/${facility}/commands/${name}`, {
                method: "POST",
                headers: { "content-type": "application/json", ...key },
                body: JSON.stringify(payload),
            });
            return [name, answer.status];
        };
        return Promise.all(examples.map(send));
    }
"""

ROLES = (
    *(Role.FRONT_DESK, Role.COUNSELOR, Role.DIRECTOR, Role.COMPLIANCE, Role.BILLER),
    *(Role.AUDITOR, Role.ADMINISTRATOR, Role.PATIENT),
)


def grant_of(role: Role, clinics: Clinics) -> Grant:
    match role:
        case Role.COUNSELOR:
            return Grant(role, HERE, staff_id=OWN_STAFF)
        case Role.PATIENT:
            return Grant(role, HERE, patient_id=clinics.here.own.patient_id)
        case Role.ADMINISTRATOR:
            return Grant(role)
    return Grant(role, HERE)


class Offered(HTMLParser):
    """What a page offers: where its links lead, and which commands it sends."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.commands: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.add(str(given["href"]))
        if command := given.get("data-command"):
            self.commands.add(command)
        if undo := given.get("data-undo"):
            self.commands |= {each for each in [json.loads(undo).get("command")] if each}


def kind_of(address: str) -> str:
    """Return what kind of page stands at an address: ids and days look alike."""
    parts = urlsplit(address)
    path = re.sub(r"[a-z]+-[0-9a-f]{16,}|[0-9a-f]{16,}", "*", parts.path)
    return f"{path}?{','.join(sorted(parse_qs(parts.query)))}"


@pytest.mark.parametrize("role", ROLES)
async def test_what_a_role_may_not_do_is_shown_on_no_page(
    visitors: Visitors, clinics: Clinics, role: Role
) -> None:
    grant = grant_of(role, clinics)
    may = actions_of(Principal("x", "X", (grant,), "password"), HERE)
    client = await visitors.api.signed_in(grant)
    waiting, seen, wrong = [BASE], {kind_of(BASE)}, []
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        answer = await client.get(address, follow_redirects=True)
        if answer.status_code != 200:
            wrong.append((address, answer.status_code))
            continue
        offered = Offered(answer.text)
        wrong += [(address, each) for each in offered.commands - may.keys()]
        for link in sorted(offered.links):
            found = urlsplit(urljoin(str(answer.url), link))
            where = f"{found.path}?{found.query}" if found.query else found.path
            is_page = where.startswith("/facilities/") and kind_of(where) not in seen
            if found.netloc == urlsplit(visitors.api.url).netloc and is_page:
                seen.add(kind_of(where))
                waiting.append(where)
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_has_its_pages_and_is_refused_what_it_may_not_do(
    visitors: Visitors, clinics: Clinics, role: Role
) -> None:
    grant = grant_of(role, clinics)
    principal = Principal("x", "X", (grant,), "password")
    page = await visitors.page(grant)
    await page.goto(BASE)
    theirs = pages_of_principal(principal, HERE)
    links = page.get_by_role("navigation", name="Pages", exact=True).get_by_role("link")
    await expect(links).to_have_count(len(theirs))
    for tab in TABS:
        answer = await page.request.get(f"{BASE}/{tab.path}")
        assert answer.status == (200 if tab in theirs else 403), tab.path
    await page.goto(BASE)
    examples = await example_payloads(visitors)
    may = actions_of(principal, HERE)
    forbidden = [(name, examples[name]) for name in COMMANDS if name not in may]
    answers: list[Any] = await page.evaluate(SEND_ALL, [HERE, forbidden])
    assert len(answers) == len(forbidden)
    assert {status for _, status in answers} <= {403}, answers


async def example_payloads(visitors: Visitors) -> dict[str, Any]:
    """Return an example of each command's payload, as the document of the API has it."""
    async with httpx2.AsyncClient(base_url=visitors.api.url, timeout=PATIENCE) as client:
        document = (await client.get("/v1/openapi.json")).json()
    found = {}
    for name in COMMANDS:
        path = document["paths"][f"/v1/facilities/{{facility_id}}/commands/{name}"]
        (media,) = path["post"]["requestBody"]["content"].values()
        found[name] = media.get("example") or next(iter(media["examples"].values()))["value"]
    return found

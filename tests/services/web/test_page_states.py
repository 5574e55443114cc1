"""Everybody can use each page in each of its states: axe in light and dark, at three widths."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts
from playwright.async_api import Browser, Page, expect

from services.access.principal import Grant, Role
from services.web import rendering
from services.web.kiosk import WORKER
from services.web.problem_pages import TITLES, PageRoute, problem_page
from services.web.routes import web_routes
from tests.services.web.page_states import NEW, STATES, State, Who
from tests.support.accessibility import (
    axe_violations,
    scrolls_sideways,
    violations_in_both_schemes,
    violations_on_paper,
)
from tests.support.http_api import opened_facility, running_api, send
from tests.support.memory_journal import MemoryVault
from tests.support.two_clinics import HERE, Clinics
from tests.support.visitors import Visitors, visiting

pytestmark = [pytest.mark.browser]

TEMPLATES = Path(rendering.__file__).with_name("templates")

SHOWN_ELSEWHERE = {
    "begin.html": "tests/services/web/test_begin.py: a site that has no facility yet",
    "kiosk.html": "tests/services/web/test_kiosk.py: a tablet that was set up, in each state",
}
"""Pages whose state needs a site of its own, and the test that looks at them."""


EVENING = datetime(2025, 3, 12, 21, 5, tzinfo=UTC)
"""Five minutes after the groups of the evening began: one patient has come, the other has not."""

NO_PAGES = {
    "/": "leads on",
    "/facilities/{facility_id}": "leads on",
    "/begin": SHOWN_ELSEWHERE["begin.html"],
    WORKER: "a script",
    "/static/{version}/{name:path}": "a file",
    "/facilities/{facility_id}/sessions/{session_id}/sign-in-sheet": "a document",
    "/facilities/{facility_id}/history/{kind}/{subject_id}/trail": "a document",
}
"""Addresses at which no page of the table stands, and why."""


@dataclass
class Site:
    """A page of each who looks, what the addresses name, and which templates were asked for."""

    visitors: Visitors
    pages: dict[Who, Page]
    named: dict[str, str]
    rendered: set[str] = field(default_factory=set)

    async def open(self, state: State) -> Page:
        """Open the page of a state, and bring it there."""
        page = self.pages[state.who]
        await page.emulate_media(media="screen", color_scheme="light")
        await page.set_viewport_size({"width": 1280, "height": 900})
        self.rendered.clear()
        await page.goto(state.address.format(**self.named))
        assert state.template in self.rendered
        if state.then:
            await state.then(page)
        return page


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(clinics: Clinics, chromium: Browser) -> AsyncIterator[Site]:
    own, new = clinics.here.own, NEW.rpartition("/")[2]
    async with running_api(clinics.backend, clock=lambda: EVENING) as api:
        await opened_facility(await api.administrator(), new)
        here = {"session_id": own.sessions[4], "patient_id": own.patient_id}
        desk_client = await api.director(HERE)
        assert (await send(desk_client, "session.check-in", here, "here", HERE)).status_code == 200
    director, desk = Grant(Role.DIRECTOR, HERE), Grant(Role.FRONT_DESK, HERE)
    async with visiting(clinics.backend, chromium, clock=lambda: EVENING) as visitors:
        page = visitors.page
        pages: dict[Who, Page] = {
            "director": await page(director, Grant(Role.ADMINISTRATOR), account="dora"),
            "desk": await page(desk),
            "leaver": await page(desk),
            "patient": await page(Grant(Role.PATIENT, HERE, patient_id=own.patient_id)),
            "newcomer": await page(Grant(Role.DIRECTOR, new)),
            "stranger": await visitors.stranger(),
            "plain": await page(director, java_script_enabled=False),
        }
        named = {
            **{"own": own.patient_id, "first": own.sessions[0], "evening": own.sessions[4]},
            **{"finding": own.finding, "account": "dora"},
        }
        found = Site(visitors, pages, named)
        environment = rendering._environment()
        given = environment.get_template

        def noted(name: Any, *args: Any, **kwargs: Any) -> Any:
            found.rendered.add(str(name))
            return given(name, *args, **kwargs)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(environment, "get_template", noted)
            yield found


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("state", STATES, ids=lambda each: each.name)
async def test_everybody_can_use_it(state: State, site: Site) -> None:
    page = await site.open(state)
    try:
        if state.on_paper:
            assert await violations_on_paper(page) == []
            return
        if state.who == "plain":  # axe is a script
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
        else:
            assert await violations_in_both_schemes(page, state.within) == []
        assert await scrolls_sideways(page) == []
        if state.on_a_phone:
            await page.set_viewport_size({"width": 390, "height": 900})
            assert await axe_violations(page) == []
    finally:
        await page.context.set_offline(False)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("status", sorted(TITLES))
async def test_everybody_can_use_a_page_of_what_went_wrong(status: int, site: Site) -> None:
    page = site.pages["stranger"]
    said = bytes(problem_page(status, "the log says where it failed").body).decode()
    await page.route("**/wrong", lambda route: route.fulfill(body=said, content_type="text/html"))
    await page.goto("/wrong")
    assert await violations_in_both_schemes(page) == []
    assert await scrolls_sideways(page) == []


@pytest.mark.asyncio(loop_scope="session")
async def test_no_browser_complained(site: Site) -> None:
    # A browser says on its own that it is offline, or what was refused.
    own = ("Failed to load resource", "net::ERR")
    assert [each for each in site.visitors.complaints if not any(map(each.count, own))] == []


def test_each_page_and_each_address_has_a_state() -> None:
    pages = {
        path.name
        for path in TEMPLATES.glob("*.html")
        if "{% extends" in path.read_text(encoding="utf-8")
    }
    extended = {
        name
        for path in TEMPLATES.glob("*.html")
        for name in re.findall(r'{% extends "(.+?)" %}', path.read_text(encoding="utf-8"))
    }
    known = {each.template for each in STATES} | SHOWN_ELSEWHERE.keys()
    assert pages - extended == known, "tests/services/web/page_states.py lists each page"
    addresses = [each.address.partition("?")[0] for each in STATES]
    lacking = [
        path
        for path in _page_addresses()
        if path not in NO_PAGES
        and not any(re.fullmatch(re.sub(r"{.+?}", "[^/]+", path), each) for each in addresses)
    ]
    assert lacking == [], "tests/services/web/page_states.py lists each address of a page"


def _page_addresses() -> list[str]:
    unused: Any = MagicMock(vault=MemoryVault())
    routes = web_routes(unused, unused, unused, unused, openid=False)
    return [
        str(each.path)
        for each in iter_route_contexts(routes.routes)
        if isinstance(each.original_route, PageRoute) and "GET" in (each.methods or ())
    ]

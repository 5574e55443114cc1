"""A tablet at the door, in Chromium and over HTTP: who comes and goes by a code, what it keeps."""

import base64
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.async_api import Browser, Page, Route, expect

from domain.session import Session, SignIn
from services.access.kiosks import MOST_WRONG
from services.access.principal import Grant, Role
from services.api.kiosk_sealing import SUITE, KioskSealing, info_of
from tests.support.accessibility import scrolls_sideways, violations_in_both_schemes
from tests.support.backend import Backend
from tests.support.two_clinics import HERE, THERE, Clinic, Known, two_clinics
from tests.support.visitors import Visitors, visiting

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

BEFORE = datetime(2025, 3, 12, 20, 52, tzinfo=UTC)
"""Eight minutes before the groups of that Wednesday, at 4:52 pm on the clinic's clocks."""


@dataclass
class Door(Visitors):
    """The clinic, the kiosk and what patients type there."""

    clinic: Clinic | None = None
    now: datetime = BEFORE
    codes: list[str] = field(default_factory=list)
    kiosks: int = 0

    @property
    def here(self) -> Clinic:
        assert self.clinic
        return self.clinic

    async def code(self, known: Known) -> str:
        """Have a patient given a code at the front desk."""
        desk = await self.api.signed_in(Grant(Role.FRONT_DESK, HERE))
        answer = await desk.post(f"/v1/facilities/{HERE}/patients/{known.patient_id}/kiosk-code")
        assert answer.status_code == 201, answer.text
        self.codes.append(answer.json()["code"])
        return self.codes[-1]

    def link(self) -> str:
        """Make a kiosk; return what sets a tablet up."""
        self.kiosks += 1
        kiosks = self.api.access.kiosks
        return kiosks.make(f"door-{self.kiosks}", facility_id=HERE, days=30)

    async def tablet(self, **options: Any) -> Page:
        page = await self.stranger(viewport={"width": 1024, "height": 768}, **options)
        await page.goto(f"/kiosk#{self.link()}")
        await ready(page)
        return page

    async def client(self) -> httpx2.AsyncClient:
        """Return a client that a kiosk's cookie is kept in."""
        made = await self.api.client()
        answer = await made.post("/kiosk/set-up", json={"link": self.link()})
        assert answer.status_code == 204, answer.text
        return made

    def press(
        self, code: str, said: str = "here", *, ago: timedelta | None = None, facility: str = HERE
    ) -> dict[str, Any]:
        """Return what a tablet sends."""
        sealing = KioskSealing(self.api.context.vault)
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sealing.public_key)
        press_id = secrets.token_hex(16)
        sealed = SUITE.encrypt(code.encode(), point, info_of(facility, press_id, said))
        return {
            **{"press_id": press_id, "said": said, "kept": ago is not None},
            "sealed": base64.b64encode(sealed).decode(),
            "ago": int(ago.total_seconds() * 1000) if ago else 0,
        }

    def sheet(self, known: Known) -> list[SignIn]:
        session = self.api.context.journal.load(known.sessions[4])
        assert isinstance(session, Session)
        return list(session.visits[known.patient_id].sign_ins)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(backend: Backend, chromium: Browser) -> AsyncIterator[Door]:
    clinics = await two_clinics(backend)
    at: list[Door] = []
    async with visiting(backend, chromium, clock=lambda: at[0].now if at else BEFORE) as found:
        made = Door(found.api, found.browser, clinic=clinics.here)
        at.append(made)
        yield made


async def ready(page: Page) -> None:
    await expect(page.locator("body[data-ready]")).to_be_visible()


async def say(page: Page, code: str, what: str = "I am here") -> None:
    for digit in code:
        await page.get_by_role("button", name=digit, exact=True).click()
    await page.get_by_role("button", name=what).click()


async def told(page: Page, *said: str) -> None:
    for each in said:
        await expect(page.locator("#answer")).to_contain_text(each)


async def test_a_patient_comes_and_goes_in_either_language_and_the_next_one_finds_nothing(
    door: Door,
) -> None:
    code, tablet = await door.code(door.here.own), await door.tablet()
    assert await violations_in_both_schemes(tablet) == []
    assert await scrolls_sideways(tablet) == []
    await say(tablet, code)
    await told(tablet, "You are in, 4:52 pm.", "have a seat")
    assert await violations_in_both_schemes(tablet) == []
    await expect(tablet.get_by_role("heading", name="Your code, please")).to_be_visible()
    await tablet.get_by_role("button", name="Español").click()
    await expect(tablet.locator("html")).to_have_attribute("lang", "es")
    await expect(tablet.get_by_role("heading", name="Su código, por favor")).to_be_visible()
    await tablet.keyboard.type(code)
    await expect(tablet.get_by_role("img", name="6 de 6 dígitos ingresados")).to_be_visible()
    await tablet.get_by_role("button", name="Ya llegué").click()
    await told(tablet, "Su llegada ya estaba registrada")
    await tablet.get_by_role("button", name="Siguiente persona").click()
    await expect(tablet.get_by_role("img", name="0 of 6 digits entered")).to_be_visible()
    door.now += timedelta(hours=1)
    await say(tablet, code, "I am leaving")
    await told(tablet, "You are out, 5:52 pm.")
    assert door.sheet(door.here.own) == [SignIn(BEFORE, door.now)]
    shown = (await tablet.content()).encode()
    assert [each for each in door.here.names if each in shown] == []


async def test_a_wrong_code_and_a_short_one_are_told_apart_and_a_half_one_is_forgotten(
    door: Door,
) -> None:
    tablet = await door.tablet()
    await tablet.clock.install()
    await tablet.keyboard.type("482")
    await tablet.get_by_role("button", name="I am here").click()
    await expect(tablet.get_by_role("alert")).to_contain_text("all 6 digits")
    await tablet.clock.run_for(21_000)
    await expect(tablet.get_by_role("img", name="0 of 6 digits entered")).to_be_visible()
    await say(tablet, "000000")
    await told(tablet, "We do not know this code")


async def test_two_press_while_nothing_is_reached_and_the_page_is_closed_and_opened_again(
    door: Door,
) -> None:
    own, other = door.here.own, door.here.other
    door.now += timedelta(minutes=5)
    first, second = await door.code(own), await door.code(other)
    tablet = await door.tablet()
    context = tablet.context
    await tablet.evaluate("navigator.serviceWorker.ready")
    before = len(door.sheet(own)), len(door.sheet(other))
    await context.set_offline(True)
    await say(tablet, first)
    await told(tablet, "Thank you", "kept here and counts as now")
    await tablet.get_by_role("button", name="Next person").click()
    await expect(tablet.locator("footer")).to_contain_text("1 time waits here")
    await say(tablet, second)
    await expect(tablet.locator("footer")).to_contain_text("2 times wait here")
    await tablet.close()
    tablet = await context.new_page()
    await tablet.goto("/kiosk")  # as the worker kept it
    await ready(tablet)
    await expect(tablet.locator("footer")).to_contain_text("2 times wait here")
    assert await violations_in_both_schemes(tablet) == []
    assert not await _holds(tablet, [first, second])
    assert (len(door.sheet(own)), len(door.sheet(other))) == before
    await context.set_offline(False)
    await expect(tablet.locator("footer")).not_to_contain_text("here to be sent")
    assert (len(door.sheet(own)), len(door.sheet(other))) == (before[0] + 1, before[1] + 1)
    assert door.sheet(other)[-1].arrived_at <= door.now
    kiosk = next(each for each in door.api.access.kiosks.all() if each.name == _name(door))
    assert kiosk.waiting == 0


async def test_an_answer_that_is_lost_is_asked_for_again_and_recorded_once(door: Door) -> None:
    code = await door.code(door.here.other)
    door.now += timedelta(minutes=5)
    tablet = await door.tablet()
    lost = []

    async def lose(route: Route) -> None:
        lost.append(await route.fetch())
        await route.abort()

    await tablet.route("**/kiosk/presses", lose, times=1)
    await say(tablet, code)
    await told(tablet, "Thank you")
    await expect(tablet.locator("footer")).not_to_contain_text("waits here")
    assert [each.status for each in lost] == [200]
    assert [each.left_at for each in door.sheet(door.here.other)] == [None]
    assert door.api.access.kiosk_presses.waiting(HERE) == []


async def test_after_ten_wrong_codes_a_kiosk_takes_none_for_a_moment(door: Door) -> None:
    code, kiosk = await door.code(door.here.own), await door.client()
    for _ in range(MOST_WRONG):
        answer = await kiosk.post("/kiosk/presses", json=door.press("940217"))
        assert answer.json()["outcome"] == "unknown"
    answer = await kiosk.post("/kiosk/presses", json=door.press(code))
    assert (answer.json()["outcome"], answer.json()["seconds"]) == ("locked", 60)
    page = await door.page(Grant(Role.ADMINISTRATOR))
    await page.goto(f"/facilities/{HERE}/operations/kiosks")
    await expect(page.get_by_role("row", name=_name(door))).to_contain_text("too many wrong codes")
    database = door.api.access.database
    real = database.now
    database.now = lambda: real() + timedelta(seconds=61)
    try:
        answer = await kiosk.post("/kiosk/presses", json=door.press(code))
        assert answer.json()["outcome"] == "in"
    finally:
        database.now = real


async def test_what_cannot_be_recorded_later_waits_for_the_desk_and_the_kiosk_is_told_no_more(
    door: Door,
) -> None:
    code, kiosk = await door.code(door.here.own), await door.client()
    for press in (
        door.press("940217", ago=timedelta(minutes=5)),
        door.press(code, ago=timedelta(days=1)),
    ):
        for _ in range(2):
            answer = await kiosk.post("/kiosk/presses", json=press)
            assert answer.json() == {
                "outcome": "kept",
                "at": None,
                "before": False,
                "seconds": None,
            }
    waiting = door.api.access.kiosk_presses.waiting(HERE)
    assert [each.patient_id for each in waiting] == [door.here.own.patient_id, None]
    desk = await door.page(Grant(Role.FRONT_DESK, HERE))
    await desk.goto(f"/facilities/{HERE}/today")
    known = f"{door.here.own.given_name} {door.here.own.family_name}"
    for who in (known, "Somebody with an unknown code"):
        item = desk.get_by_role("listitem").filter(has_text="which had no connection")
        await expect(item.filter(has_text=who)).to_be_visible()
        await desk.get_by_role("button", name=f"Seen to: {who}").click()
        await expect(item.filter(has_text=who)).to_have_count(0)
    assert door.api.access.kiosk_presses.waiting(HERE) == []


async def test_a_kiosk_is_good_for_nothing_else(door: Door) -> None:
    kiosk = await door.client()
    assert (await kiosk.get("/kiosk")).status_code == 200
    for path in (
        "/v1/me",
        f"/v1/facilities/{HERE}/roster",
        f"/facilities/{HERE}/today",
        "/v1/tokens",
    ):
        answer = await kiosk.get(path)
        assert answer.status_code in {401, 303}, path
    token = kiosk.cookies["daybook_kiosk"]
    bearer = {"authorization": f"Bearer {token}", "idempotency-key": "k-1"}
    her = {"session_id": door.here.own.sessions[4], "patient_id": door.here.own.patient_id}
    path = f"/v1/facilities/{HERE}/commands/session.check-in"
    assert (await kiosk.post(path, json=her, headers=bearer)).status_code == 403
    code = await door.code(door.here.own)
    elsewhere = door.press(code, facility=THERE)  # sealed for another clinic
    assert (await kiosk.post("/kiosk/presses", json=elsewhere)).json()["outcome"] == "unknown"
    stranger = await door.api.client()
    assert (await stranger.post("/kiosk/presses", json=door.press(code))).status_code == 401
    assert (await stranger.post("/kiosk/set-up", json={"link": "AAAA"})).status_code == 422


async def test_who_may_not_give_codes_is_refused(door: Door) -> None:
    path = f"/v1/facilities/{HERE}/patients/{door.here.own.patient_id}/kiosk-code"
    for role in (Role.BILLER, Role.AUDITOR, Role.COMPLIANCE):
        client = await door.api.signed_in(Grant(role, HERE))
        assert (await client.post(path)).status_code == 403, role
    desk = await door.page(Grant(Role.FRONT_DESK, HERE))
    await desk.goto(f"/facilities/{HERE}/patients/{door.here.own.patient_id}")
    await desk.locator("#kiosk-code summary").click()
    await desk.get_by_role("button", name="Give a new code").click()
    shown = await desk.locator("#secret").inner_text()
    assert len(shown) == 6
    door.codes.append(shown)
    assert await violations_in_both_schemes(desk) == []


async def test_no_code_stands_in_any_table(door: Door, backend: Backend) -> None:
    assert door.codes
    tables = [
        name
        for (name,) in backend.rows(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE c.relkind = 'r'"
            " AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
        )
    ]
    any_code = "|".join(door.codes)
    # Digits of hashes, ids and times stand beside others.
    alone = f"(^|[^0-9a-f.])({any_code})([^0-9a-f]|$)"
    asked = " UNION ALL ".join(
        f"SELECT '{each}' FROM {each} t WHERE t::text ~ '{alone}'"  # noqa: S608
        for each in tables
    )
    assert backend.rows(asked) == []


def _name(door: Door) -> str:
    return f"door-{door.kiosks}"


async def _holds(page: Page, codes: list[str]) -> bool:
    """Tell whether a browser has a code anywhere: in IndexedDB, its caches or its storage."""
    held = await page.evaluate(
        """async () => {
            const open = indexedDB.open("daybook-kiosk");
            const db = await new Promise((done) => { open.onsuccess = () => done(open.result); });
            const asked = db.transaction("presses").objectStore("presses").getAll();
            const rows = await new Promise((done) => {
                asked.onsuccess = () => done(asked.result);
            });
            const kept = [];
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const each of await cache.matchAll()) kept.push(await each.text());
            }
            return JSON.stringify([rows, kept, { ...localStorage }, { ...sessionStorage }]);
        }"""
    )
    assert '"sealed"' in held
    return any(code in held for code in codes)

"""The pages of operations in Chromium: each act of them, and who is shown which."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import nats.errors
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from services.access.openid_store import OpenIdSubjects
from services.access.principal import Grant, Role
from services.audit.sealing.seal_status import SealingStatus, SealStatus
from services.hosting.status import Status, SubscriberStatus
from tests.support.accessibility import scrolls_sideways, violations_in_both_schemes
from tests.support.backend import Backend
from tests.support.two_clinics import HERE, OWN_STAFF, Clinic, two_clinics
from tests.support.visitors import Visitors, visiting

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
FOLDER = Path(__file__).parents[2] / "clinics" / "base"
OPERATIONS = f"/facilities/{HERE}/operations"
ADMINISTRATOR = Grant(Role.ADMINISTRATOR)


@dataclass
class Site(Visitors):
    """Visitors of a clinic of which it is known who is there."""

    clinic: Clinic | None = None

    @property
    def here(self) -> Clinic:
        assert self.clinic
        return self.clinic


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(backend: Backend, chromium: Browser) -> AsyncIterator[Site]:
    clinics = await two_clinics(backend)
    async with visiting(backend, chromium, clock=lambda: NOW) as found:
        yield Site(found.api, found.browser, clinic=clinics.here)


async def last_act(page: Page, said: str) -> None:
    """Wait until a page says what was recorded last."""
    await expect(page.locator("#last")).to_contain_text(said)


# How it stands


async def test_how_it_stands_is_looked_at_again_by_itself(site: Site, backend: Backend) -> None:
    page = await site.page(ADMINISTRATOR)
    await page.goto(OPERATIONS)
    views = page.locator("section", has=page.get_by_role("heading", name="What pages show"))
    await expect(views.get_by_text("up to date")).to_have_count(5)
    await expect(page.get_by_text("daybook serve managers")).to_be_visible()
    at = f"{backend.journal.position():,}"
    await expect(views.get_by_text(f"the journal is at {at}")).to_be_visible()
    backend.count(1)
    now = f"{backend.journal.position():,}"
    await expect(views.get_by_text(f"the journal is at {now}")).to_be_visible()


SEALED = SealStatus("journal", "daybook/journal-1", 1200, 1200, datetime.now(UTC), 0, None)


@contextmanager
def told(site: Site, answer: Callable[[], Awaitable[Status]]) -> Iterator[None]:
    """Have the status be what a function answers."""
    context = site.api.context
    before = context.status_of
    object.__setattr__(context, "status_of", answer)
    try:
        yield
    finally:
        object.__setattr__(context, "status_of", before)


async def test_what_stopped_is_said_with_what_to_do(site: Site) -> None:
    found = await site.api.context.status_of()
    stopped = replace(found.views[0], stopped_at="session-1:7", stopped_because="KeyError")
    being_made = replace(found.views[1], serves=False, lag=1200)
    assert found.stream
    refused = replace(SEALED, log="access", unsealed=7, refused="A head over 9 leaves was signed")
    wrong = replace(
        found,
        views=(stopped, being_made, *found.views[2:]),
        stream=replace(found.stream, held_up="an event is too large"),
        subscribers=(SubscriberStatus("alerts", "DAYBOOK", "daybook.*.care.*.*", 2500, 3),),
        sealing=SealingStatus(True, (refused, SEALED)),
    )

    async def answer() -> Status:
        return wrong

    page = await site.page(Grant(Role.DIRECTOR, HERE))
    with told(site, answer):
        await page.goto(OPERATIONS)
        assert await violations_in_both_schemes(page) == []
    attention = page.get_by_role("region", name="Needs a look").get_by_role("listitem")
    skip = f"daybook skip-event {stopped.name} session-1:7 --reason WHY --author WHO"
    await expect(attention.filter(has_text=skip)).to_contain_text("stopped at event session-1:7")
    await expect(attention.filter(has_text="daybook rebuild stream")).to_contain_text("too large")
    await expect(attention.filter(has_text="being made")).to_contain_text("1,200 events are left")
    await expect(page.get_by_role("row", name="alerts")).to_contain_text("2,500")
    verify = attention.filter(has_text="daybook audit verify")
    await expect(verify).to_contain_text("Nothing more is sealed. A head over 9 leaves was signed.")
    seals = page.get_by_role("region", name="What is sealed")
    await expect(seals.get_by_role("row", name="Who looked at records")).to_contain_text("refused")
    await expect(seals.get_by_role("row", name="All that is recorded")).to_contain_text("1,200")


async def test_where_nats_is_away_the_page_says_that(site: Site) -> None:
    async def away() -> Status:
        raise nats.errors.NoServersError

    page = await site.page(ADMINISTRATOR)
    with told(site, away):
        await page.goto(OPERATIONS)
        status = await page.request.get("/v1/status")
    await expect(page.get_by_text("NATS cannot be reached")).to_be_visible()
    assert (status.status, (await status.json())["type"]) == (503, "daybook:problem:broker-away")


async def test_a_lost_connection_is_said_and_gone_once_the_server_is_reached(site: Site) -> None:
    site.api.access.accounts.add("lou", "Lou Hart", [Grant(Role.FRONT_DESK, HERE)])
    page = await site.page(ADMINISTRATOR)
    await page.goto(f"{OPERATIONS}/users/lou")
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Disable").click()
    await expect(page.get_by_text("Not connected since")).to_be_visible()
    await expect(page.get_by_text("No answer came.")).to_be_visible()
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Try now").click()
    await expect(page.get_by_text("Not connected since")).to_have_count(0)
    await page.get_by_role("button", name="Disable").click()
    await expect(page.get_by_text("Disabled since")).to_be_visible()


# Users


async def test_a_user_is_added_and_the_first_password_is_shown_once(site: Site) -> None:
    page = await site.page(ADMINISTRATOR)
    await page.goto(f"{OPERATIONS}/users")
    await page.get_by_role("link", name="Add a user").click()
    form = page.locator("#dialog form")
    await form.get_by_label("Name", exact=True).fill("<img src=x onerror=alert(1)>")
    await form.get_by_label("User name").fill("ana diaz")
    await form.get_by_label("Role", exact=True).select_option("Counselor")
    await form.get_by_label("On the staff as").select_option(OWN_STAFF)
    await form.get_by_role("button", name="Add this user").click()
    await expect(form.get_by_role("alert")).to_be_visible()
    await expect(form.get_by_label("User name")).to_have_value("ana diaz")
    await form.get_by_label("User name").fill("ana")
    await form.get_by_role("button", name="Add this user").click()
    secret = await page.locator("#secret").inner_text()
    await page.get_by_role("button", name="Done").click()
    await expect(page.locator("#secret")).to_have_count(0)
    row = page.locator("#user-ana")
    await expect(row).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(row).to_contain_text("Counselor")
    await expect(row).to_contain_text("first password")
    ana = await site.stranger()
    await ana.goto("/sign-in")
    await ana.get_by_label("User name").fill("ana")
    await ana.get_by_label("Password").fill(secret)
    await ana.get_by_role("button", name="Sign in").click()
    await expect(ana.get_by_role("heading", level=1)).to_have_text("Choose a password of your own")
    assert secret not in await page.content()


async def test_roles_are_added_and_removed_and_what_does_not_go_together_is_refused(
    site: Site,
) -> None:
    site.api.access.accounts.add("jo", "Jo Park", [Grant(Role.FRONT_DESK, HERE)])
    page = await site.page(ADMINISTRATOR)
    await page.goto(f"{OPERATIONS}/users/jo")
    await page.get_by_role("button", name="Add another role").click()
    added = page.locator("[data-grant]").nth(1)
    await added.get_by_label("Role", exact=True).select_option("Administrator")
    await expect(added.get_by_label("Where")).to_be_hidden()
    await added.get_by_label("Role", exact=True).select_option("Counselor")
    await added.get_by_label("Where").select_option("Everywhere")
    save = page.get_by_role("button", name="Save these roles")
    await save.click()
    await expect(page.get_by_role("alert")).to_contain_text("Say at which facility")
    await added.get_by_label("Where").select_option(HERE)
    await added.get_by_label("On the staff as").select_option(OWN_STAFF)
    await save.click()
    await last_act(page, "The roles of Jo Park are saved")
    await expect(page.locator(".about-user")).to_contain_text("Counselor, Oak Street; Front desk")
    await page.get_by_role("button", name="Remove this role").last.click()
    await save.click()
    await expect(page.locator(".about-user")).not_to_contain_text("Front desk")
    found = site.api.access.accounts.find("jo")
    assert found
    assert found.grants == (Grant(Role.COUNSELOR, HERE, OWN_STAFF),)


async def test_a_user_is_signed_out_given_another_password_disabled_and_enabled_again(
    site: Site,
) -> None:
    page = await site.page(ADMINISTRATOR)
    theirs = await site.page(Grant(Role.FRONT_DESK, HERE), account="kim", name="Kim Lee")
    await theirs.goto(f"/facilities/{HERE}/account")
    await page.goto(f"{OPERATIONS}/users/kim")
    await page.get_by_role("button", name="Sign out there").click()
    await last_act(page, "Kim Lee is signed out there")
    await expect(page.get_by_text("Not signed in.")).to_be_visible()
    await theirs.reload()
    await expect(theirs).to_have_title("Sign in · Daybook")
    await page.get_by_role("button", name="Give a new first password").click()
    assert len(await page.locator("#secret").inner_text()) > 12
    await page.get_by_role("button", name="Done").click()
    await page.get_by_role("button", name="Disable").click()
    await expect(page.get_by_text("Disabled since")).to_be_visible()
    await page.get_by_role("button", name="Enable again").click()
    await last_act(page, "Kim Lee can sign in again")
    await expect(page.get_by_role("button", name="Disable")).to_be_visible()
    release = page.get_by_role("button", name="Release the account")
    await expect(release).to_have_count(0)
    OpenIdSubjects(site.api.access.database).bind("kim", "https://login.example", "the first")
    await page.reload()
    await release.click()
    await last_act(page, "Kim Lee is released")
    await expect(release).to_have_count(0)


# Kiosks


async def test_a_kiosk_is_set_up_by_a_link_that_is_good_once_until_it_is_revoked(
    site: Site,
) -> None:
    page = await site.page(ADMINISTRATOR)
    await page.goto(f"{OPERATIONS}/kiosks")
    await page.get_by_role("link", name="Add a kiosk").click()
    await page.locator("#dialog").get_by_label("Name").fill("front-door")
    await page.get_by_role("button", name="Add it").click()
    link = await page.locator("#secret").inner_text()
    await expect(page.get_by_role("img", name="The address as a QR code")).to_be_visible()
    await page.get_by_role("button", name="Done").click()
    row = page.get_by_role("row", name="front-door")
    await expect(row).to_contain_text("not set up")
    tablet = await site.stranger()
    await tablet.goto(link)
    await expect(tablet.get_by_role("heading", name="Your code, please")).to_be_visible()
    other = await site.stranger()
    await other.goto(link)
    await expect(other.get_by_role("alert")).to_contain_text("used already")
    assert await violations_in_both_schemes(other) == []
    await page.reload()
    await expect(row).to_contain_text("good")
    await row.get_by_role("button", name="Revoke front-door").click()
    await expect(row).to_contain_text("revoked")
    await tablet.reload()
    await expect(tablet.get_by_role("heading", name="Set up this tablet")).to_be_visible()


# Imports


async def test_a_folder_is_checked_mended_and_taken_in(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("expected"))
    patients = folder / "patients.csv"
    sound = patients.read_bytes()
    patients.write_bytes(sound.replace(b"2026-", b"2026/", 1))
    page = await site.page(ADMINISTRATOR)
    await page.goto(f"{OPERATIONS}/imports")
    check, take = (
        page.get_by_role("button", name=name) for name in ("Check the files", "Take it in")
    )
    await expect(check).to_be_disabled()
    await page.locator("#choose-folder").set_input_files(folder)
    await expect(page.locator("#chosen")).to_contain_text("11 of 12 files. 1 other file is left")
    await check.click()
    await expect(page.get_by_role("alert")).to_contain_text("nothing was recorded")
    faults = page.get_by_role("table", name="patients.csv: 1 fault")
    await expect(faults).to_contain_text("write it with hyphens")
    assert await violations_in_both_schemes(page) == []
    assert await scrolls_sideways(page) == []
    await expect(take).to_be_disabled()
    leave_out = page.get_by_label("Leave out rows with a fault")
    await leave_out.check()
    await check.click()
    await expect(page.locator("#checked")).to_contain_text("12 rows are left out.")
    await expect(faults).to_contain_text("write it with hyphens")
    assert await violations_in_both_schemes(page) == []
    await expect(take).to_be_enabled()
    await leave_out.uncheck()
    await expect(take).to_be_disabled()
    patients.write_bytes(sound)
    await page.locator("#choose-folder").set_input_files(folder)
    await check.click()
    await expect(page.locator("#checked")).to_contain_text("would be recorded for juniper.")
    await take.click()
    await expect(page.locator("#taken")).to_contain_text("events recorded for juniper.")
    await check.click()
    await expect(page.locator("#checked")).to_contain_text("is recorded already")
    await expect(take).to_be_disabled()


async def test_what_changed_on_the_disk_has_to_be_chosen_again(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("expected"))
    page = await site.page(ADMINISTRATOR)
    await page.goto(f"{OPERATIONS}/imports")
    await page.locator("#choose-folder").set_input_files(folder)
    await expect(page.locator("#chosen")).to_contain_text("11 of 12")
    (folder / "sign_ins.csv").write_text("changed")
    await page.get_by_role("button", name="Check the files").click()
    await expect(page.get_by_role("alert")).to_contain_text("choose the folder again")


DROP = """
    (place) => {
        const dataTransfer = new DataTransfer();
        for (const name of ['programs.csv', 'notes.txt']) {
            dataTransfer.items.add(new File(['a'], name));
        }
        place.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
    }
"""


async def test_files_can_be_dropped_and_what_is_missing_is_said(site: Site) -> None:
    page = await site.page(Grant(Role.DIRECTOR, HERE))
    await page.goto(f"{OPERATIONS}/imports")
    await page.locator("#drop").evaluate(DROP)
    chosen = page.locator("#chosen")
    await expect(chosen).to_contain_text("1 of 12 files. 1 other file is left out.")
    await expect(chosen).to_contain_text("Not there: facility.toml, tracks.csv")
    await page.get_by_role("button", name="Check the files").click()
    await expect(page.get_by_role("table", name="facility.toml")).to_contain_text("is missing")


# Who looked


async def test_compliance_sees_who_looked_and_looks_into_an_emergency(site: Site) -> None:
    patient = site.here.own
    counselor = await site.api.signed_in(
        Grant(Role.COUNSELOR, HERE, "s-lind"), account="lind-account"
    )
    why = {"daybook-purpose": "emergency", "daybook-reason": "A seizure in the hall"}
    question = f"/v1/facilities/{HERE}/patient?patient_id={patient.patient_id}"
    assert (await counselor.get(question, headers=why)).status_code == 200
    page = await site.page(Grant(Role.COMPLIANCE, HERE), account="cora")
    await page.goto(OPERATIONS)
    await expect(page).to_have_url(f"{site.api.url}{OPERATIONS}/access")
    entry = page.locator("tr", has_text="A seizure in the hall")
    await expect(entry).to_contain_text("Annabel Ownfield")
    waiting = page.get_by_role("listitem").filter(has_text="A seizure in the hall")
    await waiting.get_by_label("What did you find?").fill("An ambulance came")
    await waiting.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("No emergency waits for anybody.")).to_be_visible()
    await page.get_by_text("Looked into before: 1").click()
    await expect(page.get_by_text("“An ambulance came”")).to_be_visible()
    await entry.get_by_role("link", name="Annabel Ownfield").click()
    await expect(page.get_by_text("Of Annabel Ownfield alone.")).to_be_visible()
    looked = site.api.looked(patient_ids=[patient.patient_id], account="cora")
    assert {each.entry.what for each in looked} == {"access-log", "emergency-reviews"}


async def test_who_opened_a_record_in_an_emergency_does_not_look_into_it(site: Site) -> None:
    page = await site.page(Grant(Role.DIRECTOR, HERE), account="dora")
    director = await site.api.client()
    director.cookies.update(
        {each["name"]: each["value"] for each in await page.context.cookies(site.api.url)}
    )
    why = {"daybook-purpose": "emergency", "daybook-reason": "Nobody answers the door"}
    question = f"/v1/facilities/{HERE}/patient?patient_id={site.here.other.patient_id}"
    assert (await director.get(question, headers=why)).status_code == 200
    await page.goto(f"{OPERATIONS}/access")
    waiting = page.get_by_role("listitem").filter(has_text="Nobody answers the door")
    await expect(waiting).to_contain_text("This one is your own")
    await expect(waiting.get_by_role("button", name="Save")).to_have_count(0)


# Whoever is not meant


SECTIONS = {
    Role.ADMINISTRATOR: {"", "/users", "/kiosks", "/imports", "/add-user", "/add-kiosk"},
    Role.DIRECTOR: {"", "/imports", "/access"},
    Role.COMPLIANCE: {"", "/access"},
    Role.AUDITOR: {"", "/access"},
    Role.FRONT_DESK: set[str](),
    Role.BILLER: set[str](),
}


@pytest.mark.parametrize("role", SECTIONS)
async def test_a_role_has_its_sections_and_is_refused_the_others(site: Site, role: Role) -> None:
    grant = Grant(role) if role is Role.ADMINISTRATOR else Grant(role, HERE)
    page = await site.page(grant)
    await page.goto(f"/facilities/{HERE}/account")
    link = page.get_by_role("navigation", name="Pages", exact=True).get_by_role(
        "link", name="Operations"
    )
    await expect(link).to_have_count(1 if SECTIONS[role] else 0)
    for path in ("", "/users", "/users/jo", "/kiosks", "/imports", "/add-user", "/add-kiosk"):
        answer = await page.request.get(f"{OPERATIONS}{path}")
        is_theirs = path.replace("/jo", "") in SECTIONS[role]
        assert answer.status == (200 if is_theirs else 403), path
    await page.goto(OPERATIONS)
    sections = page.get_by_role("navigation", name="Operations").get_by_role("link")
    for each in await sections.all():
        shown = await page.request.get(str(await each.get_attribute("href")))
        assert shown.status == 200


async def test_each_page_is_read_without_a_script(site: Site) -> None:
    page = await site.page(ADMINISTRATOR, Grant(Role.DIRECTOR, HERE))
    plain = await site.stranger(java_script_enabled=False)
    await plain.context.add_cookies(await page.context.cookies())  # type: ignore[arg-type]
    account = site.api.access.accounts.all()[0].account
    for path in ("", "/users", f"/users/{account}", "/add-user", "/kiosks", "/add-kiosk"):
        await plain.goto(f"{OPERATIONS}{path}")
        await expect(plain.get_by_role("heading", level=1)).to_be_visible()
    # A browser says of each refusal that something was not loaded.
    assert [each for each in site.complaints if "Failed to load resource" not in each] == []

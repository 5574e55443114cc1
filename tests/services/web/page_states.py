"""Every page in each of its states: where it is, what it is made from, and what brings it there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Page, expect

from tests.support.two_clinics import HERE

Who = Literal["director", "desk", "patient", "newcomer", "stranger", "leaver", "plain"]
"""Who looks: a director of a clinic with nothing in it yet, somebody whose sign-in ends, and a
director whose browser runs no script are among them."""

Step = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class State:
    """A page as somebody may find it: `then` brings it there once it is open.

    The `address` names `{own}` (a patient), `{evening}` (a session), `{finding}` and `{account}`.
    Where a page is as in another state but for one part (`within`), axe looks at that alone.
    """

    name: str
    address: str
    template: str
    who: Who = "director"
    then: Step | None = None
    within: str | None = None
    on_paper: bool = False
    on_a_phone: bool = False
    """Whether axe looks at a phone's width, too: what stands otherwise there is much the same."""


# Steps


def clicks(name: str, role: Literal["button", "link"] = "button", *, shows: str) -> Step:
    """Return the step that presses something and waits until something shows."""

    async def step(page: Page) -> None:
        await page.get_by_role(role, name=name, exact=True).first.click()
        await expect(page.locator(shows).first).to_be_visible()

    return step


def shown(selector: str) -> Step:
    """Return the step that waits until something shows."""

    async def step(page: Page) -> None:
        await expect(page.locator(selector).first).to_be_visible()

    return step


async def opens_all(page: Page) -> None:
    """Open each part of a page that can be folded."""
    await page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


async def types_a_name(page: Page) -> None:
    await page.get_by_label("Who is at the desk?").press_sequentially("o")
    await expect(page.locator("tr.match").first).to_be_visible()


async def is_cut_off(page: Page) -> None:
    """Press a button while the server is not reached: the banner and the refusal show."""
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Check in").first.click()
    await expect(page.locator("#connection .banner")).to_be_visible()
    await expect(page.locator("tr.why")).to_be_visible()


async def is_signed_out(page: Page) -> None:
    """Press a button after the sign-in ended."""
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Check in").first.click()
    await expect(page.locator("#sign-in-again")).to_be_visible()


async def signs_in_wrong(page: Page) -> None:
    await page.get_by_label("User name").fill("nobody")
    await page.get_by_label("Password").fill("not a password")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_be_visible()


async def gives_no_emergency(page: Page) -> None:
    await page.get_by_label("What is the emergency?").fill("   ")
    await page.get_by_role("button", name="Open the record").click()
    await expect(page.get_by_role("alert")).to_be_visible()


async def opens_in_an_emergency(page: Page) -> None:
    await page.get_by_label("What is the emergency?").fill("He fainted in the hall")
    await page.get_by_role("button", name="Open the record").click()
    await expect(page.get_by_role("heading", name="Attendance")).to_be_visible()


async def moves(page: Page) -> None:
    """Look at what a move would do."""
    await page.get_by_label("Begins").fill("09:30")
    await expect(page.locator("#found li").first).to_be_visible()
    await expect(page.locator("[data-ghost]").first).to_be_visible()


async def finds_nobody(page: Page) -> None:
    await page.get_by_label("Find a patient").press_sequentially("zzz")
    await expect(page.locator("#found")).not_to_be_empty()


async def is_sent_empty(page: Page) -> None:
    """Add a row to each list of a form, and send it as it is: each field says what is wrong."""
    for add in await page.get_by_role("button", name="Add another").all():
        await add.click()
    await page.locator("#form [type=submit], #form .go").first.click()
    await expect(page.locator("#form [role=alert]").first).to_be_visible()


async def records_a_consent(page: Page) -> None:
    """Open a form over the page that it is about."""
    await page.locator("#records > summary").click()
    await page.get_by_role("link", name="Record a consent").click()
    await expect(page.locator("#dialog").get_by_label("To whom")).to_be_visible()


async def adds_a_kiosk(page: Page) -> None:
    await page.get_by_label("Name", exact=True).fill("front-door")
    await page.get_by_role("button", name="Add it").click()
    await expect(page.locator("#secret")).to_be_visible()


# The pages

AT = f"/facilities/{HERE}"
NEW = "/facilities/elm-street"
WEEK, RECORD, OPERATIONS = f"{AT}/week", f"{AT}/record", f"{AT}/operations"
EMPTY = "2026-01-10"
"""A day on which nothing is scheduled."""

TODAY = (
    State("today", f"{AT}/today", "today.html", "desk", on_a_phone=True),
    State("today as it is read", f"{AT}/today", "today.html", "plain"),
    State("today, a name typed", f"{AT}/today", "today.html", "desk", types_a_name, "#main"),
    State("today on paper", f"{AT}/today", "today.html", "desk", on_paper=True),
    State("a day without sessions", f"{AT}/today?day={EMPTY}", "today.html", "desk", None, "#main"),
    State("today, cut off", f"{AT}/today", "today.html", "desk", is_cut_off, "#main"),
    State("today, signed out", f"{AT}/today", "today.html", "leaver", is_signed_out, "dialog"),
    State("a new clinic's day", f"{NEW}/today", "today.html", "newcomer"),
    State("a session", f"{AT}/sessions/{{evening}}", "session.html", "desk", None, "#main"),
    State("a visit", f"{AT}/sessions/{{evening}}/patients/{{own}}", "session_visit.html", "desk"),
)

WEEKS = (
    State("the week", WEEK, "week.html", on_a_phone=True),
    State("the week as it is read", WEEK, "week.html", "plain", None, "#main"),
    State("the week by rooms", f"{WEEK}?by=rooms", "week.html", within="#main"),
    State("the week by staff", f"{WEEK}?by=staff", "week.html", within="#main"),
    State("the week on paper", WEEK, "week.html", on_paper=True),
    State("an empty week", f"{WEEK}?week={EMPTY}", "week.html", within="#main"),
    State("a new clinic's week", f"{NEW}/week", "week.html", "newcomer", None, "#main"),
    *(
        State(
            f"the week: {do}", f"{WEEK}?{do}", "week.html", then=shown("#effects"), within="#panel"
        )
        for do in ("do=schedule", "do=close", "do=extend", "session={evening}&do=call-off")
    ),
    State("a session of the week", f"{WEEK}?session={{evening}}", "week.html", within="#panel"),
    State(
        "what a move would do",
        f"{WEEK}?session={{evening}}&do=move",
        "week.html",
        then=moves,
        within="#main",
    ),
)

PATIENTS = (
    State("patients", f"{AT}/patients", "patients.html"),
    State("patients, none found", f"{AT}/patients", "patients.html", then=finds_nobody),
    State("a new clinic's patients", f"{NEW}/patients", "patients.html", "newcomer"),
    State("a patient", f"{AT}/patients/{{own}}", "patient.html", on_a_phone=True),
    State("a patient as it is read", f"{AT}/patients/{{own}}", "patient.html", "plain"),
    State("a patient, all open", f"{AT}/patients/{{own}}", "patient.html", then=opens_all),
    State("a patient on paper", f"{AT}/patients/{{own}}", "patient.html", on_paper=True),
    State("a patient's own page", f"{AT}/patients/{{own}}", "patient.html", "patient"),
    State(
        "an earlier moment",
        f"{AT}/patients/{{own}}?as_of=2025-03-04T12:00:00-05:00",
        "patient.html",
        within="#main",
    ),
    State("an emergency", f"{AT}/patients/{{own}}/emergency", "patient_emergency.html"),
    State(
        "an emergency without a reason",
        f"{AT}/patients/{{own}}/emergency",
        "patient_emergency.html",
        then=gives_no_emergency,
    ),
    State(
        "opened in an emergency",
        f"{AT}/patients/{{own}}/emergency",
        "patient_emergency.html",
        then=opens_in_an_emergency,
    ),
)

ABOUT = f"patient_id={{own}}&next={AT}/today"

FORMS = (
    State("what can be recorded", f"{RECORD}?{ABOUT}", "form_list.html", within="#main"),
    State(
        "a form of a track",
        f"{RECORD}/program.change-meeting?program_id=adult-iop&track_id=evening-1",
        "form.html",
        within="#main",
    ),
    State("a form about nobody yet", f"{RECORD}/patient.grant-leave", "form.html", within="#main"),
    State("a form as it is read", f"{RECORD}/patient.set-plan?{ABOUT}", "form.html", "plain"),
    State(
        "a form over its page",
        f"{AT}/patients/{{own}}",
        "patient.html",
        then=records_a_consent,
        within="#dialog",
    ),
    *(
        State(
            f"the form of {form}, refused",
            f"{RECORD}/{form}{'&' if '?' in form else '?'}{ABOUT}",
            "form.html",
            then=is_sent_empty,
            within="#main",
        )
        for form in (
            "patient.give-consent",
            "assessment.take?instrument=phq-9",
            "drug-testing.order",
            "session.schedule",
        )
    ),
    *(
        State(f"the form of {form}", f"{RECORD}/{form}?{ABOUT}", "form.html", within="#main")
        for form in ("screening.screen", "patient.set-plan")
    ),
)

COMPLIANCE = (
    State("what is open", f"{AT}/compliance?show=open", "compliance.html", on_a_phone=True),
    State("what is open, as it is read", f"{AT}/compliance", "compliance.html", "plain"),
    *(
        State(
            f"compliance: {show}", f"{AT}/compliance?show={show}", "compliance.html", within="#main"
        )
        for show in ("at-risk", "due", "slipping", "exceptions")
    ),
    State("a new clinic's compliance", f"{NEW}/compliance", "compliance.html", "newcomer"),
    State(
        "a finding opened",
        f"{AT}/compliance?open={{finding}}",
        "compliance.html",
        then=opens_all,
        within="#main",
    ),
    State(
        "a finding",
        f"{AT}/compliance/findings/{{finding}}",
        "compliance_finding.html",
        then=opens_all,
        within="#main",
    ),
    State("policies", f"{AT}/compliance/policies", "policies.html", then=opens_all, within="#main"),
    State(
        "what a policy would turn",
        f"{AT}/compliance/policies?whom=program:adult-iop"
        "&policy=wa-deferred-prosecution@2&from_day=2025-03-03",
        "policies.html",
        then=shown("#preview-h"),
        within="#main",
    ),
)

HISTORY = (
    State("history", f"{AT}/history", "history.html"),
    State("a day's history", f"{AT}/history?day=2025-03-03", "history.html", within="#main"),
    State("a new clinic's history", f"{NEW}/history", "history.html", "newcomer", None, "#main"),
    *(
        State(
            f"history of a {kind}", f"{AT}/history/{kind}/{which}", "history.html", within="#main"
        )
        for kind, which in (
            ("patient", "{own}"),
            ("session", "{first}"),
            ("program", "adult-iop"),
            ("staff", "s-diaz"),
        )
    ),
)

_OPERATIONS = (
    State("how it stands", OPERATIONS, "operations.html"),
    State("users", f"{OPERATIONS}/users", "operations_users.html", within="#main"),
    State("a user", f"{OPERATIONS}/users/{{account}}", "operations_user.html", within="#main"),
    State("a new user", f"{OPERATIONS}/add-user", "operations_add_user.html", within="#main"),
    State("kiosks", f"{OPERATIONS}/kiosks", "operations_kiosks.html", within="#main"),
    State(
        "the link of a new kiosk",
        f"{OPERATIONS}/add-kiosk",
        "operations_add_kiosk.html",
        then=adds_a_kiosk,
        within="#main",
    ),
    State("calendars", f"{OPERATIONS}/calendars", "operations_calendars.html", within="#main"),
    State("imports", f"{OPERATIONS}/imports", "operations_imports.html", within="#main"),
    State("who looked", f"{OPERATIONS}/access", "operations_access.html", within="#main"),
    State("who looked, nobody", f"{OPERATIONS}/access?account=x", "operations_access.html"),
    State("operations as they are read", OPERATIONS, "operations.html", "plain"),
    State("an account", f"{AT}/account", "account.html"),
)

AT_THE_DOOR = (
    State("sign-in", "/sign-in", "sign_in.html", "stranger"),
    State("sign-in, wrong", "/sign-in", "sign_in.html", "stranger", signs_in_wrong),
    State("the first password", "/password", "password.html", "stranger"),
    State("a tablet that is no kiosk yet", "/kiosk", "kiosk_set_up.html", "stranger"),
    State("not for a role", f"{OPERATIONS}/users", "problem.html", "desk"),
    State("nothing there", "/facilities/pine-street/today", "problem.html", "desk"),
    State("an address that is wrong", f"{WEEK}?week=soon", "problem.html"),
)

STATES = (
    *(*TODAY, *WEEKS, *PATIENTS, *FORMS, *COMPLIANCE),
    *(*HISTORY, *_OPERATIONS, *AT_THE_DOOR),
)

"""Makes the pictures of the README: python -m tests.screenshots [FOLDER].

Today, Week, Patient and Compliance, as the role sees them whose page it is, on a large screen and
on a phone, and the kiosk, at a clinic at which it is between six and seven in the evening.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from services.demo.place import FACILITY_ID
from tests.support.browser import CHROMIUM, QUIET
from tests.support.running_demo import Demo, running_demo

PICTURES = Path(__file__).with_name("pictures")

DESK = ViewportSize(width=1280, height=900)
HIGH = ViewportSize(width=1280, height=1200)
TABLET = ViewportSize(width=1024, height=768)
PHONE = ViewportSize(width=390, height=844)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: whose page, at which address of the facility, on which screen.

    What a checkbox of `without` is about is not shown, nor anything of that title.
    """

    name: str
    role: str
    path: str
    screen: ViewportSize
    without: Mapping[str, str] = field(default_factory=dict)


def shots(demo: Demo) -> Sequence[Shot]:
    """Return what is shown; the patient is somebody whose week is at risk."""
    patient = f"patients/{_at_risk(demo)}"
    return (
        Shot("today", "front-desk", "today", HIGH),
        Shot("today-phone", "front-desk", "today", PHONE),
        Shot("week", "director", "week", DESK, {"Individual and family": "Individual session"}),
        Shot("patient", "director", patient, DESK),
        Shot("compliance", "compliance", "compliance", DESK),
    )


def _at_risk(demo: Demo) -> str:
    """Return the patient with most behind them whose hours are at risk, and can be mended."""
    asked = f"/v1/facilities/{FACILITY_ID}"
    with demo.signed_in("director") as client:
        answer = client.get(f"{asked}/at-risk", params={"rule": "attended-hours", "limit": 1000})
        short: list[dict[str, Any]] = answer.json()["items"]
        answer = client.get(f"{asked}/weeks", params={"limit": 1000})
        weeks = Counter(str(each["patient_id"]) for each in answer.json()["items"])
    can_be_mended = {str(each["patient_id"]) for each in short if each["repairs"]}
    return max(can_be_mended, key=lambda each: weeks[each])


async def take(demo: Demo, folder: Path) -> None:
    """Take every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        try:
            for shot in shots(demo):
                page = await _signed_in(browser, demo, shot)
                await page.goto(f"/facilities/{FACILITY_ID}/{shot.path}")
                await page.evaluate("document.fonts.ready")
                for kind, title in shot.without.items():
                    await page.get_by_role("checkbox", name=kind).uncheck()
                    shown = page.get_by_text(title).locator("visible=true")
                    await expect(shown).to_have_count(0)
                await page.screenshot(path=folder / f"{shot.name}.png")
                await page.context.close()
            await _kiosk(browser, demo, folder)
        finally:
            await browser.close()


async def _kiosk(browser: Browser, demo: Demo, folder: Path) -> None:
    """Take the picture of a tablet at the door while somebody types their code."""
    with demo.signed_in("administrator") as client:
        said = {"name": "picture", "facility_id": FACILITY_ID, "days": 1}
        link = client.post("/v1/kiosks", json=said).json()["link"]
    context = await browser.new_context(viewport=TABLET, color_scheme="light")
    page = await context.new_page()
    await page.goto(link)
    await expect(page.locator("body[data-ready]")).to_be_visible()
    await page.keyboard.type("482")
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=folder / "kiosk.png")
    await context.close()


async def _signed_in(browser: Browser, demo: Demo, shot: Shot) -> Page:
    context = await browser.new_context(
        base_url=demo.running.url,
        viewport=shot.screen,
        color_scheme="light",
    )
    page = await context.new_page()
    answer = await context.request.post("/v1/sign-in", data=demo.login(shot.role))
    assert answer.ok, await answer.text()
    return page


def main() -> None:
    """Run the demo and take its pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    with (
        tempfile.TemporaryDirectory() as data,
        running_demo(Path(data), "--zone", _where_it_is(18)) as demo,
    ):
        asyncio.run(take(demo, folder))


def _where_it_is(hour: int) -> str:
    """Return a zone whose clocks show an hour now; in its name, what lies east is less."""
    ahead = (hour - datetime.now(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}"


if __name__ == "__main__":
    main()

"""How quick the pages are for who sits before them: Today of the demo, in Chromium.

    python -m tests.benchmarks.pages [--acts 40]

The demo runs as `daybook demo` starts it. `pages_first_view_ms` is the median until Today shows
something first, by a browser that has loaded nothing before. Then somebody at the front desk checks
somebody in and takes it back, press after press: `pages_saving_p50_ms` is the median from the press
to *Saving*, `pages_done_p50_ms` to the row as it is after it, and `pages_done_p95_ms` what all but
one of twenty take at most. `pages_seen_p50_ms` is the median until a second browser shows the same.
"""

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from services.demo.folder import NoDemo, Running, find_running
from tests.support.browser import CHROMIUM, QUIET
from tests.support.visitors import COOKIE

VIEWS = 9
PATIENCE = 180

PRESS = """async ([id, after]) => {
  const paint = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const row = () => document.getElementById(id);
  const undo = document.getElementById(`undo-${id}`);
  const button = after === "here" ? row().querySelector(".main") : undo;
  const began = performance.now();
  button.click();
  while (!button.hasAttribute("aria-busy")) await paint();
  const saving = performance.now();
  while (row().dataset.state !== after) await paint();
  return [saving - began, performance.now() - began, performance.timeOrigin + performance.now()];
}"""

SEEN = """async ([id, after]) => {
  const paint = () => new Promise((resolve) => requestAnimationFrame(resolve));
  while (document.getElementById(id)?.dataset.state !== after) await paint();
  return performance.timeOrigin + performance.now();
}"""

PAINTED = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
})"""


@contextmanager
def running_demo() -> Iterator[Running]:
    """Run the demo in a process of its own until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        command = [str(Path(sys.executable).with_name("daybook")), "demo", "--data", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                yield _up(data, process)
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE)


def _up(data: Path, process: "subprocess.Popen[bytes]") -> Running:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            return find_running(data)
        except NoDemo:
            time.sleep(0.2)
    raise TimeoutError("the demo is not up")


async def _signed_in(browser: Browser, demo: Running) -> list[Any]:
    """Sign in once; return the cookies."""
    page = await browser.new_page(base_url=demo.url)
    await page.goto("/sign-in")
    await page.fill("#account", demo.account)
    await page.fill("#password", demo.password)
    await page.click("button.go")
    await page.wait_for_url("**/today")
    return [each for each in await page.context.cookies() if each.get("name") == COOKIE]


async def _open(browser: Browser, demo: Running, cookies: list[Any]) -> Page:
    """Open Today in a browser that has loaded nothing before."""
    context = await browser.new_context(base_url=demo.url)
    await context.add_cookies(cookies)
    page = await context.new_page()
    await page.goto(f"/facilities/{demo.facility_id}/today")
    return page


async def measured(demo: Running, acts: int) -> dict[str, float]:
    """Look at Today, then press so many buttons on it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        cookies = await _signed_in(browser, demo)
        views = []
        for _ in range(VIEWS):
            page = await _open(browser, demo, cookies)
            views.append(await page.evaluate(PAINTED))
            await page.context.close()
        page, other = [await _open(browser, demo, cookies) for _ in range(2)]
        for each in (page, other):
            await each.locator("#live").get_by_text("Live", exact=True).wait_for()
        rows = page.locator("tr[data-state=expected]:has(button.main)")
        key = await rows.first.get_attribute("id")
        took = [
            await _press(page, other, key, "here" if n % 2 == 0 else "expected")
            for n in range(acts)
        ]
        await browser.close()
    saving, done, seen = zip(*took, strict=True)
    return {
        "pages_first_view_ms": statistics.median(views),
        "pages_saving_p50_ms": statistics.median(saving),
        "pages_done_p50_ms": statistics.median(done),
        "pages_done_p95_ms": statistics.quantiles(done, n=20)[-1],
        "pages_seen_p50_ms": statistics.median(seen),
    }


async def _press(page: Page, other: Page, key: Any, after: str) -> tuple[float, float, float]:
    seen = asyncio.ensure_future(other.evaluate(SEEN, [key, after]))
    saving, done, at = await page.evaluate(PRESS, [key, after])
    return saving, done, max(await seen - at + done, 0.0)


def measure(acts: int = 40) -> dict[str, float]:
    """Return milliseconds until pages show what they should."""
    with running_demo() as demo:
        return asyncio.run(measured(demo, acts))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="How quick the pages are.")
    options.add_argument("--acts", type=int, default=40, help="How many presses.")
    print(measure(options.parse_args().acts), f"load {os.getloadavg()[0]:.1f}")

"""Chromium, as people use it, which calls nobody but the servers of a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = Path("/usr/bin/chromium")

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


def needs_chromium() -> None:
    """Leave a test out where there is no Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("there is no Chromium")


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """Run a browser; each of its contexts remembers nothing of the others."""
    needs_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_page() -> AsyncIterator[Page]:
    """Open a page of a browser that remembers nothing."""
    async with running_browser() as browser:
        yield await (await browser.new_context()).new_page()

"""People at the pages of a running Daybook, each with a browser of their own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, expect

from services.access.principal import Grant
from services.hosting.bootstrap import VIEWS
from tests.support.backend import PATIENCE, Backend
from tests.support.http_api import Api, running_api

COOKIE = "daybook_session"

VISITING: "list[Visitors]" = []
"""Whoever visits now."""


@dataclass
class Visitors:
    """Whoever opens pages; `complaints` is what their browsers found wrong."""

    api: Api
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    @property
    def contexts(self) -> list[BrowserContext]:
        """What is open in the browser, in the order in which it was opened."""
        return self.browser.contexts

    async def page(self, *grants: Grant, account: str = "", name: str = "", **options: Any) -> Page:
        """Return a page of somebody who is signed in with these grants, in a new browser.

        `options` are those of Playwright's contexts, as `java_script_enabled`.
        """
        accounts = self.api.access.accounts
        account = account or f"visitor-{len(accounts.all())}"
        accounts.add(account, name or account.title(), grants, with_password=False)
        page = await self.stranger(**options)
        await self.sign_in(page, account)
        return page

    async def sign_in(self, page: Page, account: str) -> None:
        """Sign an account in at a browser."""
        token = self.api.access.sessions.begin(account, "password", "treatment", "127.0.0.1")
        await page.context.add_cookies([{"name": COOKIE, "value": token, "url": self.api.url}])

    async def stranger(self, **options: Any) -> Page:
        """Return a page of somebody whom nobody knows."""
        context = await self.browser.new_context(base_url=self.api.url, **options)
        context.set_default_timeout(PATIENCE * 1000)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        return page


@asynccontextmanager
async def visiting(
    backend: Backend, browser: Browser, *, clock: Callable[[], datetime]
) -> AsyncIterator[Visitors]:
    """Serve the pages of a database, whose views are kept meanwhile, to a browser."""
    expect.set_options(timeout=PATIENCE * 1000)
    async with (
        backend.supervisor(*VIEWS, clock=clock) as supervisor,
        running_api(backend, clock=clock) as api,
    ):
        await supervisor.caught_up(backend.journal.position())
        visitors = Visitors(api, browser)
        VISITING.append(visitors)
        try:
            yield visitors
        finally:
            VISITING.remove(visitors)
            for context in visitors.contexts:
                await context.close()

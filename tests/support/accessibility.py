"""What a page is checked for that everybody has to be able to use: axe's rules, and its width."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

AXE = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"

WIDTHS = (390, 768, 1280)
"""Pixels: a phone, a tablet, a desk."""


@cache
def _axe() -> str:
    if not AXE.exists():
        pytest.skip("npm has not installed axe-core")
    return AXE.read_text(encoding="utf-8")


COLORS = "cat.color"
"""The rules of axe that look at colors; the others find the same in light and in dark."""


FIND = """
    async options => (await axe.run({ ...options, resultTypes: ["violations"] })).violations
"""
"""Of what a page passes axe says the first element alone, which takes half of the time."""


async def axe_violations(page: Page, tag: str | None = None) -> list[str]:
    """Return what axe finds on a page, as it is now: each rule, of a tag, with the elements."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_axe())
    options = {} if tag is None else {"runOnly": {"type": "tag", "values": [tag]}}
    found: list[dict[str, Any]] = await page.evaluate(FIND, options)
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


async def violations_in_both_schemes(page: Page) -> list[str]:
    """Return what axe finds on a page in light and in dark."""
    found = []
    await page.emulate_media(color_scheme="light")
    found += [f"light: {each}" for each in await axe_violations(page)]
    await page.emulate_media(color_scheme="dark")
    found += [f"dark: {each}" for each in await axe_violations(page, COLORS)]
    return found


async def scrolls_sideways(page: Page) -> list[int]:
    """Return the widths at which a page is wider than what shows it."""
    found = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(width)
    return found

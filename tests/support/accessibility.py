"""What a page is checked for that everybody has to be able to use: axe's rules, and its width."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

AXE = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"

WIDTHS = (390, 768, 1280)
"""Pixels: a phone, a tablet, a desk."""

LETTER = 816
"""The width of a sheet of Letter paper in pixels, with no margins."""


@cache
def _axe() -> str:
    if not AXE.exists():
        pytest.skip("npm has not installed axe-core")
    return AXE.read_text(encoding="utf-8")


COLORS = ("color-contrast", "link-in-text-block")
"""The rules of axe that look at colors; the others find the same in light and in dark."""


FIND = """
    async ([within, options]) => {
      const found = await axe.run(within ?? document, { ...options, resultTypes: ["violations"] });
      return found.violations;
    }
"""
"""Of what a page passes axe says the first element alone, which takes half of the time."""


async def axe_violations(
    page: Page, rules: Sequence[str] = (), within: str | None = None
) -> list[str]:
    """Return what axe finds on a page, as it is now: each rule, of some or of all, with elements.

    Without `within`, a selector, it looks at the whole page.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_axe())
    options = {"runOnly": {"type": "rule", "values": [*rules]}} if rules else {}
    found: list[dict[str, Any]] = await page.evaluate(FIND, [within, options])
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


async def violations_in_both_schemes(page: Page, within: str | None = None) -> list[str]:
    """Return what axe finds on a page, or within a part of it, in light and in dark."""
    found = []
    await page.emulate_media(color_scheme="light")
    found += [f"light: {each}" for each in await axe_violations(page, within=within)]
    await page.emulate_media(color_scheme="dark")
    found += [f"dark: {each}" for each in await axe_violations(page, COLORS, within)]
    return found


async def violations_on_paper(page: Page) -> list[str]:
    """Return what axe finds of the colors of a page as it is printed, and whether it is cut off."""
    await page.emulate_media(media="print", color_scheme="light")
    await page.set_viewport_size({"width": LETTER, "height": 1056})
    found = [f"print: {each}" for each in await axe_violations(page, COLORS)]
    return found + (["print: wider than the paper"] if await _is_too_wide(page) else [])


async def scrolls_sideways(page: Page) -> list[int]:
    """Return the widths at which a page is wider than what shows it."""
    found = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        if await _is_too_wide(page):
            found.append(width)
    return found


async def _is_too_wide(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))

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


async def axe_violations(page: Page) -> list[str]:
    """Return what axe finds on a page, as it is now: each rule with the elements."""
    await page.evaluate(_axe())
    found: dict[str, Any] = await page.evaluate("() => axe.run()")
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


async def violations_in_both_schemes(page: Page) -> list[str]:
    """Return what axe finds on a page in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {each}" for each in await axe_violations(page)]
    return found


async def scrolls_sideways(page: Page) -> list[int]:
    """Return the widths at which a page is wider than what shows it."""
    found = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(width)
    return found

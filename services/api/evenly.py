"""Refusals that take as long whatever was looked at: their time tells nobody what there is."""

import asyncio

STEP = 0.01
"""Seconds; a refusal is answered after one step or several. To load somebody whom a command was
never about takes a third of a millisecond longer than to find nobody."""


def now() -> float:
    """Return the time from which `until_a_step` counts."""
    return asyncio.get_running_loop().time()


async def until_a_step(began: float) -> None:
    """Wait until whole steps have passed."""
    await asyncio.sleep(-(now() - began) % STEP)

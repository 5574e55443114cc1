"""How a document says which signed head covers what it tells."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.documents.clinic import Clinic
from services.reports.evidence import SealedHead


@dataclass(frozen=True, slots=True)
class HeadShown:
    """A signed head: of which log, over how many entries, with which root, and when it was signed.

    The root is in base64, as in the checkpoint that `daybook audit verify` checks.
    """

    origin: str
    size: int
    root: str
    at: datetime


def heads_shown(clinic: Clinic, found: Iterable[SealedHead | None]) -> tuple[HeadShown, ...]:
    """Return each head once, the smallest first, on the site's clocks."""
    known = {each.size: each for each in found if each}
    return tuple(
        HeadShown(each.origin, size, each.root, each.at.astimezone(clinic.zone))
        for size, each in sorted(known.items())
    )

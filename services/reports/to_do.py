"""What somebody has to do about a patient, the most urgent first."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.plurals import counted
from services.reports.patient_page_text import Facts

SOON = timedelta(days=7)
"""How long before its day a review or a certification is something to do."""

FEW_UNITS, FEW_DAYS = 3, timedelta(days=7)
"""An authorization in force with no more units or days left than these is something to do."""


def concerns(rows: Sequence[Any], zone: ZoneInfo) -> Iterator[Facts]:
    """Yield the safety concerns that nobody has acknowledged."""
    for row in rows:
        if row.acknowledged_at is None:
            since = row.raised_at.astimezone(zone)
            yield {"what": "safety concern", "because": row.concern, "due": since.date()}


def reviews(rows: Sequence[Any], today: date) -> Iterator[Facts]:
    """Yield the reviews that are due, or will be soon."""
    for row in rows:
        if row.due <= today + SOON:
            yield {"what": row.what, "because": row.because, "due": row.due}


def absences(rows: Sequence[Any]) -> Iterator[Facts]:
    """Yield the reviews that missed sessions ask for."""
    for row in rows:
        because = f"sessions missed by {row.from_day}, {', '.join(row.policies)}"
        yield {"what": "absences", "because": because, "due": row.due}


def running_out(authorizations: Sequence[Facts], today: date) -> Iterator[Facts]:
    """Yield the authorizations in force that run out; where none is, the last that ended."""
    in_force = [each for each in authorizations if each["in_force"]]
    for each in in_force:
        units = each["units_left"]
        if units <= FEW_UNITS:
            left = f"has {counted(units, 'unit')} left, to"
            yield _authorization_due(each, left)
        elif each["last_day"] <= today + FEW_DAYS:
            yield _authorization_due(each, "ends on")
    if not in_force:
        for each in authorizations[:1]:
            if each["last_day"] < today:
                yield _authorization_due(each, "ended on")


def _authorization_due(each: Facts, says: str) -> Facts:
    because = f"{each['payer']} {each['code']} {says}"
    return {"what": "authorization", "because": because, "due": each["last_day"]}

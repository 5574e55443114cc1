"""The sessions that a patient missed, and who tried to reach them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.documents.clinic import STATUS_IN_WORDS, Clinic
from services.reports.history_wording import words

MISSED = frozenset({"excused", "absent", "no_show", "turned_away"})
"""The states of a visit that the patient missed; what the program called off is none of them."""


@dataclass(frozen=True, slots=True)
class Contact:
    """An attempt to reach the patient after a missed session, and what came of it."""

    at: datetime
    way: str
    result: str


@dataclass(frozen=True, slots=True)
class Missed:
    """A missed session: how, the reason that was given, who tried to reach them, the make-up."""

    day: date
    session: str
    status: str
    reason: str | None
    outreach: tuple[Contact, ...]
    made_up_on: date | None


def missed_of(
    clinic: Clinic, visits: Iterable[Any], outreach: Iterable[Any], labels: Mapping[str, str]
) -> tuple[Missed, ...]:
    """Return the missed ones of some visits, with the attempts to reach the patient after each.

    `visits` are rows of `projections.attendance.RECORD_OF`, `outreach` of `projections.care`;
    `labels` are what people call the sessions.
    """
    tried: dict[str, list[Contact]] = defaultdict(list)
    for row in outreach:
        contact = Contact(row.at.astimezone(clinic.zone), words(row.way), words(row.result))
        tried[row.session_id].insert(0, contact)
    return tuple(
        Missed(
            *(
                row.day,
                labels.get(row.session_id, row.label),
                STATUS_IN_WORDS[row.status],
                row.reason,
            ),
            tuple(tried[row.session_id]),
            row.made_up_on,
        )
        for row in visits
        if row.status in MISSED
    )

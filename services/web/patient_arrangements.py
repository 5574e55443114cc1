"""What is arranged with a patient: tracks, duties elsewhere, leaves, and exceptions from rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from domain.patient import Patient
from projections import schedule
from services.reports.exceptions import exceptions
from services.web.page import Page
from services.web.words import clock, dated


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A line of the card: what is arranged, on which days, and when or why."""

    what: str
    days: str
    says: str
    is_over: bool


WEEKDAYS = {
    **{"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"},
}


def arrangements_of(page: Page, patient_id: str) -> list[Arrangement]:
    """Return what is arranged, and what was: as the record stands at the page's position."""
    found = page.context.journal.load_at(patient_id, page.position)
    if found is None:
        return []
    patient = cast("Patient", found)
    made = [*_enrolments(page, patient), *_duties(page, patient), *_leaves(page, patient)]
    return sorted(made, key=lambda each: each.is_over)


def exceptions_of(page: Page, patient_id: str) -> list[dict[str, Any]]:
    """Return the rules that do not bind for a patient, now or later, with the reasons."""
    if not page.theirs(exceptions, [patient_id]):
        return []
    return page.rows(exceptions, patient_id=patient_id)


def _enrolments(page: Page, patient: Patient) -> Iterator[Arrangement]:
    tracks = {
        row.track_id: row.name
        for row in page.conn.execute(schedule.TRACKS)
        if row.facility_id == page.facility_id
    }
    for each in patient.enrolments.values():
        if not each.is_empty:
            yield Arrangement(
                tracks.get(each.track_id, each.track_id),
                _days(each.first_day, each.last_day),
                _weekdays(each.weekdays),
                _is_over(page, each.last_day),
            )


def _duties(page: Page, patient: Patient) -> Iterator[Arrangement]:
    for each in patient.commitments.values():
        hours = f"{clock(each.starts)} to {clock(each.ends)}"
        yield Arrangement(
            f"{each.kind.capitalize()}: {each.title}",
            _days(each.first_day, each.last_day),
            f"{_weekdays(each.weekdays)}, {hours}",
            _is_over(page, each.last_day),
        )


def _leaves(page: Page, patient: Patient) -> Iterator[Arrangement]:
    for each in patient.leaves.values():
        over = _is_over(page, each.last_day)
        yield Arrangement("Leave", _days(each.first_day, each.last_day), "", over)


def _weekdays(names: tuple[str, ...]) -> str:
    return ", ".join(WEEKDAYS[each] for each in names)


def _days(first: date, last: date | None) -> str:
    return f"{dated(first)} to {dated(last)}" if last else f"since {dated(first)}"


def _is_over(page: Page, last: date | None) -> bool:
    return last is not None and last < page.today

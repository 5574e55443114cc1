"""What came of the sessions that were scheduled for a patient, counted for a court."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.documents.clinic import STATUS_IN_WORDS
from services.documents.missed import MISSED
from services.reports.history_wording import words


@dataclass(frozen=True, slots=True)
class ServiceCount:
    """Sessions with a kind of service, and its minutes: scheduled, and attended with make-ups."""

    service: str
    scheduled: int
    attended: int
    scheduled_minutes: int
    attended_minutes: int


@dataclass(frozen=True, slots=True)
class Irregular:
    """A session that the patient missed, came late to or left early."""

    day: date
    session: str
    what: str
    made_up_on: date | None


@dataclass(frozen=True, slots=True)
class Attendance:
    """What came of the sessions that were scheduled for the patient.

    `scheduled` are those that the program held and that are over; what the program called off is
    none of them, and is never held against the patient.
    """

    scheduled: int
    attended: int
    excused: int
    unexcused: int
    turned_away: int
    late: int
    left_early: int
    made_up: int
    called_off_by_program: int
    not_closed: int
    services: tuple[ServiceCount, ...]
    irregular: tuple[Irregular, ...]


def attendance_of(visits: list[Any], parts: list[Any], labels: Mapping[str, str]) -> Attendance:
    """Return what came of a patient's visits.

    They are rows of `projections.attendance.RECORD_OF`; `parts` of `projections.schedule.PARTS`;
    `labels` are what people call the sessions.
    """
    counts = Counter(each.status for each in visits if each.role == "rostered")
    came = [each for each in visits if each.status in {"attended", "incomplete"}]
    offered = [
        each
        for each in visits
        if each.role == "rostered" and each.status not in {"cancelled", "scheduled"}
    ]
    return Attendance(
        scheduled=len(offered),
        attended=counts["attended"] + counts["incomplete"],
        excused=counts["excused"],
        unexcused=counts["absent"] + counts["no_show"],
        turned_away=counts["turned_away"],
        late=sum(each.late for each in came),
        left_early=sum(each.left_early for each in came),
        made_up=sum(each.role == "make_up" for each in came),
        called_off_by_program=counts["cancelled"],
        not_closed=counts["scheduled"],
        services=_services(offered, came, parts),
        irregular=tuple(_irregular(each, labels) for each in visits if _is_irregular(each)),
    )


def _services(offered: list[Any], came: list[Any], parts: list[Any]) -> tuple[ServiceCount, ...]:
    """Count sessions and minutes by kind of service; a session may have several."""
    minutes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for part in parts:
        if part.service != "break":
            length = part.ends_at - part.starts_at
            minutes[part.session_id][part.service] += int(length.total_seconds()) // 60
    scheduled = [pair for row in offered for pair in minutes[row.session_id].items()]
    attended = [(service, each) for row in came for service, each in row.credits.items() if each]
    return tuple(
        ServiceCount(
            words(service),
            scheduled=sum(each == service for each, _ in scheduled),
            attended=sum(each == service for each, _ in attended),
            scheduled_minutes=sum(length for each, length in scheduled if each == service),
            attended_minutes=sum(length for each, length in attended if each == service),
        )
        for service in sorted({each for each, _ in (*scheduled, *attended)})
    )


def _is_irregular(row: Any) -> bool:
    return row.status in MISSED or row.status == "incomplete" or row.late or row.left_early


def _irregular(row: Any, labels: Mapping[str, str]) -> Irregular:
    said = [] if row.status == "attended" else [STATUS_IN_WORDS[row.status]]
    said += ["came late"] if row.late else []
    said += ["left early"] if row.left_early else []
    what, label = ", ".join(said), labels.get(row.session_id, row.label)
    return Irregular(row.day, label, what[0].upper() + what[1:], row.made_up_on)

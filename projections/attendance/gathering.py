"""What is told most often, gathered over a batch and written in sets.

Patients who are expected, what came of it, and the lines of the sheets are most of all events, and
of these nearly all statements. They are written with one statement a table, once a batch is over or
an event comes that may read or change the same rows.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from domain.aggregate import Event
from domain.author import is_kiosk
from domain.facility import FacilityOpened, FacilityRevised
from domain.patient import (
    AdmissionCorrected,
    CandidateAdmitted,
    DischargeCorrected,
    PatientAdmitted,
    PatientDischarged,
    PlanAdjusted,
    PlanSet,
    PlanTapered,
)
from domain.session import (
    AbsenceAnnounced,
    AbsenceExcused,
    AttendanceRecorded,
    ExcuseWithdrawn,
    PatientCheckedIn,
    PatientCheckedOut,
    PatientRostered,
    SessionScheduled,
)
from domain.session import (
    Attendance as CameTo,
)
from projections.view import Change

BESIDE = (
    *(FacilityOpened, FacilityRevised),
    *(PatientAdmitted, CandidateAdmitted, AdmissionCorrected),
    *(PatientDischarged, DischargeCorrected, PlanSet, PlanAdjusted, PlanTapered),
    *(AbsenceAnnounced, AbsenceExcused, ExcuseWithdrawn, SessionScheduled),
)
"""Events that neither read nor change rows of visits or of the sheets.

A session that is scheduled is there before anybody is expected at it.
"""

Visit = tuple[str, str]
Line = tuple[str, str, datetime]
Departure = tuple[datetime | None, bool]
"""When somebody left, and whether by a kiosk."""
Stay = tuple[bool, Departure]
"""Whether somebody came by a kiosk, and how they left."""


@dataclass(slots=True)
class Gathered:
    """The changes of frequent events that are not written yet."""

    rostered: dict[Visit, None] = field(default_factory=dict)
    attended: dict[Visit, AttendanceRecorded] = field(default_factory=dict)
    arrived: dict[Line, Stay] = field(default_factory=dict)
    left: dict[Line, Departure] = field(default_factory=dict)

    def take(self, event: Event) -> bool:
        """Take an event, if it is one of those; tell whether it was."""
        match event:
            case PatientRostered():
                return self._expect((event.originator_id, event.patient_id))
            case AttendanceRecorded():
                self.attended[event.originator_id, event.patient_id] = event
            case PatientCheckedIn(makes_up=None):
                line = (event.originator_id, event.patient_id, event.arrived_at)
                return self._arrive(line, by_kiosk=is_kiosk(event.author))
            case PatientCheckedOut():
                line = (event.originator_id, event.patient_id, event.arrived_at)
                departure = (event.left_at, is_kiosk(event.author))
                if line in self.arrived:
                    self.arrived[line] = (self.arrived[line][0], departure)
                else:
                    self.left[line] = departure
            case _:
                return False
        return True

    def _expect(self, visit: Visit) -> bool:
        # What comes after its row, or is refused with it, cannot be written before it.
        if visit in self.rostered or visit in self.attended:
            return False
        self.rostered[visit] = None
        return True

    def _arrive(self, line: Line, *, by_kiosk: bool) -> bool:
        if line in self.left:
            return False
        self.arrived.setdefault(line, (by_kiosk, (None, False)))
        return True

    def changes(self) -> Iterator[Change]:
        """Yield what writes all that was gathered; nothing is left of it."""
        if self.rostered:
            yield _expected(self.rostered)
        if self.attended:
            yield _attended(self.attended)
        if self.arrived:
            yield _arrived(self.arrived)
        if self.left:
            yield _left(self.left)
        for each in (self.rostered, self.attended, self.arrived, self.left):
            each.clear()


def _expected(visits: dict[Visit, None]) -> Change:
    return (
        "INSERT INTO visits (session_id, recorded_as, patient_id, role, status)"
        " SELECT session_id, recorded_as, coalesce(merged_into, recorded_as), 'rostered',"
        " CASE WHEN called_off THEN 'cancelled' ELSE 'scheduled' END"
        " FROM unnest(%s::text[], %s::text[]) AS r (session_id, recorded_as)"
        " JOIN sessions USING (session_id) LEFT JOIN merges ON patient_id = recorded_as",
        ([each[0] for each in visits], [each[1] for each in visits]),
    )


def _attended(visits: dict[Visit, AttendanceRecorded]) -> Change:
    recorded = [each.attendance for each in visits.values()]
    minutes = [minutes_of(each) for each in recorded]
    return (
        "UPDATE visits v SET status = r.status, late = r.late, left_early = r.left_early,"
        " credited_minutes = r.minutes, credits = r.credits::jsonb, topics = r.topics::jsonb,"
        " makes_up = r.makes_up FROM unnest(%s::text[], %s::text[], %s::text[], %s::boolean[],"
        " %s::boolean[], %s::integer[], %s::text[], %s::text[], %s::text[]) AS r (session_id,"
        " recorded_as, status, late, left_early, minutes, credits, topics, makes_up)"
        " WHERE v.session_id = r.session_id AND v.recorded_as = r.recorded_as",
        (
            [each[0] for each in visits],
            [each[1] for each in visits],
            [each.status for each in recorded],
            [each.late for each in recorded],
            [each.left_early for each in recorded],
            [each.credited_minutes for each in recorded],
            [each[0] for each in minutes],
            [each[1] for each in minutes],
            [each.makes_up for each in visits.values()],
        ),
    )


def _arrived(lines: dict[Line, Stay]) -> Change:
    # A line that is there already stays, but for a departure that was told of it.
    return (
        "INSERT INTO sign_ins SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[],"
        " %s::timestamptz[], %s::boolean[], %s::boolean[])"
        " ON CONFLICT (session_id, recorded_as, arrived_at) DO UPDATE"
        " SET left_at = coalesce(EXCLUDED.left_at, sign_ins.left_at),"
        " out_by_kiosk = EXCLUDED.out_by_kiosk OR sign_ins.out_by_kiosk",
        (
            *_keys(list(lines)),
            [left_at for _, (left_at, _) in lines.values()],
            [by_kiosk for by_kiosk, _ in lines.values()],
            [by_kiosk for _, (_, by_kiosk) in lines.values()],
        ),
    )


def _left(lines: dict[Line, Departure]) -> Change:
    return (
        "UPDATE sign_ins s SET (left_at, out_by_kiosk) = (r.left_at, r.by_kiosk)"
        " FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::boolean[])"
        " AS r (session_id, recorded_as, arrived_at, left_at, by_kiosk)"
        " WHERE s.session_id = r.session_id AND s.recorded_as = r.recorded_as"
        " AND s.arrived_at = r.arrived_at",
        (
            *_keys(list(lines)),
            [left_at for left_at, _ in lines.values()],
            [by_kiosk for _, by_kiosk in lines.values()],
        ),
    )


def _keys(lines: list[Line]) -> list[list[object]]:
    return [[each[place] for each in lines] for place in range(3)]


def minutes_of(came_to: CameTo) -> tuple[str, str]:
    """Return the credited minutes by service, and by topic, as JSON."""
    services: dict[str, int] = {}
    topics: dict[str, int] = {}
    for credit in came_to.credits:
        services[credit.service] = services.get(credit.service, 0) + credit.minutes
        if credit.topic is not None:
            topics[credit.topic] = topics.get(credit.topic, 0) + credit.minutes
    return (json.dumps(services) if services else "{}", json.dumps(topics) if topics else "{}")

"""The question of an audit trail: all that was recorded of somebody or something, in order.

It is the history (`history`), whole and the first event first: each event with its number, who
recorded it, when it happened and when that was recorded, what it corrects and what corrected it,
and the signed head that covers it. An amendment or a late entry says that it is one, of which day
and by whom, and the original stays (CMS Program Integrity Manual, chapter 3, section 3.3.2.5; a
summary was read).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import psycopg

from domain.session import LateCheckOutEntered, LateSignInEntered
from projections import schedule
from services.journal.told import Wanted
from services.reports.evidence import SealedHead
from services.reports.history import (
    HISTORY_COLUMNS,
    MOST_ENTRIES,
    LastDay,
    OfProgram,
    in_batches,
    midnight,
)
from services.reports.history_telling import WORDS, Subject, Teller
from services.reports.queries import ReportQueries, Unanswerable
from services.reports.question import TELLS_OF_PATIENTS, Column, OfPatient, names, question
from services.reports.report import Report, Row
from services.reports.schedule import STAFF
from services.reports.sessions import OfSession

Mark = Literal["original", "amendment", "late entry"]
"""What an entry of a record is."""

LATE_ENTRIES = frozenset({LateSignInEntered.TOPIC, LateCheckOutEntered.TOPIC})
"""What is entered once a sheet is closed, and makes nothing wrong."""

FirstDay = Annotated[date | None, "The first day of recording; the beginning unless given."]

TRAIL_COLUMNS = (
    Column("number", int, "Its number in the trail, from 1.", 12),
    Column(
        "mark", Mark, "Whether it is an original entry, an amendment or a late entry.", "original"
    ),
    *HISTORY_COLUMNS,
    Column("head_size", int | None, "How many events the first signed head over it covers.", 4600),
    Column(
        "head_at",
        datetime | None,
        "When that head was signed, by the sealer's clock; empty: not sealed.",
        datetime.fromisoformat("2026-11-05T23:02:12+00:00"),
    ),
)


@question("trail", reads=(*TELLS_OF_PATIENTS, "schedule"), columns=TRAIL_COLUMNS)
def trail(
    reports: ReportQueries,
    *,
    patient_id: OfPatient = None,
    session_id: OfSession = None,
    program_id: OfProgram = None,
    staff_id: STAFF = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
) -> Report:
    """Return all that was recorded of a patient, session, program or staff member, in order.

    Each event says who recorded it, when, what corrected what, and which signed head covers it.
    Of staff it is what they recorded and what was recorded of them.
    """
    with reports.connected() as conn:
        return trail_of(
            reports,
            conn,
            patient_id=patient_id,
            session_id=session_id,
            program_id=program_id,
            staff_id=staff_id,
            first_day=first_day,
            last_day=last_day,
        ).report


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail, and the heads that cover its events, by the position of each."""

    report: Report
    heads: Mapping[int, SealedHead]


def trail_of(
    reports: ReportQueries,
    conn: psycopg.Connection[Any],
    *,
    first_day: date | None,
    last_day: date | None,
    position: int | None = None,
    **ids: str | None,
) -> Trail:
    """Return the trail of a subject by its id (see Subject), of some days of recording.

    It goes up to a position of the journal, which is included, or up to the present. Raises
    NobodyThere, Unanswerable.
    """
    subject = Subject(**ids)
    if not (subject.has_an_end or subject.staff_id):
        raise Unanswerable("say of which patient, session, program or staff member the trail is")
    sites = reports.facilities(conn, schedule.FACILITIES)
    if reports.journal is None or len(sites) != 1:
        raise Unanswerable("say of which facility the trail is")
    (site,) = sites
    zone = ZoneInfo(site.timezone)
    wanted = Wanted(
        [cls.TOPIC for cls, each in WORDS.items() if each.part not in reports.viewer.hidden],
        MOST_ENTRIES,
        since=midnight(first_day, zone),
        until=midnight(last_day and last_day + timedelta(days=1), zone),
        before=None if position is None else position + 1,
    )
    told = Teller(reports, reports.journal, conn, site.facility_id, zone)
    placed = [each for batch in in_batches(told, subject, wanted) for each in batch]
    rows = sorted(told.rows(subject, placed), key=lambda row: (-row.key[0], row.key[1]))
    heads = reports.evidence.heads({-row.key[0] for row in rows})
    report = Report.of(
        "Audit trail",
        names(TRAIL_COLUMNS),
        (
            Row(
                (number,),
                (number, _mark(row.values), *row.values, *_sealed(heads.get(-row.key[0]))),
                row.patient_id,
            )
            for number, row in enumerate(rows, 1)
        ),
    )
    return Trail(report, heads)


_KIND, _CORRECTS = (names(HISTORY_COLUMNS).index(each) for each in ("kind", "corrects"))


def _mark(values: tuple[Any, ...]) -> Mark:
    if values[_CORRECTS]:
        return "amendment"
    return "late entry" if values[_KIND] in LATE_ENTRIES else "original"


def _sealed(head: SealedHead | None) -> tuple[int | None, datetime | None]:
    return (head.size, head.at) if head else (None, None)

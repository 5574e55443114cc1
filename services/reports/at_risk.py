"""Looking ahead: what is at risk, with the sessions that would mend it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import tuple_row
from rich.table import Table
from rich.text import Text
from typing_extensions import TypedDict

from domain.compliance.evaluation import RepairOptions
from domain.compliance.facts import OpenSession
from domain.policy import RuleName
from domain.policy_parameters import Unit
from projections import compliance
from projections.compliance.case_files import Answer, Asking, answered
from projections.compliance.repair_options import finding_of, repair_options
from services.reports.findings import FINDING, MRN
from services.reports.labels import Labels
from services.reports.people import People
from services.reports.queries import ReportQueries
from services.reports.question import JUDGED, Column, OfPatient, OfRule, names, question
from services.reports.report import Report, Row, plain_table
from services.reports.verdict_words import NOTHING_TO_COME, STATES, miss, numbers, state_words
from services.reports.weeks import zone_of


class RepairSession(TypedDict):
    """A session that would mend something; its times are on the facility's clocks."""

    session_id: str
    label: str | None
    starts_at: datetime
    ends_at: datetime


RISKS = (
    Column("rule", RuleName, "The rule.", "attended-hours"),
    Column("policy", str, "The policy that asks for it.", "ny-oasas-iop"),
    MRN,
    Column("from", date, "The first day that it is about.", date(2026, 11, 16)),
    Column("to", date, "The last one.", date(2026, 11, 22)),
    Column("state", Literal["at_risk", "impossible"], "Whether it can be mended.", "at_risk"),
    Column("measured", int | None, "What it will come to as it is scheduled.", 402),
    Column("required", int, "What the policy asks for.", 540),
    Column("unit", Unit, "The unit of both.", "minutes"),
    Column(
        "until", datetime, "Until when it can be mended.", datetime(2026, 11, 19, 18, tzinfo=UTC)
    ),
    Column("repairs", int, "How many of the smallest sets of sessions would mend it.", 1),
    Column(
        "repair", str | None, "The one that disturbs the week least.", "dual Thu 2026-11-19 13:00"
    ),
    Column("in_the_way", str | None, "Why the patient cannot come to other sessions.", None),
    FINDING,
)
RISK_ABOUT = (
    Column("because", str, "Why, in words.", "402 minutes are attended or scheduled"),
    Column("about", str | None, "What session, counselor or program it is.", None),
    Column("all_repairs", list[list[RepairSession]], "The sessions of each repair.", []),
)
RISK_COLUMNS = names(RISKS)

WIDTH_OF_NUMBERS = 18
"""Columns of a terminal for what is scheduled, so that what would mend it has room beside it."""

SHORT = "%a %d %b %H:%M"
"""How a terminal shows an instant of the coming weeks."""


@question("at-risk", reads=JUDGED, columns=RISKS, about=RISK_ABOUT)
def at_risk(reports: ReportQueries, *, patient_id: OfPatient = None, rule: OfRule = None) -> Report:
    """Return what will not be met as it is scheduled, and the sessions that would mend it.

    `repairs` is the number of the smallest sets of sessions that would; `repair` is the one that
    disturbs the patient's week least. `in_the_way` says of the other sessions of the right kind
    why the patient cannot come to them, where there is no repair.
    """
    with reports.connected() as conn:
        people = reports.people(conn)
        sites = reports.asked(conn, None, patient_id)
        found = [
            each
            for site in sites
            for each in conn.execute(compliance.AT_RISK, site | {"rule": rule})
        ]
        people.load(each.patient_id for each in found)
        zones = {site["facility_id"]: zone_of(site) for site in sites}
        mending = answered_now(conn, repair_options(map(finding_of, found), reports.now))
        named = (each.session_id for each in _sessions(mending.values()))
        labels = Labels.read(conn, (*named, *(each.about for each in found)))
        rows = [
            _risk(
                each,
                people,
                _Words(zones[each.facility_id], labels),
                mending.get(each.finding_id, RepairOptions((), ())),
            )
            for each in found
        ]
    return RiskReport.of("At risk" if rows else "Nothing is at risk", RISK_COLUMNS, rows)


def _risk(found: Any, people: People, words: "_Words", known: RepairOptions) -> Row:
    values = (
        *(found.rule, found.policy_id),
        people.mrn(found.patient_id) if found.patient_id else None,
        *(found.from_day, found.to_day, found.state),
        *(found.measured, found.required, found.unit),
        found.until.astimezone(words.zone),
        len(known.repairs),
        words.repair(known.repairs[0]) if known.repairs else None,
        words.in_the_way(known),
        found.finding_id,
    )
    about = {
        "because": found.because,
        "about": words.labels.of(found.about),
        "all_repairs": [[words.session(session) for session in repair] for repair in known.repairs],
    }
    return Row(_urgency(found, people), values, found.patient_id, about)


def _urgency(row: Any, people: People) -> tuple[Any, ...]:
    """Sort what can still be mended first, by how long it can."""
    mrn = people.mrn(row.patient_id) if row.patient_id else ""
    return row.state != "at_risk", row.until, mrn, row.rule, row.finding_id


def answered_now(conn: psycopg.Connection[Any], asking: Asking[Answer]) -> Answer:
    """Return what a view's own questions come to, on the tables that serve."""
    with conn.transaction(), conn.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SET LOCAL search_path TO compliance")
        return answered(asking, lambda each: cursor.execute(each.sql, each.parameters).fetchall())


def _sessions(known: Iterable[RepairOptions]) -> Iterator[OpenSession]:
    """Yield the sessions that mend something, or would."""
    for each in known:
        yield from (session for repair in each.repairs for session in repair)
        yield from (obstacle.session for obstacle in each.obstacles)


@dataclass(frozen=True, slots=True)
class _Words:
    """Sessions in words, by the site's clocks."""

    zone: ZoneInfo
    labels: Labels

    def session(self, session: OpenSession) -> RepairSession:
        """Return a session as an object."""
        return {
            "session_id": session.session_id,
            "label": self.labels.of_sessions.get(session.session_id),
            "starts_at": session.starts_at.astimezone(self.zone),
            "ends_at": session.ends_at.astimezone(self.zone),
        }

    def named(self, session: OpenSession) -> str:
        """Return a session's label, day and time."""
        starts_at = session.starts_at.astimezone(self.zone)
        return f"{self.labels.of(session.session_id)} {starts_at:%a %Y-%m-%d %H:%M}".strip()

    def repair(self, repair: Sequence[OpenSession]) -> str:
        """Return the sessions of a repair."""
        return ", ".join(map(self.named, repair))

    def in_the_way(self, known: RepairOptions) -> str | None:
        """Return the sessions to which the patient cannot come, each with the reason."""
        said = (f"{self.named(each.session)}: {each.because}" for each in known.obstacles)
        return "; ".join(said) or None


@dataclass(frozen=True, slots=True)
class RiskReport(Report):
    """Findings at risk; `about` has of each row what else is known of it."""

    def table(self) -> Table:
        """Return the findings for a terminal of 80 columns, with what would mend each.

        Those of a patient for whom nothing is scheduled are one line.
        """
        table = plain_table(self.title, ("finding", "rule", "for", "scheduled", "mended by"))
        table.columns[3].max_width = WIDTH_OF_NUMBERS
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        told = list(zip(rows, self.about, strict=True))
        idle = Counter(named["mrn"] for named, about in told if _nothing_scheduled(named, about))
        for named, about in told:
            if _nothing_scheduled(named, about):
                if number := idle.pop(named["mrn"], 0):
                    table.add_row(
                        named["finding"][:8],
                        Text(named["rule"] if number == 1 else f"{number} rules"),
                        Text(named["mrn"]),
                        Text("nothing"),
                        Text(NOTHING_TO_COME),
                    )
                continue
            table.add_row(
                named["finding"][:8],
                Text(named["rule"]),
                Text("\n".join(filter(None, (named["mrn"], about["about"])))),
                Text("\n".join(filter(None, (miss({**named, **about}), numbers(named))))),
                Text("\n".join(_mended_by(named, about))),
            )
        return table


def _nothing_scheduled(row: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    """Tell whether nothing is scheduled for a patient, and nothing that they could join."""
    is_idle = state_words(row["state"], about["because"]) == NOTHING_TO_COME
    return bool(is_idle and row["mrn"] and not row["in_the_way"])


def _mended_by(row: Mapping[str, Any], about: Mapping[str, Any]) -> Iterator[str]:
    if row["repairs"]:
        for session in about["all_repairs"][0]:
            yield f"{session['label']}, {session['starts_at']:{SHORT}}"
        more = f"; or {row['repairs'] - 1} more" if row["repairs"] > 1 else ""
        yield f"until {row['until']:{SHORT}}{more}"
    elif row["state"] == "impossible":
        yield STATES["impossible"]
        if row["in_the_way"]:
            yield from row["in_the_way"].split("; ")
    else:
        yield str(about["because"]).rpartition("; ")[2]

"""Looking ahead: what is at risk, with the sessions that would mend it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import tuple_row
from rich.table import Table
from rich.text import Text

from domain.compliance.evaluation import RepairOptions
from domain.compliance.facts import OpenSession
from projections import compliance
from projections.compliance.case_files import Answer, Asking, answered
from projections.compliance.repair_options import finding_of, repair_options
from services.reports.labels import Labels
from services.reports.people import People
from services.reports.report import Asked, Report, plain_table
from services.reports.weeks import zone_of
from services.text_output import json_text

RISK_COLUMNS = (
    "rule",
    "policy",
    "mrn",
    "from",
    "to",
    "state",
    "measured",
    "required",
    "unit",
    "until",
    "repairs",
    "repair",
    "in_the_way",
    "finding",
)

SHORT = "%a %d %b %H:%M"
"""How a terminal shows an instant of the coming weeks."""


def at_risk(
    conn: psycopg.Connection[Any], people: People, sites: Asked, now: datetime
) -> "RiskReport":
    """Return what will not be kept as it is scheduled, and what would mend it.

    `repairs` is the number of the smallest sets of sessions that would; `repair` is the one that
    disturbs the patient's week least. `in_the_way` says of the other sessions of the right kind
    why the patient cannot come to them, where there is no repair.
    """
    found = [each for site in sites for each in conn.execute(compliance.AT_RISK, site)]
    people.load(each.patient_id for each in found)
    zones = {site["facility_id"]: zone_of(site) for site in sites}
    mending = _answered(conn, repair_options(map(finding_of, found), now))
    named = (each.session_id for each in _sessions(mending.values()))
    labels = Labels.read(conn, (*named, *(each.about for each in found)))
    rows, abouts = [], []
    for each in sorted(found, key=lambda each: _urgency(each, people)):
        words = _Words(zones[each.facility_id], labels)
        known = mending.get(each.finding_id, RepairOptions((), ()))
        row = (
            each.rule,
            each.policy_id,
            people.mrn(each.patient_id) if each.patient_id else None,
            each.from_day,
            each.to_day,
            each.state,
            each.measured,
            each.required,
            each.unit,
            each.until.astimezone(zones[each.facility_id]),
            len(known.repairs),
            words.repair(known.repairs[0]) if known.repairs else None,
            words.in_the_way(known),
            each.finding_id,
        )
        rows.append(row)
        abouts.append(
            {
                "because": each.because,
                "about": labels.of(each.about),
                "all_repairs": [
                    [words.session(session) for session in repair] for repair in known.repairs
                ],
            }
        )
    return RiskReport("At risk" if rows else "Nothing is at risk", RISK_COLUMNS, rows, abouts)


def _urgency(row: Any, people: People) -> tuple[Any, ...]:
    """Sort what can still be mended first, by how long it can."""
    mrn = people.mrn(row.patient_id) if row.patient_id else ""
    return row.state != "at_risk", row.until, mrn, row.rule, row.finding_id


def _answered(conn: psycopg.Connection[Any], asking: Asking[Answer]) -> Answer:
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

    def session(self, session: OpenSession) -> dict[str, Any]:
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

    about: list[dict[str, Any]]

    def json(self) -> str:
        """Return the findings as a list of objects, with all repairs of each."""
        objects = [
            {**dict(zip(self.columns, row, strict=True)), **about}
            for row, about in zip(self.rows, self.about, strict=True)
        ]
        return json_text(objects) + "\n"

    def table(self) -> Table:
        """Return the findings for a terminal of 80 columns, with what would mend each.

        Those of a patient for whom nothing is scheduled are one line.
        """
        table = plain_table(self.title, ("finding", "rule", "for", "scheduled", "mended by"))
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        idle = Counter(each["mrn"] for each in rows if _nothing_scheduled(each))
        for named, about in zip(rows, self.about, strict=True):
            if _nothing_scheduled(named):
                if number := idle.pop(named["mrn"], 0):
                    table.add_row(
                        named["finding"][:8],
                        Text(named["rule"] if number == 1 else f"{number} rules"),
                        Text(named["mrn"]),
                        Text("nothing"),
                        Text("impossible"),
                    )
                continue
            table.add_row(
                named["finding"][:8],
                Text(named["rule"]),
                Text("\n".join(filter(None, (named["mrn"], about["about"])))),
                Text(f"{named['measured']} of {named['required']} {named['unit']}"),
                Text("\n".join(_mended_by(named, about))),
            )
        return table


def _nothing_scheduled(row: Mapping[str, Any]) -> bool:
    """Tell whether a finding is lost because its patient comes to nothing and could to nothing."""
    lost = row["state"] == "impossible" and not (row["repairs"] or row["in_the_way"])
    return bool(lost and row["mrn"] and row["measured"] == 0)


def _mended_by(row: Mapping[str, Any], about: Mapping[str, Any]) -> Iterator[str]:
    if row["repairs"]:
        for session in about["all_repairs"][0]:
            yield f"{session['label']}, {session['starts_at']:{SHORT}}"
        more = f"; or {row['repairs'] - 1} more" if row["repairs"] > 1 else ""
        yield f"until {row['until']:{SHORT}}{more}"
    elif row["state"] == "impossible":
        yield "impossible"
        if row["in_the_way"]:
            yield from row["in_the_way"].split("; ")
    else:
        yield str(about["because"]).rpartition("; ")[2]

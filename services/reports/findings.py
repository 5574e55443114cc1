"""Findings and billable days, as reports."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from domain.compliance.claim_lines import ClaimLine, Fallback, LeftOut
from domain.compliance.finding import NO_DAY, State
from domain.policy import RuleName
from domain.policy_parameters import Unit
from projections import compliance
from services.reports.labels import Labels
from services.reports.people import People
from services.reports.queries import ReportQueries
from services.reports.question import (
    JUDGED,
    Column,
    InState,
    OfPatient,
    OfRule,
    Through,
    WithinWeek,
    names,
    question,
)
from services.reports.report import Report, Row
from services.reports.verdict_words import (
    FALLBACKS,
    TIERS,
    miss,
    numbers,
    reason_words,
    state_words,
)
from services.reports.weeks import zone_of

MRN = Column("mrn", str | None, "The patient's record number, where it is about one.", "OA1008")
FINDING = Column(
    "finding", str, "What the finding is called, whatever its verdict.", "9f2c41d07b3e"
)

FINDING_COLUMNS = (
    Column("rule", RuleName, "The rule.", "attended-hours"),
    Column("policy", str, "The policy that asks for it.", "ny-oasas-iop"),
    Column("version", int, "The policy's version that was in force.", 1),
    MRN,
    Column("from", date, "The first day that it is about.", date(2026, 11, 2)),
    Column("to", date | None, "The last one; none while nobody knows it yet.", date(2026, 11, 8)),
    Column("state", State, "What the rule came to, or will as it is scheduled.", "breached"),
    Column("measured", int | None, "What was measured; none where nothing could be.", 402),
    Column("required", int, "What the policy asks for.", 540),
    Column("unit", Unit, "The unit of both.", "minutes"),
    Column(
        "until",
        datetime | None,
        "Until when it says so if nothing happens; none where that is for ever.",
        None,
    ),
)
FINDING_ABOUT = (
    FINDING,
    Column("about", str | None, "The session, counselor or program that it is about, by id.", None),
    Column("label", str | None, "What that is called.", None),
    Column("because", str, "Why, in words.", "402 minutes were attended"),
    Column("evidence", list[str], "The events that prove it (aggregate:version).", []),
    Column("mends", list[str], "The sessions whose record, completed, would change it.", []),
    Column("revised", bool, "Whether it was something else before the record changed.", False),
)
DAY_COLUMNS = (
    Column("mrn", str, "The patient's record number.", "OA1008"),
    Column("day", date, "The day on the facility's clocks.", date(2026, 11, 5)),
    Column("payer", str | None, "Who pays on that day.", "medicaid"),
    Column("policy", str | None, "The policy that says what makes a day.", "ny-oasas-iop"),
    Column("version", int | None, "Its version.", 1),
    Column("code", str | None, "The code of the authorization that covers it.", "H0015"),
    Column("minutes", int, "Minutes of presence that count.", 174),
    Column("services", int, "Services: by the codes, or each once a session.", 3),
    Column("units", int, "1 where it can be billed, else 0.", 1),
    Column("tier", int | None, "The payer's tier by services, where there is one.", None),
    Column("reasons", str, "Each reason why there are no units, separated by spaces.", ""),
)
DAY_ABOUT = (
    Column("authorized", bool, "Whether an authorization of the payer covers the day.", True),
    Column("lines", list[ClaimLine], "What is billed, by code; none where nothing is.", []),
    Column(
        "fallback",
        Fallback | None,
        "As what it is billed although it is too short: by its services or by the hour.",
        None,
    ),
    Column("left_out", list[LeftOut], "The services that no line bills, each with why.", []),
)

UNEXPLAINED = frozenset({"waived", "not_applicable", "unknown"})
"""The states of which the numbers say nothing: the reason is shown in their place."""


@dataclass(frozen=True, slots=True)
class FindingsReport(Report):
    """Findings; `about` has of each row its name, why, and what else is known of it."""

    def objects(self) -> list[dict[str, Any]]:
        """Return the findings as objects, the name of each first."""
        return [{"finding": each["finding"], **each} for each in Report.objects(self)]

    def table(self) -> Table:
        """Return the findings for a terminal of 80 columns, two lines for each."""
        table = Table(
            title=Text(self.title),
            title_justify="left",
            box=SIMPLE_HEAD,
            show_edge=False,
            padding=0,
            min_width=len(self.title),
        )
        for heading in ("finding", "rule, policy", "about", "days", "verdict"):
            table.add_column(heading, overflow="fold")
        for row, about in zip(self.rows, self.about, strict=True):
            rule, policy, version, mrn, first, last, state, _, _, _, until = row
            named = {**dict(zip(self.columns, row, strict=True)), **about}
            verdict = state_words(state, about["because"]) + ("*" if about["revised"] else "")
            shown = about["because"] if state in UNEXPLAINED else numbers(named)
            table.add_row(
                *map(
                    Text,
                    (
                        about["finding"],
                        f"{rule}\n{policy} v{version}",
                        "\n".join(filter(None, (mrn, about["label"]))),
                        f"{first}\n{last or 'open'}" if first != last else str(first),
                        "\n".join(filter(None, (verdict, miss(named), shown, _until(until)))),
                    ),
                )
            )
        if any(about["revised"] for about in self.about):
            table.caption = "* was something else before the record was changed: see audit explain"
        return table


@question("findings", reads=JUDGED, columns=FINDING_COLUMNS, about=FINDING_ABOUT, looks_back=True)
def findings(
    reports: ReportQueries,
    *,
    through: Through = None,
    patient_id: OfPatient = None,
    rule: OfRule = None,
    state: InState = None,
    week: WithinWeek = None,
) -> Report:
    """Return what each rule came to by a day; without one, also what is running now."""
    rows = []
    with reports.connected() as conn:
        people = reports.people(conn)
        wanted = {"rule": rule, "state": state, "running": through is None}
        for site in reports.asked(conn, through, patient_id, week):
            found = conn.execute(compliance.FINDINGS, site | wanted).fetchall()
            people.load(each.patient_id for each in found)
            labels, zone = Labels.read(conn, (each.about for each in found)), zone_of(site)
            rows += [_finding(each, people, labels, zone) for each in found]
    title = "Findings" if rows else "No findings"
    return FindingsReport.of(title, names(FINDING_COLUMNS), rows)


def _finding(found: Any, people: People, labels: Labels, zone: ZoneInfo) -> Row:
    mrn = people.mrn(found.patient_id) if found.patient_id else None
    values = (
        *(found.rule, found.policy_id, found.version, mrn, found.from_day),
        *(None if found.to_day == NO_DAY else found.to_day, found.state),
        *(found.measured, found.required, found.unit),
        found.until and found.until.astimezone(zone),
    )
    about = {
        "finding": found.finding_id,
        "about": found.about,
        "label": labels.of(found.about),
        "because": found.because,
        "evidence": found.evidence,
        "mends": found.mends,
        "revised": found.revised,
    }
    key = (*values, found.about or "", found.finding_id)
    return Row(key, values, found.patient_id, about)


def _until(at: datetime | None) -> str:
    return f"until {at:%Y-%m-%d %H:%M}" if at else ""


def by_rule(title: str, found: Report) -> Report:
    """Return how many findings there are of each rule."""
    counted = Counter(row[:2] for row in found.rows)
    rows = [(rule, policy, count) for (rule, policy), count in sorted(counted.items())]
    return Report(title if rows else f"{title}: nothing", ("rule", "policy", "findings"), rows)


@question("billable", reads=JUDGED, columns=DAY_COLUMNS, about=DAY_ABOUT, looks_back=True)
def billable(
    reports: ReportQueries,
    *,
    through: Through = None,
    patient_id: OfPatient = None,
    week: WithinWeek = None,
) -> Report:
    """Return each day on which a patient came: its units, or every reason why there are none."""
    with reports.connected() as conn:
        people = reports.people(conn)
        asked = reports.asked(conn, through, patient_id, week)
        found = [each for site in asked for each in conn.execute(compliance.DAYS, site)]
        people.load(each.patient_id for each in found)
        rows = []
        for each in found:
            mrn = people.mrn(each.patient_id)
            values = (
                *(mrn, each.day, each.payer, each.policy_id, each.version, each.code),
                *(each.minutes, each.services, each.units, each.tier),
                " ".join([*each.reasons, *(["exceptional"] if each.exceptional else [])]),
            )
            about = {
                "authorized": each.authorized,
                "lines": each.lines,
                "fallback": each.fallback,
                "left_out": each.left_out,
            }
            rows.append(Row((mrn, each.day, each.patient_id), values, each.patient_id, about))
    title = "Billable days" if rows else "No days"
    return BillableReport.of(title, names(DAY_COLUMNS), rows)


@dataclass(frozen=True, slots=True)
class BillableReport(Report):
    """Billable days; for a terminal, reasons are put in words."""

    def table(self) -> Table:
        """Return the days for a terminal of 80 columns."""
        table = Table(
            title=self.title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=0
        )
        for heading in ("patient, day", "payer, policy"):
            table.add_column(heading, overflow="fold")
        for heading in ("minutes", "services or segments", "billable days, APC tier (3 / 4+)"):
            table.add_column(heading, justify="right", max_width=len("segments") + 1)
        table.add_column("why not", overflow="fold")
        for row, about in zip(self.rows, self.about, strict=True):
            mrn, day, payer, policy, _, _, minutes, services, units, tier, reasons = row
            known = about["authorized"]
            words = [reason_words(each, authorized=known) for each in reasons.split()]
            if about["fallback"]:
                words.append(FALLBACKS[about["fallback"]])
            cells = (
                f"{mrn}\n{day}",
                "\n".join(filter(None, (payer, policy))),
                str(minutes),
                str(services),
                f"{units}\ntier {TIERS[tier]}" if tier else str(units),
                "; ".join(words),
            )
            table.add_row(*map(Text, cells))
        return table

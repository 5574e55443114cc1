"""Findings and billable days, as reports."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from domain.compliance.finding import NO_DAY
from projections import compliance
from services.reports.labels import Labels
from services.reports.people import People
from services.reports.report import Report
from services.reports.weeks import zone_of
from services.text_output import json_text

FINDING_COLUMNS = (
    "rule",
    "policy",
    "version",
    "mrn",
    "from",
    "to",
    "state",
    "measured",
    "required",
    "unit",
    "until",
)
DAY_COLUMNS = (
    "mrn",
    "day",
    "payer",
    "policy",
    "version",
    "code",
    "minutes",
    "services",
    "units",
    "tier",
    "reasons",
)

WORDS = {"not_applicable": "not applicable", "on_track": "on track", "at_risk": "at risk"}

REASONS = {
    "policy": "no policy says what makes a day",
    "minutes": "too few minutes",
    "services": "no service",
    "signature": "a note is not signed",
    "authorization": "no authorization with a unit left",
    "certification": "no certification",
}
"""Why a day cannot be billed, in words."""


@dataclass(frozen=True, slots=True)
class FindingsReport(Report):
    """Findings; `about` has of each row its name, why, and what else is known of it."""

    about: list[dict[str, Any]]

    def json(self) -> str:
        """Return the findings as a list of objects, with all that is known of each."""
        objects = [
            {"finding": about["finding"], **dict(zip(self.columns, row, strict=True)), **about}
            for row, about in zip(self.rows, self.about, strict=True)
        ]
        return json_text(objects) + "\n"

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
            rule, policy, version, mrn, first, last, state, measured, required, unit, until = row
            number = "" if measured is None else f"{measured} of "
            verdict = WORDS.get(state, state) + ("*" if about["revised"] else "")
            table.add_row(
                *map(
                    Text,
                    (
                        about["finding"],
                        f"{rule}\n{policy} v{version}",
                        "\n".join(filter(None, (mrn, about["label"]))),
                        f"{first}\n{last or 'open'}" if first != last else str(first),
                        f"{verdict}\n{number}{required} {unit}"
                        + (f"\nuntil {until:%Y-%m-%d %H:%M}" if until else ""),
                    ),
                )
            )
        if any(about["revised"] for about in self.about):
            table.caption = "* was something else before the record was changed: see audit explain"
        return table


def findings(
    conn: psycopg.Connection[Any],
    people: People,
    sites: Sequence[Mapping[str, object]],
) -> FindingsReport:
    """Return the findings that are asked for at each site, in the order of their columns."""
    found = []
    for site in sites:
        rows = conn.execute(compliance.FINDINGS, site).fetchall()
        people.load(each.patient_id for each in rows)
        labels, zone = Labels.read(conn, (each.about for each in rows)), zone_of(site)
        for each in rows:
            mrn = people.mrn(each.patient_id) if each.patient_id else None
            row = (
                each.rule,
                each.policy_id,
                each.version,
                mrn,
                each.from_day,
                None if each.to_day == NO_DAY else each.to_day,
                each.state,
                each.measured,
                each.required,
                each.unit,
                each.until and each.until.astimezone(zone),
            )
            about = {
                "finding": each.finding_id,
                "about": each.about,
                "label": labels.of(each.about),
                "because": each.because,
                "evidence": each.evidence,
                "mends": each.mends,
                "revised": each.revised,
            }
            found.append((row, about))
    found.sort(key=lambda each: _in_order(*each))
    title = "Findings" if found else "No findings"
    rows, abouts = [row for row, _ in found], [about for _, about in found]
    return FindingsReport(title, FINDING_COLUMNS, rows, abouts)


def _in_order(row: tuple[Any, ...], about: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what findings are sorted by: their columns; what has none comes first."""
    return (*((each is not None, each) for each in row), about["about"] or "")


def by_rule(title: str, found: Report) -> Report:
    """Return how many findings there are of each rule."""
    counted = Counter(row[:2] for row in found.rows)
    rows = [(rule, policy, count) for (rule, policy), count in sorted(counted.items())]
    return Report(title if rows else f"{title}: nothing", ("rule", "policy", "findings"), rows)


def billable(
    conn: psycopg.Connection[Any],
    people: People,
    sites: Sequence[Mapping[str, object]],
) -> Report:
    """Return the days on which patients came: the units of each, or why there are none."""
    found = [each for site in sites for each in conn.execute(compliance.DAYS, site)]
    people.load(each.patient_id for each in found)
    rows = [
        (
            people.mrn(each.patient_id),
            each.day,
            each.payer,
            each.policy_id,
            each.version,
            each.code,
            each.minutes,
            each.services,
            each.units,
            each.tier,
            " ".join([*each.reasons, *(["exceptional"] if each.exceptional else [])]),
        )
        for each in found
    ]
    title = "Billable days" if rows else "No days"
    return BillableReport(title, DAY_COLUMNS, sorted(rows, key=lambda row: row[:2]))


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
        for heading in ("min", "serv.", "units"):
            table.add_column(heading, justify="right")
        table.add_column("why not", overflow="fold")
        for mrn, day, payer, policy, _, _, minutes, services, units, tier, reasons in self.rows:
            words = [REASONS.get(each, "fewer services than usual") for each in reasons.split()]
            cells = (
                f"{mrn}\n{day}",
                "\n".join(filter(None, (payer, policy))),
                str(minutes),
                str(services),
                f"{units}\ntier {tier}" if tier else str(units),
                "; ".join(words),
            )
            table.add_row(*map(Text, cells))
        return table

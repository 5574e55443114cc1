"""By which policies people are judged, and what another one would turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from domain.aggregate import CommandContext, Event
from domain.compliance.finding import State
from domain.facility import Facility
from domain.policy import Policy, Regime, RuleName
from domain.policy_parameters import Unit
from domain.program import Program
from projections import schedule
from projections.compliance.case_files import Asking
from projections.compliance.policy_preview import AdoptedVersion, adopted_versions, would_turn
from services.reports.at_risk import answered_now
from services.reports.labels import Labels
from services.reports.queries import NobodyThere, ReportQueries
from services.reports.question import Column, names, question
from services.reports.report import Report, Row
from services.reports.standing import Standing, standing_of


class Number(TypedDict):
    """One number of a policy, with where it is written."""

    key: str
    says: str
    value: int
    unit: Unit
    citation: str
    verified: bool
    standing: Standing
    read_on: date | None
    in_force_from: date | None
    in_force_until: date | None


POLICY_COLUMNS = (
    Column("program_id", str | None, "The program that it is for.", "adult-iop"),
    Column("payer", str | None, "Or the payer, for whose patients it is.", None),
    Column("policy", str, "The policy.", "ny-oasas-iop"),
    Column("version", int, "Its version.", 1),
    Column("name", str, "What it is called.", "New York OASAS Medicaid"),
    Column("regime", Regime, "Who asks for it.", "state"),
    Column("dated", date, "When its sources were read, or its text made.", date(2026, 11, 23)),
    Column("from", date, "The first day on which it is in force.", date(2026, 9, 1)),
    Column("to", date | None, "The last one; none where that is open.", None),
    Column("standing", Literal["in_force", "to_come", "ended"], "How it stands today.", "in_force"),
)
POLICY_ABOUT = (Column("asks", list[Number], "What it asks for.", []),)


@question("policies", reads=("schedule", "compliance"), columns=POLICY_COLUMNS, about=POLICY_ABOUT)
def policies(reports: ReportQueries) -> Report:
    """Return the policies by which programs and payers' patients are judged, with their sources."""
    rows = []
    with reports.connected() as conn:
        programs = conn.execute(schedule.PROGRAMS).fetchall()
        for site in reports.facilities(conn, schedule.FACILITIES):
            today = reports.now.astimezone(ZoneInfo(site.timezone)).date()
            for each in answered_now(conn, _of_site(site.facility_id, programs)):
                policy, ended = each.policy, each.last_day is not None and each.last_day < today
                begun = each.from_day <= today
                values = (
                    *(each.program_id, each.payer, policy.policy_id, policy.version, policy.name),
                    *(policy.regime, policy.dated, each.from_day, each.last_day),
                    "ended" if ended else "in_force" if begun else "to_come",
                )
                whom = (each.program_id is None, each.program_id or each.payer)
                key = (*whom, policy.policy_id, each.from_day)
                about = {"asks": numbers_of(policy)}
                rows.append(Row((*key, site.facility_id), values, None, about))
    return Report.of("Policies" if rows else "No policies", names(POLICY_COLUMNS), rows)


def adopted_policies(reports: ReportQueries) -> list[Policy]:
    """Return the policies that the programs and payers of a facility ever adopted."""
    with reports.connected() as conn:
        programs = conn.execute(schedule.PROGRAMS).fetchall()
        return [
            each.policy
            for site in reports.facilities(conn, schedule.FACILITIES)
            for each in answered_now(conn, _of_site(site.facility_id, programs))
        ]


def _of_site(facility_id: str, programs: Sequence[Any]) -> Asking[list[AdoptedVersion]]:
    theirs = [each.program_id for each in programs if each.facility_id == facility_id]
    return adopted_versions(facility_id, theirs)


def numbers_of(policy: Policy) -> list[Number]:
    """Return what a policy asks for, in words and with its sources."""
    return [
        {
            "key": each.key,
            "says": each.meaning.says,
            "value": each.value,
            "unit": each.meaning.unit,
            "citation": each.citation,
            "verified": each.verified,
            "standing": standing_of(policy, each),
            "read_on": each.read_on,
            "in_force_from": each.in_force_from,
            "in_force_until": each.in_force_until,
        }
        for each in policy.parameters
    ]


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A policy that a program, or a payer's patients, would come under, or out of, from a day on.

    `policy` is None where what has `policy_id` is dropped.
    """

    program_id: str | None
    payer: str | None
    policy_id: str
    policy: Policy | None
    from_day: date


@dataclass(frozen=True, slots=True)
class Turned:
    """A finding that would turn; `was` is None where it would be new, `becomes` where it would go.

    What it comes to is what it came to before where it would go.
    """

    finding_id: str
    patient_id: str | None
    about: str | None
    rule: RuleName
    policy_id: str
    first_day: date
    last_day: date
    was: State | None
    becomes: State | None
    measured: int | None
    required: int
    unit: Unit
    because: str


def turned_by(reports: ReportQueries, change: PolicyChange) -> list[Turned]:
    """Return the findings that a change would turn, by when they begin; nothing is recorded.

    It is judged as the change itself would be, at the reports' facility and from what its views
    say now. Raises Refusal where the change would be refused, and NobodyThere.
    """
    events = _events(reports, change)
    with reports.connected() as conn:
        found = answered_now(conn, would_turn(events))
        labels = Labels.read(conn, (each.about.finding.about for each in found))
    turned = (
        Turned(
            finding_id=each.finding_id,
            patient_id=said.patient_id,
            about=labels.of(said.about),
            rule=said.rule,
            policy_id=said.policy_id,
            first_day=said.first_day,
            last_day=said.last_day,
            was=each.was,
            becomes=each.became,
            measured=said.measured,
            required=said.required,
            unit=said.unit,
            because=said.because,
        )
        for each in found
        for said in (each.about.finding,)
    )
    return sorted(turned, key=lambda each: (each.first_day, each.rule, each.finding_id))


def _events(reports: ReportQueries, change: PolicyChange) -> Sequence[Event]:
    """Return what the change would record."""
    if reports.journal is None or reports.facility_id is None:
        raise TypeError("what a policy would turn is asked of a facility and its journal")
    context = CommandContext("preview", reports.now.astimezone(UTC), "preview")
    if change.program_id is not None:
        program = reports.journal.load(Program.id_of(reports.facility_id, change.program_id))
        if not isinstance(program, Program):
            raise NobodyThere(f"there is no program {change.program_id!r}")
        if change.policy is None:
            program.drop_policy(context, change.policy_id, change.from_day)
        else:
            program.adopt_policy(context, change.policy, change.from_day)
        return cast("Sequence[Event]", program.collect_events())
    site = reports.journal.load(Facility.id_of(reports.facility_id))
    if not isinstance(site, Facility):
        raise NobodyThere(f"there is no facility {reports.facility_id!r}")
    payer = change.payer or ""
    if change.policy is None:
        site.drop_payer_policy(context, payer, change.policy_id, change.from_day)
    else:
        site.adopt_payer_policy(context, payer, change.policy, change.from_day)
    return cast("Sequence[Event]", site.collect_events())

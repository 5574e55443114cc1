"""The facts of pages, as types: of one patient, and of one finding explained."""

from datetime import date, datetime
from typing import Any

from typing_extensions import TypedDict

from domain.compliance.finding import State
from domain.monitoring.incident import IncidentKind
from domain.patient.consent import Signer
from domain.policy import RuleName
from domain.policy_parameters import Unit
from projections.attendance.plan_weeks import Verdict
from services.reports.standing import Standing


class Candidacy(TypedDict):
    """The last referral, and how it stands."""

    program: str
    referred_on: date
    by: str
    origin: str
    recommended_level: str | None
    state: str
    referred_up_to: str | None
    reasons: list[str]


class SummarySigned(TypedDict):
    """Who signed the summary of a treatment first, and when."""

    signed_on: date
    by: str
    credential: str


class Episode(TypedDict):
    """A treatment; both of its days are included."""

    episode: int
    program: str
    admitted_on: date
    payer: str
    focus: str | None
    override: str | None
    discharged_on: date | None
    discharge_kind: str | None
    discharge_reasons: list[str]
    to_level: str | None
    of_a_merged_record: bool
    summary: SummarySigned | None


class ToDo(TypedDict):
    """What somebody has to do about the patient, and by when."""

    what: str
    because: str
    due: date


class PlannedService(TypedDict):
    """What a plan asks for: minutes, how often, in which span."""

    service: str
    minutes: int
    times: int
    per: str


class PlanOfCare(TypedDict):
    """The plan that holds."""

    effective_from: date
    weekly_minutes: int
    days_per_week: int
    services: list[PlannedService]
    goals: list[str]
    prompted_by: str | None
    tapers_to: str | None


class AuthorizationShown(TypedDict):
    """What a payer agreed to, and what is used and left of it."""

    payer: str
    code: str
    units: int
    used: int
    units_left: int
    first_day: date
    last_day: date
    in_force: bool


class WeekShown(TypedDict):
    """A week that is over."""

    week_of: date
    scheduled_minutes: int
    scheduled_days: int
    credited_minutes: int
    required_minutes: int
    credited_days: int
    required_days: int
    verdict: Verdict


class NextSession(TypedDict):
    """A session to come, on the facility's clocks."""

    label: str
    starts_at: datetime
    ends_at: datetime


class ScreeningShown(TypedDict):
    """The last screening by the dimensions of the ASAM Criteria."""

    screened_on: date
    edition: str
    ratings: dict[str, int]
    level: str
    grounds: list[str]
    verified: bool


class ScaleValue(TypedDict):
    """What a scale came to on a day."""

    day: date
    score: int | None
    band: str
    verified: bool


class ScaleShown(TypedDict):
    """A scale of an instrument with its last five values, the oldest first."""

    instrument: str
    scale: str
    values: list[ScaleValue]


class IncidentShown(TypedDict):
    """What the program learned of a patient on a day, and may have to report to a court."""

    kind: IncidentKind
    learned_on: date


class DrugTestShown(TypedDict):
    """A drug test."""

    day: date
    because: str
    state: str
    kind: str | None
    outcome: str | None
    substances: list[str] | None
    validity: str | None


class SupporterShown(TypedDict):
    """Somebody close to the patient."""

    relation: str
    name: str | None
    reached_at: str | None


class MeetingsShown(TypedDict):
    """Meetings of others, which are no treatment."""

    in_all: int
    verified: int
    in_30_days: int
    verified_in_30_days: int


class ResourceShown(TypedDict):
    """A referral to a resource, and what became of it."""

    kind: str
    resource: str
    day: date
    outcome: str | None
    outcome_day: date | None


class OutreachShown(TypedDict):
    """A call, or another way to reach who is away."""

    at: datetime
    way: str
    result: str


class ConsentShown(TypedDict):
    """A consent to disclose; `delivered` to a recipient of the site, as events are recorded."""

    recipient: str
    delivered: bool
    purpose: str
    scope: list[str]
    given_on: date
    last_day: date | None
    revoked_on: date | None
    in_force: bool
    discloser: str | None
    redisclosure_told: bool | None
    signed_by: Signer | None
    interpreter: bool | None


class DisclosuresShown(TypedDict):
    """What was disclosed."""

    in_all: int
    last_day: date | None


class PatientSections(TypedDict, total=False):
    """The parts of a patient's page that a role may not be shown."""

    candidacy: Candidacy | None
    episodes: list[Episode]
    to_do: list[ToDo]
    plan: PlanOfCare | None
    authorizations: list[AuthorizationShown]
    weeks: list[WeekShown]
    next_sessions: list[NextSession]
    screening: ScreeningShown | None
    assessments: list[ScaleShown]
    drug_tests: list[DrugTestShown]
    incidents: list[IncidentShown]
    stable_since: date | None
    supporters: list[SupporterShown]
    meetings_of_others: MeetingsShown
    resources: list[ResourceShown]
    outreach: list[OutreachShown]
    consents: list[ConsentShown]
    disclosures: DisclosuresShown


class PatientFacts(PatientSections):
    """One patient's state; what a role is not shown is left out."""

    as_of: date
    name: str
    mrn: str | None
    born: date | None
    age: int | None


class EventTold(TypedDict):
    """An event that proves something."""

    event: str
    kind: str
    what: str
    at: datetime
    happened_at: datetime | None
    session: str | None
    author: str
    reason: str | None
    says: str | None


class Before(TypedDict):
    """What a finding was before the record changed."""

    until: datetime
    state: State
    measured: int | None
    required: int
    version: int
    changed_by: list[EventTold]


FindingFacts = TypedDict(
    "FindingFacts",
    {
        "finding": str,
        "rule": RuleName,
        "in_words": str,
        "policy": str,
        "version": int,
        "policy_name": str | None,
        "mrn": str | None,
        "about": str | None,
        "from": date,
        "to": date,
        "state": State,
        "measured": int | None,
        "required": int,
        "unit": Unit,
        "because": str,
        "zone": str,
        "mends": list[str],
        "citation": str | None,
        "verified": bool | None,
        "source_standing": Standing | None,
        "read_on": date | None,
        "before": list[Before],
        "events": list[EventTold],
        "worked_out_again": bool,
    },
)

PAGES: dict[str, Any] = {"patient": PatientFacts, "explain": FindingFacts}
"""The facts of the page with which each of these questions is answered."""

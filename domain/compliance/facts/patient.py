"""What is known of a patient. Pure."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from domain.author import name_of
from domain.compliance.facts.done import Done
from domain.compliance.facts.visit import Visit
from domain.monitoring.drug_test import Phase
from domain.monitoring.incident import IncidentKind
from domain.patient.schedule import Commitment
from domain.patient.treatment import DischargeKind, DischargeReason
from domain.policy import RuleName


@dataclass(frozen=True, slots=True)
class Stay:
    """A treatment; both of its days are included.

    The first `admission` of the events that prove it are about its beginning, the others about its
    end. `kind` and `reasons` say how it ended; they are empty while it goes on.
    """

    program_id: str
    admitted_on: date
    discharged_on: date | None
    evidence: tuple[str, ...]
    admission: int = 1
    kind: DischargeKind | None = None
    reasons: tuple[DischargeReason, ...] = ()

    def covers(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        ended = self.discharged_on
        return self.admitted_on <= day and (ended is None or day <= ended)


@dataclass(frozen=True, slots=True)
class InForce:
    """A plan of care from a day on: what it asks for in a week.

    `taper_began` is the day on which it began to ask for less, to lead over to a lighter level;
    None where it does not.
    """

    from_day: date
    weekly_minutes: int
    days_per_week: int
    event_id: str
    taper_began: date | None = None
    taper_events: tuple[str, ...] = ()
    """The events of the plans with which the taper began, where they are earlier ones."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody, the author, decided with a reason that a rule does not bind on these days."""

    rule: RuleName
    first_day: date
    last_day: date
    event_id: str
    author: str = ""

    @property
    def in_words(self) -> str:
        """What it does to a rule."""
        by = f" by {name_of(self.author)}" if self.author else ""
        return f"excepted{by} through {self.last_day}"


@dataclass(frozen=True, slots=True)
class Since:
    """The payer, or whose patient somebody is, from a day on until the next such fact."""

    from_day: date
    who: str
    event_id: str


@dataclass(frozen=True, slots=True)
class Certified:
    """A physician certified on a day that the care is needed; anew by `due_by`."""

    day: date
    due_by: date
    event_id: str


@dataclass(frozen=True, slots=True)
class Authorized:
    """What a payer agreed to pay for; see `domain.patient.plan.Authorization`."""

    authorization_id: str
    payer: str
    code: str
    units: int
    first_day: date
    last_day: date
    units_per_week: int | None
    minutes_per_unit: int
    event_id: str

    def covers(self, day: date) -> bool:
        """Tell whether a day is among those that it is for."""
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tried to reach the patient after a missed session; `reached` if they spoke."""

    session_id: str
    at: datetime
    event_id: str
    reached: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """The patient is away on these days with the program's consent, both included."""

    first_day: date
    last_day: date
    evidence: tuple[str, ...]

    def covers(self, day: date) -> bool:
        """Tell whether a day is one of them."""
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Hospitalized:
    """The patient was in partial hospitalization, from a day to a day; None while it goes on."""

    first_day: date
    last_day: date | None
    event_id: str

    def covers(self, day: date) -> bool:
        """Tell whether a day is one of them."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A consent to disclosures for a court: from a day to a day, None where it has no end.

    `taken_back_on` is the first day on which nothing is disclosed under it any more.
    """

    given_on: date
    last_day: date | None
    evidence: tuple[str, ...]
    taken_back_on: date | None = None

    @property
    def through(self) -> date | None:
        """The last day on which something may be disclosed under it; None where it has no end."""
        taken_back = self.taken_back_on and self.taken_back_on - timedelta(days=1)
        return min((each for each in (self.last_day, taken_back) if each), default=None)

    def holds_on(self, day: date) -> bool:
        """Tell whether something may be disclosed under it on a day."""
        return self.given_on <= day and (self.through is None or day <= self.through)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """Something was disclosed on a day under the consent of this key."""

    consent: str
    day: date
    event_id: str


@dataclass(frozen=True, slots=True)
class Summarized:
    """Somebody signed on a day the summary of the treatment that was said to end on another."""

    day: date
    discharged_on: date
    event_id: str


@dataclass(frozen=True, slots=True)
class Incident:
    """The program learned on a day of something that it may have to report to a court."""

    kind: IncidentKind
    day: date
    event_id: str


@dataclass(frozen=True, slots=True)
class Phased:
    """Somebody decided that from a day on the patient is tested as often as in a phase."""

    from_day: date
    phase: Phase
    event_id: str


@dataclass(slots=True)
class PatientFacts:
    """What is known of one person. Of records that were merged all facts are the survivor's.

    Lists are in the order of the record; `visits` are by session. `assessments` are by instrument.
    """

    patient_id: str
    facility_id: str
    merged_into: str | None = None
    records: list[str] = field(default_factory=list)
    """The records of the same person that were merged into this one."""
    merges: list[str] = field(default_factory=list)
    """The events by which they were."""
    stays: list[Stay] = field(default_factory=list)
    payers: list[Since] = field(default_factory=list)
    counselors: list[Since] = field(default_factory=list)
    plans: list[InForce] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    reviews: list[Done] = field(default_factory=list)
    justified: list[Done] = field(default_factory=list)
    certified: list[Certified] = field(default_factory=list)
    authorized: dict[str, Authorized] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    assessments: dict[str, list[Done]] = field(default_factory=dict)
    tests: list[Done] = field(default_factory=list)
    testing: list[str] = field(default_factory=list)
    """The events with which records of drug tests began."""
    phases: list[Phased] = field(default_factory=list)
    """How often drug tests were decided to be."""
    positives: dict[str, Done] = field(default_factory=dict)
    """When a test was reported to be confirmed as positive, by a key of the test."""
    incidents: list[Incident] = field(default_factory=list)
    summaries: list[Summarized] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    hospitalized: dict[date, Hospitalized] = field(default_factory=dict)
    """Partial hospitalization, by its first day."""
    consents: dict[str, Agreed] = field(default_factory=dict)
    """Those for a legal purpose or for criminal justice, by a key of their own."""
    disclosed: list[Disclosed] = field(default_factory=list)
    """What was disclosed under them."""
    visits: dict[str, Visit] = field(default_factory=dict)
    commitments: dict[str, Commitment] = field(default_factory=dict)
    """Work, school and family duties, by their keys."""

    def stay_on(self, day: date) -> Stay | None:
        """Return the treatment in which a day lies."""
        return next((each for each in reversed(self.stays) if each.covers(day)), None)

    def counselors_in(self, stay: Stay) -> list[Since]:
        """Return who was the counselor in a treatment.

        Who was assigned before its first day counts from that on, unless it was in an earlier one.
        """
        earlier = [each for each in self.stays if each.admitted_on < stay.admitted_on]
        return [
            each
            for each in self.counselors
            if stay.covers(max(each.from_day, stay.admitted_on))
            and (
                each.from_day >= stay.admitted_on
                or not any(other.covers(each.from_day) for other in earlier)
            )
        ]

    def plans_in(self, stay: Stay) -> tuple[InForce, ...]:
        """Return the plans of a treatment; those of the one before have ended with it."""
        since = self.ended_before(stay)
        return tuple(each for each in self.plans if each.from_day > since)

    def ended_before(self, stay: Stay) -> date:
        """Return the last day of the treatment before one; the first day of all without any."""
        ended = (each.discharged_on for each in self.stays if each is not stay)
        before = (each for each in ended if each and each < stay.admitted_on)
        return max(before, default=date.min)

    def summaries_of(self, stay: Stay) -> list[Summarized]:
        """Return the signatures under summaries of a treatment.

        A summary is of the treatment that had begun last by the day on which it was said to end:
        that day may have been put right since.
        """
        later = (each.admitted_on for each in self.stays if each.admitted_on > stay.admitted_on)
        until = min(later, default=date.max)
        return [each for each in self.summaries if stay.admitted_on <= each.discharged_on < until]

    def phase_on(self, stay: Stay, day: date) -> Phased | None:
        """Return the decision about drug tests that holds on a day of a treatment."""
        found: Phased | None = None
        for each in self.phases:
            if (
                stay.covers(each.from_day)
                and each.from_day <= day
                and (found is None or each.from_day >= found.from_day)
            ):
                found = each
        return found

    def leaves_in(self, stay: Stay) -> tuple[Leave, ...]:
        """Return the leaves that began in a treatment, in order; none goes on after its end."""
        ended = stay.discharged_on or date.max
        begun = sorted(
            (each for each in self.leaves if stay.covers(each.first_day)),
            key=lambda each: (each.first_day, each.last_day),
        )
        return tuple(replace(each, last_day=min(each.last_day, ended)) for each in begun)

    def payer_on(self, day: date) -> Since | None:
        """Return the payer on a day; None where nobody has said."""
        return latest(self.payers, day)


def latest(facts: list[Since], day: date) -> Since | None:
    """Return the fact that holds on a day; of two from the same day the one said last."""
    found: Since | None = None
    for each in facts:
        if each.from_day <= day and (found is None or each.from_day >= found.from_day):
            found = each
    return found

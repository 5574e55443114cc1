"""What a day of treatment is to the payer: a unit, or why it is none. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from domain.compliance.authorization_units import Left, unit_for
from domain.compliance.claim_lines import Claim, ClaimLine, Fallback, LeftOut, claim_of, instead_of
from domain.compliance.day_services import covered, given, in_person_of, primary_of, services_of
from domain.compliance.days import hospitalized_before, too_soon_after_hospitalization
from domain.compliance.documentation import Documentation, Supervision, documentation_of
from domain.compliance.facts import Certified, Since, Treats
from domain.compliance.finding import Reason
from domain.compliance.period import Period
from domain.policy import SERVICES, Adopted, Policy


@dataclass(frozen=True, slots=True)
class BillableDay:
    """A day on which a patient came, as it could be billed on what is recorded so far.

    `policy_id` and `version` are of the policy that says what makes a day, None where none does.
    `code` is that of the authorization that has a unit left for the day, None where none has.
    `services` are those that a policy asks for as Medicare's codes count them, of another each that
    the patient was there for, once a session. `units` is 1 only where there is no reason against
    it. `tier` is 1 or 2 where the policy counts services and one is covered; `exceptional` a day of
    tier 1 with fewer of them than the policy asks for.

    `lines` are what is billed: of a day that can be, and by its `fallback` of one that is too short
    and can be billed otherwise; `left_out` are the services that no line bills.
    """

    patient_id: str
    day: date
    payer: str | None
    policy_id: str | None
    version: int | None
    code: str | None
    minutes: int
    services: int
    units: int
    tier: int | None
    exceptional: bool
    reasons: tuple[Reason, ...]
    evidence: tuple[str, ...]
    lines: tuple[ClaimLine, ...] = ()
    fallback: Fallback | None = None
    left_out: tuple[LeftOut, ...] = ()


def billable(
    day: Period,
    payer: Since | None,
    adopted: Adopted | None,
    certified: Sequence[Certified],
    beside: Sequence[Adopted] = (),
    *,
    treats: Treats | None = None,
    supervision_of: Supervision = lambda _: None,
) -> BillableDay:
    """Return what a day is to the payer; `adopted` is the policy that says what makes a day.

    `day` is a period of one day; its `left` are the units that were left before it. An
    authorization is needed where that policy, or one `beside` it, asks how much is left of one, or
    where the payer has given any. All reasons are listed, not only the first.
    """
    policy = adopted.policy if adopted else None
    counts = policy.counts if policy else SERVICES
    minutes, services = day.attended(counts), _services(policy, day)
    tier, exceptional = _tier(policy, day)
    present = sum(each.minutes for each in day.visits)
    unit = unit_for(day.first_day, present, day.left)
    holds = _holds(certified, day.first_day)
    authorizing = _authorizing([adopted, *beside] if adopted else beside)
    notes = [documentation_of(each, supervision_of) for each in day.visits if each.came]
    reasons = (
        *_too_little(policy, minutes, services),
        *_not_as_asked(policy, day, services),
        *_undocumented(notes),
        *_unauthorized(authorizing, day, unit),
        *_uncertified(policy, holds),
        *_hospitalized(policy, day),
    )
    claim = Claim()
    if policy and not reasons:
        focus = treats.focus if treats else None
        claim = claim_of(day.visits, policy, unit, focus, minutes)
    elif policy and reasons == ("minutes",):
        claim = instead_of(day.visits, policy, minutes)
    needs_one = policy is not None and policy.parameter("certification_days") is not None
    evidence = {
        *day.stay,
        *(event for each in day.visits for event in each.evidence),
        *(event for each in notes for event in each.evidence),
        *(event for each in day.left for event in each.evidence),
    }
    evidence.update(*(each.evidence for each in (adopted, authorizing) if each))
    evidence.update([payer.event_id] if payer else ())
    evidence.update([treats.event_id] if treats and claim.lines else ())
    evidence.update([holds.event_id] if holds and needs_one else ())
    if policy and policy.parameter("php_days_after") and (last := hospitalized_before(day)):
        evidence.add(last.event_id)
    return BillableDay(
        patient_id=day.patient_id,
        day=day.first_day,
        payer=payer.who if payer else None,
        policy_id=policy.policy_id if policy else None,
        version=policy.version if policy else None,
        code=unit.authorized.code if unit else None,
        minutes=minutes,
        services=services,
        units=0 if reasons else 1,
        tier=tier,
        exceptional=exceptional,
        reasons=reasons,
        evidence=tuple(sorted(evidence)),
        lines=claim.lines,
        fallback=claim.fallback,
        left_out=claim.left_out,
    )


def _services(policy: Policy | None, day: Period) -> int:
    """Return the services that count: by their codes where a policy asks for so many."""
    if policy and policy.parameter("day_services_min"):
        return services_of(day.visits, policy.counts)
    counts = policy.counts if policy else SERVICES
    return len(given(day.visits, counts))


def _too_little(policy: Policy | None, minutes: int, services: int) -> Iterator[Reason]:
    by_minutes = policy and policy.parameter("day_minutes_min")
    by_services = policy and policy.parameter("day_services_min")
    if not by_minutes and not by_services:
        yield "policy"
    if by_minutes and minutes < by_minutes.value:
        yield "minutes"
    if by_services and not services:
        yield "services"


def _tier(policy: Policy | None, day: Period) -> tuple[int | None, bool]:
    """Return the tier by the services that are covered, and whether it is an exception.

    Medicare: 3 services, or 4 and more
    (https://bhbusiness.com/2024/07/10/cms-payment-rule-proposals-will-impact-intensive-outpatient-services-sud-care/);
    days with fewer are rare exceptions and paid at the lower tier, "up to three"
    (https://med.noridianmedicare.com/web/jea/provider-types/mental-health/intensive-outpatient-program;
    that they are to be rare is unverified).
    """
    least = policy and policy.parameter("day_services_min")
    full = policy and policy.parameter("day_services_full")
    services = services_of(covered(day.visits, policy), policy.counts) if policy and least else 0
    if not least or not services:
        return None, False
    if full and services >= full.value:
        return 2, False
    return 1, services < least.value


def _not_as_asked(policy: Policy | None, day: Period, services: int) -> Iterator[Reason]:
    """Yield what is wrong with the services of a day that has any."""
    if not policy or not services:
        return
    paid_for = covered(day.visits, policy)
    primary = policy.parameter("primary_services_min")
    has_any = services_of(paid_for, policy.counts) > 0
    if primary and has_any and primary_of(paid_for, policy.counts) < primary.value:
        yield "primary-service"
    asked = policy.parameter("in_person_services_min")
    if asked and in_person_of(day.visits, policy.counts)[0] < asked.value:
        # Of a hybrid session nobody can show that the patient was in the room.
        yield "video"


def _undocumented(notes: Sequence[Documentation]) -> Iterator[Reason]:
    """Yield what is missing of notes.

    A claim may not be submitted until its documentation, with the signature, is complete
    (https://columbusohmedicalbilling.com/amending-the-medical-record/).
    """
    if any(not each.signed for each in notes):
        yield "signature"
    if any(each.signed and each.unwritten for each in notes):
        yield "note"
    if any(each.uncosigned for each in notes):
        yield "cosignature"


def _authorizing(known: Sequence[Adopted]) -> Adopted | None:
    """Return the first policy that asks how much is left of what the payer has authorized."""
    keys = ("units_left_min", "days_left_min")
    asking = (each for each in known if any(each.policy.parameter(key) for key in keys))
    return next(asking, None)


def _unauthorized(authorizing: Adopted | None, day: Period, unit: Left | None) -> Iterator[Reason]:
    if (authorizing or day.left) and unit is None:
        yield "authorization"


def _holds(certified: Sequence[Certified], day: date) -> Certified | None:
    """Return the last certification that holds on a day."""
    known = (each for each in certified if each.day <= day <= each.due_by)
    return max(known, key=lambda each: each.day, default=None)


def _uncertified(policy: Policy | None, holds: Certified | None) -> Iterator[Reason]:
    if policy and policy.parameter("certification_days") and holds is None:
        yield "certification"


def _hospitalized(policy: Policy | None, day: Period) -> Iterator[Reason]:
    asked = policy and policy.parameter("php_days_after")
    if asked and too_soon_after_hospitalization(day, asked.value):
        yield "partial-hospitalization"

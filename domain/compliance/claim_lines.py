"""What is billed of a day: lines by code, what stands in for it where it is too short. Pure.

No amount stands in a line: what a unit costs is between clinic and payer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from domain.care import Service
from domain.compliance.authorization_units import Left
from domain.compliance.day_services import Given, covered, given
from domain.compliance.facts import Visit
from domain.compliance.finding import Reason
from domain.compliance.procedure_codes import (
    DISCRETE,
    HOURLY,
    MEDICARE,
    PER_DIEM,
    Codes,
    Procedure,
    per_diem_of,
)
from domain.policy import Policy
from domain.program import Focus

Fallback = Literal["discrete-services", "hourly"]
"""As what a day is billed that is too short to be one: by its services, or by its hours."""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """Units of a code on a day, with the code of an institution's claim, and the minutes of it."""

    revenue_code: str
    code: str
    units: int
    minutes: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A service that the patient was there for and that no line bills; why not.

    `excluded`: it is not billed beside the code of the day. `video`: it was by video, which the
    payer does not cover. `minutes`: it is too short for its code. `services`: there is no code for
    it, and `code` is None.
    """

    service: Service
    code: str | None
    minutes: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Claim:
    """What is billed of a day; nothing where it has no lines."""

    lines: tuple[ClaimLine, ...] = ()
    fallback: Fallback | None = None
    left_out: tuple[LeftOut, ...] = ()


def claim_of(
    visits: Sequence[Visit], policy: Policy, unit: Left | None, focus: Focus | None, minutes: int
) -> Claim:
    """Return what is billed of a day that can be: its services to Medicare, else one unit of it.

    The code of a whole day is that of the authorization, or goes by what the program treats for.
    `minutes` are those that count.
    """
    if policy.parameter("day_services_min"):
        services = given(covered(visits, policy), policy.counts)
        left_out = (*_by_video(visits, policy), *_too_short(services, MEDICARE))
        return Claim(_lines(services), None, left_out)
    whole = per_diem_of(focus)
    code = unit.authorized.code if unit else whole.code
    known = PER_DIEM.get(code)
    line = ClaimLine((known or whole).revenue_code, code, 1, minutes)
    excluded = (
        LeftOut(each.service, each.procedure.code, each.minutes, "excluded")
        for each in given(visits, policy.counts, DISCRETE)
        if known and each.procedure and each.procedure.code in known.excludes
    )
    return Claim((line,), None, tuple(excluded))


def instead_of(visits: Sequence[Visit], policy: Policy, minutes: int) -> Claim:
    """Return what is billed of a day that is too short to be one, as its policy has it.

    New York: the discrete services (https://wchsb.com/wch-news/intensive-outpatient-service-ios).
    Ohio: by the hour (OAC 5160-27-06). Nothing where the policy does not say.
    """
    if policy.parameter("discrete_below_minimum"):
        services = given(visits, policy.counts, DISCRETE)
        if lines := _lines(services):
            return Claim(lines, "discrete-services", tuple(_too_short(services, DISCRETE)))
    elif policy.parameter("hourly_below_minimum") and (units := HOURLY.units(minutes)):
        return Claim((ClaimLine(HOURLY.revenue_code, HOURLY.code, units, minutes),), "hourly")
    return Claim()


def _lines(services: Iterable[Given]) -> tuple[ClaimLine, ...]:
    """Return a line a code: units of a session each, or those of all its minutes together."""
    by_code: dict[Procedure, list[int]] = {}
    for each in services:
        if each.procedure:
            by_code.setdefault(each.procedure, []).append(each.minutes)
    lines: dict[str, ClaimLine] = {}
    for procedure, sessions in by_code.items():
        total = sum(sessions)
        units = procedure.units(total) if procedure.minutes_of_a_unit else len(sessions)
        before = lines.get(procedure.code, ClaimLine(procedure.revenue_code, procedure.code, 0, 0))
        lines[procedure.code] = replace(
            before, units=before.units + units, minutes=before.minutes + total
        )
    return tuple(lines.values())


def _by_video(visits: Sequence[Visit], policy: Policy) -> Iterator[LeftOut]:
    """Yield the services of the visits that are not covered."""
    known = {each.session_id for each in covered(visits, policy)}
    for each in given(visits, policy.counts):
        if each.visit.session_id not in known:
            code = each.procedure.code if each.procedure else None
            yield LeftOut(each.service, code, each.minutes, "video")


def _too_short(services: Iterable[Given], codes: Codes) -> Iterator[LeftOut]:
    """Yield the services for which there is no code, or too few minutes."""
    for each in services:
        if each.procedure is None:
            known = codes.get(each.service)
            code, reason = (known[0].code, _MINUTES) if known else (None, _SERVICES)
            yield LeftOut(each.service, code, each.minutes, reason)


_MINUTES: Reason = "minutes"
_SERVICES: Reason = "services"

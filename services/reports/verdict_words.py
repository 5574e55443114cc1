"""What people read where the record has a word for a program: states, misses, visits, weeks.

Stored words, CSV and JSON stay as they are; tables, pages, explanations and documents show these.
"""

from collections.abc import Callable, Mapping
from typing import Any

from domain.compliance.causes import (
    NO_SLACK,
    PROGRAM_OFFERED,
    cause_of,
    cause_words,
    is_without_slack,
)
from domain.compliance.claim_lines import Fallback
from domain.compliance.finding import State
from domain.compliance.rule_sentences import AT_ONCE, SENTENCES, asked
from domain.patient.events.admission import BY_IMPORT
from domain.plurals import amount
from domain.policy import RuleName
from domain.policy_parameters import Unit

STATES: Mapping[State, str] = {
    "on_track": "on track",
    "at_risk": "at risk",
    "impossible": "can't be met",
    "met": "met",
    "breached": "not met",
    "waived": "excepted",
    "not_applicable": "not applicable",
    "unknown": "not known",
}
"""What each state of a finding is called: *on track* while there is time and all goes well."""

NOTHING_TO_COME = "nothing scheduled"
"""What is shown of who has no session in a period, in which no other can be joined either."""

MISSED: frozenset[State] = frozenset({"breached", "at_risk", "impossible"})
"""The states of which it is said by how much a rule is not met, or will not be."""

WEEKS: Mapping[str, str] = {"met": "met", "partial_week": "part of a week"}
"""What a week came to by the plan of care, where no number says it."""

VISITS: Mapping[str, str] = {
    "scheduled": "scheduled",
    "cancelled": "called off by the program",
    "attended": "attended",
    "incomplete": "attended; departure not recorded",
    "turned_away": "turned away",
    "excused": "excused",
    "absent": "called off, unexcused",
    "no_show": "no-show",
    "expected": "expected",
    "here": "here",
    "left": "left",
    "absence_announced": "absence announced",
    "waiting": "waiting",
}
"""What a visit came to, or where the patient is meanwhile. `absent` is who had said so before."""


REASONS: Mapping[str, str] = {
    "policy": "no policy says what makes a day",
    "minutes": "too few minutes",
    "services": "no service",
    "signature": "a note is not signed",
    "note": "no note of the patient's own is signed",
    "cosignature": "a note waits for its co-signature",
    "authorization": "no authorization on record",
    "certification": "no certification on record",
    "video": "too few services in person",
    "primary-service": "too few primary services",
    "partial-hospitalization": "in partial hospitalization, or too soon after it",
    "excluded": "not billed beside the code of the day",
    "exceptional": "under the least number of services: lower tier",
}
"""Why a day cannot be billed as it is on record, or what is to be said of one that can."""

FALLBACKS: Mapping[Fallback, str] = {
    "discrete-services": "billed by its services",
    "hourly": "billed by the hour",
}
"""As what a day is billed that is too short to be one."""

NO_UNIT_LEFT = "no unit left of the authorization"

TIERS: Mapping[int, str] = {1: "3", 2: "4+"}
"""The tiers by which Medicare pays for a day (APC), by the number of its services."""


def reason_words(reason: str, *, authorized: bool) -> str:
    """Return why a day is not billed; `authorized` tells whether an authorization covers it."""
    return NO_UNIT_LEFT if reason == "authorization" and authorized else REASONS[reason]


def state_words(state: State, because: str = "") -> str:
    """Return what a state is called, of a finding and why it is so."""
    if state == "impossible" and cause_of(because) == "nothing-scheduled":
        return NOTHING_TO_COME
    return STATES[state]


def visit_words(status: str) -> str:
    """Return what a visit came to."""
    return VISITS.get(status, status.replace("_", " "))


Amount = Callable[[int, str], str]
"""How a number of something is written."""


def numbers(row: Mapping[str, Any], written: Amount = amount) -> str:
    """Return what was measured against what a rule asks for, as *402 of 540 minutes*.

    Where nothing was measured it is what the rule asks for.
    """
    rule, measured, required, unit = _facts(row)
    kind, many = SENTENCES[rule].kind, SENTENCES[rule].counts or unit
    at_once = AT_ONCE if kind == "within" and required == 0 else ""
    if measured is None or unit == "sessions":
        return at_once or asked(rule, required, unit)
    if kind == "at least":
        return f"{_alone(measured, many, written)} of {written(required, many)}"
    if kind == "at most":
        return f"{written(measured, many)}, at most {_alone(required, many, written)}"
    if at_once:
        return f"{written(measured, many)}, due {at_once}"
    return f"{written(measured, many)}, within {_alone(required, many, written)}"


def miss(row: Mapping[str, Any], written: Amount = amount) -> str:
    """Return by how much a rule is not met, or will not be; nothing where it is met.

    Where the program offered too little, or the record is incomplete, it says so, and nobody is
    said to be short of it. The row has `state` and `because` besides its rule and numbers.
    """
    rule, measured, required, unit = _facts(row)
    because: str = row["because"]
    cause = cause_of(because)
    if row["state"] not in MISSED or cause == "nothing-scheduled":
        return ""
    if cause:
        return cause_words(because)
    if measured is None or measured == required or unit == "sessions":
        return ""
    kind, many = SENTENCES[rule].kind, SENTENCES[rule].counts or unit
    by = written(abs(measured - required), many)
    if kind == "within":
        return f"{by} late"
    ahead = "" if row["state"] == "breached" else "will be "
    said = f"{ahead}{by} {'under' if kind == 'at least' else 'over'}"
    return f"{said}; {NO_SLACK}" if is_without_slack(because) else said


def admission_words(override: str) -> str:
    """Return what is said of an admission that no screening on record recommended."""
    if override == BY_IMPORT:
        return "no screening on file (imported)"
    return f"admitted without a screening that recommends it: {override}"


def week_words(week: Mapping[str, Any], written: Amount = amount) -> str:
    """Return what a week of the plan of care came to, as *2 minutes under* or *2 of 3 days*."""
    verdict, required, days = week["verdict"], week["required_minutes"], week["required_days"]
    if verdict in WEEKS:
        return WEEKS[verdict]
    if verdict == "program_shortfall":
        offered = (week["scheduled_minutes"], required, "minutes")
        if week["scheduled_minutes"] >= required:
            offered = (week["scheduled_days"], days, "days")
        number, of, many = offered
        return f"{PROGRAM_OFFERED[0]} {_alone(number, many, written)} of {written(of, many)}"
    lacking_minutes = max(required - week["credited_minutes"], 0)
    lacking_days = max(days - week["credited_days"], 0)
    if not lacking_minutes:
        return f"{week['credited_days']} of {written(days, 'days')}"
    said = [written(lacking_minutes, "minutes")]
    said += [written(lacking_days, "days")] if lacking_days else []
    slack = f"; {NO_SLACK}" if week["scheduled_minutes"] == required else ""
    return f"{' and '.join(said)} under{slack}"


def _facts(row: Mapping[str, Any]) -> tuple[RuleName, int | None, int, Unit]:
    return row["rule"], row["measured"], row["required"], row["unit"]


def _alone(number: int, many: str, written: Amount) -> str:
    """Return a number without what it counts, where another number beside it says that."""
    return str(number) if written is amount or many != "minutes" else written(number, many)

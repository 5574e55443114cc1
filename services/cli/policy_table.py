"""All numbers of all packs as one table in Markdown: `daybook policy table`. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping

from domain.compliance.finding import ASKED_BY
from domain.policy import Parameter, Policy, RuleName
from services.reports.standing import standing_of

_WITH_A_RULE: Mapping[str, RuleName] = {
    "total_weeks": "total-hours",
    "day_services_full": "services-a-day",
    "discrete_below_minimum": "billable-day",
    "hourly_below_minimum": "billable-day",
    "individual_minutes_min": "individual-a-week",
    "drug_test_stable_days": "drug-test",
    "absences_in_a_row": "absence-review",
    "absences_in_30_days": "absence-review",
}
"""Numbers by which no rule is asked for, with the rule that looks at them."""

_HEAD = ("pack", "asks for", "value", "rule", "source", "read on", "from", "until", "how it stands")

_URL = re.compile(r"(?P<text>.*?)(?:, as quoted by|,)? (?P<url>https?://\S+)")


def rule_of(key: str) -> RuleName:
    """Return the rule that looks at a number. Raises KeyError for a number that none looks at."""
    for rule, keys in ASKED_BY.items():
        if key in keys:
            return rule
    return _WITH_A_RULE[key]


def policy_table(policies: Iterable[Policy]) -> str:
    """Return a row for each number of some policies, with its source as a link."""
    rows = [_HEAD, ("---",) * len(_HEAD), *(row for each in policies for row in _rows(each))]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _rows(policy: Policy) -> Iterator[tuple[str, ...]]:
    for each in policy.parameters:
        days = (each.read_on, each.in_force_from, each.in_force_until)
        yield (
            f"`{policy.policy_id}`",
            each.meaning.says,
            amount(each),
            f"`{rule_of(each.key)}`",
            _source(each),
            *(day.isoformat() if day else "" for day in days),
            standing_of(policy, each),
        )


def amount(parameter: Parameter) -> str:
    """Return a number with its unit."""
    unit = parameter.meaning.unit
    return f"{parameter.value} {unit.removesuffix('s') if parameter.value == 1 else unit}"


def _source(parameter: Parameter) -> str:
    """Return where a number is written: its words are a link to the place, where there is one."""
    found = _URL.fullmatch(parameter.citation)
    if found is None:
        return parameter.citation
    return f"[{found['text']}](<{found['url']}>)"

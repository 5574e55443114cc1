"""What each rule is about: a week, a month, a day, a visit or a whole stay."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from domain.compliance.caseload import COUNSELORS, PROGRAMS
from domain.compliance.days import DAILY
from domain.compliance.hours import WEEKLY
from domain.compliance.months import MONTHLY
from domain.compliance.recurring import STAYS
from domain.compliance.sessions import SIGNED
from domain.compliance.totals import total_hours
from domain.compliance.visits import VISITS
from domain.policy import RuleName


def _names(rules: Iterable[Any]) -> frozenset[RuleName]:
    return frozenset(each.__name__.replace("_", "-") for each in rules)


OF_A_WEEK = _names((*WEEKLY, *COUNSELORS, *PROGRAMS))
OF_A_MONTH = _names(MONTHLY)
OF_A_DAY = _names(DAILY)
OF_A_PERIOD = OF_A_WEEK | OF_A_MONTH | OF_A_DAY
OF_A_STAY = _names(rule for rule, _ in STAYS)
ADDED_UP = _names((total_hours,))
"""The rules by which something has to add up by a day; until then it may be at risk."""
DUE_IN_TIME = (OF_A_STAY - ADDED_UP) | _names((*VISITS, *SIGNED))
"""The rules that ask for something to be done in time, and can be done late."""

OWED_AFTERWARDS: frozenset[RuleName] = frozenset(
    {
        *("note-due", "crisis-note", "cosignature", "sheet-due", "discharge-summary"),
        *("court-report", "noncompliance-report", "emergency-report"),
    }
)
"""Those of them by which somebody still has to sign or to report after the treatment has ended."""

Group = Literal["week", "month", "day", "visit", "stay"]

GROUPS: Mapping[RuleName, Group] = {
    **dict.fromkeys(OF_A_WEEK, "week"),
    **dict.fromkeys(OF_A_MONTH, "month"),
    **dict.fromkeys(OF_A_DAY, "day"),
    **dict.fromkeys(OF_A_STAY, "stay"),
}
"""What each rule is about, where that is no visit and no session."""

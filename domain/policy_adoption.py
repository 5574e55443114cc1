"""When a program, or a payer's patients, may come under a policy, and out of it. Pure."""

from collections.abc import Mapping
from datetime import date, datetime

from domain import bounds
from domain.errors import NotOnRecord
from domain.policy import Policy, check_policy, in_force


def check_adoption(
    known: Mapping[str, Mapping[date, Policy | None]],
    policy: Policy,
    from_day: date,
    at: datetime,
) -> None:
    """Raise the refusal that adopting a policy at an instant, beside the known ones, calls for."""
    check_policy(policy)
    bounds.check("the first day", bounds.reach_problem(from_day, at))
    count = sum(map(len, known.values())) + 1
    bounds.check_count("policies of one program or payer", count, bounds.MOST_ADOPTIONS)


def can_be_dropped(versions: Mapping[date, Policy | None], from_day: date) -> bool:
    """Tell whether a policy is in force on a day; it may have been dropped already.

    Raises NotOnRecord for one that was never adopted, or not before that day but later.
    """
    if not versions:
        raise NotOnRecord(what="policy")
    later = any(policy for day, policy in versions.items() if day > from_day)
    found = in_force(versions, from_day) is not None
    if later and not found:
        raise NotOnRecord(what=f"policy that starts on {from_day}")
    return found

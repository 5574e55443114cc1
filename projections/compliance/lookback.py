"""Waiting: how far back it matters that a visit is otherwise, since something waits for visits."""

from collections.abc import Collection, Sequence
from datetime import date

from domain.compliance.clocks import Calendar
from domain.compliance.evaluation import Part
from domain.compliance.facts import FacilityFacts, PatientFacts, Stay, Visit
from domain.compliance.intervals import SEEN

WAITING = (
    "note_before_next",
    "no_contact_days",
    "plan_review_visits",
    "first_plan_visits",
    "first_plan_contacts",
    "total_minutes_min",
)
"""The numbers for which later visits decide when something is due, or whether it is."""


def waiting_since(
    facts: PatientFacts, visits: Sequence[Visit], waits: Collection[str], site: FacilityFacts
) -> dict[Part, date]:
    """Return the first days of which anything may be otherwise where these visits are.

    Notes may be due before the next session of the same kind, plans and their reviews with a visit,
    a contact ends what the one before it began, and the first weeks of a stay count all of their
    visits; `waits` are the numbers of that kind that policies have.
    """
    since = min(each.day for each in visits)
    noted = _noted_before(facts, visits, since) if "note_before_next" in waits else []
    # Who was not seen at them, and was not to be, ended nothing.
    stay = facts.stay_on(since) if any(each.status in SEEN for each in visits) else None
    days = [since]
    if stay and "no_contact_days" in waits:
        days.append(_contact_before(facts, stay, since, Calendar(site.zone)))
    if stay and {"first_plan_visits", "first_plan_contacts"}.intersection(waits):
        # Visits from the day on which the first plan was made count for nothing.
        planned = next((each.from_day for each in facts.plans_in(stay)), date.max)
        days.append(stay.admitted_on if since < planned else since)
    if stay and "plan_review_visits" in waits:
        reviews = (each.day for each in facts.reviews if stay.admitted_on <= each.day < since)
        days.append(max(reviews, default=stay.admitted_on))
    whole = facts.stay_on(since) if "total_minutes_min" in waits else None
    days += [whole.admitted_on] if whole else []
    return {"visits": min([since, *noted]), "stays": min(days)}


def _contact_before(facts: PatientFacts, stay: Stay, day: date, calendar: Calendar) -> date:
    """Return the day of the last contact of a stay before a day."""
    found = stay.admitted_on
    for each in facts.visits.values():
        if found < each.day < day and each.status in SEEN and stay.covers(each.day):
            found = each.day
    for tried in facts.attempts:
        on = calendar.day_of(tried.at)
        if tried.reached and found < on < day and stay.covers(on):
            found = on
    return found


def _noted_before(facts: PatientFacts, visits: Sequence[Visit], since: date) -> list[date]:
    """Return of each service of the visits the day of the last visit before them that had it."""
    last: dict[str, date] = {}
    services = {service for each in visits for service in each.scheduled}
    for each in facts.visits.values():
        if each.came and each.day < since:
            for service in services.intersection(each.scheduled):
                last[service] = max(last.get(service, each.day), each.day)
    return list(last.values())

"""One patient's state on a page: what is so, what somebody has to do, and what was before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

import psycopg
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from domain.recipient import Recipient
from projections import care, compliance, schedule
from projections.attendance.plan_weeks import Week
from services.reports.consent_shown import consent_shown
from services.reports.patient_page_text import Facts, lines
from services.reports.patient_stays import (
    candidacy_shown,
    episode_shown,
    incident_shown,
    stable_since,
    summaries_of,
)
from services.reports.to_do import absences, concerns, reviews, running_out
from services.text_output import json_text
from services.vault import Contact, Person


@dataclass(frozen=True, slots=True)
class PatientPage:
    """The facts of a page, in the order in which they are printed."""

    facts: Facts
    patients: frozenset[str] = frozenset()

    def without(self, hidden: frozenset[str]) -> "PatientPage":
        """Return the page without some of its facts, for programs."""
        shown = {name: each for name, each in self.facts.items() if name not in hidden}
        return PatientPage(shown, self.patients)

    def json(self) -> str:
        """Return the facts as one object."""
        return json_text(self.facts) + "\n"

    def table(self) -> Group:
        """Return the page for a terminal of 80 columns."""
        return Group(*map(_wrapped, lines(self.facts)))


@dataclass(frozen=True, slots=True)
class Sources:
    """What a page is drawn from besides the views."""

    person: Person | None
    """None where it cannot be read who the patient is."""
    nameless: str
    """What stands in the place of a name then."""
    contacts: Mapping[str, Contact | None]
    weeks: Sequence[Week]
    zone: ZoneInfo
    now: datetime
    recipients: Mapping[str, Recipient]
    """Who outside the program can be told of patients, by their ids at the site."""

    @property
    def today(self) -> date:
        """The day on the facility's clocks."""
        return self.now.astimezone(self.zone).date()


def _wrapped(line: Text) -> Padding:
    """Return a line that, where it is too long, goes on below where it began."""
    indent = len(line.plain) - len(line.plain.lstrip(" "))
    return Padding(line[indent:], (0, 0, 0, indent), expand=False)


def page_of(conn: psycopg.Connection[Any], patient_id: str, sources: Sources) -> PatientPage:
    """Read a patient's page."""

    def ask(question: LiteralString) -> list[Any]:
        return conn.execute(question, {"patient_id": patient_id}).fetchall()

    person, today = sources.person, sources.today
    episodes = ask(care.EPISODES)
    summaries = summaries_of(episodes, ask(care.SUMMARIES))
    supporters = ask(care.SUPPORTERS)
    plans = _of_the_stay(ask(care.PLAN), episodes)
    facts: Facts = {
        "as_of": today,
        "name": f"{person.given_name} {person.family_name}" if person else sources.nameless,
        "mrn": person.mrn if person else None,
        "born": person.born if person else None,
        "age": _age(person.born, today) if person else None,
        "candidacy": next((candidacy_shown(each) for each in ask(care.CANDIDACY)), None),
        "episodes": [
            episode_shown(each, summaries.get((each.recorded_as, each.episode)))
            for each in episodes
        ],
        "to_do": [],
        "plan": _plan(plans, ask(care.SERVICES), today),
        "authorizations": [_authorization(each, today) for each in ask(compliance.AUTHORIZATIONS)],
        "weeks": [_week(each) for each in sources.weeks],
        "next_sessions": [
            {
                "label": each.label,
                "starts_at": each.starts_at.astimezone(sources.zone),
                "ends_at": each.ends_at.astimezone(sources.zone),
            }
            for each in conn.execute(
                schedule.NEXT_SESSIONS, {"patient_id": patient_id, "now": sources.now}
            )
        ],
        "screening": next((_screening(each) for each in ask(care.SCREENING)), None),
        "assessments": _scales(ask(care.ASSESSMENTS), sources.zone),
        "drug_tests": [_drug_test(each) for each in ask(care.DRUG_TESTS)[:5]],
        "incidents": [incident_shown(each) for each in ask(care.INCIDENTS)],
        "stable_since": stable_since(ask(care.STABLE), episodes),
        "supporters": [_supporter(each, sources) for each in supporters if not each.removed],
        "meetings_of_others": _meetings(ask(care.SUPPORT_MEETINGS), today),
        "resources": [_resource(each) for each in ask(care.RESOURCES)],
        "outreach": [_outreach(each, sources.zone) for each in ask(care.OUTREACH)[:3]],
        "consents": [
            consent_shown(each, _names(supporters, sources.contacts), sources.recipients, today)
            for each in ask(care.CONSENTS)
        ],
        "disclosures": _disclosures(ask(care.DISCLOSURES)),
    }
    facts["to_do"] += concerns(ask(care.CONCERNS), sources.zone)
    facts["to_do"] += reviews(ask(care.REVIEWS_DUE), today)
    if episodes and episodes[0].discharged_on is None:
        facts["to_do"] += absences(ask(compliance.ABSENCE_REVIEWS))
        facts["to_do"] += running_out(facts["authorizations"], today)
    return PatientPage(facts, frozenset({patient_id}))


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


# The sections


def _of_the_stay(plans: Sequence[Any], episodes: Sequence[Any]) -> list[Any]:
    """Return the plans of the last treatment: one of an earlier stay ended with it."""
    if not episodes:
        return []
    current, *others = episodes
    ended = [
        each.discharged_on
        for each in others
        if each.recorded_as == current.recorded_as and each.discharged_on
    ]
    since = max(ended, default=date.min)
    return [each for each in plans if each.effective_from > since]


def _plan(plans: Sequence[Any], services: Sequence[Any], today: date) -> Facts | None:
    """Return the plan that holds, or the first one where all begin later."""
    in_force = [each for each in plans if each.effective_from <= today] or plans[-1:]
    if not in_force:
        return None
    row = in_force[0]
    key = (row.recorded_as, row.effective_from)
    return {
        "effective_from": row.effective_from,
        "weekly_minutes": row.weekly_minutes,
        "days_per_week": row.days_per_week,
        "services": [
            {"service": each.service, "minutes": each.minutes, "times": each.times, "per": each.per}
            for each in services
            if (each.recorded_as, each.effective_from) == key
        ],
        "goals": row.goals,
        "prompted_by": row.prompt_kind,
        "tapers_to": row.tapers_to,
    }


def _authorization(row: Any, today: date) -> Facts:
    return {
        "payer": row.payer,
        "code": row.code,
        "units": row.units,
        "used": row.used,
        "units_left": row.units_left,
        "first_day": row.first_day,
        "last_day": row.last_day,
        "in_force": row.first_day <= today <= row.last_day,
    }


def _week(week: Week) -> Facts:
    return {
        "week_of": week.week_of,
        "scheduled_minutes": week.scheduled_minutes,
        "scheduled_days": week.scheduled_days,
        "credited_minutes": week.credited_minutes,
        "required_minutes": week.required_minutes,
        "credited_days": week.credited_days,
        "required_days": week.required_days,
        "verdict": week.verdict,
    }


def _screening(row: Any) -> Facts:
    return {
        "screened_on": row.screened_on,
        "edition": row.edition,
        "ratings": row.ratings,
        "level": row.level,
        "grounds": row.grounds,
        "verified": row.verified,
    }


def _scales(rows: Sequence[Any], zone: ZoneInfo) -> list[Facts]:
    """Return each scale of each instrument with its last five values, the oldest first."""
    found: dict[tuple[str, str], list[Facts]] = {}
    for row in rows:
        known = found.setdefault((row.instrument, row.scale), [])
        if len(known) < 5:
            day = row.taken_at.astimezone(zone).date()
            value = {"day": day, "score": row.score, "band": row.band, "verified": row.verified}
            known.insert(0, value)
    return [
        {"instrument": instrument, "scale": scale, "values": values}
        for (instrument, scale), values in sorted(found.items())
    ]


def _drug_test(row: Any) -> Facts:
    return {
        "day": row.day,
        "because": row.because,
        "state": row.state,
        "kind": row.result_kind,
        "outcome": row.outcome,
        "substances": row.substances,
        "validity": row.validity,
    }


def _supporter(row: Any, sources: Sources) -> Facts:
    contact = sources.contacts.get(row.supporter_id)
    unknown = sources.nameless if row.supporter_id in sources.contacts else None
    return {
        "relation": row.relation,
        "name": contact.name if contact else unknown,
        "reached_at": contact.reached_at if contact else None,
    }


def _meetings(rows: Sequence[Any], today: date) -> Facts:
    lately = [each for each in rows if today - timedelta(days=30) < each.day <= today]
    return {
        "in_all": len(rows),
        "verified": sum(each.verified for each in rows),
        "in_30_days": len(lately),
        "verified_in_30_days": sum(each.verified for each in lately),
    }


def _resource(row: Any) -> Facts:
    return {
        "kind": row.kind,
        "resource": row.resource,
        "day": row.day,
        "outcome": row.outcome,
        "outcome_day": row.outcome_day,
    }


def _outreach(row: Any, zone: ZoneInfo) -> Facts:
    at = row.at.astimezone(zone)
    return {"at": at, "way": row.way, "result": row.result}


def _names(supporters: Sequence[Any], contacts: Mapping[str, Contact | None]) -> dict[str, str]:
    """Return what each supporter is called, by their id: by name, or as what they are."""
    return {
        each.supporter_id: known.name
        if (known := contacts.get(each.supporter_id))
        else f"the patient's {each.relation}"
        for each in supporters
    }


def _disclosures(rows: Sequence[Any]) -> Facts:
    return {"in_all": len(rows), "last_day": rows[0].day if rows else None}

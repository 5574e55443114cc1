"""A finding explained: the rule in words, the numbers, the events it rests on, the source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from domain.aggregate import Event
from domain.compliance.finding import ASKED_BY, NO_DAY, Finding
from domain.compliance.rule_sentences import SENTENCES, in_words
from domain.errors import DaybookError
from domain.patient import (
    AdmissionCorrected,
    CandidateAdmitted,
    DischargeCorrected,
    PatientAdmitted,
    PatientDischarged,
    PlanAdjusted,
    PlanSet,
    PlanTapered,
)
from domain.payer_policy import PayerPolicyAdopted
from domain.policy import Parameter, Policy, RuleName
from domain.program import PolicyAdopted
from domain.session import (
    AttendanceCorrected,
    AttendanceRecorded,
    SessionRescheduled,
    SessionScheduled,
)
from projections.compliance.recompute import recompute
from services.reports.history_telling import WORDS, Teller
from services.reports.history_wording import Names, day
from services.reports.standing import standing_of
from services.reports.verdict_words import miss, numbers, state_words, visit_words
from services.text_output import each_on_one_line, json_text

Facts = dict[str, Any]

NUMBERS = ("state", "measured", "required", "unit", "because")
"""What has to come out again."""


BESIDE: Mapping[RuleName, tuple[str, ...]] = {"drug-test": ("drug_test_stable_days",)}
"""Numbers that a rule goes by instead of the one by which it is asked for."""


class NoSuchFinding(DaybookError):
    """Nothing that was found is called so."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that there is to say of a finding; `holds` tells whether its events alone prove it."""

    facts: Facts
    holds: bool
    patients: frozenset[str] = frozenset()

    def without(self, hidden: frozenset[str]) -> "Explanation":
        """Return it without some of its facts, for programs."""
        shown = {name: each for name, each in self.facts.items() if name not in hidden}
        return Explanation(shown, self.holds, self.patients)

    def json(self) -> str:
        """Return it as an object."""
        return json_text(self.facts) + "\n"

    def table(self) -> Group:
        """Return it for a terminal of 80 columns."""
        return Group(*_lines(each_on_one_line(self.facts)))


def explanation(
    row: Any,
    revisions: Sequence[Any],
    mrn: str | None,
    about: str | None,
    *,
    told_by: Teller,
    now: datetime,
) -> Explanation:
    """Return what a finding's row, what it was before, and its events say."""
    journal, zone = told_by.journal, told_by.zone
    events = journal.named(row.evidence)
    again = recompute(events, now).get(row.finding_id)
    holds = _same(row, again)
    asked = _asked_by(row, events)
    later = journal.named(_all(revisions))
    names = told_by.names([*events, *later])
    told = {each.event_id: _told(each, names) for each in (*events, *later)}
    facts = {
        "finding": row.finding_id,
        "rule": row.rule,
        "in_words": f"Rule: {in_words(row.rule, row.required, row.unit)}",
        "policy": row.policy_id,
        "version": row.version,
        "policy_name": asked[0].name if asked else None,
        "mrn": mrn,
        "about": about,
        "from": row.from_day,
        "to": None if row.to_day == NO_DAY else row.to_day,
        "state": row.state,
        "measured": row.measured,
        "required": row.required,
        "unit": row.unit,
        "because": row.because,
        "zone": zone.key,
        "mends": [_named(each, events) for each in row.mends],
        "citation": asked[1].citation if asked else None,
        "verified": asked[1].verified if asked else None,
        "source_standing": standing_of(*asked) if asked else None,
        "read_on": asked[1].read_on if asked else None,
        "before": [_before(each, told, zone) for each in revisions],
        "events": [told[each.event_id] for each in events],
        "worked_out_again": holds,
    }
    return Explanation(facts, holds, frozenset({row.patient_id} if row.patient_id else ()))


def _same(row: Any, again: Finding | None) -> bool:
    return again is not None and all(getattr(row, each) == getattr(again, each) for each in NUMBERS)


def _named(session_id: str, events: Sequence[Event]) -> str:
    """Return what a session is called, and its day."""
    for event in reversed(events):
        if isinstance(event, SessionScheduled) and event.originator_id == session_id:
            return f"{event.label} on {event.meeting.day}"
    return session_id


def _asked_by(row: Any, events: Sequence[Event]) -> tuple[Policy, Parameter] | None:
    """Return the policy's number by which the rule is asked for, from the event of its adoption.

    Of several it is the one in force on the finding's first day, or else on its last.
    """
    keys = (*ASKED_BY[row.rule], *BESIDE.get(row.rule, ()))
    for event in events:
        if isinstance(event, (PolicyAdopted, PayerPolicyAdopted)):
            policy = event.policy
            if (policy.policy_id, policy.version) == (row.policy_id, row.version):
                days = dict.fromkeys((row.from_day, row.to_day))
                asking = [policy.on(day).parameter(key) for day in days for key in keys]
                known = [each for each in asking if each]
                theirs = [each for each in known if each.value == row.required] or known
                if theirs:
                    return policy, theirs[0]
    return None


def _all(revisions: Sequence[Any]) -> list[str]:
    return [event_id for each in revisions for event_id in each.events]


def _before(row: Any, told: dict[str, Facts], zone: ZoneInfo) -> Facts:
    return {
        "until": row.at.astimezone(zone),
        "state": row.was_state,
        "measured": row.was_measured,
        "required": row.was_required,
        "version": row.was_version,
        "changed_by": [told[each] for each in row.events if each in told],
    }


def _told(event: Event, names: Names) -> Facts:
    reason, wording = getattr(event, "reason", None), WORDS.get(type(event))
    happened = wording.happened_at(event) if wording else None
    session = names.sessions.get(event.originator_id)
    return {
        "event": event.event_id,
        "kind": event.TOPIC,
        "what": wording.says(event, names) if wording else event.TOPIC,
        "at": event.timestamp.astimezone(names.zone),
        "happened_at": happened and happened.astimezone(names.zone),
        "session": session and f"{session.label}, {day(session.day)}",
        "author": event.author,
        "reason": reason if isinstance(reason, str) else None,
        "says": _says(event),
    }


def _says(event: Event) -> str | None:
    """Return what an event adds to the numbers, in words."""
    match event:
        case AttendanceRecorded() | AttendanceCorrected():
            minutes = (f"{each.service} {each.minutes}" for each in event.attendance.credits)
            return ", ".join([visit_words(event.attendance.status), *minutes])
        case SessionScheduled() | SessionRescheduled():
            return f"{event.meeting.scheduled_minutes} minutes on {event.meeting.day}"
        case PolicyAdopted() | PayerPolicyAdopted():
            policy = event.policy
            return f"{policy.policy_id}, version {policy.version}, from {event.from_day}"
        case PlanSet() | PlanAdjusted() | PlanTapered():
            plan = f"{event.plan.weekly_minutes} minutes on {event.plan.days_per_week} days a week"
            return f"{plan}, from {event.effective_from}"
        case PatientAdmitted() | CandidateAdmitted() | AdmissionCorrected():
            return f"from {event.admitted_on}"
        case PatientDischarged() | DischargeCorrected():
            return f"until {event.discharge.day}" if event.discharge else "not at all"
    return None


# For a terminal


def _lines(facts: Facts) -> Iterator[RenderableType]:
    yield Text(facts["in_words"], style="bold")
    said = ": ".join(filter(None, (state_words(facts["state"], facts["because"]), miss(facts))))
    yield Text(f"{said[:1].upper()}{said[1:]}\n", style="bold")
    known = Table.grid(padding=(0, 1))
    for _ in range(3):
        known.add_column(overflow="fold")
    for row in _known(facts):
        known.add_row("", *map(Text, row))
    yield known
    for each in facts["before"]:
        yield Text(f"\nBefore {each['until']:%Y-%m-%d %H:%M} it was something else", style="bold")
        was = numbers({**each, "rule": facts["rule"], "unit": facts["unit"]})
        yield Text(f"  {state_words(each['state'])}: {was}. It was changed by")
        yield _events(each["changed_by"])
    yield Text(f"\nThe events that it rests on, on the clocks of {facts['zone']}", style="bold")
    yield _events(facts["events"])
    again = "the same" if facts["worked_out_again"] else "something else!"
    yield Text(f"\nWorked out again from these events alone: {again}.", style="bold")


def _known(facts: Facts) -> Iterator[tuple[str, str]]:
    yield "finding", f"{facts['finding']}, {facts['rule']}"
    named = facts["policy_name"] or facts["policy"]
    yield "asked by", f"{named}, version {facts['version']}"
    if facts["mrn"]:
        yield "patient", facts["mrn"]
    if facts["about"]:
        yield "about", facts["about"]
    yield from _days(facts)
    if facts["measured"] is not None:
        yield "numbers", numbers(facts)
    yield "because", facts["because"]
    if facts["mends"]:
        yield "mended by", "a time out for " + ", ".join(facts["mends"])
    if facts["citation"]:
        read = f", read on {facts['read_on']}" if facts["read_on"] else ""
        yield "source", f"{facts['citation']} ({facts['source_standing']}{read})"


def _days(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the days that it is about, or since when something has to be done, and until when."""
    first, last = facts["from"], facts["to"]
    if SENTENCES[facts["rule"]].kind == "within":
        yield "since", str(first)
        yield "due", str(last or "open")
    else:
        yield "days", " to ".join(sorted({str(first), str(last or first)}))


def _events(told: Sequence[Facts]) -> Table:
    events = Table.grid(padding=(0, 1))
    for each in told:
        reason = f"“{each['reason']}”" if each["reason"] else None
        what = Text(f"{each['what']}, {each['author']}")
        for said in filter(None, (each["says"], reason)):
            what.append(f"\n{said}")
        what.append(f"\n{each['kind']}, {each['event']}", style="dim")
        events.add_row("", f"{each['at']:%Y-%m-%d %H:%M}", what)
    return events

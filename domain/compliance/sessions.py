"""The rules about a session: how many were there, and whether its sheet was signed. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.care import SegmentFormat, Service
from domain.compliance.facts import Place, SessionFacts
from domain.compliance.finding import Finding
from domain.compliance.thresholds import (
    Deadline,
    Outcome,
    Subject,
    Within,
    compared,
    found,
    weigh_deadline,
)
from domain.policy import Adopted, RuleName
from domain.times import day_after

SessionRule = Callable[[SessionFacts, ZoneInfo, tuple[str, ...], Adopted], Finding | None]
"""From a session, the site's clocks and the events that say so, and a policy in force."""

CALLED_OFF = "the program called the session off"
NOBODY_CAME = "nobody came to it"
FOR_MANY = "it was of several families or with a speaker from outside"

OF_MANY: frozenset[SegmentFormat | None] = frozenset({"multi-family", "outside-speaker"})
"""What there is no greatest size for."""


def group_size(
    session: SessionFacts, _: ZoneInfo, base: tuple[str, ...], adopted: Adopted
) -> Finding | None:
    """Tell whether no more patients were in a group than there may be.

    Texas: 16 (26 TAC 564.901(b)); California: 12 (9 CCR 10345, of narcotic treatment programs, as
    in DMC-ODS, unverified); Arizona, of S9480: 8 (a payer's memo of 2024-04-01,
    https://azcompletehealth.com/newsroom/PU24047.html). Who has no time out was there. Texas
    exempts multi-family groups and outside speakers: that it says so of groups as of education, and
    that others mean the same, is a reading of Daybook's (unverified).
    """
    size = _Size("group-size", "group_max", ("group",), "at most")
    return _weigh(size, session, base, adopted)


def group_minimum(
    session: SessionFacts, _: ZoneInfo, base: tuple[str, ...], adopted: Adopted
) -> Finding | None:
    """Tell whether enough patients were in a group to be one.

    California: 2 (9 CCR 10345, of narcotic treatment programs, as in DMC-ODS, unverified).
    """
    size = _Size("group-minimum", "group_min", ("group",), "at least")
    return _weigh(size, session, base, adopted)


def education_size(
    session: SessionFacts, _: ZoneInfo, base: tuple[str, ...], adopted: Adopted
) -> Finding | None:
    """Tell whether no more patients were in an education, or a training of skills, than may be.

    Texas: 35 in group education and life skills training (26 TAC 564.901(b)); exempt is what
    `group_size` exempts.
    """
    size = _Size("education-size", "education_max", ("education", "skills"), "at most")
    return _weigh(size, session, base, adopted)


def sheet_due(
    session: SessionFacts, zone: ZoneInfo, base: tuple[str, ...], adopted: Adopted
) -> Finding | None:
    """Tell whether somebody signed the sign-in sheet in time.

    California: a sheet for each group, as in 9 CCR 9854 of driving programs (unverified).
    """
    parameter = adopted.policy.parameter("sheet_days")
    if parameter is None or session.withdrawn:
        return None
    came = () if session.called_off else tuple(session.came.values())
    sheet = min(session.sheets, key=lambda each: each.at, default=None) if came else None
    signed_on = sheet.at.astimezone(zone).date() if sheet else None
    due = session.day + timedelta(days=parameter.value)
    deadline = Deadline(
        due=due,
        late_at=day_after(due, zone),
        done_on=signed_on,
        taken=max((signed_on - session.day).days, 0) if signed_on else 0,
        done="the sheet was signed",
        undone="the sheet is not signed",
        excepted=_excepted(session, came),
    )
    evidence = (*_evidence(session, came, base), *([sheet.event_id] if sheet else []))
    subject = Subject(None, session.session_id, session.day, evidence)
    return weigh_deadline("sheet-due", parameter, adopted, subject, deadline)


SESSIONS: tuple[SessionRule, ...] = (group_size, group_minimum, education_size, sheet_due)
"""The rules that a session is judged by, in their order."""

OF_PAYERS: tuple[SessionRule, ...] = (group_size, education_size)
"""Those of them that a payer, too, may ask for where its patients were."""

SIGNED: tuple[SessionRule, ...] = (sheet_due,)
"""Those of them for which something has to be done once the session is over."""


@dataclass(frozen=True, slots=True)
class _Size:
    """A rule about how many patients there are at any of some services, and its number."""

    rule: RuleName
    key: str
    services: tuple[Service, ...]
    within: Within


def _weigh(
    size: _Size, session: SessionFacts, base: tuple[str, ...], adopted: Adopted
) -> Finding | None:
    parameter = adopted.policy.parameter(size.key)
    offered = {each for each in size.services if session.scheduled.get(each, 0)}
    if parameter is None or session.withdrawn or not offered:
        return None
    there = () if session.called_off else tuple(_there(session, offered))
    subject = Subject(None, session.session_id, session.day, tuple(_evidence(session, there, base)))
    excepted = _excepted(session, there)
    if size.within == "at most" and offered <= {*session.for_many}:
        excepted = excepted or FOR_MANY
    if excepted:
        weighed = Outcome(session.day, "not_applicable", None, excepted)
    else:
        number = len(there)
        state, because = compared(number, "patients were there", size.within, parameter.value)
        weighed = Outcome(session.day, state, number, because)
    return found(size.rule, parameter, adopted, subject, weighed)


def _there(session: SessionFacts, services: Iterable[Service]) -> Iterator[Place]:
    """Yield the places of those who were there for a minute of any, or may have been."""
    for each in session.came.values():
        if each.status == "incomplete" or any(each.credited.get(one, 0) for one in services):
            yield each


def _excepted(session: SessionFacts, there: tuple[Place, ...]) -> str | None:
    """Return why a session is not judged; None where it is."""
    if session.called_off:
        return CALLED_OFF
    return None if there else NOBODY_CAME


def _evidence(
    session: SessionFacts, there: Iterable[Place], base: tuple[str, ...]
) -> Iterator[str]:
    events = [session.opening, session.meeting, session.called_off]
    for each in there:
        events += [each.rostered, each.recorded]
    yield from base
    yield from filter(None, events)

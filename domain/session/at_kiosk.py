"""Which session a patient means who says at a kiosk that they are here, or that they are leaving.

A kiosk knows a code and nothing else: what is not plain is for the desk.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.errors import NotForKiosk
from domain.session.attendance import SignIn, open_line
from domain.session.presence import AROUND
from domain.session.session import Session


@dataclass(frozen=True, slots=True)
class KioskVisit:
    """The session that is meant; `line` is on its sheet already where it was said before."""

    session: Session
    line: SignIn | None = None


def arriving_at(sessions: Iterable[Session], patient_id: str, at: datetime) -> KioskVisit:
    """Return to which of a patient's sessions they come at a moment: what runs, or is next.

    Who is in a session that is not over stays in it. Raises NotForKiosk where nobody expects them
    within the hours in which the door is open, or two sessions at one time do.
    """
    open_sessions = _in_order(sessions, patient_id, at)
    to_come = [each for each in open_sessions if at < each.meeting.ends_at]
    for each in to_come:
        if line := open_line(each.visits[patient_id].sign_ins):
            return KioskVisit(each, line)
    if not to_come or _is_unclear(*to_come[:2]):
        raise NotForKiosk
    return KioskVisit(to_come[0])


def leaving_from(sessions: Iterable[Session], patient_id: str, at: datetime) -> KioskVisit:
    """Return which of a patient's sessions they leave at a moment: the last that they came to.

    Raises NotForKiosk where they are on no sheet by then.
    """
    lines = [
        (line, each)
        for each in _in_order(sessions, patient_id, at)
        for line in each.visits[patient_id].sign_ins
        if line.arrived_at <= at
    ]
    if not lines:
        raise NotForKiosk
    line, session = max(lines, key=lambda each: each[0].arrived_at)
    return KioskVisit(session, line if line.left_at else None)


def _is_unclear(first: Session, second: Session | None = None) -> bool:
    """Tell whether the session that is next is at the time of another one."""
    return second is not None and first.meeting.span.overlaps(second.meeting.span)


def _in_order(sessions: Iterable[Session], patient_id: str, at: datetime) -> list[Session]:
    """Return the sessions that expect a patient and whose door is open, by their start."""
    found = [
        each
        for each in sessions
        if each.takes_place and patient_id in each.visits
        if each.meeting.starts_at - AROUND <= at <= each.meeting.ends_at + AROUND
    ]
    return sorted(found, key=lambda each: (each.meeting.starts_at, each.id))

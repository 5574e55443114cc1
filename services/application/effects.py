"""What a command would do to sessions and to the people in them, told without saving it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.calendar import ResourceKind
from domain.errors import DaybookError, Refusal
from domain.patient import Patient
from domain.session import Session
from services.application.unit_of_work import NotKnown, UnitOfWork, booking_of
from services.application.week_effects import Pair, ShortWeek, short_weeks

AT_ANOTHER_SESSION = "is expected at {label} at that time"
HAS_A_DUTY = "has {commitment}"


@dataclass(frozen=True, slots=True)
class Planned:
    """A session as it stands on the schedule; `taken` are the places that are not free."""

    day: date
    starts_at: datetime
    ends_at: datetime
    room_id: str
    staff_id: str | None
    places: int
    taken: int
    called_off_because: str | None

    @classmethod
    def of(cls, session: Session | None) -> "Planned | None":
        """Return how a session stands; None where it is not on the schedule."""
        if session is None or session.withdrawn:
            return None
        meeting = session.meeting
        return cls(
            meeting.day,
            meeting.starts_at,
            meeting.ends_at,
            meeting.room_id,
            meeting.staff_id,
            meeting.places,
            len(session.visits),
            session.called_off_because,
        )


@dataclass(frozen=True, slots=True)
class ChangedSession:
    """A session before and after; None where it is not on the schedule."""

    session_id: str
    label: str
    track_id: str | None
    before: Planned | None
    after: Planned | None


@dataclass(frozen=True, slots=True)
class CannotCome:
    """A patient who is expected at a session as it would be, and what keeps them from it."""

    patient_id: str
    session_id: str
    because: str


@dataclass(frozen=True, slots=True)
class NotExpected:
    """A patient who is expected at a session that takes place, and would not be any longer."""

    patient_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class TakenResource:
    """A room or a person of staff that `session_id` would need and `by_session_id` has."""

    kind: ResourceKind
    resource_id: str
    session_id: str
    by_session_id: str
    by_label: str


@dataclass(frozen=True, slots=True)
class Effects:
    """What a command would change, whom it would keep away, and whose weeks would be short."""

    sessions: tuple[ChangedSession, ...]
    cannot_come: tuple[CannotCome, ...]
    taken: tuple[TakenResource, ...]
    short_weeks: tuple[ShortWeek, ...]
    not_expected: tuple[NotExpected, ...] = ()

    @property
    def patient_ids(self) -> list[str]:
        """Who is named."""
        kept_away = [each.patient_id for each in self.cannot_come]
        short = [each.patient_id for each in self.short_weeks]
        return list(
            dict.fromkeys(kept_away + short + [each.patient_id for each in self.not_expected])
        )


class WouldBeRefused(DaybookError):
    """A command would be refused, and what it would have done otherwise."""

    def __init__(self, refusal: Refusal, effects: Effects) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.effects = effects


def looking(decision: Callable[[UnitOfWork], Any]) -> Callable[[UnitOfWork], Effects]:
    """Return a decision that says what another one would do, and of which nothing is saved.

    It raises NotKnown as the other one does, and WouldBeRefused for any other refusal.
    """

    def look(work: UnitOfWork) -> Effects:
        before = work.begun_anew()
        try:
            decision(work)
            work.decided()
        except NotKnown:
            raise
        except Refusal as refusal:
            raise WouldBeRefused(refusal, _effects(before, work)) from refusal
        work.discard()
        return _effects(before, work)

    return look


def _effects(before: UnitOfWork, after: UnitOfWork) -> Effects:
    now = [each for each in after.pending() if isinstance(each, Session)]
    now.sort(key=lambda each: (each.meeting.starts_at, each.label))
    pairs = [(before.find_session(each.id), each) for each in now]
    kept_away = tuple(each for was, now in pairs for each in _kept_away(after, was, now))
    away = {(each.patient_id, each.session_id) for each in kept_away}
    return Effects(
        tuple(changed for was, now in pairs if (changed := _changed(was, now))),
        kept_away,
        tuple(each for was, now in pairs for each in _taken(after, was, now)),
        tuple(short_weeks(before, after, pairs, away)),
        tuple(_not_expected(pairs)),
    )


def _changed(was: Session | None, now: Session) -> ChangedSession | None:
    before, after = Planned.of(was), Planned.of(now)
    if before == after:
        return None
    return ChangedSession(now.id, now.label, now.meeting.track_id, before, after)


def _takes_other_time(was: Session | None, now: Session) -> bool:
    """Tell whether a session takes place at a time at which it did not before."""
    if not now.takes_place:
        return False
    return was is None or not was.takes_place or was.meeting.span != now.meeting.span


def _kept_away(work: UnitOfWork, was: Session | None, now: Session) -> Iterator[CannotCome]:
    for patient_id, refusal in work.not_booked.get(now.id, {}).items():
        yield CannotCome(patient_id, now.id, str(refusal))
    for patient_id, visit in now.visits.items():
        is_new = was is None or patient_id not in was.visits
        if visit.role != "rostered" or not (is_new or _takes_other_time(was, now)):
            continue
        patient = work.find(patient_id, Patient)
        if patient and not patient.merged_into and (because := _obstacle(work, patient, now)):
            yield CannotCome(patient_id, now.id, because)


def _obstacle(work: UnitOfWork, patient: Patient, session: Session) -> str | None:
    """Return what a patient has to do at the time of a session, in words."""
    booking = booking_of(session)
    for other in patient.bookings.values():
        if other.session_id != session.id and other.span.overlaps(booking.span):
            found = work.find_session(other.session_id)
            label = found.label if found else other.session_id
            return AT_ANOTHER_SESSION.format(label=label)
    for _, commitment in patient.collisions([booking], work.zone(session.facility_id)):
        return HAS_A_DUTY.format(commitment=commitment.in_words)
    return None


def _not_expected(pairs: Sequence[Pair]) -> Iterator[NotExpected]:
    """Yield who is taken off a roster.

    Where a session of a track gives way to another one of it, that is who gets no place there.
    """
    instead = [
        now
        for was, now in pairs
        if now.meeting.track_id and now.takes_place and not (was and was.takes_place)
    ]
    gained = {(each.meeting.track_id, patient_id) for each in instead for patient_id in each.visits}
    replaced = {each.meeting.track_id for each in instead}
    for was, now in pairs:
        track_id = now.meeting.track_id
        if was is None or not was.takes_place or now.called_off:
            continue
        if now.withdrawn and track_id not in replaced:
            continue
        for patient_id, visit in was.visits.items():
            stays = (track_id, patient_id) in gained if now.withdrawn else patient_id in now.visits
            if visit.role == "rostered" and not stays:
                yield NotExpected(patient_id, now.id)


def _taken(work: UnitOfWork, was: Session | None, now: Session) -> Iterator[TakenResource]:
    meeting = now.meeting
    same = was is not None and was.meeting.resources == meeting.resources
    if not now.takes_place or (same and not _takes_other_time(was, now)):
        return
    for calendar in work.calendars_around(now.facility_id, meeting):
        for other_id in calendar.in_the_way(now.id, meeting.span):
            other = work.find_session(other_id)
            yield TakenResource(
                calendar.kind,
                calendar.resource_id,
                now.id,
                other_id,
                other.label if other else other_id,
            )

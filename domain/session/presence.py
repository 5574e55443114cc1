"""Presence in a session: the lines of its sign-in sheet, and how they come about."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from domain.aggregate import CommandContext
from domain.errors import (
    AlreadyMadeUp,
    NotMissed,
    NotOnRoster,
    NotTakingPlace,
    NotYet,
    OnRosterAnyway,
    OutsideSession,
    ReasonMissing,
    SessionFull,
    SignedInElsewhere,
)
from domain.session import events as on
from domain.session.attendance import Amendment, SignIn, merged, put_right
from domain.session.state import SessionState
from domain.times import Span

AROUND = timedelta(hours=4)
"""How long before and after a session its door is open."""

TOLD_OTHERWISE = Amendment("told otherwise at the door")


class Presence(SessionState):
    """Guards that who is present has a place, and is in one place at a time."""

    # Questions

    def presence(self, patient_id: str) -> Iterator[Span]:
        """Yield when a patient was here; who did not sign out stays to the session's end."""
        for line in self._visit(patient_id).sign_ins:
            yield self._stay(line)

    # Guards

    def _check_visit(self, patient_id: str, makes_up: str | None) -> None:
        """Raise the refusal that this patient's presence would meet."""
        if not self.takes_place:
            raise NotTakingPlace
        visit = self.visits.get(patient_id)
        if makes_up == self.id:
            raise NotMissed
        if makes_up and visit and visit.role == "rostered":
            raise OnRosterAnyway
        if not makes_up and (visit is None or visit.role == "make_up"):
            raise NotOnRoster
        if visit and visit.made_up_by:
            raise AlreadyMadeUp
        if visit is None and not self.free_places:
            raise SessionFull(places=self.meeting.places)

    def _check_elsewhere(self, lines: Iterable[SignIn], elsewhere: Collection[Span]) -> None:
        if any(self._stay(line).overlaps(other) for line in lines for other in elsewhere):
            raise SignedInElsewhere

    def _when(self, context: CommandContext, at: datetime | None) -> datetime:
        """Return when it happened: nothing is told before it does, or of another time."""
        if at is not None and at > context.at:
            raise NotYet
        moment = at or context.at
        if not self.meeting.starts_at - AROUND <= moment <= self.meeting.ends_at + AROUND:
            raise OutsideSession
        return moment

    # What is decided

    def _merge(
        self,
        context: CommandContext,
        patient_id: str,
        *,
        arrivals: Iterable[datetime] = (),
        departures: Iterable[datetime] = (),
        makes_up: str | None,
        elsewhere: Collection[Span],
        amendment: Amendment | None,
    ) -> None:
        """Take arrivals and departures in, in the order in which they happened.

        With an `amendment` they put right what is on record: see `put_right`.
        """
        visit = self._visit(patient_id)
        before = {line.arrived_at: line for line in visit.sign_ins}
        if amendment:
            came, left = put_right(visit, arrivals=arrivals, departures=departures)
        else:
            came = {*before, *arrivals}
            left = {line.left_at for line in visit.sign_ins if line.left_at}
            left |= {*visit.departures, *departures}
        lines, held = merged(came, left)
        self._check_elsewhere(lines, elsewhere)
        if self.closed and (lines, held) != (visit.sign_ins, visit.departures):
            why(amendment)
        for line in lines:
            if line.arrived_at not in before:
                self._arrive(context, patient_id, SignIn(line.arrived_at), makes_up, amendment)
        for arrived_at in set(before) - came:
            struck = {"patient_id": patient_id, "arrived_at": arrived_at}
            self.record(on.CheckInUndone, context, **struck, **why(amendment))
        for left_at in held:
            if left_at not in visit.departures:
                self.record(on.DepartureHeld, context, patient_id=patient_id, left_at=left_at)
        for line in lines:
            known = before.get(line.arrived_at, SignIn(line.arrived_at))
            if known.left_at != line.left_at:
                self._leave(context, patient_id, known, line.left_at, amendment)

    def _arrive(
        self,
        context: CommandContext,
        patient_id: str,
        line: SignIn,
        makes_up: str | None,
        amendment: Amendment | None,
    ) -> None:
        arrival = {
            "patient_id": patient_id,
            "arrived_at": line.arrived_at,
            "makes_up": makes_up,
        }
        if self.closed:
            self.record(
                on.LateSignInEntered, context, left_at=line.left_at, **arrival, **why(amendment)
            )
            return
        self.record(on.PatientCheckedIn, context, **arrival)
        if line.left_at:
            self._leave(context, patient_id, SignIn(line.arrived_at), line.left_at, amendment)

    def _leave(
        self,
        context: CommandContext,
        patient_id: str,
        known: SignIn,
        left_at: datetime | None,
        amendment: Amendment | None,
    ) -> None:
        facts = {"patient_id": patient_id, "arrived_at": known.arrived_at, "left_at": left_at}
        if not (self.closed or known.left_at):
            self.record(on.PatientCheckedOut, context, **facts)
            return
        facts |= why(amendment if self.closed else amendment or TOLD_OTHERWISE)
        if known.left_at:
            self.record(on.CheckOutCorrected, context, recorded_as=known.left_at, **facts)
        else:
            self.record(on.LateCheckOutEntered, context, **facts)

    # Lines

    def _line(self, patient_id: str, arrived_at: datetime) -> SignIn | None:
        lines = self._visit(patient_id).sign_ins
        return next((line for line in lines if line.arrived_at == arrived_at), None)

    def _stay(self, line: SignIn) -> Span:
        return Span(line.arrived_at, line.left_at or max(line.arrived_at, self.meeting.ends_at))


def why(amendment: Amendment | None) -> dict[str, object]:
    """Return the facts that a late entry or a correction carries besides time and author."""
    if amendment is None or not amendment.reason:
        raise ReasonMissing
    return {"reason": amendment.reason, "credential": amendment.credential}

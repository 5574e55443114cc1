"""The door of a session: who arrives, who leaves, and what is put right afterwards."""

from collections.abc import Collection
from datetime import datetime

from domain.aggregate import CommandContext
from domain.errors import (
    EndsBeforeStart,
    MakesUpAnother,
    NotOnRoster,
    NotSignedIn,
    NotTakingPlace,
    ReasonMissing,
    SaidOtherwise,
    SignedInTwice,
)
from domain.session import events as on
from domain.session.attendance import Amendment, SignIn, open_line, share_time
from domain.session.presence import Presence, why
from domain.times import Span


class Door(Presence):
    """Guards what is told at the door, and what is put right there.

    `elsewhere` is when a patient is signed in to other sessions. Once the session is closed an
    `amendment` says why something is entered late.
    """

    # Commands: the sheet

    def sign_in(
        self,
        context: CommandContext,
        patient_id: str,
        line: SignIn,
        *,
        makes_up: str | None = None,
        elsewhere: Collection[Span] = (),
        amendment: Amendment | None = None,
    ) -> None:
        """Record a line of the sign-in sheet, new or changed; its arrival tells which line it is.

        `makes_up` is the id of the missed session.
        """
        if line.left_at and line.left_at < line.arrived_at:
            raise EndsBeforeStart(start="time_in", end="time_out")
        self._check_visit(patient_id, makes_up)
        visit = self._visit(patient_id)
        if any(share_time(line, other) for other in visit.sign_ins):
            raise SignedInTwice
        self._check_elsewhere([line], elsewhere)
        if self.closed and line not in visit.sign_ins:
            why(amendment)
        if visit.makes_up and makes_up and visit.makes_up != makes_up:
            self.record(on.MakeUpRedirected, context, patient_id=patient_id, makes_up=makes_up)
        known = self._line(patient_id, line.arrived_at)
        if known is None:
            self._arrive(context, patient_id, line, makes_up, amendment)
        elif known.left_at != line.left_at:
            self._leave(context, patient_id, known, line.left_at, amendment)

    # Commands: arriving and leaving

    def check_in(
        self,
        context: CommandContext,
        patient_id: str,
        *,
        at: datetime | None = None,
        makes_up: str | None = None,
        elsewhere: Collection[Span] = (),
        amendment: Amendment | None = None,
    ) -> None:
        """Sign in a patient who arrives now: who is in already stays in.

        Or who arrived `at` an earlier time, as a kiosk without a line tells hours later. With an
        `amendment` an earlier arrival puts right the one on record.
        """
        visit = self._visit(patient_id)
        if at is None and open_line(visit.sign_ins) and makes_up in {None, visit.makes_up}:
            return
        self._check_visit(patient_id, makes_up)
        if makes_up and visit.makes_up not in {None, makes_up}:
            raise MakesUpAnother
        self._merge(
            context,
            patient_id,
            arrivals=[self._when(context, at)],
            makes_up=makes_up,
            elsewhere=elsewhere,
            amendment=amendment,
        )

    def check_out(
        self,
        context: CommandContext,
        patient_id: str,
        *,
        at: datetime | None = None,
        elsewhere: Collection[Span] = (),
        amendment: Amendment | None = None,
    ) -> None:
        """Sign out a patient who leaves now, or left `at` an earlier time.

        Who is out already stays out. A departure that is told before its arrival waits for it; with
        an `amendment` a later one puts right the one on record.
        """
        visit = self.visits.get(patient_id)
        if visit is None:
            raise NotOnRoster
        if at is None and open_line(visit.sign_ins) is None:
            if visit.sign_ins:
                return
            raise NotSignedIn
        self._check_visit(patient_id, visit.makes_up)
        self._merge(
            context,
            patient_id,
            departures=[self._when(context, at)],
            makes_up=visit.makes_up,
            elsewhere=elsewhere,
            amendment=amendment,
        )

    def turn_away(
        self, context: CommandContext, patient_id: str, *, reason: str, at: datetime | None = None
    ) -> None:
        """Record that a patient who is expected came and was not let in."""
        if not self.takes_place:
            raise NotTakingPlace
        visit = self.visits.get(patient_id)
        if visit is None:
            raise NotOnRoster
        if not reason:
            raise ReasonMissing
        came_at = self._when(context, at)
        stays = map(self._stay, visit.sign_ins)
        if any(stay.starts_at <= came_at < stay.ends_at for stay in stays):
            raise SignedInTwice
        known = {each.came_at: each.reason for each in visit.turned_away}
        if known.get(came_at, reason) != reason:
            raise SaidOtherwise(what="arrival that was turned away")
        if came_at not in known:
            self.record(
                on.PatientTurnedAway, context, patient_id=patient_id, came_at=came_at, reason=reason
            )

    # Commands: putting right

    def undo_check_in(
        self,
        context: CommandContext,
        patient_id: str,
        arrived_at: datetime,
        *,
        amendment: Amendment,
    ) -> None:
        """Strike an arrival, and the departure with it: nobody came then."""
        if self._line(patient_id, arrived_at) is None:
            self._check_struck(patient_id, arrived_at)
        else:
            self.record(
                on.CheckInUndone,
                context,
                patient_id=patient_id,
                arrived_at=arrived_at,
                **why(amendment),
            )
            self._release_supporters(context, patient_id)

    def reassign_sign_in(
        self,
        context: CommandContext,
        patient_id: str,
        arrived_at: datetime,
        *,
        to: str,
        amendment: Amendment,
        elsewhere: Collection[Span] = (),
    ) -> None:
        """Put right that the wrong patient was signed in: it was `to` who came.

        `elsewhere` is when `to` is signed in to other sessions.
        """
        line = self._line(patient_id, arrived_at)
        if line is None:
            self._check_struck(patient_id, arrived_at)
            if self._line(to, arrived_at):
                return
            raise NotSignedIn
        self._check_visit(to, None)
        if any(share_time(line, other) for other in self.visits[to].sign_ins) or self._line(
            to, arrived_at
        ):
            raise SignedInTwice
        self._check_elsewhere([line], elsewhere)
        self.record(
            on.SignInReassigned,
            context,
            patient_id=patient_id,
            to_patient_id=to,
            arrived_at=arrived_at,
            **why(amendment),
        )
        self._release_supporters(context, patient_id)

    def _check_struck(self, patient_id: str, arrived_at: datetime) -> None:
        """Raise NotSignedIn for an arrival that was never on the sheet."""
        if arrived_at not in self.struck.get(patient_id, ()):
            raise NotSignedIn

    # Commands: family and others close to a patient

    def check_in_supporter(self, context: CommandContext, supporter_id: str) -> None:
        """Sign in a supporter who arrives now; who is in already stays in."""
        if not self.takes_place:
            raise NotTakingPlace
        if supporter_id not in self.supporters:
            raise NotOnRoster
        if open_line(self.supporters[supporter_id].sign_ins) is None:
            self.record(
                on.SupporterCheckedIn, context, supporter_id=supporter_id, arrived_at=context.at
            )

    def check_out_supporter(self, context: CommandContext, supporter_id: str) -> None:
        """Sign out a supporter who leaves now; who is out already stays out."""
        if supporter_id not in self.supporters:
            raise NotOnRoster
        sign_ins = self.supporters[supporter_id].sign_ins
        if not sign_ins:
            raise NotSignedIn
        if here := open_line(sign_ins):
            if context.at < here.arrived_at:
                raise EndsBeforeStart(start="arrived_at", end="left_at")
            self.record(
                on.SupporterCheckedOut,
                context,
                supporter_id=supporter_id,
                arrived_at=here.arrived_at,
                left_at=context.at,
            )

    def _release_supporters(self, context: CommandContext, patient_id: str) -> None:
        """Expect nobody who was to come along with a patient who has no visit any longer."""
        if patient_id in self.visits:
            return
        for supporter_id, supporter in self.supporters_of(patient_id).items():
            if not supporter.sign_ins:
                self.record(on.SupporterReleased, context, supporter_id=supporter_id)

"""The roster's side of a session: who is expected, who waits for a place, who will not come."""

from collections.abc import Mapping
from dataclasses import replace

from domain.aggregate import CommandContext
from domain.errors import (
    AlreadyBegun,
    AlreadyExpected,
    AlreadyMadeUp,
    HasAttended,
    NotOnRoster,
    NotTakingPlace,
    OnRosterAnyway,
    PlacesFree,
    RecordClosed,
    SessionFull,
)
from domain.session import events as on
from domain.session.attendance import Absence
from domain.session.state import SessionState


class Roster(SessionState):
    """Guards that no more patients are expected than there are places, and who is next."""

    # Commands: patients

    def check_place(self, patient_id: str) -> None:
        """Raise the refusal that expecting this patient would meet."""
        if self.withdrawn:
            raise NotTakingPlace
        visit = self.visits.get(patient_id)
        if visit and visit.role == "make_up":
            raise OnRosterAnyway
        if visit is None and not self.free_places:
            raise SessionFull(places=self.meeting.places)

    def roster(self, context: CommandContext, patient_id: str) -> None:
        """Expect a patient."""
        self.check_place(patient_id)
        if patient_id not in self.visits:
            self.record(on.PatientRostered, context, patient_id=patient_id)

    def check_release(self, patient_id: str) -> None:
        """Raise the refusal that no longer expecting this patient would meet."""
        visit = self.visits.get(patient_id)
        came_along = any(each.sign_ins for each in self.supporters_of(patient_id).values())
        if (visit and visit.sign_ins) or came_along:
            raise HasAttended
        if visit and visit.made_up_by:
            raise AlreadyMadeUp

    def release(self, context: CommandContext, patient_id: str) -> None:
        """Expect a patient no longer."""
        if patient_id in self.visits:
            self.check_release(patient_id)
            for supporter_id in self.supporters_of(patient_id):
                self.record(on.SupporterReleased, context, supporter_id=supporter_id)
            self.record(on.PatientReleased, context, patient_id=patient_id)

    # Commands: waiting for a place

    def wait(self, context: CommandContext, patient_id: str) -> None:
        """Put a patient on the waiting list, behind those who wait already."""
        if not self.takes_place:
            raise NotTakingPlace
        if self.closed:
            raise RecordClosed
        if patient_id in self.waiting:
            return
        if patient_id in self.visits:
            raise AlreadyExpected
        if self.has_begun(context):
            raise AlreadyBegun
        if self.free_places:
            raise PlacesFree
        self.record(on.PatientWaitlisted, context, patient_id=patient_id)

    def leave_waitlist(self, context: CommandContext, patient_id: str, reason: str) -> None:
        """Take a patient off the waiting list."""
        if patient_id in self.waiting:
            self.record(on.WaitlistLeft, context, patient_id=patient_id, reason=reason)

    def offer_places(
        self, context: CommandContext, why_not: Mapping[str, str], *, again: bool = False
    ) -> list[str]:
        """Give each free place to the first who can take it; return who got one.

        `why_not` tells of who waits what keeps them from it. Who is passed over keeps their turn,
        and the record says why (14 NYCRR 822.7 asks for a contact when a place opens); not `again`
        for a place that is the same. Once the session has begun nobody gets a place.
        """
        if not self.takes_place or self.closed or self.has_begun(context):
            return []
        placed = []
        for patient_id in self.waiting:
            if patient_id in self.visits:
                continue
            if not self.free_places:
                break
            if patient_id not in why_not:
                self.roster(context, patient_id)
                placed.append(patient_id)
            elif not again:
                because = why_not[patient_id]
                self.record(on.PatientPassedOver, context, patient_id=patient_id, because=because)
        return placed

    # Commands: family and others close to a patient

    def expect_supporter(
        self, context: CommandContext, supporter_id: str, *, patient_id: str, relation: str
    ) -> None:
        """Expect somebody close to a patient who is expected."""
        if not self.takes_place:
            raise NotTakingPlace
        if patient_id not in self.visits:
            raise NotOnRoster
        known = self.supporters.get(supporter_id)
        if known is None or (known.patient_id, known.relation) != (patient_id, relation):
            self.record(
                on.SupporterExpected,
                context,
                supporter_id=supporter_id,
                patient_id=patient_id,
                relation=relation,
            )

    def release_supporter(self, context: CommandContext, supporter_id: str) -> None:
        """Expect a supporter no longer."""
        known = self.supporters.get(supporter_id)
        if known and known.sign_ins:
            raise HasAttended
        if known:
            self.record(on.SupporterReleased, context, supporter_id=supporter_id)

    # Commands: who will not come

    def note_absence(self, context: CommandContext, patient_id: str, absence: Absence) -> None:
        """Record that a patient said they would not come, and whether that is excused."""
        visit = self.visits.get(patient_id)
        if visit is None or visit.role != "rostered":
            raise NotOnRoster
        known = visit.absence
        if known is None or replace(known, excused=absence.excused) != absence:
            self.record(
                on.AbsenceAnnounced,
                context,
                patient_id=patient_id,
                reason=absence.reason,
                notified_at=absence.notified_at,
            )
        if absence.excused != (known is not None and known.excused):
            event = on.AbsenceExcused if absence.excused else on.ExcuseWithdrawn
            self.record(event, context, patient_id=patient_id)

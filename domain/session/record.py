"""The record of a session: what is made up where, what each visit came to, who signed for it."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from domain.aggregate import CommandContext
from domain.care import Service
from domain.errors import (
    AlreadyMadeUp,
    CosignsOwnNote,
    MakeUpTooEarly,
    NoFacilitator,
    NoNoteWaits,
    NotAttended,
    NotMissed,
    NotTakingPlace,
    ServiceNotHeld,
    SessionNotOver,
)
from domain.session import events as on
from domain.session.attendance import Amendment, attendance_of
from domain.session.note import SignedNote, covers
from domain.session.state import SessionState

CLOSING = Amendment("closing")
"""Why attendance that was recorded before is corrected when a session is closed again."""


class Records(SessionState):
    """Guards that a visit counts once, and that what was recorded stays readable."""

    # Commands: make-ups

    def check_make_up(self, patient_id: str, by: SessionState) -> None:
        """Raise the refusal that making up this session by another one would meet."""
        visit = self.visits.get(patient_id)
        if visit is None or not (visit.missed or (self.called_off and visit.role == "rostered")):
            raise NotMissed
        if visit.made_up_by not in {None, by.id}:
            raise AlreadyMadeUp
        if self.meeting.starts_at >= by.meeting.starts_at:
            raise MakeUpTooEarly

    def link_make_up(self, context: CommandContext, patient_id: str, by: SessionState) -> None:
        """Link the visit to another session that makes up this one: once, and never twice."""
        self.check_make_up(patient_id, by)
        if self.visits[patient_id].made_up_by is None:
            self.record(on.MakeUpLinked, context, patient_id=patient_id, made_up_by=by.id)

    def unlink_make_up(self, context: CommandContext, patient_id: str) -> None:
        """Take a make-up of this session back."""
        visit = self.visits.get(patient_id)
        if visit and visit.made_up_by:
            self.record(on.MakeUpUnlinked, context, patient_id=patient_id)

    # Commands: attendance

    def close(self, context: CommandContext, late_after: timedelta) -> None:
        """Turn presence into attendance, once the session is over."""
        if not self.takes_place:
            raise NotTakingPlace
        if self.closed:
            return
        if context.at < self.meeting.ends_at:
            raise SessionNotOver
        if self.meeting.staff_id is None:
            raise NoFacilitator
        self.record(on.SessionClosed, context)
        self.reconcile_attendance(context, late_after, CLOSING)

    def reconcile_attendance(
        self, context: CommandContext, late_after: timedelta, amendment: Amendment
    ) -> None:
        """Bring the attendance of a closed session up to what is known now.

        A correction names the record that it corrects, its author, time and reason, and that
        record stays (Medicare Program Integrity Manual, chapter 3, section 3.3.2.5).
        """
        if not (self.closed or self.withdrawn):
            return
        why = {"reason": amendment.reason, "credential": amendment.credential}
        for patient_id, visit in list(self.visits.items()):
            attendance = attendance_of(
                self.meeting, visit, called_off=self.called_off, late_after=late_after
            )
            facts = {"patient_id": patient_id, "attendance": attendance, "makes_up": visit.makes_up}
            known = self.records.get(patient_id)
            if known is None:
                self.record(on.AttendanceRecorded, context, **facts)
            elif known.outdated or (known.attendance, known.makes_up) != (
                attendance,
                visit.makes_up,
            ):
                self.record(on.AttendanceCorrected, context, corrects=known.version, **facts, **why)
        for patient_id, known in list(self.records.items()):
            if patient_id not in self.visits and known.attendance:
                self.record(
                    on.AttendanceWithdrawn,
                    context,
                    patient_id=patient_id,
                    corrects=known.version,
                    **why,
                )

    # Commands: signatures

    def sign_group_note(self, context: CommandContext, *, credential: str) -> None:
        """Sign the note about the group; each author once."""
        self._check_over(context)
        if context.signer not in self.group_note_by:
            self.record(on.GroupNoteSigned, context, credential=credential)

    def sign_individual_note(
        self,
        context: CommandContext,
        patient_id: str,
        *,
        credential: str,
        services: Sequence[Service] = (),
    ) -> None:
        """Sign the note about one patient who was there; each author once about each service.

        With no services it is about the whole visit. Raises ServiceNotHeld for another one.
        """
        self._check_over(context)
        visit = self.visits.get(patient_id)
        if visit is None or not visit.sign_ins:
            raise NotAttended
        held = dict.fromkeys(part.service for part in self.meeting.parts)
        held.pop("break", None)
        for each in services:
            if each not in held:
                raise ServiceNotHeld(service=each, held=", ".join(held))
        named = tuple(each for each in held if each in services)
        own = (each for each in self._notes_about(patient_id) if each.signer == context.signer)
        if not covers(own, named):
            facts = {"patient_id": patient_id, "credential": credential, "services": named}
            self.record(on.IndividualNoteSigned, context, **facts)

    def cosign_notes(
        self,
        context: CommandContext,
        patient_id: str,
        *,
        credential: str,
        needs: Callable[[SignedNote], bool],
    ) -> None:
        """Sign the notes about a patient, too, whose authors' credentials ask for it (`needs`).

        Raises NoNoteWaits where there is none, CosignsOwnNote for one's own alone.
        """
        self._check_over(context)
        asked = [each for each in self._notes_about(patient_id) if needs(each)]
        if not asked:
            raise NoNoteWaits
        waiting = [each for each in asked if not each.cosigned]
        others = [each for each in waiting if each.signer != context.signer]
        if waiting and not others:
            raise CosignsOwnNote
        for each in others:
            facts = {"patient_id": patient_id, "note": each.version, "credential": credential}
            self.record(on.NoteCosigned, context, **facts)

    def sign_sheet(self, context: CommandContext, *, credential: str) -> None:
        """Vouch for the sign-in sheet; each author once."""
        self._check_over(context)
        if context.signer not in self.sheet_by:
            self.record(on.SheetSigned, context, credential=credential)

    def _notes_about(self, patient_id: str) -> tuple[SignedNote, ...]:
        return self.individual_notes.get(patient_id, ())

    def _check_over(self, context: CommandContext) -> None:
        if not self.takes_place:
            raise NotTakingPlace
        if context.at < self.meeting.ends_at:
            raise SessionNotOver

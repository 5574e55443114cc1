"""What can be done about one patient's visit to a session, beyond the button of its row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.web.page import Page
from services.web.today_acts import UNDONE, Act, Desk, Step
from services.web.today_groups import Group, Visit
from services.web.words import day

NOT_COMING = ("excused", "absence_announced", "absent")


@dataclass(frozen=True, slots=True)
class VisitDesk:
    """The acts and forms of a visit; `visit` is None of who is not expected."""

    page: Page
    group: Group
    visit: Visit | None
    patient_id: str
    name: str
    supporters: tuple[dict[str, Any], ...] = ()

    @property
    def its(self) -> dict[str, Any]:
        """What each command is given."""
        return {"session_id": self.group.session_id, "patient_id": self.patient_id}

    @property
    def late_entry(self) -> bool:
        """Whether something is recorded already that times would put right."""
        return self.group.is_closed or bool(self.visit and self.visit.stays)

    def may(self, command: str) -> bool:
        """Tell whether who asks may send a command."""
        return self.page.may(command)

    def acts(self) -> Iterator[Act]:
        """Yield what one press does."""
        if self.visit is None:
            yield from self._of_a_stranger()
            return
        desk = Desk(self.page, self.group)
        main = desk.main(self.visit)
        if isinstance(main, Act):
            yield main
        if undo := desk.undo(self.visit):
            label = "Undo the check-in" if self.visit.state == "here" else "Undo the check-out"
            yield Act(label, undo.steps, undo.said)
        signed = {each.patient_id for each in self.group.signed if each.kind == "individual_note"}
        to_sign = self.group.is_over and self.visit.stays and self.patient_id not in signed
        if to_sign and self.page.staff_ids and self.may("session.sign-individual-note"):
            said = f"The note about {self.name} is signed"
            step = self._step("session.sign-individual-note")
            yield self._act("Sign the individual note", step, said=said)
        if self.visit.state == "waiting":
            yield from self._of_who_waits()
        elif self.visit.state in NOT_COMING and self.visit.note:
            yield from self._of_an_absence(self.visit)

    def _act(self, label: str, *steps: Step, said: str, undo: Step | None = None) -> Act:
        return Act(label, steps, said, undo=undo)

    def _step(self, command: str, **more: Any) -> Step:
        return {"command": command, "payload": {**self.its, **more}}

    def _of_a_stranger(self) -> Iterator[Act]:
        undo = {"like": f"#undo-{self.group.session_id}-{self.patient_id}"}
        if not self.may("session.book-patient") or self.group.state == "called_off":
            return
        if self.group.is_open and self.may("session.check-in"):
            steps = (self._step("session.book-patient"), self._step("session.check-in"))
            yield self._act("Book and check in", *steps, said=f"{self.name} is in", undo=undo)
        release = self._step("session.release-patient", **UNDONE)
        book = self._step("session.book-patient")
        label = "Add to the roster" if self.group.is_over else "Book"
        yield self._act(label, book, said=f"{self.name} is expected", undo=release)
        full = not self.group.facts["free"]
        if full and not self.group.has_begun and self.may("session.wait"):
            stop = self._step("session.stop-waiting", **UNDONE)
            wait = self._step("session.wait")
            said = f"{self.name} waits for a place"
            yield self._act("Put on the waiting list", wait, said=said, undo=stop)

    def make_up(self, missed: Any) -> Act | None:
        """Return what signs somebody in who makes up a missed session by this one."""
        if not (self.group.is_open and self.may("session.check-in")):
            return None
        step = self._step("session.check-in", makes_up=missed.session_id)
        undo = {"like": f"#undo-{self.group.session_id}-{self.patient_id}"}
        label = f"Check in to make up {day(missed.day)}"
        return self._act(label, step, said=f"{self.name} is in", undo=undo)

    def _of_who_waits(self) -> Iterator[Act]:
        if self.may("session.stop-waiting"):
            stop = self._step("session.stop-waiting", reason="no longer wanted")
            again = self._step("session.wait")
            said = f"{self.name} does not wait any longer"
            yield self._act("Take off the waiting list", stop, said=said, undo=again)

    def _of_an_absence(self, visit: Visit) -> Iterator[Act]:
        if not self.may("session.note-absence") or visit.noted_at is None:
            return
        is_excused = visit.state == "excused"
        known = {"reason": visit.note, "notified_at": visit.noted_at}
        excused = self._step("session.note-absence", absence={**known, "excused": True})
        plain = self._step("session.note-absence", absence={**known, "excused": False})
        if is_excused:
            said = f"{self.name} is not excused"
            yield self._act("Take the excuse back", plain, said=said, undo=excused)
        else:
            yield self._act("Excuse", excused, said=f"{self.name} is excused", undo=plain)
        may_book = self.may("session.release-patient") and self.may("session.book-patient")
        if may_book and not (self.group.is_over or self.group.of("waiting")):
            steps = (
                self._step("session.release-patient", reason="the absence was noted by mistake"),
                self._step("session.book-patient"),
                # Who comes along was taken off with the patient.
                *(
                    self._step("session.invite-supporter", supporter_id=each["supporter_id"])
                    for each in self.supporters
                ),
            )
            yield self._act("Expected after all", *steps, said=f"{self.name} is expected")

    def supporter_acts(self, supporter: dict[str, Any]) -> Iterator[Act]:
        """Yield what signs somebody in or out who comes along, or takes them off."""
        its = {"session_id": self.group.session_id, "supporter_id": supporter["supporter_id"]}
        relation = supporter["relation"]
        if supporter["is_here"]:
            if self.may("session.check-out-supporter"):
                step = {"command": "session.check-out-supporter", "payload": its}
                yield self._act("Check out", step, said=f"{relation.capitalize()} is out")
            return
        if self.group.is_open and self.may("session.check-in-supporter"):
            step = {"command": "session.check-in-supporter", "payload": its}
            yield self._act("Check in", step, said=f"{relation.capitalize()} is in")
        if self.may("session.release-supporter"):
            step = {"command": "session.release-supporter", "payload": its}
            back = {
                "command": "session.invite-supporter",
                "payload": {**self.its, "supporter_id": supporter["supporter_id"]},
            }
            said = f"{relation.capitalize()} is not expected"
            yield self._act("Not coming", step, said=said, undo=back)

    def invite(self, supporter_id: str, relation: str) -> Act | None:
        """Return what expects somebody who is close to the patient."""
        if self.group.is_over or not self.may("session.invite-supporter"):
            return None
        step = self._step("session.invite-supporter", supporter_id=supporter_id)
        return self._act(f"Expect: {relation}", step, said=f"{relation.capitalize()} is expected")

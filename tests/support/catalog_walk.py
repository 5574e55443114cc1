"""A clinic's weeks in which each command of the catalog is given once and does something.

The payloads are those of `tests/contracts/orders.py`, with what this clinic has otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter

from domain.aggregate import CommandContext, derived_id
from domain.facility import Facility, Room
from domain.identity import Identity
from domain.monitoring.drug_test import HandOver
from domain.patient import Commitment, Enrolment, Patient, Referral
from domain.program import Program
from domain.session import Session
from domain.staff import Credential, Staff
from services.application import CommandHandler
from services.command_endpoint.registry import COMMANDS
from services.vault import Person
from tests.contracts.orders import MEETING, RESULT, payloads
from tests.contracts.story import ANN, BEN, FRIDAY, MONDAY, PATTERN, WEDNESDAY
from tests.support.memory_journal import MemoryJournal, MemoryVault

FACILITY = "oak-street"
DUPLICATE, UP, CLOSED, ADMITTED = "patient-0b7a11", "patient-up", "patient-closed", "patient-in"
BEFORE = datetime(2025, 2, 24, 15, tzinfo=UTC)
ON_MONDAY = BEFORE + timedelta(7)
STARTS = MEETING.starts_at
ENDS = MEETING.ends_at
AFTER = datetime(2025, 3, 8, 15, 30, tzinfo=UTC)
LATER = datetime(2025, 3, 10, 15, tzinfo=UTC)
EVENING = Session.id_of(FACILITY, "evening", WEDNESDAY)
FRIDAYS = Session.id_of(FACILITY, "evening", FRIDAY)
MAKE_UP = Session.id_of(FACILITY, "make-up", None)
PAYLOADS = payloads()
MEANWHILE = replace(MEETING, room_id="room-2", staff_id="staff-3")
WORK = Commitment("work", "Shift", ("WE",), PATTERN.starts, PATTERN.ends, MONDAY, None)
MONDAYS = Commitment("work", "Shift", ("MO",), time(18), time(19), MONDAY, None)


@dataclass(frozen=True)
class Step:
    """A command at its time: `changes` are made to its example payload, None takes a name away."""

    name: str
    at: datetime = BEFORE
    changes: dict[str, Any] = field(default_factory=dict)
    author: str = "staff-7"
    facility_id: str = FACILITY

    @property
    def payload(self) -> dict[str, Any]:
        changed = TypeAdapter(Any).dump_python(PAYLOADS[self.name] | self.changes, mode="json")
        return {name: value for name, value in changed.items() if value is not ...}


class Walk:
    """The clinic, and a way to give it a command as others send it."""

    def __init__(self) -> None:
        self.journal: Any = MemoryJournal()
        self.vault = MemoryVault()
        self._open()

    def fork(self) -> "Walk":
        """Return the same clinic once more."""
        other = object.__new__(Walk)
        other.journal, other.vault = self.journal.copy(), self.vault.copy()
        return other

    def give(self, step: Step, payload: dict[str, Any] | None = None) -> list[str]:
        """Give a command; return the topics of what it recorded. Raises Refusal, Malformed."""
        command, before = COMMANDS[step.name], len(self.journal.order)
        arguments = command.read(orjson.dumps(step.payload if payload is None else payload))
        if command.with_facility:
            arguments["facility_id"] = step.facility_id
        context = CommandContext(f"command-{before}", step.at, step.author, step.author)
        CommandHandler(self.journal, self.vault).handle(context, command.decide, **arguments)
        return [each.topic for each in self.journal.order[before:]]

    def _open(self) -> None:
        context = CommandContext("command-0", BEFORE, "import")
        site = Facility.start(
            context,
            facility_id=FACILITY,
            name="Oak Street",
            timezone="America/New_York",
            week_starts_on="monday",
            late_after_minutes=10,
        )
        for room_id in ("room-1", "room-2", "room-3"):
            site.keep_room(context, Room(room_id, room_id, 12))
        for staff_id in ("staff-3", "staff-7", "staff-9"):
            site.keep_staff(context, Staff(staff_id, staff_id, "LCSW"))
        site.record_credential(context, "staff-9", Credential("MD", date(2020, 1, 1)))
        program = Program.start(
            context,
            facility_id=FACILITY,
            program_id="adult-iop",
            name="Adult IOP",
            population="adult",
            focus="co-occurring",
            weekly_minutes=540,
            days_per_week=3,
        )
        self.keys = self.vault.begin()
        people = [*self._people(context)]
        self.journal.save(site, program, *people, in_transaction=self.keys.save)

    def _people(self, context: CommandContext) -> Iterator[Any]:
        for patient_id in (ANN, BEN, DUPLICATE):
            yield Patient.admit(
                context,
                id=patient_id,
                facility_id=FACILITY,
                program_id="adult-iop",
                admitted_on=MONDAY,
                payer="self-pay",
                focus="co-occurring",
                override="as it was before",
            )
        referral = Referral("adult-iop", MONDAY - timedelta(7), "County hospital", "inpatient")
        for patient_id in (UP, CLOSED, ADMITTED):
            yield Patient.refer(context, id=patient_id, facility_id=FACILITY, referral=referral)
        for patient_id in (ANN, BEN, DUPLICATE, UP, CLOSED, ADMITTED):
            person = Person(f"OA-{patient_id}", "Ann", "Example", date(1990, 1, 31))
            yield Identity.start(
                context,
                facility_id=FACILITY,
                patient_id=patient_id,
                sealed=self.keys.seal_first(patient_id, person),
            )


def at(session_id: str, patient_id: str | None = None) -> dict[str, Any]:
    found = {"session_id": session_id}
    return found | {"patient_id": patient_id} if patient_id else found


def of(patient_id: str) -> dict[str, Any]:
    return {"patient_id": patient_id}


def test_of(patient_id: str) -> dict[str, Any]:
    """The drug test that is ordered for a cause on the 8th."""
    test_id = derived_id("drug-test", patient_id, "for-cause", "2025-03-08")
    return of(patient_id) | {"test_id": test_id}


FOUND = replace(RESULT, reported_at=AFTER)
HANDED = HandOver(AFTER, "staff-7", "County laboratory")
ENROLMENT = Enrolment("evening", ("MO", "WE"), MONDAY, None)
SMALLER = replace(PATTERN, capacity=2, room_id="room-3")

STEPS: tuple[Step, ...] = (
    # The facility and its program
    Step("facility.open", facility_id="elm-street"),
    Step("program.open", facility_id="elm-street"),
    Step("facility.revise", changes={"late_after_minutes": 20}),
    Step("facility.keep-room"),
    Step("facility.keep-staff"),
    Step("facility.name-recipient"),
    Step("facility.record-credential"),
    Step("facility.set-closing-delay", changes={"minutes": 30}),
    Step("facility.supervise-credential", changes={"credential": "LCSW"}),
    Step(
        "facility.unsupervise-credential", changes={"credential": "LCSW", "from_day": LATER.date()}
    ),
    Step("program.revise", changes={"weekly_minutes": 600}),
    Step("facility.adopt-payer-policy"),
    Step("facility.drop-payer-policy"),
    Step("program.adopt-policy"),
    Step("program.drop-policy"),
    Step("program.keep-track"),
    Step("program.change-meeting"),
    Step("program.restore-meeting"),
    Step("program.declare-closure", changes={"dry_run": False}),
    Step("program.lift-closure"),
    Step("program.change-following", changes={"pattern": SMALLER}),
    Step("program.extend-track", ON_MONDAY),
    # One-off sessions
    Step("session.schedule", changes={"meeting": MEANWHILE}),
    Step(
        "session.reschedule",
        changes=at(MAKE_UP) | {"meeting": replace(MEANWHILE, room_id="room-1")},
    ),
    # Who is expected
    Step("patient.enrol", changes={"enrolment": ENROLMENT}),
    Step("patient.note-commitment", changes={"commitment": WORK}),
    Step("patient.accept-collisions"),
    Step("patient.end-enrolment"),
    Step("session.book-patient", changes=at(EVENING, BEN)),
    Step("session.wait", changes=at(EVENING, DUPLICATE)),
    Step("session.stop-waiting", changes=at(EVENING, DUPLICATE)),
    Step("patient.name-supporter"),
    Step("session.invite-supporter", changes=at(EVENING, ANN)),
    Step("session.release-supporter"),
    Step("session.invite-supporter", changes=at(EVENING, ANN)),
    Step("session.note-absence", changes=at(EVENING, BEN)),
    Step("session.substitute-room", changes={"room_id": "room-2", "session_id": FRIDAYS}),
    Step("session.substitute-staff", changes=at(FRIDAYS)),
    Step("session.call-off", changes=at(EVENING)),
    Step("session.restore", changes=at(EVENING)),
    Step("patient.book-repair", changes=of(BEN) | {"session_ids": [FRIDAYS]}),
    Step("session.release-patient", changes=at(FRIDAYS, BEN)),
    Step("patient.note-commitment", changes=of(BEN) | {"commitment": MONDAYS}),
    Step("patient.wait-for-track", ON_MONDAY, changes=of(BEN)),
    Step("patient.stop-waiting-for-track", ON_MONDAY, changes=of(BEN)),
    # The evening
    Step("session.start", STARTS, changes=at(EVENING)),
    Step("session.check-in", STARTS, changes=at(EVENING, ANN) | {"makes_up": None}),
    Step("session.check-in-supporter", STARTS),
    Step("session.turn-away", STARTS, changes=at(EVENING, BEN)),
    Step("session.check-out", ENDS, changes=at(EVENING, ANN)),
    Step("session.check-out-supporter", ENDS),
    Step("session.close", AFTER),
    Step("session.sign-group-note", AFTER),
    Step("session.sign-sheet", AFTER),
    Step("session.sign-individual-note", AFTER, changes=at(EVENING, ANN)),
    Step("session.cosign-note", AFTER, changes=at(EVENING, ANN), author="staff-9"),
    Step("session.reassign-sign-in", AFTER, changes=at(EVENING, ANN)),
    Step("session.undo-check-in", AFTER, changes=at(EVENING, BEN)),
    Step(
        "patient.attempt-outreach",
        AFTER,
        changes={"session_id": Session.id_of(FACILITY, "evening", MONDAY)},
    ),
    # Candidates
    Step("patient.refer", AFTER),
    Step("patient.correct-identity", AFTER, changes=of(UP)),
    Step("patient.correct-record-number", AFTER, changes=of(UP)),
    Step("patient.refer-up", changes=of(UP)),
    Step("identity.forget", AFTER, changes=of(UP)),
    Step("patient.close-referral", changes=of(CLOSED)),
    Step("screening.screen", AFTER, changes=of(ADMITTED)),
    Step("patient.admit", AFTER, changes=of(ADMITTED)),
    Step(
        "patient.correct-admission", AFTER, changes=of(ADMITTED) | {"admitted_on": date(2025, 3, 6)}
    ),
    # The treatment
    Step("patient.set-plan"),
    Step("patient.review-plan", AFTER),
    Step("patient.taper-plan", AFTER),
    Step("patient.certify-care", AFTER, author="staff-9"),
    Step("patient.authorize"),
    Step("patient.assign-counselor"),
    Step("patient.change-payer"),
    Step("patient.justify-stay", AFTER),
    Step("patient.record-partial-hospitalization", AFTER),
    Step("patient.withdraw-partial-hospitalization", AFTER),
    Step("patient.grant-leave"),
    Step("patient.revise-leave"),
    Step("patient.record-incident", AFTER),
    Step("patient.withdraw-incident", AFTER),
    Step("patient.give-consent", AFTER),
    Step("patient.disclose", AFTER),
    Step("patient.disclose-in-emergency", AFTER),
    Step("patient.disclose-without-consent", AFTER),
    Step("patient.revoke-consent", AFTER),
    Step("patient.waive-rule"),
    Step("patient.withdraw-waiver"),
    Step("patient.report-support-meeting", AFTER),
    Step("patient.verify-support-meeting", AFTER),
    Step("patient.refer-to-resource", AFTER),
    Step("patient.record-resource-outcome", AFTER),
    Step("patient.remove-supporter", AFTER),
    # What is measured
    Step("assessment.take", AFTER),
    Step("assessment.acknowledge-concern", AFTER),
    Step("drug-testing.set-draws", AFTER - timedelta(2)),
    Step("drug-testing.draw", AFTER),
    Step("drug-testing.set-phase", AFTER),
    Step("drug-testing.order", AFTER),
    Step("drug-testing.notify", AFTER, changes=test_of(ANN)),
    Step("drug-testing.collect", AFTER, changes=test_of(ANN)),
    Step("drug-testing.hand-over", AFTER, changes=test_of(ANN) | {"hand_over": HANDED}),
    Step("drug-testing.report-result", AFTER, changes=test_of(ANN) | {"result": FOUND}),
    Step(
        "drug-testing.correct-result",
        AFTER,
        changes=test_of(ANN) | {"result": replace(FOUND, substances=("EtG",))},
    ),
    Step("drug-testing.order", AFTER, changes=of(BEN)),
    Step("drug-testing.notify", AFTER, changes=test_of(BEN)),
    Step("drug-testing.miss", LATER, changes=test_of(BEN)),
    Step("drug-testing.order", AFTER, changes=of(DUPLICATE)),
    Step("drug-testing.notify", AFTER, changes=test_of(DUPLICATE)),
    Step("drug-testing.refuse", AFTER, changes=test_of(DUPLICATE)),
    Step("drug-testing.order", AFTER, changes=of(ADMITTED)),
    Step("drug-testing.call-off", AFTER, changes=test_of(ADMITTED)),
    Step("drug-testing.end-draws", AFTER),
    Step(
        "patient.correct-enrolment",
        AFTER,
        changes={"first_day": MONDAY, "corrected_first_day": MONDAY + timedelta(1)},
    ),
    # The end
    Step("patient.merge", AFTER),
    Step("patient.discharge", AFTER),
    Step("patient.sign-discharge-summary", AFTER),
    Step("patient.take-discharge-back", AFTER),
)

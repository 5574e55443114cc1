"""Commands that are decided and saved together: each on exactly what is on record before it."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.errors import SessionFull
from domain.patient import Discharge, Referral
from services.application import Asked, CommandHandler, UnitOfWork
from services.application.admissions import refer_patient
from services.application.asked import Done, IdUsedOtherwise
from services.application.discharge import discharge_patient
from services.application.group_commit import GroupCommit
from services.application.rosters import book_patient, release_patient, wait_for_session
from services.application.support_network import name_supporter
from services.journal import Receipt
from services.vault import Contact, Person
from tests.support.small_clinic import ANN, BEN, FACILITY, MONDAY, PROGRAM, WEDNESDAY, SmallClinic

LEFT = Discharge(MONDAY, "against-advice", ("own-wish",))


@pytest.fixture
def clinic() -> SmallClinic:
    return SmallClinic()


@pytest.fixture
def group(clinic: SmallClinic) -> GroupCommit:
    return GroupCommit(clinic.journal, clinic.vault)


def asked(
    clinic: SmallClinic, decision: Callable[[UnitOfWork], Any], id: str = "", digest: bytes = b"1"
) -> Asked:
    receipt = Receipt(FACILITY, id, digest) if id else None
    return Asked(clinic.context(), decision, receipt=receipt)


def meanwhile(clinic: SmallClinic, decision: Callable[[UnitOfWork], Any]) -> None:
    """Let somebody else record something before the next batch has the lock."""

    def others_record() -> None:
        clinic.journal.before_lock = lambda: None
        CommandHandler(clinic.journal, clinic.vault).run(asked(clinic, decision))

    clinic.journal.before_lock = others_record


def test_a_command_is_decided_on_what_those_before_it_in_the_batch_decided(
    clinic: SmallClinic, group: GroupCommit
) -> None:
    session_id = clinic.own("one", room_id="room-3")
    found = group.run(
        [
            asked(clinic, lambda work: book_patient(work, session_id, ANN)),
            asked(clinic, lambda work: book_patient(work, session_id, BEN)),
            asked(clinic, lambda work: release_patient(work, session_id, ANN, "asked")),
            asked(clinic, lambda work: book_patient(work, session_id, BEN)),
        ]
    )
    assert [type(each) for each in found] == [Done, SessionFull, Done, Done]
    assert list(clinic.evening().visits) == []
    assert list(clinic.journal.load(session_id).visits) == [BEN]


def test_an_answer_names_the_commands_own_events_and_their_positions(
    clinic: SmallClinic, group: GroupCommit
) -> None:
    sessions = [clinic.own(f"one-{hour}", WEDNESDAY, hour) for hour in (9, 12)]
    before = clinic.journal.position()
    book = [asked(clinic, lambda work, id=id: book_patient(work, id, ANN)) for id in sessions]
    first, second, again = group.run([*book, book[0]])
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert [each.position - before for each in (*first.events, *second.events)] == [1, 2, 3, 4]
    assert [each.topic for each in second.events] == [
        *("session.patient-rostered", "patient.sessions-booked"),
    ]
    assert second.events[0].id == f"{sessions[1]}:2"
    assert again == Done(None, (), before + 4)


def test_what_rested_on_a_decision_that_others_undid_is_decided_anew(
    clinic: SmallClinic, group: GroupCommit
) -> None:
    session_id = clinic.own("one", room_id="room-3")
    meanwhile(clinic, lambda work: book_patient(work, session_id, BEN))
    found = group.run(
        [
            asked(clinic, lambda work: book_patient(work, session_id, ANN)),
            asked(clinic, lambda work: release_patient(work, session_id, ANN, "asked")),
        ]
    )
    assert [type(each) for each in found] == [SessionFull, Done]
    assert isinstance(found[1], Done)
    assert found[1].events == ()
    assert list(clinic.journal.load(session_id).visits) == [BEN]


def test_who_waits_is_found_in_the_batch_and_with_what_others_recorded(
    clinic: SmallClinic, group: GroupCommit
) -> None:
    here, elsewhere = (clinic.own(f"one-{hour}", WEDNESDAY, hour, "room-3") for hour in (9, 12))
    for session_id in (here, elsewhere):
        clinic.daybook.handle(clinic.context(), book_patient, session_id, BEN)
    meanwhile(clinic, lambda work: wait_for_session(work, elsewhere, ANN))
    found = group.run(
        [
            asked(clinic, lambda work: wait_for_session(work, here, ANN)),
            asked(clinic, lambda work: discharge_patient(work, ANN, LEFT)),
        ]
    )
    assert [type(each) for each in found] == [Done, Done]
    assert [clinic.journal.load(each).waiting for each in (here, elsewhere)] == [(), ()]


def test_a_key_that_is_not_stored_yet_opens_what_comes_after_it_in_the_batch(
    clinic: SmallClinic, group: GroupCommit
) -> None:
    lee, known = Person("OS-7", "Lee", "Example", MONDAY), [""]
    referral = Referral(PROGRAM, MONDAY, "County hospital", "inpatient")
    contact = Contact("Kim Example", "555-0100")

    def refer(work: UnitOfWork) -> None:
        known[0] = refer_patient(work, FACILITY, lee, referral)

    found = group.run(
        [
            asked(clinic, refer),
            asked(
                clinic,
                lambda work: name_supporter(work, known[0], "supporter-1", "sibling", contact),
            ),
        ]
    )
    assert [type(each) for each in found] == [Done, Done]
    assert clinic.patient(known[0]).supporters


def test_a_command_that_comes_twice_in_a_batch_is_recorded_once(
    clinic: SmallClinic, group: GroupCommit
) -> None:
    session_id = clinic.own("one")
    book = asked(clinic, lambda work: book_patient(work, session_id, ANN), "book-1")
    other = asked(clinic, lambda work: book_patient(work, session_id, BEN), "book-1", b"2")
    first, second, third = group.run([book, book, other])
    assert isinstance(first, Done)
    assert first == second
    assert len(first.events) == 2
    assert isinstance(third, IdUsedOtherwise)
    assert group.run([book]) == [first]


def test_a_command_that_somebody_else_recorded_under_its_id_is_answered_as_there(
    clinic: SmallClinic, group: GroupCommit
) -> None:
    session_id = clinic.own("one", room_id="room-3")
    book = asked(clinic, lambda work: book_patient(work, session_id, ANN), "book-1")
    done: list[Done] = []

    def others_record() -> None:
        clinic.journal.before_lock = lambda: None
        done.append(CommandHandler(clinic.journal, clinic.vault).run(book))

    clinic.journal.before_lock = others_record
    before = clinic.journal.position()
    rest = asked(clinic, lambda work: release_patient(work, session_id, ANN, "asked"))
    found = group.run([book, rest])
    assert found[0] == done[0]
    assert clinic.topics(before) == [
        *("session.patient-rostered", "patient.sessions-booked"),
        *("session.patient-released", "patient.bookings-released"),
    ]

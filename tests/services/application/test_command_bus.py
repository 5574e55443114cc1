"""Clients take turns: whoever sends much, or asks for what takes long, delays nobody else."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from domain.aggregate import CommandContext
from services.application import COMMANDS, Asked, UnitOfWork
from services.application.asked import Done, Outcome
from services.application.command_bus import (
    MOST_WAITING,
    ClientQueues,
    CommandBus,
    DecidingFailed,
    Ending,
    TooManyWaiting,
    WaitedTooLong,
)
from services.application.rosters import book_patient
from tests.support.memory_journal import MemoryJournal, MemoryVault
from tests.support.small_clinic import ANN, SmallClinic

SECONDS = 60
NOW = datetime(2025, 3, 3, 9, tzinfo=UTC)


class Deciding:
    """A bus whose commands are decided when they are let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.now = 0.0
        self._held: dict[str, threading.Event] = {}
        journal = cast(Any, MemoryJournal())
        self.bus = CommandBus(journal, MemoryVault(), patience=25, clock=lambda: self.now)

    def send(self, name: str, *, large: bool = False) -> "Future[Outcome]":
        """Send a command under a name that begins with its client's."""
        sent: Future[Outcome] = Future()

        def decision(_: UnitOfWork) -> str:
            self.begun.append(name)
            if held := self._held.get(name):
                assert held.wait(SECONDS)
            return name

        client = name.partition("-")[0]
        asked = Asked(CommandContext(name, NOW, client), decision)
        self.bus.submit(client, asked, sent.set_result, many_sessions=large)
        return sent

    def begin(self, name: str, *, large: bool = False) -> tuple["Future[Outcome]", threading.Event]:
        """Send a command that is not decided before it is let go, and wait until it has begun."""
        held = self._held[name] = threading.Event()
        sent = self.send(name, large=large)
        while name not in self.begun:
            assert not sent.done()
            threading.Event().wait(0.001)
        return sent, held


@pytest.fixture
def deciding() -> Iterator[Deciding]:
    found = Deciding()
    yield found
    found.bus.close()


def test_clients_take_turns() -> None:
    queues = ClientQueues[str](10)
    for each in ("a1", "a2", "a3", "b1", "b2", "c1"):
        assert queues.put(each[0], each)
    taken = [queues.take() for _ in range(4)]
    assert queues.put("c", "c2")
    taken += [queues.take() for _ in range(4)]
    assert taken == ["a1", "b1", "c1", "a2", "b2", "a3", "c2", None]


def test_who_sends_much_lets_another_wait_for_one_command(deciding: Deciding) -> None:
    first, go = deciding.begin("a-0")
    sent = [first, *(deciding.send(f"a-{number}") for number in range(1, 100))]
    sent += [deciding.send(f"b-{number}") for number in range(2)]
    go.set()
    answers = [each.result(SECONDS) for each in sent]
    assert deciding.begun[:5] == ["a-0", "a-1", "b-0", "a-2", "b-1"]
    assert [each.returned for each in answers if isinstance(each, Done)] == [
        *(f"a-{number}" for number in range(100)),
        *(f"b-{number}" for number in range(2)),
    ]


@pytest.mark.parametrize("client", ["a", "b"])
def test_what_is_about_many_sessions_delays_no_other_command(
    deciding: Deciding, client: str
) -> None:
    first, go = deciding.begin("a-0", large=True)
    previews = [first, *(deciding.send(f"a-{number}", large=True) for number in range(1, 8))]
    assert isinstance(deciding.send(f"{client}-small").result(SECONDS), Done)
    assert not any(each.done() for each in previews)
    go.set()
    for each in previews:
        each.result(SECONDS)
    assert deciding.begun == ["a-0", f"{client}-small", *(f"a-{number}" for number in range(1, 8))]


def test_who_has_too_much_waiting_is_told_to_send_it_again(deciding: Deciding) -> None:
    first, go = deciding.begin("a-0")
    sent = [first, *(deciding.send(f"a-{1 + number}") for number in range(MOST_WAITING))]
    assert isinstance(deciding.send("a-more").result(SECONDS), TooManyWaiting)
    others = deciding.send("b-0")
    go.set()
    assert isinstance(others.result(SECONDS), Done)
    for each in sent:
        assert isinstance(each.result(SECONDS), Done)
    assert isinstance(deciding.send("a-more").result(SECONDS), Done)


def test_what_waited_too_long_is_not_decided(deciding: Deciding) -> None:
    first, go = deciding.begin("a-0")
    second = deciding.send("a-1")
    deciding.now = 20
    third = deciding.send("a-2")
    deciding.now = 30
    go.set()
    assert isinstance(first.result(SECONDS), Done)
    assert isinstance(second.result(SECONDS), WaitedTooLong)
    assert isinstance(third.result(SECONDS), Done)
    assert deciding.begun == ["a-0", "a-2"]


def test_at_the_end_what_waits_is_to_be_sent_again_and_what_began_is_answered(
    deciding: Deciding,
) -> None:
    first, go = deciding.begin("a-0")
    second = deciding.send("a-1")
    ending = threading.Thread(target=deciding.bus.close)
    ending.start()
    assert isinstance(second.result(SECONDS), Ending)
    assert isinstance(deciding.send("a-2").result(SECONDS), Ending)
    assert not first.done()
    go.set()
    ending.join(SECONDS)
    assert isinstance(first.result(SECONDS), Done)
    assert deciding.begun == ["a-0"]


def test_a_decision_that_fails_is_the_answer_of_its_own_command_alone(deciding: Deciding) -> None:
    first, go = deciding.begin("a-0")

    def fails(_: UnitOfWork) -> None:
        raise ZeroDivisionError

    failing: Future[Outcome] = Future()
    deciding.bus.submit("b", Asked(CommandContext("b", NOW, "b"), fails), failing.set_result)
    others = [deciding.send(f"a-{number}") for number in range(1, 4)]
    go.set()
    assert isinstance(failing.result(SECONDS), ZeroDivisionError)
    assert all(isinstance(each.result(SECONDS), Done) for each in [first, *others])


def test_who_runs_a_command_waits_for_it_and_is_told_of_a_refusal() -> None:
    clinic = SmallClinic()
    session_id = clinic.own("one", room_id="room-3")
    bus = CommandBus(clinic.journal, clinic.vault)
    bus.handle(clinic.context(), book_patient, session_id, ANN)
    assert list(clinic.journal.load(session_id).visits) == [ANN]
    with pytest.raises(Exception, match="there is no such session"):
        bus.handle(clinic.context(), book_patient, "nothing", ANN)
    bus.close()


def test_what_may_be_about_hundreds_of_sessions_is_decided_beside_the_rest() -> None:
    assert {name for name, each in COMMANDS.items() if each.many_sessions} == {
        *("program.keep-track", "program.change-following", "program.extend-track"),
        *("program.declare-closure", "program.lift-closure"),
        *("patient.enrol", "patient.end-enrolment", "patient.merge"),
        "facility.revise",
    }


def test_who_fails_at_an_answer_keeps_nobody_else_from_theirs(deciding: Deciding) -> None:
    first, go = deciding.begin("a-0")

    def fails(_: Outcome) -> None:
        raise ZeroDivisionError

    asked = Asked(CommandContext("b", NOW, "b"), lambda _: None)
    deciding.bus.submit("b", asked, fails)
    other = deciding.send("c-0")
    go.set()
    assert isinstance(first.result(SECONDS), Done)
    assert isinstance(other.result(SECONDS), Done)
    assert isinstance(deciding.send("c-1").result(SECONDS), Done)


def test_who_waits_too_long_is_told_so_also_while_nothing_is_decided(deciding: Deciding) -> None:
    first, go = deciding.begin("a-0")
    waiting = deciding.send("a-1")
    deciding.now = 20
    later = deciding.send("a-2")
    deciding.now = 30
    deciding.bus.expire()
    assert isinstance(waiting.result(SECONDS), WaitedTooLong)
    assert not later.done()
    go.set()
    assert isinstance(first.result(SECONDS), Done)
    assert isinstance(later.result(SECONDS), Done)


def test_whatever_a_decision_raises_the_next_one_is_decided(deciding: Deciding) -> None:
    def panics(_: UnitOfWork) -> None:
        raise SystemExit

    failing: Future[Outcome] = Future()
    deciding.bus.submit("b", Asked(CommandContext("b", NOW, "b"), panics), failing.set_result)
    assert isinstance(failing.result(SECONDS), DecidingFailed)
    assert isinstance(deciding.send("a-1").result(SECONDS), Done)

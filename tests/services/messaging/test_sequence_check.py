"""What a gap is, to who reads every message and to who reads some of them again."""

import pytest
from eventsourcing.persistence import StoredEvent

from services.messaging.sequence_check import SequenceCheck
from services.messaging.stream import Message


def message(sequence: int, position: int, previous: int, **other: str) -> Message:
    facts = {"journal": "journal-1", "chain": "daybook.oak.care", "id": "", **other}
    return Message(sequence, position, previous, stored=StoredEvent("", 1, "", b""), **facts)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (message(7, 9, 5, journal="journal-2"), "it is of journal-2, not of journal-1"),
        (message(8, 9, 5), "sequence 8 comes after 6"),
        (message(6, 9, 5), "sequence 6 comes after 6"),
        (message(7, 5, 5), "position 5 comes after 5"),
        (message(7, 9, 4), "daybook.oak.care was at position 4 before it, not 5"),
        (
            message(7, 9, 8, chain="daybook.elm.care"),
            "daybook.elm.care was at position 8 before it, which was not seen",
        ),
    ],
)
def test_who_reads_every_message_is_told_what_does_not_follow(wrong: Message, why: str) -> None:
    chain = SequenceCheck("journal-1", 3, 5)
    assert chain.check(message(6, 5, 2)) is None
    assert chain.check(wrong) == why
    assert chain.check(message(7, 9, 1, chain="daybook.elm.care")) is None


def test_who_reads_some_is_told_what_is_new_and_what_is_missing() -> None:
    check = SequenceCheck("journal-1", 3)
    assert not check.is_new(message(2, 3, 1))
    assert check.is_new(message(9, 7, 2))
    assert check.check(message(9, 7, 2)) is None
    assert not check.is_new(message(9, 7, 2))
    assert check.check(message(15, 12, 8)) == "daybook.oak.care was at position 8 before it, not 7"
    assert check.check(message(14, 11, 7)) is None
    elm = message(12, 10, 4, chain="daybook.elm.care")
    assert check.check(elm) == "daybook.elm.care was at position 4 before it, which was not seen"


def test_who_begins_in_the_middle_misses_nothing_that_came_before() -> None:
    check = SequenceCheck(None, 0, from_the_middle=True)
    assert check.check(message(40, 30, 29)) is None
    assert check.check(message(43, 33, 31)) == (
        "daybook.oak.care was at position 31 before it, not 30"
    )


def test_without_a_journal_the_first_messages_is_taken() -> None:
    check = SequenceCheck(None, 0)
    assert check.foreign(message(1, 1, 0)) is None
    assert check.check(message(1, 1, 0)) is None
    other = message(2, 2, 1, journal="journal-2")
    assert check.foreign(other) == check.check(other) == "it is of journal-2, not of journal-1"
